//! Gathers rows that come together into spells, and notices spells that come again. What is kept is bounded: the rows of
//! one spell, and a keyed hash of each spell that ended.

use super::read::{Key, Reader, Taken};
use crate::record::size::{MAX_DAYS, MAX_EPISODES};
use crate::reference::Dataset;
use rustc_hash::FxHashSet;
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

/// Records that are grouped together, by their places.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) places: Range<usize>,
    /// The same spell, or critical care identifier, had come before and ended.
    pub(super) apart: bool,
    /// It has more rows than a spell may have.
    pub(super) too_many: bool,
    /// Critical care: the period of each record, from 1; 0 for one that was rejected.
    pub(super) periods: Vec<usize>,
}

/// Spells that ended, by a hash under a key that no one else has. Shards grow one at a time, so that growing never takes
/// twice the memory.
struct Remembered {
    hasher: RandomState,
    shards: [FxHashSet<u64>; 16],
    count: usize,
    limit: usize,
}

impl Remembered {
    /// Notes a spell; whether it was known.
    fn note(&mut self, key: &[u8]) -> bool {
        let hash = self.hasher.hash_one(key);
        let full = self.count >= self.limit;
        // The upper bits choose the shard: the tables use the lower ones.
        let Some(shard) = self.shards.get_mut(usize::try_from(hash >> 60).unwrap_or(0)) else { return false };
        if full {
            return shard.contains(&hash);
        }
        let fresh = shard.insert(hash);
        self.count += usize::from(fresh);
        !fresh
    }
}

/// Bytes of rows that may wait for the end of their spell.
const OPEN_BYTES: usize = 8 * 1024 * 1024;

/// The run of rows that may go on with the next block.
#[derive(Default)]
struct Open {
    key: Option<Box<[u8]>>,
    start: usize,
    /// Rows of it that were read.
    rows: usize,
    bytes: usize,
    apart: bool,
    /// It had too many rows and was answered as far as it came.
    too_many: bool,
}

/// The gatherer.
pub(super) struct Gatherer {
    most: usize,
    taken: Vec<Taken>,
    units: Vec<Unit>,
    open: Open,
    remembered: Remembered,
    next_period: usize,
}

impl Gatherer {
    pub(super) fn new(dataset: Dataset, remembered: usize) -> Gatherer {
        Gatherer {
            most: if dataset == Dataset::Apc { MAX_EPISODES } else { MAX_DAYS },
            taken: Vec::new(),
            units: Vec::new(),
            open: Open::default(),
            remembered: Remembered {
                hasher: RandomState::new(),
                shards: Default::default(),
                count: 0,
                limit: remembered,
            },
            next_period: 1,
        }
    }

    /// How many spells are remembered, where there were more.
    pub(super) fn remembered(&self) -> Option<u64> {
        let Remembered { count, limit, .. } = self.remembered;
        (count > 0 && count >= limit).then_some(count as u64)
    }

    /// Adds a record.
    pub(super) fn add(&mut self, taken: Taken, reader: &Reader) {
        let place = self.taken.len();
        match &taken.key {
            Key::Unread if self.open.key.is_some() && place - self.open.start < 2 * self.most => {}
            Key::Unread => {
                self.close(reader);
                self.unit(place..place + 1, false, false);
            }
            Key::Alone(known) => {
                let known = known.clone();
                self.close(reader);
                let apart = known.is_some_and(|key| self.remembered.note(&key));
                self.unit(place..place + 1, apart, false);
                self.taken.push(taken);
                self.number(reader);
                return;
            }
            Key::Of(key) if self.open.key.as_ref() == Some(key) => {
                self.open.rows += 1;
                self.open.bytes += taken.bytes;
                if self.open.too_many || self.open.rows > self.most || self.open.bytes > OPEN_BYTES {
                    let places = self.open.start..place + 1;
                    self.open = Open {
                        key: Some(key.clone()),
                        start: place + 1,
                        rows: self.open.rows,
                        bytes: 0,
                        apart: self.open.apart,
                        too_many: true,
                    };
                    let apart = self.open.apart;
                    self.unit(places, apart, true);
                }
            }
            Key::Of(key) => {
                let key = key.clone();
                self.close(reader);
                let apart = self.remembered.note(&key);
                self.open = Open { key: Some(key), start: place, rows: 1, bytes: taken.bytes, apart, too_many: false };
            }
        }
        self.taken.push(taken);
    }

    /// Ends the run that is open.
    pub(super) fn close(&mut self, reader: &Reader) {
        let open = std::mem::take(&mut self.open);
        if open.key.is_some() && open.start < self.taken.len() {
            self.unit(open.start..self.taken.len(), open.apart, open.too_many);
            self.number(reader);
        }
    }

    fn unit(&mut self, places: Range<usize>, apart: bool, too_many: bool) {
        self.units.push(Unit { places, apart, too_many, periods: Vec::new() });
    }

    /// Numbers the critical care periods of the last unit.
    fn number(&mut self, reader: &Reader) {
        let Some(unit) = self.units.last_mut().filter(|unit| !unit.too_many) else { return };
        let records = self.taken.get(unit.places.clone()).unwrap_or_default();
        let read: Vec<_> = records.iter().filter_map(|taken| taken.record.as_ref().ok()).collect();
        let Some(periods) = reader.periods(&read) else { return };
        let numbers = periods.iter().map(|period| self.next_period + period);
        let mut numbers = numbers.collect::<Vec<_>>().into_iter();
        self.next_period += periods.iter().max().map_or(0, |last| last + 1);
        let number = |taken: &Taken| if taken.record.is_ok() { numbers.next().unwrap_or(0) } else { 0 };
        unit.periods = records.iter().map(number).collect();
    }

    /// What is complete: the records and how they belong together. An open run stays.
    pub(super) fn ready(&mut self) -> (Vec<Taken>, Vec<Unit>) {
        let done = if self.open.key.is_some() { self.open.start } else { self.taken.len() };
        let rest = self.taken.split_off(done.min(self.taken.len()));
        self.open.start = 0;
        (std::mem::replace(&mut self.taken, rest), std::mem::take(&mut self.units))
    }
}
