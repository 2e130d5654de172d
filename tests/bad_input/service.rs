//! The service in this process, and what holds of every answer it gives.

use crate::support::{TOY, toy};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use hrg_grouper::bundle::{Releases, Shelf};
use hrg_grouper::http::{App, router};
use hrg_grouper::reference::Reference;
use http_body_util::BodyExt;
use serde_json::{Value as Json, json};
use std::sync::{Arc, OnceLock};
use tower::ServiceExt;

/// Text that no answer may hold. Every spell bears it as its number.
pub const CANARY: &str = "k9canary7f3e";

/// Where one spell is sent.
pub const SINGLE: &str = "/v1/group/apc";
/// Where many are sent.
pub const BATCH: &str = "/v1/group/apc/batch";

/// Paths that an error may name.
const INSTANCES: [&str; 6] = [SINGLE, BATCH, "/v1/references", "/v1/references/{id}", "/docs/{*rest}", ""];

/// A service with that release as the toy release.
pub fn service(release: Reference) -> Router {
    router(App::new(Shelf::new(Releases::from([(TOY.to_owned(), Arc::new(release))]))))
}

/// The service with the toy release, made once.
fn toy_service() -> Router {
    static SERVICE: OnceLock<Router> = OnceLock::new();
    SERVICE.get_or_init(|| service(toy())).clone()
}

/// A valid episode.
pub fn episode() -> Json {
    json!({
        "epiorder": "1", "startage": "40", "sex": "1", "classpat": "1", "admisorc": "19", "admimeth": "11",
        "disdest": "19", "dismeth": "1", "epidur": "1", "mainspef": "100", "neocare": "", "tretspef": "100",
        "diag": ["D100"], "oper": []
    })
}

/// A valid spell of these episodes.
pub fn spell(episodes: &[Json]) -> Json {
    json!({"procodet": "TOY", "provspno": CANARY, "episodes": episodes})
}

/// A valid request for that spell.
pub fn request(spell: &Json) -> Json {
    json!({"reference": TOY, "explain": "full", "spell": spell})
}

/// A request to send.
#[derive(Debug)]
pub struct Sent {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Body,
}

impl Sent {
    /// A request without a body.
    pub fn new(method: &str, path: &str) -> Sent {
        let method = method.parse().expect("a method");
        Sent { method, path: path.to_owned(), headers: HeaderMap::new(), body: Body::empty() }
    }

    /// A body announced as JSON.
    pub fn post(path: &str, body: impl Into<Body>) -> Sent {
        Sent { body: body.into(), ..Sent::new("POST", path).header("content-type", b"application/json") }
    }

    /// A body to group one spell.
    pub fn single(body: impl ToString) -> Sent {
        Sent::post(SINGLE, body.to_string())
    }

    /// A body to group many spells with the toy release.
    pub fn batch(body: impl ToString) -> Sent {
        Sent::post(&format!("{BATCH}?reference={TOY}"), body.to_string())
    }

    /// With a header in place of any of that name.
    pub fn header(mut self, name: &'static str, value: &[u8]) -> Sent {
        let value = HeaderValue::from_bytes(value).expect("a header's value");
        self.headers.insert(HeaderName::from_static(name), value);
        self
    }

    /// Without a header.
    pub fn without(mut self, name: &str) -> Sent {
        self.headers.remove(name);
        self
    }

    /// Sends it to the service with the toy release.
    #[track_caller]
    pub fn send(self) -> Received {
        self.send_to(toy_service())
    }

    /// Sends it to a service and checks the contract.
    #[track_caller]
    pub fn send_to(self, service: Router) -> Received {
        let mut request = Request::new(self.body);
        *request.method_mut() = self.method;
        *request.uri_mut() = self.path.parse().expect("a path");
        *request.headers_mut() = self.headers;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let received = runtime.block_on(async {
            let response = service.oneshot(request).await.expect("the service never fails");
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let body = response.into_body().collect().await.expect("a whole body").to_bytes();
            let text = String::from_utf8(body.into()).expect("an answer is UTF-8 text");
            let json = serde_json::from_str(&text).unwrap_or_else(|fault| panic!("{status}: {fault}: {text}"));
            Received { status, headers, json }
        });
        received.keeps_the_contract();
        received
    }
}

/// An answer.
#[derive(Debug)]
pub struct Received {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub json: Json,
}

impl Received {
    /// The text of a header; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// What holds of every answer.
    #[track_caller]
    fn keeps_the_contract(&self) {
        let id = self.header("x-request-id");
        assert!(uuid::Uuid::try_parse(id).is_ok_and(|uuid| uuid.to_string() == id), "x-request-id is `{id}`");
        let all = format!("{:?} {}", self.headers, self.json).to_lowercase();
        assert!(!all.contains(CANARY), "the answer repeats what was sent: {self:?}");
        if self.status < 400 {
            assert_eq!(self.header("content-type"), "application/json", "{self:?}");
            return;
        }
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        assert_eq!(self.header("cache-control"), "no-store", "{self:?}");
        let text = |key: &str| self.json[key].as_str().unwrap_or_else(|| panic!("no {key}: {self:?}"));
        assert_eq!(self.json["status"], self.status, "{self:?}");
        assert_eq!(text("type"), format!("urn:hrg-grouper:problem:{}", text("code")), "{self:?}");
        assert_eq!(text("requestId"), id, "{self:?}");
        assert!(INSTANCES.contains(&text("instance")), "{self:?}");
        assert!(!text("title").is_empty() && !text("detail").is_empty(), "{self:?}");
        for (key, _) in self.json.as_object().into_iter().flatten() {
            let known = ["type", "title", "status", "detail", "instance", "code", "requestId", "errors"];
            assert!(known.contains(&key.as_str()), "{key} is no part of a problem: {self:?}");
        }
        are_faults(&self.json["errors"]);
    }

    /// That the request was refused, with that code.
    #[track_caller]
    pub fn is_refused(&self, status: u16, code: &str) {
        assert_eq!((self.status, &self.json["code"]), (status, &json!(code)), "{self:?}");
    }

    /// That the body was refused for exactly these faults, each `pointer code`.
    #[track_caller]
    pub fn has_faults(&self, faults: &[&str]) {
        self.is_refused(422, "invalid-body");
        assert_eq!(faults_of(&self.json), faults, "{self:?}");
    }
}

/// The faults of an error or of a rejected spell, each `pointer code`.
pub fn faults_of(json: &Json) -> Vec<String> {
    let errors = json["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    let part = |error: &Json, key: &str| error[key].as_str().unwrap_or_default().to_owned();
    errors.iter().map(|error| format!("{} {}", part(error, "pointer"), part(error, "code"))).collect()
}

/// That each fault has its three parts.
#[track_caller]
pub fn are_faults(errors: &Json) {
    for error in errors.as_array().into_iter().flatten() {
        let texts = ["pointer", "code", "message"].map(|key| error[key].as_str().is_some());
        assert_eq!(texts, [true; 3], "{error}");
    }
}
