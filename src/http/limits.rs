//! The limits of the interface, in one place. Source: the service interface, limits.

/// Bytes of a single request's body.
pub const SINGLE_BYTES: usize = 256 * 1024;
/// Bytes of a batch's body that is not streamed.
pub const BATCH_BYTES: usize = 16 * 1024 * 1024;
/// Spells in a batch that is not streamed.
pub const BATCH_SPELLS: usize = 10_000;
/// Spells in a batch that asks for traces, which are many times larger than answers.
pub const BATCH_SPELLS_EXPLAINED: usize = 500;
/// Releases that one spell is compared under, least and most.
pub const COMPARED: (usize, usize) = (2, 6);
/// Rows of a difference between releases, where the caller does not say.
pub const DIFF_ROWS: usize = 1_000;
/// How long running requests may take to end once the service is told to stop, in seconds.
pub const DRAIN_SECONDS: u64 = 10;
/// How long a request may take, in seconds.
pub const SECONDS: u64 = 20;
/// How long an upload's body may take to arrive, in seconds.
pub const UPLOAD_SECONDS: u64 = 120;
/// Bytes of a job's file as sent.
pub const JOB_BYTES: u64 = crate::jobs::SENT_BYTES;
/// How long a job's file may send nothing, in seconds.
pub const STALL_SECONDS: u64 = 30;
/// Bytes of the JSON body of an operator's request.
pub const ADMIN_BYTES: usize = 4 * 1024;
/// Streamed batches that run at once.
pub const STREAMS: usize = 32;
/// How long an answer of a stream may wait for its first result before it begins without one, in seconds.
pub const STREAM_HEAD_SECONDS: u64 = 5;
/// How long a stream may bring nothing, in seconds.
pub const STREAM_IDLE_SECONDS: u64 = 30;
/// How long whoever reads an answer may take nothing, in seconds.
pub const STREAM_STALL_SECONDS: u64 = 60;
/// The largest window of a zstd stream, as a power of two: 8 MiB, which every level but the ultra ones keeps to.
pub const ZSTD_WINDOW_LOG: u32 = 23;
