//! How a step is written: first what became of it, in one sentence, then its facts, rows and what was turned down.

use super::say::{Say, Value};
use super::step::{Outcome, Recorded};
use super::steps::{Cited, Steps, next, spell_step_number};
use crate::record::FieldRef;
use crate::reference::condition::{Condition, Facts, Found};
use crate::reference::row::Misses;
use smallvec::SmallVec;

/// A step that has still to say what it came to.
#[derive(Debug)]
pub struct Blank<'p, 'r> {
    steps: &'p mut Steps<'r>,
    /// Whether facts say which episode they are from.
    several: bool,
}

impl<'p, 'r> Blank<'p, 'r> {
    pub(super) fn of(steps: &'p mut Steps<'r>) -> Blank<'p, 'r> {
        Blank { steps, several: true }
    }

    /// With facts that say which episode they are from, or do not.
    pub(super) fn saying(self, several: bool) -> Blank<'p, 'r> {
        Blank { several, ..self }
    }

    /// A step with its sentence.
    pub fn came_to(self, step: &'static str, outcome: Outcome, sentence: impl Say<'r>) -> Draft<'p, 'r> {
        let Blank { steps, several } = self;
        let sentence = sentence.say(steps);
        steps.begin(step, outcome, sentence);
        Draft { steps, several }
    }

    /// A step that decided something.
    pub fn applied(self, step: &'static str, sentence: impl Say<'r>) -> Draft<'p, 'r> {
        self.came_to(step, Outcome::Applied, sentence)
    }

    /// A step that was passed by.
    pub fn passed(self, step: &'static str, sentence: impl Say<'r>) -> Draft<'p, 'r> {
        self.came_to(step, Outcome::NotApplicable, sentence)
    }

    /// A step that found the record ungroupable.
    pub fn failed(self, step: &'static str, sentence: impl Say<'r>) -> Draft<'p, 'r> {
        self.came_to(step, Outcome::Failed, sentence)
    }
}

/// A step that is being written.
#[derive(Debug)]
pub struct Draft<'p, 'r> {
    steps: &'p mut Steps<'r>,
    several: bool,
}

impl<'r> Draft<'_, 'r> {
    /// Adds a fact that is of the record as a whole.
    #[must_use]
    pub fn fact(self, name: &'static str, value: impl Say<'r>) -> Self {
        let value = value.say(self.steps);
        self.steps.add_fact(name, (None, None, None), value);
        self
    }

    /// Adds a fact about one code in one field.
    #[must_use]
    pub fn about(
        self,
        name: &'static str,
        field: impl Into<FieldRef>,
        code: impl Say<'r>,
        value: impl Say<'r>,
    ) -> Self {
        let (code, value) = (code.say(self.steps), value.say(self.steps));
        self.steps.add_fact(name, (None, Some(field.into()), Some(code)), value);
        self
    }

    /// Adds a fact about a code of the record, with the place it was recorded at.
    #[must_use]
    pub fn of(self, name: &'static str, recorded: &impl Recorded, value: impl Say<'r>) -> Self {
        let value = value.say(self.steps);
        let episode = self.several.then(|| recorded.episode());
        let code = Some(Value::Word(recorded.code()));
        self.steps.add_fact(name, (episode, Some(recorded.field()), code), value);
        self
    }

    /// Cites a row, once however often it decided.
    #[must_use]
    pub fn cite(self, row: Option<Cited<'r>>) -> Self {
        if let Some(row) = row {
            self.steps.cite(row);
        }
        self
    }

    /// Adds an alternative that was turned down: what it had to be, and what was found.
    #[must_use]
    pub fn turn_down(
        self,
        candidate: impl Say<'r>,
        row: Option<Cited<'r>>,
        failed: impl Say<'r>,
        found: impl Say<'r>,
    ) -> Self {
        let steps = &mut *self.steps;
        let (candidate, failed, found) = (candidate.say(steps), failed.say(steps), found.say(steps));
        steps.turn_down(candidate, row, failed, found);
        self
    }

    /// Adds an alternative of which a part of its condition failed.
    #[must_use]
    pub fn not_met(
        self,
        candidate: impl Say<'r>,
        row: Option<Cited<'r>>,
        failed: &'r Condition,
        facts: &impl Facts,
    ) -> Self {
        let mut found = SmallVec::<[Found; 2]>::new();
        failed.found(facts, |seen| found.push(seen));
        self.turn_down(candidate, row, failed, found.as_slice())
    }

    /// Adds the rules that were tried in vain.
    #[must_use]
    pub fn misses(self, misses: &Misses<'r>) -> Self {
        misses.iter().fold(self, |step, (row, failed, found)| step.turn_down(row.row, Some(row), failed, found))
    }

    /// Adds what would have changed the answer.
    #[must_use]
    pub fn would_change(self, change: impl Say<'r>) -> Self {
        let change = change.say(self.steps);
        self.steps.would_change.push(change);
        self
    }

    /// Places the step in an episode or none.
    pub(super) fn placed(self, episode: Option<u32>, renamed: Option<fn(&'static str) -> &'static str>) -> Self {
        if let Some(head) = self.steps.heads.last_mut() {
            head.episode = episode;
            let name = renamed.map_or(head.step, |renamed| renamed(head.step));
            if name != head.step {
                head.rule = Some(head.step);
                head.step = name;
            }
        }
        self
    }

    /// The step is whole.
    pub(super) fn close(self) {
        let steps = self.steps;
        if let Some(head) = steps.heads.last_mut() {
            head.of_spell = spell_step_number(head.step);
            head.facts.1 = next(steps.facts.len());
            head.rows.1 = next(steps.rows.len());
            head.turned_down.1 = next(steps.turned_down.len());
            head.would_change.1 = next(steps.would_change.len());
        }
    }
}
