//! Wall time and processor time of a run.

use std::time::Instant;

/// What a run took, in seconds.
#[derive(Clone, Copy)]
pub struct Spent {
    pub wall: f64,
    pub cpu: f64,
}

/// Processor time of this process so far, all threads, as the system tells it.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0 // the unit of that file on Linux
}

/// What a run took.
pub fn timed(run: impl FnOnce()) -> Spent {
    let (begun, busy) = (Instant::now(), cpu());
    run();
    Spent { wall: begun.elapsed().as_secs_f64(), cpu: cpu() - busy }
}
