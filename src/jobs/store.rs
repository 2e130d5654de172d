//! The store of jobs on disk: their records, and which idempotency key made which job. Every change is on the disk, whole,
//! before a call returns.

use super::record::Record;
use redb::{Database, ReadableDatabase, ReadableTable, StorageError, TableDefinition};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};
use thiserror::Error;

const JOBS: TableDefinition<&str, &[u8]> = TableDefinition::new("jobs");
const KEYS: TableDefinition<&str, &str> = TableDefinition::new("idempotency-keys");

/// The store cannot be read or written.
#[derive(Debug, Error)]
#[error("the store of jobs: {words}")]
pub struct StoreError {
    words: String,
    /// Whether the disk was at fault, so that the database has to be opened anew.
    disk: bool,
}

impl<E: Into<redb::Error>> From<E> for StoreError {
    fn from(fault: E) -> StoreError {
        let fault = fault.into();
        let disk = matches!(fault, redb::Error::Io(_) | redb::Error::PreviousIo);
        StoreError { words: fault.to_string(), disk }
    }
}

fn unreadable(fault: &serde_json::Error) -> StoreError {
    StoreError { words: format!("a record cannot be read: {fault}"), disk: false }
}

fn read(bytes: &[u8]) -> Result<Record, StoreError> {
    serde_json::from_slice(bytes).map_err(|fault| unreadable(&fault))
}

fn written(record: &Record) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(record).map_err(|fault| unreadable(&fault))
}

/// The store.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    /// None after a fault of the disk: a database that met one answers nothing more until it is opened anew.
    database: RwLock<Option<Database>>,
}

impl Store {
    /// Opens it; makes it where it is not there.
    pub fn open(path: &Path) -> Result<Store, StoreError> {
        Ok(Store { path: path.to_owned(), database: RwLock::new(Some(open(path)?)) })
    }

    fn with<T>(&self, work: impl FnOnce(&Database) -> Result<T, StoreError>) -> Result<T, StoreError> {
        if self.database.read().unwrap_or_else(PoisonError::into_inner).is_none() {
            let mut database = self.database.write().unwrap_or_else(PoisonError::into_inner);
            if database.is_none() {
                *database = Some(open(&self.path)?);
            }
        }
        let done = match &*self.database.read().unwrap_or_else(PoisonError::into_inner) {
            Some(database) => work(database),
            None => Err(StorageError::PreviousIo.into()), // another met the fault in the meantime
        };
        done.inspect_err(|fault: &StoreError| {
            if fault.disk {
                *self.database.write().unwrap_or_else(PoisonError::into_inner) = None;
            }
        })
    }

    /// A job by its id.
    pub fn get(&self, id: &str) -> Result<Option<Record>, StoreError> {
        self.with(|database| {
            let jobs = database.begin_read()?.open_table(JOBS)?;
            jobs.get(id)?.map(|bytes| read(bytes.value())).transpose()
        })
    }

    /// All jobs.
    pub fn all(&self) -> Result<Vec<Record>, StoreError> {
        self.with(|database| {
            let jobs = database.begin_read()?.open_table(JOBS)?;
            jobs.iter()?.map(|line| read(line?.1.value())).collect()
        })
    }

    /// The id of the job that a key made.
    pub fn by_key(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.with(|database| {
            let keys = database.begin_read()?.open_table(KEYS)?;
            Ok(keys.get(key)?.map(|id| id.value().to_owned()))
        })
    }

    /// Puts a new job there, with its key.
    pub fn add(&self, record: &Record) -> Result<(), StoreError> {
        let bytes = written(record)?;
        self.with(|database| {
            let writing = database.begin_write()?;
            writing.open_table(JOBS)?.insert(record.id.as_str(), bytes.as_slice())?;
            if let Some(key) = &record.key {
                writing.open_table(KEYS)?.insert(key.as_str(), record.id.as_str())?;
            }
            Ok(writing.commit()?)
        })
    }

    /// Changes a job; gives what it is then, or none where it has gone in the meantime.
    pub fn change(&self, id: &str, change: impl FnOnce(&mut Record)) -> Result<Option<Record>, StoreError> {
        self.with(|database| {
            let writing = database.begin_write()?;
            let changed = {
                let mut jobs = writing.open_table(JOBS)?;
                let found = jobs.get(id)?.map(|bytes| read(bytes.value()));
                let Some(mut record) = found.transpose()? else { return Ok(None) };
                let key = record.key.clone();
                change(&mut record);
                jobs.insert(id, written(&record)?.as_slice())?;
                if let (Some(key), None) = (key, &record.key) {
                    writing.open_table(KEYS)?.remove(key.as_str())?;
                }
                record
            };
            writing.commit()?;
            Ok(Some(changed))
        })
    }

    /// Forgets a job and its key.
    pub fn remove(&self, id: &str) -> Result<(), StoreError> {
        self.with(|database| {
            let writing = database.begin_write()?;
            {
                let mut jobs = writing.open_table(JOBS)?;
                let found = jobs.remove(id)?.map(|bytes| read(bytes.value())).transpose()?;
                if let Some(key) = found.and_then(|record| record.key) {
                    writing.open_table(KEYS)?.remove(key.as_str())?;
                }
            }
            Ok(writing.commit()?)
        })
    }
}

fn open(path: &Path) -> Result<Database, StoreError> {
    let database = Database::create(path)?;
    let writing = database.begin_write()?;
    writing.open_table(JOBS)?;
    writing.open_table(KEYS)?;
    writing.commit()?;
    Ok(database)
}
