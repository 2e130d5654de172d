//! The folder in which a service keeps what was uploaded, and the record of what is active. One service at a time.
//!
//! ```text
//! state.toml            the record, always written whole and put in place by renaming
//! lock                  held by the service that uses the folder
//! releases/<sha-256>/   one release folder for each upload
//! ```

use super::read::{Files, read_folder};
use crate::reference::Finding;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const RECORD: &str = "state.toml";
const LOCK: &str = "lock";
const RELEASES: &str = "releases";
/// What the names of unfinished files and folders begin with.
const UNFINISHED: &str = ".new-";
const FORMAT: u32 = 1;

/// What stands in `state.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    format: u32,
    /// By release id. An id that is not here answers with the release it had at the start.
    #[serde(default)]
    pub references: BTreeMap<String, Line>,
}

/// What stands there of one release id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// What answers; none where nothing does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<Choice>,
    /// What answered before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<Choice>,
    /// The time of each upload, by digest.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub uploads: BTreeMap<String, String>,
}

/// One of the releases that could answer to an id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Choice {
    /// The one of the program, or of the folder named at the start.
    Start,
    /// The upload with this digest.
    Upload(String),
}

impl From<String> for Choice {
    fn from(text: String) -> Choice {
        if text == "start" { Choice::Start } else { Choice::Upload(text) }
    }
}

impl From<Choice> for String {
    fn from(choice: Choice) -> String {
        match choice {
            Choice::Start => "start".to_owned(),
            Choice::Upload(digest) => digest,
        }
    }
}

impl Record {
    /// A record of these ids.
    pub fn new(references: BTreeMap<String, Line>) -> Record {
        Record { format: FORMAT, references }
    }
}

/// The folder, locked.
#[derive(Debug)]
pub struct StateDir {
    path: PathBuf,
    /// Held as long as this lives.
    _lock: File,
}

impl StateDir {
    /// Opens the folder, makes it where it is not there, and reads its record. An error says in which file it lies.
    pub fn open(path: &Path) -> io::Result<(StateDir, Record)> {
        let named = |what: &Path, fault: &dyn std::fmt::Display| {
            io::Error::other(format!("the state folder: {}: {fault}", what.display()))
        };
        fs::create_dir_all(path.join(RELEASES)).map_err(|fault| named(path, &fault))?;
        let lock = File::create(path.join(LOCK)).map_err(|fault| named(&path.join(LOCK), &fault))?;
        lock.try_lock().map_err(|fault| match fault {
            TryLockError::WouldBlock => named(path, &"another service uses it"),
            TryLockError::Error(fault) => named(&path.join(LOCK), &fault),
        })?;
        let state = StateDir { path: path.to_owned(), _lock: lock };
        state.clear_unfinished().map_err(|fault| named(path, &fault))?;
        let file = path.join(RECORD);
        let record = match fs::read_to_string(&file) {
            Ok(text) => toml::from_str(&text).map_err(|fault| named(&file, &fault.message()))?,
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => Record::new(BTreeMap::new()),
            Err(fault) => return Err(named(&file, &fault)),
        };
        if record.format != FORMAT {
            return Err(named(&file, &format!("format {} is not format {FORMAT}", record.format)));
        }
        Ok((state, record))
    }

    /// Puts another record in the place of the old one, whole or not at all.
    pub fn write(&self, record: &Record) -> io::Result<()> {
        let text = toml::to_string(record).map_err(io::Error::other)?;
        let new = self.path.join(format!("{UNFINISHED}{RECORD}"));
        write_synced(&new, text.as_bytes())?;
        fs::rename(&new, self.path.join(RECORD))?;
        // The record stands from here on; what may fail is only that it outlasts a power cut.
        if let Err(fault) = sync_folder(&self.path) {
            tracing::warn!(%fault, "the state folder could not be synced");
        }
        Ok(())
    }

    /// Keeps a release. Until the record names it, it counts for nothing.
    pub fn store(&self, digest: &str, files: &Files) -> io::Result<()> {
        let folder = self.folder(digest)?;
        let releases = self.path.join(RELEASES);
        let new = releases.join(format!("{UNFINISHED}release"));
        remove(&new)?;
        // Not with what stands above them: where the state folder has gone, it must not begin anew without its record.
        fs::create_dir(&new)?;
        fs::create_dir(new.join("tables"))?;
        for (name, content) in files {
            write_synced(&new.join(name), content)?;
        }
        sync_folder(&new.join("tables"))?;
        sync_folder(&new)?;
        remove(&folder)?;
        fs::rename(&new, &folder)?;
        sync_folder(&releases)
    }

    /// The files of a release that is kept.
    pub fn files(&self, digest: &str) -> Result<Files, Finding> {
        let unreadable = |fault: io::Error| Finding::error("unreadable", "", None, fault.to_string());
        read_folder(&self.folder(digest).map_err(unreadable)?)
    }

    /// Throws a release away.
    pub fn discard(&self, digest: &str) -> io::Result<()> {
        remove(&self.folder(digest)?)
    }

    fn folder(&self, digest: &str) -> io::Result<PathBuf> {
        // A name that is no digest could lead anywhere.
        let hex = digest.strip_prefix("sha256:");
        let hex = hex.filter(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
        hex.map(|hex| self.path.join(RELEASES).join(hex)).ok_or_else(|| io::Error::other("no digest of a release"))
    }

    /// Removes what a service that was stopped in the middle left behind.
    fn clear_unfinished(&self) -> io::Result<()> {
        for folder in [self.path.clone(), self.path.join(RELEASES)] {
            for entry in fs::read_dir(folder)? {
                let entry = entry?;
                if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                    remove(&entry.path())?;
                }
            }
        }
        Ok(())
    }
}

/// Removes a file or a folder that may be there.
fn remove(path: &Path) -> io::Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    removed.or_else(|fault| if fault.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(fault) })
}

fn write_synced(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Makes names in a folder last, where the system can open folders.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(digit: char) -> String {
        format!("sha256:{}", digit.to_string().repeat(64))
    }

    #[test]
    fn a_record_and_its_releases_are_there_again() {
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join("state");
        let line = Line {
            active: Some(Choice::Upload(digest('a'))),
            previous: Some(Choice::Start),
            uploads: BTreeMap::from([(digest('a'), "2030-01-01T12:00:00Z".to_owned())]),
        };
        let record = Record::new(BTreeMap::from([("2099-00.payment".to_owned(), line)]));
        let files = Files::from([("manifest.toml".to_owned(), b"x".to_vec()), ("tables/a.csv".to_owned(), vec![1])]);
        {
            let (state, empty) = StateDir::open(&path).expect("made");
            assert_eq!(empty.references, BTreeMap::new());
            state.store(&digest('a'), &files).expect("stored");
            state.store(&digest('a'), &files).expect("stored in place of itself");
            state.write(&record).expect("written");
            assert!(StateDir::open(&path).is_err(), "the folder is in use");
        }
        // What a service that died in the middle leaves.
        fs::write(path.join(".new-state.toml"), "form").expect("written");
        fs::create_dir_all(path.join("releases/.new-release/tables")).expect("made");
        let (state, again) = StateDir::open(&path).expect("opened");
        assert_eq!(again, record);
        assert_eq!(state.files(&digest('a')), Ok(files));
        assert!(!path.join(".new-state.toml").exists() && !path.join("releases/.new-release").exists());
        state.discard(&digest('a')).expect("discarded");
        assert!(state.files(&digest('a')).is_err());
    }

    #[test]
    fn a_broken_record_is_refused_and_never_overlooked() {
        for text in ["nonsense", "format = 2", "format = 1\nextra = 1"] {
            let place = tempfile::tempdir().expect("a folder");
            fs::write(place.path().join(RECORD), text).expect("written");
            let fault = StateDir::open(place.path()).expect_err("refused").to_string();
            assert!(fault.contains(RECORD), "{fault}");
        }
    }

    #[test]
    fn no_digest_leads_out_of_the_folder() {
        let place = tempfile::tempdir().expect("a folder");
        let (state, _) = StateDir::open(place.path()).expect("made");
        for digest in ["sha256:../../x", "../x", "sha256:", "md5:00"] {
            assert!(state.discard(digest).is_err() && state.store(digest, &Files::new()).is_err(), "{digest}");
        }
    }
}
