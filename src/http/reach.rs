//! What goes between a browser and the routes: packed answers, and pages of other origins where they are named.

use axum::Router;
use axum::http::{HeaderName, HeaderValue, Method, header};
use std::time::Duration;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::cors::CorsLayer;

/// Answers below so many bytes are not packed: it would cost more than it saves.
const SMALL: u64 = 1024;
/// How long a browser may remember what it may send.
const REMEMBERED: Duration = Duration::from_secs(3600);

/// Packs answers for those who ask for it, and lets pages of the origins call. Credentials are shown in headers, never in
/// cookies, so that no page can borrow a user's.
pub(super) fn within<S: Clone + Send + Sync + 'static>(routes: Router<S>, origins: &[HeaderValue]) -> Router<S> {
    let worth = SizeAbove::new(SMALL)
        .and(NotForContentType::new("text/event-stream"))
        .and(NotForContentType::new("application/zip"));
    let routes = routes.layer(CompressionLayer::new().compress_when(worth));
    if origins.is_empty() {
        return routes;
    }
    let named = |name: &'static str| HeaderName::from_static(name);
    let cors = CorsLayer::new()
        .allow_origin(origins.to_vec())
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_NONE_MATCH,
            header::RANGE,
            named("idempotency-key"),
            named("x-api-key"),
            named("x-request-id"),
            named("x-correlation-id"),
        ])
        .expose_headers([
            header::ETAG,
            header::LOCATION,
            header::RETRY_AFTER,
            named("hrg-reference"),
            named("hrg-reference-digest"),
            named("hrg-decision-id"),
            named("x-request-id"),
        ])
        .max_age(REMEMBERED);
    routes.layer(cors)
}
