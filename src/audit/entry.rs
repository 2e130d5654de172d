//! One line of the book.

use super::seal::Sealed;
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use std::sync::Arc;
use uuid::Uuid;

/// One decision: what was asked of which release, and what was answered, as hashes.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// When it was answered.
    pub time: Timestamp,
    /// The decision, as the answer names it (`HRG-Decision-ID`).
    pub decision: Uuid,
    /// The request, as the answer and the log name it.
    pub request: Uuid,
    /// Who asked, where callers are known.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "text")]
    pub client: Option<Arc<str>>,
    /// The route.
    pub route: String,
    /// Id of the release, and the digest of its content.
    pub reference: String,
    /// Digest of the release.
    pub digest: String,
    /// The status of the answer.
    pub status: u16,
    /// The body that was sent; none of a stream, which is not kept.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "sealed")]
    pub sent: Option<Sealed>,
    /// The body of the answer; none of a stream.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "sealed")]
    pub answered: Option<Sealed>,
    /// The version of the program.
    pub engine: &'static str,
}

#[expect(clippy::ref_option, reason = "serde hands over a reference")]
fn sealed<S: Serializer>(sealed: &Option<Sealed>, serializer: S) -> Result<S::Ok, S::Error> {
    match sealed {
        Some(sealed) => serializer.collect_str(sealed),
        None => serializer.serialize_none(),
    }
}

#[expect(clippy::ref_option, reason = "serde hands over a reference")]
fn text<S: Serializer>(text: &Option<Arc<str>>, serializer: S) -> Result<S::Ok, S::Error> {
    match text {
        Some(text) => serializer.serialize_str(text),
        None => serializer.serialize_none(),
    }
}
