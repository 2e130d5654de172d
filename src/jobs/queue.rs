//! The jobs of a service: takes them in, lets a few run at a time, and gives out what came of them.
//!
//! What the store says is what is: a result is visible once its file and then its record are on the disk. A job that ran
//! when the service ended begins anew from its input when the service is back.

use super::folder::Folder;
use super::live::{Live, Progress, Stop};
use super::record::{Failure, Format, Kept, Record, ReleaseName, State};
use super::seal::Opener;
use super::store::{Store, StoreError};
use super::upload::{Reserved, Upload};
use crate::bundle::Shelf;
use crate::reference::Reference;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use thiserror::Error;
use tokio::sync::watch;

/// How long the record of an expired job says so, after its files are gone.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How often jobs are looked through for those whose time is over.
const SWEEP: Duration = Duration::from_secs(60);

/// Bytes of a file as sent.
pub const SENT_BYTES: u64 = 512 * 1024 * 1024;
/// How long the end of the service waits for what runs.
const STOP: Duration = Duration::from_secs(5);

/// The bounds of jobs.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How many run at a time.
    pub running: usize,
    /// How many of one owner may wait or run.
    pub waiting: usize,
    /// How many of one owner are kept.
    pub kept: usize,
    /// How many files may be on their way in.
    pub uploads: usize,
    /// How long a job is kept, from its end.
    pub keep: SignedDuration,
    /// How often a job may begin and not be heard of again.
    pub attempts: u32,
    /// Bytes of a file as sent.
    pub sent_bytes: u64,
    /// Bytes of a file unpacked.
    pub unpacked_bytes: u64,
    /// Lines of a file.
    pub lines: u64,
    /// Bytes of a file that is looked at as a whole.
    pub whole_bytes: u64,
}

impl Default for Settings {
    /// Source: the service interface, limits.
    fn default() -> Settings {
        Settings {
            running: 1,
            waiting: 4,
            kept: 50,
            uploads: 4,
            keep: SignedDuration::from_hours(24),
            attempts: 3,
            sent_bytes: SENT_BYTES,
            unpacked_bytes: 4 * 1024 * 1024 * 1024,
            lines: 5_000_000,
            whole_bytes: 128 * 1024 * 1024,
        }
    }
}

/// Why something cannot be done with jobs.
#[derive(Debug, Error)]
pub enum JobError {
    /// The file is larger than may be sent.
    #[error("the file is too large")]
    TooLarge,
    /// Too many of this owner's jobs wait or are kept.
    #[error("too many jobs")]
    TooMany,
    /// Too many files are on their way in.
    #[error("too many uploads")]
    Busy,
    /// Another request with the key is on its way in.
    #[error("the key is in use")]
    InFlight,
    /// The key made another job.
    #[error("the key is of another request")]
    OtherRequest,
    /// The service stops.
    #[error("the service stops")]
    Stopping,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The disk.
    #[error("a file of a job: {0}")]
    Disk(#[from] std::io::Error),
}

/// A job that waits or runs.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) live: Arc<Live>,
    /// As they were when it came: a swap in the meantime changes nothing.
    pub(super) releases: Vec<Arc<Reference>>,
}

/// What the threads share.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) shelf: Arc<Shelf>,
    pub(super) store: Store,
    pub(super) folder: Folder,
    pub(super) settings: Settings,
    entries: Mutex<BTreeMap<String, Entry>>,
    queue: Mutex<VecDeque<String>>,
    wake: Condvar,
    stopping: AtomicBool,
    pub(super) keys: Mutex<HashSet<String>>,
    pub(super) uploads: AtomicUsize,
}

/// A job as it stands.
#[derive(Clone, Debug)]
pub struct View {
    /// What the store has of it.
    pub record: Record,
    /// How far it is, while it runs.
    pub progress: Option<Progress>,
    /// Whether something more will come of it in this run of the service.
    pub is_live: bool,
}

/// The jobs of a service.
#[derive(Debug)]
pub struct Jobs {
    inner: Arc<Inner>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Jobs {
    /// Opens the folder, takes up what an earlier run of the service left, and begins to work.
    pub fn open(path: &Path, shelf: Arc<Shelf>, settings: Settings) -> Result<Jobs, JobError> {
        let folder = Folder::open(path)?;
        let store = Store::open(&folder.store())?;
        let inner = Arc::new(Inner {
            shelf,
            store,
            folder,
            settings,
            entries: Mutex::default(),
            queue: Mutex::default(),
            wake: Condvar::new(),
            stopping: AtomicBool::new(false),
            keys: Mutex::default(),
            uploads: AtomicUsize::new(0),
        });
        inner.take_up()?;
        let mut threads = Vec::new();
        for number in 0..settings.running {
            let inner = Arc::clone(&inner);
            let name = std::thread::Builder::new().name(format!("job-{number}"));
            threads.push(name.spawn(move || {
                while let Some(id) = inner.next() {
                    inner.run(&id);
                }
            })?);
        }
        let sweeping = Arc::clone(&inner);
        threads.push(std::thread::Builder::new().name("job-expiry".to_owned()).spawn(move || sweeping.sweep())?);
        Ok(Jobs { inner, threads: Mutex::new(threads) })
    }

    /// The bounds.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// Begins to take in a file. `key` is the request's idempotency key.
    pub fn upload(&self, owner: &str, key: Option<&str>) -> Result<Upload, JobError> {
        let reserved = Reserved::take(&self.inner, owner, key)?;
        Upload::begin(reserved, owner)
    }

    /// A job of an owner.
    pub fn get(&self, owner: &str, id: &str) -> Result<Option<View>, JobError> {
        // Before its record: a job that ends in between has its last state there.
        let live = self.inner.entries().get(id).map(|entry| Arc::clone(&entry.live));
        let Some(record) = self.inner.own(owner, id)? else { return Ok(None) };
        let record = if self.inner.is_over(&record) { self.inner.expire(&record)? } else { Some(record) };
        Ok(record.map(|record| view(record, live.as_deref())))
    }

    /// To be told when the state of a job changes; none where nothing more will come of it.
    pub fn watch(&self, id: &str) -> Option<watch::Receiver<()>> {
        self.inner.entries().get(id).map(|entry| entry.live.watch())
    }

    /// A result of a finished job.
    pub fn open_result(&self, record: &Record, format: Format) -> Result<(Opener, Kept), JobError> {
        let kept = record.results.iter().find(|kept| kept.format == format);
        let kept = kept.ok_or_else(|| std::io::Error::from(std::io::ErrorKind::NotFound))?;
        let place = self.inner.folder.of(&record.id);
        Ok((place.open_result(&place.key()?, format)?, kept.clone()))
    }

    /// Cancels and erases a job; false where there is none.
    pub fn remove(&self, owner: &str, id: &str) -> Result<bool, JobError> {
        let Some(record) = self.inner.own(owner, id)? else { return Ok(false) };
        let entry = self.inner.entries().get(id).cloned();
        let erase = || -> Result<(), JobError> {
            // The record first: what no record names is erased at the next start.
            self.inner.store.remove(&record.id)?;
            Ok(self.inner.folder.of(&record.id).erase()?)
        };
        match entry {
            Some(entry) => {
                entry.live.cancel(erase)?;
                self.inner.queue().retain(|waiting| waiting != id);
                self.inner.entries().remove(id);
                entry.live.tell();
            }
            None => erase()?,
        }
        Ok(true)
    }

    /// Tells what runs to stop: it is interrupted, and begins anew at the next start.
    pub fn tell_to_stop(&self) {
        self.inner.stop();
    }

    /// Stops what runs, and waits a while until it has. What does not stop in time says of itself that it runs, and begins
    /// anew at the next start all the same.
    pub fn stop(&self) {
        self.inner.stop();
        let deadline = Instant::now() + STOP;
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            while !thread.is_finished() && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(5));
            }
            if thread.is_finished() {
                // A thread that broke has said so.
                _ = thread.join();
            }
        }
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Inner {
    pub(super) fn entries(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn queue(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    fn own(&self, owner: &str, id: &str) -> Result<Option<Record>, StoreError> {
        Ok(self.store.get(id)?.filter(|record| record.owner == owner))
    }

    /// Puts a job that the store has into the queue.
    pub(super) fn enqueue(&self, id: &str, releases: Vec<Arc<Reference>>) {
        self.entries().insert(id.to_owned(), Entry { live: Arc::default(), releases });
        self.queue().push_back(id.to_owned());
        self.wake.notify_all();
    }

    /// The next job to run; none once the service stops.
    fn next(&self) -> Option<String> {
        let mut queue = self.queue();
        loop {
            if self.is_stopping() {
                return None;
            }
            match queue.pop_front() {
                Some(id) => return Some(id),
                None => queue = self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    fn stop(&self) {
        {
            let _queue = self.queue(); // or a thread between its look and its wait would not be woken
            self.stopping.store(true, Ordering::SeqCst);
        }
        self.wake.notify_all();
        for entry in self.entries().values() {
            entry.live.stop(Stop::Shutdown);
        }
    }

    /// What an earlier run left: jobs that had not ended begin anew, and what is of no job is erased.
    fn take_up(&self) -> Result<(), JobError> {
        let mut records = self.store.all()?;
        records.sort_by_key(|record| record.created);
        let known: Vec<String> =
            records.iter().filter(|r| r.state != State::Expired).map(|record| record.id.clone()).collect();
        self.folder.erase_all_but(&known)?;
        for record in records {
            if record.state.is_final() {
                continue;
            }
            self.folder.of(&record.id).remove_parts()?;
            if record.attempts >= self.settings.attempts {
                let detail = "the service ended in the middle of it too often; send it again";
                let failure = Failure::new("interrupted-too-often", detail);
                self.store.change(&record.id, |record| {
                    record.state = State::Interrupted;
                    record.failure = Some(failure);
                })?;
                continue;
            }
            let found = |name: &ReleaseName| self.shelf.find(&name.pinned());
            match record.order.references.iter().map(found).collect::<Option<Vec<_>>>() {
                Some(releases) => {
                    tracing::info!(job.id = record.id, job.attempts = record.attempts, "job taken up again");
                    self.store.change(&record.id, |record| record.state = State::Queued)?;
                    self.enqueue(&record.id, releases);
                }
                None => {
                    let detail = "the release it was for is no longer loaded";
                    self.fail(&record.id, Failure::new("reference-gone", detail))?;
                }
            }
        }
        Ok(())
    }

    /// Erases the files of a job that cannot be done, and says so.
    pub(super) fn fail(&self, id: &str, failure: Failure) -> Result<(), JobError> {
        let expires = self.expiry();
        self.store.change(id, |record| {
            record.state = State::Failed;
            record.ended = Some(Timestamp::now());
            record.expires = expires;
            record.failure = Some(failure);
        })?;
        Ok(self.folder.of(id).erase()?)
    }

    /// When a job that ends now is erased.
    pub(super) fn expiry(&self) -> Timestamp {
        Timestamp::now().checked_add(self.settings.keep).unwrap_or(Timestamp::MAX)
    }

    fn is_over(&self, record: &Record) -> bool {
        let over = record.state != State::Expired && record.expires <= Timestamp::now();
        over && !self.entries().contains_key(&record.id)
    }

    /// Erases a job whose time is over; gives what is left of it.
    fn expire(&self, record: &Record) -> Result<Option<Record>, JobError> {
        let left = self.store.change(&record.id, |record| {
            record.state = State::Expired;
            record.results.clear();
            record.counts = None;
            record.failure = None;
            record.key = None;
        })?;
        self.folder.of(&record.id).erase()?;
        Ok(left)
    }

    /// Erases, from time to time, the jobs whose time is over.
    fn sweep(&self) {
        while !self.is_stopping() {
            if let Err(fault) = self.sweep_once() {
                tracing::error!(%fault, "jobs whose time is over could not be erased");
            }
            let queue = self.queue();
            if !self.is_stopping() {
                // Woken too by every new job, which is no reason to look again, but no harm.
                drop(self.wake.wait_timeout(queue, SWEEP).unwrap_or_else(PoisonError::into_inner));
            }
        }
    }

    fn sweep_once(&self) -> Result<(), JobError> {
        for record in self.store.all()? {
            if self.is_over(&record) {
                self.expire(&record)?;
            }
            let forgotten = record.expires.checked_add(REMEMBERED).unwrap_or(Timestamp::MAX);
            if record.state == State::Expired && forgotten <= Timestamp::now() {
                self.store.remove(&record.id)?;
            }
        }
        Ok(())
    }
}

fn view(mut record: Record, live: Option<&Live>) -> View {
    // Its end could not be written down, so that it begins anew at the next start.
    if live.is_none() && matches!(record.state, State::Queued | State::Running) {
        record.state = State::Interrupted;
    }
    let progress = live.filter(|_| record.state == State::Running).and_then(Live::progress);
    View { is_live: live.is_some() && !record.state.is_final(), record, progress }
}
