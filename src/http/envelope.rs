//! Around every request: its ids, its line in the log, and the body of its error.
//!
//! The log names the route, never the path or anything that was sent.

use super::access::{Entered, Gate};
use super::decision::{self, Passed};
use super::error::ApiError;
use super::meters::{Meters, Usual, known};
use crate::audit::{Book, Full};
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use std::convert::Infallible;
use std::future::poll_fn;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tower::{Layer, Service};
use uuid::Uuid;

/// The target of events about requests, which is that of this file.
pub const TARGET: &str = module_path!();

/// What a browser is told of every answer: not to guess what it is.
pub(super) const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
/// The id of a request, the caller's or a new one.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// The longest correlation id that is mirrored.
const MAX_ID: usize = 128;

/// Puts the envelope around routes.
#[derive(Clone, Debug)]
pub struct EnvelopeLayer {
    /// Who is let in.
    pub gate: Arc<Gate>,
    /// What is counted.
    pub meters: Meters,
    /// The book of decisions, where there is one.
    pub book: Option<Arc<Book>>,
    /// How long the answer to a request may take to begin.
    pub limit: Limit,
}

/// How long the answer to a request may take to begin.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limit {
    /// So long; without it that is left to each route.
    pub time: Option<Duration>,
    /// What the routes begin with to which it is left all the same.
    pub but: Option<&'static str>,
}

impl Limit {
    fn of(self, route: &str) -> Option<Duration> {
        self.time.filter(|_| !self.but.is_some_and(|but| route.starts_with(but)))
    }
}

/// Routes within the envelope. Everything that is around a request is in this one service: each service more costs a
/// request some allocations.
#[derive(Clone, Debug)]
pub struct Envelope<S> {
    routes: S,
    around: Arc<Around>,
}

/// What is around the requests of one route.
#[derive(Debug)]
struct Around {
    layer: EnvelopeLayer,
    usual: OnceLock<Usual>,
}

impl<S> Layer<S> for EnvelopeLayer {
    type Service = Envelope<S>;

    fn layer(&self, routes: S) -> Envelope<S> {
        Envelope { routes, around: Arc::new(Around { layer: self.clone(), usual: OnceLock::new() }) }
    }
}

impl<S> Service<Request> for Envelope<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.routes.poll_ready(context)
    }

    /// Gives every request an id, mirrors the caller's, lets it in or not, ends it after its time, logs one line and writes
    /// the body of errors.
    fn call(&mut self, mut request: Request) -> Self::Future {
        let around = Arc::clone(&self.around);
        let EnvelopeLayer { gate, book, limit, .. } = &around.layer;
        let asked = Asked::of(&mut request);
        let mut entered = gate.enter(asked.route(), &mut request);
        let mut passed = None;
        let answer = match entered.refusal.take() {
            Some(refusal) => Err(refusal),
            None => {
                if let Some(book) = book {
                    let (watched, hash) = decision::watch(book, request);
                    (request, passed) = (watched, Some((Arc::clone(book), hash)));
                }
                // A fault of ours is an answer too, and no other request's. What is to come holds all of the request and is
                // handed on several times: in a box it stays where it is.
                let call = AssertUnwindSafe(|| Box::pin(self.routes.call(request)));
                catch_unwind(call).map_err(|_| ApiError::Internal)
            }
        };
        let limit = limit.of(asked.route().unwrap_or_default());
        Box::pin(async move {
            let answer = async {
                match answer {
                    Ok(answer) => caught(answer).await,
                    Err(refusal) => refusal.into_response(),
                }
            };
            let mut response = match limit {
                None => answer.await,
                Some(limit) => within(limit, answer).await,
            };
            if let Some((book, passed)) = &passed {
                // In a box, so that requests without a book need no room for it.
                response = Box::pin(asked.write_down(book, passed, entered.client.clone(), response)).await;
            }
            Ok(asked.enclose(response, &around, entered))
        })
    }
}

/// The answer, unless it takes too long. No clock is asked where it is there at once, as most are.
async fn within(limit: Duration, answer: impl Future<Output = Response>) -> Response {
    let mut answer = pin!(answer);
    match poll_fn(|context| Poll::Ready(answer.as_mut().poll(context))).await {
        Poll::Ready(answer) => answer,
        Poll::Pending => {
            tokio::time::timeout(limit, answer).await.unwrap_or_else(|_| ApiError::Timeout.into_response())
        }
    }
}

/// The answer, or in place of a panic the error for it.
async fn caught(mut answer: impl Future<Output = Result<Response, Infallible>> + Unpin) -> Response {
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| Pin::new(&mut answer).poll(context))) {
        Ok(poll) => poll.map(|Ok(response)| response),
        Err(_) => Poll::Ready(ApiError::Internal.into_response()),
    })
    .await
}

/// What the envelope needs to know of a request once it is answered.
struct Asked {
    at: Instant,
    id: Uuid,
    correlation: Option<HeaderValue>,
    /// The caller's place in a trace.
    parent: Option<HeaderValue>,
    method: Method,
    route: Option<MatchedPath>,
}

impl Asked {
    /// Takes the route from the request, which nobody within asks for it.
    fn of(request: &mut Request) -> Asked {
        let at = Instant::now();
        // Looked for together: most requests bear none of them, and few headers.
        let [mut id, mut correlation, mut parent] = [None; 3];
        for (name, value) in request.headers() {
            let sent = match name {
                name if *name == REQUEST_ID => &mut id,
                name if *name == CORRELATION_ID => &mut correlation,
                name if *name == TRACEPARENT => &mut parent,
                _ => continue,
            };
            sent.get_or_insert(value);
        }
        Asked {
            at,
            id: request_id(id),
            correlation: correlation.filter(|id| is_correlation_id(id)).cloned(),
            parent: parent.filter(|parent| is_traceparent(parent)).cloned(),
            method: request.method().clone(),
            route: request.extensions_mut().remove::<MatchedPath>(),
        }
    }

    /// The route; only a path of the interface is shown again: any other may hold anything.
    fn route(&self) -> Option<&str> {
        self.route.as_ref().map(MatchedPath::as_str)
    }

    /// Writes the answer down where it is a decision. One that the book has no room for and that may not be lost is refused.
    async fn write_down(&self, book: &Book, passed: &Passed, client: Option<Arc<str>>, response: Response) -> Response {
        let asked = decision::Asked { request: self.id, client, route: self.route().unwrap_or_default(), passed };
        decision::write_down(book, asked, response).await.unwrap_or_else(|Full| ApiError::Busy.into_response())
    }

    fn enclose(self, mut response: Response, Around { layer, usual }: &Around, entered: Entered) -> Response {
        let mut id = Uuid::encode_buffer();
        let id: &str = self.id.hyphenated().encode_lower(&mut id);
        let status = response.status();
        if status.is_client_error() || status.is_server_error() {
            let error = response.extensions_mut().remove::<ApiError>();
            let own_body = error.is_none() && self.route.is_some() && has_own_body(response.headers());
            if !own_body {
                let error = error.unwrap_or_else(|| ApiError::of_status(status));
                response = error.problem(self.route().unwrap_or_default(), id).respond(response);
            }
        }
        let headers = response.headers_mut();
        if let Ok(value) = HeaderValue::from_str(id) {
            headers.insert(REQUEST_ID, value);
        }
        if let Some(value) = self.correlation.clone() {
            headers.insert(CORRELATION_ID, value);
        }
        headers.entry(header::X_CONTENT_TYPE_OPTIONS).or_insert(NOSNIFF);
        let took = self.at.elapsed();
        layer.meters.request((self.route(), &self.method), status, took, usual);
        let duration_ms = took.as_secs_f64() * 1000.0;
        // An id of the caller's that has not the form of one may be anything, and stays out of the log.
        let correlation = self.correlation.as_ref().and_then(|id| id.to_str().ok()).filter(|id| is_uuid(id));
        tracing::info!(
            request.id = id,
            correlation.id = correlation,
            trace.parent = self.parent.as_ref().and_then(|parent| parent.to_str().ok()),
            http.method = known(&self.method),
            http.route = self.route().unwrap_or("none"),
            http.status = status.as_u16(),
            client = entered.client.as_deref(),
            duration_ms,
            message = "request"
        );
        layer.gate.leave(entered, response.headers_mut());
        response
    }
}

fn is_uuid(id: &str) -> bool {
    Uuid::try_parse(id).is_ok()
}

/// Whether a route has said itself what is wrong: in JSON, or on a page.
fn has_own_body(headers: &HeaderMap) -> bool {
    let own = |kind: &HeaderValue| {
        ["application/json", "text/html"].iter().any(|own| kind.as_bytes().starts_with(own.as_bytes()))
    };
    headers.get(header::CONTENT_TYPE).is_some_and(own)
}

/// The caller's id where it is a UUID, otherwise a new one.
fn request_id(sent: Option<&HeaderValue>) -> Uuid {
    let sent = sent.and_then(|id| id.to_str().ok()).and_then(|id| Uuid::try_parse(id).ok());
    sent.unwrap_or_else(Uuid::new_v4)
}

/// Whether the caller's correlation id is short and plain.
fn is_correlation_id(sent: &HeaderValue) -> bool {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':');
    sent.len() <= MAX_ID && sent.as_bytes().iter().all(plain)
}

/// Whether the caller's place in a trace has the form of one: version, trace, span and flags in small hexadecimal digits.
fn is_traceparent(sent: &HeaderValue) -> bool {
    let bytes = sent.as_bytes();
    let has_form = bytes.len() == 55
        && bytes.starts_with(b"00-")
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            2 | 35 | 52 => *byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        });
    let is_set = |part: Range<usize>| bytes.get(part).is_some_and(|part| part.iter().any(|byte| *byte != b'0'));
    has_form && is_set(3..35) && is_set(36..52)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::http::StatusCode;
    use axum::routing::get;
    use tower::ServiceExt;

    /// Status and code of the answer to a GET, and whether its id is in both places.
    fn answer(path: &str) -> (StatusCode, String, bool) {
        let slow = || async { tokio::time::sleep(Duration::from_secs(60)).await };
        let faulty = || async {
            tokio::task::yield_now().await;
            assert!(std::hint::black_box(false), "a fault of ours");
        };
        let routes: Router = Router::new().route("/slow", get(slow)).route("/faulty", get(faulty));
        let limit = Limit { time: Some(Duration::from_millis(20)), but: None };
        let routes = routes.layer(EnvelopeLayer {
            gate: Arc::new(Gate::new(None, None, 1)),
            meters: Meters::default(),
            book: None,
            limit,
        });
        let request = Request::builder().uri(path).body(Body::empty()).expect("a request");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        runtime.block_on(async {
            let Ok(response) = routes.oneshot(request).await;
            let (parts, body) = response.into_parts();
            let problem: serde_json::Value =
                serde_json::from_slice(&to_bytes(body, 4096).await.expect("a body")).expect("JSON");
            let same =
                parts.headers.get(REQUEST_ID).is_some_and(|id| problem["requestId"] == id.to_str().expect("text"));
            (parts.status, problem["code"].as_str().unwrap_or_default().to_owned(), same)
        })
    }

    #[test]
    fn only_what_has_the_form_of_a_trace_is_taken_for_one() {
        let taken = |text: &str| is_traceparent(&HeaderValue::from_str(text).expect("a header"));
        assert!(taken("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
        for wrong in [
            "",
            "9434765919",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert!(!taken(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_panic_is_an_answer() {
        assert_eq!(answer("/faulty"), (StatusCode::INTERNAL_SERVER_ERROR, "internal".to_owned(), true));
    }

    #[test]
    fn an_answer_that_takes_too_long_is_given_up() {
        assert_eq!(answer("/slow"), (StatusCode::REQUEST_TIMEOUT, "timeout".to_owned(), true));
    }
}
