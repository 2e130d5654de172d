//! Figures that other programs of this run have printed: `cargo bench --bench batch` and `make scale`. `make bench` keeps
//! what they print below the target folder.

use super::figure::{Bound, Figure, rate, ratio};
use std::path::{Path, PathBuf};

/// Where `make bench` keeps what is printed.
fn kept(name: &str) -> PathBuf {
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    tmp.with_file_name("bench").join(name)
}

/// The figures of both.
pub fn figures() -> Vec<Figure> {
    let read = |name: &str| std::fs::read_to_string(kept(name)).unwrap_or_default();
    let mut figures = of_batch(&read("batch.txt"));
    figures.extend(of_scale(&read("scale.txt")));
    figures
}

/// Cells of a row of a printed table, or nothing.
fn cells(line: &str) -> Option<Vec<&str>> {
    Some(line.strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim).collect())
}

/// A number with its unit cut off.
fn number(text: &str) -> Option<f64> {
    text.split_whitespace().next()?.trim_end_matches([',', ';', '%']).parse().ok()
}

/// The streams: a heading `NAME: lines of ...`, rows `| threads | loop | belt | ratio % | ...`, the gain of the second
/// thread, and memory as `| form | short | long | growth |`.
fn of_batch(text: &str) -> Vec<Figure> {
    const PART: &str = "Streamed batches";
    let mebibytes = |value: f64| format!("{value:.1} MiB");
    let mut figures = Vec::new();
    let mut form = "";
    for line in text.lines() {
        if let Some((name, _)) = line.split_once(": lines of ") {
            form = name;
        } else if let Some(words) = line.strip_prefix("two threads against one: ") {
            let gain = words.rsplit(' ').next().and_then(number).unwrap_or(f64::NAN);
            figures.push(Figure::bound(PART, format!("{form}: {line}"), gain, Bound::Least(1.7), ratio));
        }
        match cells(line).as_deref() {
            Some([threads @ ("1" | "2"), theirs, ours, share, ..]) => {
                let [theirs, ours, share] = [theirs, ours, share].map(|cell| number(cell).unwrap_or(f64::NAN));
                let what = format!("{form}, threads: {threads} ({} beside the loop's {})", rate(ours), rate(theirs));
                figures.push(Figure::bound(PART, what, share / 100.0, Bound::Least(0.6), ratio));
            }
            Some([form @ ("ndjson" | "csv"), _, _, growth]) => {
                let growth = number(growth).unwrap_or(f64::NAN);
                let what = format!("{form}: growth of resident memory from 10,000 to 5,000,000 rows");
                figures.push(Figure::bound(PART, what, growth, Bound::Most(32.0), mebibytes));
            }
            _ => {}
        }
    }
    figures
}

/// The files: `sorted  N episodes in T s: RATE a second; ...; M MB resident at most`.
fn of_scale(text: &str) -> Vec<Figure> {
    const PART: &str = "`hrg group`, all official files";
    let megabytes = |value: f64| format!("{value:.0} MB");
    let mut figures = Vec::new();
    for line in text.lines() {
        let Some((what, rest)) = line.split_once(" s: ") else { continue };
        let found = number(rest).unwrap_or(f64::NAN);
        let what = what.split_whitespace().collect::<Vec<_>>().join(" ");
        figures.push(Figure::bound(PART, format!("{what} s"), found, Bound::Least(400e3), rate));
        let memory = rest.split("; ").find_map(|part| number(part.strip_suffix(" MB resident at most")?));
        let memory = memory.unwrap_or(f64::NAN);
        figures.push(Figure::bound(PART, format!("{what} s: resident at most"), memory, Bound::Most(512.0), megabytes));
    }
    figures
}
