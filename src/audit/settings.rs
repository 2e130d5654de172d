//! What the configuration says of the book.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The section `audit`. Without a file there is no book.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuditSettings {
    /// The file that lines are added to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// A file with 32 bytes as base64: the key of the hashes. Without it the key is made at each start, and hashes can be
    /// compared within one run only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_file: Option<PathBuf>,
    /// Lines that may wait.
    pub queue: usize,
    /// What happens where no more can wait.
    pub when_full: WhenFull,
}

/// What happens to a decision that the book has no room for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WhenFull {
    /// It is answered, and its line is lost: counted, and said in the log.
    #[default]
    Drop,
    /// It is refused with 503: no answer without its line.
    Refuse,
}

impl Default for AuditSettings {
    fn default() -> AuditSettings {
        AuditSettings { file: None, key_file: None, queue: 8192, when_full: WhenFull::Drop }
    }
}

impl AuditSettings {
    /// What is wrong with it.
    pub fn fault(&self) -> Option<String> {
        if !(1..=1_000_000).contains(&self.queue) {
            return Some("audit.queue: 1 to 1000000".to_owned());
        }
        (self.file.is_none() && self.key_file.is_some())
            .then(|| "audit.key_file is of no use without audit.file".to_owned())
    }
}
