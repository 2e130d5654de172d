//! `hrg reference list|seal`; the other subcommands stand beside.

use super::reference_check::{self, CheckArgs};
use super::reference_coverage::{self, CoverageArgs};
use super::reference_diff::{self, DiffArgs};
use super::reference_import::{self, ImportArgs};
use super::reference_show::{self, ShowArgs};
use super::reference_sign;
use super::releases::ReleaseArgs;
use crate::bundle::{Refused, seal::seal};
use clap::{Args, Subcommand};
use std::io::Write;
use std::path::PathBuf;

/// Arguments of `hrg reference`.
#[derive(Debug, Args)]
pub struct ReferenceArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the releases that can be used.
    List(ReleaseArgs),
    /// Show everything a release says of a code or an HRG.
    Show(ShowArgs),
    /// Check release folders: every finding, with file and row.
    Check(CheckArgs),
    /// Say which rows of a release no given record or case has ever hit.
    Coverage(CoverageArgs),
    /// What differs between two releases, or two lists of labels, and which records change HRG by it.
    Diff(DiffArgs),
    #[command(flatten)]
    Sign(reference_sign::Command),
    /// Build a release from workbooks and CSV files.
    Import(ImportArgs),
    /// Rewrite the digests in a release's manifest after its tables were edited.
    Seal {
        /// Release folders.
        #[arg(required = true, value_name = "DIR")]
        folders: Vec<PathBuf>,
    },
}

/// Runs the command; gives the exit code.
pub fn run(args: &ReferenceArgs, out: &mut impl Write) -> std::io::Result<u8> {
    match &args.command {
        Command::List(from) => list(from, out),
        Command::Show(args) => reference_show::run(args, out),
        Command::Diff(args) => reference_diff::run(args, out),
        Command::Import(args) => reference_import::run(args, out),
        Command::Check(args) => reference_check::run(args, out),
        Command::Coverage(args) => reference_coverage::run(args, out),
        Command::Sign(command) => reference_sign::run(command, out),
        Command::Seal { folders } => {
            for folder in folders {
                let named =
                    |fault: std::io::Error| std::io::Error::new(fault.kind(), format!("{}: {fault}", folder.display()));
                let tables = seal(folder).map_err(named)?;
                writeln!(out, "{}: {tables} tables sealed", folder.display())?;
            }
            Ok(0)
        }
    }
}

fn list(from: &ReleaseArgs, out: &mut impl Write) -> std::io::Result<u8> {
    let (shelf, refused) = from.load()?;
    for release in shelf.all().values() {
        let identity = &release.identity;
        writeln!(out, "{}  {}  version {}  {}", identity.id, identity.status, identity.version, identity.digest)?;
        writeln!(out, "    {}", identity.provenance)?;
    }
    for Refused { folder, findings } in &refused {
        writeln!(out, "{folder}  refused with {} findings; see `hrg reference check`", findings.len())?;
    }
    Ok(u8::from(!refused.is_empty()))
}
