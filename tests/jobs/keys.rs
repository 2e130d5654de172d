//! A request that is sent again.

use crate::office::{GROUP, Office, episodes, id_of};
use hrg_grouper::jobs::Settings;

const KEY: (&str, &str) = ("idempotency-key", "8e03978e-40d5-43dd-bc93-6894a57f9324");

#[test]
fn the_same_key_and_request_is_the_same_job_across_a_restart_and_another_request_is_refused() {
    let place = tempfile::tempdir().expect("a folder");
    let body = episodes(20);
    let office = Office::open(place.path(), Settings::default());
    let id = id_of(&office.post_with(GROUP, "text/csv", &[KEY], body.clone()));
    assert_eq!(id_of(&office.post_with(GROUP, "text/csv", &[KEY], body.clone())), id);
    office.ended(&id);
    office.close();

    let office = Office::open(place.path(), Settings::default());
    assert_eq!(id_of(&office.post_with(GROUP, "text/csv", &[KEY], body.clone())), id);
    let sorted = format!("{GROUP}&order=sort");
    for (path, kind, headers, body) in [
        (GROUP, "text/csv", vec![KEY], episodes(21)),
        (sorted.as_str(), "text/csv", vec![KEY], body.clone()),
        (GROUP, "application/x-ndjson", vec![KEY], body.clone()),
        (GROUP, "text/csv", vec![KEY, ("content-encoding", "gzip")], body.clone()),
    ] {
        let answer = office.post_with(path, kind, &headers, body);
        assert_eq!((answer.status.as_u16(), &answer.json["code"]), (422, &"idempotency-mismatch".into()), "{path}");
    }
    let jobs = std::fs::read_dir(place.path()).expect("readable").flatten().filter(|entry| entry.path().is_dir());
    assert_eq!(jobs.count(), 1, "what was sent again or refused leaves nothing");
    // Without a key, and with another, it is another job.
    assert_ne!(office.submit(GROUP, "text/csv", body.clone()), id);
    assert_ne!(id_of(&office.post_with(GROUP, "text/csv", &[("idempotency-key", "other")], body.clone())), id);
    // Once the job is deleted, its key is free.
    assert_eq!(office.ask("DELETE", &format!("/v1/jobs/{id}")).status, 204);
    assert_ne!(id_of(&office.post_with(GROUP, "text/csv", &[KEY], body)), id);
}

#[test]
fn a_request_sent_again_makes_no_further_job_where_there_may_be_no_more() {
    let place = tempfile::tempdir().expect("a folder");
    let office = Office::open(place.path(), Settings { running: 0, waiting: 1, ..Settings::default() });
    let id = id_of(&office.post_with(GROUP, "text/csv", &[KEY], episodes(5)));
    assert_eq!(id_of(&office.post_with(GROUP, "text/csv", &[KEY], episodes(5))), id);
    let answer = office.post_with(GROUP, "text/csv", &[], episodes(5));
    assert_eq!((answer.status.as_u16(), &answer.json["code"]), (429, &"too-many-jobs".into()));
    assert_eq!(answer.headers["retry-after"], "60");
}

#[test]
fn with_a_master_key_nothing_in_the_folder_opens_a_job() {
    let place = tempfile::tempdir().expect("a folder");
    let (state, master) = (place.path().join("jobs"), place.path().join("master"));
    std::fs::write(&master, "bWFzdGVyIGtleSBvZiAzMiBieXRlcyBmb3IgYSB0ZXM=").expect("written");
    let under = |running| Settings { master: Some(master.clone()), running, ..Settings::default() };
    let office = Office::open(&state, under(0));
    let id = office.submit(GROUP, "text/csv", episodes(5));
    office.close();
    assert!(std::fs::metadata(state.join(&id).join("key")).expect("a key").len() > 32, "it is sealed");

    let shelf = std::sync::Arc::new(hrg_grouper::bundle::Shelf::new(hrg_grouper::bundle::Releases::new()));
    for settings in [Settings::default(), Settings { master: Some(place.path().join("none")), ..Settings::default() }] {
        let jobs = hrg_grouper::jobs::Jobs::new(&state, std::sync::Arc::clone(&shelf), settings);
        assert!(jobs.open().is_err(), "without the master key jobs are neither done nor lost");
    }
    let office = Office::open(&state, under(1));
    assert_eq!(office.ended(&id)["state"], "finished");
}
