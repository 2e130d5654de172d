//! `hrg reference diff`: what differs between two releases or two lists of labels, and which records change HRG by it.

use super::releases::ReleaseArgs;
use crate::files::changes::changes;
use crate::reference::diff::{Difference, LabelList, csv, diff, diff_labels, is_table, text};
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::io::{Error, Result, Write};
use std::path::{Path, PathBuf};

/// Arguments of `hrg reference diff`. `-h` means "has a header row", as in `hrg group`; help is `-?`.
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub struct DiffArgs {
    /// The one: id of a release or its folder; with --labels a CSV file.
    a: String,
    /// The other.
    b: String,
    /// Compare two CSV files of roots or HRGs with their descriptions.
    #[arg(long, conflicts_with_all = ["records", "table"])]
    labels: bool,
    /// In place of tables: which of these records change HRG, from what to what, and where their explanations part.
    #[arg(long, value_name = "FILE", requires = "definition", conflicts_with = "table")]
    records: Option<PathBuf>,
    /// Record definition file of the records.
    #[arg(short = 'd', value_name = "RDF", requires = "records")]
    definition: Option<PathBuf>,
    /// The records have a header row.
    #[arg(short = 'h', requires = "records")]
    header: bool,
    /// Only the rows of this table.
    #[arg(long, value_name = "TABLE")]
    table: Option<String>,
    /// How to write the answer.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    from: ReleaseArgs,
    /// Print help.
    #[arg(short = '?', long = "help", action = clap::ArgAction::Help)]
    help: Option<bool>,
}

/// How the answer is written: counts first, then rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For reading.
    Text,
    /// One JSON object.
    Json,
    /// One table.
    Csv,
}

/// Runs the command; gives the exit code.
pub fn run(args: &DiffArgs, out: &mut impl Write) -> Result<u8> {
    if args.labels {
        return write(args.format, &between_lists(&args.a, &args.b)?, text, csv, out);
    }
    let (a, b) = (args.from.id_or_folder(&args.a)?, args.from.id_or_folder(&args.b)?);
    if let (Some(records), Some(definition)) = (&args.records, &args.definition) {
        let changes =
            changes(records, definition, args.header, (&a, &b)).map_err(|fault| Error::other(fault.to_string()))?;
        return write(args.format, &changes, |c| c.text(), |c| c.csv(), out);
    }
    let table = args.table.as_deref();
    if let Some(unknown) = table.filter(|table| !is_table(table)) {
        return Err(Error::other(format!("there is no table {unknown}")));
    }
    let mut difference = diff(&a, &b);
    difference.keep(table, usize::MAX);
    write(args.format, &difference, text, csv, out)
}

fn write<T: Serialize>(
    format: Format,
    found: &T,
    text: impl Fn(&T) -> String,
    csv: impl Fn(&T) -> String,
    out: &mut impl Write,
) -> Result<u8> {
    match format {
        Format::Text => out.write_all(text(found).as_bytes())?,
        Format::Csv => out.write_all(csv(found).as_bytes())?,
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, found)?;
            writeln!(out)?;
        }
    }
    Ok(0)
}

fn between_lists(a: &str, b: &str) -> Result<Difference> {
    let list = |path: &str| {
        let named = |fault: String| Error::other(format!("{path}: {fault}"));
        let text = std::fs::read(path).map_err(|fault| named(fault.to_string()))?;
        LabelList::parse(&text).map_err(named)
    };
    let name =
        |path: &str| Path::new(path).file_name().map_or(path.to_owned(), |name| name.to_string_lossy().into_owned());
    diff_labels((&name(a), &list(a)?), (&name(b), &list(b)?)).map_err(Error::other)
}
