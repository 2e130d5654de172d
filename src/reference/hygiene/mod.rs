//! The hygiene of tables: rows that say nothing new, and rows that nothing can reach.
//!
//! Reference data is linted like code. A finding here is a warning: the release works, and somebody should look. It is
//! made on request only (`hrg reference check`), never on loading, which must stay quick. Source: 08, and the codes are
//! listed in `reference/README.md`.

mod columns;
mod hrgs;
mod lists;
mod needless;
mod order;
mod reach;
mod rules;
mod sums;
mod worlds;

use super::check::Findings;
use super::{Dataset, Finding, Reference};

/// Every warning about the tables of a release that passed its checks.
pub fn hygiene(reference: &Reference) -> Vec<Finding> {
    let mut findings = Findings::default();
    rules::check(reference, &mut findings);
    let mut reached = reach::Reached::default();
    if [Dataset::Apc, Dataset::Nac].iter().any(|d| reference.identity.datasets.contains(d)) {
        reached = reach::check(reference, &mut findings);
        lists::check(reference, &reached, &mut findings);
        needless::check(reference, &mut findings);
    }
    hrgs::check(reference, &reached, &mut findings);
    columns::check(reference, &mut findings);
    let mut findings = findings.0;
    findings.sort_by(|a, b| (a.code, &a.file, a.row, &a.message).cmp(&(b.code, &b.file, b.row, &b.message)));
    findings
}
