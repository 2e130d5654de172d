//! Gathers rows that come together into spells, and notices spells that come again. What is kept is bounded: the rows of
//! one spell, and a keyed hash of each spell that ended.

use super::read::{Key, Reader, Taken};
use crate::record::size::{MAX_DAYS, MAX_EPISODES};
use crate::reference::Dataset;
use rustc_hash::FxHashSet;
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

/// Spells that ended, by the hash of their names. Shards grow one at a time, so that growing never takes twice the
/// memory.
struct Remembered {
    shards: [FxHashSet<u64>; 16],
    count: usize,
    limit: usize,
}

impl Remembered {
    /// Notes a spell; whether it was known.
    fn note(&mut self, hash: u64) -> bool {
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

/// The run of rows that may go on with the next record.
struct Open {
    hash: u64,
    /// A row of it among the records; where they are gone, their names.
    row: Result<usize, [Box<[u8]>; 2]>,
    /// Its first row that was not answered.
    start: usize,
    /// Rows of it that were read.
    rows: usize,
    bytes: usize,
    apart: bool,
    /// It had too many rows and was answered as far as it came.
    too_many: bool,
}

impl Open {
    fn goes_on(&self, hash: u64, taken: &Taken<'_>, all: &[Taken<'_>], reader: &Reader) -> bool {
        hash == self.hash
            && match (&self.row, names(taken, reader)) {
                (Ok(row), now) => all.get(*row).and_then(|row| names(row, reader)) == now,
                (Err(kept), now) => now.is_some_and(|now| kept.iter().map(|name| &**name).eq(now)),
            }
    }
}

fn names<'t>(taken: &'t Taken<'_>, reader: &Reader) -> Option<[&'t [u8]; 2]> {
    taken.record.as_ref().ok().map(|record| reader.names(record))
}

/// The gatherer. It is shown the records of a round, and says which belong together.
pub(super) struct Gatherer {
    most: usize,
    units: Vec<Unit>,
    open: Option<Open>,
    remembered: Remembered,
    next_period: usize,
}

impl Gatherer {
    pub(super) fn new(dataset: Dataset, remembered: usize) -> Gatherer {
        Gatherer {
            most: if dataset == Dataset::Apc { MAX_EPISODES } else { MAX_DAYS },
            units: Vec::new(),
            open: None,
            remembered: Remembered { shards: Default::default(), count: 0, limit: remembered },
            next_period: 1,
        }
    }

    /// How many spells are remembered, where there were more.
    pub(super) fn remembered(&self) -> Option<u64> {
        let Remembered { count, limit, .. } = self.remembered;
        (count > 0 && count >= limit).then_some(count as u64)
    }

    /// Looks at the records from a place on. What is complete are the units; records after the last of them wait, and are
    /// the first of the next round.
    pub(super) fn round(&mut self, all: &[Taken<'_>], from: usize, ended: bool, reader: &Reader) -> Vec<Unit> {
        for (place, taken) in all.iter().enumerate().skip(from) {
            self.add(place, taken, all, reader);
        }
        if ended {
            self.close(all.len(), all, reader);
        }
        if let Some(open) = &mut self.open {
            open.row = match open.row {
                Ok(row) if open.start > row => {
                    let names = all.get(row).and_then(|row| names(row, reader));
                    Err(names.unwrap_or_default().map(Box::from))
                }
                Ok(_) => Ok(0),
                Err(_) => std::mem::replace(&mut open.row, Ok(0)),
            };
            open.start = 0;
        }
        std::mem::take(&mut self.units)
    }

    fn add(&mut self, place: usize, taken: &Taken<'_>, all: &[Taken<'_>], reader: &Reader) {
        match (taken.key, &mut self.open) {
            (Key::Unread, Some(open)) if place - open.start < 2 * self.most => {}
            (Key::Unread, _) => {
                self.close(place, all, reader);
                self.unit(place..place + 1, false, false);
            }
            (Key::Alone(known), _) => {
                self.close(place, all, reader);
                let apart = known.is_some_and(|hash| self.remembered.note(hash));
                self.unit(place..place + 1, apart, false);
                self.number(all, reader);
            }
            (Key::Of(hash), Some(open)) if open.goes_on(hash, taken, all, reader) => {
                open.rows += 1;
                open.bytes += taken.bytes;
                if open.too_many || open.rows > self.most || open.bytes > OPEN_BYTES {
                    let (places, apart) = (open.start..place + 1, open.apart);
                    (open.start, open.bytes, open.too_many) = (place + 1, 0, true);
                    self.unit(places, apart, true);
                }
            }
            (Key::Of(hash), _) => {
                self.close(place, all, reader);
                let apart = self.remembered.note(hash);
                let (row, bytes) = (Ok(place), taken.bytes);
                self.open = Some(Open { hash, row, start: place, rows: 1, bytes, apart, too_many: false });
            }
        }
    }

    /// Ends the run that is open before a place.
    fn close(&mut self, place: usize, all: &[Taken<'_>], reader: &Reader) {
        if let Some(open) = self.open.take().filter(|open| open.start < place) {
            self.unit(open.start..place, open.apart, open.too_many);
            self.number(all, reader);
        }
    }

    fn unit(&mut self, places: Range<usize>, apart: bool, too_many: bool) {
        self.units.push(Unit { places, apart, too_many, periods: Vec::new() });
    }

    /// Numbers the critical care periods of the last unit.
    fn number(&mut self, all: &[Taken<'_>], reader: &Reader) {
        if !matches!(reader.dataset, Dataset::Pcc | Dataset::Ncc) {
            return;
        }
        let Some(unit) = self.units.last_mut().filter(|unit| !unit.too_many) else { return };
        let records = all.get(unit.places.clone()).unwrap_or_default();
        let read: Vec<_> = records.iter().filter_map(|taken| taken.record.as_ref().ok()).collect();
        let Some(periods) = reader.periods(&read) else { return };
        let numbers = periods.iter().map(|period| self.next_period + period);
        let mut numbers = numbers.collect::<Vec<_>>().into_iter();
        self.next_period += periods.iter().max().map_or(0, |last| last + 1);
        let number = |taken: &Taken<'_>| if taken.record.is_ok() { numbers.next().unwrap_or(0) } else { 0 };
        unit.periods = records.iter().map(number).collect();
    }
}
