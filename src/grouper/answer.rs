//! The answer in words: what a service sends and a command prints. Shape: the issue on admitted patient care.

use super::grouping::{EpisodeResult, Grouping, Message, Unbundled};
use crate::reference::Reference;
pub use crate::reference::ReferenceAnswer;
use crate::trace::{Explain, Steps, Trace, view};
use serde::Serialize;
use utoipa::ToSchema;

/// An unbundled HRG.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = UnbundledHrg)]
pub struct UnbundledAnswer {
    /// The HRG.
    #[schema(example = "VC14Z")]
    pub hrg: String,
    /// Its label.
    pub label: String,
    /// Days recorded and used for the length of stay adjustment; not to be added up over instances.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
}

/// Something wrong with the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Message)]
pub struct MessageAnswer {
    /// Code type: the official field name, with the position of a repeated field.
    #[schema(example = "DIAG_01")]
    pub field: String,
    /// The offending value; empty when the fault is absence.
    pub code: String,
    /// The official wording.
    #[schema(example = "UZ03 - Diagnosis Conflicts with Age")]
    pub message: String,
    /// Which message it is, by its name in the release's table of messages; stable, for programs.
    #[schema(example = "uz03")]
    pub situation: &'static str,
}

/// The result of a spell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SpellResult)]
pub struct SpellAnswer {
    /// SpellHRG; `UZ01Z` when the data are invalid for grouping.
    #[schema(example = "AA22C")]
    pub hrg: String,
    /// Its label.
    pub label: String,
    /// `P` procedure, `D` diagnosis, `B` burns, `M` multiple trauma, `G` global exception, `U` error.
    pub grouping_method: &'static str,
    /// Dominant procedure, where a procedure drives.
    pub dominant_procedure: Option<String>,
    /// Primary diagnosis of the spell; none on an error.
    pub primary_diagnosis: Option<String>,
    /// First secondary diagnosis of the spell.
    pub secondary_diagnosis: Option<String>,
    /// Episodes in the spell.
    pub episode_count: usize,
    /// SpellLOS: days, net of critical care, rehabilitation and specialist palliative care.
    pub length_of_stay: u32,
    /// SpellCCDays: days.
    pub critical_care_days: u32,
    /// Programme budgeting category.
    pub programme_budgeting_category: Option<String>,
    /// Unbundled HRGs of all episodes, in order, repeats kept.
    pub unbundled: Vec<UnbundledAnswer>,
    /// What is wrong with the spell as a whole; faults of an episode stand with the episode.
    pub messages: Vec<MessageAnswer>,
}

/// The result of one episode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EpisodeResult)]
pub struct EpisodeAnswer {
    /// EPIORDER; none when what was sent is no number.
    pub epiorder: Option<u32>,
    /// FCE_HRG.
    pub hrg: String,
    /// Its label.
    pub label: String,
    /// As for the spell.
    pub grouping_method: &'static str,
    /// Dominant procedure, where a procedure drives.
    pub dominant_procedure: Option<String>,
    /// CalcEpidur in days; none when EPIDUR is blank or faulty.
    pub calc_epidur: Option<u32>,
    /// 1 on the one episode that the spell was grouped by, else 0.
    pub report_flag: u8,
    /// Programme budgeting category.
    pub programme_budgeting_category: Option<String>,
    /// Unbundled HRGs, in order, repeats kept.
    pub unbundled: Vec<UnbundledAnswer>,
    /// Everything wrong with the episode.
    pub messages: Vec<MessageAnswer>,
}

/// The answer to one spell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Grouping)]
pub struct Answer<'r> {
    /// Which release answered.
    pub reference: ReferenceAnswer,
    /// The spell.
    pub spell: SpellAnswer,
    /// The episodes, in EPIORDER order.
    pub episodes: Vec<EpisodeAnswer>,
    /// Why, as far as it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<Trace<'r>>,
}

impl<'r> Answer<'r> {
    /// The answer without a trace.
    pub fn of(grouping: &Grouping, reference: &Reference) -> Answer<'r> {
        let spell = &grouping.spell;
        Answer {
            reference: ReferenceAnswer::of(reference),
            spell: SpellAnswer {
                hrg: spell.hrg.to_string(),
                label: reference.labels.hrg(spell.hrg).to_owned(),
                grouping_method: spell.method.flag(),
                dominant_procedure: spell.dominant_procedure.map(|c| c.to_string()),
                primary_diagnosis: spell.primary_diagnosis.map(|c| c.to_string()),
                secondary_diagnosis: spell.secondary_diagnosis.map(|c| c.to_string()),
                episode_count: spell.episode_count,
                length_of_stay: spell.length_of_stay,
                critical_care_days: spell.critical_care_days,
                programme_budgeting_category: spell.pbc.map(|pbc| pbc.to_string()),
                unbundled: unbundled(&spell.unbundled, reference),
                messages: spell.messages.iter().map(message).collect(),
            },
            episodes: grouping.episodes.iter().map(|episode| episode_answer(episode, reference)).collect(),
            trace: None,
        }
    }

    /// The answer with a view of the trace.
    #[must_use]
    pub fn with_trace(mut self, steps: Steps<'r>, explain: Explain, reference: &'r Reference) -> Answer<'r> {
        self.trace = (explain != Explain::None).then(|| trace(steps, explain, reference));
        self
    }
}

/// The explanation with its header.
pub fn trace<'r>(steps: Steps<'r>, explain: Explain, reference: &'r Reference) -> Trace<'r> {
    Trace {
        engine: env!("CARGO_PKG_VERSION"),
        reference: &reference.identity.id,
        digest: &reference.identity.digest,
        view: explain,
        steps: view(steps, explain),
    }
}

fn episode_answer(episode: &EpisodeResult, reference: &Reference) -> EpisodeAnswer {
    EpisodeAnswer {
        epiorder: episode.epiorder,
        hrg: episode.hrg.to_string(),
        label: reference.labels.hrg(episode.hrg).to_owned(),
        grouping_method: episode.method.flag(),
        dominant_procedure: episode.dominant_procedure.map(|c| c.to_string()),
        calc_epidur: episode.calc_epidur,
        report_flag: u8::from(episode.report_flag),
        programme_budgeting_category: episode.pbc.map(|pbc| pbc.to_string()),
        unbundled: unbundled(&episode.unbundled, reference),
        messages: episode.messages.iter().map(message).collect(),
    }
}

/// Unbundled HRGs with their labels.
pub fn unbundled(unbundled: &[Unbundled], reference: &Reference) -> Vec<UnbundledAnswer> {
    unbundled
        .iter()
        .map(|u| UnbundledAnswer {
            hrg: u.hrg.to_string(),
            label: reference.labels.hrg(u.hrg).to_owned(),
            days: u.days,
        })
        .collect()
}

/// A message with its parts as text.
pub fn message(message: &Message) -> MessageAnswer {
    MessageAnswer {
        field: message.field.to_string(),
        code: message.code.clone(),
        message: message.text.clone(),
        situation: message.situation.name(),
    }
}
