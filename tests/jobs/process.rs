//! The program itself: what it does when it is told to stop, what it says, and what a full disk does to it.

use crate::office::{GROUP, all_below, episodes};
use crate::support::desk;
use crate::support::program::Running;
use serde_json::Value as Json;
use std::process::Command;

#[cfg(unix)]
#[test]
fn a_service_that_is_told_to_stop_interrupts_its_job_ends_its_events_and_takes_the_job_up_again() {
    let place = tempfile::tempdir().expect("a folder");
    let service = Running::start(place.path());
    let id = service.submit(&episodes(5_000));
    let waiting = service.submit(&episodes(10));
    std::thread::scope(|scope| {
        let [following, waiting] = [&id, &waiting].map(|id| service.events(id));
        let following = scope.spawn(|| Running::listen(following).0);
        let waiting = scope.spawn(|| Running::listen(waiting).0);
        let stop = Command::new("kill").args(["-TERM", &service.child.id().to_string()]).status();
        assert!(stop.expect("kill runs").success());
        for events in [following, waiting] {
            let events = events.join().expect("the events end");
            let (name, _) = events.last().expect("an event");
            assert!(["interrupted", "stopping"].contains(&name.as_str()), "{name}");
        }
    });
    let mut service = service;
    assert_eq!(service.child.wait().expect("ended").code(), Some(0));
    let service = Running::start(place.path());
    for id in [&id, &waiting] {
        assert_eq!(service.follow(id).0.last().expect("an event").0, "finished");
    }
}

#[test]
fn nothing_of_a_file_is_in_the_log_or_on_the_disk() {
    const CANARY: &str = "CANARY9434765919";
    let place = tempfile::tempdir().expect("a folder");
    let mut service = Running::start(place.path());
    let rows = String::from_utf8(episodes(50)).expect("text").replace(',', &format!("{CANARY},"));
    let definition = serde_urlencoded::to_string([("definition", format!("COMMA DELIMITED\n{CANARY},X,1,,,,\n"))]);
    let sent = [
        ("/v1/jobs?kind=check&dataset=apc&reference=2099-00.payment".to_owned(), rows.clone()),
        (format!("{GROUP}&{CANARY}=1"), rows.clone()),
        (format!("{GROUP}&{}", definition.expect("a query")), rows),
        (GROUP.to_owned(), CANARY.repeat(3)),
        (GROUP.to_owned(), format!("{}{CANARY}", String::from_utf8(episodes(3)).expect("text"))),
    ];
    let count = sent.len();
    for (path, body) in sent {
        let (_, answer) = service.ask("POST", &path, "text/csv", body.as_bytes());
        let answer = String::from_utf8(answer).expect("text");
        assert!(!answer.contains(CANARY), "{answer}");
        let answer: Json = serde_json::from_str(&answer).expect("JSON");
        if let Some(id) = answer["id"].as_str() {
            let (events, _) = service.follow(id);
            assert!(events.iter().all(|(_, job)| !job.to_string().contains(CANARY)), "{events:?}");
        }
    }
    // A process that is killed does not write the lines that wait: each of the requests has its own.
    service.said("a line for each file", |log| {
        let files = log.lines().filter(|line| line.contains("\"http.method\":\"POST\""));
        (files.count() == count).then_some(())
    });
    service.child.kill().expect("killed");
    service.child.wait().expect("ended");
    let log = service.log.lock().expect("the log");
    assert!(log.contains("/v1/jobs") && !log.contains(CANARY), "{log}");
    for file in all_below(place.path()) {
        let bytes = std::fs::read(&file).expect("readable");
        assert!(!bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes()), "{}", file.display());
    }
}

/// Sets the largest file that a process may write, as a full disk would; none for any size.
#[cfg(target_os = "linux")]
fn limit(service: &Running, bytes: Option<u64>) {
    let size = format!("--fsize={}:unlimited", bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string()));
    let status = Command::new("prlimit").args(["--pid", &service.child.id().to_string(), &size]).status();
    assert!(status.expect("prlimit runs").success());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_refuses_jobs_and_nothing_else_until_there_is_room_again() {
    let place = tempfile::tempdir().expect("a folder");
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_hrg")]);
    let service = Running::start_as(command, place.path());
    let body = episodes(50);
    let before = service.submit(&body);
    assert_eq!(service.follow(&before).0.last().expect("an event").0, "finished");
    let single = serde_json::json!({"reference": "2099-00.payment", "spell": desk::spell()}).to_string();

    limit(&service, Some(1_000));
    for _ in 0..2 {
        let (status, answer) = service.ask("POST", GROUP, "text/csv", &body);
        let answer: Json = serde_json::from_slice(&answer).expect("JSON");
        assert_eq!((status, &answer["code"]), (503, &"job-store-unwritable".into()), "{answer}");
        let (status, answer) = service.ask("POST", "/v1/group/apc", "application/json", single.as_bytes());
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    }
    // What is deleted is erased, whether or not the store can be told.
    let _ = service.ask("DELETE", &format!("/v1/jobs/{before}"), "", b"");
    let jobs = place.path().join("jobs");
    assert_eq!(all_below(&jobs), [jobs.join("jobs.redb")], "the store alone is left");

    limit(&service, None);
    let (status, _) = service.ask("GET", &format!("/v1/jobs/{before}"), "", b"");
    assert!([404, 410].contains(&status), "it does not claim a result that is gone: {status}");
    let after = service.submit(&body);
    assert_eq!(service.follow(&after).0.last().expect("an event").0, "finished");
    let (status, _) = service.ask("GET", &format!("/v1/jobs/{after}/result"), "", b"");
    assert_eq!(status, 200);
}

#[test]
fn a_folder_of_jobs_that_cannot_be_used_keeps_jobs_away_and_nothing_else_until_it_can() {
    let place = tempfile::tempdir().expect("a folder");
    std::fs::write(place.path().join("jobs"), "in the way").expect("written");
    let service = Running::start(place.path());
    let (status, answer) = service.ask("POST", GROUP, "text/csv", &episodes(5));
    let answer: Json = serde_json::from_slice(&answer).expect("JSON");
    assert_eq!((status, &answer["code"]), (503, &"job-store-unwritable".into()), "{answer}");
    assert_eq!(service.ask("GET", "/v1/references", "", b"").0, 200);
    std::fs::remove_file(place.path().join("jobs")).expect("removed");
    let id = service.submit(&episodes(5));
    assert_eq!(service.follow(&id).0.last().expect("an event").0, "finished");
}
