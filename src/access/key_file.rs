//! The list of API keys: a TOML file that holds no key, only what each is known by.

use super::caller::{Caller, is_name};
use super::key::{self, Hash};
use super::scope::{Scope, Scopes};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// A key in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its public part.
    pub id: String,
    /// Whose it is. A client may have several keys, to change from one to the next.
    pub client: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// The SHA-256 of its secret part, in base64 for URLs.
    pub sha256: String,
    /// When it was made.
    pub created: Timestamp,
    /// From when it is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Timestamp>,
}

impl Entry {
    /// Whether the key is taken at that moment.
    pub fn is_taken(&self, now: Timestamp) -> bool {
        self.revoked.is_none() && self.expires.is_none_or(|expires| now < expires)
    }
}

/// The list as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFile {
    /// In the order of their making.
    #[serde(default, rename = "key")]
    pub keys: Vec<Entry>,
}

impl KeyFile {
    /// Reads a list. The error is one sentence.
    pub fn load(path: &Path) -> Result<KeyFile, String> {
        let text = std::fs::read_to_string(path).map_err(|fault| format!("{}: {fault}", path.display()))?;
        let list: KeyFile =
            toml::from_str(&text).map_err(|fault| format!("{}: {}", path.display(), fault.message()))?;
        for entry in &list.keys {
            if key::read_hash(&entry.sha256).is_none() || !is_name(&entry.client) {
                return Err(format!("{}: the key {} has no sound sha256 or client", path.display(), entry.id));
            }
        }
        Ok(list)
    }

    /// Changes the list in a file, which is made where it is not there. Others that change it at the same time wait.
    pub fn change<T>(path: &Path, change: impl FnOnce(&mut KeyFile) -> Result<T, String>) -> Result<T, String> {
        let named = |fault: io::Error| format!("{}: {fault}", path.display());
        let _turn = turn(path).map_err(named)?;
        let mut list = if path.exists() { KeyFile::load(path)? } else { KeyFile::default() };
        let done = change(&mut list)?;
        list.save(path).map_err(named)?;
        Ok(done)
    }

    /// Writes the list whole, or leaves the file as it was. It is readable for its owner alone unless it was otherwise.
    fn save(&self, path: &Path) -> io::Result<()> {
        let text = toml::to_string(self).map_err(io::Error::other)?;
        let mut file = tempfile::NamedTempFile::new_in(folder(path))?;
        file.write_all(text.as_bytes())?;
        if let Ok(before) = std::fs::metadata(path) {
            file.as_file().set_permissions(before.permissions())?;
        }
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whose turn it is to change the list; the turn ends with the value.
fn turn(path: &Path) -> io::Result<File> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".lock");
    let lock = File::options().create(true).truncate(false).write(true).open(folder(path).join(name))?;
    lock.lock()?;
    Ok(lock)
}

/// The list as it is looked up.
#[derive(Debug, Default)]
pub struct Keys(BTreeMap<String, (Entry, Hash, Caller)>);

impl Keys {
    /// Reads a list.
    pub fn load(path: &Path) -> Result<Keys, String> {
        let mut keys = BTreeMap::new();
        for entry in KeyFile::load(path)?.keys {
            let scopes: Scopes = entry.scopes.iter().copied().collect();
            let caller = Caller::new("key", &entry.client, scopes);
            let hash = key::read_hash(&entry.sha256).unwrap_or_default();
            if let Some((twice, ..)) = keys.insert(entry.id.clone(), (entry, hash, caller)) {
                return Err(format!("{}: the key {} stands there twice", path.display(), twice.id));
            }
        }
        Ok(Keys(keys))
    }

    /// Whose key it is. One that is not in the list takes as long as one that is.
    pub fn caller(&self, key: &str, now: Timestamp) -> Result<Caller, &'static str> {
        let (id, secret) = key::parts(key).ok_or("no-key")?;
        let known = self.0.get(id);
        let is_same = key::is_same(secret, known.map_or(&[0; 32], |(_, hash, _)| hash));
        match known {
            Some((entry, _, caller)) if is_same && entry.is_taken(now) => Ok(caller.clone()),
            Some(_) if !is_same => Err("wrong-secret"),
            Some((entry, ..)) if entry.revoked.is_some() => Err("key-revoked"),
            Some(_) => Err("key-expired"),
            None => Err("unknown-key"),
        }
    }
}
