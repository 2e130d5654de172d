//! What the threads of the jobs share: the jobs that wait and run, and in which order.

use super::folder::Folder;
use super::live::{Live, Stop};
use super::record::Record;
use super::settings::Settings;
use super::store::{Store, StoreError};
use crate::bundle::Shelf;
use crate::grouper::Tally;
use crate::reference::{Dataset, Reference};
use jiff::Timestamp;
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often jobs are looked through for those whose time is over.
const SWEEP: Duration = Duration::from_secs(60);

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
    /// Idempotency keys of files on their way in.
    pub(super) keys: Mutex<HashSet<String>>,
    /// How many files are on their way in.
    pub(super) uploads: AtomicUsize,
    /// Held from the look at how many jobs there are until there is one more.
    pub(super) counted: Mutex<()>,
    /// What came out of the records that jobs grouped, since it was last asked for.
    pub(super) tallies: Mutex<Vec<(Dataset, Tally)>>,
    /// Records that jobs have worked on.
    pub(super) records: AtomicU64,
}

impl Inner {
    pub(super) fn new(shelf: Arc<Shelf>, store: Store, folder: Folder, settings: Settings) -> Inner {
        Inner {
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
            counted: Mutex::default(),
            tallies: Mutex::default(),
            records: AtomicU64::new(0),
        }
    }

    pub(super) fn entries(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn queue(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    /// A job of a client; another's is as one that is not there.
    pub(super) fn own(&self, client: &str, id: &str) -> Result<Option<Record>, StoreError> {
        Ok(self.store.get(id)?.filter(|record| record.client == client))
    }

    /// When a job that ends now is erased.
    pub(super) fn expiry(&self) -> Timestamp {
        Timestamp::now().checked_add(self.settings.keep).unwrap_or(Timestamp::MAX)
    }

    /// Puts a job that the store has into the queue.
    pub(super) fn enqueue(&self, id: &str, releases: Vec<Arc<Reference>>) {
        self.entries().insert(id.to_owned(), Entry { live: Arc::default(), releases });
        self.queue().push_back(id.to_owned());
        self.wake.notify_all();
    }

    /// Takes a job out of the queue, if it is there, and forgets that it runs.
    pub(super) fn dequeue(&self, id: &str) {
        self.queue().retain(|waiting| waiting != id);
        self.entries().remove(id);
    }

    /// The next job to run; none once the service stops.
    pub(super) fn next(&self) -> Option<String> {
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

    /// Tells what runs to stop.
    pub(super) fn stop(&self) {
        {
            let _queue = self.queue(); // or a thread between its look and its wait would not be woken
            self.stopping.store(true, Ordering::SeqCst);
        }
        self.wake.notify_all();
        for entry in self.entries().values() {
            entry.live.stop(Stop::Shutdown);
        }
    }

    /// Erases, from time to time, the jobs whose time is over.
    pub(super) fn sweep(&self) {
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
}
