//! Sorts the rows of an input of any size: runs that fit into memory are sorted side by side and spilled, then merged.

use super::decode::Scratch;
use super::error::RunError;
use super::row::Glance;
use super::run::Watch;
use super::spill::{BLOCK, Run, RunReader, RunWriter, Spill};
use super::survey::Input;
use rayon::prelude::*;
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::io::{self, BufRead, Read, Write};

/// The most runs that are merged at once; each of them holds a block in memory.
const MOST_RUNS: usize = 128;

/// Where a row stands among those in memory.
struct Entry {
    /// The first bytes of its key that differ among the rows.
    head: u64,
    start: u32,
    key: u32,
    row: u32,
}

/// Rows in memory, each behind its key.
#[derive(Default)]
struct Rows {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

impl Rows {
    fn size(&self) -> usize {
        self.bytes.len() + self.entries.len() * size_of::<Entry>()
    }

    fn key(&self, entry: &Entry) -> &[u8] {
        let start = entry.start as usize;
        self.bytes.get(start..start + entry.key as usize).unwrap_or_default()
    }

    fn sort(&mut self) {
        let mut entries = std::mem::take(&mut self.entries);
        let first = entries.first().map(|entry| self.key(entry)).unwrap_or_default();
        let shared = |entry: &Entry| first.iter().zip(self.key(entry)).take_while(|(a, b)| a == b).count();
        let shared = entries.iter().map(shared).min().unwrap_or(0);
        for entry in &mut entries {
            let mut head = [0; 8];
            head.iter_mut().zip(self.key(entry).iter().skip(shared)).for_each(|(slot, byte)| *slot = *byte);
            entry.head = u64::from_be_bytes(head);
        }
        // Rows with the same key keep their order, which is that of their places.
        entries.sort_unstable_by(|a, b| {
            a.head.cmp(&b.head).then_with(|| self.key(a).cmp(self.key(b))).then_with(|| a.start.cmp(&b.start))
        });
        self.entries = entries;
    }

    /// Sorts the rows, spills them and forgets them.
    fn spill(&mut self, spill: &Spill) -> io::Result<Run> {
        self.sort();
        let mut run = spill.writer();
        for entry in &self.entries {
            let start = entry.start as usize;
            let bytes = self.bytes.get(start..start + entry.key as usize + entry.row as usize).unwrap_or_default();
            write_row(&mut run, entry.key, entry.row, bytes)?;
        }
        self.bytes.clear();
        self.entries.clear();
        run.finish()
    }
}

fn write_row(run: &mut RunWriter<'_>, key: u32, row: u32, bytes: &[u8]) -> io::Result<()> {
    run.write_all(&key.to_le_bytes())?;
    run.write_all(&row.to_le_bytes())?;
    run.write_all(bytes)
}

fn unwritable(fault: io::Error) -> RunError {
    RunError::Processing(format!("the rows cannot be sorted by a temporary file: {fault}"))
}

/// Sorts the rows of an input into runs, with about so much memory. The runs follow one another as their rows do in
/// the input, which a merge needs to keep rows of the same key in order.
pub fn sort(input: &Input<'_>, spill: &Spill, memory: u64, watch: &impl Watch) -> Result<Vec<Run>, RunError> {
    // Half the memory for the rows of all threads; the other half is for what merging, grouping and writing hold.
    let threads = rayon::current_num_threads() as u64;
    let share = (memory / 2 / threads).clamp(1, u64::from(u32::MAX / 2));
    watch.begin("sorting", input.rows);
    // Pieces are smaller than a share: rows in memory are longer than in the input, by key and entry.
    let pieces = input.source.pieces(input.start, (share * 3 / 4).max(1));
    let runs: Vec<Vec<Run>> = pieces
        .into_par_iter()
        .map_init(Rows::default, |rows, piece| sort_piece(input, piece, rows, (spill, share), watch))
        .collect::<Result<_, _>>()?;
    let mut runs: Vec<Run> = runs.into_iter().flatten().collect();
    let most = usize::try_from(memory / 4).unwrap_or(usize::MAX) / BLOCK;
    let most = most.clamp(4, MOST_RUNS);
    while runs.len() > most {
        let merged = runs.par_chunks(most).map(|runs| merge_runs(spill, runs)).collect::<io::Result<_>>();
        runs = merged.map_err(unwritable)?;
    }
    Ok(runs)
}

fn sort_piece(
    input: &Input<'_>,
    piece: (u64, u64),
    rows: &mut Rows,
    (spill, share): (&Spill, u64),
    watch: &impl Watch,
) -> Result<Vec<Run>, RunError> {
    watch.go_on()?;
    let mut lines = input.source.lines(input.start, piece).map_err(|fault| RunError::Input(fault.to_string()))?;
    let (mut runs, mut scratch, mut before) = (Vec::new(), Scratch::default(), 0);
    while let Some(line) = lines.next_line()? {
        let Some(row) = input.decoder.decode(line, &mut scratch).map_err(RunError::Input)? else { continue };
        if rows.size() as u64 >= share {
            watch.go_on()?;
            watch.advance(rows.entries.len() as u64 - before);
            before = 0;
            runs.push(rows.spill(spill).map_err(unwritable)?);
        }
        let start = rows.bytes.len();
        let glance = Glance { bytes: row, delimiter: input.decoder.delimiter() };
        input.order.key(input.layout, &glance, &mut rows.bytes);
        let key = rows.bytes.len() - start;
        rows.bytes.extend_from_slice(row);
        let place = |place: usize| u32::try_from(place).map_err(|_| unwritable(io::ErrorKind::FileTooLarge.into()));
        let entry = Entry { head: 0, start: place(start)?, key: place(key)?, row: place(row.len())? };
        rows.entries.push(entry);
        let read = rows.entries.len() as u64 - before;
        if read == 4096 {
            watch.advance(read);
            before += read;
        }
    }
    watch.advance(rows.entries.len() as u64 - before);
    if !rows.entries.is_empty() {
        runs.push(rows.spill(spill).map_err(unwritable)?);
    }
    Ok(runs)
}

fn merge_runs(spill: &Spill, runs: &[Run]) -> io::Result<Run> {
    let (mut merge, mut into) = (Merge::new(spill, runs)?, spill.writer());
    while let Some(head) = merge.advance()? {
        let len = |bytes: &[u8]| u32::try_from(bytes.len()).map_err(io::Error::other);
        let (key, row) = (len(&head.key)?, len(&head.row)?);
        into.write_all(&key.to_le_bytes())?;
        into.write_all(&row.to_le_bytes())?;
        into.write_all(&head.key)?;
        into.write_all(&head.row)?;
    }
    into.finish()
}

/// The next row of a run.
struct Head<'s> {
    key: Vec<u8>,
    row: Vec<u8>,
    run: usize,
    reader: RunReader<'s>,
}

impl Head<'_> {
    /// Reads the next row of the run; whether there was one.
    fn read(&mut self) -> io::Result<bool> {
        if self.reader.fill_buf()?.is_empty() {
            return Ok(false);
        }
        let mut len = || {
            let mut bytes = [0; 4];
            self.reader.read_exact(&mut bytes).map(|()| u32::from_le_bytes(bytes) as usize)
        };
        let (key, row) = (len()?, len()?);
        self.key.resize(key, 0);
        self.row.resize(row, 0);
        self.reader.read_exact(&mut self.key)?;
        self.reader.read_exact(&mut self.row)?;
        Ok(true)
    }
}

/// The greatest of a heap is what comes next.
impl Ord for Head<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.key.cmp(&self.key).then_with(|| other.run.cmp(&self.run))
    }
}

impl PartialOrd for Head<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Head<'_> {}

/// The rows of several runs in order.
pub struct Merge<'s> {
    heads: BinaryHeap<Head<'s>>,
    begun: bool,
}

impl<'s> Merge<'s> {
    /// Begins to merge.
    pub fn new(spill: &'s Spill, runs: &'s [Run]) -> io::Result<Merge<'s>> {
        let mut heads = BinaryHeap::with_capacity(runs.len());
        for (run, place) in runs.iter().zip(0..) {
            let mut head = Head { key: Vec::new(), row: Vec::new(), run: place, reader: spill.reader(run, 0)? };
            if head.read()? {
                heads.push(head);
            }
        }
        Ok(Merge { heads, begun: false })
    }

    /// The next row.
    pub fn next(&mut self) -> io::Result<Option<&[u8]>> {
        Ok(self.advance()?.map(|head| head.row.as_slice()))
    }

    fn advance(&mut self) -> io::Result<Option<&Head<'s>>> {
        if std::mem::replace(&mut self.begun, true)
            && let Some(mut head) = self.heads.peek_mut()
            && !head.read()?
        {
            PeekMut::pop(head);
        }
        Ok(self.heads.peek())
    }
}
