//! Stay and age: the nearest value below and above at which the spell groups elsewhere.

use super::change::Change;
use super::explore::{Bench, Outcome};
use super::thresholds;
use crate::grouper::normalise::{normalise, number};
use crate::grouper::validate::age_is_valid;
use crate::record::{RawEpisode, Text};
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// The nearest values that give another HRG.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NumberExplored {
    /// The value as it was sent; none where a field that it is made of is blank or invalid, and nothing was tried.
    pub now: Option<u32>,
    /// Whether every value was tried at which the release divides.
    pub complete: bool,
    /// How many were tried.
    pub tried: usize,
    /// The nearest lower value that gives another HRG; none where no lower one does.
    pub below: Option<Reached>,
    /// The nearest higher value that gives another HRG; none where no higher one does.
    pub above: Option<Reached>,
}

/// A value that gives another HRG.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reached {
    /// The value.
    pub value: u32,
    /// What it gives.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// A number that is moved: what it is, and how the spell is made to have another.
struct Moved<M> {
    now: u32,
    make: M,
}

/// Another stay, by another duration of the longest episode.
pub(super) fn stay(mut bench: Bench<'_>) -> NumberExplored {
    let episodes: Vec<_> = bench.spell.episodes.iter().map(normalise).collect();
    let known = |raw: &RawEpisode<'_>| raw.epidur.is_blank() || number(&raw.epidur).value().is_none();
    let longest = (0..episodes.len()).rev().max_by_key(|i| episodes.get(*i).map_or(0, |e| e.calc_epidur()));
    let found = longest.and_then(|at| Some((at, episodes.get(at)?)));
    let Some((at, episode)) = found.filter(|_| !bench.spell.episodes.iter().any(known)) else {
        return NumberExplored { now: None, complete: true, tried: 0, below: None, above: None };
    };
    let total = episodes.iter().fold(0u32, |sum, e| sum.saturating_add(e.calc_epidur()));
    let own = episode.calc_epidur();
    let others = total.saturating_sub(own);
    let deducted = episode.critical_care_days.or_zero().saturating_add(episode.rehabilitation_days.or_zero());
    let deducted = deducted.saturating_add(episode.spc_days.or_zero());
    // A table may divide by the stay of the spell or by that of the episode.
    let starts: BTreeSet<u32> = thresholds::stays(bench.reference)
        .into_iter()
        .flat_map(|start| [start.checked_add(others), Some(start)])
        .flatten()
        .filter(|start| *start >= others)
        .collect();
    let make = |bench: &mut Bench<'_>, stay: u32| {
        let days = stay.saturating_sub(others).saturating_add(deducted).to_string();
        if let Some(episode) = bench.spell.episodes.get_mut(at) {
            episode.epidur = Text::from(days.clone());
        }
        vec![Change::set(at, "epidur", &days)]
    };
    explore(&mut bench, &starts, others, Moved { now: total, make })
}

/// Another age, by the same shift in every episode.
pub(super) fn age(mut bench: Bench<'_>) -> NumberExplored {
    let ages: Option<Vec<u32>> = bench.spell.episodes.iter().map(|raw| number(&raw.startage).value()).collect();
    let valid = |age: u32, bench: &Bench<'_>| age_is_valid(age, bench.reference) && age < UNKNOWN;
    let Some(ages) = ages.filter(|ages| ages.iter().all(|age| valid(*age, &bench))) else {
        return NumberExplored { now: None, complete: true, tried: 0, below: None, above: None };
    };
    let now = ages.first().copied().unwrap_or(0);
    // Each table divides by the age of some episode, and all of them move with the first.
    let starts: BTreeSet<u32> = thresholds::ages(bench.reference)
        .into_iter()
        .flat_map(|start| ages.iter().filter_map(move |age| (start + now).checked_sub(*age)))
        .filter(|start| ages.iter().all(|age| (start + age).checked_sub(now).is_some_and(|age| valid(age, &bench))))
        .collect();
    let lowest = ages.iter().map(|age| now.saturating_sub(*age)).max().unwrap_or(0);
    let make = |bench: &mut Bench<'_>, value: u32| {
        let mut changes = Vec::new();
        for (at, (episode, age)) in bench.spell.episodes.iter_mut().zip(&ages).enumerate() {
            let shifted = (value + age).saturating_sub(now).to_string();
            episode.startage = Text::from(shifted.clone());
            changes.push(Change::set(at, "startage", &shifted));
        }
        changes
    };
    explore(&mut bench, &starts, lowest, Moved { now, make })
}

/// An age that stands for one that is not known is no point on the scale.
const UNKNOWN: u32 = 131;

/// Tries the nearest values of the stretches between the starts, outwards on both sides.
fn explore<M: Fn(&mut Bench<'_>, u32) -> Vec<Change>>(
    bench: &mut Bench<'_>,
    starts: &BTreeSet<u32>,
    lowest: u32,
    moved: Moved<M>,
) -> NumberExplored {
    let now = moved.now;
    let mut complete = true;
    let mut side = |bench: &mut Bench<'_>, values: &mut dyn Iterator<Item = u32>| {
        for value in values {
            let changes = (moved.make)(bench, value);
            let base = bench.hrg();
            let Some(spell) = bench.group().map(|grouping| &grouping.spell) else {
                complete = false;
                return None;
            };
            let (hrg, method) = (spell.hrg, spell.method.flag());
            if hrg != base {
                return Some(Reached { value, outcome: bench.outcome(hrg, method, changes, true) });
            }
        }
        None
    };
    let mut lower = starts.iter().rev().filter(|start| **start <= now).filter_map(|start| start.checked_sub(1));
    let below = side(bench, &mut lower.by_ref().filter(|value| *value >= lowest));
    let above = side(bench, &mut starts.iter().copied().filter(|start| *start > now));
    NumberExplored { now: Some(now), complete, tried: bench.tried, below, above }
}
