//! `hrg reference show`: everything a release says of a code or an HRG.

use super::releases::ChosenRelease;
use crate::reference::Reference;
use crate::reference::lookup::{CodeAnswer, HrgAnswer, System, code_as_text, hrg_as_text, look_up_code, look_up_hrg};
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

/// Runs the command; gives the exit code. That the release does not know what was asked is an error.
pub fn run(args: &ShowArgs, out: &mut impl Write) -> std::io::Result<u8> {
    let (reference, warnings) = args.release.choose().map_err(std::io::Error::other)?;
    for warning in warnings {
        eprintln!("{warning}");
    }
    let shown = look_up(args, &reference).map_err(std::io::Error::other)?;
    if args.json {
        serde_json::to_writer_pretty(&mut *out, &shown)?;
        writeln!(out)?;
        return Ok(0);
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
    Ok(0)
}

/// What the release knows by that name; a code of both classifications is shown as both.
fn look_up(args: &ShowArgs, reference: &Reference) -> Result<Vec<Shown>, String> {
    let systems = match args.system {
        Some(Classification::Icd10) => vec![System::Icd10],
        Some(Classification::Opcs4) => vec![System::Opcs4],
        None => vec![System::Icd10, System::Opcs4],
    };
    let hrg = look_up_hrg(&args.what, reference).ok().filter(|_| args.system.is_none());
    let codes = systems.into_iter().filter_map(|system| look_up_code(system, &args.what, reference).ok());
    let hrg = hrg.map(|answer| Shown::Hrg(Box::new(answer))).into_iter();
    let shown: Vec<Shown> = hrg.chain(codes.map(|answer| Shown::Code(Box::new(answer)))).collect();
    if shown.is_empty() {
        return Err(format!("{} knows no code and no HRG {}", reference.identity.id, args.what));
    }
    Ok(shown)
}
