//! The values of age and stay at which anything of a release divides: bands, limits and conditions of every table that
//! admitted patient care looks at.

use crate::reference::condition::{Comparison, Condition, NumberFact, Test};
use crate::reference::splits::Dimension;
use crate::reference::{Band, Reference};
use std::collections::BTreeSet;

/// The age from which a paediatric primary diagnosis is an error (A13).
const ADULT: u32 = 19;

/// Every condition that grouping admitted patient care asks.
pub(super) fn conditions(reference: &Reference) -> impl Iterator<Item = &Condition> {
    let (codes, unbundling, burns) = (&reference.codes, &reference.unbundling, &reference.burns);
    let splits = reference.splits.values().flat_map(|root| root.rows.iter().map(|row| &row.value.when));
    let roots = codes.diagnosis_rules.rows().iter().chain(codes.procedure_rules.rows());
    let yields = unbundling.diagnoses.rows().iter().chain(unbundling.procedures.rows());
    splits
        .chain(roots.map(|row| &row.value.fact.when))
        .chain(yields.map(|row| &row.value.fact.when))
        .chain(unbundling.global_exceptions.iter().chain(&burns.rules).map(|row| &row.value.when))
        .chain(burns.escalation.iter().map(|row| &row.value.when))
}

/// The values from which something else may follow than from the value before, ascending.
pub(super) fn stays(reference: &Reference) -> BTreeSet<u32> {
    let mut starts = starts(reference, Dimension::Stay, NumberFact::Stay);
    starts.extend(reference.max_stays.values().map(|row| row.value.saturating_add(1)));
    starts
}

/// The same of ages.
pub(super) fn ages(reference: &Reference) -> BTreeSet<u32> {
    let mut starts = starts(reference, Dimension::Age, NumberFact::Age);
    for cell in reference.burns.matrix.iter().chain(&reference.trauma.matrix) {
        starts.extend(of_band(cell.value.age));
    }
    starts.insert(ADULT);
    starts
}

fn starts(reference: &Reference, dimension: Dimension, fact: NumberFact) -> BTreeSet<u32> {
    let rows = reference.splits.values().flat_map(|root| &root.rows);
    let mut starts: BTreeSet<u32> = rows.flat_map(|row| of_band(row.value.band(dimension))).collect();
    for test in conditions(reference).flat_map(Condition::tests) {
        starts.extend(of_test(test, fact).into_iter().flatten());
    }
    starts
}

fn of_band(band: Band) -> impl Iterator<Item = u32> {
    [Some(band.min), band.max.map(|max| max.saturating_add(1))].into_iter().flatten()
}

fn of_test(test: &Test, fact: NumberFact) -> [Option<u32>; 2] {
    match test {
        Test::In(asked, band) if *asked == fact => [Some(band.min), band.max.map(|max| max.saturating_add(1))],
        Test::Compare(asked, comparison, limit) if *asked == fact => {
            let next = Some(limit.saturating_add(1));
            match comparison {
                Comparison::Equal | Comparison::NotEqual => [Some(*limit), next],
                Comparison::Less | Comparison::AtLeast => [Some(*limit), None],
                Comparison::AtMost | Comparison::More => [next, None],
            }
        }
        _ => [None, None],
    }
}
