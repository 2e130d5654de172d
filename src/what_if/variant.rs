//! A variant beside the spell as it was sent: what it groups to, and the first step that decides otherwise.

use crate::grouper::answer::{Answer, EpisodeAnswer, SpellAnswer};
use crate::grouper::compare::{explained, hrgs};
use crate::grouper::{Grouping, Tally};
use crate::record::RawSpell;
use crate::reference::Reference;
use crate::trace::{Parting, Step, first_difference};
use serde::Serialize;
use utoipa::ToSchema;

/// What a spell groups to.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = WhatIfResult)]
pub struct Grouped {
    /// The spell.
    pub spell: SpellAnswer,
    /// The episodes, in EPIORDER order.
    pub episodes: Vec<EpisodeAnswer>,
}

impl Grouped {
    fn of(grouping: &Grouping, reference: &Reference) -> Grouped {
        let Answer { spell, episodes, .. } = Answer::of(grouping, reference);
        Grouped { spell, episodes }
    }
}

/// The spell as it was sent.
#[derive(Clone, Debug)]
pub struct Base {
    pub(super) grouping: Grouping,
    pub(super) steps: Vec<Step>,
    /// What it groups to.
    pub result: Grouped,
}

impl Base {
    /// Counts it as a result.
    pub fn count(&self, tally: &mut Tally) {
        self.grouping.count(tally);
    }

    /// Where another grouping of the spell, changed, parts from this one.
    pub(super) fn parting(&self, changed: &RawSpell<'_>, reference: &Reference) -> Option<Parting> {
        let (_, steps) = explained(changed, reference);
        first_difference(&self.steps, &steps.in_words())
    }
}

/// A variant beside the spell as it was sent.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Variant {
    /// The caller's name for it.
    pub name: String,
    /// Whether any HRG is another: of the spell, of an episode, or an unbundled one.
    pub changed: bool,
    /// Whether the spell's own HRG is another.
    pub spell_changed: bool,
    /// What it groups to.
    #[serde(flatten)]
    pub result: Grouped,
    /// The first step that decides otherwise, as the spell was sent (`from`) and with the changes (`to`); where all
    /// steps decide alike, the first that read something else.
    pub first_difference: Option<Parting>,
}

/// Groups the spell as it was sent.
pub fn base(spell: &RawSpell<'_>, reference: &Reference) -> Base {
    let (grouping, steps) = explained(spell, reference);
    Base { result: Grouped::of(&grouping, reference), steps: steps.in_words(), grouping }
}

/// Groups a variant beside it.
pub fn variant(name: String, changed: &RawSpell<'_>, base: &Base, reference: &Reference) -> Variant {
    let (grouping, steps) = explained(changed, reference);
    Variant {
        name,
        changed: hrgs(&grouping) != hrgs(&base.grouping),
        spell_changed: grouping.spell.hrg != base.grouping.spell.hrg,
        result: Grouped::of(&grouping, reference),
        first_difference: first_difference(&base.steps, &steps.in_words()),
    }
}
