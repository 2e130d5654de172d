//! What is kept of a job, and in which states it may be. Nothing here is from the file that was sent.

use crate::reference::Dataset;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Groups every record.
    Group,
    /// Groups every spell with several releases; admitted patient care only.
    Compare,
    /// Looks at the file without grouping it.
    Check,
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It waits for its turn.
    Queued,
    /// It runs.
    Running,
    /// The service stopped in the middle. It begins anew when the service is back, unless that happened too often; then
    /// `failure` says so.
    Interrupted,
    /// Its results are there, whole.
    Finished,
    /// It could not be done; `failure` says why.
    Failed,
    /// Its time is over: its files and their key are erased.
    Expired,
}

impl State {
    /// Every state.
    pub const ALL: [State; 6] =
        [State::Queued, State::Running, State::Interrupted, State::Finished, State::Failed, State::Expired];

    /// Its name, as in an answer.
    pub fn name(self) -> &'static str {
        match self {
            State::Queued => "queued",
            State::Running => "running",
            State::Interrupted => "interrupted",
            State::Finished => "finished",
            State::Failed => "failed",
            State::Expired => "expired",
        }
    }
}

/// A form in which a result can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A line of JSON for each record, and a summary.
    Ndjson,
    /// A line of values for each record.
    Csv,
    /// The files of the official program.
    Zip,
}

impl Format {
    /// All of them, the one first that is given where none is asked for.
    pub const ALL: [Format; 3] = [Format::Ndjson, Format::Csv, Format::Zip];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Format::Ndjson => "ndjson",
            Format::Csv => "csv",
            Format::Zip => "zip",
        }
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Ndjson => "application/x-ndjson",
            Format::Csv => "text/csv",
            Format::Zip => "application/zip",
        }
    }
}

/// How the file was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sent {
    /// Comma-separated values.
    Csv,
    /// A JSON object a line.
    Ndjson,
    /// An array of JSON objects.
    Json,
}

/// How the file was packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Packed {
    /// Not at all.
    Plain,
    /// gzip.
    Gzip,
    /// Zstandard.
    Zstd,
}

/// A release by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReleaseName {
    /// Its id.
    #[schema(example = "2024-25.payment")]
    pub id: String,
    /// Its digest.
    pub digest: String,
}

impl ReleaseName {
    /// The name that means this content and no other.
    pub fn pinned(&self) -> String {
        format!("{}@{}", self.id, self.digest)
    }
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// What kind of job.
    pub kind: Kind,
    /// The dataset.
    pub dataset: Dataset,
    /// The release, or those that are compared.
    pub references: Vec<ReleaseName>,
    /// How the file was sent.
    pub sent: Sent,
    /// How it was packed.
    pub packed: Packed,
    /// Whether a file with a definition begins with a header line.
    pub header: bool,
    /// Whether a record definition came with it; it is sealed beside the input.
    pub definition: bool,
    /// Whether records are sorted before they are grouped.
    pub sort: bool,
}

/// Counts over the file of a finished job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Counts {
    /// Records read; spells where spells are compared.
    pub read: u64,
    /// Those with an HRG.
    pub grouped: u64,
    /// Those that are UZ01Z.
    pub invalid: u64,
    /// Those that could not be read.
    pub rejected: u64,
    /// Spells that do not get the same HRGs from all releases; where releases are compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed: Option<u64>,
}

/// A result that is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Kept {
    /// Its form.
    pub format: Format,
    /// Its length.
    pub bytes: u64,
}

/// Why a job came to no result. Nothing in it is from the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Failure {
    /// Stable, for programs.
    #[schema(example = "unreadable-data")]
    pub code: String,
    /// One sentence.
    pub detail: String,
}

impl Failure {
    /// A failure with that code.
    pub fn new(code: &str, detail: impl ToString) -> Failure {
        Failure { code: code.to_owned(), detail: detail.to_string() }
    }

    /// The disk did not take or give what it should.
    pub fn disk() -> Failure {
        Failure::new("job-store-unwritable", "its files could not be read or written here; send it again")
    }

    /// Something broke.
    pub fn internal() -> Failure {
        Failure::new("internal", "something broke here; send it again")
    }

    /// The service ended in the middle of it too often.
    pub fn interrupted() -> Failure {
        Failure::new("interrupted-too-often", "the service ended in the middle of it too often; send it again")
    }

    /// The release it was for is gone.
    pub fn reference() -> Failure {
        Failure::new("reference-gone", "the release it was for is no longer loaded; send it again")
    }

    /// Whether the fault is on this side, so that the same request may be sent again.
    pub fn is_ours(&self) -> bool {
        [Failure::disk(), Failure::internal(), Failure::interrupted(), Failure::reference()].contains(self)
    }
}

/// How a job ends without a result. It is written down before the job's files are erased, and told once they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// It could not be done.
    Failed(Failure),
    /// It was interrupted too often.
    Interrupted(Failure),
    /// Its time is over.
    Expired,
    /// Its client deleted it.
    Deleted,
}

/// What the store keeps of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its id, which is hard to guess.
    pub id: String,
    /// Whose it is. Until callers are authenticated all are the same.
    pub client: String,
    /// What is to be done.
    pub order: Order,
    /// Where it stands.
    pub state: State,
    /// Bytes that were sent.
    pub sent_bytes: u64,
    /// When it came.
    pub created: Timestamp,
    /// When it last began to run.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// When it is erased.
    pub expires: Timestamp,
    /// How often it began to run and was not heard of again.
    pub attempts: u32,
    /// Counts, once it is finished.
    pub counts: Option<Counts>,
    /// Results, once it is finished.
    pub results: Vec<Kept>,
    /// Why it came to no result.
    pub failure: Option<Failure>,
    /// How it ends, while its files are being erased.
    pub ending: Option<Ending>,
    /// The digest of its idempotency key.
    pub key: Option<String>,
    /// The digest of the request.
    pub request: String,
}

impl Record {
    /// Whether nothing more will come of it by itself.
    pub fn is_final(&self) -> bool {
        match self.state {
            State::Finished | State::Failed | State::Expired => true,
            State::Interrupted => self.failure.is_some(),
            State::Queued | State::Running => false,
        }
    }

    /// It ended without a result, and its files are erased.
    pub(super) fn settle(&mut self, ending: Ending, expires: Timestamp) {
        self.ending = None;
        let (state, failure) = match ending {
            Ending::Failed(failure) => (State::Failed, Some(failure)),
            Ending::Interrupted(failure) => (State::Interrupted, Some(failure)),
            Ending::Expired | Ending::Deleted => (State::Expired, None),
        };
        if state == State::Expired || failure.as_ref().is_some_and(Failure::is_ours) {
            self.key = None;
        }
        if state != State::Expired {
            (self.ended, self.expires) = (Some(Timestamp::now()), expires);
        }
        (self.state, self.failure, self.counts) = (state, failure, None);
        self.results.clear();
    }
}
