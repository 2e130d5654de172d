//! The official output files of every dataset. Each dataset lists the columns of its files in one place: `apc` for
//! admitted patient care, `records` for the others, `shared` for the files that several have.
//!
//! Rows are written some hundreds at a time, by several threads, each to a [`Book`] of pages in memory, one page a file;
//! [`Files`] are the files that the pages are added to in order. Source: 07 outputs.

mod apc;
mod files;
mod paths;
mod pen;
mod records;
mod shared;
mod sheet;
mod summary;

pub use files::{Files, index, names};
pub use paths::refuse_to_overwrite;
pub use pen::Kind;

use super::form::Form;
use super::layout::Layout;
use super::row::Line;
use super::run::{Job, Outcome, Results};
use super::survey::Input;
use crate::reference::{Dataset, Reference};
use csv::ByteRecord;

/// A run that has grouped its rows.
pub struct Finished<'a> {
    /// The run.
    pub job: &'a Job<'a>,
    /// The release.
    pub reference: &'a Reference,
    /// When it began.
    pub started: jiff::Zoned,
    /// The counts.
    pub outcome: &'a Outcome,
}

/// Pages that some rows are written to, one for each file.
pub struct Book<'b> {
    dataset: Dataset,
    form: Form,
    headers: bool,
    reference: &'b Reference,
    layout: &'b Layout,
    /// Names of the columns of the input, and what divides the values of its rows.
    header: &'b ByteRecord,
    delimiter: u8,
    pages: &'b mut Vec<Vec<u8>>,
    /// Whether these are the first rows of all.
    begin: bool,
    /// How many rows there are before them.
    before: u64,
}

impl<'b> Book<'b> {
    /// A book over pages that were used before; `begin` says that its rows are the first of all.
    pub fn open(
        job: &Job<'_>,
        reference: &'b Reference,
        input: &'b Input<'_>,
        (pages, begin): (&'b mut Vec<Vec<u8>>, bool),
        before: u64,
    ) -> Book<'b> {
        pages.resize_with(paths::suffixes(job.dataset).len(), Vec::new);
        Book {
            dataset: job.dataset,
            form: job.scale.to,
            headers: job.output_headers,
            reference,
            layout: input.layout,
            header: &input.header,
            delimiter: input.decoder.delimiter(),
            pages,
            begin,
            before,
        }
    }

    /// Writes rows with their results.
    pub fn write(&mut self, rows: &[Line<'_, '_>], results: &Results) {
        match results {
            Results::Spells(spells) => apc::write(self, rows, spells),
            Results::Records(records) => records::write(self, rows, records),
        }
    }

    /// Writes the summary.
    pub fn write_summary(&mut self, run: &Finished<'_>) {
        summary::write(self, run);
    }

    fn place(&self, suffix: &str) -> Option<usize> {
        paths::suffixes(self.dataset).iter().position(|known| *known == suffix)
    }

    /// The page of a file, empty.
    fn take(&mut self, suffix: &str) -> Vec<u8> {
        let page = self.place(suffix).and_then(|place| self.pages.get_mut(place));
        let mut page = page.map(std::mem::take).unwrap_or_default();
        page.clear();
        page
    }

    /// Puts the page of a file back.
    fn put(&mut self, suffix: &str, page: Vec<u8>) {
        if let Some(slot) = self.place(suffix).and_then(|place| self.pages.get_mut(place)) {
            *slot = page;
        }
    }
}
