//! docs/performance.md: the table, the machine, and how to run it again.

use super::figure::{Figure, rate};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Writes the document.
pub fn write(figures: &[Figure]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/performance.md");
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder is there");
    std::fs::write(&path, document(figures)).expect("the document is written");
    println!("{}", of(figures));
    println!("written to {}", path.display());
}

fn document(figures: &[Figure]) -> String {
    let mut text = String::from(include_str!("introduction.md"));
    let _ = write!(text, "\n## This run\n\n{}\n## Figures\n\n{}", machine(), of(figures));
    let details = details();
    if !details.is_empty() {
        text.push_str(
            "\n## In detail\n\nRecords a second by criterion, measured one after the other, not in turn.\n\n",
        );
        text.push_str("| what | records |\n|---|---|\n");
        text.push_str(&details);
    }
    text
}

/// The figures as a table.
pub fn of(figures: &[Figure]) -> String {
    let mut text = String::from("| part | what | found | wanted | reached |\n|---|---|---|---|---|\n");
    for Figure { part, what, found, wanted, reached } in figures {
        let reached = match reached {
            Some(true) => "yes",
            Some(false) => "**no**",
            None => "",
        };
        let _ = writeln!(text, "| {part} | {what} | {found} | {wanted} | {reached} |");
    }
    text
}

fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}

/// The value of the first line of a file of `/proc` that has that name.
fn line(file: &str, name: &str) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.split_once(':'));
    value.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory: f64 = line("/proc/meminfo", "MemTotal").trim_end_matches(" kB").parse().unwrap_or(0.0);
    let changed =
        if said("git", &["status", "--porcelain", "src", "Cargo.lock"]).is_empty() { "" } else { ", changed" };
    let rows = [
        ("date", jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string()),
        ("commit", format!("{}{changed}", said("git", &["rev-parse", "--short=12", "HEAD"]))),
        ("compiler", said("rustc", &["--version"])),
        ("processor", format!("{}, {cores} cores", line("/proc/cpuinfo", "model name"))),
        ("memory", format!("{:.1} GiB", memory / 1024.0 / 1024.0)),
        ("system", said("uname", &["-sr"])),
        ("threads of the service", super::threads().to_string()),
    ];
    rows.iter().fold("| | |\n|---|---|\n".to_owned(), |text, (name, value)| text + &format!("| {name} | {value} |\n"))
}

/// What criterion measured, where it did.
fn details() -> String {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target folder").join("criterion");
    let mut found = Vec::new();
    gather(&target, &mut found);
    let mut rows: Vec<String> = found.iter().filter_map(|folder| detail(folder)).collect();
    rows.sort();
    rows.concat()
}

fn gather(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && path.ends_with("new") {
            found.push(path);
        } else if path.is_dir() {
            gather(&path, found);
        }
    }
}

fn detail(folder: &Path) -> Option<String> {
    let read = |name: &str| -> Option<serde_json::Value> {
        serde_json::from_slice(&std::fs::read(folder.join(name)).ok()?).ok()
    };
    let (what, estimates) = (read("benchmark.json")?, read("estimates.json")?);
    let nanoseconds = estimates["median"]["point_estimate"].as_f64()?;
    let records = what["throughput"]["Elements"].as_f64()?;
    let name = what["full_id"].as_str()?.replace('/', ": ");
    Some(format!("| {name} | {} |\n", rate(records * 1e9 / nanoseconds)))
}
