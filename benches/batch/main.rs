//! Streamed batches beside loops that only parse and serialise the same lines: `cargo bench --bench batch`.
//!
//! Both sides run in turn, on one core and on two; the middle of the ratios of single rounds counts, since the machine's
//! own speed moves between them. The belt cuts and writes on threads of its own, so one thread is one core: all of them
//! share it. Processor time is told too: records a second of a busy core. At the end, resident memory with a short stream
//! and then with a long one.
#![allow(missing_docs, clippy::expect_used, reason = "a benchmark")]

mod clock;
mod cores;
mod lines;
mod loops;
#[path = "../performance/median.rs"]
mod median;
mod memory;

use clock::{Spent, timed};
use hrg_grouper::batch::{Columns, Form, InputForm, Options, group_stream};
use hrg_grouper::bundle::Shelf;
use hrg_grouper::reference::{Dataset, Reference};
use lines::Lines;
use median::median;
use std::io::{self, Write};
use std::sync::Arc;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const REFERENCE: &str = "2024-25.payment";
/// Records of a run, and runs of each side, unless `HRG_BENCH_RECORDS` and `HRG_BENCH_RUNS` say otherwise.
const RECORDS: u64 = 1_000_000;
const RUNS: u64 = 7;

fn main() {
    let (shelf, _) = Shelf::load(None).expect("no folder is read");
    let reference = shelf.find(REFERENCE).expect("the release is in the program");
    if let Some(job) = memory::Job::from_arguments() {
        return job.run(&reference);
    }
    let records = number("HRG_BENCH_RECORDS", RECORDS);
    println!("{records} invented episodes a run, median of {} runs, both sides in turn", runs());
    println!();
    let ndjson = Lines::ndjson(records, &reference);
    let (owned, lent) = (loops::owned as fn(&str, &mut Vec<u8>, usize), loops::lent as fn(&str, &mut Vec<u8>, usize));
    compare("NDJSON, loop with owned texts", &ndjson, InputForm::Ndjson, Form::Ndjson, owned, &reference);
    compare("NDJSON, loop with lent texts", &ndjson, InputForm::Ndjson, Form::Ndjson, lent, &reference);
    drop(ndjson);
    let csv = Lines::csv(records, &reference);
    let header = || InputForm::Csv(Columns::Header);
    compare("CSV, loop with owned texts", &csv, header(), Form::Csv, loops::csv_owned, &reference);
    compare("CSV, loop with lent texts", &csv, header(), Form::Csv, loops::csv_lent, &reference);
    compare("CSV, loop of bytes", &csv, header(), Form::Csv, loops::csv_bytes, &reference);
    drop(csv);
    memory::report();
}

/// A number of the environment.
fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn runs() -> usize {
    usize::try_from(number("HRG_BENCH_RUNS", RUNS)).expect("a small number")
}

/// Counts what is written, and keeps nothing.
#[derive(Default)]
pub struct Counted(pub u64);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The belt over the lines, with so many threads that read and group; gives the bytes of the answer.
fn belt(lines: &Lines, options: &Options, reference: &Arc<Reference>, pool: &rayon::ThreadPool) -> u64 {
    let mut counted = Counted::default();
    let summary = pool.install(|| group_stream(lines.bytes(), &mut counted, options, Arc::clone(reference)));
    assert_eq!(summary.expect("a summary").read, lines.records, "every record is answered");
    counted.0
}

/// What the loop and the belt took in one round.
type Round = [Spent; 2];

/// One form: the belt and the loop, on one core and on two.
#[expect(clippy::cast_precision_loss, reason = "counts of a benchmark are far below 2^52")]
fn compare(
    name: &str,
    lines: &Lines,
    input: InputForm,
    output: Form,
    parse_and_write: fn(&str, &mut Vec<u8>, usize),
    reference: &Arc<Reference>,
) {
    let all = cores::allowed();
    assert!(all.len() >= 2, "two cores are compared with one");
    let pools = [1, 2].map(|n| rayon::ThreadPoolBuilder::new().num_threads(n).build().expect("a pool"));
    let options = Options::new(Dataset::Apc, input, output);
    let size = usize::try_from(belt(lines, &options, reference, &pools[1]) / lines.records).expect("a line");
    // The first round is not counted: it finds caches and memory cold.
    let rounds: Vec<[Round; 2]> = (0..=runs())
        .map(|_| {
            [0, 1].map(|more| {
                cores::confine(&all[..=more]);
                let of_loop = timed(|| loops::run(lines, more + 1, size, parse_and_write));
                [of_loop, timed(|| _ = belt(lines, &options, reference, &pools[more]))]
            })
        })
        .skip(1)
        .collect();
    cores::confine(&all);
    let middle = |of: &dyn Fn(&[Round; 2]) -> f64| median(rounds.iter().map(of));
    let records = lines.records as f64;
    println!("{name}: lines of {} bytes, results of {size} bytes", lines.mean());
    println!("| threads | loop, records/s | belt, records/s | ratio | loop, records/CPU s | belt, records/CPU s |");
    println!("|---|---|---|---|---|---|");
    for more in [0, 1] {
        println!(
            "| {} | {:.0} | {:.0} | {:.0} % | {:.0} | {:.0} |",
            more + 1,
            records / middle(&|round| round[more][0].wall),
            records / middle(&|round| round[more][1].wall),
            middle(&|round| round[more][0].wall / round[more][1].wall) * 100.0,
            records / middle(&|round| round[more][0].cpu),
            records / middle(&|round| round[more][1].cpu),
        );
    }
    let gain = |side: usize| middle(&|round| round[0][side].wall / round[1][side].wall);
    println!("two threads against one: loop {:.2}, belt {:.2}", gain(0), gain(1));
    println!();
}
