//! Groups the records of a unit and puts each result into words.

use super::gather::Unit;
use super::read::{Reader, Record, Taken};
use super::summary::Status;
use crate::grouper::answer::{EpisodeAnswer, SpellAnswer, trace};
use crate::grouper::other::RecordAnswer;
use crate::grouper::{Answer, Grouping, Method, answer, group};
use crate::record::RawSpell;
use crate::record::fault::Fault;
use crate::reference::{Hrg, Reference};
use crate::trace::{Explain, Off, Recording, Steps, Trace};
use std::sync::Arc;

/// What one record came to.
pub(super) enum Of {
    /// A whole spell.
    Spell(Box<SpellAnswer>, Vec<EpisodeAnswer>),
    /// One episode, with the spell that it is of.
    Episode(Arc<SpellAnswer>, Box<EpisodeAnswer>),
    /// A record of another dataset, with its critical care period.
    Record(Box<RecordAnswer>, Option<usize>),
    /// It could not be read.
    Rejected(Vec<Fault>),
}

/// The result of one record.
pub(super) struct Outcome<'r> {
    pub(super) status: Status,
    pub(super) result: Of,
    pub(super) trace: Option<Trace<'r>>,
    /// The same spell had come before.
    pub(super) apart: bool,
}

/// By what, and how much is said.
pub(super) struct Grouper<'r> {
    pub(super) reader: &'r Reader,
    pub(super) reference: &'r Reference,
    pub(super) explain: Explain,
}

impl<'r> Grouper<'r> {
    /// Groups the records of a unit; one outcome for each, in their order.
    pub(super) fn unit(&self, unit: &Unit, taken: Vec<Taken>, mut each: impl FnMut(&Taken, Outcome<'r>)) {
        if unit.too_many {
            for mut taken in taken {
                let message = "more rows than a spell, or a stay in critical care, may have".to_owned();
                let faults = || vec![Fault { pointer: String::new(), code: "too-many", message }];
                let faults = std::mem::replace(&mut taken.record, Err(Vec::new())).err().unwrap_or_else(faults);
                each(&taken, rejected(faults));
            }
            return;
        }
        let rows = taken.iter().filter_map(|taken| taken.record.as_ref().ok());
        let episodes: Vec<_> = rows.clone().filter_map(|record| self.reader.episode(record)).collect();
        let mut spell = None;
        if !episodes.is_empty() {
            let [procodet, provspno] = rows.clone().next().map(|record| self.reader.spell(record)).unwrap_or_default();
            spell = Some(self.spell(&RawSpell { procodet, provspno, episodes }));
        }
        let mut place = 0;
        for (index, taken) in taken.iter().enumerate() {
            let outcome = match &taken.record {
                Err(faults) => rejected(faults.clone()),
                Ok(record) => {
                    let period = unit.periods.get(index).copied();
                    let outcome = spell.as_mut().and_then(|spell| spell.take(place));
                    place += 1;
                    outcome.or_else(|| self.alone(record, period)).unwrap_or_else(|| rejected(Vec::new()))
                }
            };
            each(taken, Outcome { apart: unit.apart && outcome.status != Status::Rejected, ..outcome });
        }
    }

    fn alone(&self, record: &Record, period: Option<usize>) -> Option<Outcome<'r>> {
        if let Record::Spell(spell) = record {
            let Answer { spell, episodes, trace, .. } = answer(spell, self.reference, self.explain);
            let status = status(spell.grouping_method == Method::Error.flag());
            return Some(Outcome { status, result: Of::Spell(Box::new(spell), episodes), trace, apart: false });
        }
        let (found, steps) = self.recorded(
            |off| self.reader.group(record, self.reference, off),
            |recording| self.reader.group(record, self.reference, recording),
        );
        let found = found?;
        let result = Of::Record(Box::new(RecordAnswer::of(&found, self.reference)), period);
        let trace = steps.map(|steps| trace(steps, self.explain, self.reference));
        Some(Outcome { status: status(found.hrg == Hrg::INVALID), result, trace, apart: false })
    }

    fn spell(&self, spell: &RawSpell<'_>) -> Rows<'r> {
        let (grouping, steps) =
            self.recorded(|off| group(spell, self.reference, off), |on| group(spell, self.reference, on));
        let Answer { spell, episodes, .. } = Answer::of(&grouping, self.reference);
        let trace = steps.map(|steps| trace(steps, self.explain, self.reference));
        Rows { spell: Arc::new(spell), episodes: in_order(&grouping, episodes), trace }
    }

    /// With a trace only where one is asked for.
    fn recorded<T>(
        &self,
        off: impl FnOnce(&mut Off) -> T,
        on: impl FnOnce(&mut Recording<'r>) -> T,
    ) -> (T, Option<Steps<'r>>) {
        if self.explain == Explain::None {
            return (off(&mut Off), None);
        }
        let mut recording = Recording::default();
        let result = on(&mut recording);
        (result, Some(recording.into_steps()))
    }
}

/// The rows of a spell, grouped.
struct Rows<'r> {
    spell: Arc<SpellAnswer>,
    /// As they were sent.
    episodes: Vec<Option<(EpisodeAnswer, bool)>>,
    trace: Option<Trace<'r>>,
}

impl<'r> Rows<'r> {
    /// The outcome of a row; the first bears the trace.
    fn take(&mut self, place: usize) -> Option<Outcome<'r>> {
        let (episode, invalid) = self.episodes.get_mut(place)?.take()?;
        let invalid = invalid || self.spell.grouping_method == Method::Error.flag();
        let result = Of::Episode(Arc::clone(&self.spell), Box::new(episode));
        Some(Outcome { status: status(invalid), result, trace: self.trace.take(), apart: false })
    }
}

/// The episodes as they were sent, and whether each is UZ01Z.
fn in_order(grouping: &Grouping, answers: Vec<EpisodeAnswer>) -> Vec<Option<(EpisodeAnswer, bool)>> {
    let mut sent: Vec<_> = answers.iter().map(|_| None).collect();
    for (episode, answer) in grouping.episodes.iter().zip(answers) {
        if let Some(place) = sent.get_mut(episode.sent_as) {
            *place = Some((answer, episode.method == Method::Error));
        }
    }
    sent
}

fn status(invalid: bool) -> Status {
    if invalid { Status::Invalid } else { Status::Grouped }
}

fn rejected<'r>(faults: Vec<Fault>) -> Outcome<'r> {
    Outcome { status: Status::Rejected, result: Of::Rejected(faults), trace: None, apart: false }
}
