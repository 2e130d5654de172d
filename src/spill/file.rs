//! A temporary file without a name, encrypted with a key that is never written down.
//!
//! Patient data must not lie in clear outside the files a user asked for. The file has no name in its folder, so that
//! the system removes it when the program ends, however it ends; and what is on the disk cannot be read without the
//! key, which lives and dies with the [`Spill`]. Blocks are numbered, and the number is the nonce: no block is written
//! twice, and one that was moved or altered is not read.

use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, Nonce, Tag};
use std::fs::File;
use std::io::{BufRead, Error, ErrorKind, Read, Result, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Bytes of a block before encryption.
pub const BLOCK: usize = 64 * 1024;

/// What encryption adds to a block: its tag.
const TAG: usize = 16;

/// A temporary file that several threads may write runs to.
pub struct Spill {
    file: Mutex<File>,
    cipher: ChaCha20Poly1305,
    /// The number of the next block, which is its place too.
    next: AtomicU64,
}

/// Bytes that were written one after another: the blocks they are in, and how many there are.
#[derive(Clone, Debug, Default)]
pub struct Run {
    blocks: Vec<u64>,
    len: u64,
}

impl Run {
    /// How many bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl Spill {
    /// Makes the file in a folder, which should have room.
    pub fn new(folder: &Path) -> Result<Arc<Spill>> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|_| Error::other("the system gives no random numbers"))?;
        Ok(Arc::new(Spill {
            file: Mutex::new(tempfile::tempfile_in(folder)?),
            cipher: ChaCha20Poly1305::new(&key.into()),
            next: AtomicU64::new(0),
        }))
    }

    /// Begins a run.
    pub fn writer(&self) -> RunWriter<'_> {
        RunWriter { spill: self, block: Vec::with_capacity(BLOCK + TAG), run: Run::default() }
    }

    /// Reads a run from one of its bytes on.
    pub fn reader(self: &Arc<Self>, run: &Run, from: u64) -> Result<RunReader> {
        let from = usize::try_from(from).map_err(Error::other)?;
        let (spill, run) = (Arc::clone(self), run.clone());
        let mut reader = RunReader { spill, run, next: from / BLOCK, bytes: Vec::new(), at: 0 };
        reader.more()?;
        reader.at = (from % BLOCK).min(reader.bytes.len());
        Ok(reader)
    }

    /// Encrypts a block where it stands and writes it; gives its number.
    fn put(&self, block: &mut Vec<u8>) -> Result<u64> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.cipher.encrypt_in_place(&nonce(number), b"", block).map_err(|_| Error::other("encryption failed"))?;
        let mut file = self.file.lock().map_err(|_| poisoned())?;
        file.seek(SeekFrom::Start(place(number)))?;
        file.write_all(block)?;
        Ok(number)
    }

    /// Reads a block of so many bytes and adds it decrypted.
    fn get(&self, number: u64, len: usize, into: &mut Vec<u8>) -> Result<()> {
        let start = into.len();
        into.resize(start + len + TAG, 0);
        let block = into.get_mut(start..).unwrap_or_default();
        {
            let mut file = self.file.lock().map_err(|_| poisoned())?;
            file.seek(SeekFrom::Start(place(number)))?;
            file.read_exact(block)?;
        }
        let altered = |_| Error::new(ErrorKind::InvalidData, "a temporary file was altered");
        let (sealed, tag) = block.split_at_mut(len);
        let tag = Tag::try_from(&*tag).map_err(Error::other)?;
        self.cipher.decrypt_inout_detached(&nonce(number), b"", sealed.into(), &tag).map_err(altered)?;
        into.truncate(start + len);
        Ok(())
    }
}

fn nonce(number: u64) -> Nonce {
    let mut nonce = [0; 12];
    nonce.iter_mut().zip(number.to_le_bytes()).for_each(|(slot, byte)| *slot = byte);
    nonce.into()
}

fn place(number: u64) -> u64 {
    number * (BLOCK + TAG) as u64
}

fn poisoned() -> Error {
    Error::other("another thread failed")
}

/// Writes a run.
pub struct RunWriter<'s> {
    spill: &'s Spill,
    block: Vec<u8>,
    run: Run,
}

impl RunWriter<'_> {
    /// Ends the run.
    pub fn finish(mut self) -> Result<Run> {
        if !self.block.is_empty() {
            self.put()?;
        }
        Ok(self.run)
    }

    fn put(&mut self) -> Result<()> {
        self.run.blocks.push(self.spill.put(&mut self.block)?);
        self.block.clear();
        Ok(())
    }
}

impl Write for RunWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let fitting = bytes.get(..bytes.len().min(BLOCK - self.block.len())).unwrap_or_default();
        self.block.extend_from_slice(fitting);
        self.run.len += fitting.len() as u64;
        if self.block.len() == BLOCK {
            self.put()?;
        }
        Ok(fitting.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(()) // a part of a block is written by `finish`
    }
}

/// Reads a run.
pub struct RunReader {
    spill: Arc<Spill>,
    run: Run,
    /// Which of the run's blocks comes next.
    next: usize,
    /// What was read and not yet used up begins at `at`.
    bytes: Vec<u8>,
    at: usize,
}

impl RunReader {
    /// The next bytes, so many of them in one piece, without using them up; fewer where the run ends.
    pub fn peek(&mut self, len: usize) -> Result<&[u8]> {
        while self.bytes.len() - self.at < len && self.more()? {}
        let to = self.bytes.len().min(self.at + len);
        Ok(self.bytes.get(self.at..to).unwrap_or_default())
    }

    /// The bytes that were read and not used up.
    pub fn buffered(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Adds the next block; whether there was one.
    fn more(&mut self) -> Result<bool> {
        let Some(number) = self.run.blocks.get(self.next) else { return Ok(false) };
        let before = self.next as u64 * BLOCK as u64;
        let len = usize::try_from((self.run.len - before).min(BLOCK as u64)).map_err(Error::other)?;
        self.bytes.drain(..self.at);
        self.at = 0;
        self.spill.get(*number, len, &mut self.bytes)?;
        self.next += 1;
        Ok(true)
    }
}

impl BufRead for RunReader {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        self.peek(1)?;
        Ok(self.buffered())
    }

    fn consume(&mut self, amount: usize) {
        self.at += amount;
    }
}

impl Read for RunReader {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize> {
        let read = self.fill_buf()?.read(bytes)?;
        self.consume(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(spill: &Spill, bytes: &[u8]) -> Run {
        let mut writer = spill.writer();
        writer.write_all(bytes).expect("written");
        writer.finish().expect("written")
    }

    fn bytes(seed: u8, len: usize) -> Vec<u8> {
        (0..=250).cycle().zip((0..=255).cycle()).map(|(one, other): (u8, u8)| one ^ other ^ seed).take(len).collect()
    }

    #[test]
    fn runs_come_back_as_they_were_written_from_any_byte_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let spill = Spill::new(folder.path()).expect("a file");
        let lengths = [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 7];
        let runs: Vec<Run> = lengths.iter().zip(0..).map(|(len, seed)| run(&spill, &bytes(seed, *len))).collect();
        for ((run, len), seed) in runs.iter().zip(lengths).zip(0..) {
            for from in [0, 1, len / 2, len.saturating_sub(1), len] {
                let mut read = Vec::new();
                spill.reader(run, from as u64).expect("opens").read_to_end(&mut read).expect("reads");
                assert!(read == bytes(seed, len)[from.min(len)..], "{len} bytes from {from}");
            }
        }
    }

    #[test]
    fn nothing_written_stands_in_clear_and_the_file_has_no_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let spill = Spill::new(folder.path()).expect("a file");
        let canary = b"CANARY-PROVSPNO-4711 ".repeat(10_000);
        let run = run(&spill, &canary);
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
        let mut disk = Vec::new();
        {
            let mut file = spill.file.lock().expect("a file");
            file.seek(SeekFrom::Start(0)).expect("seeks");
            file.read_to_end(&mut disk).expect("reads");
        }
        assert!(disk.len() > canary.len(), "the bytes are on the disk");
        assert!(memchr::memmem::find(&disk, b"CANARY").is_none());
        assert!(memchr::memmem::find(&disk, b"4711").is_none());
        drop(run);
    }

    #[test]
    fn a_block_that_was_altered_is_not_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let spill = Spill::new(folder.path()).expect("a file");
        let run = run(&spill, &bytes(1, 100));
        {
            let mut file = spill.file.lock().expect("a file");
            file.seek(SeekFrom::Start(5)).expect("seeks");
            file.write_all(b"x").expect("written");
        }
        assert_eq!(spill.reader(&run, 0).err().map(|fault| fault.kind()), Some(ErrorKind::InvalidData));
    }
}
