//! What is refused, and how.

use crate::office::{GROUP, Office, episodes};
use crate::support::service::Service;
use axum::body::{Body, Bytes};
use axum::http::Request;
use hrg_grouper::jobs::Settings;

const COMPARE: &str = "/v1/jobs?kind=compare&dataset=apc&reference=";

#[test]
fn a_request_that_is_wrong_is_refused_before_its_file_is_taken() {
    let place = tempfile::tempdir().expect("a folder");
    let office = Office::open(place.path(), Settings::default());
    let long = "x".repeat(256);
    let with = |more: &str| format!("{GROUP}&{more}");
    for (path, kind, headers, status, code) in [
        ("/v1/jobs".to_owned(), "text/csv", vec![], 422, "invalid-query"),
        (with("extra=1"), "text/csv", vec![], 422, "invalid-query"),
        (GROUP.replace("group", "dance"), "text/csv", vec![], 422, "invalid-query"),
        (GROUP.replace("apc", "xyz"), "text/csv", vec![], 422, "invalid-query"),
        (GROUP.replace("2099", "1999"), "text/csv", vec![], 404, "unknown-reference"),
        (with("definition=nonsense"), "text/csv", vec![], 422, "invalid-query"),
        (with("definition=COMMA+DELIMITED%0AA,A,1,,,,"), "text/csv", vec![], 422, "invalid-query"),
        (with("header=true"), "text/csv", vec![], 422, "invalid-query"),
        (with("order=random"), "text/csv", vec![], 422, "invalid-query"),
        (format!("{COMPARE}2099-00.payment"), "text/csv", vec![], 422, "invalid-query"),
        (format!("{COMPARE}2099-00.payment,x"), "text/csv", vec![], 404, "unknown-reference"),
        (format!("{COMPARE}2099-00.payment,2099-00.payment"), "application/json", vec![], 422, "invalid-query"),
        (GROUP.replace("group", "check"), "application/json", vec![], 422, "invalid-query"),
        (GROUP.to_owned(), "application/xml", vec![], 415, "unsupported-media-type"),
        (GROUP.to_owned(), "text/csv", vec![("content-encoding", "br")], 415, "unsupported-encoding"),
        (GROUP.to_owned(), "text/csv", vec![("idempotency-key", "")], 422, "bad-idempotency-key"),
        (GROUP.to_owned(), "text/csv", vec![("idempotency-key", "a b")], 422, "bad-idempotency-key"),
        (GROUP.to_owned(), "text/csv", vec![("idempotency-key", &long)], 422, "bad-idempotency-key"),
        (GROUP.to_owned(), "text/csv", vec![("content-length", "536870913")], 413, "too-large"),
    ] {
        let answer = office.post_with(&path, kind, &headers, episodes(1));
        assert_eq!((answer.status.as_u16(), &answer.json["code"]), (status, &code.into()), "{path} {headers:?}");
    }
    for (method, path, status, code) in [
        ("GET", "/v1/jobs/none", 404, "unknown-job"),
        ("GET", "/v1/jobs/..%2f..", 404, "unknown-job"),
        ("DELETE", "/v1/jobs/none", 404, "unknown-job"),
        ("GET", "/v1/jobs/none/result", 404, "unknown-job"),
        ("GET", "/v1/jobs/none/result?format=doc", 422, "invalid-query"),
        ("GET", "/v1/jobs/none/events", 404, "unknown-job"),
        ("GET", "/v1/jobs", 405, "method-not-allowed"),
    ] {
        let answer = office.ask(method, path);
        assert_eq!((answer.status.as_u16(), &answer.json["code"]), (status, &code.into()), "{method} {path}");
    }
    assert_eq!(std::fs::read_dir(place.path()).expect("readable").count(), 1, "the store alone");
}

#[test]
fn a_job_that_has_not_ended_has_no_result() {
    let place = tempfile::tempdir().expect("a folder");
    let office = Office::open(place.path(), Settings { running: 0, ..Settings::default() });
    let id = office.submit(GROUP, "text/csv", episodes(5));
    assert_eq!(office.ask("GET", &format!("/v1/jobs/{id}")).json["state"], "queued");
    let answer = office.ask("GET", &format!("/v1/jobs/{id}/result"));
    assert_eq!((answer.status.as_u16(), &answer.json["code"]), (409, &"job-not-finished".into()));
    assert_eq!(answer.headers["retry-after"], "1");
}

#[test]
fn a_job_that_was_cut_short_too_often_says_so_and_is_not_begun_again() {
    let place = tempfile::tempdir().expect("a folder");
    let office = Office::open(place.path(), Settings { running: 0, ..Settings::default() });
    let id = office.submit(GROUP, "text/csv", episodes(5));
    office.close();
    let office = Office::open(place.path(), Settings { attempts: 0, ..Settings::default() });
    let events = office.follow(&id);
    let [(name, job)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((name.as_str(), &job["failure"]["code"]), ("interrupted", &"interrupted-too-often".into()), "{job}");
    assert!(!place.path().join(&id).exists(), "its files are of no more use");
    let answer = office.ask("GET", &format!("/v1/jobs/{id}/result"));
    assert_eq!((answer.status.as_u16(), &answer.json["code"]), (409, &"job-failed".into()));
    assert_eq!(office.ask("DELETE", &format!("/v1/jobs/{id}")).status, 204);
}

#[test]
fn a_form_that_is_not_there_is_refused() {
    let place = tempfile::tempdir().expect("a folder");
    let office = Office::open(place.path(), Settings::default());
    let id = office.submit("/v1/jobs?kind=check&dataset=apc&reference=2099-00.payment", "text/csv", episodes(5));
    office.ended(&id);
    let answer = office.ask("GET", &format!("/v1/jobs/{id}/result?format=zip"));
    assert_eq!((answer.status.as_u16(), &answer.json["code"]), (406, &"not-acceptable".into()));
}

#[test]
fn a_file_that_grows_too_large_on_its_way_is_refused_and_erased() {
    let place = tempfile::tempdir().expect("a folder");
    let office = Office::open(place.path(), Settings { sent_bytes: 1_000_000, ..Settings::default() });
    let pieces = (0..200).map(|_| Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; 10_000])));
    let body = Body::from_stream(futures_util::stream::iter(pieces));
    let request = Request::builder().method("POST").uri(GROUP).header("content-type", "text/csv").body(body);
    let answer = office.send(request.expect("a request"));
    assert_eq!((answer.status.as_u16(), &answer.json["code"]), (413, &"too-large".into()));
    office.close();
    assert_eq!(std::fs::read_dir(place.path()).expect("readable").count(), 1, "the store alone");
}

#[test]
fn a_service_without_a_folder_takes_no_jobs() {
    let service = Service::over(vec![crate::support::toy()]);
    for (method, path) in [
        ("POST", GROUP),
        ("GET", "/v1/jobs/x"),
        ("DELETE", "/v1/jobs/x"),
        ("GET", "/v1/jobs/x/result"),
        ("GET", "/v1/jobs/x/events"),
    ] {
        let answer = service.send(Request::builder().method(method).uri(path).body(Body::empty()).expect("a request"));
        assert_eq!(
            (answer.status.as_u16(), &answer.json["code"]),
            (501, &"jobs-not-configured".into()),
            "{method} {path}"
        );
    }
}
