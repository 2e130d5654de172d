//! The summary: one row about the run, with the counts of its dataset.

use super::Finished;
use super::paths::Paths;
use super::sheet::{Cell, Column, Line, Sheet, cell};
use crate::reference::Dataset;
use csv::ByteRecord;
use std::path::Path;

type Row<'a> = &'a Finished<'a>;

/// The counts of a dataset under its own names for them.
fn counts<'a>(dataset: Dataset) -> Vec<Column<Row<'a>>> {
    let records = |all, errors| {
        vec![
            Column::Value(all, |run: &Row<'a>| cell(run.outcome.records.all)),
            Column::Value(errors, |run: &Row<'a>| cell(run.outcome.records.errors)),
        ]
    };
    match dataset {
        Dataset::Apc => vec![
            Column::Value("FCE Count", |run| cell(run.outcome.records.all)),
            Column::Value("Spell Count", |run| cell(run.outcome.spells.unwrap_or_default().all)),
            Column::Value("FCE Error Count", |run| cell(run.outcome.records.errors)),
            Column::Value("Spell Error Count", |run| cell(run.outcome.spells.unwrap_or_default().errors)),
        ],
        Dataset::Nac | Dataset::Em => records("Attendance Count", "Attendance Error Count"),
        Dataset::Nrd => records("NRD Record Count", "NRD Record Error Count"),
        Dataset::Acc => records("ACC Record Count", "ACC Record Error Count"),
        Dataset::Pcc => records("PCC Record Count", "PCC Record Error Count"),
        Dataset::Ncc => records("NCC Record Count", "NCC Record Error Count"),
    }
}

/// Writes the file.
pub(super) fn write(paths: &Paths<'_>, run: &Finished<'_>) -> csv::Result<()> {
    let mut columns = vec![
        Column::Value("Grouper Version", |_| cell(format!("hrg-grouper {}", env!("CARGO_PKG_VERSION")))),
        Column::Value("Database Version", |run: &Row<'_>| {
            let identity = &run.reference.identity;
            cell(format!("{} {} ({}) {}", identity.id, identity.version, identity.status, identity.digest))
        }),
    ];
    columns.extend(counts(run.job.dataset));
    columns.extend([
        Column::Value("Run Start Date/Time", |run: &Row<'_>| when(&run.started)),
        Column::Value("Run End Date/Time", |_| when(&jiff::Zoned::now())),
        Column::Value("Input Filename", |run| path(run.job.input)),
        Column::Value("Output Filename", |run| path(run.job.output)),
        Column::Value("RDF path and name", |run| path(run.job.definition)),
    ]);
    let nothing = ByteRecord::new();
    let line = Line { input: &nothing, number: 1, iteration: 1, of: run };
    Sheet { suffix: "_summary.csv", columns }.write(paths, &nothing, std::iter::once(line))
}

fn when<'v>(time: &jiff::Zoned) -> Cell<'v> {
    cell(time.strftime("%Y-%m-%d %H:%M:%S"))
}

/// A path holds no comma, since the file has no text qualifiers.
fn path<'v>(path: &Path) -> Cell<'v> {
    cell(path.display().to_string().replace(',', " "))
}
