//! Ed25519 signatures of releases: keys, the detached signature in `signature.toml`, and what a service demands of it.
//!
//! What is signed is the release's digest, as the text `sha256:...`, which stands for the manifest and every table.

use super::read::Files;
use crate::reference::Finding;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The file's name in the release folder.
pub const SIGNATURE: &str = "signature.toml";

/// The longest name of a key.
const MAX_KEY_ID: usize = 64;

/// `signature.toml`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    key: String,
    signature: String,
}

/// The file of a secret key.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretKeyFile {
    key: String,
    secret: String,
}

/// A file of public keys.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PublicKeyFile {
    keys: BTreeMap<String, String>,
}

/// A key that signs, and its name.
pub struct SecretKey {
    id: String,
    key: SigningKey,
}

impl SecretKey {
    /// A new key of that name.
    pub fn generate(id: &str) -> Result<SecretKey, String> {
        check_id(id)?;
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|fault| format!("no random numbers can be had: {fault}"))?;
        Ok(SecretKey { id: id.to_owned(), key: SigningKey::from_bytes(&seed) })
    }

    /// Reads the file of a secret key. An error never repeats what the file holds.
    pub fn read(text: &str) -> Result<SecretKey, String> {
        let words = || "the file is no secret key as `hrg reference keygen` writes it".to_owned();
        let file: SecretKeyFile = toml::from_str(text).map_err(|_| words())?;
        check_id(&file.key)?;
        let seed: [u8; 32] = bytes(&file.secret).ok_or_else(words)?;
        Ok(SecretKey { id: file.key, key: SigningKey::from_bytes(&seed) })
    }

    /// The text of its file.
    pub fn to_file(&self) -> String {
        let file = SecretKeyFile { key: self.id.clone(), secret: BASE64.encode(self.key.to_bytes()) };
        toml::to_string(&file).unwrap_or_default()
    }

    /// The text of the file of its public half: a file of trusted keys that holds this one.
    pub fn public_file(&self) -> String {
        let key = BASE64.encode(self.key.verifying_key().to_bytes());
        toml::to_string(&PublicKeyFile { keys: BTreeMap::from([(self.id.clone(), key)]) }).unwrap_or_default()
    }

    /// The text of `signature.toml` for a release of that digest.
    pub fn sign(&self, digest: &str) -> String {
        let signature = self.key.sign(digest.as_bytes());
        let signed = Signed { key: self.id.clone(), signature: BASE64.encode(signature.to_bytes()) };
        toml::to_string(&signed).unwrap_or_default()
    }
}

/// Whose signatures count, and whether there must be one.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    trusted: BTreeMap<String, VerifyingKey>,
    required: bool,
}

impl Policy {
    /// Reads a file of trusted keys.
    pub fn read(text: &str, required: bool) -> Result<Policy, String> {
        let file: PublicKeyFile = toml::from_str(text).map_err(|fault| fault.message().to_owned())?;
        let mut trusted = BTreeMap::new();
        for (id, key) in file.keys {
            check_id(&id)?;
            let key = bytes(&key).and_then(|key| VerifyingKey::from_bytes(&key).ok());
            // A weak key is one under which some signature fits any content.
            let key = key.filter(|key| !key.is_weak()).ok_or_else(|| format!("`{id}` is no Ed25519 public key"))?;
            trusted.insert(id, key);
        }
        if trusted.is_empty() {
            return Err("the file holds no key".to_owned());
        }
        Ok(Policy { trusted, required })
    }

    /// Checks the signature of a release of that digest; gives the name of the key. Without trusted keys no signature
    /// can be checked, and none counts.
    pub fn check(&self, files: &Files, digest: &str) -> Result<Option<String>, Finding> {
        let refuse = |code, message: &str| Err(Finding::error(code, SIGNATURE, None, message));
        if self.trusted.is_empty() {
            return Ok(None);
        }
        let Some(text) = files.get(SIGNATURE) else {
            if self.required {
                return refuse("missing-signature", "the release is not signed, and only signed ones are taken");
            }
            return Ok(None);
        };
        let signed: Option<Signed> = std::str::from_utf8(text).ok().and_then(|text| toml::from_str(text).ok());
        let Some((key, signature)) = signed.and_then(|s| Some((s.key, Signature::from_bytes(&bytes(&s.signature)?))))
        else {
            return refuse("bad-signature-file", "the file is no signature as `hrg reference sign` writes it");
        };
        let Some(public) = self.trusted.get(&key) else {
            return refuse("unknown-key", "the release is signed with a key that is not among the trusted ones");
        };
        match public.verify_strict(digest.as_bytes(), &signature) {
            Ok(()) => Ok(Some(key)),
            Err(_) => refuse("wrong-signature", "the signature is not one of this release by the key it names"),
        }
    }
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    BASE64.decode(text).ok()?.try_into().ok()
}

fn check_id(id: &str) -> Result<(), String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if (1..=MAX_KEY_ID).contains(&id.len()) && !id.starts_with('.') && id.bytes().all(plain) {
        return Ok(());
    }
    Err(format!("the name of a key is at most {MAX_KEY_ID} letters, digits, full stops, `-` and `_`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:00";

    fn signed(key: &SecretKey, digest: &str) -> Files {
        Files::from([(SIGNATURE.to_owned(), key.sign(digest).into_bytes())])
    }

    #[test]
    fn a_signature_holds_for_its_digest_and_its_key_alone() {
        let key = SecretKey::generate("ours").expect("a key");
        let again = SecretKey::read(&key.to_file()).expect("the file is its own");
        let policy = Policy::read(&key.public_file(), true).expect("a trusted key");
        assert_eq!(policy.check(&signed(&again, DIGEST), DIGEST), Ok(Some("ours".to_owned())));

        let code = |files: &Files| policy.check(files, DIGEST).expect_err("refused").code;
        assert_eq!(code(&signed(&key, "sha256:01")), "wrong-signature");
        assert_eq!(code(&signed(&SecretKey::generate("ours").expect("a key"), DIGEST)), "wrong-signature");
        assert_eq!(code(&signed(&SecretKey::generate("theirs").expect("a key"), DIGEST)), "unknown-key");
        assert_eq!(code(&Files::new()), "missing-signature");
        assert_eq!(code(&Files::from([(SIGNATURE.to_owned(), b"key = 1".to_vec())])), "bad-signature-file");
    }

    #[test]
    fn an_optional_signature_is_still_checked_where_there_is_one() {
        let key = SecretKey::generate("ours").expect("a key");
        let policy = Policy::read(&key.public_file(), false).expect("a trusted key");
        assert_eq!(policy.check(&Files::new(), DIGEST), Ok(None));
        assert!(policy.check(&signed(&key, "sha256:01"), DIGEST).is_err());
        assert_eq!(Policy::default().check(&signed(&key, DIGEST), DIGEST), Ok(None), "nobody can check it");
    }

    #[test]
    fn files_that_hold_no_keys_are_refused() {
        for text in ["", "[keys]", "[keys]\na = \"AAAA\"", "[keys]\n\"a b\" = \"\"", "nonsense"] {
            assert!(Policy::read(text, false).is_err(), "{text}");
        }
        // The neutral point of the curve: with it, one signature fits everything.
        let weak = BASE64.encode([1_u8].iter().copied().chain([0; 31]).collect::<Vec<_>>());
        assert!(Policy::read(&format!("[keys]\nweak = \"{weak}\""), false).is_err());
        for id in ["", "../a", ".a", "a/b", "a b"] {
            assert!(SecretKey::generate(id).is_err(), "{id}");
        }
        let fault = SecretKey::read("key = \"a\"\nsecret = \"CANARY\"").err().unwrap_or_default();
        assert!(!fault.is_empty() && !fault.contains("CANARY"), "{fault}");
    }
}
