//! The records that are measured: some for every way to a core HRG, generated ones, and the official sample where it
//! stands beside the project.
#![allow(dead_code, reason = "every benchmark uses a part of it")]

use hrg_grouper::bundle::Shelf;
use hrg_grouper::files::input::read;
use hrg_grouper::files::layout::Layout;
use hrg_grouper::files::rdf::Rdf;
use hrg_grouper::files::rows;
use hrg_grouper::record::{RawEpisode, RawSpell, Text};
use hrg_grouper::reference::{Dataset, Reference};
use hrg_grouper::sample::{Order, Sample, definition};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// The release that is measured.
pub const REFERENCE: &str = "2024-25.payment";

/// The release, from the program.
pub fn reference() -> Arc<Reference> {
    let (shelf, refused) = Shelf::load(None).expect("no folder is read");
    assert!(refused.is_empty(), "the releases of the program are sound");
    shelf.find(REFERENCE).expect("the release is in the program")
}

/// Every set that is there, by its name.
pub fn sets(reference: &Reference) -> Vec<(&'static str, Vec<RawSpell<'static>>)> {
    let sets = [("ways", Some(ways())), ("generated", Some(generated(reference, 20_000))), ("sample", sample())];
    sets.into_iter().filter_map(|(name, spells)| Some((name, spells?))).collect()
}

/// Episodes of a set.
pub fn episodes(spells: &[RawSpell<'_>]) -> usize {
    spells.iter().map(|spell| spell.episodes.len()).sum()
}

fn episode(diag: &[&'static str], oper: &[&'static str], age: &'static str, stay: &'static str) -> RawEpisode<'static> {
    RawEpisode {
        epiorder: "1".into(),
        startage: age.into(),
        sex: "1".into(),
        classpat: "1".into(),
        admisorc: "19".into(),
        admimeth: "21".into(),
        disdest: "19".into(),
        dismeth: "1".into(),
        epidur: stay.into(),
        mainspef: "300".into(),
        tretspef: "300".into(),
        diag: diag.iter().map(|t| Text::from(*t)).collect(),
        oper: oper.iter().map(|t| Text::from(*t)).collect(),
        ..RawEpisode::default()
    }
}

/// Spells of one episode each, one for every way to a core HRG.
pub fn ways() -> Vec<RawSpell<'static>> {
    let episodes = vec![
        episode(&["J189", "N179", "E119", "I10X", "F03X", "L899"], &[], "82", "9"),
        episode(&["S7200", "W190", "I10X", "F03X"], &["W241", "Y535", "Z762", "Z942"], "84", "12"),
        episode(&["H269", "I10X"], &["C751", "C712", "Z942"], "74", "0"),
        episode(&["C509", "Z511"], &["X702", "X723"], "50", "0"),
        episode(&["S0650", "S2240", "S7230"], &["A411"], "35", "20"),
        episode(&["T212", "T311"], &["S571"], "40", "4"),
        episode(&["E101"], &[], "6", "2"),
        episode(&["Z509"], &[], "60", "1"),
    ];
    episodes
        .into_iter()
        .map(|episode| RawSpell { procodet: "RXX".into(), provspno: "1".into(), episodes: vec![episode] })
        .collect()
}

/// Generated rows of admitted patient care, as `hrg sample` writes them, without a header.
pub fn generated_rows(reference: &Reference, records: u64) -> String {
    let order = Order { dataset: Dataset::Apc, records, seed: 1, errors: 0.05 };
    let mut rows = Sample::new(order, reference).map(|row| row.join(",")).collect::<Vec<_>>().join("\n");
    rows.push('\n');
    rows
}

/// Generated spells.
pub fn generated(reference: &Reference, records: u64) -> Vec<RawSpell<'static>> {
    let rdf = Rdf::parse(&definition(Dataset::Apc), false).expect("the definition is sound");
    spells(generated_rows(reference, records).into_bytes(), &rdf, false)
}

/// The official sample as spells, where it is there.
pub fn sample() -> Option<Vec<RawSpell<'static>>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/apc-sample");
    let rdf = Rdf::parse(&std::fs::read_to_string(folder.join("default-apc.rdf")).ok()?, false).ok()?;
    Some(spells(std::fs::read(folder.join("apc-sample.csv")).ok()?, &rdf, true))
}

fn spells(input: Vec<u8>, rdf: &Rdf, has_header: bool) -> Vec<RawSpell<'static>> {
    let layout = Layout::bind(rdf, Dataset::Apc).expect("the definition is for admitted patient care");
    let input = read(input, rdf, has_header, usize::MAX).expect("the input is a table");
    // The records borrow from the rows to the end of the program.
    let rows = Box::leak(Box::new(input)).lines().collect::<Vec<_>>().leak();
    let mut spells: BTreeMap<(String, String), RawSpell<'static>> = BTreeMap::new();
    for row in rows.iter() {
        let RawSpell { procodet, provspno, episodes } = rows::raw_spell(&layout, std::slice::from_ref(row));
        let key = (procodet.as_str().to_owned(), provspno.as_str().to_owned());
        let spell = spells.entry(key).or_insert_with(|| RawSpell { procodet, provspno, episodes: Vec::new() });
        spell.episodes.extend(episodes);
    }
    spells.into_values().collect()
}
