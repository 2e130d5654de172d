//! What is deleted, expired or broken off is gone, and nothing of a file can be read on the disk before.

use crate::office::{GROUP, Office, all_below, episodes, id_of};
use crate::support::desk;
use axum::body::{Body, Bytes};
use axum::http::Request;
use hrg_grouper::jobs::Settings;
use hrg_grouper::reference::Dataset;
use jiff::SignedDuration;
use std::path::Path;

const CANARY: &str = "CANARY9434765919";

/// Whether any file below holds these bytes.
fn holds(place: &Path, bytes: &[u8]) -> bool {
    // What the service erases between the listing and the look holds nothing any more.
    let read = |path: &Path| match std::fs::read(path) {
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        read => read.expect("readable"),
    };
    let holds = |path: &Path| read(path).windows(bytes.len()).any(|window| window == bytes);
    all_below(place).iter().any(|path| holds(path))
}

/// What is left of a job that was erased, with its key, on the disk.
fn assert_erased(place: &Path, id: &str, key: &[u8]) {
    assert!(!place.join(id).exists());
    assert!(!holds(place, key), "the key is gone");
}

#[test]
fn deleting_erases_files_and_key_whether_the_job_waits_runs_or_has_ended() {
    for (running, end, rows) in [(0, false, 10), (1, false, 3_000), (1, true, 10)] {
        let place = tempfile::tempdir().expect("a folder");
        let office = Office::open(place.path(), Settings { running, ..Settings::default() });
        let id = office.submit(GROUP, "text/csv", episodes(rows));
        if end {
            office.ended(&id);
        }
        let key = std::fs::read(place.path().join(&id).join("key")).expect("a key");
        assert_eq!(office.ask("DELETE", &format!("/v1/jobs/{id}")).status, 204);
        assert_erased(place.path(), &id, &key);
        for (method, path) in [("GET", ""), ("GET", "/result"), ("GET", "/events"), ("DELETE", "")] {
            let answer = office.ask(method, &format!("/v1/jobs/{id}{path}"));
            assert_eq!((answer.status.as_u16(), &answer.json["code"]), (404, &"unknown-job".into()), "{method} {path}");
        }
        // The next one is done, and what the one before wrote in its last moment is not there either.
        if running > 0 {
            let next = office.submit(GROUP, "text/csv", episodes(10));
            assert_eq!(office.ended(&next)["state"], "finished");
        }
        office.close();
        assert_erased(place.path(), &id, &key);
    }
}

#[test]
fn a_job_whose_time_is_over_is_erased_and_says_so() {
    let place = tempfile::tempdir().expect("a folder");
    let office = Office::open(place.path(), Settings::default());
    let id = office.submit(GROUP, "text/csv", episodes(10));
    office.ended(&id);
    let key = std::fs::read(place.path().join(&id).join("key")).expect("a key");
    office.close();

    // The same folder, with a service that keeps nothing: a job that ends is over.
    let office = Office::open(place.path(), Settings { keep: SignedDuration::ZERO, ..Settings::default() });
    assert_eq!(office.ask("GET", &format!("/v1/jobs/{id}")).status, 200, "it was promised a day");
    let over = office.submit(GROUP, "text/csv", episodes(10));
    let over_key = std::fs::read(place.path().join(&over).join("key"));
    let last = office.follow(&over).pop().expect("an event");
    assert!(["ended", "finished"].contains(&last.0.as_str()), "{last:?}");
    for path in ["", "/result", "/events"] {
        let answer = office.ask("GET", &format!("/v1/jobs/{over}{path}"));
        assert_eq!((answer.status.as_u16(), &answer.json["code"]), (410, &"job-expired".into()), "{path}");
    }
    if let Ok(over_key) = over_key {
        assert_erased(place.path(), &over, &over_key);
    }
    assert!(holds(place.path(), &key), "what may stay stays");
}

#[test]
fn nothing_of_a_file_stands_on_the_disk_in_clear() {
    let place = tempfile::tempdir().expect("a folder");
    let office = Office::open(place.path(), Settings { running: 0, ..Settings::default() });
    let mut spell = desk::spell();
    spell["provspno"] = CANARY.into();
    spell["note"] = CANARY.into();
    let mut definition = hrg_grouper::sample::definition(Dataset::Apc);
    let next = hrg_grouper::sample::columns(Dataset::Apc).len() + 1;
    definition.push_str(&format!("{CANARY},{CANARY},{next},,,,\n"));
    let query = serde_urlencoded::to_string([("definition", &definition)]).expect("a query");
    let rows = String::from_utf8(episodes(5)).expect("text").replace('\n', &format!(",{CANARY}\n"));
    let key = ("idempotency-key", CANARY);
    let lines = office.post_with(GROUP, "application/x-ndjson", &[key], spell.to_string());
    let table = office.post_with(&format!("{GROUP}&{query}"), "text/csv", &[], rows);
    let ids = [id_of(&lines), id_of(&table)];
    assert!(!holds(place.path(), CANARY.as_bytes()), "while they wait");
    office.close();
    let office = Office::open(place.path(), Settings::default());
    for id in ids {
        let job = office.ended(&id);
        assert_eq!(job["state"], "finished", "{job}");
        assert!(!job.to_string().contains(CANARY));
        assert!(office.result(&id, "ndjson").contains(CANARY), "the caller's own values come back to the caller");
        assert!(!holds(place.path(), CANARY.as_bytes()), "once they are done");
    }
}

#[test]
fn an_upload_that_is_broken_off_leaves_nothing() {
    let place = tempfile::tempdir().expect("a folder");
    let office = Office::open(place.path(), Settings::default());
    let pieces = [Ok(Bytes::from_static(b"PROCODET,")), Err(std::io::Error::other("gone"))];
    let body = Body::from_stream(futures_util::stream::iter(pieces));
    let request = Request::builder().method("POST").uri(GROUP).header("content-type", "text/csv").body(body);
    let answer = office.send(request.expect("a request"));
    assert_eq!((answer.status.as_u16(), &answer.json["code"]), (400, &"input-unreadable".into()));
    office.close();
    let left: Vec<_> =
        std::fs::read_dir(place.path()).expect("readable").flatten().filter(|e| e.path().is_dir()).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn what_is_of_no_job_is_erased_at_the_start() {
    let place = tempfile::tempdir().expect("a folder");
    let left = place.path().join("0b1c6a52-0000-4000-8000-000000000000");
    std::fs::create_dir_all(&left).expect("made");
    std::fs::write(left.join("key"), [7; 32]).expect("written");
    std::fs::write(left.join("input"), "x").expect("written");
    Office::open(place.path(), Settings::default()).close();
    assert!(!left.exists());
}
