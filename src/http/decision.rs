//! Decisions on their way into the book: the body of the request is hashed as it passes, and the answer as it leaves.
//! Nothing of this happens where there is no book.

use super::answer::{DECISION, DIGEST, REFERENCE};
use crate::audit::{Book, Entry, Full, Sealed, Sealing};
use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderName, Response};
use http_body::{Frame, SizeHint};
use jiff::Timestamp;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};
use uuid::Uuid;

/// Answers up to so many bytes are hashed; larger ones are streams.
const ANSWER_BYTES: u64 = 256 * 1024 * 1024;

/// The hash of a request's body, once it was read to its end.
#[derive(Clone, Debug, Default)]
pub(super) struct Passed(Arc<OnceLock<Sealed>>);

/// Hashes the body of a request as it is read.
pub(super) fn watch(book: &Book, request: Request) -> (Request, Passed) {
    let passed = Passed::default();
    let (parts, body) = request.into_parts();
    let watched = Watched { body, sealing: Mutex::new(Some(book.seal().begin())), passed: passed.clone() };
    (Request::from_parts(parts, Body::new(watched)), passed)
}

/// What the book says of a request besides its answer.
pub(super) struct Asked<'a> {
    /// The request's id.
    pub(super) request: Uuid,
    /// Who asked, where callers are known.
    pub(super) client: Option<Arc<str>>,
    /// The route.
    pub(super) route: &'a str,
    /// The hash of what was sent.
    pub(super) passed: &'a Passed,
}

/// Writes the decision down, where the answer is one. An error says that the book has no room, and the answer must not go out.
pub(super) async fn write_down(
    book: &Book,
    asked: Asked<'_>,
    response: Response<Body>,
) -> Result<Response<Body>, Full> {
    let Some(mut entry) = entry(&asked, &response) else { return Ok(response) };
    let (parts, mut body) = response.into_parts();
    if body.size_hint().exact().is_some_and(|bytes| bytes <= ANSWER_BYTES) {
        let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
        entry.answered = Some(book.seal().of(&bytes));
        body = Body::from(bytes);
    }
    book.add(entry)?;
    Ok(Response::from_parts(parts, body))
}

/// The line of an answer that names a release; none of another.
fn entry(asked: &Asked<'_>, response: &Response<Body>) -> Option<Entry> {
    let text = |name: HeaderName| response.headers().get(name)?.to_str().ok();
    Some(Entry {
        time: Timestamp::now(),
        decision: Uuid::try_parse(text(DECISION)?).ok()?,
        request: asked.request,
        client: asked.client.clone(),
        route: asked.route.to_owned(),
        reference: text(REFERENCE)?.to_owned(),
        digest: text(DIGEST)?.to_owned(),
        status: response.status().as_u16(),
        sent: asked.passed.0.get().copied(),
        answered: None,
        engine: env!("CARGO_PKG_VERSION"),
    })
}

/// A body that is hashed as it is read.
struct Watched {
    body: Body,
    sealing: Mutex<Option<Sealing>>,
    passed: Passed,
}

impl Watched {
    fn sealing(&mut self) -> &mut Option<Sealing> {
        self.sealing.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&mut self) {
        if let Some(sealing) = self.sealing().take() {
            _ = self.passed.0.set(sealing.end());
        }
    }
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let (Some(data), Some(sealing)) = (frame.data_ref(), self.sealing().as_mut()) {
                    sealing.add(data);
                }
                // Whoever knows the length does not ask for the end.
                if self.body.is_end_stream() {
                    self.end();
                }
            }
            Poll::Ready(None) => self.end(),
            Poll::Ready(Some(Err(_))) | Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
