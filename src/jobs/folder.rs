//! The files of the jobs: one folder each, which holds the key, the input and the results. All but the key are sealed
//! with it.
//!
//! ```text
//! jobs.redb              the store
//! <id>/key               overwritten before it is removed; sealed where there is a master key
//! <id>/input             as sent
//! <id>/definition        the record definition, where one was sent
//! <id>/result.<format>   under the name .new-… until it is whole and on the disk
//! ```

use super::key::Key;
use super::record::Format;
use super::seal::{Opener, Sealer};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// The longest record definition, in bytes.
const MAX_DEFINITION: u64 = 1024 * 1024;

/// The folder of all jobs.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    master: Option<Key>,
}

/// The folder of one job.
#[derive(Debug)]
pub struct Place {
    path: PathBuf,
    master: Option<Key>,
}

impl Folder {
    /// Opens the folder; makes it where it is not there. Keys of new jobs are sealed with the master key, where there is
    /// one.
    pub fn open(path: &Path, master: Option<Key>) -> io::Result<Folder> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path)?;
        Ok(Folder { path: path.to_owned(), master })
    }

    /// Where the store is.
    pub fn store(&self) -> PathBuf {
        self.path.join("jobs.redb")
    }

    /// The folder of a job. Ids are made here and looked up in the store before they come here, so none leads elsewhere.
    pub fn of(&self, id: &str) -> Place {
        Place { path: self.path.join(id), master: self.master.clone() }
    }

    /// Makes the folder of a new job, with its key.
    pub fn make(&self, id: &str) -> io::Result<(Place, Key)> {
        let place = self.of(id);
        fs::create_dir(&place.path)?;
        let key = Key::make(&place.key_path(), self.master.as_ref())?;
        Ok((place, key))
    }

    /// Waits until the disk has the names in this folder.
    pub fn sync(&self) -> io::Result<()> {
        sync(&self.path)
    }

    /// Erases what is of no job: uploads that were broken off, and what a service that died in the middle left.
    pub fn erase_all_but(&self, known: &[String]) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type()?.is_dir() && !known.contains(&name) {
                self.of(&name).erase()?;
            }
        }
        Ok(())
    }
}

impl Place {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn key_path(&self) -> PathBuf {
        self.path.join("key")
    }

    fn input(&self) -> PathBuf {
        self.path.join("input")
    }

    fn definition(&self) -> PathBuf {
        self.path.join("definition")
    }

    fn result(&self, format: Format) -> PathBuf {
        self.path.join(format!("result.{}", format.name()))
    }

    /// A result that is not yet whole.
    fn unfinished(&self, format: Format) -> PathBuf {
        self.path.join(format!(".new-{}", format.name()))
    }

    /// Whether the key is there: without it nothing else is of use.
    pub fn has_key(&self) -> bool {
        self.key_path().exists()
    }

    /// The key.
    pub fn key(&self) -> io::Result<Key> {
        Key::read(&self.key_path(), self.master.as_ref())
    }

    /// Begins the input.
    pub fn seal_input(&self, key: &Key) -> io::Result<Sealer> {
        Sealer::create(&self.input(), key)
    }

    /// The input.
    pub fn open_input(&self, key: &Key) -> io::Result<Opener> {
        Opener::open(&self.input(), key)
    }

    /// Keeps the record definition.
    pub fn keep_definition(&self, key: &Key, text: &str) -> io::Result<()> {
        let mut sealer = Sealer::create(&self.definition(), key)?;
        sealer.write_all(text.as_bytes())?;
        sealer.finish().map(drop)
    }

    /// The record definition.
    pub fn read_definition(&self, key: &Key) -> io::Result<String> {
        let mut text = String::new();
        Opener::open(&self.definition(), key)?.take(MAX_DEFINITION).read_to_string(&mut text)?;
        Ok(text)
    }

    /// Begins a result, under a name that says that it is none yet.
    pub fn seal_result(&self, key: &Key, format: Format) -> io::Result<Sealer> {
        Sealer::create(&self.unfinished(format), key)
    }

    /// Gives a finished result its name.
    pub fn keep_result(&self, format: Format) -> io::Result<()> {
        fs::rename(self.unfinished(format), self.result(format))
    }

    /// A result.
    pub fn open_result(&self, key: &Key, format: Format) -> io::Result<Opener> {
        Opener::open(&self.result(format), key)
    }

    /// Waits until the disk has the names in this folder.
    pub fn sync(&self) -> io::Result<()> {
        sync(&self.path)
    }

    /// Removes what is there beside the key and the results, once those are there.
    pub fn remove_input(&self) -> io::Result<()> {
        for path in [self.input(), self.definition()] {
            gone(fs::remove_file(path))?;
        }
        self.remove_parts()
    }

    /// Removes unfinished files.
    pub fn remove_parts(&self) -> io::Result<()> {
        let entries = match fs::read_dir(&self.path) {
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(".new-") {
                gone(fs::remove_file(entry.path()))?;
            }
        }
        Ok(())
    }

    /// Erases the key, then removes all files.
    pub fn erase(&self) -> io::Result<()> {
        Key::erase(&self.key_path())?;
        gone(fs::remove_dir_all(&self.path))
    }
}

/// What is not there need not be removed.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    removed.or_else(|fault| if fault.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(fault) })
}

/// Makes names in a folder last, where the system can open folders.
fn sync(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}
