//! The bounds of jobs. Source: the service interface, limits.

use jiff::SignedDuration;
use std::path::PathBuf;

/// Bytes of a file as sent.
pub const SENT_BYTES: u64 = 512 * 1024 * 1024;

/// The bounds of jobs.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How many run at a time.
    pub running: usize,
    /// How many of one client may wait or run.
    pub waiting: usize,
    /// How many of one client are kept.
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
    /// Bytes of memory that sorting for the official files may use.
    pub sort_bytes: u64,
    /// A file with the key that jobs' keys are sealed with.
    pub master: Option<PathBuf>,
}

impl Default for Settings {
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
            sort_bytes: 64 * 1024 * 1024,
            master: None,
        }
    }
}
