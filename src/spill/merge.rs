//! Sorted records from several places, in one order.

use super::file::{BLOCK, Run, RunReader, Spill};
use super::held::{Held, LENGTHS, write};
use rayon::prelude::*;
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::io::{self, BufRead};
use std::sync::Arc;

/// The most runs that are merged at once; each of them holds a block in memory.
const MOST_RUNS: usize = 128;

/// Records that are in order, or will be once they are merged.
pub enum Sorted {
    /// On disk.
    Run(Run),
    /// In memory, in the order in which they were taken.
    Held(Held),
}

/// Merges what follows one another as the records were taken, with about so much memory. Records with the same key keep
/// that order.
pub fn merge(spill: Option<&Arc<Spill>>, mut parts: Vec<Sorted>, memory: u64) -> io::Result<Merge> {
    let most = usize::try_from(memory).unwrap_or(usize::MAX) / BLOCK;
    let most = most.clamp(4, MOST_RUNS);
    while parts.len() > most
        && let Some(spill) = spill
    {
        let mut groups: Vec<Vec<Sorted>> = Vec::new();
        while !parts.is_empty() {
            groups.push(parts.drain(..most.min(parts.len())).collect());
        }
        let merged = groups.into_par_iter().map(|group| merge_into_one(spill, group));
        parts = merged.collect::<io::Result<_>>()?;
    }
    Merge::new(spill, parts)
}

fn merge_into_one(spill: &Arc<Spill>, parts: Vec<Sorted>) -> io::Result<Sorted> {
    let (mut merge, mut into) = (Merge::new(Some(spill), parts)?, spill.writer());
    while let Some((key, record)) = merge.advance()? {
        write(&mut into, key, record)?;
    }
    into.finish().map(Sorted::Run)
}

/// A part whose next record is known.
enum Source {
    /// The reader stands before the record, whose key and itself are so long.
    Run { reader: RunReader, key: usize, record: usize },
    /// The record has a place.
    Held { held: Held, place: usize },
}

impl Source {
    /// Opens a part; none where it holds nothing.
    fn open(spill: Option<&Arc<Spill>>, part: Sorted) -> io::Result<Option<Source>> {
        let mut source = match part {
            Sorted::Held(mut held) => {
                held.sort();
                return Ok((!held.is_empty()).then_some(Source::Held { held, place: 0 }));
            }
            Sorted::Run(run) => {
                let spill = spill.ok_or_else(|| io::Error::other("there is no temporary file"))?;
                Source::Run { reader: spill.reader(&run, 0)?, key: 0, record: 0 }
            }
        };
        Ok(source.read()?.then_some(source))
    }

    /// Goes on to the next record; whether there is one.
    fn next(&mut self) -> io::Result<bool> {
        match self {
            Source::Held { held, place } => {
                *place += 1;
                Ok(*place < held.len())
            }
            Source::Run { reader, key, record } => {
                reader.consume(LENGTHS + *key + *record);
                self.read()
            }
        }
    }

    /// Reads what stands before a record of a run; whether there is one.
    fn read(&mut self) -> io::Result<bool> {
        let Source::Run { reader, key, record } = self else { return Ok(true) };
        let short = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let lengths = reader.peek(LENGTHS)?;
        if lengths.is_empty() {
            return Ok(false);
        }
        let (one, two) = lengths.split_first_chunk().zip(lengths.last_chunk()).ok_or_else(short)?;
        *key = u32::from_le_bytes(*one.0) as usize;
        *record = u32::from_le_bytes(*two) as usize;
        let len = LENGTHS + *key + *record;
        if reader.peek(len)?.len() < len { Err(short()) } else { Ok(true) }
    }

    /// The key and the record.
    fn record(&self) -> (&[u8], &[u8]) {
        match self {
            Source::Held { held, place } => held.at(*place).unwrap_or_default(),
            Source::Run { reader, key, record } => {
                let bytes = reader.buffered().get(LENGTHS..LENGTHS + key + record).unwrap_or_default();
                bytes.split_at_checked(*key).unwrap_or_default()
            }
        }
    }
}

/// A part and its place among the parts.
struct Head {
    source: Source,
    part: usize,
}

/// The greatest of a heap is what comes next.
impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        other.source.record().0.cmp(self.source.record().0).then_with(|| other.part.cmp(&self.part))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Head {}

/// The records of several parts in order.
pub struct Merge {
    heads: BinaryHeap<Head>,
    begun: bool,
}

impl Merge {
    fn new(spill: Option<&Arc<Spill>>, parts: Vec<Sorted>) -> io::Result<Merge> {
        let mut heads = BinaryHeap::with_capacity(parts.len());
        for (sorted, part) in parts.into_iter().zip(0..) {
            heads.extend(Source::open(spill, sorted)?.map(|source| Head { source, part }));
        }
        Ok(Merge { heads, begun: false })
    }

    /// The next record.
    pub fn next_record(&mut self) -> io::Result<Option<&[u8]>> {
        Ok(self.advance()?.map(|(_, record)| record))
    }

    fn advance(&mut self) -> io::Result<Option<(&[u8], &[u8])>> {
        if std::mem::replace(&mut self.begun, true)
            && let Some(mut head) = self.heads.peek_mut()
            && !head.source.next()?
        {
            PeekMut::pop(head);
        }
        Ok(self.heads.peek().map(|head| head.source.record()))
    }
}
