//! The house keeps its rules: rooms import only what they may, files stay short and say what they are for.

mod support;

use std::path::Path;

/// The pure rooms, and what each may use of the crate.
const PURE: [(&str, &[&str]); 6] = [
    ("record", &["record"]),
    ("reference", &["record", "reference"]),
    ("trace", &["record", "reference", "trace"]),
    ("grouper", &["record", "reference", "trace", "grouper"]),
    ("preflight", &["record", "reference", "trace", "grouper", "preflight"]),
    ("what_if", &["record", "reference", "trace", "grouper", "what_if"]),
];

/// What no pure room may touch.
const FORBIDDEN: [&str; 16] = [
    "axum",
    "hyper",
    "tokio",
    "tower",
    "tracing",
    "std::fs",
    "std::env",
    "std::net",
    "std::io",
    "std::time",
    "std::process",
    "std::thread",
    "jiff::Zoned",
    "jiff::Timestamp",
    "rand",
    "uuid",
];

const BANNED_NAMES: [&str; 7] = ["util", "utils", "helpers", "common", "types", "misc", "manager"];

/// Longest file, in lines.
const MAX_LINES: usize = 500;

fn sources(room: &str) -> Vec<(String, String)> {
    support::files_below(&support::folder("src").join(room), "rs")
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("a source file is readable");
            (path.strip_prefix(support::folder("")).unwrap_or(&path).display().to_string(), text)
        })
        .collect()
}

#[test]
fn pure_rooms_know_no_http_file_clock_or_environment() {
    let mut breaches = Vec::new();
    for (room, may_use) in PURE {
        for (path, text) in sources(room) {
            for (number, line) in text.lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                for word in FORBIDDEN {
                    let used = code.contains(&format!("{word}::")) || code.contains(&format!("use {word}"));
                    if used {
                        breaches.push(format!("{path}:{}: {word}", number + 1));
                    }
                }
                for (_, rest) in code.match_indices("crate::").map(|(i, m)| (i, &code[i + m.len()..])) {
                    let other = rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default();
                    if !other.is_empty() && !may_use.contains(&other) {
                        breaches.push(format!("{path}:{}: {room} uses {other}", number + 1));
                    }
                }
            }
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn files_are_short_named_for_their_purpose_and_begin_by_saying_it() {
    let mut faults = Vec::new();
    for (path, text) in sources("") {
        let lines = text.lines().count();
        if lines > MAX_LINES {
            faults.push(format!("{path}: {lines} lines"));
        }
        if !text.starts_with("//!") {
            faults.push(format!("{path}: does not begin with //!"));
        }
        let stem = Path::new(&path).file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        if BANNED_NAMES.contains(&stem.as_str()) {
            faults.push(format!("{path}: a name that says nothing"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
