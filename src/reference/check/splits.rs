//! Check 2: the splits of a root exclude one another and leave no gap within the root's bands.

use super::Findings;
use crate::reference::Band;
use crate::reference::condition::Condition;
use crate::reference::row::Row;
use crate::reference::splits::{Dimension, RootSplits, Split, SplitValues};
use crate::reference::{Reference, Root, TableId};

pub(super) fn check(reference: &Reference, findings: &mut Findings) {
    for (root, splits) in &reference.splits {
        if splits.rows.is_empty() {
            let message = format!("the root {root} has no row in splits.csv");
            findings.error("root-without-splits", TableId::Roots, Some(splits.line), message);
            continue;
        }
        for row in &splits.rows {
            let split = &row.value;
            if split.hrg.root() != *root {
                let message = format!("{} is no HRG of the root {root}", split.hrg);
                findings.error("hrg-of-other-root", row.table, Some(row.line), message);
            }
            if split.order.is_none() && !matches!(split.when, Condition::Always) {
                let message = format!("the split {} has a condition and so needs an order", split.hrg);
                findings.error("condition-without-order", row.table, Some(row.line), message);
            }
        }
        cover(*root, splits, findings);
    }
}

/// Values at which the answer of bands can change: each lower end, and one above each upper end.
pub(super) fn edges(bands: impl Iterator<Item = Band>) -> Vec<u32> {
    let mut edges: Vec<u32> = bands.flat_map(|b| [Some(b.min), b.max.map(|max| max + 1)]).flatten().collect();
    edges.push(0);
    edges.sort_unstable();
    edges.dedup();
    edges
}

/// The edges of a dimension that lie within the root's own band.
fn edges_of(splits: &RootSplits, dimension: Dimension) -> Vec<u32> {
    let own = match dimension {
        Dimension::Age => splits.age,
        Dimension::Stay => splits.stay,
        Dimension::Cc | Dimension::Interventions => Band::ANY,
    };
    let bands = splits.rows.iter().map(|row| row.value.band(dimension)).chain([own]);
    edges(bands).into_iter().filter(|value| own.contains(*value)).collect()
}

/// One gap and one overlap are reported for each root, with the values.
fn cover(root: Root, splits: &RootSplits, findings: &mut Findings) {
    let (mut gap, mut overlap) = (None, None);
    for cc in edges_of(splits, Dimension::Cc) {
        for age in edges_of(splits, Dimension::Age) {
            for stay in edges_of(splits, Dimension::Stay) {
                for interventions in edges_of(splits, Dimension::Interventions) {
                    let values = SplitValues { cc, age, stay, interventions };
                    let hit = |row: &&Row<Split>| row.value.in_bands(&values);
                    let sure = splits.rows.iter().any(|row| hit(&row) && matches!(row.value.when, Condition::Always));
                    if !sure {
                        gap.get_or_insert(values);
                    }
                    let mut unordered = splits.rows.iter().filter(|row| row.value.order.is_none()).filter(hit);
                    if let (Some(first), Some(second)) = (unordered.next(), unordered.next()) {
                        overlap.get_or_insert((values, first, second));
                    }
                }
            }
        }
    }
    if let Some(values) = gap {
        let message = format!("{root}: no split is reached for {}", in_words(&values));
        findings.error("split-gap", TableId::Splits, splits.rows.first().map(|row| row.line), message);
    }
    if let Some((values, first, second)) = overlap {
        let message =
            format!("{root}: {} and {} are both reached for {}", first.value.hrg, second.value.hrg, in_words(&values));
        findings.error("split-overlap", TableId::Splits, Some(second.line), message);
    }
}

fn in_words(values: &SplitValues) -> String {
    Dimension::ALL.iter().map(|d| format!("{} {}", d.name(), d.of(values))).collect::<Vec<_>>().join(", ")
}
