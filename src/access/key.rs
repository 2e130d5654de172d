//! API keys: how they are made, written and compared. The secret part is 32 random bytes, so that its plain SHA-256 can
//! neither be guessed nor turned back.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// What every key begins with, so that one that went astray can be found.
pub const PREFIX: &str = "hrg_";
const ID_BYTES: usize = 8;
const SECRET_BYTES: usize = 32;

/// The SHA-256 of a key's secret part.
pub type Hash = [u8; 32];

/// A new key, and what is kept of it.
#[derive(Debug)]
pub struct Made {
    /// The key, to be shown once.
    pub key: Zeroizing<String>,
    /// Its public part.
    pub id: String,
    /// What its secret part is known by.
    pub hash: Hash,
}

/// Makes a key.
pub fn make() -> Result<Made, getrandom::Error> {
    let (mut id, mut secret) = ([0; ID_BYTES], Zeroizing::new([0; SECRET_BYTES]));
    getrandom::fill(&mut id)?;
    getrandom::fill(secret.as_mut())?;
    let id = format!("{:016x}", u64::from_be_bytes(id));
    let secret = Zeroizing::new(URL_SAFE_NO_PAD.encode(secret.as_ref()));
    let key = Zeroizing::new(format!("{PREFIX}{id}_{}", secret.as_str()));
    Ok(Made { key, id, hash: hash(&secret) })
}

/// The public and the secret part of what was sent as a key.
pub fn parts(key: &str) -> Option<(&str, &str)> {
    let (id, secret) = key.strip_prefix(PREFIX)?.split_once('_')?;
    (id.len() == 2 * ID_BYTES && secret.len() == (SECRET_BYTES * 8).div_ceil(6)).then_some((id, secret))
}

/// What a secret part is known by.
pub fn hash(secret: &str) -> Hash {
    Sha256::digest(secret).into()
}

/// Whether a secret part is the one that is known, in the same time whatever the two are.
pub fn is_same(secret: &str, known: &Hash) -> bool {
    hash(secret).ct_eq(known).into()
}

/// A hash as it is written in a list.
pub fn written(hash: &Hash) -> String {
    URL_SAFE_NO_PAD.encode(hash)
}

/// The hash that is written in a list.
pub fn read_hash(text: &str) -> Option<Hash> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_by_its_hash_alone() {
        let made = make().expect("random bytes");
        let (id, secret) = parts(&made.key).expect("a key has two parts");
        assert_eq!(id, made.id);
        assert!(is_same(secret, &made.hash));
        assert_eq!(read_hash(&written(&made.hash)), Some(made.hash));
        let other = make().expect("random bytes");
        assert!(!is_same(parts(&other.key).expect("two parts").1, &made.hash));
        assert_ne!(other.id, made.id);
    }

    #[test]
    fn what_is_no_key_has_no_parts() {
        for key in ["", "hrg_", "hrg_0123456789abcdef_", "hrg_0123456789abcdef", "sk_0123456789abcdef_a"] {
            assert_eq!(parts(key), None, "{key}");
        }
    }
}
