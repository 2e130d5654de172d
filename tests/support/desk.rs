//! Both interfaces of a service in this process over one state folder, as an operator and a caller see them.

use super::service::Answer;
use super::{TOY, release};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use hrg_grouper::bundle::signature::Policy;
use hrg_grouper::bundle::{Releases, Shelf, Stock};
use hrg_grouper::http::{App, admin, router};
use http_body_util::BodyExt;
use serde_json::{Value as Json, json};
use std::path::Path;
use std::sync::Arc;
use tower::ServiceExt;

/// Where releases are uploaded and listed.
pub const REFERENCES: &str = "/admin/references";
/// The content type of a zip archive.
pub const ZIP: &str = "application/zip";
/// The content type of a compressed tar archive.
pub const GZIP: &str = "application/gzip";

/// Both interfaces.
pub struct Desk {
    /// The public one.
    pub public: Router,
    /// The operator's.
    pub admin: Router,
    /// What the public one needs.
    pub app: App,
    runtime: tokio::runtime::Runtime,
}

/// A spell that the toy release groups to an HRG of `RA10`.
pub fn spell() -> Json {
    json!({"procodet": "TOY", "provspno": "1", "episodes": [{
        "epiorder": "1", "startage": "40", "sex": "1", "classpat": "1", "admisorc": "19", "admimeth": "11",
        "disdest": "19", "dismeth": "1", "epidur": "1", "mainspef": "100", "neocare": "", "tretspef": "100",
        "diag": ["D100"], "oper": []
    }]})
}

impl Desk {
    /// Over the toy release as the one of the start.
    pub fn open(state: Option<&Path>, policy: Policy) -> Desk {
        let toy = Arc::new(release("tests/reference", TOY));
        let shelf = Arc::new(Shelf::new(Releases::from([(TOY.to_owned(), toy)])));
        let stock = Stock::open(Arc::clone(&shelf), state, policy).expect("the state folder can be used");
        let app = App::new(shelf);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Desk { public: router(app.clone()), admin: admin::router(stock, &app), app, runtime }
    }

    /// Sends a request to one of the interfaces and checks the answer's envelope.
    #[track_caller]
    pub fn send(&self, to: &Router, request: Request<Body>) -> Answer {
        let response = self.runtime.block_on(to.clone().oneshot(request)).expect("the service answers");
        let (parts, body) = response.into_parts();
        let bytes = self.runtime.block_on(body.collect()).expect("the body arrives").to_bytes();
        let json = if bytes.is_empty() { Json::Null } else { serde_json::from_slice(&bytes).expect("JSON") };
        let answer = Answer { status: parts.status, headers: parts.headers, json };
        if answer.status != 204 {
            answer.check_envelope();
        }
        answer
    }

    /// A request of an operator.
    #[track_caller]
    pub fn ask(&self, method: &str, path: &str, body: Option<&Json>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or(Body::empty(), |json| Body::from(json.to_string()));
        self.send(&self.admin, request.body(body).expect("a request"))
    }

    /// Uploads an archive.
    #[track_caller]
    pub fn upload(&self, query: &str, kind: &str, archive: Vec<u8>) -> Answer {
        let request = Request::builder().method("POST").uri(format!("{REFERENCES}{query}"));
        let request = request.header(header::CONTENT_TYPE, kind).body(Body::from(archive));
        self.send(&self.admin, request.expect("a request"))
    }

    /// Activates a digest of the toy release.
    #[track_caller]
    pub fn activate(&self, digest: &str) -> Answer {
        self.ask("POST", &format!("{REFERENCES}/{TOY}/activate"), Some(&json!({"digest": digest})))
    }

    /// Everything the operator sees.
    #[track_caller]
    pub fn list(&self) -> Json {
        let answer = self.ask("GET", REFERENCES, None);
        assert_eq!(answer.status, 200);
        answer.json
    }

    /// Everything the operator sees, and what callers see of it.
    #[track_caller]
    pub fn lists(&self) -> [Json; 2] {
        let request = Request::builder().uri("/v1/references").body(Body::empty()).expect("a request");
        [self.list(), self.send(&self.public, request).json]
    }

    /// Groups a spell; gives the digest and the label of the answer, or the code of the refusal.
    #[track_caller]
    pub fn group(&self, reference: &str) -> Result<(String, String), String> {
        let body = json!({"reference": reference, "spell": spell()});
        let request = Request::builder().method("POST").uri("/v1/group/apc");
        let request = request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string()));
        let answer = self.send(&self.public, request.expect("a request"));
        let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
        if answer.status != 200 {
            return Err(text(&answer.json["code"]));
        }
        assert_eq!(answer.headers["hrg-reference-digest"], text(&answer.json["reference"]["digest"]));
        Ok((text(&answer.json["reference"]["digest"]), text(&answer.json["spell"]["label"])))
    }
}
