//! From what is left to one core HRG: A6 to A16, for an episode and for the pooled record of a spell alike.
//!
//! Source: 03, the order of the main stages: multiple trauma, burns, global exceptions, procedures by hierarchy,
//! otherwise the diagnosis, then splits.

mod burns;
mod complication;
mod diagnosis;
mod exception;
mod intervention;
pub(in crate::grouper) mod procedure;
pub(in crate::grouper) mod split;
mod trauma;

pub use diagnosis::{check_primary, record_primary_checks};
pub use exception::rule_holds;
pub use procedure::dominant;
pub use trauma::is_trauma_case;

use super::case::Case;
use super::grouping::{Message, Method};
use crate::reference::options::CoreStage;
use crate::reference::{Hrg, Reference, Root};
use crate::trace::{Recorder, say};

/// How multiple trauma is to be treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraumaPass {
    /// By its own trigger (A6).
    Trigger,
    /// The spell is multiple trauma because its first episode is: the matrix over the pooled record (S6).
    Forced,
    /// The spell takes over the first episode's HRG (S6).
    TakeOver(Hrg),
    /// The spell is not multiple trauma, whatever a later episode is (S6).
    Never,
}

/// What core grouping is asked.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    /// Multiple trauma.
    pub trauma: TraumaPass,
    /// Whether global exceptions are tried; off to see what they replaced.
    pub exceptions: bool,
}

/// A message of core grouping, with the place of its episode.
pub type PlacedMessage = (usize, Message);

/// The core HRG and how it was reached.
#[derive(Clone, Debug)]
pub struct Core {
    /// The HRG.
    pub hrg: Hrg,
    /// The method.
    pub method: Method,
    /// DominantProcedure to show, by index into the case.
    pub dominant: Option<usize>,
    /// Place of the episode that holds what the record was grouped by, from 0.
    pub episode: usize,
    /// What made the record ungroupable.
    pub messages: Vec<PlacedMessage>,
}

impl Core {
    pub(in crate::grouper) fn found(hrg: Hrg, method: Method, episode: usize) -> Core {
        Core { hrg, method, dominant: None, episode, messages: Vec::new() }
    }

    pub(in crate::grouper) fn failed(messages: Vec<PlacedMessage>) -> Core {
        let episode = messages.first().map_or(0, |(place, _)| *place);
        Core { hrg: Hrg::INVALID, method: Method::Error, dominant: None, episode, messages }
    }
}

/// Groups a case.
pub fn group<'r, R: Recorder<'r>>(case: &Case<'r>, ask: Ask, reference: &'r Reference, recorder: &mut R) -> Core {
    for stage in &reference.options.core_order {
        let core = match stage {
            CoreStage::Trauma => trauma::attempt(case, ask.trauma, reference, recorder),
            CoreStage::Burns => burns::attempt(case, reference, recorder),
            CoreStage::GlobalExceptions if ask.exceptions => exception::attempt(case, ask, reference, recorder),
            CoreStage::GlobalExceptions => None,
        };
        if let Some(core) = core {
            return core;
        }
    }
    match procedure::attempt(case, reference, recorder) {
        procedure::Attempt::Driven { subject, root } => {
            let episode = case.procedures.get(subject).map_or(0, |p| p.episode);
            let mut core = finish(case, root, Method::Procedure, episode, reference, recorder);
            core.dominant = (core.method == Method::Procedure).then_some(subject);
            core
        }
        procedure::Attempt::Not { flipped, mut messages } => {
            match diagnosis::attempt(case, flipped, reference, recorder) {
                Ok(root) if messages.is_empty() => {
                    let episode = case.primary().map_or(0, |d| d.episode);
                    let mut core = finish(case, root, Method::Diagnosis, episode, reference, recorder);
                    core.dominant = flipped.filter(|_| diagnosis::shows_flipped(reference));
                    core
                }
                Ok(_) => Core::failed(messages),
                Err(more) => {
                    messages.extend(more);
                    Core::failed(messages)
                }
            }
        }
    }
}

/// A14 to A16: from root to HRG.
fn finish<'r, R: Recorder<'r>>(
    case: &Case<'r>,
    root: Root,
    method: Method,
    episode: usize,
    reference: &'r Reference,
    recorder: &mut R,
) -> Core {
    let hrg = reference.splits.get(&root).and_then(|splits| {
        let cc = complication::score(case, (root, splits), reference, recorder);
        let interventions = intervention::count(case, (root, splits), method, reference, recorder);
        split::choose(case, splits, cc, interventions, reference, recorder)
    });
    match hrg {
        Some(hrg) => Core::found(hrg, method, episode),
        None => {
            // Cannot happen in a release that passed its checks; said rather than hidden.
            recorder.step(|step| step.failed("A16", say!("no split of {} is reached: the release is faulty", root)));
            Core::failed(Vec::new())
        }
    }
}
