//! A job as it runs: how far it is, and whether it is to stop. Readers and writers of its files count here and stop here, so
//! that whatever does the work need not know of it.

use super::record::Format;
use crate::batch;
use crate::batch::Status;
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::watch;

/// Why a job is to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Its client cancelled it.
    Cancelled,
    /// The service stops.
    Shutdown,
}

/// A job that waits or runs.
#[derive(Debug)]
pub struct Live {
    stop: AtomicU8,
    course: Mutex<Option<Course>>,
    /// What is done of the part that runs: bytes or records.
    done: AtomicU64,
    /// Records of the result that is being made, where no stream counts them.
    records: AtomicU64,
    /// Files are made only under this lock and only while the job is not cancelled, so that erasing misses none.
    files: Mutex<()>,
    changed: watch::Sender<()>,
}

/// Where a running job is on its way, which has a number of parts.
#[derive(Debug)]
struct Course {
    began: Instant,
    /// How many parts there are, which of them runs, from 0, and how much there is to do in it.
    parts: u64,
    part: u64,
    of: u64,
    /// The result that is being made, since when, and the stream that makes it.
    making: Option<(Format, Instant)>,
    stream: Arc<batch::Progress>,
    /// The first stream of all: once it has ended, its counts are those of the file.
    first: Option<Arc<batch::Progress>>,
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The share of the work that is done, 0 to 1.
    pub share: f64,
    /// The result that is being made.
    pub making: Option<Format>,
    /// Records of that result so far.
    pub records: u64,
    /// Records of the file so far: grouped, invalid and rejected; where they are grouped.
    pub outcomes: Option<[u64; 3]>,
    /// Records a second, of the result that is being made.
    pub rate: f64,
    /// Seconds until it is done, once that can be told.
    pub seconds_left: Option<f64>,
}

impl Default for Live {
    fn default() -> Live {
        Live {
            stop: AtomicU8::new(0),
            course: Mutex::new(None),
            done: AtomicU64::new(0),
            records: AtomicU64::new(0),
            files: Mutex::new(()),
            changed: watch::Sender::new(()),
        }
    }
}

impl Live {
    fn course(&self) -> MutexGuard<'_, Option<Course>> {
        self.course.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to run; `parts` is how many there will be.
    pub fn begin(&self, parts: u64) {
        *self.course() = Some(Course {
            began: Instant::now(),
            parts,
            part: 0,
            of: 0,
            making: None,
            stream: Arc::default(),
            first: None,
        });
    }

    /// Begins to make a result.
    pub fn make(&self, format: Format) {
        if let Some(course) = &mut *self.course() {
            course.making = Some((format, Instant::now()));
            course.stream = Arc::default();
            self.records.store(0, Ordering::Relaxed);
        }
    }

    /// Begins a part, which has so much to do.
    pub fn part(&self, part: u64, of: u64) {
        if let Some(course) = &mut *self.course() {
            (course.part, course.of) = (part, of);
            self.done.store(0, Ordering::Relaxed);
        }
    }

    /// So much more is done of the part.
    pub fn advance(&self, by: u64) {
        self.done.fetch_add(by, Ordering::Relaxed);
    }

    /// So many more records are done.
    pub fn count(&self, records: u64) {
        self.records.fetch_add(records, Ordering::Relaxed);
    }

    /// Where the stream that makes the result counts.
    pub fn stream(&self) -> Arc<batch::Progress> {
        let mut course = self.course();
        let Some(course) = &mut *course else { return Arc::default() };
        course.first.get_or_insert_with(|| Arc::clone(&course.stream));
        Arc::clone(&course.stream)
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
        let course = self.course();
        let course = course.as_ref()?;
        let of_part = if course.of == 0 { 0.0 } else { float(self.done.load(Ordering::Relaxed)) / float(course.of) };
        let share = ((float(course.part) + of_part.min(1.0)) / float(course.parts.max(1))).min(1.0);
        let records = self.records.load(Ordering::Relaxed) + course.stream.records();
        let seconds = course.making.map_or(0.0, |(_, since)| since.elapsed().as_secs_f64());
        let taken = course.began.elapsed().as_secs_f64();
        let counts = |of: &Arc<batch::Progress>| STATUSES.map(|status| of.count(status));
        Some(Progress {
            share,
            making: course.making.map(|(format, _)| format),
            records,
            outcomes: course.first.as_ref().map(counts),
            rate: if seconds > 0.0 { float(records) / seconds } else { 0.0 },
            seconds_left: (share > 0.0).then(|| taken * (1.0 - share) / share),
        })
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

    /// Fails once the job is to stop.
    pub fn go_on(&self) -> io::Result<()> {
        if self.stopped().is_some() { Err(stopping()) } else { Ok(()) }
    }
}

const STATUSES: [Status; 3] = [Status::Grouped, Status::Invalid, Status::Rejected];

#[allow(clippy::cast_precision_loss, reason = "a share and a rate need no more digits")]
fn float(number: u64) -> f64 {
    number as f64
}

fn stopping() -> io::Error {
    io::Error::other("the job is to stop")
}

/// Counts what is read as done, and fails once the job is to stop.
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
        self.live.advance(read as u64);
        Ok(read)
    }
}

/// Fails once the job is to stop.
pub struct Guarded<W> {
    inner: W,
    live: Arc<Live>,
}

impl<W> Guarded<W> {
    /// Guards a writer.
    pub fn new(inner: W, live: &Arc<Live>) -> Guarded<W> {
        Guarded { inner, live: Arc::clone(live) }
    }

    /// The writer.
    pub fn into_inner(self) -> W {
        self.inner
    }
}

impl<W: Write> Write for Guarded<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.live.go_on()?;
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.live.go_on()?;
        self.inner.flush()
    }
}
