//! Why something cannot be done with jobs.

use super::store::StoreError;
use thiserror::Error;

/// Why something cannot be done with jobs.
#[derive(Debug, Error)]
pub enum JobError {
    /// The file is larger than may be sent.
    #[error("the file is too large")]
    TooLarge,
    /// Too many of this client's jobs wait or are kept.
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
    /// The master key.
    #[error("the master key: {0}")]
    Master(std::io::Error),
}
