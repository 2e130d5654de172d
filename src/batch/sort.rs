//! The records of a stream in the order of their spells: what `order=sort` puts between cutting and reading.

use super::cut::{Block, Cutter, Item};
use super::read::{Reader, Record};
use super::summary::BatchError;
use crate::grouper::normalise::number;
use crate::grouper::other::date;
use crate::grouper::spell;
use crate::record::Text;
use crate::spill::{Merge, Sorter};
use rayon::prelude::*;
use std::io::Read;

/// Bytes of a block of sorted records.
const BLOCK: usize = 64 * 1024;

/// Reads all, and gives it back in order.
pub(super) fn sort<R: Read>(cutter: &mut Cutter<R>, reader: &Reader, limit: usize) -> Result<Ordered, BatchError> {
    let mut sorter = Sorter::new(std::env::temp_dir(), limit as u64);
    while let Some(block) = cutter.next()? {
        let items = block.items.par_iter().with_min_len(32);
        let keys: Vec<Vec<u8>> = items.map(|item| key(reader, &block, item)).collect();
        let mut value = Vec::new();
        for (item, key) in block.items.iter().zip(keys) {
            value.clear();
            value.extend_from_slice(&item.line.to_le_bytes());
            let sent = block.of(item);
            value.push(u8::from(sent.is_some()));
            value.extend_from_slice(sent.map_or(&[], |sent| sent.bytes));
            sorter.push(&key, &value).map_err(BatchError::Spill)?;
        }
    }
    Ok(Ordered(sorter.finish().map_err(BatchError::Spill)?))
}

/// Sorted records.
pub(super) struct Ordered(Merge);

impl Ordered {
    /// The next records; nothing at the end.
    pub(super) fn next(&mut self) -> Result<Option<Block>, BatchError> {
        let (mut bytes, mut items) = (Vec::new(), Vec::new());
        while bytes.len() < BLOCK
            && let Some(value) = self.0.next_record().map_err(BatchError::Spill)?
        {
            let Some((line, rest)) = value.split_first_chunk::<8>() else { continue };
            let Some((kept, record)) = rest.split_first() else { continue };
            let start = bytes.len();
            bytes.extend_from_slice(record);
            let place = (*kept == 1).then_some(start..bytes.len());
            items.push(Item { line: u64::from_le_bytes(*line), place });
        }
        Ok((!items.is_empty()).then(|| Block::new(bytes, items)))
    }
}

/// Provider and spell, then the episode's number; of critical care days provider and identifier, then the date. What
/// cannot be read comes first.
fn key(reader: &Reader, block: &Block, item: &Item) -> Vec<u8> {
    let mut key = Vec::new();
    let Ok(record) = reader.take(item.line, block.of(item)).record else { return key };
    let (names, last) = parts(reader, &record);
    for name in names {
        // Shorter values come before longer ones that begin the same, so a value ends with the lowest byte.
        for byte in name {
            match byte {
                0 | 1 => key.extend_from_slice(&[1, byte + 1]),
                byte => key.push(*byte),
            }
        }
        key.push(0);
    }
    key.extend(last);
    key
}

fn parts<'r>(reader: &Reader, record: &'r Record<'_>) -> ([&'r [u8]; 2], Vec<u8>) {
    let episode = |text: &Text<'_>| {
        let (none, order) = spell::sort_key(number(text));
        [&[u8::from(none)], order.to_be_bytes().as_slice()].concat()
    };
    let day = |text: &Text<'_>| date(text.trimmed()).map_or_else(|| vec![1], |date| format!("\0{date}").into_bytes());
    let last = match record {
        Record::Episode(sent, _) => episode(&sent.epiorder),
        Record::Row(row, _) => episode(&row.epiorder()),
        Record::Spell(_) => Vec::new(),
        Record::Other(other) => other.day().map(|[_, _, date]| day(date)).unwrap_or_default(),
    };
    (reader.names(record), last)
}
