//! Talks to the service in process, and checks on every answer what every answer owes.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use hrg_grouper::bundle::{Releases, Shelf};
use hrg_grouper::http::{App, router};
use hrg_grouper::reference::Reference;
use http_body_util::BodyExt;
use serde_json::Value as Json;
use std::sync::Arc;
use tower::ServiceExt;

/// The service over some releases.
pub struct Service {
    router: axum::Router,
    runtime: tokio::runtime::Runtime,
}

/// An answer, read.
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: axum::http::HeaderMap,
    /// The body, null where it is empty.
    pub json: Json,
}

impl Service {
    /// Over these releases.
    pub fn over(releases: Vec<Reference>) -> Service {
        let releases: Releases =
            releases.into_iter().map(|release| (release.identity.id.clone(), Arc::new(release))).collect();
        Service::of(Shelf::new(releases))
    }

    /// Over a shelf.
    pub fn of(shelf: Shelf) -> Service {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Service { router: router(App::new(shelf)), runtime }
    }

    /// Sends a request and checks the answer's envelope.
    pub fn send(&self, request: Request<Body>) -> Answer {
        let (status, headers, bytes) = self.raw(request);
        let json = if bytes.is_empty() { Json::Null } else { serde_json::from_slice(&bytes).expect("JSON") };
        let answer = Answer { status, headers, json };
        answer.check_envelope();
        answer
    }

    /// Sends a request whose answer need not be JSON.
    pub fn raw(&self, request: Request<Body>) -> (StatusCode, axum::http::HeaderMap, Vec<u8>) {
        let response = self.runtime.block_on(self.router.clone().oneshot(request)).expect("the service answers");
        let (parts, body) = response.into_parts();
        let bytes = self.runtime.block_on(body.collect()).expect("the body arrives").to_bytes();
        (parts.status, parts.headers, bytes.into())
    }

    /// A GET.
    pub fn get(&self, path: &str) -> Answer {
        self.send(Request::builder().uri(path).body(Body::empty()).expect("a request"))
    }

    /// A POST of JSON.
    pub fn post(&self, path: &str, body: &Json) -> Answer {
        let request = Request::builder().method(Method::POST).uri(path);
        let request = request.header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).expect("a request"))
    }
}

impl Answer {
    /// What every answer owes.
    #[track_caller]
    pub fn check_envelope(&self) {
        let header = |name: &str| self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        assert!(uuid::Uuid::try_parse(&header("x-request-id")).is_ok(), "a request id is a UUID");
        if self.status.is_success() {
            assert_eq!(header("content-type"), "application/json");
        } else if self.status.is_client_error() || self.status.is_server_error() {
            assert_eq!(header("content-type"), "application/problem+json", "{}", self.json);
            assert_eq!(self.json["status"], self.status.as_u16());
            assert_eq!(self.json["requestId"], header("x-request-id"));
            for key in ["type", "title", "detail", "code"] {
                assert!(self.json[key].as_str().is_some_and(|v| !v.is_empty()), "{key} of {}", self.json);
            }
        }
    }
}
