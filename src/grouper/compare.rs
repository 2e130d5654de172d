//! One spell with several releases, side by side, and the first step at which their explanations part.

use super::answer::Answer;
use super::{Grouping, group};
use crate::record::RawSpell;
use crate::reference::Reference;
use crate::trace::{Explain, Parting, Recording, Step, Steps, first_difference};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A spell with several releases.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Comparison<'r> {
    /// Whether every release gives the same HRGs: spell, episodes and unbundled.
    pub same_hrgs: bool,
    /// The earliest step at which any release parts from the first; none where all explanations say the same.
    pub first_difference: Option<FirstDifference>,
    /// The results, in the order in which the releases were named.
    pub results: Vec<Compared<'r>>,
}

/// A result beside others.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Compared<'r> {
    /// The result, as grouping with this release alone gives it.
    #[serde(flatten)]
    pub answer: Answer<'r>,
    /// Where this release parts from the first; none for the first and for one that says the same.
    pub parts_from_first_at: Option<StepName>,
}

/// A step by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct StepName {
    /// The step of the specification.
    #[schema(example = "A9")]
    pub step: &'static str,
    /// The rule of the episode pass that it applied, where it is a step of the spell that shares it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<&'static str>,
    /// EPIORDER place of the episode, from 1, or none for the spell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub episode: Option<u32>,
    /// Whether the step decides over the HRGs; otherwise only what was read or reported differs.
    pub decides: bool,
}

/// The first step that differs, as each release has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FirstDifference {
    /// Which step it is.
    #[serde(flatten)]
    pub at: StepName,
    /// The step of each release, in the order of the results.
    pub sides: Vec<StepOfRelease>,
}

/// A step as one release has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct StepOfRelease {
    /// Id of the release.
    pub reference: String,
    /// The step, or, where this release never came to it, what stands in its place.
    pub step: Option<Step>,
}

/// Every HRG of a grouping, by which two groupings are the same or not.
pub fn hrgs(grouping: &Grouping) -> Vec<String> {
    let episodes = grouping.episodes.iter();
    let episodes =
        episodes.flat_map(|e| [e.hrg.to_string()].into_iter().chain(e.unbundled.iter().map(ToString::to_string)));
    [grouping.spell.hrg.to_string()].into_iter().chain(episodes).collect()
}

/// Groups a spell and keeps every step.
pub fn explained<'r>(spell: &RawSpell<'_>, reference: &'r Reference) -> (Grouping, Steps<'r>) {
    let mut recording = Recording::default();
    let grouping = group(spell, reference, &mut recording);
    (grouping, recording.into_steps())
}

/// Groups a spell with each release, and compares each with the first.
pub fn compare<'r>(spell: &RawSpell<'_>, references: &'r [Arc<Reference>], explain: Explain) -> Comparison<'r> {
    let explained: Vec<(Grouping, Steps<'r>)> = references.iter().map(|release| explained(spell, release)).collect();
    let in_words: Vec<Vec<Step>> = explained.iter().map(|(_, steps)| steps.in_words()).collect();
    let first = in_words.first();
    let partings: Vec<Option<Parting>> =
        in_words.iter().map(|steps| first.and_then(|of_first| first_difference(of_first, steps))).collect();
    let same_hrgs = explained.windows(2).all(|pair| match pair {
        [(one, _), (other, _)] => hrgs(one) == hrgs(other),
        _ => true,
    });
    let first_difference =
        partings.iter().flatten().min_by_key(|parting| parting.order()).map(|parting| FirstDifference {
            at: name(parting),
            sides: references
                .iter()
                .zip(&partings)
                .map(|(release, own)| side(release, own.as_ref(), parting))
                .collect(),
        });
    let results = explained
        .into_iter()
        .zip(references)
        .zip(&partings)
        .map(|(((grouping, steps), release), parting)| Compared {
            answer: Answer::of(&grouping, release).with_trace(steps, explain, release),
            parts_from_first_at: parting.as_ref().map(name),
        })
        .collect();
    Comparison { same_hrgs, first_difference, results }
}

fn name(parting: &Parting) -> StepName {
    StepName { step: parting.step, rule: parting.rule, episode: parting.episode, decides: parting.decides }
}

/// A release that parts at the same step has its own; one that parts later, or never, still agrees with the first.
fn side(release: &Reference, own: Option<&Parting>, earliest: &Parting) -> StepOfRelease {
    let own = own.filter(|own| name(own) == name(earliest));
    let step = own.map_or(&earliest.from, |own| &own.to).clone();
    StepOfRelease { reference: release.identity.id.clone(), step }
}
