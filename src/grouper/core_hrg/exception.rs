//! A8 and S8, global exceptions: same-day care that is all unbundled, and procedures not carried out.
//!
//! Source: 03 A8. First rule that holds wins.

use super::{Ask, Core};
use crate::grouper::case::{Case, CaseFacts};
use crate::grouper::grouping::Method;
use crate::reference::condition::Needs;
use crate::reference::row::{Misses, Row, Rule, first_match};
use crate::reference::{Hrg, Reference};
use crate::trace::{Off, Recorder, say};

/// The HRG of the first global exception that holds.
pub fn attempt<'r, R: Recorder<'r>>(
    case: &Case<'r>,
    ask: Ask,
    reference: &'r Reference,
    recorder: &mut R,
) -> Option<Core> {
    let facts = CaseFacts::of(case);
    let mut misses = Misses::default();
    // A trace wants to know of each rule.
    let rule = if R::ON {
        first_match(&reference.unbundling.global_exceptions, &facts, Some(&mut misses))
    } else {
        first(case, &facts, reference)
    };
    let Some(rule) = rule else {
        recorder.step(|step| step.passed("A8", "No global exception holds").misses(&misses));
        return None;
    };
    let hrg = rule.value.then;
    recorder.step(|step| {
        let without = super::group(case, Ask { exceptions: false, ..ask }, reference, &mut Off).hrg;
        let sentence = say!(
            "Global exception {}: {}, so {} ({}); without it the record would group to {}",
            &*rule.id,
            &rule.value.when,
            hrg,
            reference.labels.hrg(hrg),
            without
        );
        step.applied("A8", sentence).fact("hrg", hrg).fact("without", without).cite(Some(rule.cite())).misses(&misses)
    });
    Some(Core::found(hrg, Method::GlobalException, 0))
}

/// The first rule that holds; most records are turned down before any is asked, and a rule that needs what the record has
/// not is passed over.
fn first<'r>(case: &Case<'_>, facts: &CaseFacts<'_, '_>, reference: &'r Reference) -> Option<&'r Row<Rule<Hrg>>> {
    let unbundling = &reference.unbundling;
    let (unbundled, procedure) = (!case.unbundled.is_empty(), !case.procedures.is_empty());
    let has = |needs: &Needs| {
        (unbundled || !needs.unbundled)
            && (procedure || !needs.procedure)
            && needs.diagnosis.is_none_or(|tens| tens.meet(&case.tens))
    };
    let rules = unbundling.global_exceptions.iter().zip(&unbundling.exceptions_need);
    let mut asked = rules.filter(|(_, needs)| has(needs)).map(|(rule, _)| rule).peekable();
    if asked.peek().is_none() || !unbundling.all_exceptions_ask.holds(facts) {
        return None;
    }
    asked.find(|rule| rule.value.when.holds(facts))
}

/// Whether the rule that gives this HRG holds for the case by itself (S14).
pub fn rule_holds(case: &Case<'_>, hrg: Hrg, reference: &Reference) -> bool {
    first(case, &CaseFacts::of(case), reference).is_some_and(|rule| rule.value.then == hrg)
}
