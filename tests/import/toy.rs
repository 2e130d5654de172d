//! The toy release, laid out as a workbook, comes back as a release that groups every worked example as the hand-written
//! one does: as `.xlsx` under today's names, as `.xls` under the old ones.

use crate::support::{self, TOY, worked};
use crate::workbook::{self, FED};
use crate::{import_toy, ready_profile};
use hrg_grouper::bundle;
use hrg_grouper::import::{Level, Report};
use hrg_grouper::reference::{Reference, Status, TableId};
use std::path::{Path, PathBuf};

fn imported(source: &Path, out: &Path) -> (Reference, Report) {
    let base = workbook::base_without_what_the_workbook_says();
    let import = import_toy(&base, &ready_profile(), None, &[source.to_owned()], out);
    let folder = import.folder.unwrap_or_else(|| panic!("refused:\n{}", import.report.text()));
    let files = bundle::read_folder(&folder).expect("the folder is readable");
    (bundle::load(&files, TOY).expect("it loads as any other"), import.report)
}

fn groups_every_worked_example_alike(release: &Reference, releases: &Path) {
    let cases = worked::cases();
    assert!(cases.len() > 50, "{} cases", cases.len());
    let failed: Vec<String> = cases
        .iter()
        .filter_map(|(name, case)| {
            worked::run(case, release, releases).err().map(|f| format!("{name}: {}", f.message().unwrap_or_default()))
        })
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    println!("{} worked examples grouped as by the hand-written release", cases.len());
}

fn rows(release: &Reference, table: TableId) -> Vec<String> {
    let text = String::from_utf8(release.texts[&table].to_vec()).expect("text");
    // A band that holds everything may be written `0+` or left empty.
    let mut rows: Vec<String> = text.lines().map(|line| line.replace(",0+,", ",,")).collect();
    rows.sort();
    rows
}

fn xlsx(place: &Path) -> PathBuf {
    let path = place.join("toy-code-to-group.xlsx");
    workbook::toy().write(&path);
    path
}

#[test]
fn a_workbook_of_today_becomes_a_release_that_groups_as_the_hand_written_one() {
    let place = tempfile::tempdir().expect("a folder");
    let (release, report) = imported(&xlsx(place.path()), &place.path().join("out"));
    groups_every_worked_example_alike(&release, &place.path().join("out"));
    // Tables are the hand-written ones row by row, but for lists that only the workbook names.
    let toy = support::toy();
    for table in FED.into_iter().filter(|table| *table != TableId::NamedLists) {
        assert_eq!(rows(&release, table), rows(&toy, table), "{}", table.name());
    }
    assert_eq!(report.count(Level::Error), 0);
    let said = report.text();
    for sentence in [
        "note unrecognised-sheet toy-code-to-group.xlsx, sheet Introduction:",
        "note unrecognised-sheet toy-code-to-group.xlsx, sheet Intro to Group To Split:",
        "note unrecognised-column toy-code-to-group.xlsx, sheet Group To Split, C1: the profile does not speak of the column `Remarks`",
        "warning demonstration-base 2099-00.payment:",
        "splits: 15 rows from the labels of HRGs",
        "value_sets: 577 rows from the base",
    ] {
        assert!(said.contains(sentence), "{sentence} is not said in\n{said}");
    }
}

#[test]
fn an_old_xls_with_old_names_becomes_the_same_release() {
    let place = tempfile::tempdir().expect("a folder");
    let (today, _) = imported(&xlsx(place.path()), &place.path().join("today"));
    let (old, _) = imported(&support::folder("tests/import/toy.xls"), &place.path().join("old"));
    groups_every_worked_example_alike(&old, &place.path().join("old"));
    for table in today.texts.keys() {
        assert_eq!(rows(&old, *table), rows(&today, *table), "{}", table.name());
    }
}

#[test]
fn the_manifest_says_imported_from_what_by_what_and_with_whose_help() {
    let place = tempfile::tempdir().expect("a folder");
    let source = xlsx(place.path());
    let (release, report) = imported(&source, &place.path().join("out"));
    assert_eq!(release.identity.status, Status::Imported);
    assert_eq!(Some(&release.identity.digest), report.digest.as_ref());
    assert!(release.identity.provenance.contains("the demonstration release 2099-00.payment"));
    let text = std::fs::read_to_string(place.path().join("out").join(TOY).join("manifest.toml")).expect("a manifest");
    let manifest: toml::Table = text.parse().expect("TOML");
    let digest = bundle::manifest::sha256(&std::fs::read(&source).expect("the source"));
    let one = manifest["sources"].as_array().expect("a list")[0].as_table().expect("a table").clone();
    assert_eq!(one["file"].as_str(), Some("toy-code-to-group.xlsx"));
    assert_eq!(one["sha256"].as_str(), Some(digest.as_str()));
    let import = manifest["import"].as_table().expect("a table");
    let profile = bundle::manifest::sha256(ready_profile().as_bytes());
    assert_eq!(import["profile"].as_str(), Some("code-to-group"));
    assert_eq!(import["profile_sha256"].as_str(), Some(profile.as_str()));
    assert_eq!(import["base"].as_str(), Some(TOY));
    assert_eq!(import["base_status"].as_str(), Some("demonstration"));
    let lent = import["base_tables"].as_array().expect("a list");
    assert!(
        lent.iter().any(|t| t.as_str() == Some("value_sets")) && !lent.iter().any(|t| t.as_str() == Some("splits"))
    );
}

#[test]
fn the_same_sources_give_the_same_bytes() {
    let place = tempfile::tempdir().expect("a folder");
    let source = xlsx(place.path());
    let (one, _) = imported(&source, &place.path().join("one"));
    let (two, _) = imported(&source, &place.path().join("two"));
    assert_eq!(one.identity.digest, two.identity.digest);
}
