//! `cargo bench --bench performance`: the figures of docs/performance.md. Both sides of each ratio are measured in turn
//! in this one run, and the middle of the rounds counts.
//!
//! Without arguments everything is measured and printed; `--write` writes the page as well. `engine`, `http` and `start`
//! measure that part alone; `printed` is what other programs of `make bench` have measured. `--short` is for every change: ratios alone, with room for noise.
#![allow(clippy::cast_precision_loss, reason = "counts are far below the limit")]

mod empty;
mod engine;
mod figure;
mod load;
mod median;
mod printed;
#[path = "../records/mod.rs"]
mod records;
mod server;
mod short;
mod start;
mod table;

use figure::Figure;
use std::process::ExitCode;
use std::time::Duration;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rounds of every comparison.
const ROUNDS: usize = 5;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["--serve-empty", port, threads, size] => {
            let number = |text: &str| text.parse().expect("a number");
            empty::serve(port.parse().expect("a port"), number(threads), number(size));
        }
        ["--short"] => return short::run(),
        [] => print!("{}", table::of(&all())),
        ["--write"] => table::write(&all()),
        parts => print!("{}", table::of(&parts.iter().copied().flat_map(measured).collect::<Vec<_>>())),
    }
    ExitCode::SUCCESS
}

fn all() -> Vec<Figure> {
    ["engine", "http", "start", "printed"].into_iter().flat_map(measured).collect()
}

fn measured(part: &str) -> Vec<Figure> {
    match part {
        "engine" => engine::figures(ROUNDS, Duration::from_millis(700)),
        "http" => load::figures(threads(), load::Extent { rounds: 3 * ROUNDS, seconds: 2 }),
        "start" => start::figures(ROUNDS),
        "printed" => printed::figures(),
        other => panic!("there is no part {other}"),
    }
}

/// Threads of both services: those of `HRG_THREADS`, or as many as the service takes by itself.
fn threads() -> usize {
    let asked = std::env::var("HRG_THREADS").ok().and_then(|threads| threads.parse().ok());
    asked.unwrap_or_else(hrg_grouper::http::threads)
}
