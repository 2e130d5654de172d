//! The fuzz targets on their seeds and on changes of them, the same at every run. `make fuzz` goes on from there.

#[path = "fuzz/targets/mod.rs"]
mod targets;

use fastrand::Rng;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// The longest input.
const LONGEST: usize = 16 * 1024;
/// What the whole of it may take of memory at the most, in kilobytes.
const MEMORY: u64 = 512 * 1024;

/// Pieces that mean something to one reader or another.
const PIECES: [&[u8]; 24] = [
    b"\n",
    b"\r\n",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\"",
    b"\\",
    b",",
    b"{",
    b"}",
    b"[",
    b"]",
    b"(",
    b")",
    b" and ",
    b" or ",
    b"not ",
    b"\\ud800",
    b"\xc3\xa9",
    b"-1",
    b"18446744073709551616",
    b"1e999",
    b"null",
    b"=1+1",
];

/// The seeds of a target.
fn seeds(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(name);
    let mut paths: Vec<_> = std::fs::read_dir(folder).expect("seeds").flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).expect("readable")).collect()
}

/// Changes an input in one place.
fn change(input: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Rng) {
    let at = random.usize(..=input.len());
    let end = (at + random.usize(..64)).min(input.len());
    match random.u8(..9) {
        0 if at < input.len() => input[at] ^= 1 << random.u8(..8),
        1 if at < input.len() => input[at] = random.u8(..),
        2 => input.insert(at, random.u8(..)),
        3 => drop(input.drain(at..end)),
        4 => input.truncate(at),
        5 => {
            let piece = input[at..end].to_vec();
            let times = if random.u8(..8) == 0 { random.usize(..200) } else { 1 };
            drop(input.splice(at..at, piece.repeat(times)));
        }
        6 | 7 => drop(input.splice(at..at, random.choice(PIECES).unwrap_or_default().to_vec())),
        _ => {
            let other = random.choice(seeds).map(Vec::as_slice).unwrap_or_default();
            let from = random.usize(..=other.len());
            drop(input.splice(at.., other[from..].to_vec()));
        }
    }
    input.truncate(LONGEST);
}

/// Tries a target; an input that breaks something is shown.
fn try_target(name: &str, target: fn(&[u8]), changes: usize) {
    let seeds = seeds(name);
    assert!(seeds.len() >= 3, "{name} has seeds");
    let attempt = |input: &[u8]| {
        let tried = catch_unwind(AssertUnwindSafe(|| target(input)));
        assert!(tried.is_ok(), "{name} breaks on {:?}", String::from_utf8_lossy(input));
    };
    for seed in &seeds {
        attempt(seed);
    }
    let mut random = Rng::with_seed(7);
    for round in 0..changes {
        let mut input = seeds[round % seeds.len()].clone();
        for _ in 0..=random.u8(..4) {
            change(&mut input, &seeds, &mut random);
        }
        attempt(&input);
    }
    assert!(memory() < MEMORY, "{} kB", memory());
}

/// The most memory that the process has had, in kilobytes.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    most.and_then(|most| most.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

macro_rules! tried {
    ($($name:ident $changes:literal)+) => {$(
        #[test]
        fn $name() {
            try_target(stringify!($name), targets::$name, $changes);
        }
    )+};
}

// So many changes of seeds are tried. Of the slow ones, which load a release each or group several times, fewer.
tried! {
    json_spell 4_000
    csv 1_000
    ndjson 1_500
    rdf 3_000
    manifest 600
    condition 10_000
}
