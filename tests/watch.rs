//! What a service tells of itself: metrics, health, the book of decisions, its log; and that none of it is of a patient.

mod support;

use axum::body::Body;
use axum::http::{Request, header};
use hrg_grouper::audit::{AuditSettings, Book, Seal, WhenFull};
use hrg_grouper::bundle::signature::Policy;
use hrg_grouper::bundle::{Releases, Shelf, Stock};
use hrg_grouper::http::{App, admin, router};
use http_body_util::BodyExt;
use serde_json::{Value as Json, json};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use support::desk::spell;
use support::{TOY, release};
use tower::ServiceExt;

/// What no part of the service may keep.
const CANARY: &str = "CANARY5550001112";

struct Watched {
    app: App,
    public: axum::Router,
    admin: axum::Router,
    runtime: tokio::runtime::Runtime,
}

struct Answer {
    status: u16,
    headers: axum::http::HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }

    fn json(&self) -> Json {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }
}

impl Watched {
    fn with(set_up: impl FnOnce(App) -> App) -> Watched {
        let toy = Arc::new(release("tests/reference", TOY));
        let shelf = Arc::new(Shelf::new(Releases::from([(TOY.to_owned(), toy)])));
        let stock = Stock::open(Arc::clone(&shelf), None, Policy::default()).expect("a stock");
        let app = set_up(App::new(shelf));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let (public, admin) = (router(app.clone()), admin::router(stock, &app));
        Watched { app, public, admin, runtime: runtime.expect("a runtime") }
    }

    fn send(&self, to: &axum::Router, request: Request<Body>) -> Answer {
        let response = self.runtime.block_on(to.clone().oneshot(request)).expect("an answer");
        let (parts, body) = response.into_parts();
        let body = self.runtime.block_on(body.collect()).expect("a body").to_bytes().to_vec();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    fn get(&self, path: &str) -> Answer {
        self.send(&self.public, Request::builder().uri(path).body(Body::empty()).expect("a request"))
    }

    fn metrics(&self) -> String {
        let request = Request::builder().uri("/metrics").body(Body::empty()).expect("a request");
        let answer = self.send(&self.admin, request);
        assert_eq!(answer.status, 200);
        assert!(answer.header("content-type").starts_with("application/openmetrics-text"));
        answer.text().to_owned()
    }

    fn post(&self, path: &str, body: &str, kind: &str, head: &[(&str, &str)]) -> Answer {
        let request = Request::builder().method("POST").uri(path).header(header::CONTENT_TYPE, kind);
        let request = head.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        self.send(&self.public, request.body(Body::from(body.to_owned())).expect("a request"))
    }

    fn group(&self, body: &str) -> Answer {
        self.post("/v1/group/apc", body, "application/json", &[])
    }
}

fn body() -> String {
    json!({"reference": TOY, "spell": spell()}).to_string()
}

/// The value of a line of metrics.
fn value(metrics: &str, line: &str) -> Option<f64> {
    metrics.lines().find_map(|found| found.strip_prefix(line)?.trim().parse().ok())
}

#[test]
fn metrics_count_requests_results_and_errors_by_names_of_the_program_alone() {
    let watched = Watched::with(|app| app);
    assert_eq!(watched.group(&body()).status, 200);
    let mut faulty = spell();
    faulty["episodes"][0]["sex"] = json!(CANARY);
    let batch = json!([spell(), faulty, {"nothing": CANARY}]).to_string();
    let answer = watched.post(&format!("/v1/group/apc/batch?reference={TOY}"), &batch, "application/json", &[]);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let lines = format!("{}\n{}\n", spell(), spell());
    let path = format!("/v1/group/apc/batch?reference={TOY}");
    assert_eq!(watched.post(&path, &lines, "application/x-ndjson", &[]).status, 200);
    assert_eq!(watched.get(&format!("/{CANARY}?nhs={CANARY}")).status, 404);
    assert_eq!(watched.post("/v1/group/apc", CANARY, CANARY, &[("x-canary", CANARY)]).status, 415);
    let strange = Request::builder().method(CANARY).uri("/v1/limits").body(Body::empty()).expect("a request");
    assert_eq!(watched.send(&watched.public, strange).status, 405);

    let metrics = watched.metrics();
    for (line, expected) in [
        (r#"hrg_http_requests_total{route="/v1/group/apc",method="POST",status="200"}"#, 1.0),
        (r#"hrg_http_requests_total{route="/v1/group/apc/batch",method="POST",status="200"}"#, 2.0),
        (r#"hrg_http_requests_total{route="none",method="GET",status="404"}"#, 1.0),
        (r#"hrg_http_requests_total{route="/v1/limits",method="none",status="405"}"#, 1.0),
        (r#"hrg_http_request_duration_seconds_count{route="/v1/group/apc"}"#, 2.0),
        (r#"hrg_groups_total{dataset="APC",method="U"}"#, 1.0),
        (r#"hrg_group_errors_total{dataset="APC",situation="field_invalid"}"#, 1.0),
        ("hrg_http_shed_total", 0.0),
        ("hrg_http_rate_limited_total", 0.0),
    ] {
        assert_eq!(value(&metrics, line), Some(expected), "{line}\n{metrics}");
    }
    let grouped: f64 = metrics
        .lines()
        .filter(|l| l.starts_with("hrg_groups_total"))
        .filter_map(|l| l.rsplit(' ').next()?.parse::<f64>().ok())
        .sum();
    assert!((grouped - 5.0).abs() < 0.1, "{metrics}");
    assert!(value(&metrics, "process_open_fds").is_some_and(|files| files > 2.0));
    assert!(value(&metrics, "process_resident_memory_bytes").is_some_and(|bytes| bytes > 1e6));
    assert!(metrics.contains(&format!(r#"hrg_reference_info{{id="{TOY}""#)) && metrics.ends_with("# EOF\n"));
    assert!(!metrics.contains(CANARY));
}

#[test]
fn every_metric_is_in_the_list_of_the_documentation() {
    let Ok(list) = std::fs::read_to_string(support::folder("docs").join("metrics.md")) else {
        panic!("docs/metrics.md is the list of metrics");
    };
    let watched = Watched::with(|app| app);
    watched.group(&body());
    for line in watched.metrics().lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let name = line.split(' ').next().expect("a name");
        assert!(list.contains(name), "docs/metrics.md does not name {name}");
    }
}

#[test]
fn ping_names_the_program_and_status_fails_while_the_service_ends() {
    let watched = Watched::with(|app| app);
    let ping = watched.get("/_ping");
    assert_eq!(ping.status, 200);
    let told = ping.json();
    assert_eq!((&told["version"], &told["revision"]), (&env!("CARGO_PKG_VERSION").into(), &"v1".into()));
    assert!(told["releaseId"].as_str().expect("text").starts_with(&format!("{TOY}@sha256:")));
    let status = watched.get("/_status");
    assert_eq!((status.status, &status.json()["status"]), (200, &"pass".into()));
    assert_eq!(status.json()["checks"]["references:loaded"][0]["observedValue"], 1);
    watched.app.drain();
    let status = watched.get("/_status");
    assert_eq!((status.status, &status.json()["status"]), (503, &"fail".into()));
    assert_eq!(watched.get("/_ping").status, 200);
}

fn book(file: &Path, key: &Path) -> Arc<Book> {
    let settings =
        AuditSettings { file: Some(file.to_owned()), key_file: Some(key.to_owned()), ..AuditSettings::default() };
    Arc::new(Book::open(&settings).expect("a book").expect("a file is named"))
}

#[test]
fn every_decision_stands_in_the_book_with_hashes_and_no_identifier() {
    let place = tempfile::tempdir().expect("a folder");
    let (file, key) = (place.path().join("decisions.ndjson"), place.path().join("key"));
    std::fs::write(&key, "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=").expect("written");
    let kept = book(&file, &key);
    let watched = Watched::with(|app| app.with_book(Some(Arc::clone(&kept))));
    let mut named = spell();
    named["provspno"] = json!(CANARY);
    let body = json!({"reference": TOY, "spell": named}).to_string();
    let id = "6f0c7f0a-94c1-4b57-8a39-2f3f1f4f1a11";
    let answer = watched.post("/v1/group/apc", &body, "application/json", &[("x-request-id", id)]);
    assert_eq!(answer.status, 200);
    let stream = watched.post(
        &format!("/v1/group/apc/batch?reference={TOY}"),
        &format!("{named}\n"),
        "application/x-ndjson",
        &[],
    );
    assert_eq!(stream.status, 200);
    assert_eq!(watched.get("/v1/references").status, 200, "which is no decision");
    assert_eq!(watched.group("{").status, 400, "which is none either");
    kept.close();
    let text = std::fs::read_to_string(&file).expect("the book");
    assert!(!text.contains(CANARY));
    let lines: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 2, "{text}");
    let seal = Seal::open(Some(&key)).expect("the key");
    let line = &lines[0];
    assert_eq!(line["sent"], seal.of(body.as_bytes()).to_string());
    assert_eq!(line["answered"], seal.of(&answer.body).to_string());
    assert_eq!(line["decision"], answer.header("hrg-decision-id"));
    assert_eq!(line["request"], id);
    assert_eq!(line["digest"], answer.header("hrg-reference-digest"));
    assert_eq!((&line["route"], &line["status"]), (&"/v1/group/apc".into(), &200.into()));
    assert_eq!(lines[1]["decision"], stream.header("hrg-decision-id"));
}

/// A sink that takes nothing.
struct Stuck(Receiver<()>);

impl Write for Stuck {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let _ = self.0.recv();
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn where_the_book_is_stuck_answers_go_on_or_are_refused_as_configured() {
    for when_full in [WhenFull::Drop, WhenFull::Refuse] {
        let (let_go, held) = sync_channel(0);
        let settings = AuditSettings { queue: 2, when_full, ..AuditSettings::default() };
        let kept = Arc::new(Book::over(Stuck(held), &settings).expect("a book"));
        let watched = Watched::with(|app| app.with_book(Some(Arc::clone(&kept))));
        let statuses: Vec<u16> = (0..20).map(|_| watched.group(&body()).status).collect();
        match when_full {
            WhenFull::Drop => {
                assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
                assert!(value(&watched.metrics(), "hrg_audit_dropped_total").is_some_and(|lost| lost > 5.0));
            }
            WhenFull::Refuse => {
                assert!(statuses.iter().filter(|status| **status == 503).count() > 5, "{statuses:?}");
                assert!(statuses.iter().all(|status| [200, 503].contains(status)), "{statuses:?}");
            }
        }
        drop(let_go);
    }
}

#[test]
fn pages_of_other_origins_may_call_where_they_are_named_and_nowhere_else() {
    let dashboard = "https://dashboard.trust.example";
    let asked = |watched: &Watched, origin: &str| {
        let request = Request::builder().method("OPTIONS").uri("/v1/group/apc").header("origin", origin);
        let request = request.header("access-control-request-method", "POST");
        let request = request.header("access-control-request-headers", "content-type,authorization");
        watched.send(&watched.public, request.body(Body::empty()).expect("a request"))
    };
    let closed = Watched::with(|app| app);
    assert_eq!(asked(&closed, dashboard).header("access-control-allow-origin"), "");
    let open = Watched::with(|app| app.with_origins(&[dashboard.to_owned()]));
    assert_eq!(asked(&open, dashboard).header("access-control-allow-origin"), dashboard);
    assert_eq!(asked(&open, "https://elsewhere.example").header("access-control-allow-origin"), "");
    let answer = open.post("/v1/group/apc", &body(), "application/json", &[("origin", dashboard)]);
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, dashboard));
    assert_eq!(answer.header("access-control-allow-credentials"), "");
}

#[test]
fn answers_are_packed_for_those_who_ask() {
    let watched = Watched::with(|app| app);
    let body = json!({"reference": TOY, "explain": "full", "spell": spell()}).to_string();
    let plain = watched.group(&body);
    let packed = watched.post("/v1/group/apc", &body, "application/json", &[("accept-encoding", "gzip")]);
    assert_eq!((plain.header("content-encoding"), packed.header("content-encoding")), ("", "gzip"));
    let mut unpacked = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(packed.body.as_slice()), &mut unpacked).expect("gzip");
    assert_eq!(unpacked, plain.body);
    assert!(packed.body.len() * 2 < plain.body.len());
    let small = watched.post("/v1/limits", "", "application/json", &[("accept-encoding", "gzip")]);
    assert_eq!(small.header("content-encoding"), "");
}
