//! A request that is sent whatever comes back meanwhile, and what the service took for it.

use crate::support::program::Running;
use serde_json::Value as Json;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Pieces of a body, each made when it is sent.
pub type Pieces<'b> = Box<dyn Iterator<Item = Vec<u8>> + Send + 'b>;

/// What came back, and what it took.
pub struct Taken {
    pub status: u16,
    pub body: String,
    pub wall: Duration,
    /// Time of processors.
    pub cpu: Duration,
    /// Bytes of memory beyond those held before, at the highest.
    pub memory: u64,
}

impl Taken {
    /// The code of a problem, of a stream's error, of the first record that was rejected, or of a file's first finding.
    pub fn code(&self) -> String {
        let first = self.body.lines().find(|line| line.contains("\"code\"")).unwrap_or_default();
        let json: Json = serde_json::from_str(first).or_else(|_| serde_json::from_str(&self.body)).unwrap_or_default();
        let places =
            ["/errors/0/code", "/results/0/errors/0/code", "/error/code", "/failure/code", "/findings/0/code", "/code"];
        places.iter().find_map(|place| json.pointer(place)?.as_str()).unwrap_or("none").to_owned()
    }
}

/// A number of bytes that the system knows of a process.
fn held(service: &Running, name: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{}/status", service.child.id())).expect("it runs");
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).expect("a number") * 1024
}

/// Time of processors that a service has taken.
fn spent(service: &Running) -> Duration {
    let text = std::fs::read_to_string(format!("/proc/{}/stat", service.child.id())).expect("it runs");
    let after = text.rsplit_once(')').expect("a name").1;
    let ticks: u64 = after.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u64>().ok()).sum();
    // A tick is a hundredth of a second on every Linux.
    Duration::from_millis(ticks * 10)
}

/// Does something, and measures what the service took for it.
pub fn measured(service: &Running, ask: impl FnOnce() -> (u16, String)) -> Taken {
    // From here on the highest that it has is counted anew.
    std::fs::write(format!("/proc/{}/clear_refs", service.child.id()), "5").expect("it runs");
    let (before, already, begun) = (held(service, "VmRSS"), spent(service), Instant::now());
    let (status, body) = ask();
    let (wall, cpu) = (begun.elapsed(), spent(service).saturating_sub(already));
    Taken { status, body, wall, cpu, memory: held(service, "VmHWM").saturating_sub(before) }
}

/// Posts a body piece by piece; whoever is refused early may stop.
pub fn post(service: &Running, path: &str, headers: &str, pieces: Pieces<'_>) -> (u16, String) {
    let line = TcpStream::connect(&service.address).expect("it listens");
    line.set_read_timeout(Some(Duration::from_secs(60))).expect("a time");
    std::thread::scope(|scope| {
        let mut to = &line;
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n{headers}\r\n\r\n"
        );
        scope.spawn(move || -> io::Result<()> {
            to.write_all(head.as_bytes())?;
            for piece in pieces.filter(|piece| !piece.is_empty()) {
                to.write_all(format!("{:x}\r\n", piece.len()).as_bytes())?;
                to.write_all(&piece)?;
                to.write_all(b"\r\n")?;
            }
            to.write_all(b"0\r\n\r\n")
        });
        let (mut answer, mut from, mut buffer) = (Vec::new(), &line, [0; 16 * 1024]);
        // A line that is reset after the answer has given it.
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            answer.extend_from_slice(&buffer[..read]);
        }
        _ = line.shutdown(std::net::Shutdown::Both);
        let text = String::from_utf8_lossy(&answer).into_owned();
        let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        (status, unchunked(body))
    })
}

/// A body without the lengths between its pieces.
fn unchunked(body: &str) -> String {
    if body.starts_with('{') {
        return body.to_owned();
    }
    let (mut text, mut rest) = (String::new(), body);
    while let Some((length, after)) = rest.split_once("\r\n") {
        let Some(piece) = usize::from_str_radix(length, 16).ok().and_then(|length| after.get(..length)) else { break };
        text.push_str(piece);
        rest = after.get(piece.len() + 2..).unwrap_or_default();
    }
    text
}
