//! The single changes of a spell that would give it another HRG, found by trying what the release tells apart.

use super::change::Change;
use super::codes::{self, CodesExplored};
use super::numbers::{self, NumberExplored};
use super::variant::Base;
use crate::grouper::{Grouping, Workspace};
use crate::record::{RawSpell, by_word};
use crate::reference::{Hrg, Reference};
use crate::trace::{Off, Parting};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Episodes that one exploration groups at most. With some six thousand codes a spell of eight episodes is explored whole.
pub const WORK: usize = 50_000;
/// How many outcomes of one list bear the first differing step.
pub const EXPLAINED: usize = 10;

/// What is to be explored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(remote = "Self", rename_all = "kebab-case")]
pub enum Explore {
    /// One secondary diagnosis more or less.
    SecondaryDiagnoses,
    /// A longer or shorter stay.
    Stay,
    /// Another age.
    Age,
    /// One procedure more or less.
    Procedures,
}

by_word!(Explore);

/// What was found, as far as it was asked for.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Explored {
    /// Secondary diagnoses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secondary_diagnoses: Option<CodesExplored>,
    /// Stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stay: Option<NumberExplored>,
    /// Age.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age: Option<NumberExplored>,
    /// Procedures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub procedures: Option<CodesExplored>,
}

impl Explored {
    /// Explores a spell as far as it is asked for.
    pub fn of(asked: &[Explore], spell: &RawSpell<'static>, base: &Base, reference: &Reference) -> Explored {
        let bench = |kind| asked.contains(&kind).then(|| Bench::new(spell, base, reference));
        Explored {
            secondary_diagnoses: bench(Explore::SecondaryDiagnoses).map(codes::secondary_diagnoses),
            stay: bench(Explore::Stay).map(numbers::stay),
            age: bench(Explore::Age).map(numbers::age),
            procedures: bench(Explore::Procedures).map(codes::procedures),
        }
    }
}

/// Another HRG, and how it would come about.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WhatIfOutcome)]
pub struct Outcome {
    /// The spell's HRG then.
    #[schema(example = "AA22C")]
    pub hrg: String,
    /// Its label.
    pub label: String,
    /// The grouping method flag then.
    #[schema(example = "D")]
    pub grouping_method: &'static str,
    /// The changes that give it, as an edit takes them.
    pub changes: Vec<Change>,
    /// The first step that decides otherwise; of the first ten outcomes of a list, and none where a later one was not
    /// looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_difference: Option<Parting>,
}

/// A spell to change and group, many times over.
pub(super) struct Bench<'b> {
    pub(super) reference: &'b Reference,
    pub(super) base: &'b Base,
    /// The spell, changed or not.
    pub(super) spell: RawSpell<'static>,
    workspace: Workspace<'b>,
    left: usize,
    /// How often it was grouped.
    pub(super) tried: usize,
}

impl<'b> Bench<'b> {
    fn new(spell: &RawSpell<'static>, base: &'b Base, reference: &'b Reference) -> Bench<'b> {
        Bench { reference, base, spell: spell.clone(), workspace: Workspace::default(), left: WORK, tried: 0 }
    }

    /// The HRG of the spell as it was sent.
    pub(super) fn hrg(&self) -> Hrg {
        self.base.grouping.spell.hrg
    }

    /// Groups the spell as it now is; nothing once there was enough.
    pub(super) fn group(&mut self) -> Option<&Grouping> {
        self.left = self.left.checked_sub(self.spell.episodes.len())?;
        self.tried += 1;
        Some(self.workspace.group(&self.spell, self.reference, &mut Off))
    }

    /// An outcome, with the step that decides where the spell as it now is bears it.
    pub(super) fn outcome(&self, hrg: Hrg, method: &'static str, changes: Vec<Change>, explained: bool) -> Outcome {
        Outcome {
            hrg: hrg.to_string(),
            label: self.reference.labels.hrg(hrg).to_owned(),
            grouping_method: method,
            changes,
            first_difference: explained.then(|| self.base.parting(&self.spell, self.reference)).flatten(),
        }
    }
}
