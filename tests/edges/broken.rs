//! Streams that break in the middle: what came before is answered, a line says what was wrong, and only what is whole ends with
//! its summary.

use crate::line::{Whole, ask};
use crate::support::TOY;
use crate::support::archives::gzip;
use crate::support::program::Running;
use serde_json::Value as Json;

const HEADER: &str = "RENALMOD,RENALSITE,RENALACCESS,HBV,HCV,HIV,AGE\n";
const ROW: &str = "01,01,02,NEG,NEG,NEG,40\n";
const LINE: &str = "{\"renalmod\":\"01\",\"renalsite\":\"01\",\"renalaccess\":\"02\",\"age\":\"40\"}\n";
/// Bytes of a line that is longer than any may be.
const LONG: usize = 2 * 1024 * 1024;

/// What a stream is answered with, line by line, to its orderly end.
fn stream(service: &Running, kind: &str, more: &str, body: &[u8]) -> Vec<Json> {
    let path = format!("/v1/group/nrd/batch?reference={TOY}{more}");
    let head = format!("Content-Type: {kind}\r\nAccept: application/x-ndjson\r\n");
    let head = if body.starts_with(b"\x1f\x8b") { head + "Content-Encoding: gzip\r\n" } else { head };
    let Whole { status, body, .. } = ask(&service.address, "POST", &path, &head, body).expect("no bare cut");
    assert_eq!(status, 200, "{body}");
    body.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}

/// The statuses and codes of the lines.
fn told(lines: &[Json]) -> Vec<String> {
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    let tell = |line: &Json| match (&line["summary"], &line["error"]) {
        (Json::Object(summary), _) => format!("summary of {}", summary["read"]),
        (_, Json::Object(error)) => format!("error {}", text(&error["code"])),
        _ => format!("{} {}", text(&line["status"]), text(&line["errors"][0]["code"])).trim().to_owned(),
    };
    lines.iter().map(tell).collect()
}

#[test]
fn a_bad_line_and_one_that_is_too_long_are_rejected_alone_and_the_summary_counts_them() {
    let place = tempfile::tempdir().expect("a folder");
    let service = Running::start(place.path());
    let long = "x".repeat(LONG) + "\n";
    let lines = [LINE, "nonsense\n", LINE, &format!("{{\"age\":\"{long}"), LINE].concat();
    let rows = [HEADER, ROW, "01,01\n", ROW, &long, ROW].concat();
    for (kind, body, code) in [("application/x-ndjson", lines, "malformed-json"), ("text/csv", rows, "wrong-columns")] {
        let (bad, long) = (format!("rejected {code}"), "rejected line-too-long");
        let expected = ["grouped", &bad, "grouped", long, "grouped", "summary of 5"];
        let answer = stream(&service, kind, "", body.as_bytes());
        assert_eq!(told(&answer), expected);
        assert_eq!((&answer[5]["summary"]["rejected"], &answer[5]["summary"]["grouped"]), (&2.into(), &3.into()));
        let stopped = stream(&service, kind, "&onError=stop", body.as_bytes());
        assert_eq!(told(&stopped).last().expect("a line"), "error record-rejected");
        assert!(told(&stopped).iter().all(|line| !line.starts_with("summary")));
    }
}

#[test]
fn a_stream_that_cannot_be_read_on_ends_with_an_error_and_has_answered_what_came_before() {
    let place = tempfile::tempdir().expect("a folder");
    let service = Running::start(place.path());
    let many = 20_000;
    let endless = "x".repeat(40 * 1024 * 1024);
    let lines = [LINE.repeat(many), endless.clone()].concat();
    let rows = [HEADER.to_owned(), ROW.repeat(many), endless].concat();
    let mut cut = gzip(LINE.repeat(many).as_bytes());
    let half = cut.len() / 2;
    cut.truncate(half);
    for (kind, body, code) in [
        ("application/x-ndjson", lines.into_bytes(), "too-large"),
        ("text/csv", rows.into_bytes(), "too-large"),
        ("application/x-ndjson", cut, "input-unreadable"),
    ] {
        let answer = told(&stream(&service, kind, "", &body));
        let (last, before) = answer.split_last().expect("a line");
        assert_eq!(last, &format!("error {code}"), "{kind}");
        assert!(before.len() > 1_000 && before.iter().all(|line| line == "grouped"), "{kind}: {} before", before.len());
    }
}
