//! `hrg group`: a file through the grouper, with the official program's switches, files and exit codes.
//!
//! Source: 07 command line of the official software.

use super::releases::ChosenRelease;
use crate::files::error::RunError;
use crate::files::form::Form;
use crate::files::layout;
use crate::files::rdf::Rdf;
use crate::files::run::{Job, Outcome, Scale, Watch, run as run_job};
use crate::reference::{Dataset, Reference};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

/// Arguments of `hrg group`. `-h` means "has a header row", as in the official program; help is `-?`.
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub struct GroupArgs {
    /// Input file.
    #[arg(short = 'i', value_name = "IN", default_value = "", hide_default_value = true)]
    input: OsString,
    /// Output name: every file is this plus a suffix.
    #[arg(short = 'o', value_name = "OUT", default_value = "", hide_default_value = true)]
    output: OsString,
    /// Record definition file.
    #[arg(short = 'd', value_name = "RDF", default_value = "", hide_default_value = true)]
    definition: OsString,
    /// Grouping logic: APC, NAC, EM, NRD, ACC, PCC or NCC; without it the record definition decides.
    #[arg(short = 'l', value_name = "LOGIC")]
    logic: Option<String>,
    /// The input has a header row.
    #[arg(short = 'h')]
    header: bool,
    /// Suppress header rows in the output.
    #[arg(short = 't')]
    no_output_headers: bool,
    /// The form of the input; without it the ending of its name decides (.ndjson, .jsonl), else csv.
    #[arg(long, value_name = "FORM")]
    from: Option<Form>,
    /// The form of the output files.
    #[arg(long, value_name = "FORM", default_value = "csv")]
    to: Form,
    /// Memory that sorting may use, as in 512MiB or 2GiB; what does not fit is kept in an encrypted temporary file.
    #[arg(long, value_name = "SIZE", default_value = "512MiB", value_parser = size)]
    memory: u64,
    /// Say more.
    #[arg(short = 'v')]
    verbose: bool,
    #[command(flatten)]
    release: ChosenRelease,
    /// Print help.
    #[arg(short = '?', long = "help", action = clap::ArgAction::Help)]
    help: Option<bool>,
}

/// A failed command: what to say, and the official exit code.
struct Failed(u8, String);

impl From<RunError> for Failed {
    fn from(fault: RunError) -> Failed {
        Failed(fault.exit_code(), fault.to_string())
    }
}

/// Runs the command; gives the exit code.
pub fn run(args: &GroupArgs, out: &mut impl Write) -> std::io::Result<u8> {
    match group(args, out) {
        Ok(outcome) => {
            let records = outcome.records;
            match outcome.spells {
                Some(spells) => writeln!(
                    out,
                    "{} episodes ({} UZ01Z) in {} spells ({} UZ01Z)",
                    records.all, records.errors, spells.all, spells.errors
                )?,
                None => writeln!(out, "{} records ({} UZ01Z)", records.all, records.errors)?,
            }
            if outcome.short_rows > 0 {
                writeln!(
                    out,
                    "warning: {} rows were shorter than the record definition and were read with blanks at their end",
                    outcome.short_rows
                )?;
            }
            Ok(0)
        }
        Err(Failed(code, words)) => {
            writeln!(out, "failed ({code}): {words}")?;
            Ok(code)
        }
    }
}

fn group(args: &GroupArgs, out: &mut impl Write) -> Result<Outcome, Failed> {
    for (path, code, name) in [
        (&args.definition, 3, "record definition (-d)"),
        (&args.input, 4, "input file (-i)"),
        (&args.output, 5, "output file (-o)"),
    ] {
        if path.is_empty() {
            return Err(Failed(code, format!("the parameter {name} is blank")));
        }
    }
    let logic = args.logic.as_ref();
    let dataset =
        logic.map(|logic| Dataset::parse(logic).ok_or_else(|| Failed(6, "unknown grouping logic".to_owned())));
    let dataset = dataset.transpose()?;
    let (reference, warnings) = args.release.choose().map_err(|words| Failed(7, words))?;
    for warning in warnings {
        say(out, &warning);
    }
    let dataset = match dataset {
        Some(dataset) => dataset,
        None => infer(Path::new(&args.definition), &reference)?,
    };
    if !reference.identity.datasets.contains(&dataset) {
        let words = format!("the logic {dataset} is not in the release {}", reference.identity.id);
        return Err(Failed(7, words));
    }
    let identity = &reference.identity;
    if args.verbose {
        say(out, &format!("hrg-grouper {}", env!("CARGO_PKG_VERSION")));
        say(out, &format!("release {} {} {}", identity.id, identity.version, identity.digest));
        say(out, &format!("provenance: {}", identity.provenance));
        say(out, &format!("logic {dataset}; header row {}", if args.header { "yes" } else { "no" }));
    }
    say(out, &format!("release {} ({})", identity.id, identity.status));
    let job = Job {
        dataset,
        input: Path::new(&args.input),
        output: Path::new(&args.output),
        definition: Path::new(&args.definition),
        input_header: args.header,
        output_headers: !args.no_output_headers,
        scale: Scale { memory: args.memory, from: args.from, to: args.to },
    };
    let bar = Bar(ProgressBar::no_length());
    let outcome = run_job(&job, &reference, &bar);
    bar.0.finish_and_clear();
    Ok(outcome?)
}

/// A line of the log; a closed standard output must not end a run.
fn say(out: &mut impl Write, line: &str) {
    let _ = writeln!(out, "{line}");
}

/// Bytes, with a unit or without.
fn size(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let shift = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        _ => return Err("the unit is one of KiB, MiB, GiB".to_owned()),
    };
    let bytes: Option<u64> = digits.parse().ok().and_then(|number: u64| number.checked_mul(1 << shift));
    bytes.filter(|bytes| *bytes > 0).ok_or_else(|| "a size as in 512MiB".to_owned())
}

/// Progress goes to standard error, and only where that is a terminal.
struct Bar(ProgressBar);

impl Watch for Bar {
    fn begin(&self, doing: &'static str, of: u64) {
        let style = match doing {
            "looking at" => "{msg} the input {wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
            _ => "{msg} {wide_bar} {human_pos} of {human_len} records, {per_sec}, {eta} left",
        };
        self.0.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
        self.0.reset();
        self.0.set_length(of);
        self.0.set_message(doing);
    }

    fn advance(&self, by: u64) {
        self.0.inc(by);
    }
}

fn infer(definition: &Path, reference: &Reference) -> Result<Dataset, Failed> {
    let rdf = Rdf::load(definition, reference.options.rdf_other_delimiters)?;
    Ok(layout::infer(&rdf)?)
}
