//! `hrg reference import`: a release from the workbooks and CSV files of a trust, by a mapping profile.

use super::releases::ReleaseArgs;
use crate::import::{Request, import};
use clap::{Args, ValueEnum};
use std::io::{Error, Result, Write};
use std::path::{Path, PathBuf};

/// Arguments of `hrg reference import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Mapping profile: which sheets and columns feed which tables.
    #[arg(long, value_name = "FILE")]
    profile: PathBuf,
    /// Id of the release to be: financial year and purpose, such as 2024-25.payment.
    #[arg(long)]
    id: String,
    /// What no sheet and no label says.
    #[arg(long = "override", value_name = "FILE")]
    overrides: Option<PathBuf>,
    /// Id or folder of the release that supplies the tables that the sources do not have.
    #[arg(long, value_name = "RELEASE")]
    base: Option<String>,
    /// Folder that holds releases; the new one is put there under its id.
    #[arg(short = 'o', value_name = "DIR")]
    out: PathBuf,
    /// Source files: .xlsx, .xls or .csv.
    #[arg(required = true, value_name = "SOURCE")]
    sources: Vec<PathBuf>,
    /// How to write the report.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    from: ReleaseArgs,
}

/// How the report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line each.
    Text,
    /// One JSON object.
    Json,
}

/// Runs the command; gives the exit code.
pub fn run(args: &ImportArgs, out: &mut impl Write) -> Result<u8> {
    let text = |path: &Path| {
        std::fs::read_to_string(path).map_err(|f| Error::new(f.kind(), format!("{}: {f}", path.display())))
    };
    let profile = text(&args.profile)?;
    let overrides = args.overrides.as_deref().map(text).transpose()?;
    let base = match &args.base {
        Some(name) => Some(args.from.id_or_folder(name)?),
        None => None,
    };
    let request = Request {
        id: &args.id,
        profile: &profile,
        overrides: overrides.as_deref(),
        base: base.as_deref(),
        sources: &args.sources,
        out: &args.out,
    };
    let import = import(&request)?;
    match args.format {
        Format::Text => out.write_all(import.report.text().as_bytes())?,
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &import.report)?;
            writeln!(out)?;
        }
    }
    Ok(u8::from(import.folder.is_none()))
}
