//! Real scale: from the public lists beside the project, read here and copied nowhere, a release is built whose splits
//! are those of the 922 roots priced in 2024-25.

use crate::support::{folder, shared};
use hrg_grouper::bundle;
use hrg_grouper::import::{Import, Level, Request, import};
use hrg_grouper::reference::split_label::SplitLabel;
use hrg_grouper::reference::{Band, TableId};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

const ID: &str = "2024-25.payment";

/// Roots that differ from the published rules, and why.
const DIFFERENCES: [(&str, &str); 5] = [
    ("DZ65", "K, discharged home, is tested first: the label says so in words that are no band; from the override"),
    ("GA10", "H to K are laparoscopic, L to N open: the labels say so in words that are no band; from the override"),
    ("MA52", "A is with insertion of a long-acting contraceptive; from the override"),
    ("MA55", "A is with insertion of a long-acting contraceptive; from the override"),
    ("MA56", "A is with insertion of a long-acting contraceptive; from the override"),
];

fn text(path: &str) -> String {
    std::fs::read_to_string(folder(path)).expect("readable")
}

fn build(overrides: Option<&str>, out: &Path) -> Option<Import> {
    let values = shared("domain/values")?;
    let designs = shared("data/designs")?;
    let names = ["hrg_chapters.csv", "hrg_subchapters.csv", "hrg_labels.csv", "cc_membership_2024_25.csv"];
    let sources: Vec<PathBuf> =
        names.iter().map(|name| values.join(name)).chain([designs.join("roots-2024-25.csv")]).collect();
    let mut base = crate::support::release("reference", ID);
    // The base names its own CC lists there, which the public lists take the place of.
    let table = TableId::InherentCc;
    base.texts.insert(table, Arc::from((table.columns().join(",") + "\n").into_bytes()));
    let profile = text("tests/import/values.toml");
    let request = Request { id: ID, profile: &profile, overrides, base: Some(&base), sources: &sources, out };
    Some(import(&request).expect("the folder can be written"))
}

type Row = BTreeMap<String, String>;

fn rows(path: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
    reader.deserialize().collect::<Result<_, _>>().expect("rows")
}

/// The band that two columns of the published rules give.
fn published(row: &Row, name: &str) -> Band {
    let number = |end: &str| row[&format!("{name}_{end}")].parse::<u32>().ok();
    Band { min: number("min").unwrap_or(0), max: number("max") }
}

/// An HRG's bands: CC, age, stay, interventions, diagnosis score, intervention score; and whether more is asked.
type Rule = ([Band; 6], bool);

fn published_rules(values: &Path) -> BTreeMap<String, Rule> {
    let names = ["cc", "age", "los", "interventions", "diagnosis_score", "intervention_score"];
    rows(&values.join("hrg_split_rules_2024_25.csv"))
        .iter()
        .map(|row| (row["hrg"].clone(), (names.map(|name| published(row, name)), !row["other_condition"].is_empty())))
        .collect()
}

fn imported_rules(release: &Path) -> BTreeMap<String, Rule> {
    let band = |row: &Row, name: &str| Band::parse(&row[name]).expect("a band");
    let mut rules = BTreeMap::new();
    for row in rows(&release.join("tables/splits.csv")) {
        let [cc, age, stay, interventions] = ["cc", "age", "stay", "interventions"].map(|name| band(&row, name));
        let more = !row["when"].is_empty();
        rules.insert(row["hrg"].clone(), ([cc, age, stay, interventions, Band::ANY, Band::ANY], more));
    }
    for row in rows(&release.join("tables/trauma_matrix.csv")) {
        let (diagnosis, intervention) = (band(&row, "diagnosis_score"), band(&row, "intervention_score"));
        rules
            .insert(row["hrg"].clone(), ([Band::ANY, Band::ANY, Band::ANY, Band::ANY, diagnosis, intervention], false));
    }
    rules
}

/// Resident memory of this process, in bytes, where the system tells.
fn resident() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse::<i64>().ok().map(|kib| kib * 1024)
}

#[test]
fn splits_read_from_2405_labels_are_the_published_ones_of_all_922_roots() {
    let place = tempfile::tempdir().expect("a folder");
    let overrides = text("tests/import/values-override.toml");
    let started = Instant::now();
    let Some(built) = build(Some(&overrides), place.path()) else { return };
    println!("built in {:.2} s, base and checks included", started.elapsed().as_secs_f64());
    let release = built.folder.unwrap_or_else(|| panic!("refused:\n{}", built.report.text()));
    let values = shared("domain/values").expect("it was there");
    let (published, imported) = (published_rules(&values), imported_rules(&release));
    let roots: BTreeSet<&str> = published.keys().map(|hrg| &hrg[..4]).collect();
    assert_eq!((published.len(), roots.len()), (2_405, 922));

    let mut different: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (hrg, rule) in &published {
        if hrg == "UZ01Z" {
            continue; // no split leads to the error HRG
        }
        let found = imported.get(hrg);
        if found.map(|rule| rule.0) != Some(rule.0) {
            different.entry(&hrg[..4]).or_default().push(format!("{hrg}: {found:?}, published {rule:?}"));
        } else if rule.1 {
            different.entry(&hrg[..4]).or_default().push(format!("{hrg}: bands agree, a further condition is asked"));
        }
    }
    println!("{} of 922 roots agree without more; those that need more:", roots.len() - different.len());
    for (root, how) in &different {
        let reason = DIFFERENCES.iter().find(|(of, _)| of == root).map_or("UNEXPLAINED", |(_, reason)| reason);
        println!("  {root}: {reason}");
        for line in how {
            println!("      {line}");
        }
    }
    let explained: BTreeSet<&str> = DIFFERENCES.iter().map(|(root, _)| *root).collect();
    assert_eq!(different.keys().copied().collect::<BTreeSet<_>>(), explained, "differences explained, and no other");
    let bands_differ = different.values().flatten().filter(|line| !line.contains("bands agree")).count();
    assert_eq!(bands_differ, 0, "even there every band agrees");
}

#[test]
fn partial_roots_and_burns_are_the_published_ones() {
    let place = tempfile::tempdir().expect("a folder");
    let overrides = text("tests/import/values-override.toml");
    let Some(built) = build(Some(&overrides), place.path()) else { return };
    let release = built.folder.unwrap_or_else(|| panic!("refused:\n{}", built.report.text()));
    let values = shared("domain/values").expect("it was there");
    let band = |row: &Row, name: &str| Band::parse(&row[name]).expect("a band");
    let published: BTreeMap<String, (String, Band)> = rows(&values.join("hrg_partial_roots_2024_25.csv"))
        .into_iter()
        .map(|row| (row["root"].clone(), (row["dimension"].clone(), published(&row, "covers"))))
        .collect();
    let priced: BTreeSet<String> = published_rules(&values).keys().map(|hrg| hrg[..4].to_owned()).collect();
    let mut imported = BTreeMap::new();
    for row in rows(&release.join("tables/roots.csv")).iter().filter(|row| priced.contains(&row["root"])) {
        for (column, name) in [("age", "age"), ("stay", "los")] {
            if !row[column].is_empty() {
                imported.insert(row["root"].clone(), (name.to_owned(), band(row, column)));
            }
        }
    }
    assert_eq!(imported, published);
    let names = ["age", "severity_score", "intervention_score"];
    let burns: BTreeSet<(String, Vec<Band>)> = rows(&values.join("burns_matrix.csv"))
        .iter()
        .map(|row| (row["hrg"].clone(), names.iter().map(|name| self::published(row, name)).collect()))
        .collect();
    let found: BTreeSet<(String, Vec<Band>)> = rows(&release.join("tables/burns_matrix.csv"))
        .iter()
        .map(|row| (row["hrg"].clone(), names.iter().map(|name| band(row, name)).collect()))
        .collect();
    assert_eq!(found, burns);
    println!("{} partial roots and {} cells of the burns matrix agree", imported.len(), found.len());
}

#[test]
fn without_overrides_exactly_the_roots_whose_labels_say_too_little_are_refused() {
    let place = tempfile::tempdir().expect("a folder");
    let Some(built) = build(None, place.path()) else { return };
    assert!(built.folder.is_none());
    let errors = built.report.remarks.iter().filter(|remark| remark.level == Level::Error);
    let said: BTreeSet<(&str, &str)> = errors.map(|remark| (remark.code, &remark.message[..4])).collect();
    assert_eq!(said, DIFFERENCES.iter().map(|(root, _)| ("label-says-too-little", *root)).collect());
}

#[test]
fn a_release_of_real_size_loads() {
    let place = tempfile::tempdir().expect("a folder");
    let overrides = text("tests/import/values-override.toml");
    let Some(built) = build(Some(&overrides), place.path()) else { return };
    let folder = built.folder.unwrap_or_else(|| panic!("refused:\n{}", built.report.text()));
    drop(built.report);
    let before = resident();
    let started = Instant::now();
    let release = {
        let files = bundle::read_folder(&folder).expect("readable");
        bundle::load(&files, ID).expect("it loads")
    };
    let took = started.elapsed();
    let grown =
        resident().zip(before).map_or_else(|| "unknown".to_owned(), |(now, was)| ((now - was) >> 20).to_string());
    println!("loaded in {:.2} s, {grown} MiB more resident (unoptimised; other tests beside)", took.as_secs_f64());
    let count = |name: &str| rows(&folder.join(format!("tables/{name}.csv"))).len();
    assert_eq!(count("hrgs"), 5_400);
    let scores = rows(&folder.join("tables/cc_scores.csv"));
    let lists: BTreeSet<&str> = scores.iter().map(|row| row["list"].as_str()).collect();
    let codes: BTreeSet<&str> = scores.iter().map(|row| row["code"].as_str()).collect();
    assert_eq!((lists.len(), codes.len()), (52, 5_984));
    println!("{} HRGs, {} roots, {} CC scores", release.labels.hrgs.len(), release.splits.len(), scores.len());
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in &release.findings {
        *codes.entry(finding.code).or_default() += 1;
    }
    println!("warnings of the checks: {codes:?}");
    assert!(!codes.keys().any(|code| code.starts_with("split-")), "no gap and no overlap");
}

#[test]
fn of_5400_labels_of_many_years_none_that_speaks_of_a_condition_is_passed_over() {
    let Some(values) = shared("domain/values") else { return };
    let (mut read, mut told, mut plain) = (0, 0, 0);
    for row in rows(&values.join("hrg_labels.csv")) {
        let label = SplitLabel::read(&row["label"]);
        match (label.telling_word().is_some() || label.bounds_twice(), label.conditions.is_empty()) {
            (true, _) => told += 1,
            (false, false) => read += 1,
            (false, true) => plain += 1,
        }
        if row["in_2024_25_apc_price_list"] == "yes" {
            assert!(label.telling_word().is_none() && !label.bounds_twice(), "{}", row["label"]);
        }
    }
    println!(
        "5,400 labels: {read} read, {plain} without conditions, {told} of older years told to be beyond the grammar"
    );
    assert_eq!(read + told + plain, 5_400);
}
