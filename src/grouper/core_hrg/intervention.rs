//! A15 (S13): interventions, minor procedures that do not drive but split a diagnosis-driven root.
//!
//! Source: 03 A15; what unbundling set aside does not count (05 rule 4).

use crate::grouper::case::Case;
use crate::grouper::grouping::Method;
use crate::grouper::seen::Seen;
use crate::reference::options::InterventionCount;
use crate::reference::row::Key;
use crate::reference::splits::{Dimension, RootSplits};
use crate::reference::{Reference, Root};
use crate::trace::{Recorder, say};

/// The count, or none where the root's splits do not look at it.
pub fn count<'r, R: Recorder<'r>>(
    case: &Case<'r>,
    (root, splits): (Root, &RootSplits),
    method: Method,
    reference: &'r Reference,
    recorder: &mut R,
) -> Option<u32> {
    if !splits.uses(Dimension::Interventions) || method != Method::Diagnosis {
        recorder.step(|step| step.passed("A15", say!("The splits of {} do not look at interventions", root)));
        return None;
    }
    let list = reference.complications.interventions.get(&root.subchapter());
    let distinct = reference.options.intervention_count == InterventionCount::DistinctCodes;
    let on_list = |code: Key| list.and_then(|list| list.find(code));
    let mut seen = Seen::default();
    let counted: Vec<bool> = case
        .procedures
        .iter()
        .map(|p| !p.set_aside && on_list(p.key).is_some() && (seen.insert(p.code) || !distinct))
        .collect();
    let total = u32::try_from(counted.iter().filter(|c| **c).count()).unwrap_or(u32::MAX);
    recorder.step(|step| {
        let words = match total {
            0 => "no intervention",
            1 => "a single intervention",
            _ => "multiple interventions",
        };
        let sentence = say!("{}: {} counted for subchapter {}", words, total, root.subchapter());
        let mut step = step.applied("A15", sentence).fact("interventions", total);
        for (procedure, counted) in case.procedures.iter().zip(&counted) {
            let row = on_list(procedure.key);
            let state = match row {
                _ if *counted => "counted",
                _ if procedure.set_aside => "set aside by unbundling",
                Some(_) => "recorded before",
                None => "not on the list",
            };
            step = step.of("intervention", procedure, state);
            step = step.cite(row.filter(|_| *counted).map(|row| row.cite()));
        }
        step
    });
    Some(total)
}
