//! What differs between two releases, or between two lists of labels: rows added, removed and changed, told apart by what
//! they are about. Pure functions over the tables' texts; the doors (command line, service) only choose the form.
//!
//! Rows are matched by row id. Where a table has an `id` column, a row that stands in both releases under different ids
//! with the same content is no difference but *renumbered*: traces cite another id, groupings are the same.

mod aspect;
mod labels;
mod render;
pub(super) mod rows;

pub use aspect::Aspect;
pub use labels::{LabelList, diff_labels};
pub use render::{csv, defused, text};

use super::{Reference, Status, TableId};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// The name under which release options stand among the tables.
pub const OPTIONS: &str = "manifest options";
/// The name under which the classifications and datasets of the manifest stand among the tables.
pub const MANIFEST: &str = "manifest";

/// What differs between two releases, or two lists of labels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReferenceDifference)]
pub struct Difference {
    /// The one.
    pub from: Side,
    /// The other.
    pub to: Side,
    /// How many HRGs, roots, codes or rows differ, by what differs. Filters do not change them.
    #[schema(value_type = BTreeMap<String, usize>)]
    pub counts: BTreeMap<Aspect, usize>,
    /// How many rows differ, by table; tables that are the same are left out.
    pub tables: Vec<TableCounts>,
    /// The rows that differ, by table and row id.
    pub rows: Vec<RowDifference>,
    /// Rows that a filter left out of `rows`.
    pub left_out: usize,
}

/// One of the two that are compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DifferenceSide)]
pub struct Side {
    /// Id of the release, or name of the list.
    #[schema(example = "2024-25.payment")]
    pub id: String,
    /// Digest of the release.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// What stands behind the release.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
}

/// How many rows of a table differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TableCounts {
    /// The table.
    #[schema(example = "procedures")]
    pub table: &'static str,
    /// Rows that only the other has.
    pub added: usize,
    /// Rows that only the one has.
    pub removed: usize,
    /// Rows of both with other content.
    pub changed: usize,
    /// Rows whose id alone is another.
    pub renumbered: usize,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Only the other has it.
    Added,
    /// Only the one has it.
    Removed,
    /// Both have it, with other content.
    Changed,
}

impl Change {
    /// The word.
    pub fn name(self) -> &'static str {
        match self {
            Change::Added => "added",
            Change::Removed => "removed",
            Change::Changed => "changed",
        }
    }
}

/// A row that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RowDifference {
    /// The table.
    #[schema(example = "procedures")]
    pub table: &'static str,
    /// The row id.
    #[schema(example = "M459")]
    pub row: String,
    /// What became of it.
    pub change: Change,
    /// What the difference is about.
    pub about: Vec<Aspect>,
    /// The clinical code patterns it is about: two where a rule moved from one to the other.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
    /// For a row of codes that one release lacks: the row that serves these codes there. `cells` then compares with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub served_by: Option<String>,
    /// The cells that differ; of a row that one side lacks, all that are not empty.
    pub cells: Vec<CellDifference>,
    /// `icd10` or `opcs4`: what the codes are of, so that codes of both are counted apart.
    #[serde(skip)]
    system: &'static str,
}

/// A cell that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CellDifference {
    /// The column.
    #[schema(example = "root")]
    pub column: &'static str,
    /// In the one; none where it has no such row.
    pub from: Option<String>,
    /// In the other; none where it has no such row.
    pub to: Option<String>,
}

impl Difference {
    fn new(from: Side, to: Side, aspects: &[Aspect]) -> Difference {
        let counts = aspects.iter().map(|aspect| (*aspect, 0)).collect();
        Difference { from, to, counts, tables: Vec::new(), rows: Vec::new(), left_out: 0 }
    }

    fn take(&mut self, table: &'static str, rows: Vec<RowDifference>, renumbered: usize) {
        let count = |change| rows.iter().filter(|row| row.change == change).count();
        let counts = TableCounts {
            table,
            added: count(Change::Added),
            removed: count(Change::Removed),
            changed: count(Change::Changed),
            renumbered,
        };
        if !rows.is_empty() || renumbered > 0 {
            self.tables.push(counts);
        }
        self.rows.extend(rows);
    }

    /// Counts the distinct codes, HRGs, roots or rows of each aspect.
    fn count(&mut self) {
        let mut subjects: BTreeSet<(Aspect, &str, &str)> = BTreeSet::new();
        for row in &self.rows {
            for aspect in &row.about {
                if aspect.counts_codes() {
                    subjects.extend(row.codes.iter().map(|code| (*aspect, row.system, code.as_str())));
                } else {
                    subjects.insert((*aspect, row.table, row.row.as_str()));
                }
            }
        }
        for (aspect, _, _) in &subjects {
            *self.counts.entry(*aspect).or_default() += 1;
        }
    }

    /// Leaves out the rows of other tables than the one asked for, and those beyond a limit.
    pub fn keep(&mut self, table: Option<&str>, limit: usize) {
        let all = self.rows.len() + self.left_out;
        self.rows.retain(|row| table.is_none_or(|table| row.table == table));
        self.rows.truncate(limit);
        self.left_out = all - self.rows.len();
    }
}

/// Whether `keep` knows the table.
pub fn is_table(name: &str) -> bool {
    tables().any(|table| table == name)
}

/// What a difference has rows of.
pub fn tables() -> impl Iterator<Item = &'static str> {
    [MANIFEST, OPTIONS].into_iter().chain(TableId::ALL.iter().map(|table| table.name()))
}

/// What differs between two releases.
pub fn diff(from: &Reference, to: &Reference) -> Difference {
    let mut difference = Difference::new(side(from), side(to), Aspect::ALL);
    difference.take(MANIFEST, settings(MANIFEST, Aspect::Other, &identity(from), &identity(to)), 0);
    difference.take(OPTIONS, settings(OPTIONS, Aspect::Option, &options(from), &options(to)), 0);
    for table in TableId::ALL {
        let text = |release: &'_ Reference| release.texts.get(table).map(std::sync::Arc::clone);
        let (one, other) = (text(from), text(to));
        if one != other {
            let (rows, renumbered) = rows::compare(*table, one.as_deref(), other.as_deref());
            difference.take(table.name(), rows, renumbered);
        }
    }
    difference.count();
    difference
}

fn side(release: &Reference) -> Side {
    let identity = &release.identity;
    Side { id: identity.id.clone(), digest: Some(identity.digest.clone()), status: Some(identity.status) }
}

type Settings = BTreeMap<String, String>;

/// Options as they hold: one that a manifest leaves out stands with its default.
fn options(release: &Reference) -> Settings {
    match serde_json::to_value(&release.options) {
        Ok(serde_json::Value::Object(options)) => options
            .into_iter()
            .map(|(name, value)| (name, value.as_str().map_or(value.to_string(), str::to_owned)))
            .collect(),
        _ => Settings::new(),
    }
}

/// What of the manifest can bear on a grouping; id, year, purpose, version and provenance differ by their nature.
fn identity(release: &Reference) -> Settings {
    let identity = &release.identity;
    let datasets = identity.datasets.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    [("icd10", identity.icd10.clone()), ("opcs4", identity.opcs4.clone()), ("datasets", datasets)]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
}

fn settings(table: &'static str, about: Aspect, from: &Settings, to: &Settings) -> Vec<RowDifference> {
    let names: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    let differing = names.into_iter().filter(|name| from.get(*name) != to.get(*name));
    differing
        .map(|name| RowDifference {
            table,
            row: name.clone(),
            change: Change::Changed,
            about: vec![about],
            codes: Vec::new(),
            served_by: None,
            cells: vec![CellDifference { column: "value", from: from.get(name).cloned(), to: to.get(name).cloned() }],
            system: "",
        })
        .collect()
}
