//! One step of an explanation: what was asked, of which facts, by which row, and with what outcome.
//!
//! Source: 03 trace contract. A reader must be able to redo the grouping by hand from the steps and the release.

use super::say::Said;
use crate::record::{FieldRef, Word};
use crate::reference::row::RowRef;
use serde::Serialize;
use std::fmt::Display;
use utoipa::ToSchema;

/// A code of the record with its place.
pub trait Recorded {
    /// The code.
    fn code(&self) -> Word;
    /// The official field with its position.
    fn field(&self) -> FieldRef;
    /// EPIORDER place of its episode, from 1.
    fn episode(&self) -> u32;
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub enum Outcome {
    /// It decided something.
    #[serde(rename = "applied")]
    Applied,
    /// It was passed by.
    #[serde(rename = "not applicable")]
    NotApplicable,
    /// It found an error that makes the record ungroupable.
    #[serde(rename = "failed")]
    Failed,
}

/// A fact that a step read: a name, and where it comes from the record, its field and code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fact<W = String> {
    /// Name of the fact: `cc_score`, `dominant`, `calc_epidur`.
    pub name: &'static str,
    /// In the spell's steps: EPIORDER place of the episode it was read from, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub episode: Option<u32>,
    /// The official field it was read from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub field: Option<W>,
    /// The code it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub code: Option<W>,
    /// Its value.
    #[schema(value_type = String)]
    pub value: W,
}

/// An alternative that was turned down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", bound(serialize = "W: Serialize + Display"))]
pub struct TurnedDown<W = String> {
    /// What it would have been: a rule, an HRG, a procedure, a diagnosis.
    #[schema(value_type = String)]
    pub candidate: W,
    /// The table row, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "splits:AA22/AA22C")]
    pub row: Option<RowRef<W>>,
    /// The first condition that failed.
    #[schema(value_type = String)]
    pub failed: W,
    /// What was found instead.
    #[schema(value_type = String)]
    pub found: W,
}

/// One entry of the explanation: in words, or with [`Said`] for words as the packed [`Steps`](super::Steps) are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", bound(serialize = "W: Serialize + Display"))]
pub struct Step<W = String> {
    /// The step of the specification: `A9`, `S10`.
    pub step: &'static str,
    /// The rule that was applied, where the step shares it: the spell's `S13` applies `A14`, `A15` and `A16`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<&'static str>,
    /// EPIORDER place of the episode, from 1, or none for the spell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub episode: Option<u32>,
    /// What became of it.
    pub outcome: Outcome,
    /// One sentence for a clinical coder.
    #[schema(value_type = String)]
    pub sentence: W,
    /// The facts it read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Fact>)]
    pub facts: Vec<Fact<W>>,
    /// The table rows that decided.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>, example = json!(["splits:AA22/AA22C"]))]
    pub rows: Vec<RowRef<W>>,
    /// What was turned down, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<TurnedDown>)]
    pub turned_down: Vec<TurnedDown<W>>,
    /// What would have changed the answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub would_change: Vec<W>,
}

impl Step<Said<'_>> {
    /// The step in words, which outlives the release.
    pub fn in_words(&self) -> Step {
        let row = |row: &RowRef<Said<'_>>| RowRef { table: row.table, row: row.row.to_string() };
        Step {
            step: self.step,
            rule: self.rule,
            episode: self.episode,
            outcome: self.outcome,
            sentence: self.sentence.to_string(),
            facts: self.facts.iter().map(Fact::in_words).collect(),
            rows: self.rows.iter().map(row).collect(),
            turned_down: self
                .turned_down
                .iter()
                .map(|other| TurnedDown {
                    candidate: other.candidate.to_string(),
                    row: other.row.as_ref().map(row),
                    failed: other.failed.to_string(),
                    found: other.found.to_string(),
                })
                .collect(),
            would_change: self.would_change.iter().map(ToString::to_string).collect(),
        }
    }
}

impl Fact<Said<'_>> {
    fn in_words(&self) -> Fact {
        Fact {
            name: self.name,
            episode: self.episode,
            field: self.field.map(|field| field.to_string()),
            code: self.code.map(|code| code.to_string()),
            value: self.value.to_string(),
        }
    }
}
