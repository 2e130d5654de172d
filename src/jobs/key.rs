//! The keys of jobs. Each job has one of its own, so that a job whose key is erased is erased, whatever a disk keeps of
//! removed files.
//!
//! A restart takes up what was begun, so a job's key must outlast the program: it lies beside the job's files. With a
//! master key, which the operator keeps elsewhere, it lies there sealed; without one in clear.

use super::seal::{Opener, Sealer, private};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;
use zeroize::Zeroizing;

const BYTES: usize = 32;

/// A key: of one job's input, definition and results, or of the keys of all jobs.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; BYTES]>);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    /// The master key of a file: 32 bytes as base64.
    pub fn master(path: &Path) -> io::Result<Key> {
        let wrong = || io::Error::other("it does not hold 32 bytes as base64");
        let text = Zeroizing::new(fs::read_to_string(path)?);
        let bytes = Zeroizing::new(STANDARD.decode(text.trim()).map_err(|_| wrong())?);
        let bytes: [u8; BYTES] = bytes.as_slice().try_into().map_err(|_| wrong())?;
        Ok(Key(Zeroizing::new(bytes)))
    }

    /// A new one, from the system's source of randomness, written to a file of its own.
    pub(super) fn make(path: &Path, master: Option<&Key>) -> io::Result<Key> {
        let mut bytes = Zeroizing::new([0; BYTES]);
        getrandom::fill(bytes.as_mut_slice()).map_err(io::Error::other)?;
        match master {
            Some(master) => {
                let mut sealer = Sealer::create(path, master)?;
                sealer.write_all(bytes.as_slice())?;
                sealer.finish()?;
            }
            None => {
                let mut file = private(path)?;
                file.write_all(bytes.as_slice())?;
                file.sync_all()?;
            }
        }
        Ok(Key(bytes))
    }

    /// The one in a file.
    pub(super) fn read(path: &Path, master: Option<&Key>) -> io::Result<Key> {
        let mut bytes = Zeroizing::new([0; BYTES]);
        let clear = fs::metadata(path)?.len() == BYTES as u64;
        match (clear, master) {
            (true, _) => File::open(path)?.read_exact(bytes.as_mut_slice())?,
            (false, Some(master)) => Opener::open(path, master)?.read_exact(bytes.as_mut_slice())?,
            (false, None) => return Err(io::Error::new(io::ErrorKind::InvalidData, "a key is sealed")),
        }
        Ok(Key(bytes))
    }

    /// Overwrites the key where it stands, then removes its file: what it sealed can no longer be read by anybody.
    pub(super) fn erase(path: &Path) -> io::Result<()> {
        let mut file = match OpenOptions::new().write(true).open(path) {
            Ok(file) => file,
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(fault) => return Err(fault),
        };
        let mut zeros = io::repeat(0).take(file.metadata()?.len());
        io::copy(&mut zeros, &mut file)?;
        file.sync_all()?;
        // A job that ends by itself just now is erased by two at once.
        fs::remove_file(path).or_else(|fault| if fault.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(fault) })
    }

    pub(super) fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.0).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_erased_key_is_gone() {
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join("key");
        Key::make(&path, None).expect("made");
        Key::erase(&path).expect("erased");
        assert!(!path.exists() && Key::read(&path, None).is_err());
        Key::erase(&path).expect("nothing to erase is no fault");
    }

    #[test]
    fn a_key_under_a_master_key_is_read_with_it_alone() {
        let place = tempfile::tempdir().expect("a folder");
        let (path, file) = (place.path().join("key"), place.path().join("master"));
        fs::write(&file, format!("{}\n", STANDARD.encode([7; BYTES]))).expect("written");
        let master = Key::master(&file).expect("reads");
        let key = Key::make(&path, Some(&master)).expect("made");
        let bytes = fs::read(&path).expect("reads");
        assert!(!bytes.windows(BYTES).any(|window| window == key.0.as_slice()), "it is not there in clear");
        assert_eq!(*Key::read(&path, Some(&master)).expect("reads").0, *key.0);
        assert!(Key::read(&path, None).is_err());
        assert!(Key::read(&path, Some(&Key(Zeroizing::new([8; BYTES])))).is_err());
        fs::write(&file, "short").expect("written");
        assert!(Key::master(&file).is_err());
    }
}
