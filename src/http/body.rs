//! Reads a JSON body: content type, size, syntax, form, each with its own refusal that never repeats what was sent.

use super::error::ApiError;
use crate::record::fault::{self, Unread};
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, header};
use serde::Deserialize;

/// The bytes of a JSON body within the limit.
pub async fn json_bytes(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, ApiError> {
    bytes_of(headers, body, limit, &["application/json"]).await
}

/// The media type of a body as it was written, without parameters.
pub fn kind(headers: &HeaderMap) -> &str {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim()
}

/// The bytes of a body of one of these types within the limit.
pub async fn bytes_of(headers: &HeaderMap, body: Body, limit: usize, kinds: &[&str]) -> Result<Bytes, ApiError> {
    let sent = kind(headers);
    if !kinds.iter().any(|kind| kind.eq_ignore_ascii_case(sent)) {
        return Err(ApiError::UnsupportedMediaType);
    }
    let too_large = || ApiError::TooLarge(format!("the body may hold {limit} bytes; send less at once"));
    raw_bytes(headers, body, limit, too_large).await
}

/// The bytes of a body of any kind within the limit.
pub async fn raw_bytes(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
    too_large: impl Fn() -> ApiError,
) -> Result<Bytes, ApiError> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    match to_bytes(body, limit).await {
        Ok(bytes) => Ok(bytes),
        Err(fault) if is_limit(&fault) => Err(too_large()),
        Err(_) => Err(ApiError::Malformed("the body ended before its announced length".to_owned())),
    }
}

fn is_limit(fault: &axum::Error) -> bool {
    let source = std::error::Error::source(fault);
    source.is_some_and(|source| source.is::<http_body_util::LengthLimitError>())
}

/// Reads a value of the interface; `below` is the pointer of the value within the body.
pub fn read<'de, T: Deserialize<'de>>(bytes: &'de [u8], below: &str) -> Result<T, ApiError> {
    fault::read(bytes, below).map_err(|unread| match unread {
        Unread::Malformed(words) => ApiError::Malformed(words),
        Unread::Invalid(fault) => ApiError::Invalid(vec![fault]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::error::Fault;
    use crate::record::RawSpell;

    fn faults(json: &str) -> Vec<Fault> {
        match read::<RawSpell<'static>>(json.as_bytes(), "/spell") {
            Err(ApiError::Invalid(faults)) => faults,
            other => panic!("{json}: {other:?}"),
        }
    }

    #[test]
    fn faults_point_to_their_place_and_never_repeat_what_was_sent() {
        for (json, pointer, code) in [
            (r#"{"procodet":"R0A"}"#, "/spell", "missing-field"),
            (r#"{"episodes":[{"sex":1.5}]}"#, "/spell/episodes/0/sex", "wrong-type"),
            (r#"{"episodes":[{"diag":"CANARY"}]}"#, "/spell/episodes/0/diag", "wrong-type"),
            (r#"{"episodes":[{"CANARY":"CANARY"}]}"#, "/spell/episodes/0", "unknown-field"),
            (r#"{"episodes":"CANARY"}"#, "/spell/episodes", "wrong-type"),
            (r#"{"episodes":[],"episodes":[]}"#, "/spell", "duplicate-field"),
        ] {
            let faults = faults(json);
            let fault = faults.first().expect("one");
            assert_eq!((fault.pointer.as_str(), fault.code), (pointer, code), "{json}");
            assert!(!format!("{faults:?}").contains("CANARY"), "{faults:?}");
        }
    }

    #[test]
    fn broken_json_is_malformed() {
        for json in ["", "{", "{\"episodes\":[", "nonsense", "{\"episodes\":[]} extra"] {
            let result = read::<RawSpell<'static>>(json.as_bytes(), "");
            assert!(matches!(result, Err(ApiError::Malformed(_))), "{json}");
        }
    }
}
