//! A release that is altered, incomplete or contradictory is refused: with the file and the row, all findings together.

mod support;

use hrg_grouper::bundle::manifest::{MANIFEST, sha256, without_tables};
use hrg_grouper::bundle::{Files, load, read_folder};
use hrg_grouper::reference::Finding;
use support::{TOY, folder};

fn toy() -> Files {
    read_folder(&folder("tests/reference").join(TOY)).expect("the toy release is readable")
}

/// Writes the digests anew, so that only the tables' content is at fault.
fn sealed(mut files: Files) -> Files {
    let manifest = String::from_utf8(files[MANIFEST].clone()).expect("UTF-8");
    let mut text = format!("{}\n\n[tables]\n", without_tables(&manifest));
    for (name, content) in files.iter().filter_map(|(name, c)| Some((name.strip_prefix("tables/")?, c))) {
        text.push_str(&format!("\"{name}\" = \"{}\"\n", sha256(content)));
    }
    files.insert(MANIFEST.to_owned(), text.into_bytes());
    files
}

/// The release with one text of a table replaced by another.
fn edited(table: &str, from: &str, to: &str) -> Files {
    let mut files = toy();
    edit(&mut files, table, from, to);
    sealed(files)
}

fn edit(files: &mut Files, table: &str, from: &str, to: &str) {
    let name = format!("tables/{table}.csv");
    let text = String::from_utf8(files[&name].clone()).expect("UTF-8");
    assert!(text.contains(from), "{table} holds {from}");
    files.insert(name, text.replacen(from, to, 1).into_bytes());
}

fn findings(files: &Files) -> Vec<Finding> {
    match load(files, TOY) {
        Ok(_) => Vec::new(),
        Err(findings) => findings,
    }
}

/// Asserts that a finding of that code names the file, and the row where there is one.
#[track_caller]
fn refused(files: &Files, code: &str, file: &str, row: bool) -> Finding {
    let findings = findings(files);
    let found = findings.iter().find(|f| f.code == code && f.file == file);
    let finding = found.unwrap_or_else(|| panic!("no {code} in {file} among {findings:#?}"));
    assert_eq!(finding.row.is_some(), row, "{finding}");
    finding.clone()
}

#[test]
fn the_untouched_release_is_accepted() {
    assert_eq!(findings(&toy()), Vec::new());
    assert_eq!(findings(&sealed(toy())), Vec::new());
}

#[test]
fn a_flipped_byte_is_found_by_its_digest() {
    let mut files = toy();
    let table = files.get_mut("tables/cc_scores.csv").expect("there");
    let last = table.len() - 2;
    table[last] ^= 1;
    refused(&files, "wrong-digest", "tables/cc_scores.csv", false);
}

#[test]
fn a_missing_file_is_named() {
    let mut files = toy();
    files.remove("tables/splits.csv");
    refused(&files, "missing-file", "tables/splits.csv", false);
    let mut files = toy();
    files.remove(MANIFEST);
    refused(&files, "missing-file", MANIFEST, false);
}

#[test]
fn a_table_that_the_datasets_need_must_be_listed_and_there() {
    let mut files = toy();
    files.remove("tables/burns_matrix.csv");
    refused(&sealed(files), "missing-file", "tables/burns_matrix.csv", false);
}

#[test]
fn an_extra_file_is_named() {
    for (name, code) in [
        ("tables/notes.csv", "unknown-table"),
        ("tables/splits.csv.bak", "unknown-table"),
        ("readme.txt", "extra-file"),
        ("more/", "extra-file"),
    ] {
        let mut files = toy();
        files.insert(name.to_owned(), b"x".to_vec());
        refused(&files, code, name, false);
    }
}

#[test]
fn an_unlisted_table_is_extra() {
    let mut files = toy();
    let manifest = String::from_utf8(files[MANIFEST].clone()).expect("UTF-8");
    let without: String =
        manifest.lines().filter(|l| !l.starts_with("\"pbc.csv\"")).map(|l| format!("{l}\n")).collect();
    files.insert(MANIFEST.to_owned(), without.into_bytes());
    refused(&files, "extra-file", "tables/pbc.csv", false);
}

#[test]
fn columns_must_be_the_ones_of_the_table() {
    let table = "tables/root_max_los.csv";
    refused(&edited("root_max_los", "root,days", "root,days,colour"), "unknown-column", table, true);
    refused(&edited("root_max_los", "root,days", "root,length"), "missing-column", table, true);
    refused(&edited("root_max_los", "root,days", "days,root"), "column-order", table, true);
    refused(&edited("root_max_los", "TM01,2", "TM01,2,3"), "row-length", table, true);
}

#[test]
fn a_gap_in_a_split_is_found_with_its_values() {
    let finding =
        refused(&edited("splits", "RA10,,RA10B,2-4", "RA10,,RA10B,3-4"), "split-gap", "tables/splits.csv", true);
    assert!(finding.message.contains("cc 2"), "{finding}");
}

#[test]
fn an_overlap_in_a_split_is_found_with_both_hrgs() {
    let files = edited("splits", "RA10,,RA10B,2-4", "RA10,,RA10B,1-4");
    let finding = refused(&files, "split-overlap", "tables/splits.csv", true);
    assert!(finding.message.contains("RA10B and RA10C"), "{finding}");
}

#[test]
fn a_dangling_root_is_named_where_it_is_used() {
    let files = edited("diagnoses", ",RC10,", ",RC99,");
    let finding = refused(&files, "dangling-root", "tables/diagnoses.csv", true);
    assert!(finding.message.contains("RC99"), "{finding}");
}

#[test]
fn hierarchies_must_be_in_their_ranges() {
    let finding = refused(&edited("procedures", ",20,", ",42,"), "bad-cell", "tables/procedures.csv", true);
    assert!(finding.message.contains("42"), "{finding}");
    refused(&edited("diagnoses", ",18,", ",26,"), "bad-cell", "tables/diagnoses.csv", true);
    refused(&edited("diagnoses", ",18,", ",4,"), "bad-hierarchy", "tables/diagnoses.csv", true);
}

#[test]
fn contradictions_between_tables_are_found() {
    for (table, from, to, code, file) in [
        ("procedures", ",20,,TC01", ",20,,", "missing-root", "procedures"),
        ("splits", "TB01,,TB01Z", "TB01,,TC01Z", "hrg-of-other-root", "splits"),
        ("hrgs", "TB01Z,", "TB02Z,", "unknown-hrg", "splits"),
        ("subchapters", "RA,", "RX,", "unknown-subchapter", "hrgs"),
        ("cc_list_of_subchapter", "RA,", "RC,", "missing-cc-list", "cc_list_of_subchapter"),
        ("messages", "uz03,", "uz99,", "bad-cell", "messages"),
        ("messages", "UZ03 - Diagnosis Conflicts with Age", "a|b", "bad-cell", "messages"),
        ("unbundling_rules", ",UB01Z,", ",UB77Z,", "unknown-hrg", "unbundling_rules"),
    ] {
        refused(&edited(table, from, to), code, &format!("tables/{file}.csv"), !matches!(code, "missing-cc-list"));
    }
}

#[test]
fn a_matrix_with_a_hole_or_a_double_cell_is_refused() {
    let hole = edited("trauma_matrix", "0,24-32,", "0,25-32,");
    let finding = refused(&hole, "matrix-gap", "tables/trauma_matrix.csv", false);
    assert!(finding.message.contains("severity 24"), "{finding}");
    refused(&edited("trauma_matrix", "0,24-32,", "0,23-32,"), "matrix-overlap", "tables/trauma_matrix.csv", false);
}

#[test]
fn a_rule_that_leads_outside_the_band_of_a_partial_root_is_refused() {
    let mut files = toy();
    edit(&mut files, "roots", "TB01,", "TB01X,");
    let text = String::from_utf8(files["tables/roots.csv"].clone()).expect("UTF-8");
    let partial: String = text
        .lines()
        .map(|l| if l.starts_with("TB01X") { "TB01,Toy procedure B,19+,\n".to_owned() } else { format!("{l}\n") })
        .collect();
    files.insert("tables/roots.csv".to_owned(), partial.into_bytes());
    let finding = refused(&sealed(files), "outside-root-band", "tables/procedures.csv", true);
    assert!(finding.message.contains("TB01 at age 0"), "{finding}");
}

#[test]
fn conditions_are_read_when_loaded() {
    for (condition, code) in [
        ("age >", "bad-condition"),
        ("colour in {red}", "bad-condition"),
        ("diagnoses has [nothing]", "bad-condition"),
        ("cc_score > 3", "foreign-fact"),
        ("following has {Z001}", "foreign-fact"),
        ("procedures has {K999}", "unknown-code"),
    ] {
        let mut files = toy();
        let rules = format!("id,order,when,hrg\nGE-1,1,{condition},RC10Z\n");
        files.insert("tables/global_exceptions.csv".to_owned(), rules.into_bytes());
        refused(&sealed(files), code, "tables/global_exceptions.csv", true);
    }
}

#[test]
fn a_row_that_stands_twice_is_named() {
    let files = edited("root_max_los", "TM01,2", "TM01,2\nTM01,3");
    let finding = refused(&files, "duplicate-row", "tables/root_max_los.csv", true);
    assert_eq!(finding.row, Some(3));
}

#[test]
fn the_manifest_is_read_strictly() {
    for (from, to, code) in [
        ("format = 1", "format = 2", "unknown-format"),
        ("purpose = \"payment\"", "purpose = \"pleasure\"", "bad-purpose"),
        ("year = \"2099-00\"", "year = \"2099\"", "bad-year"),
        ("version = ", "colour = ", "bad-manifest"),
        ("[options]", "[options]\nno_such_option = true", "bad-manifest"),
        ("[options]", "[options]\ncore_order = [\"trauma\", \"trauma\", \"burns\"]", "bad-option"),
        ("status = \"demonstration\"", "status = \"perhaps\"", "bad-manifest"),
    ] {
        let mut files = toy();
        let manifest = String::from_utf8(files[MANIFEST].clone()).expect("UTF-8");
        assert!(manifest.contains(from), "{from}");
        files.insert(MANIFEST.to_owned(), manifest.replacen(from, to, 1).into_bytes());
        let findings = findings(&files);
        assert!(findings.iter().any(|f| f.code == code && f.file == MANIFEST), "{to}: {findings:?}");
    }
    assert!(load(&toy(), "2099-00.costing").is_err_and(|f| f.iter().any(|f| f.code == "wrong-id")));
}

#[test]
fn all_findings_come_together() {
    let mut files = toy();
    edit(&mut files, "procedures", ",20,", ",42,");
    edit(&mut files, "splits", "RA10,,RA10B,2-4", "RA10,,RA10B,3-4");
    edit(&mut files, "diagnoses", ",RC10,", ",RC99,");
    edit(&mut files, "root_max_los", "root,days", "root,days,colour");
    files.insert("tables/extra.csv".to_owned(), Vec::new());
    let findings = findings(&sealed(files));
    for code in ["bad-cell", "split-gap", "dangling-root", "unknown-column", "unknown-table"] {
        assert!(findings.iter().any(|f| f.code == code), "{code} is missing from {findings:#?}");
    }
}

#[test]
fn the_digest_of_a_release_changes_with_any_table_and_any_word_of_the_manifest() {
    let digest = |files: &Files| load(files, TOY).expect("accepted").identity.digest;
    let toy_digest = digest(&sealed(toy()));
    assert_eq!(toy_digest, digest(&sealed(toy())));
    let mut other = toy();
    edit(&mut other, "procedures", "Toy", "toy");
    assert_ne!(toy_digest, digest(&sealed(other)));
    let mut other = toy();
    let manifest = String::from_utf8(other[MANIFEST].clone()).expect("UTF-8").replacen("1.0.0", "1.0.1", 1);
    other.insert(MANIFEST.to_owned(), manifest.into_bytes());
    assert_ne!(toy_digest, digest(&sealed(other)));
}
