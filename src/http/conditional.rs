//! Answers that need not be sent again: `ETag`, `If-None-Match` and 304, one way for every resource of a release.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// The answer under its tag, or 304 where the caller holds it already. `tag` is what stands between the quotes.
pub fn conditional(headers: &HeaderMap, tag: &str, answer: impl IntoResponse) -> Response {
    if holds(headers, tag) { not_modified(tag) } else { tagged(answer, tag) }
}

/// The answer under its tag.
pub fn tagged(answer: impl IntoResponse, tag: &str) -> Response {
    let mut response = answer.into_response();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{tag}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    let cache = HeaderValue::from_static("private, max-age=3600");
    response.headers_mut().insert(header::CACHE_CONTROL, cache);
    response
}

/// What stands in the place of an answer that the caller holds.
pub fn not_modified(tag: &str) -> Response {
    tagged(StatusCode::NOT_MODIFIED, tag)
}

/// Whether `If-None-Match` names the tag: `*`, or a list over any number of lines. A weak tag is as good as a strong one
/// here (RFC 9110, 13.1.2).
pub fn holds(headers: &HeaderMap, tag: &str) -> bool {
    let lines = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).any(|held| {
        let held_tag = held.strip_prefix("W/").unwrap_or(held).strip_prefix('"').and_then(|t| t.strip_suffix('"'));
        held == "*" || held_tag == Some(tag)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(lines: &[&str]) -> StatusCode {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::IF_NONE_MATCH, line.parse().expect("a value"));
        }
        conditional(&headers, "sha256:1", "answer").status()
    }

    #[test]
    fn a_tag_that_is_held_is_not_sent_again() {
        for lines in [
            &["\"sha256:1\""][..],
            &["W/\"sha256:1\""],
            &["\"other\", \"sha256:1\""],
            &["\"other\",W/\"sha256:1\""],
            &["\"other\"", " \"sha256:1\" "],
            &["*"],
        ] {
            assert_eq!(status(lines), StatusCode::NOT_MODIFIED, "{lines:?}");
        }
    }

    #[test]
    fn any_other_tag_is_answered() {
        for lines in
            [&[][..], &["\"other\""], &["sha256:1"], &["\"sha256:1"], &["\"sha256:\""], &["w/\"sha256:1\""], &[""]]
        {
            assert_eq!(status(lines), StatusCode::OK, "{lines:?}");
        }
    }
}
