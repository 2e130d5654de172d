//! What goes between a browser and the routes: packed answers, and pages of other origins where they are named.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::response::Response;
use futures_util::future::Either;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tower::{Layer, Service};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::cors::CorsLayer;

/// Answers below so many bytes are not packed: it would cost more than it saves.
const SMALL: u64 = 1024;
/// How long a browser may remember what it may send.
const REMEMBERED: Duration = Duration::from_secs(3600);

/// Routes whose answers are packed for those who ask for it. What answers a POST of somebody who does not goes past the
/// packing: no cache keeps it, so that nothing need be said of packing either.
#[derive(Clone, Debug)]
pub(super) struct Packed<S, P> {
    routes: S,
    packing: CompressionLayer<P>,
}

impl<S, P> Service<Request> for Packed<S, P>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone,
    S::Future: Send + 'static,
    P: Predicate + Clone + Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<S::Future, Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.routes.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        if request.method() == Method::POST && !request.headers().contains_key(header::ACCEPT_ENCODING) {
            return Either::Left(self.routes.call(request));
        }
        let answer = self.packing.layer(self.routes.clone()).call(request);
        Either::Right(Box::pin(async move { Ok(answer.await?.map(Body::new)) }))
    }
}

/// Puts packing around routes, for those who ask for it.
#[derive(Clone, Debug)]
pub(super) struct PackedLayer<P>(CompressionLayer<P>);

impl<S, P: Clone> Layer<S> for PackedLayer<P> {
    type Service = Packed<S, P>;

    fn layer(&self, routes: S) -> Packed<S, P> {
        Packed { routes, packing: self.0.clone() }
    }
}

/// Packs answers for those who ask for it.
pub(super) fn packing() -> PackedLayer<impl Predicate + Send + Sync> {
    let worth = SizeAbove::new(SMALL)
        .and(NotForContentType::const_new("text/event-stream"))
        .and(NotForContentType::const_new("application/zip"));
    PackedLayer(CompressionLayer::new().compress_when(worth))
}

/// Lets pages of the origins call. Credentials are shown in headers, never in cookies, so that no page can borrow a user's.
pub(super) fn open_to<S: Clone + Send + Sync + 'static>(routes: Router<S>, origins: &[HeaderValue]) -> Router<S> {
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
