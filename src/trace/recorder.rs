//! Collects steps in order, or does not. One code path: what is not recorded is not even looked at.

use super::draft::{Blank, Draft};
use super::steps::Steps;

/// Takes steps. Grouping is generic over it, so that nothing of the trace costs anything when it is off. What a step
/// borrows is the release's.
pub trait Recorder<'r> {
    /// Whether steps are kept; for work that only a trace needs.
    const ON: bool;

    /// Takes a step, which is made only if it is kept.
    fn step(&mut self, make: impl for<'p> FnOnce(Blank<'p, 'r>) -> Draft<'p, 'r>);
}

/// Keeps nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Off;

impl<'r> Recorder<'r> for Off {
    const ON: bool = false;

    fn step(&mut self, _: impl for<'p> FnOnce(Blank<'p, 'r>) -> Draft<'p, 'r>) {}
}

/// Keeps every step.
#[derive(Clone, Debug)]
pub struct Recording<'r> {
    steps: Steps<'r>,
}

impl Default for Recording<'_> {
    fn default() -> Self {
        Recording { steps: Steps::with_room() }
    }
}

impl<'r> Recording<'r> {
    /// For a single step.
    pub(super) fn of_one() -> Recording<'r> {
        Recording { steps: Steps::default() }
    }

    /// The steps: those of the episodes in the order in which they were taken, those of the spell in the order of the
    /// specification (its primary diagnosis is known before its procedures are put into words).
    pub fn into_steps(mut self) -> Steps<'r> {
        self.steps.sort();
        self.steps
    }

    /// The same, left in place for those who record again.
    pub fn steps(&mut self) -> &Steps<'r> {
        self.steps.sort();
        &self.steps
    }

    /// Begins anew, in the room of what was recorded.
    pub fn restart(&mut self) {
        self.steps.clear();
    }
}

impl<'r> Recorder<'r> for Recording<'r> {
    const ON: bool = true;

    fn step(&mut self, make: impl for<'p> FnOnce(Blank<'p, 'r>) -> Draft<'p, 'r>) {
        make(Blank::of(&mut self.steps)).close();
    }
}

/// Marks every step as of one episode, or applies a rule of the episode pass under a step of the spell pass.
#[derive(Debug)]
pub struct Within<'w, R> {
    recorder: &'w mut R,
    episode: Option<u32>,
    renamed: Option<fn(&'static str) -> &'static str>,
    /// Facts say which episode they are from, since the steps do not.
    several: bool,
}

impl<'w, R> Within<'w, R> {
    /// Steps of the episode at that place, from 1.
    pub fn episode(recorder: &'w mut R, place: u32) -> Within<'w, R> {
        Within { recorder, episode: Some(place), renamed: None, several: false }
    }

    /// Steps of the spell; `name` gives the spell's step for a rule of the episode pass.
    pub fn spell(recorder: &'w mut R, name: fn(&'static str) -> &'static str) -> Within<'w, R> {
        Within { recorder, episode: None, renamed: Some(name), several: true }
    }

    /// Steps of a record without episodes; `name` gives its step for a rule of the episode pass.
    pub fn record(recorder: &'w mut R, name: fn(&'static str) -> &'static str) -> Within<'w, R> {
        Within { recorder, episode: None, renamed: Some(name), several: false }
    }
}

impl<'r, R: Recorder<'r>> Recorder<'r> for Within<'_, R> {
    const ON: bool = R::ON;

    fn step(&mut self, make: impl for<'p> FnOnce(Blank<'p, 'r>) -> Draft<'p, 'r>) {
        let (episode, renamed, several) = (self.episode, self.renamed, self.several);
        // Where facts do not say their episode, the step does, or there is only the record.
        self.recorder.step(|blank| make(blank.saying(several)).placed(episode, renamed));
    }
}
