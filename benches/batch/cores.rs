//! One core or both: what one thread gains from a second is only seen where it has no second core to itself.

use std::process::{Command, Stdio};

/// The cores that this process may use, by their numbers.
pub fn allowed() -> Vec<u32> {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells it");
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).expect("a line");
    let number = |text: &str| text.trim().parse::<u32>().expect("a number");
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        number(first)..=number(last)
    };
    list.trim().split(',').flat_map(range).collect()
}

/// Confines all threads of this process, and those that they start, to these cores.
pub fn confine(cores: &[u32]) {
    let list = cores.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
    let process = std::process::id().to_string();
    let done = Command::new("taskset").args(["-a", "-c", "-p", &list, &process]).stdout(Stdio::null()).status();
    assert!(done.expect("taskset is part of every Linux").success(), "cores {list}");
}
