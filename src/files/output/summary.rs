//! The summary: one row about the run, with the counts of its dataset.

use super::sheet::{Column, Line, Sheet, text};
use super::{Book, Finished};
use crate::files::row;
use crate::reference::Dataset;
use std::path::Path;

type Row<'a> = &'a Finished<'a>;

/// The counts of a dataset under its own names for them.
fn counts<'a>(dataset: Dataset) -> Vec<Column<Row<'a>>> {
    let records = |all, errors| {
        vec![
            Column::Number(all, |run: &Row<'a>| count(run.outcome.records.all)),
            Column::Number(errors, |run: &Row<'a>| count(run.outcome.records.errors)),
        ]
    };
    match dataset {
        Dataset::Apc => vec![
            Column::Number("FCE Count", |run| count(run.outcome.records.all)),
            Column::Number("Spell Count", |run| count(run.outcome.spells.unwrap_or_default().all)),
            Column::Number("FCE Error Count", |run| count(run.outcome.records.errors)),
            Column::Number("Spell Error Count", |run| count(run.outcome.spells.unwrap_or_default().errors)),
        ],
        Dataset::Nac | Dataset::Em => records("Attendance Count", "Attendance Error Count"),
        Dataset::Nrd => records("NRD Record Count", "NRD Record Error Count"),
        Dataset::Acc => records("ACC Record Count", "ACC Record Error Count"),
        Dataset::Pcc => records("PCC Record Count", "PCC Record Error Count"),
        Dataset::Ncc => records("NCC Record Count", "NCC Record Error Count"),
    }
}

/// Writes the page.
pub(super) fn write(book: &mut Book<'_>, run: &Finished<'_>) {
    let mut columns = vec![
        Column::Value("Grouper Version", |_, page| {
            text(format_args!("hrg-grouper {}", env!("CARGO_PKG_VERSION")), page);
        }),
        Column::Value("Database Version", |run: &Row<'_>, page| {
            let identity = &run.reference.identity;
            text(format_args!("{} {} ({}) {}", identity.id, identity.version, identity.status, identity.digest), page);
        }),
    ];
    columns.extend(counts(run.job.dataset));
    columns.extend([
        Column::Value("Run Start Date/Time", |run: &Row<'_>, page| when(&run.started, page)),
        Column::Value("Run End Date/Time", |_, page| when(&jiff::Zoned::now(), page)),
        Column::Value("Input Filename", |run, page| path(run.job.input, page)),
        Column::Value("Output Filename", |run, page| path(run.job.output, page)),
        Column::Value("RDF path and name", |run, page| path(run.job.definition, page)),
    ]);
    let nothing = row::Line::new(b"", &[]);
    let line = Line { input: &nothing, number: 1, iteration: 1, of: run };
    Sheet { suffix: "_summary.csv", columns }.write(book, std::iter::once(line));
}

fn count(count: usize) -> Option<i64> {
    i64::try_from(count).ok()
}

fn when(time: &jiff::Zoned, page: &mut Vec<u8>) {
    text(time.strftime("%Y-%m-%d %H:%M:%S"), page);
}

/// A path holds no comma, since the file has no text qualifiers.
fn path(path: &Path, page: &mut Vec<u8>) {
    text(path.display().to_string().replace(',', " "), page);
}
