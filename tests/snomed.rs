//! Emergency records in SNOMED CT: how a release maps the codes, what is reported of them, and what is refused.

mod support;

use hrg_grouper::bundle::{self, Files};
use hrg_grouper::grouper::other::RecordResult;
use hrg_grouper::reference::{Dataset, Reference, TableId};
use hrg_grouper::trace::{Outcome, Recording, Step};
use std::sync::LazyLock;
use support::TOY;
use support::other::{group, messages};
use support::tampered::{append, edit, sealed, toy};

static TOY_RELEASE: LazyLock<Reference> = LazyLock::new(support::toy);

const UNMAPPED: &str = "SNOMED CT code is not mapped to a national code";
const SHARED: &str = "SNOMED CT code shares its national code with others";
const RETIRED: &str = "SNOMED CT code is retired";

fn attend(inv: &[&str], treat: &[&str], release: &Reference) -> (RecordResult, Vec<Step>) {
    let list = |codes: &[&str]| toml::Value::from(codes.iter().map(ToString::to_string).collect::<Vec<_>>());
    let record: toml::Table =
        [("age".to_owned(), toml::Value::from("40")), ("inv".to_owned(), list(inv)), ("treat".to_owned(), list(treat))]
            .into_iter()
            .collect();
    let mut recording = Recording::default();
    (group("em", &record, release, &mut recording), recording.into_steps().in_words())
}

/// The HRG and the messages.
fn told(inv: &[&str], treat: &[&str]) -> (String, Vec<String>) {
    let (result, _) = attend(inv, treat, &TOY_RELEASE);
    (result.hrg.to_string(), messages(&result))
}

/// Codes of the errors with which the release is refused.
fn refused(files: Files) -> Vec<String> {
    let findings = bundle::load(&sealed(files), TOY).expect_err("the release is refused");
    findings.iter().map(|finding| format!("{} {}", finding.code, finding.file)).collect()
}

#[test]
fn a_mapped_code_groups_as_its_national_code() {
    for (source, national) in [("29303009", "02"), ("113091000", "11"), ("1088291000000101", "24")] {
        assert_eq!(told(&[source], &["46"]), told(&[national], &["46"]), "{source}");
    }
    for (source, national) in [("89666000", "19"), ("81733005", "56"), ("413334001", "221"), ("250980009", "18")] {
        assert_eq!(told(&["04"], &[source]), told(&["04"], &[national]), "{source}");
    }
    assert_eq!(
        told(&["113091000", "01"], &["57485005", "46"]).0,
        told(&["11", "01"], &["40", "46"]).0,
        "both together"
    );
}

#[test]
fn unmapped_shared_and_retired_codes_are_reported_apart_and_none_makes_the_record_ungroupable() {
    let (hrg, messages) = told(&["71388002", "252167001", "67900009", "29303009"], &["116859006"]);
    assert_eq!(hrg, told(&["05", "21", "02"], &["44"]).0);
    let expected = [
        format!("INV_01|71388002|{UNMAPPED}"),
        format!("INV_02|252167001|{SHARED}"),
        format!("INV_03|67900009|{RETIRED}"),
        format!("TREAT_01|116859006|{SHARED}"),
    ];
    assert_eq!(messages, expected);
    let (result, _) = attend(&["71388002", "252167001", "67900009"], &[], &TOY_RELEASE);
    let situations: Vec<_> = result.messages.iter().map(|message| message.situation.name()).collect();
    assert_eq!(situations, ["snomed_unmapped", "snomed_many_to_one", "snomed_retired"]);
    assert!(result.messages.iter().all(|message| !message.fatal));
}

#[test]
fn several_codes_that_come_to_one_national_code_count_as_that_code_once() {
    let (hrg, messages) = told(&["252167001", "26958001", "55235003"], &["46"]);
    assert_eq!(hrg, told(&["05"], &["46"]).0);
    assert!(messages.len() == 3 && messages.iter().all(|message| message.ends_with(SHARED)), "{messages:?}");
}

#[test]
fn a_code_is_mapped_as_what_it_was_recorded_as() {
    let (hrg, messages) = told(&["81733005"], &["53115007"]);
    assert_eq!(hrg, "VB11Z", "neither counts");
    assert_eq!(messages, [format!("INV_01|81733005|{UNMAPPED}"), format!("TREAT_01|53115007|{UNMAPPED}")]);
    let (_, steps) = attend(&["81733005"], &[], &TOY_RELEASE);
    let facts: Vec<_> = steps.iter().flat_map(|step| &step.facts).filter(|fact| fact.name == "unmapped").collect();
    assert!(facts.len() == 1 && facts[0].value.contains("as treatment only"), "{facts:?}");
}

#[test]
fn the_trace_names_each_source_code_its_national_code_and_the_version_of_the_mapping() {
    let (_, steps) = attend(&["29303009", "252167001", "67900009", "71388002"], &["40"], &TOY_RELEASE);
    let step = steps.iter().find(|step| step.rows.iter().any(|row| row.table == TableId::SnomedEmergency));
    let step = step.expect("a step of the mapping");
    assert_eq!((step.step, step.outcome, step.rows.len()), ("E1", Outcome::Applied, 3));
    let named: Vec<_> = step.facts.iter().map(|fact| (fact.name, fact.code.as_deref().unwrap_or_default())).collect();
    let expected =
        [("mapped", "29303009"), ("many_to_one", "252167001"), ("retired", "67900009"), ("unmapped", "71388002")];
    assert_eq!(named, expected);
    assert!(step.facts[0].value.contains("INV 02 (Electrocardiogram), mapping demonstration 1"), "{:?}", step.facts[0]);
    for row in &step.rows {
        assert!(TOY_RELEASE.row_ids[&row.table].contains(row.row.as_str()), "{row} is a row");
    }
    let (_, national) = attend(&["01"], &["40"], &TOY_RELEASE);
    assert!(national.iter().flat_map(|step| &step.facts).all(|fact| fact.name != "mapped"), "nothing to say");
}

#[test]
fn what_is_neither_a_national_code_nor_a_concept_identifier_stays_invalid() {
    // A wrong check digit, a description, too short, leading zeros, a letter; and a code of the other side.
    for code in ["29303008", "751689013", "10000", "0029303009", "2930300x", "091"] {
        assert_eq!(told(&[code], &[]).1, [format!("INV_01|{code}|Investigation is invalid")], "{code}");
    }
    assert_eq!(told(&[], &["29303008"]), ("UZ01Z".into(), vec!["TREAT_01|29303008|Treatment is invalid".into()]));
}

#[test]
fn a_release_without_the_table_takes_no_snomed_ct_code() {
    let mut files = toy();
    files.remove("tables/snomed_emergency.csv");
    let text = String::from_utf8(files["tables/messages.csv"].clone()).expect("UTF-8");
    let kept: String =
        text.lines().filter(|line| !line.starts_with("snomed")).map(|line| format!("{line}\n")).collect();
    files.insert("tables/messages.csv".into(), kept.into_bytes());
    let release = bundle::load(&sealed(files), TOY).expect("neither table nor messages are missed");
    let (result, _) = attend(&["29303009"], &[], &release);
    assert_eq!(messages(&result), ["INV_01|29303009|Investigation is invalid"]);
    assert_eq!(attend(&["02"], &[], &release).0.hrg.to_string(), "VB09Z");
}

#[test]
fn a_faulty_mapping_refuses_the_release() {
    let row = |row: &str| {
        let mut files = toy();
        append(&mut files, "snomed_emergency", &format!("{row}\n"));
        refused(files)
    };
    let file = "tables/snomed_emergency.csv";
    assert_eq!(row("treatment,71388001,X,40,1,active"), [format!("bad-sctid {file}")], "the check digit is wrong");
    assert_eq!(row("treatment,40,X,40,1,active"), [format!("bad-sctid {file}")]);
    assert_eq!(row("treatment,71388002,X,26,1,active"), [format!("unknown-code {file}")], "26 never existed");
    assert_eq!(row("investigation,71388002,X,09,1,active"), [format!("unknown-code {file}")], "09 is retired");
    assert_eq!(row("treatment,89666000,X,40,1,active"), [format!("duplicate-row {file}")]);
    for bad in [
        "procedure,71388002,X,40,1,active",
        "treatment,71388002,,40,1,active",
        "treatment,71388002,X,40,,active",
        "treatment,71388002,X,40,1,old",
    ] {
        assert_eq!(row(bad), [format!("bad-cell {file}")], "{bad}");
    }
    assert_eq!(row("treatment,71388002,X,40,1"), [format!("row-length {file}")]);
    let mut files = toy();
    edit(&mut files, "messages", "snomed_retired,SNOMED CT code is retired\n", "");
    assert_eq!(refused(files), ["missing-message tables/messages.csv"]);
}

#[test]
fn the_demonstration_mapping_says_in_each_row_that_it_is_one() {
    for id in ["2022-23.costing", "2022-23.payment", "2024-25.costing", "2024-25.payment"] {
        let release = support::release("reference", id);
        let rows = release.other.snomed.rows();
        assert!(rows.len() > 30 && rows.iter().all(|row| row.value.version.starts_with("demonstration")), "{id}");
        let notes = std::fs::read_to_string(support::folder("reference").join(id).join("RELEASE-NOTES.md"));
        assert!(notes.expect("notes").contains("`snomed_emergency` is a demonstration"), "{id}");
    }
}

#[test]
fn outpatients_need_the_list_of_multi_professional_assessments() {
    let mut files = toy();
    edit(&mut files, "named_lists", "multiprofessional_assessments,X622\nmultiprofessional_assessments,X623\n", "");
    assert_eq!(refused(files.clone()), ["unknown-list tables/named_lists.csv"]);
    let manifest = String::from_utf8(files["manifest.toml"].clone()).expect("UTF-8").replace("\"nac\", ", "");
    files.insert("manifest.toml".into(), manifest.into_bytes());
    let release = bundle::load(&sealed(files), TOY).expect("without outpatients nothing asks for it");
    assert!(!release.identity.datasets.contains(&Dataset::Nac));
    // The list decides, not the code.
    let mut files = toy();
    edit(&mut files, "named_lists", "multiprofessional_assessments,X622\n", "multiprofessional_assessments,X621\n");
    let release = bundle::load(&sealed(files), TOY).expect("another list");
    for (code, hrg) in [("X621", "WF02B"), ("X622", "WF01B")] {
        let record: toml::Table = format!(
            "startage = '40'\nsex = '1'\nmainspef = '100'\ntretspef = '100'\nfirstatt = '1'\noper = ['{code}']"
        )
        .parse()
        .expect("TOML");
        assert_eq!(group("nac", &record, &release, &mut Recording::default()).hrg.to_string(), hrg, "{code}");
    }
}

#[test]
fn the_option_for_an_absent_side_is_written_as_the_format_says() {
    for (words, hrg) in [("category_1", "VB06Z"), ("error", "UZ01Z")] {
        let mut files = toy();
        let manifest = String::from_utf8(files["manifest.toml"].clone()).expect("UTF-8");
        let manifest = manifest.replace("[options]\n", &format!("[options]\nem_absent_side = \"{words}\"\n"));
        files.insert("manifest.toml".into(), manifest.into_bytes());
        let release = bundle::load(&sealed(files), TOY).expect("the option is known");
        assert_eq!(attend(&[], &["46"], &release).0.hrg.to_string(), hrg, "{words}");
    }
}
