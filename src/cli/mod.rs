//! Room 7, **the side door**: the command `hrg`.

mod reference;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// An open grouper for Healthcare Resource Groups (HRG4+).
#[derive(Debug, Parser)]
#[command(name = "hrg", version, about, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List, check and seal releases of reference data.
    Reference(reference::ReferenceArgs),
}

/// Parses the arguments and runs the command.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut out = std::io::stdout().lock();
    let result = match cli.command {
        Command::Reference(args) => reference::run(&args, &mut out),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(fault) => {
            eprintln!("hrg: {fault}");
            ExitCode::FAILURE
        }
    }
}
