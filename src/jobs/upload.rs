//! A file on its way in: sealed and written as it arrives, a job once it is whole and on the disk, erased otherwise.

use super::error::JobError;
use super::folder::Place;
use super::key::Key;
use super::queue::Inner;
use super::record::{Order, Record, State};
use super::seal::Sealer;
use crate::reference::Reference;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::io::Write;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};
use uuid::Uuid;

/// Room for one upload, and its idempotency key while it is on its way; given back when it is dropped.
pub(super) struct Reserved {
    inner: Arc<Inner>,
    client: String,
    /// The digest of client and key.
    key: Option<String>,
}

impl Reserved {
    /// Takes room, where there is some.
    pub(super) fn take(inner: &Arc<Inner>, client: &str, key: Option<&str>) -> Result<Reserved, JobError> {
        if inner.is_stopping() {
            return Err(JobError::Stopping);
        }
        let limit = inner.settings.uploads;
        let taken = inner.uploads.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| (n < limit).then_some(n + 1));
        taken.map_err(|_| JobError::Busy)?;
        let mut reserved = Reserved { inner: Arc::clone(inner), client: client.to_owned(), key: None };
        if let Some(key) = key.map(|key| digest(&[client.as_bytes(), key.as_bytes()])) {
            if !reserved.keys().insert(key.clone()) {
                return Err(JobError::InFlight);
            }
            reserved.key = Some(key);
        }
        if reserved.made()?.is_none() {
            reserved.refuse_too_many()?;
        }
        Ok(reserved)
    }

    fn keys(&self) -> MutexGuard<'_, HashSet<String>> {
        self.inner.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The job that an earlier request with the key made.
    fn made(&self) -> Result<Option<Record>, JobError> {
        let store = &self.inner.store;
        let id = self.key.as_deref().map(|key| store.by_key(key)).transpose()?.flatten();
        Ok(id.map(|id| store.get(&id)).transpose()?.flatten())
    }

    fn refuse_too_many(&self) -> Result<(), JobError> {
        let own = self.inner.store.all()?.into_iter().filter(|record| record.client == self.client);
        let (kept, waiting) = own.fold((0, 0), |(kept, waiting), record| {
            (kept + usize::from(record.state != State::Expired), waiting + usize::from(!record.is_final()))
        });
        let settings = &self.inner.settings;
        if waiting >= settings.waiting || kept >= settings.kept { Err(JobError::TooMany) } else { Ok(()) }
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        if let Some(key) = &self.key {
            self.keys().remove(key);
        }
        self.inner.uploads.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A digest of parts that cannot be mistaken for other parts.
fn digest(parts: &[&[u8]]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A file on its way in.
pub struct Upload {
    id: String,
    place: Place,
    key: Key,
    /// None once the file is whole.
    sealer: Option<Sealer>,
    digest: Sha256,
    bytes: u64,
    became_job: bool,
    reserved: Reserved,
}

/// What a request came to.
#[derive(Debug)]
pub struct Submitted {
    /// The job.
    pub record: Record,
    /// Whether an earlier request with the same key made it.
    pub again: bool,
}

impl Upload {
    pub(super) fn begin(reserved: Reserved) -> Result<Upload, JobError> {
        let id = Uuid::new_v4().to_string();
        let (place, key) = reserved.inner.folder.make(&id).inspect_err(|_| {
            // Nothing stands there yet but perhaps the folder, which the next start removes too.
            _ = reserved.inner.folder.of(&id).erase();
        })?;
        let (digest, bytes, became_job) = (Sha256::new(), 0, false);
        let mut upload = Upload { id, place, key, sealer: None, digest, bytes, became_job, reserved };
        upload.sealer = Some(upload.place.seal_input(&upload.key)?);
        Ok(upload)
    }

    /// Takes in what arrived.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), JobError> {
        self.bytes += bytes.len() as u64;
        if self.bytes > self.reserved.inner.settings.sent_bytes {
            return Err(JobError::TooLarge);
        }
        self.digest.update(bytes);
        if let Some(sealer) = &mut self.sealer {
            sealer.write_all(bytes)?;
        }
        Ok(())
    }

    /// The file is whole: makes it a job, unless the key has made one. `request` is everything else that was asked.
    pub fn submit(
        mut self,
        order: Order,
        releases: Vec<Arc<Reference>>,
        definition: Option<&str>,
        request: &str,
    ) -> Result<Submitted, JobError> {
        let inner = Arc::clone(&self.reserved.inner);
        let body = std::mem::take(&mut self.digest).finalize();
        let request = digest(&[request.as_bytes(), definition.unwrap_or_default().as_bytes(), &body]);
        if let Some(record) = self.reserved.made()? {
            let same = record.request == request;
            return if same { Ok(Submitted { record, again: true }) } else { Err(JobError::OtherRequest) };
        }
        if let Some(definition) = definition {
            self.place.keep_definition(&self.key, definition)?;
        }
        if let Some(sealer) = self.sealer.take() {
            sealer.finish()?;
        }
        self.place.sync()?;
        inner.folder.sync()?;
        let record = Record {
            id: self.id.clone(),
            client: self.reserved.client.clone(),
            order,
            state: State::Queued,
            sent_bytes: self.bytes,
            created: Timestamp::now(),
            started: None,
            ended: None,
            expires: inner.expiry(),
            attempts: 0,
            counts: None,
            results: Vec::new(),
            failure: None,
            ending: None,
            key: self.reserved.key.clone(),
            request,
        };
        let counted = inner.counted.lock().unwrap_or_else(PoisonError::into_inner);
        self.reserved.refuse_too_many()?; // others may have come while this one was on its way
        inner.store.add(&record)?;
        drop(counted);
        self.became_job = true;
        inner.enqueue(&record.id, releases);
        Ok(Submitted { record, again: false })
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if !self.became_job
            && let Err(fault) = self.place.erase()
        {
            tracing::error!(%fault, "an upload that was broken off could not be erased");
        }
    }
}
