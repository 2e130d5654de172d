//! Refusals of the admin interface as error answers. What they name are files and rows of reference data, which hold
//! nothing of any patient.

use super::error::{ApiError, Fault};
use crate::bundle::stock::Refusal;
use crate::reference::Finding;
use axum::http::StatusCode;

/// The most findings that an answer repeats.
const MAX_FINDINGS: usize = 1000;

/// A refusal of the admin interface.
#[derive(Clone, Debug)]
pub struct AdminRefusal {
    /// The HTTP status.
    pub status: StatusCode,
    /// Stable, for programs.
    pub code: &'static str,
    /// The kind in words.
    pub title: &'static str,
    /// This refusal in one sentence.
    pub detail: String,
    /// Every fault found; the pointer is the file.
    pub errors: Vec<Fault>,
}

/// Every code of the admin interface beside those of the public one, for its document.
pub const ADMIN_CODES: [&str; 11] = [
    "no-state-dir",
    "archive-refused",
    "release-refused",
    "signature-refused",
    "unknown-digest",
    "nothing-to-roll-back",
    "release-active",
    "not-uploaded",
    "too-many-releases",
    "state-unwritable",
    "browser-refused",
];

impl AdminRefusal {
    /// A request that a page in a browser made.
    pub fn browser() -> ApiError {
        let detail = "this interface is for operators' programs, so it takes no request that bears the header Origin";
        refuse(StatusCode::FORBIDDEN, "browser-refused", "Browsers are refused", detail.to_owned(), &[])
    }

    /// A body that announces itself as something else than an archive.
    pub fn not_an_archive() -> ApiError {
        let detail = "send a .zip as application/zip or a .tar.gz as application/gzip".to_owned();
        let (status, code) = (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type");
        refuse(status, code, "The content type is not one of an archive", detail, &[])
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> ApiError {
        use StatusCode as S;
        let words = refusal.to_string();
        let findings = match &refusal {
            Refusal::Archive(finding) | Refusal::Signature(finding) => std::slice::from_ref(finding),
            Refusal::Release(findings) => findings.as_slice(),
            Refusal::State(fault) => {
                tracing::error!(%fault, "the state folder cannot be written");
                &[]
            }
            _ => &[],
        };
        let (status, code, title) = match &refusal {
            Refusal::UnknownReference => return ApiError::UnknownReference,
            Refusal::NoStateDir => (S::CONFLICT, "no-state-dir", "There is no state folder"),
            Refusal::Archive(_) => (S::UNPROCESSABLE_ENTITY, "archive-refused", "The archive was refused"),
            Refusal::Release(_) => (S::UNPROCESSABLE_ENTITY, "release-refused", "The release was refused"),
            Refusal::Signature(_) => (S::UNPROCESSABLE_ENTITY, "signature-refused", "The signature was refused"),
            Refusal::UnknownDigest => (S::NOT_FOUND, "unknown-digest", "No such digest"),
            Refusal::NothingToRollBack => (S::CONFLICT, "nothing-to-roll-back", "There is nothing to roll back to"),
            Refusal::Active => (S::CONFLICT, "release-active", "The release is active"),
            Refusal::NotUploaded => (S::CONFLICT, "not-uploaded", "The release was not uploaded"),
            Refusal::Full => (S::CONFLICT, "too-many-releases", "Too many releases are kept"),
            Refusal::State(_) => (S::SERVICE_UNAVAILABLE, "state-unwritable", "The state folder cannot be written"),
        };
        let detail = match findings {
            [] => words,
            [only] if only.file.is_empty() => format!("{words}: {}", only.message),
            [only] => format!("{words}: {}: {}", only.file, fault(only).message),
            findings if findings.len() > MAX_FINDINGS => {
                format!("{words} with {} findings, of which {MAX_FINDINGS} are listed", findings.len())
            }
            findings => format!("{words} with {} findings", findings.len()),
        };
        refuse(status, code, title, detail, findings)
    }
}

fn refuse(
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: String,
    findings: &[Finding],
) -> ApiError {
    let errors = findings.iter().take(MAX_FINDINGS).map(fault).collect();
    ApiError::Admin(Box::new(AdminRefusal { status, code, title, detail, errors }))
}

fn fault(finding: &Finding) -> Fault {
    let row = finding.row.map(|row| format!("row {row}: ")).unwrap_or_default();
    Fault { pointer: finding.file.clone(), code: finding.code, message: format!("{row}{}", finding.message) }
}
