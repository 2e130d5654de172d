//! Gathers rows that come together into spells. What is kept is bounded: the rows of one spell.

use super::read::{Key, Reader, Taken};
use crate::record::size::{MAX_DAYS, MAX_EPISODES};
use crate::reference::Dataset;
use std::ops::Range;

/// Records that are grouped together, by their places.
#[derive(Debug, Default)]
pub(super) struct Unit {
    pub(super) places: Range<usize>,
    /// What it is remembered by, where it is.
    pub(super) known: Option<u64>,
    /// The same spell, or critical care identifier, had come before and ended.
    pub(super) apart: bool,
    /// It has more rows than a spell may have.
    pub(super) too_many: bool,
    /// Critical care: the period of each record, from 1; 0 for one that was rejected.
    pub(super) periods: Vec<usize>,
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

/// The records of a share that cannot be of the same spell as any before or after the share: what is between the first
/// run of rows and the last. Every other record of it is for whoever knows what comes before and after.
pub(super) fn within(rows: &[Taken<'_>], reader: &Reader) -> Range<usize> {
    // Critical care numbers its periods through the whole stream.
    if matches!(reader.dataset, Dataset::Pcc | Dataset::Ncc) {
        return rows.len()..rows.len();
    }
    let same = |one: &Taken<'_>, other: &Taken<'_>| one.key == other.key && names(one, reader) == names(other, reader);
    let mut start = None;
    let mut run: Option<(usize, &Taken<'_>)> = None;
    for (place, taken) in rows.iter().enumerate() {
        match taken.key {
            Key::Unread => {}
            Key::Alone(_) => {
                start = start.or(Some(place));
                run = None;
            }
            Key::Of(_) if run.is_some_and(|(_, first)| same(first, taken)) => {}
            Key::Of(_) => {
                start = start.or(run.map(|_| place));
                run = Some((place, taken));
            }
        }
    }
    let end = run.map_or(rows.len(), |(place, _)| place);
    let start = start.unwrap_or(rows.len());
    start..end.max(start)
}

/// The gatherer. It is shown records in their order, and says which belong together.
pub(super) struct Gatherer {
    most: usize,
    units: Vec<Unit>,
    open: Option<Open>,
    next_period: usize,
}

impl Gatherer {
    pub(super) fn new(dataset: Dataset) -> Gatherer {
        Gatherer {
            most: if dataset == Dataset::Apc { MAX_EPISODES } else { MAX_DAYS },
            units: Vec::new(),
            open: None,
            next_period: 1,
        }
    }

    /// Puts records behind those that it was shown, and looks at them.
    pub(super) fn look<'b>(&mut self, all: &mut Vec<Taken<'b>>, more: Vec<Taken<'b>>, reader: &Reader) {
        let from = all.len();
        all.extend(more);
        for place in from..all.len() {
            self.add(place, all, reader);
        }
    }

    /// Gives the units so far, complete since what comes next is of none of them.
    pub(super) fn end(&mut self, all: &[Taken<'_>], reader: &Reader, units: &mut Vec<Unit>) {
        self.close(all.len(), all, reader);
        units.append(&mut self.units);
    }

    /// The units that are complete. Records after the last of them wait, and are the first that are shown next.
    pub(super) fn pause(&mut self, all: &[Taken<'_>], reader: &Reader, units: &mut Vec<Unit>) {
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
        units.append(&mut self.units);
    }

    /// Looks at the record at a place, which is the next.
    pub(super) fn add(&mut self, place: usize, all: &[Taken<'_>], reader: &Reader) {
        let Some(taken) = all.get(place) else { return };
        match (taken.key, &mut self.open) {
            (Key::Unread, Some(open)) if place - open.start < 2 * self.most => {}
            (Key::Unread, _) => {
                self.close(place, all, reader);
                self.unit(place..place + 1, None, false);
            }
            (Key::Alone(known), _) => {
                self.close(place, all, reader);
                self.unit(place..place + 1, known, false);
                self.number(all, reader);
            }
            (Key::Of(hash), Some(open)) if open.goes_on(hash, taken, all, reader) => {
                open.rows += 1;
                open.bytes += taken.bytes;
                if open.too_many || open.rows > self.most || open.bytes > OPEN_BYTES {
                    let places = open.start..place + 1;
                    let known = (!open.too_many).then_some(hash);
                    (open.start, open.bytes, open.too_many) = (place + 1, 0, true);
                    self.unit(places, known, true);
                }
            }
            (Key::Of(hash), _) => {
                self.close(place, all, reader);
                let (row, bytes) = (Ok(place), taken.bytes);
                self.open = Some(Open { hash, row, start: place, rows: 1, bytes, too_many: false });
            }
        }
    }

    /// Ends the run that is open before a place.
    fn close(&mut self, place: usize, all: &[Taken<'_>], reader: &Reader) {
        if let Some(open) = self.open.take().filter(|open| open.start < place) {
            // Of a spell that was answered in parts, the first part was remembered.
            self.unit(open.start..place, (!open.too_many).then_some(open.hash), open.too_many);
            self.number(all, reader);
        }
    }

    fn unit(&mut self, places: Range<usize>, known: Option<u64>, too_many: bool) {
        self.units.push(Unit { places, known, too_many, ..Unit::default() });
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
