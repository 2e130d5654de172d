//! A job of each kind, from its coming in to its result.

use crate::office::{GROUP, Office, episodes, episodes_of};
use crate::support::{desk, toy};
use hrg_grouper::batch::{Columns, Form, InputForm, Options, group_stream};
use hrg_grouper::jobs::Settings;
use hrg_grouper::reference::Dataset;
use serde_json::Value as Json;
use std::io::Write;
use std::sync::Arc;

/// What the stream of the service makes of the same file.
fn streamed(csv: &[u8], form: Form) -> String {
    let options = Options::new(Dataset::Apc, InputForm::Csv(Columns::Header), form);
    let mut out = Vec::new();
    group_stream(csv, &mut out, &options, Arc::new(toy())).expect("streams");
    String::from_utf8(out).expect("text")
}

#[test]
fn a_job_that_groups_gives_what_the_stream_gives_however_the_file_was_packed() {
    let place = tempfile::tempdir().expect("a folder");
    let office = Office::open(place.path(), Settings::default());
    let csv = episodes(500);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&csv).expect("packed");
    let gzip = gzip.finish().expect("packed");
    let zstd = zstd::encode_all(csv.as_slice(), 1).expect("packed");
    let (ndjson, table) = (streamed(&csv, Form::Ndjson), streamed(&csv, Form::Csv));
    for (encoding, body) in [("identity", csv.clone()), ("gzip", gzip), ("zstd", zstd)] {
        let answer = office.post_with(GROUP, "text/csv", &[("content-encoding", encoding)], body.clone());
        let id = crate::office::id_of(&answer);
        let job = office.ended(&id);
        assert_eq!(job["state"], "finished", "{encoding}: {job}");
        assert_eq!(job["sentBytes"], body.len(), "{encoding}");
        assert_eq!(job["counts"]["read"], 500);
        assert!(job["counts"]["invalid"].as_u64() > Some(0) && job["counts"]["grouped"].as_u64() > Some(0), "{job}");
        assert!(office.result(&id, "ndjson") == ndjson, "{encoding}");
        assert!(office.result(&id, "csv") == table, "{encoding}");
        let last: Json = serde_json::from_str(ndjson.lines().last().expect("a line")).expect("JSON");
        assert_eq!(last["summary"]["read"], 500);
    }
}

#[test]
fn the_form_of_a_result_follows_the_header_where_the_query_is_silent() {
    let place = tempfile::tempdir().expect("a folder");
    let office = Office::open(place.path(), Settings::default());
    let id = office.submit(GROUP, "text/csv", episodes(10));
    office.ended(&id);
    for (accept, media_type) in [("*/*", "application/x-ndjson"), ("text/csv", "text/csv")] {
        let request = axum::http::Request::builder().uri(format!("/v1/jobs/{id}/result")).header("accept", accept);
        let (status, headers, _) = office.raw(request.body(axum::body::Body::empty()).expect("a request"));
        assert_eq!((status.as_u16(), headers["content-type"].to_str().expect("text")), (200, media_type));
        assert_eq!(headers["hrg-reference"], "2099-00.payment");
        assert_eq!(headers["hrg-reference-digest"], toy().identity.digest.as_str());
    }
}

#[test]
fn a_definition_is_sent_or_named() {
    let place = tempfile::tempdir().expect("a folder");
    let text = hrg_grouper::sample::definition(Dataset::Apc);
    let rdf = hrg_grouper::files::Rdf::parse(&text, false).expect("reads");
    let mut office = Office::open(place.path(), Settings::default());
    office.router = hrg_grouper::http::router(office.app.clone().with_definitions([("night".to_owned(), rdf)].into()));
    let csv = episodes(100);
    let sent = serde_urlencoded::to_string([("definition", &text)]).expect("a query");
    let counts =
        [format!("{GROUP}&header=true&{sent}"), format!("{GROUP}&header=true&definition=night"), GROUP.to_owned()]
            .map(|path| office.ended(&office.submit(&path, "text/csv", csv.clone()))["counts"].clone());
    assert_eq!(counts[0]["read"], 100, "{counts:?}");
    assert!(counts.windows(2).all(|two| two[0] == two[1]), "{counts:?}");
    let unknown = office.post_with(&format!("{GROUP}&definition=other"), "text/csv", &[], csv);
    assert_eq!((unknown.status.as_u16(), &unknown.json["code"]), (422, &"invalid-query".into()));
}

#[test]
fn a_job_takes_lines_of_json_too() {
    let place = tempfile::tempdir().expect("a folder");
    let office = Office::open(place.path(), Settings::default());
    let line = desk::spell().to_string();
    let id = office.submit(GROUP, "application/x-ndjson", format!("{line}\nnonsense\n{line}\n"));
    let job = office.ended(&id);
    assert_eq!(job["state"], "finished", "{job}");
    assert_eq!(job["counts"]["rejected"], 1, "{job}");
    assert_eq!(office.result(&id, "ndjson").lines().count(), 4, "three outcomes and a summary");
}

#[test]
fn rows_of_a_spell_that_are_apart_are_one_spell_where_they_are_sorted() {
    let place = tempfile::tempdir().expect("a folder");
    let office = Office::open(place.path(), Settings::default());
    let text = String::from_utf8(episodes(200)).expect("text");
    let (head, rows) = text.split_once('\n').expect("a header");
    let mut rows: Vec<&str> = rows.lines().collect();
    rows.reverse();
    let turned = format!("{head}\n{}\n", rows.join("\n"));
    let [straight, sorted] = [text.clone(), turned].map(|body| {
        let id = office.submit(&format!("{GROUP}&order=sort"), "text/csv", body);
        office.ended(&id)["counts"].clone()
    });
    assert_eq!(straight, sorted);
    assert_eq!(straight["read"], 200);
}

#[test]
fn a_job_that_compares_tells_of_every_spell_what_the_service_tells_of_one() {
    let place = tempfile::tempdir().expect("a folder");
    let office = Office::to_compare(place.path());
    let csv = episodes_of(150, &crate::support::release("reference", "2024-25.payment"));
    let path = "/v1/jobs?kind=compare&dataset=apc&reference=2024-25.payment,2024-25.costing";
    let id = office.submit(path, "text/csv", csv);
    let job = office.ended(&id);
    assert_eq!(job["state"], "finished", "{job}");
    let lines: Vec<Json> =
        office.result(&id, "ndjson").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let (summary, spells) = lines.split_last().expect("a summary");
    assert_eq!(summary["summary"]["read"], spells.len());
    assert_eq!(job["counts"]["read"], spells.len());
    let changed = spells.iter().filter(|spell| spell["sameHrgs"] == false).count();
    assert_eq!(job["counts"]["changed"], changed);
    assert!(spells.iter().all(|spell| spell["results"].as_array().is_some_and(|results| results.len() == 2)));
    let table = office.result(&id, "csv");
    assert_eq!(table.lines().count(), lines.len() + 1, "a header besides");

    // One spell, sent as a line of JSON and to the service at once.
    let spell = desk::spell();
    let id = office.submit(path, "application/x-ndjson", spell.to_string());
    office.ended(&id);
    let result = office.result(&id, "ndjson");
    let line: Json = serde_json::from_str(result.lines().next().expect("a line")).expect("JSON");
    let body = serde_json::json!({"references": ["2024-25.payment", "2024-25.costing"], "spell": spell});
    let answer = office.post_with("/v1/compare", "application/json", &[], body.to_string());
    assert_eq!(line["results"], answer.json["results"]);
    assert_eq!(line["sameHrgs"], answer.json["sameHrgs"]);
}

#[test]
fn a_job_that_checks_finds_what_the_service_finds_at_once() {
    let place = tempfile::tempdir().expect("a folder");
    let office = Office::open(place.path(), Settings::default());
    let csv = episodes(500);
    let id = office.submit("/v1/jobs?kind=check&dataset=apc&reference=2099-00.payment", "text/csv", csv.clone());
    let job = office.ended(&id);
    assert_eq!(job["state"], "finished", "{job}");
    let result = office.result(&id, "ndjson");
    let line: Json = serde_json::from_str(result.lines().next().expect("a line")).expect("JSON");
    let answer = office.post_with("/v1/check/apc?reference=2099-00.payment&header=true", "text/csv", &[], csv);
    assert_eq!(line, answer.json);
    assert_eq!(job["counts"]["invalid"], answer.json["failing"]);
    assert!(office.result(&id, "csv").starts_with("part,severity,code,field,count,share,lines,message\n"));
}

#[test]
fn events_tell_how_a_job_goes_until_it_ends() {
    let place = tempfile::tempdir().expect("a folder");
    let office = Office::open(place.path(), Settings::default());
    let id = office.submit(GROUP, "text/csv", episodes(2_000));
    let events = office.follow(&id);
    let (last, before) = events.split_last().expect("events");
    assert_eq!((last.0.as_str(), &last.1["state"]), ("finished", &Json::from("finished")));
    assert!(before.iter().all(|(name, _)| name == "progress"), "{before:?}");
    let running: Vec<&Json> = before.iter().map(|(_, job)| job).filter(|job| job["state"] == "running").collect();
    let shares: Vec<f64> = running.iter().filter_map(|job| job["progress"]["share"].as_f64()).collect();
    assert!(!shares.is_empty() && shares.is_sorted(), "{shares:?}");
    // Whoever comes later hears of the end at once.
    assert_eq!(office.follow(&id).len(), 1);
}

#[test]
fn a_file_that_cannot_be_done_fails_with_a_reason_and_leaves_nothing() {
    let place = tempfile::tempdir().expect("a folder");
    let few = Settings { unpacked_bytes: 5_000, whole_bytes: 5_000, ..Settings::default() };
    let office = Office::open(place.path(), few);
    let check = "/v1/jobs?kind=check&dataset=apc&reference=2099-00.payment";
    let whole = zstd::encode_all(episodes(5).as_slice(), 1).expect("packed");
    for (path, kind, encoding, body, code) in [
        (GROUP, "text/csv", "identity", b"a,b\n1,2\n".to_vec(), "wrong-columns"),
        (GROUP, "application/json", "identity", b"nonsense".to_vec(), "malformed-json"),
        (GROUP, "text/csv", "gzip", b"not gzip".to_vec(), "input-unreadable"),
        (GROUP, "text/csv", "zstd", whole[..whole.len() / 2].to_vec(), "input-unreadable"),
        (GROUP, "text/csv", "identity", episodes(500), "too-large"),
        (check, "text/csv", "identity", episodes(500), "too-large"),
        (check, "text/csv", "identity", b"a,b\n".to_vec(), "wrong-columns"),
        (check, "text/csv", "identity", episodes(0), "no-record"),
    ] {
        let answer = office.post_with(path, kind, &[("content-encoding", encoding)], body);
        let id = crate::office::id_of(&answer);
        let job = office.ended(&id);
        assert_eq!((&job["state"], &job["failure"]["code"]), (&"failed".into(), &code.into()), "{job}");
        assert!(!place.path().join(&id).exists(), "{code}");
        let refused = office.ask("GET", &format!("/v1/jobs/{id}/result"));
        assert_eq!((refused.status.as_u16(), &refused.json["code"]), (409, &"job-failed".into()));
    }
}
