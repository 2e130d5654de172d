//! The override file: what no label and no sheet says, each with its reason. Documented in `reference/profiles/README.md`.

use super::profile::ReleaseFacts;
use super::report::{Place, Remark};
use super::rows::TableRow;
use super::shape::Shape;
use crate::reference::{Band, Hrg, Root, TableId};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The format that this program reads.
const FORMAT: u32 = 1;

/// An override file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overrides {
    format: u32,
    /// What the manifest shall say.
    #[serde(default)]
    pub release: ReleaseFacts,
    /// Splits of HRGs.
    #[serde(default, rename = "split")]
    pub splits: Vec<SplitOverride>,
    /// Roots.
    #[serde(default, rename = "root")]
    pub roots: Vec<RootOverride>,
    /// Rows of any table.
    #[serde(default, rename = "row")]
    pub rows: Vec<RowOverride>,
}

/// A row of `splits` for an HRG; what it does not give comes from the label. Several of one HRG make several rows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitOverride {
    /// The HRG.
    pub hrg: String,
    /// The order in which the row is tried.
    pub order: Option<u32>,
    /// A further condition.
    pub when: Option<String>,
    /// CC score.
    pub cc: Option<String>,
    /// Age.
    pub age: Option<String>,
    /// Stay.
    pub stay: Option<String>,
    /// Interventions.
    pub interventions: Option<String>,
    /// Why.
    pub reason: String,
}

/// Bands of a root, in place of those that its splits cover.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RootOverride {
    /// The root.
    pub root: String,
    /// Its label.
    pub label: Option<String>,
    /// Ages it serves.
    pub age: Option<String>,
    /// Stays it serves.
    pub stay: Option<String>,
    /// Why.
    pub reason: String,
}

/// A row that is added, or that takes the place of the one with the same key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowOverride {
    /// The table.
    pub table: String,
    /// The cells by column; a column that is not given is empty.
    pub cells: BTreeMap<String, String>,
    /// Why.
    pub reason: String,
}

impl Overrides {
    /// Reads an override file. The error is everything wrong with it.
    pub fn read(text: &str) -> Result<Overrides, Vec<String>> {
        let overrides: Overrides = toml::from_str(text).map_err(|fault| {
            let line = fault.span().map(|s| text.get(..s.start).unwrap_or_default().matches('\n').count() + 1);
            vec![line.map_or(String::new(), |line| format!("line {line}: ")) + fault.message()]
        })?;
        let faults = overrides.faults();
        if faults.is_empty() { Ok(overrides) } else { Err(faults) }
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = self.release.faults();
        if self.format != FORMAT {
            faults.push(format!("format {} is not the format {FORMAT} of this program", self.format));
        }
        let bad_band = |band: &Option<String>| band.as_ref().is_some_and(|text| Band::parse(text).is_none());
        for split in &self.splits {
            if Hrg::parse(&split.hrg).is_none() {
                faults.push(format!("`{}` is no HRG", split.hrg));
            }
            if [&split.cc, &split.age, &split.stay, &split.interventions].into_iter().any(bad_band) {
                faults.push(format!("a band of {} is none", split.hrg));
            }
        }
        for root in &self.roots {
            if Root::parse(&root.root).is_none() {
                faults.push(format!("`{}` is no HRG root", root.root));
            }
            if [&root.age, &root.stay].into_iter().any(bad_band) {
                faults.push(format!("a band of {} is none", root.root));
            }
        }
        for row in &self.rows {
            let Some(table) = row.table() else {
                faults.push(format!("there is no table `{}`", row.table));
                continue;
            };
            for (column, cell) in &row.cells {
                if !table.columns().contains(&column.as_str()) {
                    faults.push(format!("`{}` has no column `{column}`", row.table));
                } else if !cell.is_empty() && !Shape::of(table, column).holds(cell) {
                    faults.push(format!(
                        "`{cell}` in `{column}` of `{}` is no {}",
                        row.table,
                        Shape::of(table, column).name()
                    ));
                }
            }
        }
        let reasons = self.splits.iter().map(|o| &o.reason).chain(self.roots.iter().map(|o| &o.reason));
        if reasons.chain(self.rows.iter().map(|o| &o.reason)).any(|reason| reason.trim().is_empty()) {
            faults.push("every override needs its reason".to_owned());
        }
        faults
    }

    /// Puts the rows into their tables, after all else.
    pub fn apply(&self, tables: &mut BTreeMap<TableId, Vec<TableRow>>, place: &Place, remarks: &mut Vec<Remark>) {
        for row in &self.rows {
            let Some(table) = row.table() else { continue };
            let cell = |name: &&str| row.cells.get(*name).cloned().unwrap_or_default();
            let values: Vec<String> = table.columns().iter().map(cell).collect();
            let rows = tables.entry(table).or_default();
            let id = key(table, &values);
            let before = rows.len();
            rows.retain(|old| key(table, &old.values) != id);
            let what = if rows.len() < before { "replaced" } else { "added" };
            rows.push(TableRow { values, place: place.clone() });
            let message = format!("{}:{} {what}: {}", table.name(), id.join("/"), row.reason);
            remarks.push(Remark::note("override", place.clone(), message));
        }
    }
}

impl RowOverride {
    fn table(&self) -> Option<TableId> {
        TableId::of_file(&format!("{}.csv", self.table))
    }
}

/// The values of a row's key.
pub fn key(table: TableId, values: &[String]) -> Vec<String> {
    let value = |name: &&str| table.columns().iter().position(|c| c == name).and_then(|i| values.get(i));
    table.key().iter().filter_map(value).filter(|v| !v.is_empty()).cloned().collect()
}
