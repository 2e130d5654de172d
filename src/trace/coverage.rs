//! Which rows of a release records have ever hit: a recorder that keeps no step, only the rows that decided.

use super::draft::{Blank, Draft};
use super::recorder::{Recorder, Recording};
use super::steps::Steps;
use crate::reference::{Hrg, Reference, RowRef, TableId};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;

/// Tables whose rows no trace cites: they give names and values, and decide nothing by themselves.
const UNCITED: [TableId; 7] = [
    TableId::Chapters,
    TableId::Subchapters,
    TableId::ValueSets,
    TableId::Messages,
    TableId::FieldNames,
    TableId::NamedLists,    // the rule that asks for the list is cited
    TableId::SiteConflicts, // a record that meets one is UZ04 by its diagnosis
];

/// Keeps the rows cited by steps that decided something, and nothing of the records.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    hit: FxHashMap<TableId, FxHashSet<Box<str>>>,
}

impl<'r> Recorder<'r> for Rows {
    const ON: bool = true;

    fn step(&mut self, make: impl for<'p> FnOnce(Blank<'p, 'r>) -> Draft<'p, 'r>) {
        let mut one = Recording::of_one();
        one.step(make);
        self.of(&one.into_steps());
    }
}

impl Rows {
    /// Notes the rows that decided in these steps.
    pub fn of(&mut self, steps: &Steps<'_>) {
        steps.deciding_rows().for_each(|row| self.hit(row));
    }

    /// Notes a row.
    fn hit(&mut self, row: RowRef<&str>) {
        let rows = self.hit.entry(row.table).or_default();
        if !rows.contains(row.row) {
            rows.insert(row.row.into());
        }
    }

    /// Notes an HRG that a record was given. No step cites its row, which only names it.
    pub fn given(&mut self, hrg: Hrg) {
        self.hit(RowRef { table: TableId::Hrgs, row: &hrg.to_string() });
    }

    /// The rows of both.
    #[must_use]
    pub fn joined(mut self, other: Rows) -> Rows {
        for (table, rows) in other.hit {
            self.hit.entry(table).or_default().extend(rows);
        }
        self
    }

    /// Whether the row was hit. A root is where one of its splits is.
    fn has(&self, table: TableId, row: &str) -> bool {
        if table == TableId::Roots {
            let splits = self.hit.get(&TableId::Splits);
            return splits.is_some_and(|hit| hit.iter().any(|id| id.split('/').next() == Some(row)));
        }
        self.hit.get(&table).is_some_and(|hit| hit.contains(row))
    }
}

/// What was hit of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TableCoverage {
    /// Name of the table.
    pub table: &'static str,
    /// Its rows.
    pub rows: usize,
    /// Those that were hit.
    pub hit: usize,
    /// Ids of those that never were, in order.
    pub missing: Vec<Box<str>>,
}

/// What was hit of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Every table that traces cite and that has rows, in the order of the format.
    pub tables: Vec<TableCoverage>,
    /// Tables that no trace cites, so that nothing can be said of them.
    pub uncited: Vec<&'static str>,
}

impl Coverage {
    /// Holds the rows that were hit against those that the release has.
    pub fn of(reference: &Reference, hit: &Rows) -> Coverage {
        let there = |table: &&TableId| reference.row_ids.get(table).is_some_and(|ids| !ids.is_empty());
        let (uncited, cited): (Vec<TableId>, Vec<TableId>) =
            TableId::ALL.iter().filter(there).partition(|table| UNCITED.contains(table));
        let tables = cited.into_iter().filter_map(|table| {
            let ids = reference.row_ids.get(&table)?;
            let mut missing: Vec<Box<str>> = ids.iter().filter(|id| !hit.has(table, id)).cloned().collect();
            missing.sort_unstable();
            Some(TableCoverage { table: table.name(), rows: ids.len(), hit: ids.len() - missing.len(), missing })
        });
        Coverage { tables: tables.collect(), uncited: uncited.into_iter().map(TableId::name).collect() }
    }
}
