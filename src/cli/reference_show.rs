//! `hrg reference show`: everything a release says of a code or an HRG.

use super::releases::ChosenRelease;
use crate::reference::Reference;
use crate::reference::lookup::{
    CodeAnswer, Extract, Fault, HrgAnswer, System, code_as_text, hrg_as_text, look_up_code, look_up_hrg,
};
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::io::Write;

/// Arguments of `hrg reference show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// An HRG, an ICD-10 code or an OPCS-4 code, in any case, with or without full stop.
    #[arg(value_name = "CODE|HRG")]
    what: String,
    #[command(flatten)]
    release: ChosenRelease,
    /// The classification of a code; both where it is left out and the code may be of either.
    #[arg(long, value_enum)]
    system: Option<Classification>,
    /// The most rules that speak of a code, or codes that lead to an HRG, to show.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    limit: u16,
    /// Print the answers as one JSON array in place of text.
    #[arg(long)]
    json: bool,
}

/// A classification by its name on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Classification {
    Icd10,
    Opcs4,
}

/// What was found.
#[derive(Serialize)]
#[serde(untagged)]
enum Shown {
    Hrg(Box<HrgAnswer>),
    Code(Box<CodeAnswer>),
}

/// Runs the command; gives the exit code: 1 where the release does not know what was asked.
pub fn run(args: &ShowArgs, out: &mut impl Write) -> std::io::Result<u8> {
    let (reference, warnings) = args.release.choose().map_err(std::io::Error::other)?;
    for warning in warnings {
        eprintln!("{warning}");
    }
    let shown = look_up(args, &reference).map_err(std::io::Error::other)?;
    let known = shown.iter().any(|shown| match shown {
        Shown::Hrg(_) => true,
        Shown::Code(answer) => answer.valid,
    });
    if args.json {
        serde_json::to_writer_pretty(&mut *out, &shown)?;
        writeln!(out)?;
        return Ok(u8::from(!known));
    }
    let identity = &reference.identity;
    writeln!(out, "{} ({}, {})", identity.id, identity.status, identity.digest)?;
    writeln!(out, "{}", identity.provenance)?;
    for answer in &shown {
        let text = match answer {
            Shown::Hrg(answer) => hrg_as_text(answer),
            Shown::Code(answer) => code_as_text(answer),
        };
        write!(out, "\n{text}")?;
    }
    Ok(u8::from(!known))
}

fn look_up(args: &ShowArgs, reference: &Reference) -> Result<Vec<Shown>, String> {
    let extract = Extract { cursor: None, limit: usize::from(args.limit) };
    if args.system.is_none() {
        match look_up_hrg(&args.what, extract, reference) {
            Ok(answer) => return Ok(vec![Shown::Hrg(Box::new(answer))]),
            Err(Fault::MalformedHrg) => {}
            Err(fault) => return Err(format!("{}: {fault}", args.what)),
        }
    }
    let systems = match args.system {
        Some(Classification::Icd10) => vec![System::Icd10],
        Some(Classification::Opcs4) => vec![System::Opcs4],
        None => vec![System::Icd10, System::Opcs4],
    };
    let answers: Vec<CodeAnswer> =
        systems.into_iter().filter_map(|system| look_up_code(system, &args.what, extract, reference).ok()).collect();
    if answers.is_empty() {
        let also = if args.system.is_none() { format!("; {}", Fault::MalformedHrg) } else { String::new() };
        return Err(format!("{}: {}{also}", args.what, Fault::MalformedCode));
    }
    // Most codes have the shape of both classifications: one that knows the code speaks alone.
    let known = answers.iter().any(|answer| answer.row.is_some());
    let wanted = answers.into_iter().filter(|answer| !known || answer.row.is_some());
    Ok(wanted.map(|answer| Shown::Code(Box::new(answer))).collect())
}
