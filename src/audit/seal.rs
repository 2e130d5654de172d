//! Keyed hashes: whoever has the record and the key can show that a line is about it; whoever has the line alone cannot
//! try out records until one fits.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::io;
use std::path::Path;
use zeroize::Zeroizing;

/// Bytes of the key.
const KEY: usize = 32;

/// The key of the hashes.
#[derive(Clone)]
pub struct Seal(Hmac<Sha256>);

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal")
    }
}

/// HMAC-SHA-256 of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sealed([u8; KEY]);

impl Seal {
    /// With the key of a file, or one of its own.
    pub fn open(key_file: Option<&Path>) -> io::Result<Seal> {
        let mut key = Zeroizing::new([0; KEY]);
        match key_file {
            Some(file) => {
                let named = |words: &str| io::Error::other(format!("{}: {words}", file.display()));
                let text = Zeroizing::new(std::fs::read_to_string(file).map_err(|fault| named(&fault.to_string()))?);
                let bytes = STANDARD.decode(text.trim()).map(Zeroizing::new);
                let bytes = bytes.ok().filter(|bytes| bytes.len() == KEY);
                key.copy_from_slice(&bytes.ok_or_else(|| named("this is not 32 bytes as base64"))?);
            }
            None => getrandom::fill(key.as_mut_slice()).map_err(io::Error::other)?,
        }
        Hmac::new_from_slice(key.as_slice()).map(Seal).map_err(io::Error::other)
    }

    /// The hash of some bytes.
    pub fn of(&self, bytes: &[u8]) -> Sealed {
        let mut sealing = self.begin();
        sealing.add(bytes);
        sealing.end()
    }

    /// Begins a hash of bytes that come piece by piece.
    pub fn begin(&self) -> Sealing {
        Sealing(self.0.clone())
    }
}

/// A hash of what has come so far.
#[derive(Clone)]
pub struct Sealing(Hmac<Sha256>);

impl Sealing {
    /// Adds a piece.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of all that came.
    pub fn end(self) -> Sealed {
        Sealed(self.0.finalize().into_bytes().into())
    }
}

impl std::fmt::Display for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("hmac-sha256:")?;
        let Sealed(bytes) = self;
        bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_of_its_bytes_and_its_key_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("key");
        std::fs::write(&file, STANDARD.encode([7; KEY])).expect("written");
        let [one, same, other] = [Some(&*file), Some(&*file), None].map(|file| Seal::open(file).expect("a key"));
        assert_eq!(one.of(b"record"), same.of(b"record"));
        assert_ne!(one.of(b"record"), one.of(b"records"));
        assert_ne!(one.of(b"record"), other.of(b"record"));
        assert_eq!(one.of(b"record").to_string().len(), "hmac-sha256:".len() + 64);
        std::fs::write(&file, "c2hvcnQ=").expect("written");
        assert!(Seal::open(Some(&file)).expect_err("too short").to_string().contains("32 bytes"));
    }
}
