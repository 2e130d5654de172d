//! `hrg explain`: the text trace of one spell or record, or of critical care days, given as JSON.

use super::releases::ChosenRelease;
use crate::grouper::answer;
use crate::grouper::other::{self, Logic, RecordAnswer};
use crate::record::object::Object;
use crate::record::size::{MAX_DAYS, SizeFault, long_lists, size_faults};
use crate::record::{RawAcc, RawEm, RawNac, RawNccDay, RawNrd, RawPccDay, RawSpell};
use crate::reference::{Dataset, Reference};
use crate::trace::{Explain, Trace, render};
use clap::{Args, ValueEnum};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::io::{Read, Write};
use std::path::PathBuf;

/// The largest file that is read, in bytes.
const MAX_SPELL: u64 = 16 * 1024 * 1024;

/// Arguments of `hrg explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// A file with one spell, one record, or the body of a request as JSON, or - for standard input. Paediatric and
    /// neonatal critical care take one day or a list of days.
    file: PathBuf,
    /// The grouping logic: APC, NAC, EM, NRD, ACC, PCC or NCC.
    #[arg(long, value_parser = dataset, default_value = "APC")]
    dataset: Dataset,
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
    let (reference, warnings) = match args.release.choose() {
        Ok(chosen) => chosen,
        Err(words) => return refuse(&words),
    };
    if !reference.identity.datasets.contains(&args.dataset) {
        return refuse(&format!("the release {} does not serve {}", reference.identity.id, args.dataset));
    }
    for warning in warnings {
        eprintln!("{warning}");
    }
    let view = match args.view {
        View::Summary => Explain::Summary,
        View::Misses => Explain::Misses,
        View::Full => Explain::Full,
    };
    let explained = match args.dataset {
        Dataset::Apc => spell(&text, &reference, view),
        Dataset::Nac => record::<RawNac<'static>>(&text, &reference, view),
        Dataset::Em => record::<RawEm<'static>>(&text, &reference, view),
        Dataset::Nrd => record::<RawNrd<'static>>(&text, &reference, view),
        Dataset::Acc => record::<RawAcc<'static>>(&text, &reference, view),
        Dataset::Pcc => days::<RawPccDay<'static>>(&text, &reference, view),
        Dataset::Ncc => days::<RawNccDay<'static>>(&text, &reference, view),
    };
    let Explained { json, parts } = match explained {
        Ok(explained) => explained,
        Err(words) => return refuse(&words),
    };
    if args.json {
        serde_json::to_writer_pretty(&mut *out, &json)?;
        writeln!(out)?;
        return Ok(0);
    }
    let identity = &reference.identity;
    writeln!(out, "{} ({}, {})", identity.id, identity.status, identity.digest)?;
    writeln!(out, "{}", identity.provenance)?;
    for part in parts {
        if let Some(heading) = part.heading {
            writeln!(out, "\n{heading}")?;
        }
        if let Some(trace) = &part.trace {
            out.write_all(render(trace).as_bytes())?;
        }
        writeln!(out, "\n{}", part.answer)?;
    }
    Ok(0)
}

/// An explanation: the whole answer, and the texts to print of it.
struct Explained<'r> {
    json: Value,
    parts: Vec<Part<'r>>,
}

/// One trace with what it leads to.
struct Part<'r> {
    heading: Option<String>,
    trace: Option<Trace<'r>>,
    answer: String,
}

/// What stands under `key` of a request's body, or else the whole text.
fn read<T: DeserializeOwned>(text: &str, key: &str, what: &str) -> Result<T, String> {
    let value: Value = serde_json::from_str(text).map_err(|fault| format!("{what} cannot be read: {fault}"))?;
    let inner = match value {
        Value::Object(mut body) if body.contains_key(key) && body.contains_key("reference") => body.remove(key),
        whole => Some(whole),
    };
    serde_json::from_value(inner.unwrap_or_default()).map_err(|fault| format!("{what} cannot be read: {fault}"))
}

fn spell<'r>(text: &str, reference: &'r Reference, view: Explain) -> Result<Explained<'r>, String> {
    let Object(spell): Object<RawSpell<'static>> = read(text, "spell", "the spell")?;
    within(size_faults(&spell))?;
    let answer = answer(&spell, reference, view);
    let spell = &answer.spell;
    let line = format!("{} {} ({})", spell.hrg, spell.label, spell.grouping_method);
    let part = Part { heading: None, trace: answer.trace.clone(), answer: line };
    Ok(Explained { json: json(&answer)?, parts: vec![part] })
}

fn record<'r, L: Logic + DeserializeOwned>(
    text: &str,
    reference: &'r Reference,
    view: Explain,
) -> Result<Explained<'r>, String> {
    let Object(record): Object<L> = read(text, "record", "the record")?;
    within(long_lists(&record.lists()))?;
    let answer = other::answer(&record, reference, view);
    let part = Part { heading: None, trace: answer.trace.clone(), answer: line(&answer.result) };
    Ok(Explained { json: json(&answer)?, parts: vec![part] })
}

fn days<'r, L: Logic + DeserializeOwned>(
    text: &str,
    reference: &'r Reference,
    view: Explain,
) -> Result<Explained<'r>, String> {
    let days: Value = read(text, "days", "the days")?;
    let days = if days.is_array() { days } else { Value::Array(vec![days]) };
    let days: Vec<Object<L>> =
        serde_json::from_value(days).map_err(|fault| format!("the days cannot be read: {fault}"))?;
    let days: Vec<L> = days.into_iter().map(|Object(day)| day).collect();
    if days.len() > MAX_DAYS {
        return Err(format!("at most {MAX_DAYS} days"));
    }
    days.iter().try_for_each(|day| within(long_lists(&day.lists())))?;
    let answer = other::answer_days(&days, reference, view);
    let part = |(day, place): (&other::DayAnswer<'r>, usize)| Part {
        heading: Some(format!("Day {place}, period {}", day.period)),
        trace: day.trace.clone(),
        answer: line(&day.result),
    };
    Ok(Explained { json: json(&answer)?, parts: answer.days.iter().zip(1..).map(part).collect() })
}

fn json(answer: &impl Serialize) -> Result<Value, String> {
    serde_json::to_value(answer).map_err(|fault| fault.to_string())
}

fn line(result: &RecordAnswer) -> String {
    let method = result.grouping_method.map(|method| format!(" ({method})")).unwrap_or_default();
    format!("{} {}{method}", result.hrg, result.label)
}

fn within(faults: Vec<SizeFault>) -> Result<(), String> {
    faults.first().map_or(Ok(()), |fault| Err(format!("{}: {}", fault.pointer, fault.message)))
}

fn dataset(name: &str) -> Result<Dataset, String> {
    Dataset::parse(name).ok_or_else(|| "one of APC, NAC, EM, NRD, ACC, PCC, NCC".to_owned())
}

fn refuse(words: &str) -> std::io::Result<u8> {
    Err(std::io::Error::other(words.to_owned()))
}
