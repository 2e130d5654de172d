//! A6 and S6, multiple trauma (Core 4): injuries of two body sites, one of them the primary diagnosis.
//!
//! Source: 03 A6, S6.

use super::{Core, TraumaPass};
use crate::grouper::case::Case;
use crate::grouper::grouping::Method;
use crate::grouper::seen::Seen;
use crate::reference::Reference;
use crate::reference::row::Key;
use crate::reference::trauma::SITES;
use crate::trace::{Blank, Draft, Recorder, say};

/// The sites of a code, as bits in the order of [`SITES`].
fn sites(reference: &Reference, code: Key) -> u16 {
    reference.trauma.sites.rows_for(code).iter().fold(0, |bits, row| bits | 1 << row.value.fact)
}

fn in_words(bits: u16) -> String {
    let named = SITES.iter().enumerate().filter(|(i, _)| bits >> i & 1 == 1);
    named.map(|(_, site)| site.replace('_', " ")).collect::<Vec<_>>().join(" and ")
}

/// Whether two sites, one from each set, can differ.
fn differ(primary: u16, secondary: u16) -> bool {
    primary != 0 && secondary != 0 && (primary | secondary).count_ones() > 1
}

/// The index of a secondary diagnosis that makes the case multiple trauma.
pub fn is_trauma_case(case: &Case<'_>, reference: &Reference) -> Option<usize> {
    let primary = sites(reference, case.primary()?.key);
    if primary == 0 {
        return None;
    }
    case.secondaries().find(|(_, d)| differ(primary, sites(reference, d.key))).map(|(i, _)| i)
}

/// The multiple trauma HRG, where it applies.
pub fn attempt<'r, R: Recorder<'r>>(
    case: &Case<'r>,
    pass: TraumaPass,
    reference: &'r Reference,
    recorder: &mut R,
) -> Option<Core> {
    match pass {
        TraumaPass::Trigger => {
            let second = is_trauma_case(case, reference);
            recorder.step(|step| trigger_step(step, case, second, reference));
            second?;
        }
        TraumaPass::Forced => recorder.step(|step| {
            step.applied("A6", "The first episode is multiple trauma, so the spell is, scored over all its episodes")
        }),
        TraumaPass::TakeOver(hrg) => {
            recorder.step(|step| {
                let sentence = say!("The first episode is multiple trauma: the spell takes over its HRG {}", hrg);
                step.applied("A6", sentence).fact("hrg", hrg)
            });
            return Some(Core::found(hrg, Method::Trauma, 0));
        }
        TraumaPass::Never => return None,
    }
    let mut seen = Seen::default();
    let scored = |code: Key| reference.trauma.diagnosis_scores.find(code);
    let diagnosis_score: u32 = case
        .diagnoses
        .iter()
        .filter(|d| seen.insert(d.code))
        .filter_map(|d| scored(d.key))
        .map(|row| row.value.fact)
        .sum();
    let by_procedure = |code: Key| reference.trauma.procedure_scores.find(code);
    let intervention_score: u32 =
        case.procedures.iter().filter_map(|p| by_procedure(p.key)).map(|row| row.value.fact).sum();
    let cell = reference.trauma.matrix.iter().find(|row| row.value.contains(0, diagnosis_score, intervention_score))?;
    recorder.step(|step| {
        let hrg = cell.value.hrg;
        let sentence = say!(
            "Diagnosis score {} and intervention score {} give {} ({})",
            diagnosis_score,
            intervention_score,
            hrg,
            reference.labels.hrg(hrg)
        );
        let mut step = step
            .applied("A6", sentence)
            .fact("diagnosis_score", diagnosis_score)
            .fact("intervention_score", intervention_score)
            .fact("hrg", hrg);
        let mut seen = Seen::default();
        for diagnosis in &case.diagnoses {
            let row = scored(diagnosis.key);
            step = match row {
                _ if !seen.insert(diagnosis.code) => step.of("injury", diagnosis, "0, recorded before"),
                Some(row) => step.of("injury", diagnosis, row.value.fact),
                None => step.of("injury", diagnosis, "0, no score"),
            };
            step = step.cite(row.map(|row| row.cite()));
        }
        for procedure in &case.procedures {
            let row = by_procedure(procedure.key);
            step = match row {
                Some(row) => step.of("intervention", procedure, row.value.fact),
                None => step.of("intervention", procedure, "0, no score"),
            };
            step = step.cite(row.map(|row| row.cite()));
        }
        step.cite(Some(cell.cite()))
    });
    Some(Core::found(cell.value.hrg, Method::Trauma, 0))
}

fn trigger_step<'p, 'r>(
    step: Blank<'p, 'r>,
    case: &Case<'r>,
    second: Option<usize>,
    reference: &'r Reference,
) -> Draft<'p, 'r> {
    let Some(primary) = case.primary() else {
        return step.passed("A6", "No primary diagnosis, so no multiple trauma");
    };
    let of_primary = sites(reference, primary.key);
    let mut step = match second.and_then(|i| case.diagnoses.get(i)) {
        _ if of_primary == 0 => {
            step.passed("A6", say!("The primary diagnosis {} is no injury of a listed body site", primary.code))
        }
        Some(other) => step.applied(
            "A6",
            say!(
                "Multiple trauma: the primary {} ({}) and {} ({}) are injuries of different body sites",
                primary.code,
                in_words(of_primary),
                other.code,
                in_words(sites(reference, other.key))
            ),
        ),
        None => step.passed(
            "A6",
            say!(
                "The primary {} is an injury ({}), but no secondary diagnosis is one of another site",
                primary.code,
                in_words(of_primary)
            ),
        ),
    };
    for diagnosis in &case.diagnoses {
        let bits = sites(reference, diagnosis.key);
        if bits != 0 {
            step = step.of("site", diagnosis, in_words(bits));
            for row in reference.trauma.sites.rows_for(diagnosis.key) {
                step = step.cite(Some(row.cite()));
            }
        }
    }
    step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_sets_of_sites_differ_unless_they_are_one_and_the_same_site() {
        assert!(differ(0b01, 0b10));
        assert!(differ(0b11, 0b01));
        assert!(!differ(0b01, 0b01));
        assert!(!differ(0b01, 0));
        assert!(differ(0b11, 0b11));
    }
}
