//! Groups the records of a unit.

use super::columns::Lists;
use super::gather::Unit;
use super::read::{Record, Taken};
use super::summary::Status;
use crate::grouper::answer::trace;
use crate::grouper::other::RecordResult;
use crate::grouper::{EpisodeResult, Grouping, Method, SpellResult, Tally, Workspace};
use crate::record::fault::Fault;
use crate::record::{RawEpisode, RawSpell};
use crate::reference::{Hrg, Reference};
use crate::trace::{Explain, Off, Recording, Trace};

/// What one record came to.
pub(super) enum Of<'g> {
    /// A whole spell.
    Spell(&'g Grouping),
    /// One episode, with the spell that it is of.
    Episode(&'g SpellResult, &'g EpisodeResult),
    /// A record of another dataset, with its critical care period.
    Record(&'g RecordResult, Option<usize>),
    /// It could not be read.
    Rejected(&'g [Fault]),
}

/// The result of one record.
pub(super) struct Outcome<'g> {
    pub(super) status: Status,
    pub(super) of: Of<'g>,
    pub(super) trace: Option<&'g Trace<'g>>,
}

impl Outcome<'_> {
    /// Counts the result.
    pub(super) fn count(&self, tally: &mut Tally) {
        match self.of {
            Of::Spell(grouping) => grouping.count(tally),
            Of::Episode(_, episode) => tally.add(Some(episode.method), &episode.messages),
            Of::Record(record, _) => tally.add(record.method, &record.messages),
            Of::Rejected(_) => {}
        }
    }
}

/// By what, and how much is said.
pub(super) struct Grouper<'r> {
    pub(super) reference: &'r Reference,
    pub(super) explain: Explain,
}

/// Room that is used again from unit to unit.
#[derive(Default)]
pub(super) struct Room<'b, 'r> {
    /// For the rows of a share; empty between shares.
    pub(super) rows: Vec<Taken<'b>>,
    /// For the episodes of a spell; empty between units.
    episodes: Vec<RawEpisode<'b>>,
    /// For the codes of episodes that came as rows.
    lists: Vec<Lists<'b>>,
    workspace: Workspace<'r>,
}

impl<'r> Grouper<'r> {
    /// Groups the records of a unit; one outcome for each, in their order.
    pub(super) fn unit<'b>(
        &self,
        unit: &Unit,
        rows: &mut [Taken<'b>],
        room: &mut Room<'b, 'r>,
        mut each: impl FnMut(&Taken<'b>, &Outcome<'_>),
    ) {
        if unit.too_many {
            let message = "more rows than a spell, or a stay in critical care, may have".to_owned();
            let too_many = [Fault { pointer: String::new(), code: "too-many", message }];
            for taken in rows {
                each(taken, &rejected(taken.record.as_ref().err().map_or(&too_many, |faults| faults)));
            }
            return;
        }
        let mut spell = RawSpell { episodes: std::mem::take(&mut room.episodes), ..RawSpell::default() };
        let mut of_rows = 0;
        for taken in &mut *rows {
            let (episode, names) = match &mut taken.record {
                Ok(Record::Episode(episode, names)) => (std::mem::take(&mut **episode), names),
                Ok(Record::Row(row, names)) => {
                    of_rows += 1;
                    (row.episode(room.lists.pop().unwrap_or_default()), names)
                }
                Ok(Record::Spell(_) | Record::Other(_)) | Err(_) => continue,
            };
            if spell.episodes.is_empty() {
                [spell.procodet, spell.provspno] = std::mem::take(names);
            }
            spell.episodes.push(episode);
        }
        if spell.episodes.is_empty() {
            for (place, taken) in rows.iter().enumerate() {
                self.alone(taken, unit.periods.get(place).copied(), &mut room.workspace, &mut each);
            }
        } else {
            self.episodes(&spell, rows, &mut room.workspace, &mut each);
        }
        for episode in spell.episodes.drain(..).rev().take(of_rows) {
            room.lists.push((episode.diag, episode.oper));
        }
        room.episodes = spell.episodes;
    }

    /// A record that is answered by itself.
    fn alone<'b>(
        &self,
        taken: &Taken<'b>,
        period: Option<usize>,
        workspace: &mut Workspace<'r>,
        each: &mut impl FnMut(&Taken<'b>, &Outcome<'_>),
    ) {
        match &taken.record {
            Err(faults) => each(taken, &rejected(faults)),
            Ok(Record::Episode(..) | Record::Row(..)) => {} // is of a spell
            Ok(Record::Spell(spell)) => {
                let (grouping, trace) = self.spell(spell, workspace);
                let status = status(grouping.spell.method == Method::Error);
                each(taken, &Outcome { status, of: Of::Spell(grouping), trace: trace.as_ref() });
            }
            Ok(Record::Other(other)) => {
                let (found, trace) = self.recorded(
                    |off| other.group(self.reference, off),
                    |recording| other.group(self.reference, recording),
                );
                let status = status(found.hrg == Hrg::INVALID);
                each(taken, &Outcome { status, of: Of::Record(&found, period), trace: trace.as_ref() });
            }
        }
    }

    /// The rows of a spell; the first that was read bears the trace.
    fn episodes<'b>(
        &self,
        spell: &RawSpell<'_>,
        rows: &[Taken<'b>],
        workspace: &mut Workspace<'r>,
        each: &mut impl FnMut(&Taken<'b>, &Outcome<'_>),
    ) {
        let (Grouping { spell, episodes }, trace) = self.spell(spell, workspace);
        let mut trace = trace.as_ref();
        let mut sent_as = 0;
        for taken in rows {
            let faults = match &taken.record {
                Err(faults) => faults.as_slice(),
                Ok(_) => {
                    // Mostly they were sent in their order.
                    let there = episodes.get(sent_as).filter(|episode| episode.sent_as == sent_as);
                    let found = there.or_else(|| episodes.iter().find(|episode| episode.sent_as == sent_as));
                    sent_as += 1;
                    if let Some(episode) = found {
                        let status = status(episode.method == Method::Error || spell.method == Method::Error);
                        let (of, trace) = (Of::Episode(spell, episode), trace.take());
                        each(taken, &Outcome { status, of, trace });
                        continue;
                    }
                    &[]
                }
            };
            each(taken, &rejected(faults));
        }
    }

    fn spell<'w>(&self, spell: &RawSpell<'_>, workspace: &'w mut Workspace<'r>) -> (&'w Grouping, Option<Trace<'r>>) {
        if self.explain == Explain::None {
            return (workspace.group(spell, self.reference, &mut Off), None);
        }
        let mut recording = Recording::default();
        let grouping = workspace.group(spell, self.reference, &mut recording);
        (grouping, Some(trace(recording.into_steps(), self.explain, self.reference)))
    }

    /// With a trace only where one is asked for.
    fn recorded<T>(
        &self,
        off: impl FnOnce(&mut Off) -> T,
        on: impl FnOnce(&mut Recording<'r>) -> T,
    ) -> (T, Option<Trace<'r>>) {
        if self.explain == Explain::None {
            return (off(&mut Off), None);
        }
        let mut recording = Recording::default();
        let result = on(&mut recording);
        (result, Some(trace(recording.into_steps(), self.explain, self.reference)))
    }
}

fn status(invalid: bool) -> Status {
    if invalid { Status::Invalid } else { Status::Grouped }
}

fn rejected(faults: &[Fault]) -> Outcome<'_> {
    Outcome { status: Status::Rejected, of: Of::Rejected(faults), trace: None }
}
