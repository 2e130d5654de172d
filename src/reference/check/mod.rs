//! The checks on loading: everything that could make a running table fail is found here, all at once.
//!
//! Source: 08 reference data, checks on loading a release.

mod codes;
mod conditions;
mod labels;
mod matrices;
mod reach;
mod splits;

use super::{Dataset, Finding, Reference, TableId};

/// Gathers findings.
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    /// Notes an error of a table's row.
    pub(super) fn error(&mut self, code: &'static str, table: TableId, line: Option<u32>, message: impl Into<String>) {
        self.0.push(Finding::error(code, format!("tables/{}", table.file()), line, message));
    }
}

/// Every finding of a release whose rows could be read.
pub fn check(reference: &Reference) -> Vec<Finding> {
    let mut findings = Findings(Vec::new());
    labels::check(reference, &mut findings);
    if [Dataset::Apc, Dataset::Nac].iter().any(|d| reference.identity.datasets.contains(d)) {
        codes::check(reference, &mut findings);
        splits::check(reference, &mut findings);
        reach::check(reference, &mut findings);
    }
    matrices::check(reference, &mut findings);
    conditions::check(reference, &mut findings);
    findings.0
}
