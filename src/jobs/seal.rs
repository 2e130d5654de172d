//! Files that can be read with their job's key alone: XChaCha20-Poly1305 over chunks of 64 KiB, in the STREAM
//! construction, so that a file that was cut, reordered or altered is refused and never read as a shorter one.
//!
//! ```text
//! 19 random bytes (the nonce's prefix), then chunks: 65,536 bytes of content and 16 of tag; the last one is marked
//! ```

use aead_stream::{DecryptorBE32, EncryptorBE32};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::Path;
use zeroize::{Zeroize, Zeroizing};

const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;
const PREFIX: usize = 19;

/// The key of one job: of its input, its definition and its results.
pub struct Key(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    /// A new one, from the system's source of randomness, written to a file of its own.
    pub fn make(path: &Path) -> io::Result<Key> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut_slice()).map_err(io::Error::other)?;
        let mut file = private(path)?;
        file.write_all(bytes.as_slice())?;
        file.sync_all()?;
        Ok(Key(bytes))
    }

    /// The one in a file.
    pub fn read(path: &Path) -> io::Result<Key> {
        let mut bytes = Zeroizing::new([0; 32]);
        File::open(path)?.read_exact(bytes.as_mut_slice())?;
        Ok(Key(bytes))
    }

    /// Overwrites the key where it stands, then removes its file: what it sealed can no longer be read by anybody.
    pub fn erase(path: &Path) -> io::Result<()> {
        let mut file = match OpenOptions::new().write(true).open(path) {
            Ok(file) => file,
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(fault) => return Err(fault),
        };
        file.rewind()?;
        file.write_all(&[0; 32])?;
        file.sync_all()?;
        fs::remove_file(path)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.0).into())
    }
}

/// A new file that its owner alone may read.
fn private(path: &Path) -> io::Result<File> {
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
    file: BufWriter<File>,
    encryptor: EncryptorBE32<XChaCha20Poly1305>,
    chunk: Vec<u8>,
    written: u64,
}

impl Sealer {
    /// Begins a file.
    pub fn create(path: &Path, key: &Key) -> io::Result<Sealer> {
        let mut prefix = [0; PREFIX];
        getrandom::fill(&mut prefix).map_err(io::Error::other)?;
        let mut file = BufWriter::with_capacity(CHUNK + TAG, private(path)?);
        file.write_all(&prefix)?;
        let encryptor = EncryptorBE32::from_aead(key.cipher(), (&prefix).into());
        Ok(Sealer { file, encryptor, chunk: Vec::with_capacity(CHUNK + TAG), written: 0 })
    }

    /// Writes the last chunk and waits until the disk has the file; gives the bytes of content.
    pub fn finish(mut self) -> io::Result<u64> {
        let mut chunk = std::mem::take(&mut self.chunk);
        self.encryptor.encrypt_last_in_place(b"", &mut chunk).map_err(|_| broken())?;
        self.file.write_all(&chunk)?;
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok(self.written)
    }
}

impl Write for Sealer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full chunk is sealed only once more follows: the last one must be marked as such.
        if self.chunk.len() == CHUNK {
            self.encryptor.encrypt_next_in_place(b"", &mut self.chunk).map_err(|_| broken())?;
            self.file.write_all(&self.chunk)?;
            self.chunk.zeroize();
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

/// Reads a sealed file.
pub struct Opener {
    file: BufReader<File>,
    /// None once the last chunk has been opened.
    decryptor: Option<DecryptorBE32<XChaCha20Poly1305>>,
    /// Bytes of the file that are still to come.
    left: u64,
    chunk: Vec<u8>,
    read: usize,
}

impl Opener {
    /// Opens a file.
    pub fn open(path: &Path, key: &Key) -> io::Result<Opener> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut file = BufReader::with_capacity(CHUNK + TAG, file);
        let mut prefix = [0; PREFIX];
        file.read_exact(&mut prefix)?;
        let decryptor = DecryptorBE32::from_aead(key.cipher(), (&prefix).into());
        let left = length.saturating_sub(PREFIX as u64);
        Ok(Opener { file, decryptor: Some(decryptor), left, chunk: Vec::with_capacity(CHUNK + TAG), read: 0 })
    }

    /// Opens the next chunk; false where there is none.
    fn next(&mut self) -> io::Result<bool> {
        let Some(mut decryptor) = self.decryptor.take() else { return Ok(false) };
        self.chunk.clear();
        self.read = 0;
        let taken = (&mut self.file).take((CHUNK + TAG) as u64).read_to_end(&mut self.chunk)?;
        self.left = self.left.saturating_sub(taken as u64);
        if self.left == 0 {
            decryptor.decrypt_last_in_place(b"", &mut self.chunk).map_err(|_| broken())?;
        } else {
            decryptor.decrypt_next_in_place(b"", &mut self.chunk).map_err(|_| broken())?;
            self.decryptor = Some(decryptor);
        }
        Ok(true)
    }
}

impl Read for Opener {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.read == self.chunk.len() {
            if !self.next()? {
                return Ok(0);
            }
        }
        let from = self.chunk.get(self.read..).unwrap_or_default();
        let taken = from.len().min(into.len());
        for (to, from) in into.iter_mut().zip(from) {
            *to = *from;
        }
        self.read += taken;
        Ok(taken)
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

    fn sealed(content: &[u8]) -> (tempfile::TempDir, Key) {
        let place = tempfile::tempdir().expect("a folder");
        let key = Key::make(&place.path().join("key")).expect("a key");
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
    fn what_was_sealed_is_opened_again_whatever_its_length() {
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 17] {
            let content: Vec<u8> = (0..length).map(|i| u8::try_from(i % 251).expect("small")).collect();
            let (place, key) = sealed(&content);
            assert!(opened(&place, &key).expect("opened") == content, "{length}");
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
        let other = Key::make(&place.path().join("other")).expect("a key");
        assert!(opened(&place, &other).is_err());
        assert!(opened(&place, &key).is_ok());
    }

    #[test]
    fn an_unfinished_file_is_refused() {
        let place = tempfile::tempdir().expect("a folder");
        let key = Key::make(&place.path().join("key")).expect("a key");
        let mut sealer = Sealer::create(&place.path().join("file"), &key).expect("made");
        sealer.write_all(&vec![7; 2 * CHUNK]).expect("written");
        drop(sealer);
        assert!(opened(&place, &key).is_err());
    }

    #[test]
    fn an_erased_key_is_gone() {
        let (place, _) = sealed(b"x");
        let path = place.path().join("key");
        Key::erase(&path).expect("erased");
        assert!(!path.exists() && Key::read(&path).is_err());
        Key::erase(&path).expect("nothing to erase is no fault");
    }
}
