//! The parts that answers share: HRGs and roots with their labels, scores with their rows.

use super::Reference;
use super::bands::in_words;
use crate::reference::labels::Kind;
use crate::reference::pattern::Pattern;
use crate::reference::row::{Row, RowRef};
use crate::reference::splits::Dimension;
use crate::reference::{Hrg, Root, TableId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A classification of clinical codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum System {
    /// Diagnoses.
    Icd10,
    /// Procedures.
    Opcs4,
}

impl System {
    /// The name in paths and tables.
    pub fn name(self) -> &'static str {
        match self {
            System::Icd10 => "icd10",
            System::Opcs4 => "opcs4",
        }
    }

    /// The classification of that name.
    pub fn of_name(name: &str) -> Option<System> {
        [System::Icd10, System::Opcs4].into_iter().find(|system| system.name() == name)
    }
}

/// An HRG with its label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HrgName {
    /// The HRG.
    #[schema(example = "HN22A")]
    pub hrg: String,
    /// Its label.
    pub label: String,
    /// Its row.
    #[schema(value_type = String, example = "hrgs:HN22A")]
    pub row: RowRef,
}

/// A score with the row that gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Score {
    /// Points.
    pub score: u32,
    /// The row.
    #[schema(value_type = String, example = "trauma_diagnosis_score:S021")]
    pub row: RowRef,
}

/// The longest stay at which a procedure of a root still drives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MaxStay {
    /// Days.
    pub days: u32,
    /// The row.
    #[schema(value_type = String, example = "root_max_los:TM01")]
    pub row: RowRef,
}

/// A root with its label and the HRGs it can lead to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RootName {
    /// The root.
    #[schema(example = "HN22")]
    pub root: String,
    /// The stem of its HRGs' labels.
    pub label: String,
    /// Its row.
    #[schema(value_type = String, example = "roots:HN22")]
    pub row: RowRef,
    /// The ages it serves, where it does not serve all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ages: Option<String>,
    /// The stays it serves, where it does not serve all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stays: Option<String>,
    /// The longest stay at which a procedure of it still drives; none where there is no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_stay: Option<MaxStay>,
    /// Its HRGs, in order.
    pub hrgs: Vec<HrgName>,
}

/// A row that a table names by its key.
pub(super) fn cite(table: TableId, key: impl ToString) -> RowRef {
    RowRef { table, row: key.to_string() }
}

/// The HRG with its label.
pub(super) fn hrg_name(hrg: Hrg, reference: &Reference) -> HrgName {
    let label = reference.labels.hrg(hrg).to_owned();
    HrgName { hrg: hrg.to_string(), label, row: cite(TableId::Hrgs, hrg) }
}

/// The root with its label and HRGs; none where the release has no such root.
pub(super) fn root_name(root: Root, reference: &Reference) -> Option<RootName> {
    let splits = reference.splits.get(&root)?;
    let mut hrgs: Vec<Hrg> = splits.rows.iter().map(|row| row.value.hrg).collect();
    hrgs.sort_unstable();
    hrgs.dedup();
    Some(RootName {
        root: root.to_string(),
        label: splits.label.clone(),
        row: cite(TableId::Roots, root),
        ages: (!splits.age.is_any()).then(|| in_words(Dimension::Age, splits.age)),
        stays: (!splits.stay.is_any()).then(|| in_words(Dimension::Stay, splits.stay)),
        max_stay: reference.max_stays.get(&root).map(|row| MaxStay { days: row.value, row: row.cite().owned() }),
        hrgs: hrgs.into_iter().map(|hrg| hrg_name(hrg, reference)).collect(),
    })
}

/// The points of a row.
pub(super) fn score<T>(row: &Row<T>, score: u32) -> Score {
    Score { score, row: row.cite().owned() }
}

/// What the release calls the codes of a pattern.
pub(super) fn label_of(system: System, pattern: Pattern, reference: &Reference) -> Option<&str> {
    let (codes, word) = (&reference.codes, pattern.word());
    match system {
        System::Icd10 => codes.diagnoses.find(word).map(|row| row.value.fact.label.as_str()),
        System::Opcs4 => codes.procedures.find(word).map(|row| row.value.fact.label.as_str()),
    }
}

/// The word of a table for the kind of an HRG.
pub(super) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Core => "core",
        Kind::Unbundled => "unbundled",
    }
}
