//! A run over a file, as the official program does it: read, sort, group every spell, write the eleven files.

use super::error::RunError;
use super::input::{Input, read};
use super::layout::ApcLayout;
use super::output::{self, Summary};
use super::rdf::Rdf;
use crate::grouper::normalise::number;
use crate::grouper::{Grouping, Method, group, spell};
use crate::record::{Field, RawSpell, Text};
use crate::reference::Reference;
use crate::trace::Off;
use csv::ByteRecord;
use rayon::prelude::*;
use std::path::Path;

/// What to run.
#[derive(Debug)]
pub struct Job<'a> {
    /// The data.
    pub input: &'a Path,
    /// Output name; every file is this plus a suffix.
    pub output: &'a Path,
    /// The record definition file.
    pub definition: &'a Path,
    /// Whether the input has a header row.
    pub input_header: bool,
    /// Whether the output files get header rows.
    pub output_headers: bool,
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Rows read.
    pub episodes: usize,
    /// Spells found.
    pub spells: usize,
    /// Episodes that are UZ01Z.
    pub episode_errors: usize,
    /// Spells that are UZ01Z.
    pub spell_errors: usize,
    /// Rows that were shorter than the record definition.
    pub short_rows: usize,
}

/// One spell: its rows, by index into the sorted rows, and its result.
pub struct GroupedSpell {
    /// The first of its rows.
    pub first: usize,
    /// The result; episodes in EPIORDER order, which is the order of the rows.
    pub grouping: Grouping,
}

/// Sort key: provider and spell number as text, EPIORDER as a number, what is no number last.
type Key = (Vec<u8>, Vec<u8>, (bool, u32));

/// Runs the job. `tick` is called after every spell with the number of its episodes.
pub fn run(job: &Job<'_>, reference: &Reference, tick: impl Fn(usize) + Sync) -> Result<Outcome, RunError> {
    let started = jiff::Zoned::now();
    let rdf = Rdf::load(job.definition, reference.options.rdf_other_delimiters)?;
    let layout = ApcLayout::bind(&rdf)?;
    let file = std::fs::File::open(job.input).map_err(|fault| RunError::Input(fault.to_string()))?;
    let input = read(file, &rdf, job.input_header)?;
    if input.rows.is_empty() {
        return Err(RunError::Processing("the input holds no record".to_owned()));
    }
    output::refuse_to_overwrite(job)?;
    let (input, spells) = group_rows(input, &layout, reference, tick);
    let outcome = Outcome {
        episodes: input.rows.len(),
        spells: spells.len(),
        episode_errors: errors(spells.iter().flat_map(|s| &s.grouping.episodes).map(|e| e.method)),
        spell_errors: errors(spells.iter().map(|s| s.grouping.spell.method)),
        short_rows: input.short_rows,
    };
    let summary = Summary { outcome: &outcome, started, job, reference };
    output::write(&input, &spells, &layout, &summary)?;
    Ok(outcome)
}

fn errors(methods: impl Iterator<Item = Method>) -> usize {
    methods.filter(|method| *method == Method::Error).count()
}

/// Sorts the rows, gathers those of a spell, and groups every spell on all cores.
fn group_rows(
    mut input: Input,
    layout: &ApcLayout,
    reference: &Reference,
    tick: impl Fn(usize) + Sync,
) -> (Input, Vec<GroupedSpell>) {
    let mut keyed: Vec<(Key, ByteRecord)> = input.rows.drain(..).map(|row| (key(layout, &row), row)).collect();
    keyed.par_sort_by(|a, b| a.0.cmp(&b.0)); // stable: ties keep input order
    let mut ranges = Vec::new();
    let mut start = 0;
    for chunk in keyed.chunk_by(|a, b| (&a.0.0, &a.0.1) == (&b.0.0, &b.0.1)) {
        ranges.push(start..start + chunk.len());
        start += chunk.len();
    }
    let spells = ranges
        .into_par_iter()
        .map(|range| {
            let first = range.start;
            let rows = keyed.get(range).unwrap_or_default();
            let grouping = group_spell(rows, layout, reference);
            tick(rows.len());
            GroupedSpell { first, grouping }
        })
        .collect();
    input.rows = keyed.into_iter().map(|(_, row)| row).collect();
    (input, spells)
}

fn group_spell(rows: &[(Key, ByteRecord)], layout: &ApcLayout, reference: &Reference) -> Grouping {
    let text = |field| rows.first().map_or(Text::default(), |(_, row)| Text::from(layout.value(field, row)));
    let spell = RawSpell {
        procodet: text(Field::Procodet),
        provspno: text(Field::Provspno),
        episodes: rows.iter().map(|(_, row)| layout.episode(row)).collect(),
    };
    group(&spell, reference, &mut Off)
}

fn key(layout: &ApcLayout, row: &ByteRecord) -> Key {
    let bytes = |field| layout.bytes(field, row).into_owned();
    let order = spell::sort_key(number(&Text::from(layout.value(Field::Epiorder, row))));
    (bytes(Field::Procodet), bytes(Field::Provspno), order)
}
