//! The jobs of a service, as its door sees them: takes them in, tells how they stand, and gives out what came of them.
//!
//! What the store says is what is: a result is visible once its file and then its record are on the disk. A job that ran
//! when the service ended begins anew from its input when the service is back.

use super::error::JobError;
use super::folder::Folder;
use super::key::Key;
use super::live::{Live, Progress};
use super::queue::Inner;
use super::record::{Ending, Format, Kept, Record, State};
use super::seal::Opener;
use super::settings::Settings;
use super::store::Store;
use super::upload::{Reserved, Upload};
use crate::bundle::Shelf;
use crate::grouper::Tally;
use crate::reference::Dataset;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How long the end of the service waits for what runs.
const STOP: Duration = Duration::from_secs(3);

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
    path: PathBuf,
    shelf: Arc<Shelf>,
    settings: Settings,
    open: Mutex<Open>,
}

/// The jobs, once their folder could be used.
#[derive(Debug, Default)]
struct Open {
    inner: Option<Arc<Inner>>,
    threads: Vec<JoinHandle<()>>,
    stopped: bool,
}

impl Jobs {
    /// The jobs of a folder, which is used from the first call on. Where it cannot be, that call is refused, and the next
    /// one tries again.
    pub fn new(path: &Path, shelf: Arc<Shelf>, settings: Settings) -> Jobs {
        Jobs { path: path.to_owned(), shelf, settings, open: Mutex::default() }
    }

    /// Opens the folder, takes up what an earlier run of the service left, and begins to work.
    pub fn open(&self) -> Result<(), JobError> {
        self.inner().map(drop)
    }

    /// The bounds.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    fn state(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn inner(&self) -> Result<Arc<Inner>, JobError> {
        let mut open = self.state();
        if let Some(inner) = &open.inner {
            return Ok(Arc::clone(inner));
        }
        if open.stopped {
            return Err(JobError::Stopping);
        }
        let master = self.settings.master.as_deref().map(Key::master).transpose().map_err(JobError::Master)?;
        let folder = Folder::open(&self.path, master)?;
        let store = Store::open(&folder.store())?;
        let inner = Arc::new(Inner::new(Arc::clone(&self.shelf), store, folder, self.settings.clone()));
        inner.take_up()?;
        open.threads = threads(&inner)?;
        open.inner = Some(Arc::clone(&inner));
        Ok(inner)
    }

    /// Begins to take in a file. `key` is the request's idempotency key.
    pub fn upload(&self, client: &str, key: Option<&str>) -> Result<Upload, JobError> {
        Upload::begin(Reserved::take(&self.inner()?, client, key)?)
    }

    /// A job of a client.
    pub fn get(&self, client: &str, id: &str) -> Result<Option<View>, JobError> {
        let inner = self.inner()?;
        // Before its record: a job that ends in between has its last state there.
        let live = inner.entries().get(id).map(|entry| Arc::clone(&entry.live));
        let Some(record) = inner.own(client, id)? else { return Ok(None) };
        let record = if inner.is_over(&record) { inner.end(id, Ending::Expired)? } else { Some(record) };
        Ok(record.map(|record| view(record, live.as_deref())))
    }

    /// How many jobs are in which state; none where the folder cannot be used.
    pub fn counts(&self) -> Vec<(&'static str, usize)> {
        let records = self.inner().ok().and_then(|inner| inner.store.all().ok()).unwrap_or_default();
        let count = |state: State| records.iter().filter(|record| record.state == state).count();
        State::ALL.into_iter().map(|state| (state.name(), count(state))).collect()
    }

    /// Records that jobs have worked on since the start.
    pub fn records(&self) -> u64 {
        self.state().inner.as_ref().map_or(0, |inner| inner.records.load(Ordering::Relaxed))
    }

    /// What came out of the records that jobs grouped, since it was last asked for.
    pub fn take_tallies(&self) -> Vec<(Dataset, Tally)> {
        let open = self.state();
        let tallies = open.inner.as_ref().map(|inner| inner.tallies.lock().unwrap_or_else(PoisonError::into_inner));
        tallies.map(|mut tallies| std::mem::take(&mut *tallies)).unwrap_or_default()
    }

    /// To be told when the state of a job changes; none where nothing more will come of it.
    pub fn watch(&self, id: &str) -> Option<watch::Receiver<()>> {
        self.state().inner.as_ref()?.entries().get(id).map(|entry| entry.live.watch())
    }

    /// A result of a finished job.
    pub fn open_result(&self, record: &Record, format: Format) -> Result<(Opener, Kept), JobError> {
        let kept = record.results.iter().find(|kept| kept.format == format);
        let kept = kept.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        let place = self.inner()?.folder.of(&record.id);
        let opener = place.open_result(&place.key()?, format)?;
        if opener.len() != kept.bytes {
            return Err(io::Error::from(io::ErrorKind::InvalidData).into());
        }
        Ok((opener, kept.clone()))
    }

    /// Cancels and erases a job; false where there is none.
    pub fn remove(&self, client: &str, id: &str) -> Result<bool, JobError> {
        self.inner()?.delete(client, id)
    }

    /// Tells what runs to stop: it is interrupted, and begins anew at the next start.
    pub fn tell_to_stop(&self) {
        let mut open = self.state();
        open.stopped = true;
        if let Some(inner) = &open.inner {
            inner.stop();
        }
    }

    /// Stops what runs, and waits a while until it has. What does not stop in time says of itself that it runs, and begins
    /// anew at the next start all the same.
    pub fn stop(&self) {
        self.tell_to_stop();
        let deadline = Instant::now() + STOP;
        let threads = std::mem::take(&mut self.state().threads);
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

/// Those that work, and the one that erases what is over.
fn threads(inner: &Arc<Inner>) -> io::Result<Vec<JoinHandle<()>>> {
    let mut threads = Vec::new();
    for number in 0..inner.settings.running {
        let inner = Arc::clone(inner);
        threads.push(Builder::new().name(format!("job-{number}")).spawn(move || {
            while let Some(id) = inner.next() {
                inner.run(&id);
            }
        })?);
    }
    let inner = Arc::clone(inner);
    threads.push(Builder::new().name("job-expiry".to_owned()).spawn(move || inner.sweep())?);
    Ok(threads)
}

fn view(mut record: Record, live: Option<&Live>) -> View {
    // Its end could not be written down, so that it begins anew at the next start.
    if live.is_none() && matches!(record.state, State::Queued | State::Running) {
        record.state = State::Interrupted;
    }
    let progress = live.filter(|_| record.state == State::Running).and_then(Live::progress);
    View { is_live: live.is_some() && !record.is_final(), record, progress }
}
