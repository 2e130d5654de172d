//! A release that is altered, incomplete or contradictory is refused: with the file and the row, all findings together.

mod support;

use hrg_grouper::bundle::manifest::MANIFEST;
use hrg_grouper::bundle::{Files, load};
use hrg_grouper::reference::Finding;
use hrg_grouper::reference::check::shared_keys;
use support::TOY;
use support::tampered::{edit, edited, sealed, toy};

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
fn a_critical_care_rule_asks_only_for_what_a_day_holds() {
    for (table, condition, fault) in [
        ("pcc_rules", "sex in {1}", true),
        ("pcc_rules", "age_days < 5", true),
        ("pcc_rules", "dismeth in {4} and days_to_discharge = 0", false),
        ("ncc_rules", "age_days < 5", false),
        ("ncc_rules", "age < 5", true),
    ] {
        let mut files = toy();
        support::tampered::append(&mut files, table, &format!("zz,99,{condition},XB09Z\n"));
        let found = findings(&sealed(files)).iter().any(|f| f.code == "foreign-fact");
        assert_eq!(found, fault, "{table}: {condition}");
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

#[test]
fn every_first_attendance_needs_its_two_cells() {
    let finding = refused(&edited("wf_matrix", "3,multi,WF02D\n", ""), "matrix-gap", "tables/wf_matrix.csv", false);
    assert!(finding.message.contains("first attendance 3, multi"), "{finding}");
}

#[test]
fn the_renal_matrix_is_total_over_the_classes_that_it_names() {
    let gap = |from: &str, to: &str| {
        refused(&edited("nrd_matrix", from, to), "matrix-gap", "tables/nrd_matrix.csv", false).message
    };
    let message = gap("HD,SATELLITE,CATHETER,yes,19+,LD07A\n", "");
    assert!(message.contains("HD, SATELLITE, CATHETER, with a virus, age 19"), "{message}");
    let message = gap("CAPD,any,any,any,19+,LD11A", "CAPD,any,any,any,21+,LD11A");
    assert!(message.contains("CAPD, any site, any access, without a virus, age 19"), "{message}");
    let message = gap("HD,HOME,CATHETER,any,0-18", "HD,HOME,CATHETER,no,0-18");
    assert!(message.contains("HD, HOME, CATHETER, with a virus, age 0"), "{message}");
}

#[test]
fn the_other_matrices_must_be_total_too() {
    refused(&edited("em_matrix", "2,3,", "2,2,"), "matrix-gap", "tables/em_matrix.csv", false);
    refused(&edited("acc_matrix", "\n3,", "\n4,"), "matrix-gap", "tables/acc_matrix.csv", false);
    refused(&edited("burns_matrix", "16+,", "17+,"), "matrix-gap", "tables/burns_matrix.csv", false);
}

#[test]
fn every_accepted_investigation_and_treatment_needs_a_category_that_the_matrix_has() {
    let finding = refused(
        &edited("em_categories", "investigation,04,2,\n", ""),
        "missing-category",
        "tables/value_sets.csv",
        true,
    );
    assert!(finding.message.contains("INV 04"), "{finding}");
    let finding = refused(
        &edited("em_categories", "investigation,04,2,", "investigation,04,4,"),
        "bad-category",
        "tables/em_categories.csv",
        true,
    );
    assert!(finding.message.contains("category 4"), "{finding}");
    // A sub-analysed treatment has the category of its two digits where it has none of its own.
    let mut files = toy();
    let name = "tables/em_categories.csv";
    let text = String::from_utf8(files[name].clone()).expect("UTF-8");
    let three = |line: &&str| line.starts_with("treatment,") && line.split(',').nth(1).is_some_and(|c| c.len() == 3);
    let left: Vec<&str> = text.lines().filter(|line| !three(line)).collect();
    assert!(left.len() < text.lines().count(), "the toy has sub-analysed treatments");
    files.insert(name.to_owned(), format!("{}\n", left.join("\n")).into_bytes());
    let missing: Vec<Finding> = findings(&sealed(files)).into_iter().filter(|f| f.code == "missing-category").collect();
    assert_eq!(missing, Vec::new());
}

#[test]
fn a_logic_needs_its_value_sets_and_the_hrg_that_it_gives_of_itself() {
    for set in ["FIRSTATT", "TREAT", "RENALMOD", "CCUF_ACC", "CCUF_PCC", "CCUF_NCC"] {
        let mut files = toy();
        let name = "tables/value_sets.csv";
        let text = String::from_utf8(files[name].clone()).expect("UTF-8");
        let other = |line: &&str| !line.starts_with(&format!("{set},"));
        let left: String = text.lines().filter(other).map(|line| format!("{line}\n")).collect();
        files.insert(name.to_owned(), left.into_bytes());
        let finding = refused(&sealed(files), "missing-value-set", name, false);
        assert!(finding.message.contains(set), "{finding}");
    }
    let mut files = toy();
    edit(&mut files, "pcc_rules", "enhanced,8,,XB09Z\n", "");
    edit(&mut files, "hrgs", "XB09Z,", "XB19Z,");
    refused(&sealed(files), "missing-hrg", "tables/hrgs.csv", false);
}

#[test]
fn no_rule_is_about_a_code_that_the_release_does_not_know() {
    for (table, rule) in [
        ("procedure_root_rules", "PR-1,K999,1,age <= 18,TA01\n"),
        ("diagnosis_root_rules", "DR-1,K99*,1,age <= 18,RC10\n"),
        ("unbundling_rules", "zz,icd10,K999,1,,UB01Z,\n"),
        ("unbundling_rules", "zz,opcs4,K999,1,,UB01Z,\n"),
    ] {
        let mut files = toy();
        support::tampered::append(&mut files, table, rule);
        let finding = refused(&sealed(files), "unknown-code", &format!("tables/{table}.csv"), true);
        assert!(finding.message.contains("K99"), "{finding}");
    }
}

#[test]
fn two_releases_never_share_a_key() {
    assert_eq!(shared_keys(["2024-25.payment", "2024-25.costing"]), Vec::new());
    let found = shared_keys(["2024-25.payment", "2024-25.costing", "2024-25.payment"]);
    assert_eq!(found.len(), 1);
    assert!(found[0].code == "shared-key" && found[0].message.contains("2024-25.payment"), "{found:?}");
}
