//! No record can reach a root outside the ages and stays that the root serves, so that no split is ever missing.
//!
//! Every code pattern is walked through its root rules at every age and stay at which an answer can change. A condition
//! on anything else is open there: the rule may hold or not, and both ways are followed.

use super::Findings;
use super::splits::edges;
use crate::record::{Field, Word};
use crate::reference::Band;
use crate::reference::condition::{Facts, NumberFact, Scope, Test, Truth};
use crate::reference::row::Key;
use crate::reference::ways::{Way, ways};
use crate::reference::{Reference, Root};
use rustc_hash::FxHashSet;

/// The oldest age that is valid.
const MAX_AGE: u32 = 130;
/// The longest duration of an episode.
const MAX_STAY: u32 = 99_999;

/// Only age and stay are known.
struct AgeAndStay {
    age: u32,
    stay: u32,
}

impl Facts for AgeAndStay {
    fn number(&self, fact: NumberFact) -> Option<u32> {
        match fact {
            NumberFact::Age => Some(self.age),
            NumberFact::Stay => Some(self.stay),
            _ => None,
        }
    }
    fn field(&self, _: Field) -> Option<Word> {
        None
    }
    fn codes(&self, _: Scope, _: impl FnMut(Key)) -> bool {
        false
    }
    fn unbundled(&self, _: impl FnMut(Word)) -> bool {
        false
    }
}

pub(super) fn check(reference: &Reference, findings: &mut Findings) {
    for way in ways(reference) {
        walk(reference, &way, findings);
    }
}

fn walk(reference: &Reference, way: &Way<'_>, findings: &mut Findings) {
    let roots = way.rules.iter().map(|row| row.value.fact.then).chain(way.base);
    let bands: Vec<(Band, Band)> =
        roots.filter_map(|root| reference.splits.get(&root)).map(|s| (s.age, s.stay)).collect();
    if bands.iter().all(|(age, stay)| age.is_any() && stay.is_any()) {
        return; // nothing to fall out of
    }
    let asked = |wanted: NumberFact| {
        way.rules.iter().flat_map(|row| row.value.fact.when.tests()).flat_map(move |test| match test {
            Test::Compare(fact, _, limit) if *fact == wanted => {
                vec![Band { min: *limit, max: Some(*limit) }]
            }
            Test::In(fact, band) if *fact == wanted => vec![*band],
            _ => Vec::new(),
        })
    };
    let mut ages = edges(bands.iter().map(|b| b.0).chain(asked(NumberFact::Age)));
    ages.push(reference.options.age_unknown_value);
    ages.retain(|age| *age <= MAX_AGE || *age == reference.options.age_unknown_value);
    if way.paediatric {
        ages.retain(|age| *age < 19);
    }
    let mut stays = edges(bands.iter().map(|b| b.1).chain(asked(NumberFact::Stay)));
    stays.retain(|stay| *stay <= MAX_STAY);
    let mut said = FxHashSet::default();
    for &age in &ages {
        for &stay in &stays {
            for root in reached(way, &AgeAndStay { age, stay }) {
                let Some(splits) = reference.splits.get(&root) else { continue };
                let flips = way.procedure && reference.max_stays.get(&root).is_some_and(|max| stay > max.value);
                let served = splits.age.contains(age) && splits.stay.contains(stay);
                if !flips && !served && said.insert(root) {
                    let message = format!(
                        "`{}` can reach {root} at age {age} and stay {stay}; that root serves age {}, stay {}",
                        way.pattern, splits.age, splits.stay
                    );
                    findings.error("outside-root-band", way.table, Some(way.line), message);
                }
            }
        }
    }
}

/// The roots that the rules can lead to, given what is known.
fn reached(way: &Way<'_>, facts: &AgeAndStay) -> Vec<Root> {
    let mut roots = Vec::new();
    for row in way.rules {
        match row.value.fact.when.truth(facts) {
            Truth::True => {
                roots.push(row.value.fact.then);
                return roots;
            }
            Truth::Unknown => roots.push(row.value.fact.then),
            Truth::False => {}
        }
    }
    roots.extend(way.base);
    roots
}
