//! Records that are held in memory until they are sorted.

use super::file::{Run, Spill};
use std::io::{self, Write};

/// Where a record stands, behind its key.
struct Entry {
    /// The first bytes of its key that differ among the records.
    head: u64,
    start: u32,
    key: u32,
    record: u32,
}

/// Records, each with the bytes that it is sorted by.
#[derive(Default)]
pub struct Held {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

/// Bytes before a key and its record in a run: their lengths.
pub(super) const LENGTHS: usize = 8;

impl Held {
    /// The most bytes that may be held.
    pub const MOST: u64 = (u32::MAX / 2) as u64;

    /// With room for so many bytes, so that none are copied as they become more.
    pub fn with_room(bytes: u64) -> Held {
        let room = usize::try_from(bytes.min(Held::MOST)).unwrap_or_default();
        Held { bytes: Vec::with_capacity(room), entries: Vec::new() }
    }

    /// How many bytes of memory are in use.
    pub fn size(&self) -> u64 {
        (self.bytes.len() + self.entries.len() * size_of::<Entry>()) as u64
    }

    /// How many records.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds a record; its key is what `key` adds.
    pub fn push(&mut self, key: impl FnOnce(&mut Vec<u8>), record: &[u8]) -> io::Result<()> {
        let start = self.bytes.len();
        key(&mut self.bytes);
        let key = self.bytes.len() - start;
        self.bytes.extend_from_slice(record);
        let place = |place: usize| u32::try_from(place).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge));
        let entry = Entry { head: 0, start: place(start)?, key: place(key)?, record: place(record.len())? };
        place(self.bytes.len())?;
        self.entries.push(entry);
        Ok(())
    }

    fn key(&self, entry: &Entry) -> &[u8] {
        let start = entry.start as usize;
        self.bytes.get(start..start + entry.key as usize).unwrap_or_default()
    }

    /// The key and the record of a place.
    pub(super) fn at(&self, place: usize) -> Option<(&[u8], &[u8])> {
        let entry = self.entries.get(place)?;
        let start = entry.start as usize;
        let bytes = self.bytes.get(start..start + entry.key as usize + entry.record as usize)?;
        bytes.split_at_checked(entry.key as usize)
    }

    /// Puts the records in order. Those with the same key keep theirs, which is that of their places.
    pub(super) fn sort(&mut self) {
        let mut entries = std::mem::take(&mut self.entries);
        let first = entries.first().map(|entry| self.key(entry)).unwrap_or_default();
        let shared = |entry: &Entry| first.iter().zip(self.key(entry)).take_while(|(a, b)| a == b).count();
        let shared = entries.iter().map(shared).min().unwrap_or(0);
        for entry in &mut entries {
            let mut head = [0; 8];
            head.iter_mut().zip(self.key(entry).iter().skip(shared)).for_each(|(slot, byte)| *slot = *byte);
            entry.head = u64::from_be_bytes(head);
        }
        entries.sort_unstable_by(|a, b| {
            a.head.cmp(&b.head).then_with(|| self.key(a).cmp(self.key(b))).then_with(|| a.start.cmp(&b.start))
        });
        self.entries = entries;
    }

    /// Sorts the records, writes them as a run and forgets them.
    pub fn spill(&mut self, spill: &Spill) -> io::Result<Run> {
        self.sort();
        let mut run = spill.writer();
        for place in 0..self.entries.len() {
            if let Some((key, record)) = self.at(place) {
                write(&mut run, key, record)?;
            }
        }
        self.bytes.clear();
        self.entries.clear();
        run.finish()
    }
}

/// Writes a key and its record as [`super::merge`] reads them.
pub(super) fn write(run: &mut impl Write, key: &[u8], record: &[u8]) -> io::Result<()> {
    let len = |bytes: &[u8]| u32::try_from(bytes.len()).map_err(io::Error::other);
    run.write_all(&len(key)?.to_le_bytes())?;
    run.write_all(&len(record)?.to_le_bytes())?;
    run.write_all(key)?;
    run.write_all(record)
}
