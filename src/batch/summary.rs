//! What became of the records of a stream, and why a stream ends before its end.

use serde::Serialize;
use std::io;
use thiserror::Error;
use utoipa::ToSchema;

/// What became of one item of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = RecordStatus)]
pub enum Status {
    /// It has an HRG.
    Grouped,
    /// Its data are invalid for grouping: UZ01Z.
    Invalid,
    /// It could not be read.
    Rejected,
}

impl Status {
    /// The word of an answer.
    pub fn word(self) -> &'static str {
        match self {
            Status::Grouped => "grouped",
            Status::Invalid => "invalid",
            Status::Rejected => "rejected",
        }
    }
}

/// Counts over a batch. An answer without it is not complete.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = BatchSummary)]
pub struct Summary {
    /// Spells or records read.
    pub read: u64,
    /// Those with an HRG.
    pub grouped: u64,
    /// Those that are UZ01Z.
    pub invalid: u64,
    /// Those that could not be read.
    pub rejected: u64,
    /// Id of the release.
    pub reference: String,
    /// Digest of the release.
    pub digest: String,
    /// `auto` where the service chose the release.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chosen_by: Option<&'static str>,
    /// Records of a spell, or of a critical care identifier, that had come before and ended: they were grouped apart.
    #[serde(skip_serializing_if = "is_none")]
    pub apart: u64,
    /// Set where the stream had more spells than are remembered: after that many, a spell that came again may not have
    /// been noticed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remembered: Option<u64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_none(count: &u64) -> bool {
    *count == 0
}

/// Why a stream ended before its end. It says nothing of what was sent.
#[derive(Debug, Error)]
pub enum BatchError {
    /// The JSON is no array, or not a whole one.
    #[error("{0}")]
    Malformed(String),
    /// The columns do not make records of the dataset.
    #[error("{0}")]
    Columns(String),
    /// The input cannot be read to its end: it was cut off, or is not packed as it says.
    #[error("the input cannot be read to its end")]
    Input(#[source] io::Error),
    /// Nothing came for too long.
    #[error("nothing came for too long")]
    Idle,
    /// A line, or the number of records, is beyond all bounds.
    #[error("{0}")]
    TooLarge(String),
    /// The output cannot be written: whoever asked has gone away, or the disk is full.
    #[error("the output cannot be written")]
    Output(#[source] io::Error),
    /// Records cannot be put aside for sorting.
    #[error("the records cannot be put aside for sorting")]
    Spill(#[source] io::Error),
    /// The record of that line could not be read, and the stream was to end there.
    #[error("line {0} was rejected, and the batch was to stop at the first that is")]
    Rejected(u64),
    /// It was told to stop.
    #[error("the work was stopped")]
    Stopped,
    /// The service stops before the input has ended.
    #[error("the service stops")]
    Stopping,
}

/// What stands in place of the summary where a stream broke off.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = BatchBroken)]
pub struct Broken {
    /// Stable, for programs.
    #[schema(example = "record-rejected")]
    pub code: &'static str,
    /// One sentence.
    pub message: String,
}

impl From<&BatchError> for Broken {
    fn from(fault: &BatchError) -> Broken {
        Broken { code: fault.code(), message: fault.to_string() }
    }
}

impl BatchError {
    /// Stable, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            BatchError::Malformed(_) => "malformed-json",
            BatchError::Columns(_) => "wrong-columns",
            BatchError::Input(_) => "input-unreadable",
            BatchError::Idle => "timeout",
            BatchError::TooLarge(_) => "too-large",
            BatchError::Output(_) => "output-unwritable",
            BatchError::Spill(_) => "sort-failed",
            BatchError::Rejected(_) => "record-rejected",
            BatchError::Stopped => "stopped",
            BatchError::Stopping => "stopping",
        }
    }

    /// What a fault of reading means.
    pub(super) fn reading(fault: io::Error) -> BatchError {
        match fault.kind() {
            io::ErrorKind::TimedOut => BatchError::Idle,
            io::ErrorKind::ConnectionAborted => BatchError::Stopping,
            _ => BatchError::Input(fault),
        }
    }
}
