//! Around every request: its ids, its line in the log, and the body of its error.
//!
//! The log names the route, never the path or anything that was sent.

use super::error::ApiError;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use std::time::Instant;
use uuid::Uuid;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");
/// The longest correlation id that is mirrored.
const MAX_ID: usize = 128;

/// Gives every request an id, mirrors the caller's, logs one line and writes the body of errors.
pub async fn envelope(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = request_id(request.headers());
    let correlation = correlation_id(request.headers());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    // Only a path of the interface is shown again: any other may hold anything.
    let instance = route.clone().unwrap_or_default();

    let mut response = next.run(request).await;
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        let error = response.extensions_mut().remove::<ApiError>();
        let own_body = error.is_none()
            && route.is_some()
            && response.headers().contains_key("content-type")
            && is_json(response.headers());
        if !own_body {
            let error = error.unwrap_or_else(|| ApiError::of_status(status));
            response = error.problem(&instance, &id).respond(response);
        }
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    if let Some(value) = correlation {
        response.headers_mut().insert(CORRELATION_ID, value);
    }
    response.headers_mut().insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    let duration_ms = started.elapsed().as_secs_f64() * 1000.0;
    tracing::info!(
        request.id = %id,
        http.method = %method,
        http.route = route.as_deref().unwrap_or("none"),
        http.status = status.as_u16(),
        duration_ms,
        "request"
    );
    response
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get("content-type").is_some_and(|v| v.as_bytes().starts_with(b"application/json"))
}

/// The caller's id where it is a UUID, otherwise a new one.
fn request_id(headers: &HeaderMap) -> String {
    let sent = headers.get(REQUEST_ID).and_then(|v| v.to_str().ok()).and_then(|v| Uuid::try_parse(v).ok());
    sent.unwrap_or_else(Uuid::new_v4).to_string()
}

/// The caller's correlation id, where it is short and plain.
fn correlation_id(headers: &HeaderMap) -> Option<HeaderValue> {
    let value = headers.get(CORRELATION_ID)?;
    let plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':');
    (value.len() <= MAX_ID && value.as_bytes().iter().all(plain)).then(|| value.clone())
}
