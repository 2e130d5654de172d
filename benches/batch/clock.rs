//! Wall time and processor time of runs in turn.

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

fn timed(run: impl FnOnce()) -> Spent {
    let (begun, busy) = (Instant::now(), cpu());
    run();
    Spent { wall: begun.elapsed().as_secs_f64(), cpu: cpu() - busy }
}

/// Medians of two sides that run in turn, once each beforehand.
pub fn alternate(runs: usize, mut one: impl FnMut(), mut other: impl FnMut()) -> [Spent; 2] {
    let mut sides = [Vec::new(), Vec::new()];
    for run in 0..=runs {
        let spent = [timed(&mut one), timed(&mut other)];
        if run > 0 {
            sides.iter_mut().zip(spent).for_each(|(side, spent)| side.push(spent));
        }
    }
    sides.map(|side| {
        let median = |of: fn(&Spent) -> f64| {
            let mut values: Vec<f64> = side.iter().map(of).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        Spent { wall: median(|spent| spent.wall), cpu: median(|spent| spent.cpu) }
    })
}
