//! Check 5: the matrices are total over their bands, and no cell stands twice.

use super::Findings;
use super::splits::edges;
use crate::reference::row::Row;
use crate::reference::trauma::Cell;
use crate::reference::{Dataset, Reference, TableId};

pub(super) fn check(reference: &Reference, findings: &mut Findings) {
    let serves = |dataset| reference.identity.datasets.contains(&dataset);
    if serves(Dataset::Apc) {
        cells(&reference.trauma.matrix, TableId::TraumaMatrix, 0, findings);
        cells(&reference.burns.matrix, TableId::BurnsMatrix, 1, findings);
    }
    if serves(Dataset::Em) {
        for (investigation, treatment) in (0..=3).flat_map(|i| (0..=5).map(move |t| (i, t))) {
            if !reference.other.em.contains_key(&(investigation, treatment)) {
                let message = format!("no cell for investigation {investigation} with treatment {treatment}");
                findings.error("matrix-gap", TableId::EmMatrix, None, message);
            }
        }
    }
    if serves(Dataset::Acc) {
        for organs in 0..=6 {
            let hits = reference.other.acc.iter().filter(|row| row.value.0.contains(organs)).count();
            once(hits, TableId::AccMatrix, &format!("{organs} organs"), findings);
        }
    }
}

fn once(hits: usize, table: TableId, what: &str, findings: &mut Findings) {
    match hits {
        0 => findings.error("matrix-gap", table, None, format!("no cell for {what}")),
        1 => {}
        _ => findings.error("matrix-overlap", table, None, format!("{hits} cells for {what}")),
    }
}

/// Severity counts from `least` up, the other two from 0.
fn cells(matrix: &[Row<Cell>], table: TableId, least: u32, findings: &mut Findings) {
    let severities = edges(matrix.iter().map(|row| row.value.severity));
    for age in edges(matrix.iter().map(|row| row.value.age)) {
        for severity in severities.iter().map(|s| (*s).max(least)) {
            for intervention in edges(matrix.iter().map(|row| row.value.intervention)) {
                let hits = matrix.iter().filter(|row| row.value.contains(age, severity, intervention)).count();
                let what = format!("age {age}, severity {severity}, intervention score {intervention}");
                once(hits, table, &what, findings);
            }
        }
    }
}
