//! A job as it runs: how far it is, and whether it is to stop. Readers and writers of its files count here and stop here, so
//! that whatever does the work need not know of it.

use crate::batch;
use crate::batch::Status;
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::watch;

/// Why a job is to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Its owner cancelled it.
    Cancelled,
    /// The service stops.
    Shutdown,
}

/// A job that waits or runs.
#[derive(Debug)]
pub struct Live {
    stop: AtomicU8,
    /// Sealed bytes to read over all passes, and those that were read.
    total: AtomicU64,
    read: AtomicU64,
    /// Lines of results written, where no stream counts them.
    lines: AtomicU64,
    /// What the stream of a job that groups counts.
    stream: Arc<batch::Progress>,
    began: Mutex<Option<Instant>>,
    /// Files are made only under this lock and only while the job is not cancelled, so that erasing misses none.
    files: Mutex<()>,
    changed: watch::Sender<()>,
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The share of the work that is done, 0 to 1.
    pub share: f64,
    /// Records done so far.
    pub records: u64,
    /// Of those: grouped, invalid and rejected, where they are grouped.
    pub outcomes: [u64; 3],
    /// Records a second.
    pub rate: f64,
    /// Seconds until it is done, once that can be told.
    pub seconds_left: Option<f64>,
}

impl Default for Live {
    fn default() -> Live {
        Live {
            stop: AtomicU8::new(0),
            total: AtomicU64::new(0),
            read: AtomicU64::new(0),
            lines: AtomicU64::new(0),
            stream: Arc::default(),
            began: Mutex::new(None),
            files: Mutex::new(()),
            changed: watch::Sender::new(()),
        }
    }
}

impl Live {
    /// Begins to run; `total` is the bytes that will be read.
    pub fn begin(&self, total: u64) {
        self.total.store(total, Ordering::Relaxed);
        *self.began.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Tells those who watch that the job's state is another.
    pub fn tell(&self) {
        self.changed.send_replace(());
    }

    /// To be told.
    pub fn watch(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// How far it is; none where it does not run.
    pub fn progress(&self) -> Option<Progress> {
        let began = (*self.began.lock().unwrap_or_else(PoisonError::into_inner))?;
        let seconds = began.elapsed().as_secs_f64();
        let (total, read) = (self.total.load(Ordering::Relaxed), self.read.load(Ordering::Relaxed));
        let outcomes = [Status::Grouped, Status::Invalid, Status::Rejected].map(|status| self.stream.count(status));
        let records = self.lines.load(Ordering::Relaxed) + outcomes.iter().sum::<u64>();
        let share = if total == 0 { 0.0 } else { (float(read) / float(total)).min(1.0) };
        Some(Progress {
            share,
            records,
            outcomes,
            rate: if seconds > 0.0 { float(records) / seconds } else { 0.0 },
            seconds_left: (share > 0.0).then(|| seconds * (1.0 - share) / share),
        })
    }

    /// Where a stream counts.
    pub fn stream(&self) -> Arc<batch::Progress> {
        Arc::clone(&self.stream)
    }

    /// Asks it to stop. A job that was cancelled stays cancelled.
    pub fn stop(&self, why: Stop) {
        let why = if why == Stop::Cancelled { 2 } else { 1 };
        self.stop.fetch_max(why, Ordering::SeqCst);
        self.tell();
    }

    /// Whether it is to stop.
    pub fn stopped(&self) -> Option<Stop> {
        match self.stop.load(Ordering::SeqCst) {
            0 => None,
            1 => Some(Stop::Shutdown),
            _ => Some(Stop::Cancelled),
        }
    }

    /// Makes or moves files of the job, unless it is cancelled.
    pub fn with_files<T>(&self, make: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let _held = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if self.stopped() == Some(Stop::Cancelled) {
            return Err(stopping());
        }
        make()
    }

    /// Cancels, and erases once nobody makes files.
    pub fn cancel<T>(&self, erase: impl FnOnce() -> T) -> T {
        self.stop(Stop::Cancelled);
        let _held = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        erase()
    }

    fn go_on(&self) -> io::Result<()> {
        if self.stopped().is_some() { Err(stopping()) } else { Ok(()) }
    }
}

#[allow(clippy::cast_precision_loss, reason = "a share and a rate need no more digits")]
fn float(number: u64) -> f64 {
    number as f64
}

fn stopping() -> io::Error {
    io::Error::other("the job is to stop")
}

/// Counts what is read, and fails once the job is to stop.
pub struct Watched<R> {
    inner: R,
    live: Arc<Live>,
}

impl<R> Watched<R> {
    /// Watches a reader.
    pub fn new(inner: R, live: &Arc<Live>) -> Watched<R> {
        Watched { inner, live: Arc::clone(live) }
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.live.go_on()?;
        let read = self.inner.read(into)?;
        self.live.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Counts the lines written, where it is asked to, and fails once the job is to stop.
pub struct Counted<W> {
    inner: W,
    live: Arc<Live>,
    lines: bool,
}

impl<W> Counted<W> {
    /// Counts on a writer.
    pub fn new(inner: W, live: &Arc<Live>, lines: bool) -> Counted<W> {
        Counted { inner, live: Arc::clone(live), lines }
    }

    /// The writer.
    pub fn into_inner(self) -> W {
        self.inner
    }
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.live.go_on()?;
        let written = self.inner.write(bytes)?;
        if self.lines {
            let lines = bytes.iter().take(written).filter(|b| **b == b'\n').count();
            self.live.lines.fetch_add(lines as u64, Ordering::Relaxed);
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.live.go_on()?;
        self.inner.flush()
    }
}
