//! The short form, part of `make test`: ratios alone, each far from what a quiet machine gives, so that only a change that
//! makes something several times slower is stopped. A ratio that is not kept is measured once more, for longer, before
//! it counts: the machine may have been busy with something else during one side of it.

use super::figure::{Bound, Figure, ratio};
use super::load::{self, Extent};
use super::median::median;
use super::{engine, records, table};
use std::process::ExitCode;
use std::time::Duration;

/// A ratio with its bound; it is given the number of rounds to measure.
struct Check {
    what: &'static str,
    bound: Bound,
    measure: fn(usize) -> f64,
}

/// What is kept to. Built as the tests are, without optimisation, a full trace costs 3 to 5 times as much as none, and the
/// service gives 0.2 to 0.3 of the requests of the empty handler. `make bench` measures the program as it is shipped.
const CHECKS: [Check; 2] = [
    Check { what: "engine: without a trace beside a full one", bound: Bound::Most(20.0), measure: trace_cost },
    Check { what: "http: requests beside the empty handler", bound: Bound::Least(0.1), measure: http_share },
];

/// Rounds of the first measurement, and of the second where it is needed.
const ROUNDS: [usize; 2] = [3, 7];

/// Measures every ratio; fails where one is not kept twice.
pub fn run() -> ExitCode {
    let figures: Vec<Figure> = CHECKS.iter().map(Check::run).collect();
    print!("{}", table::of(&figures));
    if figures.iter().any(|figure| figure.reached == Some(false)) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

impl Check {
    fn run(&self) -> Figure {
        let figure = |rounds| Figure::bound("short", self.what, (self.measure)(rounds), self.bound, ratio);
        let [first, second] = ROUNDS;
        let once = figure(first);
        if once.reached == Some(true) { once } else { figure(second) }
    }
}

fn trace_cost(rounds: usize) -> f64 {
    let reference = records::reference();
    let spells = records::generated(&reference, 5_000);
    let rounds: Vec<[f64; 2]> =
        (0..rounds).map(|_| engine::one_thread(&spells, &reference, Duration::from_millis(300))).collect();
    let of = |way: usize| median(rounds.iter().map(|round| round[way]));
    of(0) / of(1)
}

fn http_share(rounds: usize) -> f64 {
    let loads = load::compare("none", super::threads(), Extent { rounds, seconds: 1 }, &[16]);
    median(loads.iter().map(|compared| compared.ratios.rate))
}
