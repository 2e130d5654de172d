//! `hrg reference coverage`: which rows of a release no given case or record has ever hit.

use super::reference_check::Format;
use super::releases::ReleaseArgs;
use crate::files::RunError;
use crate::files::run::open;
use crate::files::spells::Sorted;
use crate::grouper::group;
use crate::grouper::other::{RecordResult, group_acc, group_em, group_nac, group_ncc, group_nrd, group_pcc};
use crate::record::size::size_faults;
use crate::record::{RawSpell, object::Object};
use crate::reference::{Dataset, Reference};
use crate::trace::{Coverage, Rows, counted};
use clap::Args;
use rayon::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::io::{Error, Write};
use std::path::{Path, PathBuf};

/// Arguments of `hrg reference coverage`. `-h` means "has a header row", as in `hrg group`; help is `-?`.
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub struct CoverageArgs {
    /// Id of a release, or a release folder.
    #[arg(long, value_name = "ID|DIR", env = "HRG_REFERENCE")]
    reference: String,
    #[command(flatten)]
    from: ReleaseArgs,
    /// A folder of cases: `.json` files with one each, `.ndjson` files with one a line. A case is a spell, the body of
    /// a request that holds one, or a `record` with the name of its `dataset`.
    #[arg(long, value_name = "DIR")]
    cases: Vec<PathBuf>,
    /// A file of admitted patient care records; may be given several times.
    #[arg(long, value_name = "FILE")]
    records: Vec<PathBuf>,
    /// Record definition of the records: one for all, or one for each in the same order.
    #[arg(short = 'd', value_name = "RDF")]
    definition: Vec<PathBuf>,
    /// The records have a header row.
    #[arg(short = 'h')]
    header: bool,
    /// List the rows that were never hit; JSON always does.
    #[arg(long)]
    missing: bool,
    /// How to write the report.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Print help.
    #[arg(short = '?', long = "help", action = clap::ArgAction::Help)]
    help: Option<bool>,
}

/// What was grouped, and what it hit.
#[derive(Default)]
struct Covered {
    rows: Rows,
    spells: usize,
    episodes: usize,
    records: usize,
}

impl Covered {
    fn spell(&mut self, spell: &RawSpell<'_>, reference: &Reference) {
        let grouping = group(spell, reference, &mut self.rows);
        self.spells += 1;
        self.episodes += grouping.episodes.len();
        self.rows.given(grouping.spell.hrg);
        for episode in grouping.episodes {
            self.rows.given(episode.hrg);
            episode.unbundled.iter().for_each(|unbundled| self.rows.given(unbundled.hrg));
        }
    }

    fn record(&mut self, result: &RecordResult) {
        self.records += 1;
        self.rows.given(result.hrg);
        result.unbundled.iter().for_each(|unbundled| self.rows.given(unbundled.hrg));
    }

    fn joined(self, other: Covered) -> Covered {
        Covered {
            rows: self.rows.joined(other.rows),
            spells: self.spells + other.spells,
            episodes: self.episodes + other.episodes,
            records: self.records + other.records,
        }
    }
}

/// Runs the command; gives the exit code.
pub fn run(args: &CoverageArgs, out: &mut impl Write) -> std::io::Result<u8> {
    let reference = args.from.id_or_folder(&args.reference)?;
    if args.cases.is_empty() && args.records.is_empty() {
        return Err(Error::other("nothing to group: give --cases, or --records with its definition -d"));
    }
    if !args.records.is_empty() && args.definition.len() != 1 && args.definition.len() != args.records.len() {
        return Err(Error::other("give one record definition (-d) for all records, or one for each"));
    }
    let mut covered = Covered::default();
    for folder in &args.cases {
        cases(folder, &reference, &mut covered)?;
    }
    let definitions = args.definition.iter().chain(args.definition.iter().cycle());
    for (input, definition) in args.records.iter().zip(definitions) {
        let of_file = of_file(input, definition, args.header, &reference);
        covered = covered.joined(of_file.map_err(|fault| Error::other(format!("{}: {fault}", input.display())))?);
    }
    let coverage = Coverage::of(&reference, &covered.rows);
    match args.format {
        Format::Json => write_json(&coverage, &covered, &reference, out)?,
        Format::Text => write_text(&coverage, &covered, &reference, args.missing, out)?,
    }
    Ok(0)
}

/// What the spells of a file hit, grouped on all cores.
fn of_file(input: &Path, definition: &Path, header: bool, reference: &Reference) -> Result<Covered, RunError> {
    let (input, layout) = open(input, definition, header, Dataset::Apc, reference.options.rdf_other_delimiters)?;
    let sorted = Sorted::new(input.lines(), &layout);
    let folded = sorted.spells(&layout).fold(Covered::default, |mut covered, (_, spell)| {
        covered.spell(&spell, reference);
        covered
    });
    Ok(folded.reduce(Covered::default, Covered::joined))
}

/// Groups every case of a folder and of the folders in it, in order.
fn cases(folder: &Path, reference: &Reference, covered: &mut Covered) -> std::io::Result<()> {
    let named = |fault: Error| Error::new(fault.kind(), format!("{}: {fault}", folder.display()));
    let entries: std::io::Result<Vec<_>> = std::fs::read_dir(folder).map_err(named)?.collect();
    let mut paths: Vec<PathBuf> = entries?.into_iter().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let ending = path.extension().map(|ending| ending.to_string_lossy().into_owned());
        match ending.as_deref() {
            _ if path.is_dir() => cases(&path, reference, covered)?,
            Some("json") => case(&std::fs::read_to_string(&path)?, reference, covered)
                .map_err(|fault| Error::other(format!("{}: {fault}", path.display())))?,
            Some("ndjson") => {
                let text = std::fs::read_to_string(&path)?;
                for (line, number) in text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty()) {
                    case(line, reference, covered)
                        .map_err(|fault| Error::other(format!("{}:{number}: {fault}", path.display())))?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Groups one case. The fault does not repeat what the case holds.
fn case(text: &str, reference: &Reference, covered: &mut Covered) -> Result<(), String> {
    let mut value: Value = serde_json::from_str(text)
        .map_err(|fault| format!("no JSON from column {} of line {} on", fault.column(), fault.line()))?;
    if let Some(record) = value.get_mut("record").map(Value::take) {
        let dataset = value.get_mut("dataset").map(Value::take).unwrap_or_default();
        let dataset: Dataset = serde_json::from_value(dataset).map_err(|_| "`dataset` names no grouping logic")?;
        return other(dataset, record, reference, covered);
    }
    let spell = value.get_mut("spell").map(Value::take).unwrap_or(value);
    let spell: RawSpell<'static> = read(spell, Dataset::Apc)?;
    serves(reference, Dataset::Apc)?;
    if let Some(fault) = size_faults(&spell).first() {
        return Err(format!("{}: {}", fault.pointer, fault.message));
    }
    covered.spell(&spell, reference);
    Ok(())
}

fn read<T: DeserializeOwned>(value: Value, dataset: Dataset) -> Result<T, String> {
    let Object(record) = serde_json::from_value(value).map_err(|_| format!("no record of the logic {dataset}"))?;
    Ok(record)
}

fn serves(reference: &Reference, dataset: Dataset) -> Result<(), String> {
    let serves = reference.identity.datasets.contains(&dataset);
    serves.then_some(()).ok_or_else(|| format!("the release {} has no logic {dataset}", reference.identity.id))
}

/// Groups a record of a logic other than admitted patient care.
fn other(dataset: Dataset, record: Value, reference: &Reference, covered: &mut Covered) -> Result<(), String> {
    serves(reference, dataset)?;
    let rows = &mut covered.rows;
    let result = match dataset {
        Dataset::Apc => return Err("admitted patient care is sent as a spell".to_owned()),
        Dataset::Nac => group_nac(&read(record, dataset)?, reference, rows),
        Dataset::Em => group_em(&read(record, dataset)?, reference, rows),
        Dataset::Nrd => group_nrd(&read(record, dataset)?, reference, rows),
        Dataset::Acc => group_acc(&read(record, dataset)?, reference, rows),
        Dataset::Pcc => group_pcc(&read(record, dataset)?, reference, rows),
        Dataset::Ncc => group_ncc(&read(record, dataset)?, reference, rows),
    };
    covered.record(&result);
    Ok(())
}

fn write_json(
    coverage: &Coverage,
    covered: &Covered,
    reference: &Reference,
    out: &mut impl Write,
) -> std::io::Result<()> {
    let report = serde_json::json!({
        "reference": reference.identity.id,
        "digest": reference.identity.digest,
        "status": reference.identity.status,
        "spells": covered.spells,
        "episodes": covered.episodes,
        "records": covered.records,
        "tables": coverage.tables,
        "uncited": coverage.uncited,
    });
    serde_json::to_writer_pretty(&mut *out, &report)?;
    writeln!(out)
}

fn write_text(
    coverage: &Coverage,
    covered: &Covered,
    reference: &Reference,
    missing: bool,
    out: &mut impl Write,
) -> std::io::Result<()> {
    let identity = &reference.identity;
    writeln!(out, "{} ({}, {})", identity.id, identity.status, identity.digest)?;
    writeln!(
        out,
        "{} of {}, and {} of the other logics",
        counted(covered.spells, "spell", "spells"),
        counted(covered.episodes, "episode", "episodes"),
        counted(covered.records, "record", "records")
    )?;
    writeln!(out, "{:<24} {:>7} {:>7} {:>7}", "table", "rows", "hit", "share")?;
    for table in &coverage.tables {
        // Tenths of a per cent, rounded down: 100.0 means all of them.
        let tenths = table.hit * 1000 / table.rows.max(1);
        let share = format!("{}.{}%", tenths / 10, tenths % 10);
        writeln!(out, "{:<24} {:>7} {:>7} {share:>7}", table.table, table.rows, table.hit)?;
        for row in table.missing.iter().filter(|_| missing) {
            writeln!(out, "    {}:{row}", table.table)?;
        }
    }
    writeln!(out, "not counted, since no trace cites their rows: {}", coverage.uncited.join(", "))
}
