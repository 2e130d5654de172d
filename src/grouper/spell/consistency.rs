//! S2: what must agree between the episodes of a spell.
//!
//! Source: 03 S2, 02 validation order and age in a spell, 06 messages. Disagreement usually means a spell identifier
//! that is not unique, so that two patients have been merged.

use crate::grouper::episode::Grouped;
use crate::grouper::grouping::Message;
use crate::grouper::validate::{MAX_AGE, age_is_valid};
use crate::record::{Episode, Field, FieldRef};
use crate::reference::options::AgeRiseRule;
use crate::reference::{Reference, Situation};

/// Fields that must be the same on every episode.
const CONSTANT: [Field; 4] = [Field::Sex, Field::Classpat, Field::Admisorc, Field::Admimeth];

/// The findings, each with the place of its episode, in the order of the episodes, which is that of EPIORDER.
pub fn check(episodes: &[Grouped<'_>], reference: &Reference) -> Vec<(usize, Message)> {
    if let [only] = episodes
        && !only.episode.epiorder.value().is_some_and(is_reserved)
    {
        return Vec::new(); // there is nothing that it could disagree with
    }
    compare(episodes, reference)
}

/// Numbers that no episode may have.
fn is_reserved(epiorder: u32) -> bool {
    matches!(epiorder, 98 | 99)
}

fn compare(episodes: &[Grouped<'_>], reference: &Reference) -> Vec<(usize, Message)> {
    let mut findings: Vec<(usize, Message)> = Vec::new();
    let mut add = |place: usize, situation, field, code: String| {
        let message = Message::fatal(&reference.labels, situation, FieldRef::single(field), code);
        findings.push((place, message));
    };
    let mut before = None;
    for (place, Grouped { episode, .. }) in episodes.iter().enumerate() {
        if let Some(order) = episode.epiorder.value() {
            if is_reserved(order) {
                add(place, Situation::EpisodeNumberInvalid, Field::Epiorder, order.to_string());
            }
            // They are in order, so those that are the same stand side by side.
            if before.replace(order) == Some(order) {
                add(place, Situation::EpisodeNumberDuplicated, Field::Epiorder, order.to_string());
            }
        }
    }
    let Some(Grouped { episode: first, .. }) = episodes.first() else { return findings };
    for field in CONSTANT {
        // A blank or impossible value is reported by itself; here it only differs.
        let value = first.fields.kept(field);
        for (place, Grouped { episode, .. }) in episodes.iter().enumerate() {
            let own = episode.fields.kept(field);
            if own != value && !own.is_empty() && !value.is_empty() {
                add(place, Situation::FieldInconsistent, field, String::new());
            }
        }
    }
    if reference.options.age_rise_rule == AgeRiseRule::FirstPlusYearsElapsed {
        for (place, situation) in ages(episodes, reference) {
            add(place, situation, Field::Startage, String::new());
        }
    }
    findings.sort_by_key(|(place, _)| *place); // stable: the findings of an episode keep their order
    findings
}

/// Ages that fall below the first, or rise above it by more than one and the whole years elapsed.
fn ages(episodes: &[Grouped<'_>], reference: &Reference) -> Vec<(usize, Situation)> {
    let known = |episode: &Episode| {
        let unknown = reference.options.age_unknown_value;
        episode.age.value().filter(|age| *age <= MAX_AGE && age_is_valid(*age, reference) && *age != unknown)
    };
    let Some(first) = episodes.iter().find_map(|grouped| known(&grouped.episode)) else { return Vec::new() };
    let mut found = Vec::new();
    let mut elapsed: u64 = 0;
    for (place, Grouped { episode, .. }) in episodes.iter().enumerate() {
        if let Some(age) = known(episode) {
            let most = u64::from(first) + 1 + elapsed / 365;
            if age < first {
                found.push((place, Situation::AgeFalls));
            } else if u64::from(age) > most {
                found.push((place, Situation::AgeRises));
            }
        }
        elapsed += u64::from(episode.epidur.or_zero());
    }
    found
}
