//! Every HRG of every release: label, parts, split row, neighbours and what leads to it, as the tables say.

use crate::tables::{Row, rows};
use crate::{ask, each, for_every_release};
use hrg_grouper::reference::{Reference, TableId};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

type ByKey = BTreeMap<String, Vec<Row>>;

fn by(release: &Reference, table: TableId, column: &str) -> ByKey {
    let mut found = ByKey::new();
    for row in rows(release, table) {
        found.entry(row.get(column).to_owned()).or_default().push(row);
    }
    found
}

/// Tables that name an HRG and are no splits.
const GIVE: [TableId; 11] = [
    TableId::TraumaMatrix,
    TableId::BurnsMatrix,
    TableId::BurnsRules,
    TableId::GlobalExceptions,
    TableId::UnbundlingRules,
    TableId::WfMatrix,
    TableId::EmMatrix,
    TableId::NrdMatrix,
    TableId::AccMatrix,
    TableId::PccRules,
    TableId::NccRules,
];

/// Rows by the root that they lead to: the base mapping of codes that may drive, and every rule.
fn leads(release: &Reference) -> BTreeMap<String, BTreeSet<String>> {
    let mut leads: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut add = |row: &Row| {
        leads.entry(row.get("root").to_owned()).or_default().insert(row.id.clone());
    };
    let valid = |row: &&Row| row.get("status") == "valid";
    rows(release, TableId::Procedures).iter().filter(valid).filter(|row| row.number("ph") >= 3).for_each(&mut add);
    let primary = |row: &&Row| !row.is("uz01") && !row.is("uz02");
    rows(release, TableId::Diagnoses).iter().filter(valid).filter(primary).for_each(&mut add);
    rows(release, TableId::ProcedureRootRules).iter().for_each(&mut add);
    rows(release, TableId::DiagnosisRootRules).iter().for_each(&mut add);
    leads
}

fn set(rows: &[&str]) -> BTreeSet<String> {
    rows.iter().map(|row| (*row).to_owned()).collect()
}

fn label<'r>(table: &'r ByKey, key: &str) -> &'r str {
    table[key][0].get("label")
}

#[test]
fn every_hrg_of_every_release_is_answered_as_its_tables_say() {
    for_every_release(|service, release| {
        let (chapters, subchapters) =
            (by(release, TableId::Chapters, "chapter"), by(release, TableId::Subchapters, "subchapter"));
        let (roots, splits) = (by(release, TableId::Roots, "root"), by(release, TableId::Splits, "root"));
        let leads = leads(release);
        let mut given: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for row in GIVE.iter().flat_map(|table| rows(release, *table)) {
            given.entry(row.get("hrg").to_owned()).or_default().insert(row.id);
        }
        // The error HRG of every logic is given by its own row.
        given.entry("UZ01Z".to_owned()).or_default().insert("hrgs:UZ01Z".to_owned());
        let hrgs = rows(release, TableId::Hrgs);
        for row in &hrgs {
            let hrg = row.get("hrg");
            let place = format!("{hrg} of {}", release.identity.id);
            let answer = ask(service, release, &format!("hrgs/{hrg}"));
            assert_eq!(answer["hrg"], hrg, "{place}");
            assert_eq!(answer["label"], row.get("label"), "{place}");
            assert_eq!(answer["kind"], row.get("kind"), "{place}");
            let decoded = &answer["decoded"];
            assert_eq!(decoded["chapter"]["code"], hrg[..1], "{place}");
            assert_eq!(decoded["chapter"]["label"], label(&chapters, &hrg[..1]), "{place}");
            assert_eq!(decoded["subchapter"]["code"], hrg[..2], "{place}");
            assert_eq!(decoded["subchapter"]["label"], label(&subchapters, &hrg[..2]), "{place}");
            assert_eq!(decoded["number"], hrg[2..4], "{place}");
            assert_eq!(decoded["root"], hrg[..4], "{place}");
            assert_eq!(decoded["split"], hrg[4..], "{place}");
            assert_eq!(decoded["isSplit"], !hrg.ends_with('Z'), "{place}");
            let root = roots.get(&hrg[..4]).map(|rows| rows[0].get("label"));
            assert_eq!(answer["root"]["label"].as_str(), root, "{place}");
            let of_root = splits.get(&hrg[..4]).map(Vec::as_slice).unwrap_or_default();
            let (own, others): (Vec<&Row>, Vec<&Row>) = of_root.iter().partition(|row| row.get("hrg") == hrg);
            split_rows(&answer["splits"], &own, &place);
            split_rows(&answer["siblings"], &others, &place);
            for sibling in answer["siblings"].as_array().expect("siblings").iter().filter(|_| !own.is_empty()) {
                assert_ne!(sibling["differs"], serde_json::json!([]), "{place}: {sibling} differs in nothing");
            }
            let leading: Vec<&str> = answer["leadingCodes"]
                .as_array()
                .expect("codes")
                .iter()
                .flat_map(|code| each(&code["leads"], "row"))
                .collect();
            assert_eq!(leading.len(), set(&leading).len(), "{place}: a row leads twice");
            assert_eq!(set(&leading), leads.get(&hrg[..4]).cloned().unwrap_or_default(), "{place}");
            let ways = set(&each(&answer["givenBy"], "row"));
            assert_eq!(ways, given.get(hrg).cloned().unwrap_or_default(), "{place}");
        }
        println!("{}: {} HRGs agree", release.identity.id, hrgs.len());
    });
}

/// The rows of the splits, with their bands as the table writes them.
fn split_rows(answer: &Json, rows: &[&Row], place: &str) {
    let expected: BTreeSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(each(answer, "row").into_iter().collect::<BTreeSet<_>>(), expected, "{place}");
    for answered in answer.as_array().expect("rows") {
        let row = rows.iter().find(|row| row.id == answered["row"].as_str().unwrap_or_default()).expect("a row");
        for band in ["cc", "age", "stay", "interventions"] {
            let written = Some(row.get(band)).filter(|band| !band.is_empty()).unwrap_or("any");
            assert_eq!(answered[band], written, "{place}: {band} of {}", row.id);
        }
        assert_eq!(answered["hrg"]["hrg"], row.get("hrg"), "{place}");
        assert_eq!(answered["when"].as_str().unwrap_or_default().is_empty(), row.get("when").is_empty(), "{place}");
        assert_eq!(answered["order"].as_u64().map(|n| n.to_string()).unwrap_or_default(), row.get("order"), "{place}");
    }
}
