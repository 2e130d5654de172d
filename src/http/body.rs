//! Reads a JSON body: content type, size, syntax, form, each with its own refusal that never repeats what was sent.

use super::error::ApiError;
use crate::record::fault::{self, Unread};
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt;
use serde::Deserialize;

/// The bytes of a JSON body within the limit.
pub async fn json_bytes(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, ApiError> {
    bytes_of(headers, body, limit, &["application/json"]).await
}

/// The media type of a body as it was written, without parameters.
pub fn kind(headers: &HeaderMap) -> &str {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let end = kind.bytes().position(|byte| byte == b';').unwrap_or(kind.len());
    kind.get(..end).unwrap_or_default().trim()
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
    let mut body = Pieces(body);
    let Some(first) = body.next().await? else { return Ok(Bytes::new()) };
    let Some(mut piece) = body.next().await? else {
        return if first.len() > limit { Err(too_large()) } else { Ok(first) };
    };
    // Into one place from the beginning: to gather the pieces and then to join them would take the memory of two bodies.
    let mut bytes = Vec::with_capacity(announced.unwrap_or_default());
    bytes.extend_from_slice(&first);
    loop {
        let more = limit.checked_sub(bytes.len()).filter(|more| piece.len() <= *more).ok_or_else(&too_large)?;
        make_room(&mut bytes, piece.len(), more);
        bytes.extend_from_slice(&piece);
        match body.next().await? {
            Some(next) => piece = next,
            None => return Ok(bytes.into()),
        }
    }
}

/// Bytes from which on there is room at once for all that may come: what is not written to is not taken from the system,
/// and growing on would take half as much again.
const LARGE: usize = 1024 * 1024;

/// Makes room for so many bytes, where there may be that many more.
pub(super) fn make_room(bytes: &mut Vec<u8>, wanted: usize, most: usize) {
    if bytes.capacity() - bytes.len() < wanted {
        let grown = if bytes.len() < LARGE { bytes.len().min(most) } else { most };
        bytes.reserve_exact(grown.max(wanted));
    }
}

/// The pieces of a body.
struct Pieces(Body);

impl Pieces {
    /// The next that is not empty.
    async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        while !self.0.is_end_stream()
            && let Some(frame) = self.0.frame().await
        {
            let broken = |_| ApiError::Malformed("the body ended before its announced length".to_owned());
            match frame.map_err(broken)?.into_data() {
                Ok(data) if !data.is_empty() => return Ok(Some(data)),
                _ => {}
            }
        }
        Ok(None)
    }
}

/// Reads a value of the interface; `below` is the pointer of the value within the body.
pub fn read<'de, T: Deserialize<'de>>(bytes: &'de [u8], below: &str) -> Result<T, ApiError> {
    fault::read(bytes, below).map_err(of_unread)
}

/// The refusal of a body as a whole.
pub(super) fn refused(fault: &serde_json::Error) -> ApiError {
    of_unread(fault::refusal(fault, String::new()))
}

fn of_unread(unread: Unread) -> ApiError {
    match unread {
        Unread::Malformed(words) => ApiError::Malformed(words),
        Unread::Invalid(fault) => ApiError::Invalid(vec![fault]),
    }
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
