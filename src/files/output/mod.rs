//! The official output files of every dataset. Each dataset lists the columns of its files in one place: `apc` for
//! admitted patient care, `records` for the others, `shared` for the files that several have.
//!
//! Source: 07 outputs.

mod apc;
mod paths;
mod records;
mod shared;
mod sheet;
mod summary;

pub use paths::refuse_to_overwrite;

use super::error::RunError;
use super::input::Input;
use super::layout::Layout;
use super::run::{Job, Outcome, Results};
use crate::reference::Reference;
use paths::Paths;

/// A run that has grouped its rows.
pub struct Finished<'a> {
    /// The run.
    pub job: &'a Job<'a>,
    /// The release.
    pub reference: &'a Reference,
    /// Where the fields stand.
    pub layout: &'a Layout,
    /// When it began.
    pub started: jiff::Zoned,
    /// The rows in output order.
    pub input: &'a Input,
    /// The counts.
    pub outcome: &'a Outcome,
}

/// Writes all files of the run.
pub fn write(run: &Finished<'_>, results: &Results) -> Result<(), RunError> {
    write_all(run, results).map_err(|fault| RunError::Output(fault.to_string()))
}

fn write_all(run: &Finished<'_>, results: &Results) -> csv::Result<()> {
    let paths = Paths::of(run.job);
    match results {
        Results::Spells(spells) => apc::write(&paths, run, spells)?,
        Results::Records(records) => records::write(&paths, run, records)?,
    }
    summary::write(&paths, run)?;
    paths.write_index(run.job.dataset)
}
