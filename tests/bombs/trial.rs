//! A service that bombs are sent to, and what it did not keep to.

use crate::sent::{Pieces, Taken, measured, post};
use crate::support::program::Running;
use crate::support::{TOY, desk};
use serde_json::{Value as Json, json};
use std::iter::{once, repeat_n};
use std::process::Command;
use std::time::Duration;

pub const MIB: u64 = 1024 * 1024;
/// Memory beyond the limit.
const BEYOND: u64 = 32 * MIB;
/// Time of processors: half a second as the program is shipped. In the debug profile nothing is optimised, neither here nor in what
/// unpacks and encrypts, and the same work takes up to thirty times as long; what fails there is of another kind altogether.
const TIME: Duration = Duration::from_millis(if cfg!(debug_assertions) { 15_000 } else { 500 });

/// How the service is started. That a request takes too long is tried elsewhere, and would hide what is tried here.
const FLAGS: [&str; 6] = ["--threads", "2", "--admin-listen", "127.0.0.1:0", "--set", "limits.seconds=300"];

/// The trial.
pub struct Trial {
    service: Running,
    _place: tempfile::TempDir,
    faults: Vec<String>,
    is_of_operators: bool,
}

impl Trial {
    pub fn begin() -> Trial {
        let place = tempfile::tempdir().expect("a folder");
        let service = Running::start_with(Command::new(env!("CARGO_BIN_EXE_hrg")), place.path(), &FLAGS);
        // The first of everything takes memory that stays.
        for kind in ["application/json", "application/x-ndjson", "text/csv"] {
            let line = desk::spell().to_string() + "\n";
            post(&service, &batch("apc"), &kind_of(kind), bytes(line));
        }
        println!("\n{:<60} {:>9} {:>9} {:>8}  answer", "", "processor", "elapsed", "memory");
        Trial { service, _place: place, faults: Vec::new(), is_of_operators: false }
    }

    /// From here on what is sent goes to the admin interface.
    pub fn turn_to_operators(&mut self) {
        self.service.address = self.service.admin();
        self.is_of_operators = true;
    }

    /// Sends a body; it must be answered so, within time and the memory of that limit.
    pub fn send(&mut self, name: &str, to: (&str, &str), pieces: Pieces<'_>, limit: u64, expected: (u16, &str)) {
        let taken = measured(&self.service, || post(&self.service, to.0, to.1, pieces));
        self.judge(name, &taken, limit, expected);
    }

    /// Sends a file as a job, which must come to that failure.
    pub fn job(&mut self, name: &str, to: (&str, &str), body: &[u8], limit: u64, expected: &str) {
        let taken = measured(&self.service, || {
            let (status, answer) = post(&self.service, to.0, to.1, bytes(body));
            let answer: Json = serde_json::from_str(&answer).unwrap_or_default();
            let Some(id) = answer["id"].as_str() else { return (status, answer.to_string()) };
            let (events, _) = self.service.follow(id);
            (status, events.last().map(|(_, job)| job.to_string()).unwrap_or_default())
        });
        self.judge(name, &taken, limit, (202, expected));
    }

    fn judge(&mut self, name: &str, taken: &Taken, limit: u64, expected: (u16, &str)) {
        let (code, memory) = (taken.code(), taken.memory / MIB);
        let (cpu, wall) = (taken.cpu.as_secs_f64(), taken.wall.as_secs_f64());
        println!("{name:<60} {cpu:>7.2} s {wall:>7.2} s {memory:>4} MiB  {} {code}", taken.status);
        let mut fault = |words: String| self.faults.push(format!("{name}: {words}"));
        if (taken.status, code.as_str()) != expected {
            let said = taken.body.get(..300).unwrap_or(&taken.body);
            fault(format!("{} {code}, not {expected:?}: {said}", taken.status));
        }
        if taken.cpu > TIME {
            fault(format!("{:?} of processors", taken.cpu));
        }
        if taken.memory > limit + BEYOND {
            fault(format!("{memory} MiB"));
        }
    }

    /// The service must be there still, and must have kept to everything.
    pub fn end(mut self) {
        let line = json!({"reference": TOY, "spell": desk::spell()}).to_string();
        if !self.is_of_operators {
            let (status, _) = post(&self.service, "/v1/group/apc", &kind_of("application/json"), bytes(line));
            assert_eq!(status, 200, "it serves on");
        }
        assert!(self.service.child.try_wait().expect("it can be asked").is_none());
        assert!(self.faults.is_empty(), "\n{}", self.faults.join("\n"));
    }
}

pub fn batch(dataset: &str) -> String {
    format!("/v1/group/{dataset}/batch?reference={TOY}")
}

pub fn kind_of(kind: &str) -> String {
    format!("Content-Type: {kind}")
}

pub fn packed(kind: &str, packing: &str) -> String {
    format!("Content-Type: {kind}\r\nContent-Encoding: {packing}")
}

/// A body that is there.
pub fn bytes<'b>(body: impl Into<Vec<u8>>) -> Pieces<'b> {
    let body: Vec<u8> = body.into();
    let pieces = body.len().div_ceil(1 << 16);
    Box::new((0..pieces).map(move |piece| body[piece << 16..body.len().min((piece + 1) << 16)].to_vec()))
}

/// A start, the same piece over and over, and an end.
pub fn around<'b>(start: &str, piece: &str, times: usize, end: &str) -> Pieces<'b> {
    let together = (1 << 16) / piece.len() + 1;
    let (many, few) = (piece.repeat(together).into_bytes(), piece.repeat(times % together).into_bytes());
    let (start, end) = (start.as_bytes().to_vec(), end.as_bytes().to_vec());
    Box::new(once(start).chain(repeat_n(many, times / together)).chain([few, end]))
}

/// An object of so many keys, all of them different.
pub fn keys(number: usize) -> String {
    let fields: Vec<String> = (0..number).map(|key| format!("\"k{key}\":1")).collect();
    format!("{{{}}}", fields.join(","))
}

/// Two gibibytes of zeros in Zstandard: one frame of a megabyte over and over.
pub fn zstd_bomb() -> Vec<u8> {
    zstd::stream::encode_all(&vec![0; 1 << 20][..], 3).expect("packed").repeat(2048)
}
