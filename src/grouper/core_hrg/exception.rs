//! A8 and S8, global exceptions: same-day care that is all unbundled, and procedures not carried out.
//!
//! Source: 03 A8. First rule that holds wins.

use super::{Ask, Core};
use crate::grouper::case::{Case, CaseFacts};
use crate::grouper::grouping::Method;
use crate::reference::row::{Misses, first_match};
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
    // A trace wants to know of each rule; without one, most records are turned down before any is asked.
    if !R::ON && (!reference.unbundling.all_exceptions_ask.holds(&facts) || !any_holds(case, &facts, reference)) {
        return None;
    }
    let mut misses = Misses::default();
    let rules = &reference.unbundling.global_exceptions;
    let Some(rule) = first_match(rules, &facts, R::ON.then_some(&mut misses)) else {
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

/// Whether any rule holds, those set aside that need what the record has not.
fn any_holds(case: &Case<'_>, facts: &CaseFacts<'_, '_>, reference: &Reference) -> bool {
    let (unbundled, procedure) = (!case.unbundled.is_empty(), !case.procedures.is_empty());
    let rules = reference.unbundling.global_exceptions.iter().zip(&reference.unbundling.exceptions_need);
    rules
        .filter(|(_, needs)| (unbundled || !needs.unbundled) && (procedure || !needs.procedure))
        .any(|(rule, _)| rule.value.when.holds(facts))
}

/// Whether the rule that gives this HRG holds for the case by itself (S14).
pub fn rule_holds(case: &Case<'_>, hrg: Hrg, reference: &Reference) -> bool {
    let rule = first_match(&reference.unbundling.global_exceptions, &CaseFacts::of(case), None);
    rule.is_some_and(|rule| rule.value.then == hrg)
}
