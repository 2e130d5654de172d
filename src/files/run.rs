//! A run over a file, as the official program does it: read, sort, group, write the official files.

use super::error::RunError;
use super::input::{Input, read};
use super::layout::Layout;
use super::output::{self, Finished};
use super::rdf::Rdf;
use super::rows;
use super::spells::Sorted;
use crate::grouper::other::{CareDay, RecordResult, day_order};
use crate::grouper::{Grouping, Method, group};
use crate::reference::{Dataset, Hrg, Reference};
use crate::trace::Off;
use csv::ByteRecord;
use rayon::prelude::*;
use std::path::Path;

/// What to run.
#[derive(Debug)]
pub struct Job<'a> {
    /// The grouping logic.
    pub dataset: Dataset,
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

/// How many there are, and how many of them are UZ01Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// All.
    pub all: usize,
    /// Those that are UZ01Z.
    pub errors: usize,
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Rows read: episodes, attendances, sessions, periods or days.
    pub records: Count,
    /// Spells found; admitted patient care only.
    pub spells: Option<Count>,
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

/// What grouping made of the rows.
pub enum Results {
    /// Admitted patient care, by spell.
    Spells(Vec<GroupedSpell>),
    /// Any other dataset, one for each row.
    Records(Vec<RecordResult>),
}

/// Reads an input file by its record definition.
pub fn open(
    input: &Path,
    definition: &Path,
    header: bool,
    dataset: Dataset,
    other_delimiters: bool,
) -> Result<(Input, Layout), RunError> {
    let rdf = Rdf::load(definition, other_delimiters)?;
    let layout = Layout::bind(&rdf, dataset)?;
    let file = std::fs::File::open(input).map_err(|fault| RunError::Input(fault.to_string()))?;
    let input = read(file, &rdf, header)?;
    if input.rows.is_empty() {
        return Err(RunError::Processing("the input holds no record".to_owned()));
    }
    Ok((input, layout))
}

/// Runs the job. `tick` is called after every spell or record with the number of its rows.
pub fn run(job: &Job<'_>, reference: &Reference, tick: impl Fn(usize) + Sync) -> Result<Outcome, RunError> {
    let started = jiff::Zoned::now();
    let other_delimiters = reference.options.rdf_other_delimiters;
    let (input, layout) = open(job.input, job.definition, job.input_header, job.dataset, other_delimiters)?;
    output::refuse_to_overwrite(job)?;
    let (input, results) = group_rows(input, &layout, reference, tick);
    let outcome = outcome(&input, &results);
    output::write(&Finished { job, reference, layout: &layout, started, input: &input, outcome: &outcome }, &results)?;
    Ok(outcome)
}

fn outcome(input: &Input, results: &Results) -> Outcome {
    let (errors, spells) = match results {
        Results::Spells(spells) => {
            let is_error = |method: Method| method == Method::Error;
            let episodes = spells.iter().flat_map(|spell| &spell.grouping.episodes);
            let errors = spells.iter().filter(|spell| is_error(spell.grouping.spell.method)).count();
            (episodes.filter(|e| is_error(e.method)).count(), Some(Count { all: spells.len(), errors }))
        }
        Results::Records(records) => (records.iter().filter(|record| record.hrg == Hrg::INVALID).count(), None),
    };
    Outcome { records: Count { all: input.rows.len(), errors }, spells, short_rows: input.short_rows }
}

/// Sorts the rows where the dataset asks for it, and groups them on all cores.
pub fn group_rows(
    mut input: Input,
    layout: &Layout,
    reference: &Reference,
    tick: impl Fn(usize) + Sync,
) -> (Input, Results) {
    let results = match layout.dataset() {
        Dataset::Apc => {
            let sorted = Sorted::new(input.rows.drain(..), layout);
            let spells = sorted.spells(layout).map(|(first, spell)| {
                let grouping = group(&spell, reference, &mut Off);
                tick(spell.episodes.len());
                GroupedSpell { first, grouping }
            });
            let spells = spells.collect();
            input.rows = sorted.into_rows();
            Results::Spells(spells)
        }
        dataset => {
            let order = match dataset {
                Dataset::Pcc => Some(linked(&input.rows, |row| rows::pcc(layout, row))),
                Dataset::Ncc => Some(linked(&input.rows, |row| rows::ncc(layout, row))),
                _ => None,
            };
            if let Some(order) = order {
                input.rows = in_order(input.rows, &order);
            }
            let records = input.rows.par_iter().filter_map(|row| {
                let result = rows::group_row(layout, row, reference, &mut Off);
                tick(1);
                result
            });
            Results::Records(records.collect())
        }
    };
    (input, results)
}

/// The order in which critical care days are linked: provider, local identifier, activity date.
fn linked<'r, D: CareDay>(rows: &'r [ByteRecord], read: impl Fn(&'r ByteRecord) -> D) -> Vec<usize> {
    day_order(&rows.iter().map(read).collect::<Vec<D>>())
}

fn in_order(rows: Vec<ByteRecord>, order: &[usize]) -> Vec<ByteRecord> {
    let mut rows: Vec<Option<ByteRecord>> = rows.into_iter().map(Some).collect();
    order.iter().filter_map(|place| rows.get_mut(*place)?.take()).collect()
}
