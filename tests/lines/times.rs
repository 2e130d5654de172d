//! How long a connection may stay.

use super::hall::{Hall, answer, ask, ask_h2, ends_after, short};
use std::io::Write;
use std::time::{Duration, Instant};

#[test]
fn the_head_of_a_request_must_come_in_its_time() {
    let hall = Hall::open(short());
    let mut silent = hall.connect();
    assert!(ends_after(&mut silent) < Duration::from_secs(10));
    // Drop by drop, so that something always moves.
    let mut slow = hall.connect();
    let begun = Instant::now();
    let mut sent = 0;
    while slow.write_all(b"G").is_ok() && begun.elapsed() < Duration::from_secs(15) {
        sent += 1;
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(begun.elapsed() < Duration::from_secs(12) && sent > 5, "{sent} bytes in {:?}", begun.elapsed());
    // And the head of the next one, on a line that was used before.
    let mut used = hall.connect();
    ask(&mut used, "/health/live");
    assert!(answer(&mut used).expect("an answer").0.starts_with("http/1.1 200"));
    used.write_all(b"GET / HTTP/1.1\r\nHost:").expect("sent");
    assert!(ends_after(&mut used) < Duration::from_secs(10));
}

#[test]
fn a_line_without_requests_ends_and_one_that_is_used_does_not() {
    let hall = Hall::open(short());
    let mut used = hall.connect();
    // Longer than the head may take, and shorter than a line may idle.
    for _ in 0..4 {
        ask(&mut used, "/health/live");
        assert!(answer(&mut used).expect("the line is open").0.starts_with("http/1.1 200"));
        std::thread::sleep(Duration::from_millis(1300));
    }
    assert!(ends_after(&mut used) < Duration::from_secs(10));
}

#[test]
fn a_request_that_runs_is_not_idle_and_its_body_may_come_slowly() {
    let hall = Hall::of_slow_routes(short());
    let mut line = hall.connect();
    ask(&mut line, "/slow");
    assert_eq!(answer(&mut line).expect("an answer").1, b"slow");
    line.write_all(b"POST /read HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\n\r\n").expect("sent");
    for _ in 0..5 {
        std::thread::sleep(Duration::from_millis(700));
        line.write_all(b"x").expect("the line is open");
    }
    assert_eq!(answer(&mut line).expect("an answer").1, b"5");
    let slow = hall.runtime.block_on(async {
        let line = tokio::net::TcpStream::connect(hall.address).await.expect("it listens");
        ask_h2(line, &["/slow", "/"]).await
    });
    assert_eq!(slow, [(200, "slow".to_owned()), (200, "at once".to_owned())]);
}

#[test]
fn running_requests_end_and_idle_lines_end_at_once_when_the_service_stops() {
    let mut hall = Hall::of_slow_routes(super::hall::Limits::default());
    let (mut idle, mut busy) = (hall.connect(), hall.connect());
    for line in [&mut idle, &mut busy] {
        ask(line, "/");
        assert!(answer(line).is_some());
    }
    ask(&mut busy, "/slow");
    std::thread::sleep(Duration::from_millis(500));
    let serving = hall.stop();
    assert!(ends_after(&mut idle) < Duration::from_secs(2), "an idle line ends at once");
    let (head, body) = answer(&mut busy).expect("what runs is answered");
    assert_eq!(body, b"slow");
    assert!(head.contains("connection: close"), "{head}");
    let begun = Instant::now();
    hall.runtime.block_on(serving).expect("it ends");
    assert!(begun.elapsed() < Duration::from_secs(5), "nothing is left to wait for");
}

#[test]
fn what_never_ends_does_not_keep_the_service() {
    let limits = super::hall::Limits { drain_seconds: 1, ..Default::default() };
    let mut hall = Hall::of_slow_routes(limits);
    let mut line = hall.connect();
    line.write_all(b"POST /read HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\n\r\n").expect("sent");
    std::thread::sleep(Duration::from_millis(300));
    let begun = Instant::now();
    let serving = hall.stop();
    hall.runtime.block_on(serving).expect("it ends");
    assert!(begun.elapsed() < Duration::from_secs(8));
}
