//! Collects steps in order, or does not. One code path: what is not recorded is not even put into words.

use super::step::Step;

/// Takes steps. Grouping is generic over it, so that nothing of the trace costs anything when it is off.
pub trait Recorder {
    /// Whether steps are kept; for work that only a trace needs.
    const ON: bool;

    /// Takes a step, which is made only if it is kept.
    fn step(&mut self, make: impl FnOnce() -> Step);
}

/// Keeps nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Off;

impl Recorder for Off {
    const ON: bool = false;

    fn step(&mut self, _: impl FnOnce() -> Step) {}
}

/// Keeps every step.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    steps: Vec<Step>,
}

impl Recording {
    /// The steps: those of the episodes in the order in which they were taken, those of the spell in the order of the
    /// specification (its primary diagnosis is known before its procedures are put into words).
    pub fn into_steps(mut self) -> Vec<Step> {
        self.steps.sort_by_key(|step| spell_step_number(step).unwrap_or(0));
        self.steps
    }
}

/// The number of a step of the spell pass: 9 for `S9`.
fn spell_step_number(step: &Step) -> Option<u32> {
    step.step.strip_prefix('S')?.parse().ok()
}

impl Recorder for Recording {
    const ON: bool = true;

    fn step(&mut self, make: impl FnOnce() -> Step) {
        self.steps.push(make());
    }
}

/// Marks every step as of one episode, or applies a rule of the episode pass under a step of the spell pass.
#[derive(Debug)]
pub struct Within<'r, R> {
    recorder: &'r mut R,
    episode: Option<u32>,
    renamed: Option<fn(&'static str) -> &'static str>,
    /// Facts say which episode they are from, since the steps do not.
    several: bool,
}

impl<'r, R: Recorder> Within<'r, R> {
    /// Steps of the episode at that place, from 1.
    pub fn episode(recorder: &'r mut R, place: u32) -> Within<'r, R> {
        Within { recorder, episode: Some(place), renamed: None, several: false }
    }

    /// Steps of the spell; `name` gives the spell's step for a rule of the episode pass.
    pub fn spell(recorder: &'r mut R, name: fn(&'static str) -> &'static str) -> Within<'r, R> {
        Within { recorder, episode: None, renamed: Some(name), several: true }
    }

    /// Steps of a record without episodes; `name` gives its step for a rule of the episode pass.
    pub fn record(recorder: &'r mut R, name: fn(&'static str) -> &'static str) -> Within<'r, R> {
        Within { recorder, episode: None, renamed: Some(name), several: false }
    }
}

impl<R: Recorder> Recorder for Within<'_, R> {
    const ON: bool = R::ON;

    fn step(&mut self, make: impl FnOnce() -> Step) {
        let (episode, renamed, several) = (self.episode, self.renamed, self.several);
        self.recorder.step(|| {
            let mut step = make();
            step.episode = episode;
            if !several {
                // The step says which episode it is about, or there is only the record.
                step.facts.iter_mut().for_each(|fact| fact.episode = None);
            }
            if let Some(renamed) = renamed {
                let name = renamed(step.step);
                if name != step.step {
                    step.rule = Some(step.step);
                    step.step = name;
                }
            }
            step
        });
    }
}
