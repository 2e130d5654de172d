//! `hrg reference list|check|seal`; `diff` stands beside.

use super::releases::ReleaseArgs;
use crate::bundle::{self, Refused, seal::seal};
use crate::reference::{Finding, Severity};
use crate::trace::counted;
use clap::{Args, Subcommand, ValueEnum};
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
    /// Check release folders: every finding, with file and row.
    Check {
        /// Release folders.
        #[arg(required = true, value_name = "DIR")]
        folders: Vec<PathBuf>,
        /// How to write the findings.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// What differs between two releases, or two lists of labels, and which records change HRG by it.
    Diff(super::reference_diff::DiffArgs),
    /// Build a release from workbooks and CSV files.
    Import(super::reference_import::ImportArgs),
    /// Rewrite the digests in a release's manifest after its tables were edited.
    Seal {
        /// Release folders.
        #[arg(required = true, value_name = "DIR")]
        folders: Vec<PathBuf>,
    },
}

/// How findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line each.
    Text,
    /// One JSON array.
    Json,
}

/// Runs the command; gives the exit code.
pub fn run(args: &ReferenceArgs, out: &mut impl Write) -> std::io::Result<u8> {
    match &args.command {
        Command::List(from) => list(from, out),
        Command::Check { folders, format } => check(folders, *format, out),
        Command::Diff(args) => super::reference_diff::run(args, out),
        Command::Import(args) => super::reference_import::run(args, out),
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

fn check(folders: &[PathBuf], format: Format, out: &mut impl Write) -> std::io::Result<u8> {
    let mut all: Vec<Finding> = Vec::new();
    for folder in folders {
        let name = folder.canonicalize().ok().and_then(|f| f.file_name().map(|n| n.to_string_lossy().into_owned()));
        let name = name.unwrap_or_default();
        let result = bundle::read_folder(folder).map_err(|f| vec![f]).and_then(|files| bundle::load(&files, &name));
        let findings = match &result {
            Ok(reference) => reference.findings.clone(),
            Err(findings) => findings.clone(),
        };
        if format == Format::Text {
            for finding in &findings {
                writeln!(out, "{}: {finding}", folder.display())?;
            }
            let errors = findings.iter().filter(|f| f.severity == Severity::Error).count();
            let verdict = match &result {
                Ok(reference) => format!("accepted, {}", reference.identity.digest),
                Err(_) => "refused".to_owned(),
            };
            let warnings = findings.len() - errors;
            let errors = counted(errors, "error", "errors");
            let warnings = counted(warnings, "warning", "warnings");
            writeln!(out, "{}: {verdict}; {errors}, {warnings}", folder.display())?;
        }
        all.extend(findings);
    }
    if format == Format::Json {
        serde_json::to_writer_pretty(&mut *out, &all)?;
        writeln!(out)?;
    }
    Ok(u8::from(all.iter().any(|f| f.severity == Severity::Error)))
}
