//! Cases of the six logics other than admitted patient care.

use hrg_grouper::reference::Reference;
use libtest_mimic::Failed;
use toml::Table;

/// Runs a case.
pub fn run(_case: &Table, _reference: &Reference) -> Result<(), Failed> {
    Err("not yet".into())
}
