//! `POST /v1/group/apc` under load, beside the empty handler.

use super::figure::{Bound, Figure, rate, ratio};
use super::median::median;
use super::server::{Load, Server, free_port, script};
use std::process::{Command, Stdio};

const PART: &str = "One spell over HTTP";

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// Rounds; each measures both sides.
    pub rounds: usize,
    /// Seconds of one side's load.
    pub seconds: u64,
}

/// The example request with that much explanation, as a program would send it.
fn body(explain: &str) -> String {
    let text = include_str!("../../tests/examples/request.json");
    let mut body: serde_json::Value = serde_json::from_str(text).expect("the example is JSON");
    body["explain"] = explain.into();
    body.to_string()
}

fn own(threads: usize) -> Server {
    let port = free_port();
    let mut command = Command::new(env!("CARGO_BIN_EXE_hrg"));
    command.args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--threads", &threads.to_string()]);
    // The log is written as in service, to a file.
    let log = tempfile::tempfile().expect("a temporary file");
    Server::start(command.stderr(Stdio::from(log)), port)
}

fn empty(threads: usize, size: usize) -> Server {
    let port = free_port();
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--serve-empty", &port.to_string(), &threads.to_string(), &size.to_string()]);
    Server::start(&mut command, port)
}

/// One side of a comparison over the rounds.
fn middle(loads: &[Load]) -> Load {
    let of = |part: fn(&Load) -> f64| median(loads.iter().map(part));
    Load { rate: of(|load| load.rate), p99: of(|load| load.p99), cpu: of(|load| load.cpu) }
}

/// What a number of connections gave: the middle of each side, and of the ratios of ours to the other, round by round.
pub struct Compared {
    pub connections: usize,
    pub ours: Load,
    pub theirs: Load,
    pub ratios: Load,
}

/// Both sides in turn, at each number of connections.
pub fn compare(explain: &str, threads: usize, extent: Extent, connections: &[usize]) -> Vec<Compared> {
    let body = body(explain);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let script_file = folder.path().join("post.lua");
    std::fs::write(&script_file, script(&body)).expect("the script is written");
    let own = own(threads);
    let (status, answer) = own.ask("POST", "/v1/group/apc", body.as_bytes()).expect("an answer");
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    let empty = empty(threads, answer.len());
    eprintln!("http, explain={explain}: body of {} bytes, answer of {}, {threads} threads", body.len(), answer.len());
    for server in [&own, &empty] {
        server.load(&script_file, 16, 1); // the first requests find everything cold
    }
    let measure = |connections: usize| {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..extent.rounds {
            ours.push(own.load(&script_file, connections, extent.seconds));
            theirs.push(empty.load(&script_file, connections, extent.seconds));
        }
        let ratio = |(ours, theirs): (&Load, &Load)| Load {
            rate: ours.rate / theirs.rate,
            p99: ours.p99 / theirs.p99,
            cpu: ours.cpu / theirs.cpu,
        };
        let ratios: Vec<Load> = ours.iter().zip(&theirs).map(ratio).collect();
        let (ours, theirs, ratios) = (middle(&ours), middle(&theirs), middle(&ratios));
        eprintln!("  {connections} connections: ours {ours:?}, empty handler {theirs:?}");
        Compared { connections, ours, theirs, ratios }
    };
    connections.iter().map(|connections| measure(*connections)).collect()
}

/// The figures of the table.
pub fn figures(threads: usize, extent: Extent) -> Vec<Figure> {
    let mut figures = Vec::new();
    for explain in ["none", "summary"] {
        for Compared { connections, ours, theirs, ratios } in compare(explain, threads, extent, &[16, 64]) {
            let what = |of: &str| format!("explain={explain}, {connections} connections: {of}");
            let beside = |of: &str, ours: String, theirs: String| format!("{of} ({ours} beside {theirs})");
            let mut bound = |of: String, found: f64, bound: Bound| {
                figures.push(Figure::bound(PART, what(&of), found, bound, ratio));
            };
            let requests = beside("requests", rate(ours.rate), rate(theirs.rate));
            bound(requests, ratios.rate, Bound::Least(0.85));
            let p99 = beside("p99", format!("{:.2} ms", ours.p99), format!("{:.2} ms", theirs.p99));
            bound(p99, ratios.p99, Bound::Most(1.3));
            let cpu = beside("processor time", format!("{:.1} µs", ours.cpu), format!("{:.1} µs", theirs.cpu));
            bound(cpu, ratios.cpu, Bound::Most(1.25));
        }
    }
    figures
}
