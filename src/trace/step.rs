//! One step of an explanation: what was asked, of which facts, by which row, and with what outcome.
//!
//! Source: 03 trace contract. A reader must be able to redo the grouping by hand from the steps and the release.

use crate::reference::condition::Failure;
use crate::reference::row::{Miss, RowRef};
use serde::Serialize;
use utoipa::ToSchema;

/// A count with its noun: "1 day", "2 days".
pub fn counted(count: impl TryInto<u64>, one: &str, many: &str) -> String {
    let count = count.try_into().unwrap_or(u64::MAX);
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

/// A code of the record with its place.
pub trait Recorded {
    /// The code as text.
    fn code(&self) -> String;
    /// The official field with its position.
    fn field(&self) -> String;
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
pub struct Fact {
    /// Name of the fact: `cc_score`, `dominant`, `calc_epidur`.
    pub name: &'static str,
    /// In the spell's steps: EPIORDER place of the episode it was read from, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub episode: Option<u32>,
    /// The official field it was read from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The code it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Its value.
    pub value: String,
}

/// An alternative that was turned down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TurnedDown {
    /// What it would have been: a rule, an HRG, a procedure, a diagnosis.
    pub candidate: String,
    /// The table row, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "splits:AA22/AA22C")]
    pub row: Option<RowRef>,
    /// The first condition that failed.
    pub failed: String,
    /// What was found instead.
    pub found: String,
}

/// One entry of the explanation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Step {
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
    pub sentence: String,
    /// The facts it read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// The table rows that decided.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>, example = json!(["splits:AA22/AA22C"]))]
    pub rows: Vec<RowRef>,
    /// What was turned down, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub turned_down: Vec<TurnedDown>,
    /// What would have changed the answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub would_change: Vec<String>,
}

impl Step {
    /// A step without particulars.
    pub fn new(step: &'static str, outcome: Outcome, sentence: impl Into<String>) -> Step {
        Step {
            step,
            rule: None,
            episode: None,
            outcome,
            sentence: sentence.into(),
            facts: Vec::new(),
            rows: Vec::new(),
            turned_down: Vec::new(),
            would_change: Vec::new(),
        }
    }

    /// A step that decided something.
    pub fn applied(step: &'static str, sentence: impl Into<String>) -> Step {
        Step::new(step, Outcome::Applied, sentence)
    }

    /// A step that was passed by.
    pub fn passed(step: &'static str, sentence: impl Into<String>) -> Step {
        Step::new(step, Outcome::NotApplicable, sentence)
    }

    /// A step that found the record ungroupable.
    pub fn failed(step: &'static str, sentence: impl Into<String>) -> Step {
        Step::new(step, Outcome::Failed, sentence)
    }

    /// Adds a fact that is of the record as a whole.
    #[must_use]
    pub fn fact(mut self, name: &'static str, value: impl ToString) -> Step {
        self.facts.push(Fact { name, episode: None, field: None, code: None, value: value.to_string() });
        self
    }

    /// Adds a fact about one code in one field.
    #[must_use]
    pub fn about(
        mut self,
        name: &'static str,
        field: impl ToString,
        code: impl ToString,
        value: impl ToString,
    ) -> Step {
        self.facts.push(Fact {
            name,
            episode: None,
            field: Some(field.to_string()),
            code: Some(code.to_string()),
            value: value.to_string(),
        });
        self
    }

    /// Adds a fact about a code of the record, with the place it was recorded at.
    #[must_use]
    pub fn of(self, name: &'static str, recorded: &impl Recorded, value: impl ToString) -> Step {
        let mut step = self.about(name, recorded.field(), recorded.code(), value);
        if let Some(fact) = step.facts.last_mut() {
            fact.episode = Some(recorded.episode());
        }
        step
    }

    /// Cites a row, once however often it decided.
    #[must_use]
    pub fn cite(mut self, row: Option<RowRef>) -> Step {
        self.rows.extend(row.filter(|row| !self.rows.contains(row)));
        self
    }

    /// Adds an alternative that was turned down.
    #[must_use]
    pub fn turn_down(mut self, candidate: impl ToString, row: Option<RowRef>, failure: Failure) -> Step {
        let Failure { condition, found } = failure;
        self.turned_down.push(TurnedDown { candidate: candidate.to_string(), row, failed: condition, found });
        self
    }

    /// Adds the rules that were tried in vain.
    #[must_use]
    pub fn misses(mut self, misses: Vec<Miss<'_>>) -> Step {
        for miss in misses {
            let row = RowRef { table: miss.table, row: miss.id.into() };
            self.turned_down.push(TurnedDown {
                candidate: miss.id.to_owned(),
                row: Some(row),
                failed: miss.failure.condition,
                found: miss.failure.found,
            });
        }
        self
    }

    /// Adds what would have changed the answer.
    #[must_use]
    pub fn would_change(mut self, change: impl Into<String>) -> Step {
        self.would_change.push(change.into());
        self
    }
}
