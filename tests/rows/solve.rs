//! Conditions solved into facts: the drafts, from one that is given, of which a condition holds, or does not.
//!
//! The drafts are proposals. Whether one reaches its row is for the grouper to say.

use super::book::{Book, Way};
use super::draft::{Draft, Slot};
use hrg_grouper::record::Word;
use hrg_grouper::reference::Band;
use hrg_grouper::reference::condition::{CodeSet, Comparison, Condition, NumberFact, Scope, Test, Truth};
use hrg_grouper::reference::row::{HasRule, Row};

/// The most drafts that are carried on with.
const MOST: usize = 16;

/// The drafts of which the condition holds (or does not, where not wanted).
pub fn require(draft: &Draft, condition: &Condition, wanted: bool, book: &Book<'_>) -> Vec<Draft> {
    let mut found = match (condition, wanted) {
        (Condition::Always, true) => vec![draft.clone()],
        (Condition::Always, false) => Vec::new(),
        (Condition::Not(inner), _) => require(draft, inner, !wanted, book),
        (Condition::All(parts), true) | (Condition::Any(parts), false) => {
            parts.iter().fold(vec![draft.clone()], |drafts, part| {
                let mut next: Vec<Draft> = drafts.iter().flat_map(|d| require(d, part, wanted, book)).collect();
                next.truncate(MOST);
                next
            })
        }
        (Condition::Any(parts), true) | (Condition::All(parts), false) => {
            parts.iter().flat_map(|part| require(draft, part, wanted, book).into_iter().take(6)).collect()
        }
        (Condition::Test(test), _) => tested(draft, test, wanted, book),
    };
    found.truncate(MOST);
    found
}

fn tested(draft: &Draft, test: &Test, wanted: bool, book: &Book<'_>) -> Vec<Draft> {
    match test {
        Test::Compare(fact, comparison, limit) => {
            bands(*comparison, *limit, wanted).into_iter().flat_map(|band| number(draft, *fact, band, book)).collect()
        }
        Test::In(fact, band) if wanted => number(draft, *fact, *band, book),
        Test::In(fact, band) => outside(*band).into_iter().flat_map(|band| number(draft, *fact, band, book)).collect(),
        Test::Has(scope, codes) if wanted => having(draft, *scope, codes, 1, book),
        Test::Has(scope, codes) => draft.clone().bar(*scope, &codes.set, book).into_iter().collect(),
        Test::Count(scope, codes, comparison, limit) => {
            let wanted = bands(*comparison, *limit, wanted);
            wanted.into_iter().flat_map(|band| having(draft, *scope, codes, band.min, book)).collect()
        }
        Test::Field(field, values) => {
            let now = draft.field(*field);
            let holds = values.contains(&now) == wanted;
            let as_it_is = holds.then(|| draft.clone().set(*field, now)).flatten();
            if draft.is_set(*field) {
                return as_it_is.into_iter().collect();
            }
            let accepted = |value: &Word| book.release.labels.accepts(*field, *value);
            let all = super::values_of(*field, book.release);
            let fits = all.into_iter().filter(|value| values.contains(value) == wanted && accepted(value));
            // Others as well, since the next rule may bar the usual value.
            let others = fits.take(4).filter_map(|value| draft.clone().set(*field, value));
            as_it_is.into_iter().chain(others).collect()
        }
        Test::Unbundled(beginnings) if wanted => {
            let codes = book.unbundling(beginnings);
            codes.into_iter().filter_map(|code| draft.clone().add(Slot::Other, code)).collect()
        }
        Test::Unbundled(_) => vec![draft.clone()],
    }
}

/// The bands in which a comparison holds, or does not.
fn bands(comparison: Comparison, limit: u32, wanted: bool) -> Vec<Band> {
    let from = |min: u32| vec![Band { min, max: None }];
    let below = |limit: u32| limit.checked_sub(1).map(|max| Band { min: 0, max: Some(max) }).into_iter().collect();
    let exactly = Band { min: limit, max: Some(limit) };
    match (comparison, wanted) {
        (Comparison::Equal, true) | (Comparison::NotEqual, false) => vec![exactly],
        (Comparison::NotEqual, true) | (Comparison::Equal, false) => outside(exactly),
        (Comparison::Less, true) | (Comparison::AtLeast, false) => below(limit),
        (Comparison::AtMost, true) | (Comparison::More, false) => below(limit + 1),
        (Comparison::More, true) | (Comparison::AtMost, false) => from(limit + 1),
        (Comparison::AtLeast, true) | (Comparison::Less, false) => from(limit),
    }
}

/// What lies below and above a band.
fn outside(band: Band) -> Vec<Band> {
    let below = band.min.checked_sub(1).map(|max| Band { min: 0, max: Some(max) });
    let above = band.max.map(|max| Band { min: max + 1, max: None });
    below.into_iter().chain(above).collect()
}

fn number(draft: &Draft, fact: NumberFact, band: Band, book: &Book<'_>) -> Vec<Draft> {
    let slot = match fact {
        NumberFact::ProcedureCount => Slot::Other,
        NumberFact::DiagnosisCount => Slot::Secondary,
        // Follows from the codes; the grouper says whether it came out right.
        NumberFact::HighestPh => return vec![draft.clone()],
        _ => return draft.clone().within(fact, band).into_iter().collect(),
    };
    let repeated = match slot {
        Slot::Other => draft.procedures().first().copied(),
        _ => book.neutral.last().copied(),
    };
    let mut filled = draft.clone();
    let scope = if slot == Slot::Other { Scope::Procedures } else { Scope::Diagnoses };
    while filled.codes(scope, book).len() < band.min as usize {
        match repeated.and_then(|code| filled.clone().add(slot, code)) {
            Some(next) => filled = next,
            None => return Vec::new(),
        }
    }
    vec![filled]
}

/// The drafts with at least so many codes of the set in the scope.
fn having(draft: &Draft, scope: Scope, codes: &CodeSet, count: u32, book: &Book<'_>) -> Vec<Draft> {
    let there = draft.codes(scope, book).iter().filter(|code| codes.set.contains(**code)).count();
    let missing = (count as usize).saturating_sub(there);
    if missing == 0 {
        return vec![draft.clone()];
    }
    let slots: &[Slot] = match scope {
        Scope::Procedures | Scope::Candidates => &[Slot::Other, Slot::Subject],
        Scope::OtherProcedures => &[Slot::Other],
        Scope::Following => &[Slot::Following],
        Scope::Diagnoses => &[Slot::Secondary, Slot::Primary],
        Scope::Primary => &[Slot::Primary],
        Scope::Secondary => &[Slot::Secondary],
        Scope::Activities => &[Slot::Activity],
    };
    let matching = book.matching(scope, codes);
    let add = |slot: Slot, code: Word| (0..missing).try_fold(draft.clone(), |draft, _| draft.add(slot, code));
    slots.iter().flat_map(|slot| matching.iter().filter_map(move |code| add(*slot, *code))).collect()
}

/// The drafts for which, of the rules, the one at that place is the first that holds; none of them for `None`.
pub fn deciding<R: HasRule>(draft: &Draft, rules: &[Row<R>], at: Option<usize>, book: &Book<'_>) -> Vec<Draft> {
    let before = &rules[..at.unwrap_or(rules.len())];
    let mut drafts = match at {
        Some(at) => require(draft, &rules[at].value.rule().when, true, book),
        None => vec![draft.clone()],
    };
    for rule in before {
        let when = &rule.value.rule().when;
        drafts = drafts.iter().flat_map(|draft| require(draft, when, false, book)).take(MOST).collect();
    }
    drafts.retain(|draft| {
        at.is_none_or(|at| draft.truth(&rules[at].value.rule().when, book) != Truth::False)
            && before.iter().all(|rule| draft.truth(&rule.value.rule().when, book) != Truth::True)
    });
    drafts
}

/// The drafts that take a way to its root.
pub fn taking(way: &Way, book: &Book<'_>) -> Vec<Draft> {
    let codes = &book.release.codes;
    if way.procedure {
        let start = Draft::about(way.code);
        let kept = deciding(&start, book.release.unbundling.procedures.rows_for(way.code), None, book);
        let rules = codes.procedure_rules.rows_for(way.code);
        return kept.iter().flat_map(|draft| deciding(draft, rules, way.rule, book)).take(MOST).collect();
    }
    let paediatric = codes.diagnoses.find(way.code).is_some_and(|row| row.value.fact.paediatric);
    let ages = if paediatric { Band { min: 0, max: Some(18) } } else { Band::ANY };
    let start = Draft::of(way.code).within(NumberFact::Age, ages).expect("any age was possible");
    deciding(&start, codes.diagnosis_rules.rows_for(way.code), way.rule, book)
}
