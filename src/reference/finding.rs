//! What is wrong with a release: all of it at once, each with its file and row.

use serde::Serialize;
use std::fmt;
use utoipa::ToSchema;

/// How bad a finding is. One error refuses the release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The release cannot be used.
    Error,
    /// The release can be used; somebody should look.
    Warning,
}

/// One fault of a release.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct Finding {
    /// Stable, for programs: `split-gap`.
    pub code: &'static str,
    /// Whether it refuses the release.
    pub severity: Severity,
    /// The file in the release's folder.
    pub file: String,
    /// The line in the file, the header being 1; none where the fault is of the whole file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<u32>,
    /// One sentence.
    pub message: String,
}

impl Finding {
    /// An error about a file or one of its rows.
    pub fn error(code: &'static str, file: impl Into<String>, row: Option<u32>, message: impl Into<String>) -> Finding {
        Finding { code, severity: Severity::Error, file: file.into(), row, message: message.into() }
    }

    /// A warning about a file or one of its rows.
    pub fn warning(
        code: &'static str,
        file: impl Into<String>,
        row: Option<u32>,
        message: impl Into<String>,
    ) -> Finding {
        Finding { code, severity: Severity::Warning, file: file.into(), row, message: message.into() }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.severity, self.code, self.file)?;
        if let Some(row) = self.row {
            write!(f, ":{row}")?;
        }
        write!(f, ": {}", self.message)
    }
}
