//! A service with jobs in this process, and files to send it.

pub use crate::support::program::GROUP;
use crate::support::program::read_events;
pub use crate::support::records::{all_below, episodes, episodes_of};
use crate::support::service::Answer;
use crate::support::{TOY, toy};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use hrg_grouper::bundle::{Releases, Shelf};
use hrg_grouper::http::{App, router};
use hrg_grouper::jobs::{Jobs, Settings};
use http_body_util::BodyExt;
use serde_json::Value as Json;
use std::path::Path;
use std::sync::Arc;
use tower::ServiceExt;

/// The service.
pub struct Office {
    pub router: Router,
    pub app: App,
    pub runtime: tokio::runtime::Runtime,
    jobs: Arc<Jobs>,
}

/// Releases for the shelf: the toy, and two that can be compared.
fn releases() -> Releases {
    let real = |id: &str| (id.to_owned(), Arc::new(crate::support::release("reference", id)));
    [(TOY.to_owned(), Arc::new(toy()))].into_iter().chain([real("2024-25.payment"), real("2024-25.costing")]).collect()
}

impl Office {
    /// Over the toy release and a state folder.
    pub fn open(state: &Path, settings: Settings) -> Office {
        Office::over(state, settings, Releases::from([(TOY.to_owned(), Arc::new(toy()))]))
    }

    /// Over releases that can be compared.
    pub fn to_compare(state: &Path) -> Office {
        Office::over(state, Settings::default(), releases())
    }

    fn over(state: &Path, settings: Settings, releases: Releases) -> Office {
        let shelf = Arc::new(Shelf::new(releases));
        let jobs = Arc::new(Jobs::new(state, Arc::clone(&shelf), settings));
        jobs.open().expect("the folder of jobs can be used");
        let app = App::new(shelf).with_jobs(Arc::clone(&jobs));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        Office { router: router(app.clone()), app, runtime: runtime.expect("a runtime"), jobs }
    }

    /// Ends the service as a shutdown does.
    pub fn close(self) {
        self.app.drain();
        self.jobs.stop();
    }

    /// Sends a request; gives the answer unread.
    pub fn raw(&self, request: Request<Body>) -> (StatusCode, HeaderMap, Vec<u8>) {
        self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.expect("the service answers");
            let (parts, body) = response.into_parts();
            let bytes = body.collect().await.expect("the body arrives").to_bytes();
            (parts.status, parts.headers, bytes.into())
        })
    }

    /// Sends a request and checks the answer's envelope.
    #[track_caller]
    pub fn send(&self, request: Request<Body>) -> Answer {
        let (status, headers, bytes) = self.raw(request);
        let json = if bytes.is_empty() { Json::Null } else { serde_json::from_slice(&bytes).expect("JSON") };
        let answer = Answer { status, headers, json };
        if answer.status != 204 {
            answer.check_envelope();
        }
        answer
    }

    /// A request without a body.
    #[track_caller]
    pub fn ask(&self, method: &str, path: &str) -> Answer {
        self.send(Request::builder().method(method).uri(path).body(Body::empty()).expect("a request"))
    }

    /// Sends a file with further headers.
    #[track_caller]
    pub fn post_with(&self, path: &str, kind: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        let mut request = Request::builder().method("POST").uri(path).header(header::CONTENT_TYPE, kind);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).expect("a request"))
    }

    /// Sends a file; gives the id of its job.
    #[track_caller]
    pub fn submit(&self, path: &str, kind: &str, body: impl Into<Body>) -> String {
        id_of(&self.post_with(path, kind, &[], body))
    }

    /// Follows the events of a job to their end; gives names and data.
    #[track_caller]
    pub fn follow(&self, id: &str) -> Vec<(String, Json)> {
        let request = Request::builder().uri(format!("/v1/jobs/{id}/events")).body(Body::empty()).expect("a request");
        let (status, headers, body) = self.raw(request);
        assert_eq!(status, 200);
        assert_eq!(headers["content-type"], "text/event-stream");
        read_events(&String::from_utf8(body).expect("text"))
    }

    /// Waits for the end of a job; gives the job.
    #[track_caller]
    pub fn ended(&self, id: &str) -> Json {
        self.follow(id).pop().expect("an event").1
    }

    /// A result as bytes.
    #[track_caller]
    pub fn bytes(&self, id: &str, format: &str) -> Vec<u8> {
        let path = format!("/v1/jobs/{id}/result?format={format}");
        let (status, headers, body) = self.raw(Request::builder().uri(path).body(Body::empty()).expect("a request"));
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        assert_eq!(headers["content-length"], body.len().to_string().as_str());
        assert_eq!(headers["cache-control"], "no-store");
        body
    }

    /// A result as text.
    #[track_caller]
    pub fn result(&self, id: &str, format: &str) -> String {
        String::from_utf8(self.bytes(id, format)).expect("text")
    }
}

/// The id in the answer to a file that was taken.
#[track_caller]
pub fn id_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 202, "{}", answer.json);
    let id = answer.json["id"].as_str().expect("an id").to_owned();
    assert_eq!(answer.headers["location"], format!("/v1/jobs/{id}").as_str());
    assert_eq!(answer.headers["retry-after"], "1");
    id
}
