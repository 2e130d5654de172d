//! The answers of the service as a page reads them.

use serde::Deserialize;

/// Which release answered.
#[derive(Debug, Deserialize)]
pub(super) struct Named {
    pub(super) id: String,
    pub(super) digest: String,
    pub(super) status: String,
}

/// An unbundled HRG.
#[derive(Debug, Deserialize)]
pub(super) struct Unbundled {
    pub(super) hrg: String,
    pub(super) label: String,
    pub(super) days: Option<u32>,
}

/// Something that is wrong with a record.
#[derive(Clone, Debug, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the interface's own names")]
pub(super) struct Message {
    pub(super) field: String,
    pub(super) code: String,
    pub(super) message: String,
}

/// The answer to one spell.
#[derive(Debug, Deserialize)]
pub(super) struct SpellAnswer {
    pub(super) reference: Named,
    pub(super) spell: Spell,
    pub(super) episodes: Vec<Episode>,
    pub(super) trace: Option<Trace>,
}

/// The result of a spell.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Spell {
    pub(super) hrg: String,
    pub(super) label: String,
    pub(super) grouping_method: String,
    pub(super) dominant_procedure: Option<String>,
    pub(super) primary_diagnosis: Option<String>,
    pub(super) length_of_stay: u32,
    pub(super) critical_care_days: u32,
    pub(super) programme_budgeting_category: Option<String>,
    pub(super) unbundled: Vec<Unbundled>,
    pub(super) messages: Vec<Message>,
}

/// The result of an episode.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Episode {
    pub(super) hrg: String,
    pub(super) label: String,
    pub(super) grouping_method: String,
    pub(super) dominant_procedure: Option<String>,
    pub(super) calc_epidur: Option<u32>,
    pub(super) report_flag: u8,
    pub(super) unbundled: Vec<Unbundled>,
    pub(super) messages: Vec<Message>,
}

/// The answer to one record.
#[derive(Debug, Deserialize)]
pub(super) struct RecordAnswer {
    pub(super) reference: Named,
    #[serde(flatten)]
    pub(super) result: Record,
}

/// The answer to critical care days.
#[derive(Debug, Deserialize)]
pub(super) struct DaysAnswer {
    pub(super) reference: Named,
    pub(super) days: Vec<Day>,
}

/// The result of a day.
#[derive(Debug, Deserialize)]
pub(super) struct Day {
    pub(super) period: usize,
    #[serde(flatten)]
    pub(super) result: Record,
}

/// The result of a record.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record {
    pub(super) hrg: String,
    pub(super) label: String,
    pub(super) grouping_method: Option<String>,
    pub(super) dominant_procedure: Option<String>,
    pub(super) attendance_hrg: Option<String>,
    pub(super) calc_cc_days: Option<i64>,
    pub(super) cc_warning_flag: Option<String>,
    pub(super) unbundled: Vec<Unbundled>,
    pub(super) messages: Vec<Message>,
    pub(super) trace: Option<Trace>,
}

/// The explanation.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Trace {
    pub(super) steps: Vec<Step>,
}

/// One step of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the interface's own names")]
pub(super) struct Step {
    pub(super) step: String,
    pub(super) rule: Option<String>,
    pub(super) episode: Option<usize>,
    pub(super) outcome: String,
    pub(super) sentence: String,
    #[serde(default)]
    pub(super) facts: Vec<Fact>,
    #[serde(default)]
    pub(super) rows: Vec<String>,
    #[serde(default)]
    pub(super) turned_down: Vec<TurnedDown>,
    #[serde(default)]
    pub(super) would_change: Vec<String>,
}

impl Step {
    /// The rule that it applies.
    pub(super) fn applies(&self) -> &str {
        self.rule.as_deref().unwrap_or(&self.step)
    }

    /// The value of the fact of that name.
    pub(super) fn fact(&self, name: &str) -> Option<&str> {
        self.facts.iter().find(|fact| fact.name == name).map(|fact| fact.value.as_str())
    }
}

/// A fact that a step read.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Fact {
    pub(super) name: String,
    pub(super) episode: Option<usize>,
    pub(super) field: Option<String>,
    pub(super) code: Option<String>,
    pub(super) value: String,
}

/// An alternative that was turned down.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct TurnedDown {
    pub(super) candidate: String,
    pub(super) row: Option<String>,
    pub(super) failed: String,
    pub(super) found: String,
}
