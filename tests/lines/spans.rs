//! Spans of requests, as a collector receives them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

const TRACE: [u8; 16] =
    [0x4b, 0xf9, 0x2f, 0x35, 0x77, 0xb3, 0x4d, 0xa6, 0xa3, 0xce, 0x92, 0x9d, 0x0e, 0x0e, 0x47, 0x36];
const CANARY: &str = "CANARY5550009876";

/// The path and the body of a request of HTTP/1.1; the collector takes it.
fn received(mut line: TcpStream) -> (String, Vec<u8>) {
    let mut reader = BufReader::new(line.try_clone().expect("a line"));
    let head: Vec<String> = reader.by_ref().lines().map_while(Result::ok).take_while(|l| !l.is_empty()).collect();
    let length = head.iter().find_map(|l| l.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.expect("a length")];
    reader.read_exact(&mut body).expect("a body");
    line.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n")
        .expect("sent");
    (head.first().expect("a request").clone(), body)
}

fn holds(body: &[u8], what: &[u8]) -> bool {
    body.windows(what.len()).any(|part| part == what)
}

#[test]
fn a_collector_receives_each_request_under_the_trace_of_its_caller_and_nothing_of_a_patient() {
    let collector = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let endpoint = format!("telemetry.endpoint=http://{}", collector.local_addr().expect("an address"));
    let (tell, told) = channel();
    std::thread::spawn(move || collector.incoming().flatten().try_for_each(|line| tell.send(received(line))));

    let mut command = Command::new(env!("CARGO_BIN_EXE_hrg"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("HRG_")) {
        command.env_remove(name);
    }
    command.args(["serve", "--listen", "127.0.0.1:0", "--set", &endpoint]).env_remove("RUST_LOG");
    let mut service = command.stderr(Stdio::piped()).spawn().expect("the service starts");
    let mut log = BufReader::new(service.stderr.take().expect("a log")).lines().map_while(Result::ok);
    let serving = log.find(|line| line.contains(r#""message":"serving""#)).expect("it serves");
    let serving: serde_json::Value = serde_json::from_str(&serving).expect("JSON");
    let address = serving["fields"]["listen"].as_str().expect("an address").to_owned();
    std::thread::spawn(move || log.for_each(drop));

    let mut line = TcpStream::connect(&address).expect("a line");
    let request = format!(
        "GET /v1/limits?nhs={CANARY} HTTP/1.1\r\nHost: {address}\r\nX-Canary: {CANARY}\r\nConnection: close\r\n\
         traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n\r\n"
    );
    line.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    line.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

    let (head, body) = told.recv_timeout(Duration::from_secs(30)).expect("a span");
    assert_eq!(head, "POST /v1/traces HTTP/1.1");
    assert!(holds(&body, b"GET /v1/limits") && holds(&body, &TRACE) && holds(&body, b"request.id"), "{body:?}");
    assert!(!holds(&body, CANARY.as_bytes()));
    service.kill().expect("ended");
    service.wait().expect("ended");
}
