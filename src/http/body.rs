//! Reads a JSON body: content type, size, syntax, form, each with its own refusal that never repeats what was sent.

use super::error::{ApiError, Fault};
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, header};
use serde::de::DeserializeOwned;

/// The bytes of a JSON body within the limit.
pub async fn json_bytes(headers: &HeaderMap, body: Body, limit: usize) -> Result<Vec<u8>, ApiError> {
    bytes_of(headers, body, limit, &["application/json"]).await
}

/// The media type of a body, in lower case and without parameters.
pub fn kind(headers: &HeaderMap) -> String {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The bytes of a body of one of these types within the limit.
pub async fn bytes_of(headers: &HeaderMap, body: Body, limit: usize, kinds: &[&str]) -> Result<Vec<u8>, ApiError> {
    if !kinds.contains(&kind(headers).as_str()) {
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
) -> Result<Vec<u8>, ApiError> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    match to_bytes(body, limit).await {
        Ok(bytes) => Ok(bytes.into()),
        Err(fault) if is_limit(&fault) => Err(too_large()),
        Err(_) => Err(ApiError::Malformed("the body ended before its announced length".to_owned())),
    }
}

fn is_limit(fault: &axum::Error) -> bool {
    let source = std::error::Error::source(fault);
    source.is_some_and(|source| source.is::<http_body_util::LengthLimitError>())
}

/// Reads a value of the interface; `below` is the pointer of the value within the body.
pub fn read<T: DeserializeOwned>(bytes: &[u8], below: &str) -> Result<T, ApiError> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|fault| {
        let pointer = pointer(below, fault.path());
        refusal(fault.inner(), pointer)
    })?;
    deserializer.end().map_err(|fault| refusal(&fault, below.to_owned()))?;
    Ok(value)
}

/// Names of the interface that a pointer may show. Any other name came from the caller.
const NAMES: [&str; 62] = [
    "reference",
    "references",
    "purpose",
    "dischargeDate",
    "explain",
    "spell",
    "procodet",
    "provspno",
    "episodes",
    "epiorder",
    "startage",
    "sex",
    "classpat",
    "admisorc",
    "admimeth",
    "disdest",
    "dismeth",
    "epidur",
    "mainspef",
    "neocare",
    "tretspef",
    "diag",
    "oper",
    "criticalcaredays",
    "rehabilitationdays",
    "spcdays",
    "record",
    "days",
    "key",
    "firstatt",
    "age",
    "aepatientgroup",
    "inv",
    "treat",
    "renalmod",
    "renalsite",
    "renalaccess",
    "hbv",
    "hcv",
    "hiv",
    "ccuf",
    "bcsd",
    "acsd",
    "brsd",
    "arsd",
    "rsd",
    "nsd",
    "dsd",
    "lsd",
    "ccl2d",
    "ccl3d",
    "cc_start_date",
    "cc_discharge_date",
    "cclocalid",
    "ccdate",
    "disdate",
    "ccac",
    "age_days",
    "gestlen",
    "perwt",
    "definition",
    "data",
];

fn pointer(below: &str, path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = below.to_owned();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } if NAMES.contains(&key.as_str()) => pointer.push_str(&format!("/{key}")),
            Segment::Map { .. } | Segment::Enum { .. } | Segment::Unknown => break,
        }
    }
    pointer
}

/// Puts the parser's fault into words of ours: its own may repeat values.
fn refusal(fault: &serde_json::Error, pointer: String) -> ApiError {
    use serde_json::error::Category;
    let (line, column) = (fault.line(), fault.column());
    match fault.classify() {
        Category::Eof => return ApiError::Malformed("the JSON ends too early".to_owned()),
        Category::Syntax | Category::Io => {
            return ApiError::Malformed(format!("the JSON is faulty at line {line}, column {column}"));
        }
        Category::Data => {}
    }
    let words = fault.to_string();
    // The parser's own words come last; what stands before them may be the sender's.
    let ours = words.rsplit_once(" at line ").map_or(words.as_str(), |(ours, _)| ours);
    let expected = ours.rsplit_once(", expected ").map(|(_, expected)| expected);
    let (code, message) = if ours.starts_with("missing field") || ours.starts_with("duplicate field") {
        (if ours.starts_with("missing") { "missing-field" } else { "duplicate-field" }, ours.to_owned())
    } else if ours.starts_with("unknown field") {
        let expected = expected.map(|e| format!("; {e} {}", "are known")).unwrap_or_default();
        ("unknown-field", format!("a field that is not known here{expected}"))
    } else if ours.starts_with("unknown variant") {
        ("unknown-value", format!("a value that is not known here; expected {}", expected.unwrap_or("another")))
    } else {
        ("wrong-type", format!("a value of the wrong type; expected {}", expected.unwrap_or("another")))
    };
    ApiError::Invalid(vec![Fault { pointer, code, message }])
}

#[cfg(test)]
mod tests {
    use super::*;
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
