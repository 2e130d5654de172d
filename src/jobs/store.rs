//! The store of jobs on disk: their records, and which idempotency key made which job. Every change is on the disk, whole,
//! before a call returns.

use super::record::Record;
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use std::path::Path;
use thiserror::Error;

const JOBS: TableDefinition<&str, &[u8]> = TableDefinition::new("jobs");
const KEYS: TableDefinition<&str, &str> = TableDefinition::new("idempotency-keys");

/// The store cannot be read or written.
#[derive(Debug, Error)]
#[error("the store of jobs: {0}")]
pub struct StoreError(String);

impl<E: Into<redb::Error>> From<E> for StoreError {
    fn from(fault: E) -> StoreError {
        StoreError(fault.into().to_string())
    }
}

fn unreadable(fault: &serde_json::Error) -> StoreError {
    StoreError(format!("a record cannot be read: {fault}"))
}

/// The store.
#[derive(Debug)]
pub struct Store {
    database: Database,
}

impl Store {
    /// Opens it; makes it where it is not there.
    pub fn open(path: &Path) -> Result<Store, StoreError> {
        let database = Database::create(path)?;
        let writing = database.begin_write()?;
        writing.open_table(JOBS)?;
        writing.open_table(KEYS)?;
        writing.commit()?;
        Ok(Store { database })
    }

    /// A job by its id.
    pub fn get(&self, id: &str) -> Result<Option<Record>, StoreError> {
        let jobs = self.database.begin_read()?.open_table(JOBS)?;
        jobs.get(id)?.map(|bytes| serde_json::from_slice(bytes.value()).map_err(|f| unreadable(&f))).transpose()
    }

    /// All jobs.
    pub fn all(&self) -> Result<Vec<Record>, StoreError> {
        let jobs = self.database.begin_read()?.open_table(JOBS)?;
        jobs.iter()?.map(|line| serde_json::from_slice(line?.1.value()).map_err(|fault| unreadable(&fault))).collect()
    }

    /// The id of the job that a key made.
    pub fn by_key(&self, key: &str) -> Result<Option<String>, StoreError> {
        let keys = self.database.begin_read()?.open_table(KEYS)?;
        Ok(keys.get(key)?.map(|id| id.value().to_owned()))
    }

    /// Puts a new job there, with its key.
    pub fn add(&self, record: &Record) -> Result<(), StoreError> {
        let bytes = serde_json::to_vec(record).map_err(|fault| unreadable(&fault))?;
        let writing = self.database.begin_write()?;
        writing.open_table(JOBS)?.insert(record.id.as_str(), bytes.as_slice())?;
        if let Some(key) = &record.key {
            writing.open_table(KEYS)?.insert(key.as_str(), record.id.as_str())?;
        }
        Ok(writing.commit()?)
    }

    /// Changes a job; gives what it is then, or none where it has gone in the meantime.
    pub fn change(&self, id: &str, change: impl FnOnce(&mut Record)) -> Result<Option<Record>, StoreError> {
        let writing = self.database.begin_write()?;
        let changed = {
            let mut jobs = writing.open_table(JOBS)?;
            let found = jobs.get(id)?.map(|bytes| serde_json::from_slice::<Record>(bytes.value()));
            let Some(mut record) = found.transpose().map_err(|fault| unreadable(&fault))? else {
                return Ok(None);
            };
            let key = record.key.clone();
            change(&mut record);
            let bytes = serde_json::to_vec(&record).map_err(|fault| unreadable(&fault))?;
            jobs.insert(id, bytes.as_slice())?;
            if let (Some(key), None) = (key, &record.key) {
                writing.open_table(KEYS)?.remove(key.as_str())?;
            }
            record
        };
        writing.commit()?;
        Ok(Some(changed))
    }

    /// Forgets a job and its key.
    pub fn remove(&self, id: &str) -> Result<(), StoreError> {
        let writing = self.database.begin_write()?;
        {
            let mut jobs = writing.open_table(JOBS)?;
            let found = jobs.remove(id)?.and_then(|bytes| serde_json::from_slice::<Record>(bytes.value()).ok());
            if let Some(key) = found.and_then(|record| record.key) {
                writing.open_table(KEYS)?.remove(key.as_str())?;
            }
        }
        Ok(writing.commit()?)
    }
}
