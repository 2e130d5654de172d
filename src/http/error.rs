//! Errors of a request: one enum, one status match, one shape (`application/problem+json`, RFC 9457) with a stable `code`.
//!
//! Bad patient data never comes here: it is a result. An error never repeats what was sent, since it may be about a
//! patient; codes and names of the interface are all that it names.

use super::access_refusal::AccessRefusal;
use super::job_refusal::JobRefusal;
use super::refusal::AdminRefusal;
pub use crate::record::fault::Fault;
use crate::reference::lookup::Fault as LookUpFault;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// An error answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// A name for the kind of problem, as a URI.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// This problem in one sentence.
    pub detail: String,
    /// The path that was asked.
    pub instance: String,
    /// Stable, for programs.
    #[schema(example = "unknown-reference")]
    pub code: &'static str,
    /// The request's id, also in the header `X-Request-ID` and in the log.
    pub request_id: String,
    /// Every fault found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Fault>,
}

/// Why a request was refused.
#[derive(Clone, Debug)]
pub enum ApiError {
    /// The body is no JSON.
    Malformed(String),
    /// The body is JSON, but not of the form asked for.
    Invalid(Vec<Fault>),
    /// A query parameter is missing or wrong.
    Query(String),
    /// No release has that id.
    UnknownReference,
    /// The release does not serve the grouping logic.
    DatasetNotServed(String),
    /// No release of the purpose covers the discharge date.
    NoReleaseForDate(String),
    /// Codes are of `icd10` or `opcs4`, and of nothing else.
    UnknownClassification,
    /// What was looked up is not in the release.
    LookUp(LookUpFault),
    /// There is no such path.
    NotFound,
    /// The path has no such method.
    MethodNotAllowed,
    /// The body took too long to arrive, or the answer to make.
    Timeout,
    /// The body is larger than the limit in bytes, or holds more spells than the limit.
    TooLarge(String),
    /// The content type is not `application/json`.
    UnsupportedMediaType,
    /// The body is packed in a way that is not known here.
    UnsupportedEncoding,
    /// The answer has none of the forms asked for.
    NotAcceptable,
    /// The body cannot be read to its end.
    Unreadable,
    /// As many streams run as may.
    Busy,
    /// A refusal of the admin interface.
    Admin(Box<AdminRefusal>),
    /// A refusal of jobs.
    Job(JobRefusal),
    /// A refusal of a caller.
    Access(AccessRefusal),
    /// Any other refusal of the server library, by its status.
    Other(StatusCode),
    /// Something broke here.
    Internal,
}

/// Every code an error can bear, for the interface's document.
pub const CODES: [&str; 24] = [
    "malformed-json",
    "invalid-body",
    "invalid-query",
    "unknown-reference",
    "dataset-not-served",
    "no-release-for-date",
    "unknown-classification",
    "unknown-code",
    "unknown-hrg",
    "unknown-list",
    "ambiguous-list",
    "unknown-row",
    "invalid-cursor",
    "not-found",
    "method-not-allowed",
    "timeout",
    "too-large",
    "unsupported-media-type",
    "unsupported-encoding",
    "not-acceptable",
    "input-unreadable",
    "busy",
    "refused",
    "internal",
];

impl ApiError {
    /// The refusal that stands for a bare status of the server library.
    pub fn of_status(status: StatusCode) -> ApiError {
        match status {
            StatusCode::NOT_FOUND => ApiError::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => ApiError::MethodNotAllowed,
            StatusCode::REQUEST_TIMEOUT => ApiError::Timeout,
            StatusCode::PAYLOAD_TOO_LARGE => ApiError::TooLarge("the body is too large".to_owned()),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => ApiError::UnsupportedMediaType,
            status if status.is_server_error() => ApiError::Internal,
            status => ApiError::Other(status),
        }
    }

    fn parts(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            ApiError::Malformed(_) => (StatusCode::BAD_REQUEST, "malformed-json", "The body is not JSON"),
            ApiError::Invalid(_) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "invalid-body", "The body has not the form asked for")
            }
            ApiError::Query(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid-query", "A query parameter is wrong"),
            ApiError::UnknownReference => (StatusCode::NOT_FOUND, "unknown-reference", "No such release"),
            ApiError::DatasetNotServed(_) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "dataset-not-served", "The release does not serve this logic")
            }
            ApiError::NoReleaseForDate(_) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "no-release-for-date", "No release covers the discharge date")
            }
            ApiError::UnknownClassification => {
                (StatusCode::NOT_FOUND, "unknown-classification", "No such classification")
            }
            ApiError::LookUp(fault) => look_up_parts(*fault),
            ApiError::NotFound => (StatusCode::NOT_FOUND, "not-found", "No such path"),
            ApiError::MethodNotAllowed => {
                (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "The path has no such method")
            }
            ApiError::Timeout => (StatusCode::REQUEST_TIMEOUT, "timeout", "The request took too long"),
            ApiError::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The body is too large"),
            ApiError::UnsupportedMediaType => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "The content type is not JSON")
            }
            ApiError::UnsupportedEncoding => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-encoding", "The content encoding is not known")
            }
            ApiError::NotAcceptable => {
                (StatusCode::NOT_ACCEPTABLE, "not-acceptable", "The answer has none of the forms asked for")
            }
            ApiError::Unreadable => (StatusCode::BAD_REQUEST, "input-unreadable", "The body cannot be read to its end"),
            ApiError::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy", "As many streams run as may"),
            ApiError::Admin(refusal) => (refusal.status, refusal.code, refusal.title),
            ApiError::Job(refusal) => refusal.parts(),
            ApiError::Access(refusal) => refusal.parts(),
            ApiError::Other(status) => (*status, "refused", "The request was refused"),
            ApiError::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something broke here"),
        }
    }

    fn detail(&self) -> String {
        match self {
            ApiError::Malformed(detail)
            | ApiError::TooLarge(detail)
            | ApiError::Query(detail)
            | ApiError::DatasetNotServed(detail)
            | ApiError::NoReleaseForDate(detail) => detail.clone(),
            ApiError::Invalid(faults) => match faults.as_slice() {
                [only] => format!("{}: {}", pointer_or_body(&only.pointer), only.message),
                faults => format!("{} faults were found in the body", faults.len()),
            },
            ApiError::UnknownReference => {
                "no release of that id is loaded; GET /v1/references lists those that are".to_owned()
            }
            ApiError::UnknownClassification => "the classifications are icd10 and opcs4".to_owned(),
            ApiError::LookUp(fault) => fault.to_string(),
            ApiError::NotFound => "this path is not part of the interface; see /openapi.json".to_owned(),
            ApiError::MethodNotAllowed => "the header Allow names the methods of this path".to_owned(),
            ApiError::Timeout => "try again, or send less at once".to_owned(),
            ApiError::Admin(refusal) => refusal.detail.clone(),
            ApiError::Job(refusal) => refusal.detail().to_owned(),
            ApiError::Access(refusal) => refusal.detail(),
            ApiError::UnsupportedMediaType => {
                "send the body with Content-Type: application/json, or another that the path takes".to_owned()
            }
            ApiError::UnsupportedEncoding => "send the body plain, or as Content-Encoding: gzip or zstd".to_owned(),
            ApiError::NotAcceptable => "accept application/x-ndjson, text/csv or application/json".to_owned(),
            ApiError::Unreadable => "it was cut off, or is not packed as Content-Encoding says".to_owned(),
            ApiError::Busy => "try again in a few seconds".to_owned(),
            ApiError::Other(status) => status.canonical_reason().unwrap_or("refused").to_owned(),
            ApiError::Internal => "the fault is on this side and was logged under the request's id".to_owned(),
        }
    }

    /// The error answer of a request.
    pub fn problem(&self, instance: &str, request_id: &str) -> Problem {
        let (status, code, title) = self.parts();
        Problem {
            kind: format!("urn:hrg-grouper:problem:{code}"),
            title,
            status: status.as_u16(),
            detail: self.detail(),
            instance: instance.to_owned(),
            code,
            request_id: request_id.to_owned(),
            errors: match self {
                ApiError::Invalid(faults) => faults.clone(),
                ApiError::Admin(refusal) => refusal.errors.clone(),
                _ => Vec::new(),
            },
        }
    }
}

fn look_up_parts(fault: LookUpFault) -> (StatusCode, &'static str, &'static str) {
    let (not_found, unprocessable) = (StatusCode::NOT_FOUND, StatusCode::UNPROCESSABLE_ENTITY);
    match fault {
        LookUpFault::UnknownCode => (not_found, "unknown-code", "No such code"),
        LookUpFault::UnknownHrg => (not_found, "unknown-hrg", "No such HRG"),
        LookUpFault::UnknownList => (not_found, "unknown-list", "No such list"),
        LookUpFault::AmbiguousList => (unprocessable, "ambiguous-list", "More than one list has that name"),
        LookUpFault::UnknownRow => (not_found, "unknown-row", "No such row"),
        LookUpFault::BadCursor => (not_found, "invalid-cursor", "The cursor is none of this listing"),
    }
}

fn pointer_or_body(pointer: &str) -> &str {
    if pointer.is_empty() { "the body" } else { pointer }
}

impl IntoResponse for ApiError {
    /// The status with the error beside it; the body is written once the request's id is known.
    fn into_response(self) -> Response {
        let mut response = self.parts().0.into_response();
        let retry_after = match &self {
            ApiError::Job(refusal) => refusal.retry_after(),
            ApiError::Busy => Some("5"),
            _ => None,
        };
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(seconds));
        }
        if let ApiError::Job(JobRefusal::Range(bytes)) = self
            && let Ok(value) = HeaderValue::from_str(&format!("bytes */{bytes}"))
        {
            response.headers_mut().insert(header::CONTENT_RANGE, value);
        }
        if let ApiError::Access(refusal) = self {
            refusal.add_headers(response.headers_mut());
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl Problem {
    /// The answer, in place of one without a body; headers that the server library set are kept.
    pub fn respond(&self, mut bare: Response) -> Response {
        let body = serde_json::to_vec(self).unwrap_or_default();
        let headers = bare.headers_mut();
        headers.remove(header::CONTENT_LENGTH);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        *bare.body_mut() = axum::body::Body::from(body);
        bare
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_of_jobs_bears_a_listed_code() {
        use JobRefusal::*;
        let all = [
            NotConfigured,
            Unwritable,
            Stopping,
            Unknown,
            NotFinished,
            Failed,
            Expired,
            NotAcceptable,
            Range(1),
            BadKey,
            InFlight,
            OtherRequest,
            TooMany,
            Busy,
        ];
        let codes: Vec<_> = all.iter().map(|refusal| ApiError::Job(*refusal).parts().1).collect();
        assert_eq!(codes, crate::http::job_refusal::JOB_CODES);
    }

    #[test]
    fn every_error_bears_a_listed_code() {
        let all = [
            ApiError::Malformed(String::new()),
            ApiError::Invalid(Vec::new()),
            ApiError::Query(String::new()),
            ApiError::UnknownReference,
            ApiError::DatasetNotServed(String::new()),
            ApiError::NoReleaseForDate(String::new()),
            ApiError::UnknownClassification,
            ApiError::LookUp(LookUpFault::UnknownCode),
            ApiError::LookUp(LookUpFault::UnknownHrg),
            ApiError::LookUp(LookUpFault::UnknownList),
            ApiError::LookUp(LookUpFault::AmbiguousList),
            ApiError::LookUp(LookUpFault::UnknownRow),
            ApiError::LookUp(LookUpFault::BadCursor),
            ApiError::NotFound,
            ApiError::MethodNotAllowed,
            ApiError::Timeout,
            ApiError::TooLarge(String::new()),
            ApiError::UnsupportedMediaType,
            ApiError::UnsupportedEncoding,
            ApiError::NotAcceptable,
            ApiError::Unreadable,
            ApiError::Busy,
            ApiError::Other(StatusCode::IM_A_TEAPOT),
            ApiError::Internal,
        ];
        let codes: Vec<_> = all.iter().map(|error| error.parts().1).collect();
        assert_eq!(codes, CODES);
    }
}
