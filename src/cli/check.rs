//! `hrg check`: looks at a file before it is grouped, with the switches of `hrg group`.

use super::reference_check::Format;
use super::releases::ChosenRelease;
use crate::files::check::{Report, check};
use crate::files::layout::infer;
use crate::files::run::open;
use crate::files::{Rdf, RunError};
use crate::reference::{Dataset, Reference};
use clap::Args;
use std::io::Write;
use std::path::PathBuf;

/// Arguments of `hrg check`. `-h` means "has a header row", as in `hrg group`; help is `-?`.
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub struct CheckArgs {
    /// Input file.
    #[arg(short = 'i', value_name = "IN")]
    input: PathBuf,
    /// Record definition file.
    #[arg(short = 'd', value_name = "RDF")]
    definition: PathBuf,
    /// Grouping logic: APC, NAC, EM, NRD, ACC, PCC or NCC; without it the record definition decides.
    #[arg(short = 'l', value_name = "LOGIC")]
    logic: Option<String>,
    /// The input has a header row.
    #[arg(short = 'h')]
    header: bool,
    /// How to write the report.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    release: ChosenRelease,
    /// Print help.
    #[arg(short = '?', long = "help", action = clap::ArgAction::Help)]
    help: Option<bool>,
}

/// Runs the command; gives the exit code: 0 whatever was found, the codes of `hrg group` where the file cannot be read.
pub fn run(args: &CheckArgs, out: &mut impl Write) -> std::io::Result<u8> {
    let report = match report(args) {
        Ok(report) => report,
        Err((code, words)) => {
            writeln!(out, "failed ({code}): {words}")?;
            return Ok(code);
        }
    };
    match args.format {
        Format::Json => writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?,
        Format::Text => write_text(&report, out)?,
    }
    Ok(0)
}

fn report(args: &CheckArgs) -> Result<Report, (u8, String)> {
    let failed = |fault: RunError| (fault.exit_code(), fault.to_string());
    let logic = args.logic.as_ref();
    let dataset = logic.map(|logic| Dataset::parse(logic).ok_or_else(|| (6, "unknown grouping logic".to_owned())));
    let dataset = dataset.transpose()?;
    let (reference, others) = args.release.choose_among().map_err(|words| (7, words))?;
    let other_delimiters = reference.options.rdf_other_delimiters;
    let rdf = Rdf::load(&args.definition, other_delimiters).map_err(failed)?;
    let dataset = dataset.map_or_else(|| infer(&rdf), Ok).map_err(failed)?;
    if !reference.identity.datasets.contains(&dataset) {
        return Err((7, format!("the logic {dataset} is not in the release {}", reference.identity.id)));
    }
    let (input, layout) =
        open(&args.input, &args.definition, args.header, dataset, other_delimiters).map_err(failed)?;
    let others: Vec<&Reference> = others.iter().map(AsRef::as_ref).collect();
    Ok(check(&input, &rdf, &layout, (&reference, &others)))
}

fn write_text(report: &Report, out: &mut impl Write) -> std::io::Result<()> {
    let percent = |share: f64| format!("{:.1}%", share * 100.0);
    let lines = |lines: &[usize]| {
        let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
        if lines.is_empty() { String::new() } else { format!(" [lines {}]", lines.join(", ")) }
    };
    let (all, failing) = (report.records, report.failing);
    writeln!(out, "{}: {failing} of {all} records would be UZ01Z ({})", report.dataset, percent(report.failing_share))?;
    for reason in &report.reasons {
        let share = percent(reason.share);
        writeln!(out, "  {} {}: {} ({share}){}", reason.field, reason.message, reason.count, lines(&reason.lines))?;
    }
    if report.findings.is_empty() {
        writeln!(out, "no pattern found")?;
    }
    for finding in &report.findings {
        let field = finding.field.as_ref().map(|field| format!(" {field}")).unwrap_or_default();
        let share = percent(finding.share);
        writeln!(
            out,
            "{} {}{field}: {} ({share}) {}{}",
            finding.severity,
            finding.code,
            finding.count,
            finding.message,
            lines(&finding.lines)
        )?;
    }
    Ok(())
}
