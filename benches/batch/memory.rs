//! How much memory a process takes at its highest with a short stream, and then with a long one.

use crate::{Counted, lines::Lines};
use hrg_grouper::batch::{Columns, Form, InputForm, Options, group_stream};
use hrg_grouper::reference::{Dataset, Reference};
use std::io::{self, Read};
use std::process::Command;
use std::sync::Arc;

const SHORT: u64 = 10_000;
const LONG: u64 = 5_000_000;
/// Episodes that are given again and again, each time as a spell of its own.
const ROUND: u64 = 1_000;

/// Streams whose memory is looked at.
pub struct Job {
    csv: bool,
}

impl Job {
    /// What the parent asked for.
    pub fn from_arguments() -> Option<Job> {
        let mut arguments = std::env::args().skip_while(|argument| argument != "memory").skip(1);
        Some(Job { csv: arguments.next()? == "csv" })
    }

    /// Runs the short one and the long one, and prints the highest resident memory in KiB after each. One process, since
    /// what loading the releases leaves behind differs by more from one to the next than a stream takes.
    pub fn run(self, reference: &Arc<Reference>) {
        let (input, output) =
            if self.csv { (InputForm::Csv(Columns::Header), Form::Csv) } else { (InputForm::Ndjson, Form::Ndjson) };
        let options = Options::new(Dataset::Apc, input, output);
        for count in [SHORT, LONG] {
            let records = Endless::new(&self, count, reference);
            let summary =
                group_stream(records, Counted::default(), &options, Arc::clone(reference)).expect("a summary");
            assert_eq!((summary.read, summary.apart), (count, 0), "every row is a spell of its own");
            println!("{}", highest());
        }
    }
}

fn highest() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells it");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a line");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// Rows in which the number of the spell is written anew each time.
struct Endless {
    /// Each row in three parts: before the number, its digits, after it.
    rows: Vec<(String, String)>,
    next: u64,
    last: u64,
    piece: Vec<u8>,
    given: usize,
}

impl Endless {
    fn new(job: &Job, records: u64, reference: &Reference) -> Endless {
        let lines = if job.csv { Lines::csv(ROUND, reference) } else { Lines::ndjson(ROUND, reference) };
        let text = String::from_utf8(lines.bytes().to_vec()).expect("text");
        let (header, text) = if job.csv { text.split_once('\n').expect("a header") } else { ("", text.as_str()) };
        let number = |line: &str| -> (String, String) {
            let start = if job.csv {
                line.find(',').map(|place| place + 1)
            } else {
                line.find("provspno\":\"").map(|place| place + 11)
            };
            let (before, rest) = line.split_at(start.expect("a spell number"));
            let end = rest.find(if job.csv { ',' } else { '"' }).expect("its end");
            (before.to_owned(), rest[end..].to_owned())
        };
        let piece = if job.csv { format!("{header}\n").into_bytes() } else { Vec::new() };
        Endless { rows: text.lines().map(number).collect(), next: 0, last: records, piece, given: 0 }
    }
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.piece.len() && self.next < self.last {
            self.piece.clear();
            self.given = 0;
        }
        while self.piece.len() < buffer.len() && self.next < self.last {
            let (before, after) = &self.rows[usize::try_from(self.next % ROUND).expect("small")];
            self.piece.extend_from_slice(format!("{before}M{:09}{after}\n", self.next).as_bytes());
            self.next += 1;
        }
        let rest = &self.piece[self.given..];
        let read = rest.len().min(buffer.len());
        buffer[..read].copy_from_slice(&rest[..read]);
        self.given += read;
        Ok(read)
    }
}

/// What one process took, in MiB: with the short stream, with the long one, and how much more.
fn taken(form: &str) -> [f64; 3] {
    let program = std::env::current_exe().expect("this program");
    let told = Command::new(program).args(["memory", form]).output().expect("it runs");
    let text = String::from_utf8(told.stdout).expect("text");
    let found: Vec<f64> = text.lines().map(|line| line.parse::<f64>().expect("a number") / 1024.0).collect();
    let [short, long] = found[..] else { panic!("two numbers: {text}") };
    [short, long, long - short]
}

/// Prints the table: the process of five whose growth is the middle one.
pub fn report() {
    println!("| form | resident at most, {SHORT} rows | {LONG} rows | growth |");
    println!("|---|---|---|---|");
    for form in ["ndjson", "csv"] {
        let mut all: [[f64; 3]; 5] = std::array::from_fn(|_| taken(form));
        all.sort_by(|[.., one], [.., other]| one.total_cmp(other));
        let [short, long, growth] = all[all.len() / 2];
        println!("| {form} | {short:.1} MiB | {long:.1} MiB | {growth:.1} MiB |");
    }
}
