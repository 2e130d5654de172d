//! The program `hrg`: parse arguments, call the command, exit code.

use std::process::ExitCode;

/// Grouping makes many short-lived lists; this allocator is the cheaper for them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    hrg_grouper::cli::main()
}
