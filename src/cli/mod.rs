//! Room 8, **the side door**: the command `hrg`.

mod check;
mod config;
mod explain;
mod group;
mod key;
mod log;
mod reference;
mod reference_check;
mod reference_coverage;
mod reference_diff;
mod reference_import;
mod reference_show;
mod reference_sign;
mod releases;
mod sample;
mod serve;
mod serve_args;
mod telemetry;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// An open grouper for Healthcare Resource Groups (HRG4+).
#[derive(Debug, Parser)]
#[command(name = "hrg", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Group a file of any of the seven datasets, as the official program does.
    Group(group::GroupArgs),
    /// Look at a file before grouping it: patterns, not rows.
    Check(check::CheckArgs),
    /// Explain the grouping of one spell or record.
    Explain(explain::ExplainArgs),
    /// List, show, check, cover and seal releases of reference data.
    Reference(reference::ReferenceArgs),
    /// Write invented records of a dataset, for trials.
    Sample(sample::SampleArgs),
    /// Run the service.
    Serve(serve_args::ServeArgs),
    /// Make, revoke and list API keys of the service.
    Key(key::KeyArgs),
    /// Check and show the configuration of the service.
    Config(config::ConfigArgs),
    /// Print the service's OpenAPI document.
    Openapi {
        /// The document of the admin interface in place of the public one.
        #[arg(long)]
        admin: bool,
    },
}

/// Parses the arguments and runs the command.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(fault) => {
            let _ = fault.print();
            return ExitCode::from(usage_code(&fault));
        }
    };
    let mut out = std::io::stdout().lock();
    let result = match cli.command {
        Command::Group(args) => group::run(&args, &mut out),
        Command::Check(args) => check::run(&args, &mut out),
        Command::Explain(args) => explain::run(&args, &mut out),
        Command::Reference(args) => reference::run(&args, &mut out),
        Command::Sample(args) => sample::run(&args, &mut out),
        Command::Serve(args) => serve::run(&args),
        Command::Key(args) => key::run(&args, &mut out),
        Command::Config(args) => config::run(&args, &mut out),
        Command::Openapi { admin } => serve::openapi(admin, &mut out),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        // Whoever reads the output has had enough of it.
        Err(fault) if fault.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("hrg: {fault}");
            ExitCode::FAILURE
        }
    }
}

/// `hrg group` says with the official codes what was wrong with its arguments: 1 unknown switch, 2 unknown parameter.
fn usage_code(fault: &clap::Error) -> u8 {
    let grouping = std::env::args_os().nth(1).is_some_and(|command| command == "group");
    match fault.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => 0,
        ErrorKind::UnknownArgument if grouping => {
            let switch =
                fault.get(clap::error::ContextKind::InvalidArg).is_some_and(|arg| arg.to_string().starts_with('-'));
            if switch { 1 } else { 2 }
        }
        _ => 2,
    }
}
