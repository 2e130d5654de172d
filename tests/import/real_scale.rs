//! Real scale: from the public lists beside the project, read here and copied nowhere, a release is built whose splits
//! are those of the 922 roots priced in 2024-25.

use crate::support::{folder, shared};
use hrg_grouper::bundle;
use hrg_grouper::import::{Import, Level, Request, import};
use hrg_grouper::reference::Band;
use hrg_grouper::reference::split_label::SplitLabel;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

const ID: &str = "2024-25.payment";

/// Roots that differ from the published rules, and why.
const DIFFERENCES: [(&str, &str); 6] = [
    ("DZ65", "K, discharged home, is tested first: the label says so in words that are no band; from the override"),
    ("GA10", "H to K are laparoscopic, L to N open: the labels say so in words that are no band; from the override"),
    ("MA52", "A is with insertion of a long-acting contraceptive; from the override"),
    ("MA55", "A is with insertion of a long-acting contraceptive; from the override"),
    ("MA56", "A is with insertion of a long-acting contraceptive; from the override"),
    (ERROR_ROOT, "the error HRG: no code and so no split leads there; left out as the profile says"),
];

/// The root of the error HRG.
const ERROR_ROOT: &str = "UZ01";

fn text(path: &str) -> String {
    std::fs::read_to_string(folder(path)).expect("readable")
}

fn build(overrides: Option<&str>, out: &Path) -> Option<Import> {
    let values = shared("domain/values")?;
    let designs = shared("data/designs")?;
    let names = ["hrg_chapters.csv", "hrg_subchapters.csv", "hrg_labels.csv", "cc_membership_2024_25.csv"];
    let sources: Vec<PathBuf> =
        names.iter().map(|name| values.join(name)).chain([designs.join("roots-2024-25.csv")]).collect();
    let base = crate::support::release("reference", ID);
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

/// A figure of this process's memory, in MiB, where the system tells.
fn memory(figure: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(figure))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib / 1024)
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
        let found = imported.get(hrg);
        if found.map(|rule| rule.0) != Some(rule.0) {
            different.entry(&hrg[..4]).or_default().push(format!("{hrg}: {found:?}, published {rule:?}"));
        } else if rule.1 || found.is_some_and(|rule| rule.1) {
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
    different.remove(ERROR_ROOT);
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
    let expected = DIFFERENCES.iter().filter(|(root, _)| *root != ERROR_ROOT);
    assert_eq!(said, expected.map(|(root, _)| ("label-says-too-little", *root)).collect());
}

/// Names to a process of its own the folder that it shall load.
const ALONE: &str = "HRG_TEST_LOAD_ALONE";

#[test]
fn a_release_of_real_size_loads() {
    if let Some(folder) = std::env::var_os(ALONE) {
        load_alone(Path::new(&folder));
        return;
    }
    let place = tempfile::tempdir().expect("a folder");
    let overrides = text("tests/import/values-override.toml");
    let Some(built) = build(Some(&overrides), place.path()) else { return };
    let folder = built.folder.unwrap_or_else(|| panic!("refused:\n{}", built.report.text()));
    // Only a process that has done nothing else can tell what a release takes: this one has freed memory to reuse.
    let mut alone = Command::new(std::env::current_exe().expect("this program"));
    alone.args(["--exact", "real_scale::a_release_of_real_size_loads", "--nocapture"]).env(ALONE, &folder);
    let run = alone.output().expect("the program runs");
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{said}{}", String::from_utf8_lossy(&run.stderr));
    let figures: Vec<&str> = said.lines().filter_map(|line| line.split_once("alone: ")).map(|(_, said)| said).collect();
    assert_eq!(figures.len(), 3, "{said}");
    println!("{}", figures.join("\n"));
}

fn load_alone(folder: &Path) {
    let before = memory("VmRSS:");
    let started = Instant::now();
    let release = {
        let files = bundle::read_folder(folder).expect("readable");
        bundle::load(&files, ID).expect("it loads")
    };
    let took = started.elapsed();
    let grown = memory("VmRSS:").zip(before).map(|(now, was)| now.saturating_sub(was));
    let peak = memory("VmHWM:").zip(before).map(|(now, was)| now.saturating_sub(was));
    println!("alone: loaded in {:.2} s; MiB resident for it {grown:?}, at its peak {peak:?}", took.as_secs_f64());
    let count = |name: &str| rows(&folder.join(format!("tables/{name}.csv"))).len();
    assert_eq!(count("hrgs"), 5_400);
    let scores = rows(&folder.join("tables/cc_scores.csv"));
    let lists: BTreeSet<&str> = scores.iter().map(|row| row["list"].as_str()).collect();
    let codes: BTreeSet<&str> = scores.iter().map(|row| row["code"].as_str()).collect();
    assert_eq!((lists.len(), codes.len()), (52, 5_984));
    println!("alone: {} HRGs, {} roots, {} CC scores", release.labels.hrgs.len(), release.splits.len(), scores.len());
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in &release.findings {
        *found.entry(finding.code).or_default() += 1;
    }
    println!("alone: warnings of the load checks: {found:?}");
    assert!(!found.keys().any(|code| code.starts_with("split-")), "no gap and no overlap");
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
