//! A service that is told to stop while everything runs: readiness says so first, what can end ends, and what cannot says that
//! it is not whole.

use crate::line::{Line, ask};
use crate::support::program::Running;
use crate::support::records::episodes;
use crate::support::{TOY, desk};
use serde_json::{Value as Json, json};
use std::io::{self, Read};
use std::process::Command;
use std::thread::{Scope, ScopedJoinHandle, scope, sleep};
use std::time::{Duration, Instant};

/// How long the process may take to its end.
const OUT: Duration = Duration::from_secs(10);
/// Records of a stream, which takes a line each.
const RECORD: &[u8] = b"{\"renalmod\":\"01\",\"renalsite\":\"01\",\"renalaccess\":\"02\",\"age\":\"40\"}\n";

fn single() -> String {
    json!({"reference": TOY, "spell": desk::spell()}).to_string()
}

/// A single whose body is half sent.
fn half_a_single(address: &str) -> (Line, String) {
    let body = single();
    let (half, rest) = body.split_at(body.len() / 2);
    let length = body.len();
    let head = format!(
        "POST /v1/group/apc HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{half}"
    );
    let mut line = Line::to(address).expect("it listens");
    line.say(head.as_bytes()).expect("sent");
    (line, rest.to_owned())
}

/// A stream with three records sent, and more to come.
fn stream(address: &str) -> Line {
    let mut line = Line::to(address).expect("it listens");
    let head = format!(
        "POST /v1/group/nrd/batch?reference={TOY} HTTP/1.1\r\nHost: here\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    line.say(head.as_bytes()).expect("sent");
    line.say_piece(&RECORD.repeat(3)).expect("sent");
    line
}

/// The last line of a stream.
fn last(body: &str) -> Json {
    serde_json::from_str(body.lines().last().unwrap_or_default()).unwrap_or_default()
}

/// Sends singles one after another, each on a connection of its own, until nobody listens; gives how many were answered. An
/// answer that has begun is whole.
fn singles(address: &str) -> usize {
    let mut answered = 0;
    loop {
        let Ok(mut line) = Line::to(address) else { return answered };
        let body = single();
        let length = body.len();
        let request = format!(
            "POST /v1/group/apc HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        // What was never taken up has no answer at all.
        if line.say(request.as_bytes()).is_err() || line.0.get_ref().peek(&mut [0]).unwrap_or(0) == 0 {
            return answered;
        }
        let answer = line.answer().expect("an answer that has begun is whole");
        assert!([200, 503].contains(&answer.status), "{answer:?}");
        assert!(answer.status == 503 || serde_json::from_str::<Json>(&answer.body).is_ok(), "{answer:?}");
        answered += 1;
    }
}

/// Twenty who listen to a job; each gives the name of its last event.
fn listeners<'s>(scope: &'s Scope<'s, '_>, service: &'s Running, id: &'s str) -> Vec<ScopedJoinHandle<'s, String>> {
    let begun: Vec<_> = (0..20).map(|_| service.events(id)).collect();
    let listen = |events| move || Running::listen(events).0.pop().map(|(name, _)| name).unwrap_or_default();
    begun.into_iter().map(|events| scope.spawn(listen(events))).collect()
}

/// Whether readiness says that it is not, before nobody listens any more.
fn says_that_it_is_not_ready(address: &str) -> bool {
    loop {
        match ask(address, "GET", "/health/ready", "", b"") {
            Ok(answer) if answer.status == 503 => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}

#[test]
fn told_to_stop_it_says_so_first_and_is_out_soon_with_nothing_half_done_that_looks_whole() {
    let place = tempfile::tempdir().expect("a folder");
    let mut service = Running::start_with(Command::new(env!("CARGO_BIN_EXE_hrg")), place.path(), &["--threads", "2"]);
    let address = service.address.clone();
    let id = service.submit(&episodes(5_000));
    let waiting = service.submit(&episodes(10));
    let begun = scope(|scope| {
        let heard = listeners(scope, &service, &id);
        let many = scope.spawn(|| singles(&address));
        let mut halves: Vec<_> = (0..8).map(|_| half_a_single(&address)).collect();
        let (mut ends, mut goes_on) = (stream(&address), stream(&address));
        sleep(Duration::from_millis(500));
        assert_eq!(ask(&address, "GET", "/health/ready", "", b"").expect("an answer").status, 200);

        service.tell_to_stop();
        let begun = Instant::now();
        assert!(says_that_it_is_not_ready(&address), "nobody was told before it was gone");
        for (line, rest) in &mut halves {
            line.say(rest.as_bytes()).expect("it still reads");
            let answer = line.answer().expect("a whole answer");
            assert_eq!(answer.status, 200, "{answer:?}");
            assert!(serde_json::from_str::<Json>(&answer.body).expect("JSON")["spell"]["hrg"].is_string());
        }
        for events in heard {
            let name = events.join().expect("the events end");
            assert!(["interrupted", "stopping"].contains(&name.as_str()), "{name}");
        }
        sleep(Duration::from_millis(500));
        ends.say_piece(RECORD).and_then(|()| ends.say_piece(b"")).expect("it still reads");
        let answer = ends.answer().expect("a whole answer");
        assert_eq!(last(&answer.body)["summary"]["read"], 4, "{answer:?}");
        // One that goes on for ever is told apart from a whole one by its last line.
        let writing = scope.spawn(move || {
            let mut line = goes_on.0.get_ref().try_clone().expect("a line");
            let piece = [format!("{:x}\r\n", RECORD.len()).as_bytes(), RECORD, b"\r\n"].concat();
            while io::Write::write_all(&mut line, &piece).is_ok() && begun.elapsed() < OUT {
                sleep(Duration::from_millis(20));
            }
            let answer = goes_on.answer();
            _ = goes_on.0.read_to_end(&mut Vec::new());
            answer
        });
        assert!(many.join().expect("they end") > 0);
        let cut = writing.join().expect("it ends");
        match cut {
            Ok(answer) => assert_eq!(last(&answer.body)["error"]["code"], "stopping", "{answer:?}"),
            Err(fault) => panic!("it ends with its last line, not in the middle: {fault}"),
        }
        begun
    });
    assert_eq!(service.child.wait().expect("ended").code(), Some(0));
    let taken = begun.elapsed();
    println!("out after {taken:?}");
    assert!(taken < OUT, "{taken:?}");

    let service = Running::start(place.path());
    for id in [&id, &waiting] {
        assert_eq!(service.follow(id).0.last().expect("an event").0, "finished", "it is taken up again");
        let (status, result) = service.ask("GET", &format!("/v1/jobs/{id}/result?format=ndjson"), "", b"");
        let result = String::from_utf8(result).expect("text");
        assert!(status == 200 && last(&result)["summary"].is_object(), "{status}");
    }
}
