//! Refusals of jobs as error answers.

use super::error::ApiError;
use crate::jobs::JobError;
use axum::http::StatusCode;

/// A refusal of the interface of jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobRefusal {
    /// The service has no folder for them.
    NotConfigured,
    /// Their folder cannot be read or written.
    Unwritable,
    /// The service stops.
    Stopping,
    /// There is no such job, or it is another's.
    Unknown,
    /// It has not ended.
    NotFinished,
    /// It failed.
    Failed,
    /// Its time is over.
    Expired,
    /// It has no result in the form asked for.
    NotAcceptable,
    /// It has no such bytes; how many it has.
    Range(u64),
    /// The idempotency key is no key.
    BadKey,
    /// Another request with the key is on its way in.
    InFlight,
    /// The key was used for another request.
    OtherRequest,
    /// Too many jobs of this caller wait or are kept.
    TooMany,
    /// Too many files are on their way in.
    Busy,
}

/// Every code of these, for the interface's document.
pub const JOB_CODES: [&str; 14] = [
    "jobs-not-configured",
    "job-store-unwritable",
    "stopping",
    "unknown-job",
    "job-not-finished",
    "job-failed",
    "job-expired",
    "not-acceptable",
    "range-not-satisfiable",
    "bad-idempotency-key",
    "idempotency-in-flight",
    "idempotency-mismatch",
    "too-many-jobs",
    "too-many-uploads",
];

impl JobRefusal {
    /// Status, code and the kind in words.
    pub fn parts(self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            JobRefusal::NotConfigured => (S::NOT_IMPLEMENTED, "jobs-not-configured", "This service takes no jobs"),
            JobRefusal::Unwritable => (S::SERVICE_UNAVAILABLE, "job-store-unwritable", "Jobs cannot be kept"),
            JobRefusal::Stopping => (S::SERVICE_UNAVAILABLE, "stopping", "The service stops"),
            JobRefusal::Unknown => (S::NOT_FOUND, "unknown-job", "No such job"),
            JobRefusal::NotFinished => (S::CONFLICT, "job-not-finished", "The job has not ended"),
            JobRefusal::Failed => (S::CONFLICT, "job-failed", "The job failed"),
            JobRefusal::Expired => (S::GONE, "job-expired", "The job's time is over"),
            JobRefusal::NotAcceptable => (S::NOT_ACCEPTABLE, "not-acceptable", "No result of that form"),
            JobRefusal::Range(_) => (S::RANGE_NOT_SATISFIABLE, "range-not-satisfiable", "No such bytes"),
            JobRefusal::BadKey => (S::UNPROCESSABLE_ENTITY, "bad-idempotency-key", "The idempotency key is no key"),
            JobRefusal::InFlight => (S::CONFLICT, "idempotency-in-flight", "A request with that key is on its way"),
            JobRefusal::OtherRequest => {
                (S::UNPROCESSABLE_ENTITY, "idempotency-mismatch", "The key was used for another request")
            }
            JobRefusal::TooMany => (S::TOO_MANY_REQUESTS, "too-many-jobs", "Too many jobs"),
            JobRefusal::Busy => (S::SERVICE_UNAVAILABLE, "too-many-uploads", "Too many files are on their way in"),
        }
    }

    /// The refusal in one sentence.
    pub fn detail(self) -> &'static str {
        match self {
            JobRefusal::NotConfigured => "jobs are kept on disk, and the service was started without --state-dir",
            JobRefusal::Unwritable => "the folder of jobs cannot be read or written; the log says why",
            JobRefusal::Stopping => "send it again once the service is back",
            JobRefusal::Unknown => "no job has that id, or it was deleted",
            JobRefusal::NotFinished => "results are there once the state is finished; see /events",
            JobRefusal::Failed => "it has no result and gets none; the job says why under failure",
            JobRefusal::Expired => "its files and their key are erased; send it again",
            JobRefusal::NotAcceptable => {
                "the job lists under results what there is; ask for one by Accept, or by format as ndjson, csv or zip"
            }
            JobRefusal::Range(_) => "Content-Range says how many bytes the result has",
            JobRefusal::BadKey => "a key is 1 to 255 visible ASCII characters",
            JobRefusal::InFlight => "wait for that request's answer, or for its end",
            JobRefusal::OtherRequest => "a key stands for one query and one body; make another key for another request",
            JobRefusal::TooMany => "wait until some have ended, or delete some",
            JobRefusal::Busy => "wait a moment",
        }
    }

    /// After how many seconds it is worth trying again.
    pub fn retry_after(self) -> Option<&'static str> {
        match self {
            JobRefusal::NotFinished | JobRefusal::InFlight => Some("1"),
            JobRefusal::Busy | JobRefusal::Stopping => Some("5"),
            JobRefusal::Unwritable | JobRefusal::TooMany => Some("60"),
            _ => None,
        }
    }
}

impl From<JobRefusal> for ApiError {
    fn from(refusal: JobRefusal) -> ApiError {
        ApiError::Job(refusal)
    }
}

impl From<JobError> for ApiError {
    fn from(fault: JobError) -> ApiError {
        ApiError::Job(match fault {
            JobError::TooLarge => return too_large(None),
            JobError::TooMany => JobRefusal::TooMany,
            JobError::Busy => JobRefusal::Busy,
            JobError::InFlight => JobRefusal::InFlight,
            JobError::OtherRequest => JobRefusal::OtherRequest,
            JobError::Stopping => JobRefusal::Stopping,
            JobError::Store(_) | JobError::Disk(_) | JobError::Master(_) => {
                tracing::error!(%fault, "the folder of jobs cannot be read or written");
                JobRefusal::Unwritable
            }
        })
    }
}

/// A file that is larger than may be sent.
pub fn too_large(most: Option<u64>) -> ApiError {
    let most = most.map_or_else(|| "fewer".to_owned(), |most| most.to_string());
    ApiError::TooLarge(format!(
        "a job's file may have {most} bytes as sent; pack it with gzip or zstd, or cut it in parts"
    ))
}
