//! The checks on loading: everything that could make a running table fail is found here, all at once.
//!
//! Source: 08 reference data, checks on loading a release.

mod codes;
pub(super) mod conditions;
mod labels;
mod matrices;
mod other;
mod reach;
mod splits;

use super::{Dataset, Finding, Reference, TableId};

/// Gathers findings.
#[derive(Default)]
pub(super) struct Findings(pub(super) Vec<Finding>);

impl Findings {
    /// Notes a warning about a table's row.
    pub(super) fn warning(
        &mut self,
        code: &'static str,
        table: TableId,
        line: Option<u32>,
        message: impl Into<String>,
    ) {
        self.0.push(Finding::warning(code, format!("tables/{}", table.file()), line, message));
    }

    /// Notes an error of a table's row.
    pub(super) fn error(&mut self, code: &'static str, table: TableId, line: Option<u32>, message: impl Into<String>) {
        self.0.push(Finding::error(code, format!("tables/{}", table.file()), line, message));
    }
}

/// Two releases that share a key, which is the folder's name: nothing could say which of them answers.
pub fn shared_keys<'n>(folders: impl IntoIterator<Item = &'n str>) -> Vec<Finding> {
    let mut seen = rustc_hash::FxHashSet::default();
    let twice = folders.into_iter().filter(|name| !seen.insert(*name));
    twice
        .map(|name| {
            let message = format!("the key `{name}` is that of another release too");
            Finding::error("shared-key", "manifest.toml", None, message)
        })
        .collect()
}

/// Every finding of a release whose rows could be read.
pub fn check(reference: &Reference) -> Vec<Finding> {
    let mut findings = Findings::default();
    labels::check(reference, &mut findings);
    if [Dataset::Apc, Dataset::Nac].iter().any(|d| reference.identity.datasets.contains(d)) {
        codes::check(reference, &mut findings);
        splits::check(reference, &mut findings);
        reach::check(reference, &mut findings);
    }
    matrices::check(reference, &mut findings);
    other::check(reference, &mut findings);
    conditions::check(reference, &mut findings);
    findings.0
}
