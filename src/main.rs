//! The program `hrg`: parse arguments, call the command, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    hrg_grouper::cli::main()
}
