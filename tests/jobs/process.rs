//! The program itself, killed and started again while it works on jobs. `make jobs-load` runs it as it is shipped, with a
//! million episodes.

use crate::office::{GROUP, all_below, episodes, read_events};
use crate::support::folder;
use serde_json::Value as Json;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Episodes of a job: few in a test, a million on the program as it is shipped.
const EPISODES: u64 = if cfg!(debug_assertions) { 1_000 } else { 1_000_000 };
/// How often the program is killed.
const KILLS: usize = 20;

/// A running service.
struct Running {
    child: Child,
    address: String,
    log: Arc<Mutex<String>>,
}

impl Running {
    fn start(state: &Path) -> Running {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hrg"));
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("HRG_")) {
            command.env_remove(name);
        }
        command.env("RUST_LOG", "debug").args(["serve", "--listen", "127.0.0.1:0", "--state-dir"]).arg(state);
        command.arg("--reference-dir").arg(folder("tests/reference"));
        let mut child = command.stderr(Stdio::piped()).spawn().expect("the service starts");
        let mut lines = BufReader::new(child.stderr.take().expect("a log")).lines().map_while(Result::ok);
        let mut said = String::new();
        let address = loop {
            let line = lines.next().unwrap_or_else(|| panic!("the service ended: {said}"));
            said.push_str(&line);
            let line: Json = serde_json::from_str(&line).unwrap_or_default();
            if line["fields"]["message"] == "serving" {
                break line["fields"]["listen"].as_str().expect("an address").to_owned();
            }
        };
        let log = Arc::new(Mutex::new(said));
        let kept = Arc::clone(&log);
        std::thread::spawn(move || lines.for_each(|line| kept.lock().expect("the log").push_str(&line)));
        Running { child, address, log }
    }

    /// Sends a request whose answer is read by the caller.
    fn open(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).expect("connected");
        let (address, length) = (&self.address, body.len());
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).expect("sent");
        stream.write_all(body).expect("sent");
        stream
    }

    fn ask(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let mut answer = Vec::new();
        self.open(method, path, kind, body).read_to_end(&mut answer).expect("answered");
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        (head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status"), answer.split_off(end + 4))
    }

    fn submit(&self, body: &[u8]) -> String {
        let (status, answer) = self.ask("POST", GROUP, "text/csv", body);
        let answer: Json = serde_json::from_slice(&answer).expect("JSON");
        assert_eq!(status, 202, "{answer}");
        answer["id"].as_str().expect("an id").to_owned()
    }

    /// The events of a job to their end, and the longest time without one.
    fn follow(&self, id: &str) -> (Vec<(String, Json)>, Duration) {
        let mut stream = BufReader::new(self.open("GET", &format!("/v1/jobs/{id}/events"), "", b""));
        let (mut text, mut longest, mut heard) = (String::new(), Duration::ZERO, Instant::now());
        let mut line = String::new();
        while stream.read_line(&mut line).expect("a line") > 0 {
            if line.starts_with("event:") {
                longest = longest.max(heard.elapsed());
                heard = Instant::now();
            }
            text.push_str(&std::mem::take(&mut line));
        }
        let events = text.split_once("\r\n\r\n").map_or("", |(_, events)| events);
        (read_events(events).into_iter().filter(|(name, _)| !name.is_empty()).collect(), longest)
    }

    fn result(&self, id: &str, format: &str) -> (u16, Vec<u8>) {
        self.ask("GET", &format!("/v1/jobs/{id}/result?format={format}"), "", b"")
    }

    /// Stops it without a warning.
    fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn killed_at_any_moment_a_job_comes_to_the_same_result_or_says_that_it_was_interrupted() {
    let place = tempfile::tempdir().expect("a folder");
    let body = episodes(EPISODES);
    let mut service = Running::start(place.path());
    let began = Instant::now();
    let id = service.submit(&body);
    let (events, longest) = service.follow(&id);
    let took = began.elapsed();
    let last = &events.last().expect("an event").1;
    assert_eq!((&last["state"], &last["counts"]["read"]), (&"finished".into(), &EPISODES.into()), "{last}");
    if !cfg!(debug_assertions) {
        println!("{EPISODES} episodes in {took:?}; at most {longest:?} between two of {} events", events.len());
        assert!(longest < Duration::from_secs(1), "{longest:?}");
    }
    let formats: Vec<String> = last["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(|r| r["format"].as_str().expect("a form").to_owned())
        .filter(|f| f != "zip")
        .collect();
    let whole: Vec<Vec<u8>> = formats.iter().map(|format| service.result(&id, format).1).collect();
    assert_eq!(service.ask("DELETE", &format!("/v1/jobs/{id}"), "", b"").0, 204);

    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut moments = fastrand::Rng::with_seed(seed);
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    for round in 0..KILLS {
        let id = service.submit(&body);
        std::thread::sleep(took.mul_f64(moments.f64()));
        service.kill();
        service = Running::start(place.path());
        let (events, _) = service.follow(&id);
        let (name, job) = events.last().expect("an event");
        *seen.entry(name.clone()).or_default() += 1;
        match name.as_str() {
            "finished" => {
                assert_eq!(job["counts"]["read"], EPISODES, "round {round}");
                for (format, whole) in formats.iter().zip(&whole) {
                    let (status, result) = service.result(&id, format);
                    assert!(status == 200 && result == *whole, "round {round}: another result as {format}");
                }
            }
            "interrupted" => assert_eq!(service.result(&id, "ndjson").0, 409, "round {round}"),
            other => panic!("round {round}: {other}: {job}"),
        }
        assert_eq!(service.ask("DELETE", &format!("/v1/jobs/{id}"), "", b"").0, 204, "round {round}");
    }
    println!("{KILLS} kills: {seen:?}");
}

#[cfg(unix)]
#[test]
fn a_service_that_is_told_to_stop_interrupts_its_job_ends_its_events_and_takes_the_job_up_again() {
    let place = tempfile::tempdir().expect("a folder");
    let service = Running::start(place.path());
    let id = service.submit(&episodes(20 * EPISODES.min(1_000)));
    let waiting = service.submit(&episodes(10));
    std::thread::scope(|scope| {
        let following = scope.spawn(|| service.follow(&id).0);
        let waiting = scope.spawn(|| service.follow(&waiting).0);
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
    service.child.kill().expect("killed");
    service.child.wait().expect("ended");
    let log = service.log.lock().expect("the log");
    assert!(log.contains("/v1/jobs") && !log.contains(CANARY), "{log}");
    for file in all_below(place.path()) {
        let bytes = std::fs::read(&file).expect("readable");
        assert!(!bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes()), "{}", file.display());
    }
}
