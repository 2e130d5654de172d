//! `hrg explain`: the text trace of one spell given as JSON.

use super::releases::ChosenRelease;
use crate::grouper::answer;
use crate::record::RawSpell;
use crate::record::object::Object;
use crate::record::size::size_faults;
use crate::trace::{Explain, render};
use clap::{Args, ValueEnum};
use std::io::{Read, Write};
use std::path::PathBuf;

/// The largest spell that is read, in bytes.
const MAX_SPELL: u64 = 16 * 1024 * 1024;

/// Arguments of `hrg explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// A file with one spell as JSON, or - for standard input.
    file: PathBuf,
    #[command(flatten)]
    release: ChosenRelease,
    /// How much to explain.
    #[arg(long, value_enum, default_value_t = View::Full)]
    view: View,
    /// Print the whole answer as JSON in place of text.
    #[arg(long)]
    json: bool,
}

/// The views of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum View {
    /// What decided.
    Summary,
    /// Also what was turned down.
    Misses,
    /// Every step.
    Full,
}

/// Runs the command; gives the exit code.
pub fn run(args: &ExplainArgs, out: &mut impl Write) -> std::io::Result<u8> {
    let mut text = String::new();
    if args.file.as_os_str() == "-" {
        std::io::stdin().take(MAX_SPELL).read_to_string(&mut text)?;
    } else {
        let named =
            |fault: std::io::Error| std::io::Error::new(fault.kind(), format!("{}: {fault}", args.file.display()));
        let file = std::fs::File::open(&args.file).map_err(named)?;
        file.take(MAX_SPELL).read_to_string(&mut text).map_err(named)?;
    }
    // A spell alone, or the body of a request, which holds one.
    let spell: serde_json::Result<Object<RawSpell<'static>>> = serde_json::from_str(&text).or_else(|fault| {
        let mut body: serde_json::Value = serde_json::from_str(&text)?;
        body.get_mut("spell").map(serde_json::Value::take).map_or(Err(fault), serde_json::from_value)
    });
    let Object(spell) = match spell {
        Ok(spell) => spell,
        Err(fault) => return refuse(&format!("the spell cannot be read: {fault}")),
    };
    if let Some(fault) = size_faults(&spell).first() {
        return refuse(&format!("{}: {}", fault.pointer, fault.message));
    }
    let (reference, warnings) = match args.release.choose() {
        Ok(chosen) => chosen,
        Err(words) => return refuse(&words),
    };
    for warning in warnings {
        eprintln!("{warning}");
    }
    let view = match args.view {
        View::Summary => Explain::Summary,
        View::Misses => Explain::Misses,
        View::Full => Explain::Full,
    };
    let answer = answer(&spell, &reference, view);
    if args.json {
        serde_json::to_writer_pretty(&mut *out, &answer)?;
        writeln!(out)?;
        return Ok(0);
    }
    let identity = &reference.identity;
    writeln!(out, "{} ({}, {})", identity.id, identity.status, identity.digest)?;
    writeln!(out, "{}", identity.provenance)?;
    if let Some(trace) = &answer.trace {
        out.write_all(render(trace).as_bytes())?;
    }
    writeln!(out, "\n{} {} ({})", answer.spell.hrg, answer.spell.label, answer.spell.grouping_method)?;
    Ok(0)
}

fn refuse(words: &str) -> std::io::Result<u8> {
    Err(std::io::Error::other(words.to_owned()))
}
