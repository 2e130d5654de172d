//! The answer, packed: HRGs and codes as integers, words only where something is wrong. `answer` puts it into words.

use super::tally::Tally;
use crate::record::{Field, FieldRef, Icd10, Opcs4, Word};
use crate::reference::{Hrg, Labels, Situation};
use crate::trace::say::Value;
use crate::trace::{Copied, Draft, Say, Steps, say};

/// How a core HRG was reached. Source: 07, flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// `P`: procedure-driven.
    Procedure,
    /// `D`: diagnosis-driven.
    Diagnosis,
    /// `B`: burns.
    Burns,
    /// `M`: multiple trauma.
    Trauma,
    /// `G`: global exception.
    GlobalException,
    /// `O`: outpatient default.
    OutpatientDefault,
    /// `U`: error.
    #[default]
    Error,
}

impl Method {
    /// How many there are.
    pub const COUNT: usize = Method::Error as usize + 1;

    /// The grouping method flag.
    pub fn flag(self) -> &'static str {
        match self {
            Method::Procedure => "P",
            Method::Diagnosis => "D",
            Method::Burns => "B",
            Method::Trauma => "M",
            Method::GlobalException => "G",
            Method::OutpatientDefault => "O",
            Method::Error => "U",
        }
    }

    /// The flag in words.
    pub fn words(self) -> &'static str {
        match self {
            Method::Procedure => "procedure-driven",
            Method::Diagnosis => "diagnosis-driven",
            Method::Burns => "burns",
            Method::Trauma => "multiple trauma",
            Method::GlobalException => "global exception",
            Method::OutpatientDefault => "outpatient default",
            Method::Error => "error",
        }
    }
}

/// Something wrong with a record. Written `field|code|text`. Source: 06 format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Code type: the field.
    pub field: FieldRef,
    /// The offending value as sent, empty when the fault is absence.
    pub code: String,
    /// Error message.
    pub text: String,
    /// Which message it is.
    pub situation: Situation,
    /// Whether it makes the record ungroupable.
    pub fatal: bool,
}

impl Message {
    /// A message that makes the record ungroupable.
    pub fn fatal(labels: &Labels, situation: Situation, field: FieldRef, code: impl ToString) -> Message {
        Message { field, code: code.to_string(), text: labels.message(situation, field), situation, fatal: true }
    }

    /// Adds the message to a step.
    pub(super) fn told<'p, 'r>(&self, step: Draft<'p, 'r>) -> Draft<'p, 'r> {
        step.about("message", self.field, Copied(&self.code), Copied(&self.text))
    }

    /// The official form, three parts and two pipes.
    pub fn piped(&self) -> String {
        format!("{}|{}|{}", self.field, self.code, self.text)
    }
}

/// An unbundled HRG.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unbundled {
    /// The HRG.
    pub hrg: Hrg,
    /// Days recorded and used for the stay, written after an asterisk; not to be added up over instances.
    pub days: Option<u32>,
}

impl std::fmt::Display for Unbundled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.days {
            Some(days) => write!(f, "{}*{days}", self.hrg),
            None => write!(f, "{}", self.hrg),
        }
    }
}

impl<'r> Say<'r> for Unbundled {
    fn say(self, steps: &mut Steps<'r>) -> Value<'r> {
        match self.days {
            Some(days) => say!("{}*{}", self.hrg, days).say(steps),
            None => self.hrg.say(steps),
        }
    }
}

/// The result of one episode.
#[derive(Clone, Debug, Default)]
pub struct EpisodeResult {
    /// Where the episode stood in the spell as sent, from 0.
    pub sent_as: usize,
    /// EPIORDER, where it is a number.
    pub epiorder: Option<u32>,
    /// FCE_HRG.
    pub hrg: Hrg,
    /// GroupingMethodFlag.
    pub method: Method,
    /// DominantProcedure.
    pub dominant_procedure: Option<Opcs4>,
    /// FCE_PBC.
    pub pbc: Option<Word>,
    /// CalcEpidur in days; none when EPIDUR is blank or faulty.
    pub calc_epidur: Option<u32>,
    /// SpellReportFlag.
    pub report_flag: bool,
    /// In the order they arose.
    pub unbundled: Vec<Unbundled>,
    /// Everything wrong with the episode.
    pub messages: Vec<Message>,
}

/// The result of a spell.
#[derive(Clone, Debug, Default)]
pub struct SpellResult {
    /// SpellHRG.
    pub hrg: Hrg,
    /// SpellGroupingMethodFlag.
    pub method: Method,
    /// SpellDominantProcedure.
    pub dominant_procedure: Option<Opcs4>,
    /// SpellPDiag.
    pub primary_diagnosis: Option<Icd10>,
    /// SpellSDiag.
    pub secondary_diagnosis: Option<Icd10>,
    /// SpellEpisodeCount.
    pub episode_count: usize,
    /// SpellLOS in days.
    pub length_of_stay: u32,
    /// SpellCCDays.
    pub critical_care_days: u32,
    /// SpellPBC.
    pub pbc: Option<Word>,
    /// Of all episodes, in order.
    pub unbundled: Vec<Unbundled>,
    /// What is wrong with the spell as a whole.
    pub messages: Vec<Message>,
}

/// The result of grouping one spell.
#[derive(Clone, Debug, Default)]
pub struct Grouping {
    /// The spell.
    pub spell: SpellResult,
    /// The episodes, in EPIORDER order.
    pub episodes: Vec<EpisodeResult>,
}

impl Grouping {
    /// Counts the spell by its method, and the messages of the spell and of its episodes.
    pub fn count(&self, tally: &mut Tally) {
        let messages = self.episodes.iter().flat_map(|episode| &episode.messages);
        tally.add(Some(self.spell.method), messages.chain(&self.spell.messages));
    }

    /// Place (from 0) of the episode that the spell was grouped by.
    pub fn reported(&self) -> usize {
        self.episodes.iter().position(|e| e.report_flag).unwrap_or(0)
    }
}

/// A repeated field at a position.
pub(super) fn diag(position: u8) -> FieldRef {
    FieldRef::at(Field::Diag, position)
}

/// A repeated field at a position.
pub(super) fn oper(position: u8) -> FieldRef {
    FieldRef::at(Field::Oper, position)
}
