//! Sorts more than memory holds: sorted runs go to files that have no name, sealed with a key that only this process has
//! and only for as long as it sorts; then they are merged. Whoever finds the disk finds nothing of any patient.

use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};

/// Bytes of records that are sealed at once.
const FRAME: usize = 64 * 1024;
/// Runs that are merged at once: each takes a frame of memory and an open file.
const FAN: usize = 64;
/// What a record costs in memory besides its bytes.
const OVERHEAD: usize = 64;

/// A key to sort by, compared byte by byte, and what it stands for.
type Record = (Box<[u8]>, Box<[u8]>);

/// Takes records in any order and gives them back sorted by their keys; ties keep their order.
pub struct Sorter {
    cipher: ChaCha20Poly1305,
    limit: usize,
    held: Vec<Record>,
    bytes: usize,
    /// Runs on disk: those of a higher level are merged ones, and came before those of a lower one.
    levels: Vec<Vec<Run>>,
    runs: u32,
}

/// A sorted run on disk.
struct Run {
    file: File,
    id: u32,
    frames: u64,
}

impl Sorter {
    /// A sorter that holds about so many bytes in memory.
    pub fn new(limit: usize) -> io::Result<Sorter> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|_| io::Error::other("the system gives no random numbers"))?;
        let cipher = ChaCha20Poly1305::new(&Key::from(key));
        Ok(Sorter { cipher, limit, held: Vec::new(), bytes: 0, levels: Vec::new(), runs: 0 })
    }

    /// Adds a record.
    pub fn push(&mut self, key: &[u8], value: &[u8]) -> io::Result<()> {
        self.bytes += key.len() + value.len() + OVERHEAD;
        self.held.push((key.into(), value.into()));
        if self.bytes > self.limit {
            self.spill()?;
        }
        Ok(())
    }

    /// All records in order.
    pub fn finish(mut self) -> io::Result<Sorted> {
        self.held.sort_by(|a, b| a.0.cmp(&b.0));
        let held = std::mem::take(&mut self.held);
        let runs = self.levels.drain(..).rev().flatten().map(|run| Source::open(run, &self.cipher));
        let mut sources = runs.collect::<io::Result<Vec<Source>>>()?;
        sources.push(Source::Held(held.into_iter()));
        Sorted::new(sources)
    }

    /// Whether anything went to disk.
    pub fn has_spilt(&self) -> bool {
        self.runs > 0
    }

    fn spill(&mut self) -> io::Result<()> {
        self.held.sort_by(|a, b| a.0.cmp(&b.0));
        let held = std::mem::take(&mut self.held);
        self.bytes = 0;
        let run = self.write(held.into_iter().map(Ok))?;
        self.keep(0, run)
    }

    /// Keeps a run; as many as can be merged at once become one of the next level.
    fn keep(&mut self, level: usize, run: Run) -> io::Result<()> {
        if self.levels.len() <= level {
            self.levels.push(Vec::new());
        }
        let Some(runs) = self.levels.get_mut(level) else { return Ok(()) };
        runs.push(run);
        if runs.len() < FAN {
            return Ok(());
        }
        let runs = std::mem::take(runs).into_iter().map(|run| Source::open(run, &self.cipher));
        let merged = Sorted::new(runs.collect::<io::Result<Vec<Source>>>()?)?;
        let run = self.write(merged)?;
        self.keep(level + 1, run)
    }

    fn write(&mut self, records: impl Iterator<Item = io::Result<Record>>) -> io::Result<Run> {
        self.runs += 1;
        let id = self.runs;
        let mut file = BufWriter::new(tempfile::tempfile()?);
        let mut frame = Vec::with_capacity(FRAME);
        let mut frames = 0;
        let mut seal = |frame: &mut Vec<u8>| -> io::Result<()> {
            let sealed = self.cipher.encrypt(&nonce(id, frames), frame.as_slice());
            let sealed = sealed.map_err(|_| io::Error::other("a frame cannot be sealed"))?;
            file.write_all(&length(sealed.len())?)?;
            file.write_all(&sealed)?;
            frame.clear();
            frames += 1;
            Ok(())
        };
        for record in records {
            let (key, value) = record?;
            for part in [&key, &value] {
                frame.extend_from_slice(&length(part.len())?);
                frame.extend_from_slice(part);
            }
            if frame.len() >= FRAME {
                seal(&mut frame)?;
            }
        }
        seal(&mut frame)?;
        let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.seek(SeekFrom::Start(0))?;
        Ok(Run { file, id, frames })
    }
}

/// No two frames under a key have the same.
fn nonce(run: u32, frame: u64) -> Nonce {
    let mut nonce = [0; 12];
    let (first, last) = nonce.split_at_mut(4);
    first.copy_from_slice(&run.to_le_bytes());
    last.copy_from_slice(&frame.to_le_bytes());
    Nonce::from(nonce)
}

fn length(length: usize) -> io::Result<[u8; 4]> {
    u32::try_from(length).map(u32::to_le_bytes).map_err(|_| io::Error::other("a record is too large to be sorted"))
}

/// Where sorted records come from.
enum Source {
    Held(std::vec::IntoIter<Record>),
    Disk(Box<Reading>),
}

struct Reading {
    file: BufReader<File>,
    cipher: ChaCha20Poly1305,
    id: u32,
    frames: u64,
    next: u64,
    frame: Vec<u8>,
    place: usize,
}

impl Source {
    fn open(run: Run, cipher: &ChaCha20Poly1305) -> io::Result<Source> {
        let Run { mut file, id, frames } = run;
        file.seek(SeekFrom::Start(0))?;
        let cipher = cipher.clone();
        let file = BufReader::new(file);
        Ok(Source::Disk(Box::new(Reading { file, cipher, id, frames, next: 0, frame: Vec::new(), place: 0 })))
    }

    fn next(&mut self) -> io::Result<Option<Record>> {
        match self {
            Source::Held(records) => Ok(records.next()),
            Source::Disk(reading) => reading.next(),
        }
    }
}

impl Reading {
    fn next(&mut self) -> io::Result<Option<Record>> {
        while self.place >= self.frame.len() {
            if self.next == self.frames {
                return Ok(None);
            }
            let mut length = [0; 4];
            self.file.read_exact(&mut length)?;
            let mut sealed = Vec::new();
            let length = u64::from(u32::from_le_bytes(length));
            self.file.by_ref().take(length).read_to_end(&mut sealed)?;
            let frame = self.cipher.decrypt(&nonce(self.id, self.next), sealed.as_slice());
            self.frame = frame.map_err(|_| io::Error::other("a file of sorted records was changed"))?;
            (self.next, self.place) = (self.next + 1, 0);
        }
        Ok(Some((self.part()?, self.part()?)))
    }

    fn part(&mut self) -> io::Result<Box<[u8]>> {
        let short = || io::Error::other("a file of sorted records is faulty");
        let rest = self.frame.get(self.place..).unwrap_or_default();
        let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(short)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| short())?;
        let part = rest.get(..length).ok_or_else(short)?;
        self.place += 4 + length;
        Ok(part.into())
    }
}

/// The next record of a source: key, source, value; the smallest comes first.
type Head = Reverse<(Box<[u8]>, usize, Box<[u8]>)>;

/// Records in order.
pub struct Sorted {
    sources: Vec<Source>,
    /// The next record of each source; among equal keys the earlier source comes first.
    heads: BinaryHeap<Head>,
}

impl Sorted {
    fn new(mut sources: Vec<Source>) -> io::Result<Sorted> {
        let mut heads = BinaryHeap::with_capacity(sources.len());
        for (place, source) in sources.iter_mut().enumerate() {
            if let Some((key, value)) = source.next()? {
                heads.push(Reverse((key, place, value)));
            }
        }
        Ok(Sorted { sources, heads })
    }
}

impl Iterator for Sorted {
    type Item = io::Result<Record>;

    fn next(&mut self) -> Option<io::Result<Record>> {
        let Reverse((key, place, value)) = self.heads.pop()?;
        match self.sources.get_mut(place).map_or(Ok(None), Source::next) {
            Ok(Some((key, value))) => self.heads.push(Reverse((key, place, value))),
            Ok(None) => {}
            Err(fault) => {
                self.heads.clear();
                return Some(Err(fault));
            }
        }
        Some(Ok((key, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(sorter: Sorter) -> Vec<(Vec<u8>, Vec<u8>)> {
        let records = sorter.finish().expect("finishes").map(|record| record.expect("reads"));
        records.map(|(key, value)| (key.into_vec(), value.into_vec())).collect()
    }

    #[test]
    fn records_come_back_sorted_with_ties_in_their_order_however_little_memory_there_is() {
        for limit in [0, 1_000, 100_000_000] {
            let mut sorter = Sorter::new(limit).expect("a sorter");
            let mut expected = Vec::new();
            // Twice the fan and more, so that runs are merged on the way.
            for i in 0..5_000_u32 {
                let key = (i.wrapping_mul(2_654_435_761) % 97).to_be_bytes();
                sorter.push(&key, &i.to_le_bytes()).expect("taken");
                expected.push((key.to_vec(), i.to_le_bytes().to_vec()));
            }
            assert_eq!(sorter.has_spilt(), limit < 100_000_000);
            expected.sort_by(|a, b| a.0.cmp(&b.0));
            assert_eq!(sorted(sorter), expected, "limit {limit}");
        }
    }

    #[test]
    fn what_lies_on_disk_shows_nothing_and_cannot_be_changed() {
        const CANARY: &[u8] = b"k9canary7f3e";
        let mut sorter = Sorter::new(0).expect("a sorter");
        sorter.push(CANARY, CANARY).expect("taken");
        let run = sorter.levels.first_mut().and_then(|runs| runs.first_mut()).expect("a run");
        let mut bytes = Vec::new();
        run.file.read_to_end(&mut bytes).expect("readable");
        assert!(bytes.len() > CANARY.len() * 2);
        assert!(!bytes.windows(6).any(|part| CANARY.windows(6).any(|secret| secret == part)));
        run.file.seek(SeekFrom::Start(10)).expect("sought");
        run.file.write_all(b"x").expect("written");
        assert!(sorter.finish().is_err());
    }
}
