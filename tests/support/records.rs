//! Files to send, and what is left of them.

use super::toy;
use hrg_grouper::reference::{Dataset, Reference};
use hrg_grouper::sample::{Order, Sample, columns};
use std::path::{Path, PathBuf};

/// Invented episodes as CSV.
pub fn episodes(number: u64) -> Vec<u8> {
    episodes_of(number, &toy())
}

/// The same with the codes of another release.
pub fn episodes_of(number: u64, reference: &Reference) -> Vec<u8> {
    let order = Order { dataset: Dataset::Apc, records: number, seed: 7, errors: 0.1 };
    let mut rows = csv::Writer::from_writer(Vec::new());
    rows.write_record(columns(Dataset::Apc).iter().map(ToString::to_string)).expect("written");
    for row in Sample::new(order, reference) {
        rows.write_record(&row).expect("written");
    }
    rows.into_inner().expect("whole")
}

/// Every file below a folder.
pub fn all_below(place: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(place).expect("readable").flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(all_below(&path)) } else { found.push(path) }
    }
    found
}
