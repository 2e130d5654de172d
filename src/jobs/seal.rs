//! Files that can be read with their job's key alone: XChaCha20-Poly1305 over chunks of 64 KiB, in the STREAM
//! construction, so that a file that was cut, reordered or altered is refused and never read as a shorter one. Chunks are
//! numbered, so that a file can be read from any of its bytes on.
//!
//! ```text
//! 19 random bytes (the nonce's prefix), then chunks: 65,536 bytes of content and 16 of tag; the last one is marked
//! ```

use super::key::Key;
use aead_stream::{NewStream, StreamBE32, StreamPrimitive};
use chacha20poly1305::XChaCha20Poly1305;
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;
use zeroize::Zeroize;

const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;
const PREFIX: usize = 19;

type Stream = StreamBE32<XChaCha20Poly1305>;

/// A new file that its owner alone may read.
pub(super) fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a sealed file is not what was written")
}

/// Writes a sealed file. Without [`Sealer::finish`] the file is not whole, and is refused when it is read.
pub struct Sealer {
    file: File,
    stream: Stream,
    /// The number of the chunk that is being filled.
    number: u32,
    chunk: Vec<u8>,
    written: u64,
}

impl Sealer {
    /// Begins a file.
    pub fn create(path: &Path, key: &Key) -> io::Result<Sealer> {
        let mut prefix = [0; PREFIX];
        getrandom::fill(&mut prefix).map_err(io::Error::other)?;
        let mut file = private(path)?;
        file.write_all(&prefix)?;
        let stream = Stream::from_aead(key.cipher(), (&prefix).into());
        Ok(Sealer { file, stream, number: 0, chunk: Vec::with_capacity(CHUNK + TAG), written: 0 })
    }

    /// Writes the last chunk and waits until the disk has the file; gives the bytes of content.
    pub fn finish(mut self) -> io::Result<u64> {
        self.put(true)?;
        self.file.sync_all()?;
        Ok(self.written)
    }

    fn put(&mut self, last: bool) -> io::Result<()> {
        self.stream.encrypt_in_place(self.number, last, b"", &mut self.chunk).map_err(|_| broken())?;
        self.file.write_all(&self.chunk)?;
        self.number = self.number.checked_add(1).ok_or(io::ErrorKind::FileTooLarge)?;
        self.chunk.clear();
        Ok(())
    }
}

impl Write for Sealer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full chunk is sealed only once more follows: the last one must be marked as such.
        if self.chunk.len() == CHUNK && !bytes.is_empty() {
            self.put(false)?;
        }
        let taken = bytes.len().min(CHUNK - self.chunk.len());
        self.chunk.extend_from_slice(bytes.get(..taken).unwrap_or_default());
        self.written += taken as u64;
        Ok(taken)
    }

    /// Nothing: a chunk is sealed once.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Sealer {
    fn drop(&mut self) {
        self.chunk.zeroize();
    }
}

/// Reads a sealed file.
pub struct Opener {
    file: BufReader<File>,
    stream: Stream,
    /// How many chunks there are, and which comes next.
    chunks: u32,
    next: u32,
    len: u64,
    chunk: Vec<u8>,
    read: usize,
}

impl Opener {
    /// Opens a file.
    pub fn open(path: &Path, key: &Key) -> io::Result<Opener> {
        let file = File::open(path)?;
        let sealed = file.metadata()?.len().checked_sub(PREFIX as u64).ok_or_else(broken)?;
        let chunks = sealed.div_ceil((CHUNK + TAG) as u64).max(1);
        let len = sealed.checked_sub(chunks * TAG as u64).ok_or_else(broken)?;
        let mut file = BufReader::with_capacity(CHUNK + TAG, file);
        let mut prefix = [0; PREFIX];
        file.read_exact(&mut prefix)?;
        let stream = Stream::from_aead(key.cipher(), (&prefix).into());
        let chunks = u32::try_from(chunks).map_err(|_| broken())?;
        Ok(Opener { file, stream, chunks, next: 0, len, chunk: Vec::with_capacity(CHUNK + TAG), read: 0 })
    }

    /// The bytes of content.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Goes to one of its bytes.
    pub fn go_to(&mut self, byte: u64) -> io::Result<()> {
        let before = byte.min(self.len) / CHUNK as u64;
        self.next = u32::try_from(before).map_err(|_| broken())?.min(self.chunks - 1);
        self.file.seek(SeekFrom::Start(PREFIX as u64 + u64::from(self.next) * (CHUNK + TAG) as u64))?;
        let within = byte.min(self.len) - u64::from(self.next) * CHUNK as u64;
        self.next_chunk()?;
        self.read = usize::try_from(within).map_err(|_| broken())?;
        Ok(())
    }

    /// Opens the next chunk; false where there is none.
    fn next_chunk(&mut self) -> io::Result<bool> {
        if self.next == self.chunks {
            return Ok(false);
        }
        self.chunk.clear();
        self.read = 0;
        (&mut self.file).take((CHUNK + TAG) as u64).read_to_end(&mut self.chunk)?;
        let last = self.next + 1 == self.chunks;
        self.stream.decrypt_in_place(self.next, last, b"", &mut self.chunk).map_err(|_| broken())?;
        self.next += 1;
        Ok(true)
    }
}

impl Read for Opener {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.read == self.chunk.len() {
            if !self.next_chunk()? {
                return Ok(0);
            }
        }
        let read = self.chunk.get(self.read..).unwrap_or_default().read(into)?;
        self.read += read;
        Ok(read)
    }
}

impl Drop for Opener {
    fn drop(&mut self) {
        self.chunk.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn sealed(content: &[u8]) -> (tempfile::TempDir, Key) {
        let place = tempfile::tempdir().expect("a folder");
        let key = Key::make(&place.path().join("key"), None).expect("a key");
        let mut sealer = Sealer::create(&place.path().join("file"), &key).expect("made");
        sealer.write_all(content).expect("written");
        assert_eq!(sealer.finish().expect("finished"), content.len() as u64);
        (place, key)
    }

    fn opened(place: &tempfile::TempDir, key: &Key) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        Opener::open(&place.path().join("file"), key)?.read_to_end(&mut content)?;
        Ok(content)
    }

    #[test]
    fn what_was_sealed_is_opened_again_whatever_its_length_from_any_byte_on() {
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 17] {
            let content: Vec<u8> = (0..length).map(|i| u8::try_from(i % 251).expect("small")).collect();
            let (place, key) = sealed(&content);
            assert!(opened(&place, &key).expect("opened") == content, "{length}");
            let mut opener = Opener::open(&place.path().join("file"), &key).expect("opened");
            assert_eq!(opener.len(), length as u64);
            for from in [length / 2, 0, length.saturating_sub(1), length, length + 1, CHUNK, CHUNK - 1] {
                let mut rest = Vec::new();
                opener.go_to(from as u64).expect("there");
                opener.read_to_end(&mut rest).expect("read");
                assert!(rest == content[from.min(length)..], "{length} from {from}");
            }
        }
    }

    #[test]
    fn a_file_that_was_cut_altered_or_is_of_another_key_is_refused() {
        let (place, key) = sealed(&vec![7; 2 * CHUNK + 5]);
        let path = place.path().join("file");
        let whole = fs::read(&path).expect("read");
        let mut altered = whole.clone();
        altered[PREFIX + CHUNK / 2] ^= 1;
        for bad in [&whole[..whole.len() - 1], &whole[..PREFIX + CHUNK + TAG], &whole[..PREFIX], &[], &altered] {
            fs::write(&path, bad).expect("written");
            assert!(opened(&place, &key).is_err(), "{} bytes", bad.len());
        }
        fs::write(&path, &whole).expect("written");
        let other = Key::make(&place.path().join("other"), None).expect("a key");
        assert!(opened(&place, &other).is_err());
        assert!(opened(&place, &key).is_ok());
    }

    #[test]
    fn an_unfinished_file_is_refused() {
        let place = tempfile::tempdir().expect("a folder");
        let key = Key::make(&place.path().join("key"), None).expect("a key");
        let mut sealer = Sealer::create(&place.path().join("file"), &key).expect("made");
        sealer.write_all(&vec![7; 2 * CHUNK]).expect("written");
        drop(sealer);
        assert!(opened(&place, &key).is_err());
    }
}
