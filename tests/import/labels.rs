//! What no label says comes from the override file, and is said so.

use crate::support::TOY;
use crate::workbook::{self, Value};
use crate::{import_toy, ready_profile};
use hrg_grouper::bundle;
use std::path::Path;

fn row_of(folder: &Path, table: &str, beginning: &str) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join("tables").join(table)).expect("a table");
    text.lines().filter(|line| line.starts_with(beginning)).map(str::to_owned).collect()
}

#[test]
fn an_override_says_what_tells_two_hrgs_apart() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("toy.xlsx");
    let mut book = workbook::toy();
    let row = book.sheet("HRG").row_of(1, "RC10Z");
    *book.sheet("HRG").at(row, 2) = Value::from("Toy disorder C, open");
    book.sheet("HRG").rows.push(vec!["RC10Y".into(), "Toy disorder C, laparoscopic".into(), "Core".into()]);
    book.write(&path);
    let overrides = r#"
        format = 1
        [[split]]
        hrg = "RC10Y"
        order = 1
        when = "procedures has {P051}"
        reason = "P051 stands for the laparoscopic approach"
        [[root]]
        root = "RC10"
        label = "Toy disorder C"
        reason = "the labels differ by the approach"
        [[row]]
        table = "root_max_los"
        cells = { root = "TA01", days = "30" }
        reason = "not in the workbook"
        [release]
        version = "2.1.0"
        provenance = "A test."
    "#;
    let base = workbook::base_without_what_the_workbook_says();
    let import = import_toy(&base, &ready_profile(), Some(overrides), &[path], &place.path().join("out"));
    let text = import.report.text();
    let folder = import.folder.unwrap_or_else(|| panic!("refused: {text}"));
    assert_eq!(row_of(&folder, "splits.csv", "RC10"), ["RC10,1,RC10Y,,,,,procedures has {P051}", "RC10,,RC10Z,,,,,"]);
    assert_eq!(row_of(&folder, "root_max_los.csv", "T"), ["TA01,30", "TM01,2"]);
    assert!(text.contains("split of RC10Y: P051 stands for the laparoscopic approach"), "{text}");
    assert!(text.contains("root_max_los:TA01 added: not in the workbook"), "{text}");
    let files = bundle::read_folder(&folder).expect("readable");
    let identity = bundle::load(&files, TOY).expect("loads").identity;
    assert_eq!(identity.version, "2.1.0");
    assert!(identity.provenance.starts_with("A test. Imported with the profile code-to-group from toy.xlsx."));
}

#[test]
fn a_table_can_be_kept_empty_against_the_base_but_not_against_the_sources() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("toy.xlsx");
    workbook::toy().write(&path);
    let base = workbook::base_without_what_the_workbook_says();
    let sources = [path];
    let overrides = "format = 1\n[release]\nempty = [\"root_max_los\"]\n";
    let import = import_toy(&base, &ready_profile(), Some(overrides), &sources, &place.path().join("out"));
    let text = import.report.text();
    let folder = import.folder.unwrap_or_else(|| panic!("refused: {text}"));
    assert_eq!(std::fs::read_to_string(folder.join("tables/root_max_los.csv")).expect("a table"), "root,days\n");
    assert!(text.contains("note left-empty tables/root_max_los.csv"), "{text}");
    for (name, sentence) in [("splits", "error fed-and-empty tables/splits.csv"), ("nowhere", "error bad-override")] {
        let overrides = overrides.replace("root_max_los", name);
        let import = import_toy(&base, &ready_profile(), Some(&overrides), &sources, &place.path().join("other"));
        assert!(import.folder.is_none() && import.report.text().contains(sentence), "{}", import.report.text());
    }
}

#[test]
fn labels_that_differ_beside_their_conditions_and_partial_roots_are_told() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("toy.xlsx");
    let mut book = workbook::toy();
    let row = book.sheet("HRG").row_of(1, "RB10B");
    *book.sheet("HRG").at(row, 2) = Value::from("Toy disorder B of another kind, with CC Score 0");
    let row = book.sheet("HRG").row_of(1, "TE01Z");
    *book.sheet("HRG").at(row, 2) = Value::from("Toy procedure E, 19 years and over");
    book.write(&path);
    // The base's procedure of that root would lead there at any age, which the load checks refuse.
    let base = workbook::base_without_what_the_workbook_says();
    let import = import_toy(&base, &ready_profile(), None, &[path], &place.path().join("out"));
    let text = import.report.text();
    for sentence in [
        "warning stems-differ toy.xlsx, sheet HRG, A67: RB10:",
        "note partial-root toy.xlsx, sheet HRG, A77: TE01 is a partial root: its splits serve age 19+, stay any",
        "error outside-root-band toy.xlsx, sheet Code To Group, A4: `P051` can reach TE01 at age 0",
    ] {
        assert!(text.contains(sentence), "{sentence} is not said in\n{text}");
    }
}
