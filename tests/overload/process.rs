//! The service as a process, and what the system knows of it.

use crate::support::program::Running;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Tests that measure take turns.
pub fn one_after_another() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The service, which logs as it does when it is run.
pub fn service(state: &Path, flags: &[&str]) -> Running {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hrg"));
    command.env("RUST_LOG", "info");
    Running::start_with(command, state, flags)
}

/// Kilobytes of memory that it holds.
pub fn memory(service: &Running) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", service.child.id())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// Files and connections that it has open.
pub fn open_files(service: &Running) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", service.child.id())).expect("it runs").count()
}
