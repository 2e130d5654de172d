//! The limits of the interface, in one place. Source: the service interface, limits.

use serde::{Deserialize, Serialize};

/// Releases that one spell is compared under, least and most.
pub const COMPARED: (usize, usize) = (2, 6);
/// Rows of a difference between releases, where the caller does not say.
pub const DIFF_ROWS: usize = 1_000;
/// Bytes of the JSON body of an operator's request.
pub const ADMIN_BYTES: usize = 4 * 1024;
/// The largest window of a zstd stream, as a power of two: 8 MiB, which every level but the ultra ones keeps to.
pub const ZSTD_WINDOW_LOG: u32 = 23;
/// Bytes of a packed stream that may come without anything in them. A block of either packing holds far less.
pub const BARREN_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of a record definition in a request, as JSON.
pub const DEFINITION_BYTES: usize = 1024 * 1024;
/// Values of a file to check, of which each row counts as [`crate::files::input::ROW`] more: it is held with the places of
/// all.
pub const CHECK_VALUES: usize = 8_000_000;
/// Seconds that a known client's burst takes to fill again, where nobody says otherwise: 200 at 50 a second.
const RATE: (u32, u32) = (50, 200);

/// The limits that can be configured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Bytes of a single request's body.
    pub single_bytes: usize,
    /// Bytes of a batch's body that is not streamed, as sent and unpacked, or of a file to check.
    pub batch_bytes: usize,
    /// Spells in a batch that is not streamed.
    pub batch_spells: usize,
    /// Spells in a batch that asks for traces, which are many times larger than answers.
    pub batch_spells_explained: usize,
    /// Bytes of a job's file as sent.
    pub job_bytes: u64,
    /// Bytes of a job's file unpacked.
    pub job_unpacked_bytes: u64,
    /// Lines of a job's file.
    pub job_lines: u64,
    /// Jobs of one client that may wait or run.
    pub jobs_waiting: usize,
    /// Jobs of one client that are kept.
    pub jobs_kept: usize,
    /// Files of jobs that may be on their way in.
    pub job_uploads: usize,
    /// How long a job's file may send nothing, in seconds.
    pub job_stall_seconds: u64,
    /// How long a request may take, in seconds.
    pub seconds: u64,
    /// How long an upload's body may take to arrive, in seconds.
    pub upload_seconds: u64,
    /// Streamed batches that run at once.
    pub streams: usize,
    /// How long an answer of a stream may wait for its first result before it begins without one, in seconds.
    pub stream_head_seconds: u64,
    /// How long a stream may bring nothing, in seconds.
    pub stream_idle_seconds: u64,
    /// How long whoever reads an answer may take nothing, in seconds.
    pub stream_stall_seconds: u64,
    /// Requests that are worked on at once; the next ones are refused, and do not wait.
    pub requests: usize,
    /// Batches, checks, comparisons, look-ups and long singles that are computed at once; the next ones wait a moment
    /// and are refused. Without it as many as there are processors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work: Option<usize>,
    /// Connections that are served at once; on further ones only health is answered.
    pub connections: usize,
    /// How long the head of a request may take to arrive, in seconds.
    pub header_seconds: u64,
    /// How long a connection may stay without a request, in seconds.
    pub idle_seconds: u64,
    /// How long running requests may take to end once the service is told to stop, in seconds.
    pub drain_seconds: u64,
    /// How long, of that time, requests are still taken while the service says that it is not ready, in milliseconds.
    pub notice_milliseconds: u64,
    /// Requests a second of each client; 0 for no limit. Without it 50 where callers are known, and no limit elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_per_second: Option<u32>,
    /// Requests that a client may make at once.
    pub rate_burst: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        let jobs = crate::jobs::Settings::default();
        Limits {
            single_bytes: 256 * 1024,
            batch_bytes: 16 * 1024 * 1024,
            batch_spells: 10_000,
            batch_spells_explained: 500,
            job_bytes: jobs.sent_bytes,
            job_unpacked_bytes: jobs.unpacked_bytes,
            job_lines: jobs.lines,
            jobs_waiting: jobs.waiting,
            jobs_kept: jobs.kept,
            job_uploads: jobs.uploads,
            job_stall_seconds: 30,
            seconds: 20,
            upload_seconds: 120,
            streams: 32,
            stream_head_seconds: 5,
            stream_idle_seconds: 30,
            stream_stall_seconds: 60,
            requests: 512,
            work: None,
            connections: 2048,
            header_seconds: 10,
            idle_seconds: 60,
            drain_seconds: 6,
            notice_milliseconds: 500,
            rate_per_second: None,
            rate_burst: RATE.1,
        }
    }
}

impl Limits {
    /// Requests a second and at once that each client may make; none where there is no such limit.
    pub fn rate(&self, callers_are_known: bool) -> Option<(u32, u32)> {
        let rate = self.rate_per_second.or(callers_are_known.then_some(RATE.0));
        rate.filter(|rate| *rate > 0).map(|rate| (rate, self.rate_burst))
    }

    /// How many that take long are computed at once.
    pub fn work(&self) -> usize {
        self.work.unwrap_or_else(super::work::places)
    }

    /// What is wrong with values that are sound in themselves.
    pub fn fault(&self) -> Option<String> {
        let at_least_one = [
            ("single_bytes", self.single_bytes as u64),
            ("batch_bytes", self.batch_bytes as u64),
            ("batch_spells", self.batch_spells as u64),
            ("batch_spells_explained", self.batch_spells_explained as u64),
            ("job_bytes", self.job_bytes),
            ("job_unpacked_bytes", self.job_unpacked_bytes),
            ("job_lines", self.job_lines),
            ("jobs_waiting", self.jobs_waiting as u64),
            ("jobs_kept", self.jobs_kept as u64),
            ("job_uploads", self.job_uploads as u64),
            ("job_stall_seconds", self.job_stall_seconds),
            ("seconds", self.seconds),
            ("upload_seconds", self.upload_seconds),
            ("streams", self.streams as u64),
            ("stream_head_seconds", self.stream_head_seconds),
            ("stream_idle_seconds", self.stream_idle_seconds),
            ("stream_stall_seconds", self.stream_stall_seconds),
            ("requests", self.requests as u64),
            ("work", self.work() as u64),
            ("connections", self.connections as u64),
            ("header_seconds", self.header_seconds),
            ("idle_seconds", self.idle_seconds),
            ("rate_burst", self.rate_burst.into()),
        ];
        let zero = at_least_one.iter().find(|(_, value)| *value == 0);
        let most = u64::from(u32::MAX);
        let large = at_least_one.iter().find(|(name, value)| name.ends_with("seconds") && *value > most);
        zero.map(|(name, _)| format!("limits.{name}: it is more than 0"))
            .or_else(|| large.map(|(name, _)| format!("limits.{name}: it is at most {most}")))
    }
}
