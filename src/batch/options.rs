//! What a stream asks for, its bounds, and how far it has come.

use super::columns::Columns;
use super::summary::Status;
use crate::grouper::Tally;
use crate::reference::Dataset;
use crate::trace::Explain;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How records are written in the input.
#[derive(Clone, Debug)]
pub enum InputForm {
    /// One JSON object a line.
    Ndjson,
    /// Rows of delimited text.
    Csv(Columns),
    /// One JSON array of objects.
    Json,
}

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One JSON object a line; the last is `{"summary": …}`.
    Ndjson,
    /// A header and a row for each result; the last has the status `summary`.
    Csv,
    /// One JSON object with `reference`, `results` and `summary`.
    Json,
}

/// In which order records are grouped and answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// As they come. Rows of a spell are one spell where they come together.
    #[default]
    Input,
    /// By provider, spell and episode, so that all rows of a spell come together. Nothing is answered before all is
    /// read; what does not fit in memory lies encrypted on disk meanwhile.
    Sort,
}

/// What a record that cannot be read does to the stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// It is rejected, and the others are answered.
    #[default]
    Continue,
    /// It is rejected, and the stream ends with an error.
    Stop,
}

/// The bounds of a stream.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a line; a longer one is rejected.
    pub line_bytes: usize,
    /// Bytes without an end of line after which the stream is no stream of lines.
    pub endless_bytes: usize,
    /// Spells (or identifiers of critical care) that are remembered, to tell when one comes again.
    pub remembered: usize,
    /// Bytes of records that are sorted in memory before they go to disk.
    pub sort_bytes: usize,
    /// Records; nothing for any number.
    pub records: Option<u64>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            line_bytes: 1024 * 1024,
            endless_bytes: 4 * 1024 * 1024,
            remembered: 900_000,
            sort_bytes: 32 * 1024 * 1024,
            records: None,
        }
    }
}

/// What a stream asks for.
#[derive(Clone, Debug)]
pub struct Options {
    /// The grouping logic.
    pub dataset: Dataset,
    /// How records come.
    pub input: InputForm,
    /// How results go.
    pub output: Form,
    /// How much of each trace to send; nothing with [`Form::Csv`].
    pub explain: Explain,
    /// The order.
    pub order: Order,
    /// What a record does that cannot be read.
    pub on_error: OnError,
    /// The bounds.
    pub limits: Limits,
    /// Where to note how far it has come, and whether to stop.
    pub progress: Arc<Progress>,
    /// `auto` where the service chose the release.
    pub chosen_by: Option<&'static str>,
}

impl Options {
    /// A stream with the defaults.
    pub fn new(dataset: Dataset, input: InputForm, output: Form) -> Options {
        Options {
            dataset,
            input,
            output,
            explain: Explain::None,
            order: Order::Input,
            on_error: OnError::Continue,
            limits: Limits::default(),
            progress: Arc::new(Progress::default()),
            chosen_by: None,
        }
    }
}

/// How far a stream has come; another thread may look at it and stop the stream.
#[derive(Debug, Default)]
pub struct Progress {
    bytes: AtomicU64,
    grouped: AtomicU64,
    invalid: AtomicU64,
    rejected: AtomicU64,
    stopped: AtomicBool,
    committed: AtomicBool,
    tally: Mutex<Tally>,
}

impl Progress {
    /// Bytes of the input, unpacked, that were read.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Records that were answered with that status.
    pub fn count(&self, status: Status) -> u64 {
        self.of(status).load(Ordering::Relaxed)
    }

    /// What came out, by method and message.
    pub fn tally(&self) -> Tally {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn counted(&self, tally: &Tally) {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).extend(tally);
    }

    /// Records that were answered.
    pub fn records(&self) -> u64 {
        [Status::Grouped, Status::Invalid, Status::Rejected].into_iter().map(|status| self.count(status)).sum()
    }

    /// Ends the stream at the next occasion, without summary.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Whoever reads the output has been told that it is coming: a fault is said in it, even where nothing was written yet.
    pub fn commit(&self) {
        self.committed.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_committed(&self) -> bool {
        self.committed.load(Ordering::Relaxed)
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    pub(super) fn read(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn answered(&self, status: Status, records: u64) {
        self.of(status).fetch_add(records, Ordering::Relaxed);
    }

    fn of(&self, status: Status) -> &AtomicU64 {
        match status {
            Status::Grouped => &self.grouped,
            Status::Invalid => &self.invalid,
            Status::Rejected => &self.rejected,
        }
    }
}
