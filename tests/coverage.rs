//! `hrg reference coverage`: the rows that cases and records hit are counted as their traces cite them.

mod support;

use hrg_grouper::grouper::group;
use hrg_grouper::reference::{Reference, TableId};
use hrg_grouper::trace::{Outcome, Recording};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use support::sample::Sample;
use support::{TOY, folder};
use toml::{Table, Value};

fn toy_folder() -> PathBuf {
    folder("tests/reference").join(TOY)
}

/// Runs the command; gives its exit code, output and errors.
fn run(reference: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hrg"));
    let command = command.args(["reference", "coverage", "--reference", reference]).args(arguments);
    let output = command.output().expect("hrg runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// The report as JSON.
#[track_caller]
fn report(reference: &str, arguments: &[&str]) -> Json {
    let (code, out, err) = run(reference, &[arguments, &["--format", "json"]].concat());
    assert_eq!(code, Some(0), "{err}");
    serde_json::from_str(&out).expect("JSON")
}

/// What the report says of a table: rows, hit, and the ids that were never hit.
fn table(report: &Json, name: &str) -> (u64, u64, BTreeSet<String>) {
    let tables = report["tables"].as_array().expect("tables");
    let table = tables.iter().find(|t| t["table"] == name).unwrap_or_else(|| panic!("{name} is not reported"));
    let missing = table["missing"].as_array().expect("ids").iter().filter_map(|id| id.as_str().map(str::to_owned));
    (table["rows"].as_u64().expect("a count"), table["hit"].as_u64().expect("a count"), missing.collect())
}

/// The rows of a table that were hit.
fn hit(report: &Json, name: &str, release: &Reference) -> BTreeSet<String> {
    let id = TableId::of_file(&format!("{name}.csv")).expect("a table");
    let all: BTreeSet<String> = release.row_ids[&id].iter().map(|id| id.to_string()).collect();
    let (rows, hit, missing) = table(report, name);
    assert!(rows == all.len() as u64 && hit + missing.len() as u64 == rows, "{name}: {rows}, {hit}, {missing:?}");
    all.difference(&missing).cloned().collect()
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, text).expect("a file");
}

fn spell(diag: &[&str], oper: &[&str], epidur: &str) -> Json {
    json!({ "procodet": "TOY", "provspno": "1", "episodes": [{
        "epiorder": "1", "startage": "40", "sex": "1", "classpat": "1", "admisorc": "19", "admimeth": "11",
        "disdest": "19", "dismeth": "1", "epidur": epidur, "mainspef": "100", "tretspef": "100",
        "diag": diag, "oper": oper,
    }]})
}

#[test]
fn a_few_cases_hit_the_rows_that_can_be_named_by_hand() {
    let place = tempfile::tempdir().expect("a folder");
    // A procedure within its maximum stay; the same too long, so that the diagnosis drives; and an attendance.
    write(place.path(), "a/within.json", &spell(&["D100", "C020"], &["M061"], "2").to_string());
    let long = json!({ "reference": TOY, "spell": spell(&["D100", "C020"], &["M061"], "3") });
    let nac = json!({ "dataset": "nac", "record": {
        "startage": "40", "sex": "1", "mainspef": "100", "tretspef": "100", "firstatt": "2", "oper": [],
    }});
    write(place.path(), "b.ndjson", &format!("{long}\n\n{nac}\n"));
    write(place.path(), "notes.txt", "no case");
    let cases = place.path().to_string_lossy().into_owned();
    let report = report(&toy_folder().to_string_lossy(), &["--cases", &cases]);
    assert_eq!((&report["spells"], &report["episodes"], &report["records"]), (&json!(2), &json!(2), &json!(1)));
    let release = support::toy();
    let hit = |name: &str| hit(&report, name, &release).into_iter().collect::<Vec<_>>();
    assert_eq!(hit("procedures"), ["M061"]);
    assert_eq!(hit("diagnoses"), ["C020", "D100"]);
    assert_eq!(hit("root_max_los"), ["TM01"], "by the stay of 3 days; one of 2 only passes by");
    assert_eq!(hit("splits"), ["RA10/RA10B", "TM01/TM01Z"]);
    assert_eq!(hit("roots"), ["RA10", "TM01"]);
    assert_eq!(hit("cc_scores"), ["RA/C020"]);
    assert_eq!(hit("cc_list_of_subchapter"), ["RA"]);
    assert_eq!(hit("wf_matrix"), ["2/uni"]);
    assert_eq!(hit("hrgs"), ["RA10B", "TM01Z", "WF01A"]);
    assert_eq!(hit("trauma_matrix"), Vec::<String>::new());
    assert_eq!(table(&report, "trauma_matrix").0, 24);
}

/// Rows by table.
type Cited = BTreeMap<&'static str, BTreeSet<String>>;

/// The worked examples as cases of the command, and the rows that the deciding steps of their traces cite.
fn worked_examples(release: &Reference) -> (Vec<Json>, Cited) {
    let (mut cases, mut cited) = (Vec::new(), Cited::new());
    for path in support::files_below(&folder("tests/cases"), "toml") {
        let text = std::fs::read_to_string(&path).expect("a case is readable");
        let case: Table = text.parse().expect("TOML");
        let dataset = case.get("dataset").and_then(Value::as_str).expect("a dataset");
        let mut recording = Recording::default();
        match dataset {
            "file" => continue,
            "apc" => {
                let spell = support::spell::of_case(&case);
                let grouping = group(&spell, release, &mut recording);
                let unbundled = grouping.spell.unbundled.iter().map(|u| u.hrg);
                let hrgs = grouping.episodes.iter().map(|e| e.hrg).chain([grouping.spell.hrg]).chain(unbundled);
                cited.entry("hrgs").or_default().extend(hrgs.map(|hrg| hrg.to_string()));
                cases.push(serde_json::to_value(&spell).expect("JSON"));
            }
            other => {
                let record = case.get("record").and_then(Value::as_table).expect("a record");
                let result = support::other::group(other, record, release, &mut recording);
                let hrgs = result.unbundled.iter().map(|u| u.hrg).chain([result.hrg]);
                cited.entry("hrgs").or_default().extend(hrgs.map(|hrg| hrg.to_string()));
                cases.push(json!({ "dataset": other, "record": record }));
            }
        }
        let steps = recording.into_steps().in_words();
        for row in steps.iter().filter(|s| s.outcome != Outcome::NotApplicable).flat_map(|s| &s.rows) {
            cited.entry(row.table.name()).or_default().insert(row.row.clone());
        }
    }
    let roots = cited["splits"].iter().filter_map(|id| id.split('/').next().map(str::to_owned)).collect();
    cited.insert("roots", roots);
    (cases, cited)
}

#[test]
fn the_worked_examples_hit_exactly_the_rows_that_their_traces_cite() {
    let release = support::toy();
    let (cases, cited) = worked_examples(&release);
    let place = tempfile::tempdir().expect("a folder");
    let lines: String = cases.iter().map(|case| format!("{case}\n")).collect();
    write(place.path(), "cases.ndjson", &lines);
    let report = report(&toy_folder().to_string_lossy(), &["--cases", &place.path().to_string_lossy()]);
    let count = |key: &str| report[key].as_u64().expect("a count");
    assert_eq!(count("spells") + count("records"), cases.len() as u64);
    let uncited: Vec<&str> = report["uncited"].as_array().expect("names").iter().filter_map(Json::as_str).collect();
    for name in report["tables"].as_array().expect("tables").iter().filter_map(|t| t["table"].as_str()) {
        assert_eq!(hit(&report, name, &release), cited.get(name).cloned().unwrap_or_default(), "{name}");
        println!("{name}: {} of {}", table(&report, name).1, table(&report, name).0);
    }
    for name in cited.keys().filter(|name| !uncited.contains(name)) {
        assert!(table(&report, name).1 > 0, "{name} is cited and not reported");
    }
    // What the worked examples are there for.
    for name in ["procedures", "root_max_los", "splits", "roots", "cc_list_of_subchapter", "cc_scores", "interventions"]
    {
        assert_eq!(table(&report, name).2, BTreeSet::new(), "every row of {name} is hit");
    }
}

#[test]
fn every_table_of_a_release_is_counted_or_named_as_one_that_is_not() {
    let place = tempfile::tempdir().expect("a folder");
    write(place.path(), "a.json", &spell(&["D100"], &[], "1").to_string());
    let report = report(&toy_folder().to_string_lossy(), &["--cases", &place.path().to_string_lossy()]);
    let names = |key: &str| report[key].as_array().cloned().unwrap_or_default();
    let counted = names("tables").into_iter().filter_map(|t| t["table"].as_str().map(str::to_owned));
    let uncited = names("uncited").into_iter().filter_map(|t| t.as_str().map(str::to_owned));
    let said: BTreeSet<String> = counted.chain(uncited).collect();
    let release = support::toy();
    let there = release.row_ids.iter().filter(|(_, ids)| !ids.is_empty());
    let there: BTreeSet<String> = there.map(|(table, _)| table.name().to_owned()).collect();
    assert_eq!(said, there);
}

#[test]
fn records_of_a_file_hit_what_the_same_spells_hit_as_cases() {
    let Some(sample) = Sample::read() else { return };
    let place = tempfile::tempdir().expect("a folder");
    let spells = sample.spells();
    let lines: String = spells.iter().map(|s| format!("{}\n", serde_json::to_string(s).expect("JSON"))).collect();
    write(place.path(), "spells.ndjson", &lines);
    let cases = report("2024-25.payment", &["--cases", &place.path().to_string_lossy()]);
    let path = |name: &str| sample.folder.join(name).to_string_lossy().into_owned();
    let (input, rdf) = (path("apc-sample.csv"), path("default-apc.rdf"));
    let records = report("2024-25.payment", &["--records", &input, "-d", &rdf, "-h"]);
    assert_eq!(records, cases);
    assert_eq!((&records["spells"], &records["episodes"]), (&json!(478), &json!(752)));
    // The same file twice hits no more rows.
    let twice = report("2024-25.payment", &["--records", &input, "--records", &input, "-d", &rdf, "-h"]);
    assert_eq!(twice["tables"], records["tables"]);
    assert_eq!(twice["spells"], json!(956));
}

#[test]
fn the_text_gives_rows_hits_and_shares_and_on_request_what_is_missing() {
    let place = tempfile::tempdir().expect("a folder");
    write(place.path(), "a.json", &spell(&["D100"], &[], "1").to_string());
    let (toy, cases) = (toy_folder().to_string_lossy().into_owned(), place.path().to_string_lossy().into_owned());
    let (code, text, _) = run(&toy, &["--cases", &cases]);
    assert_eq!(code, Some(0));
    let splits = text.lines().find(|line| line.starts_with("splits ")).expect("a line");
    assert_eq!(splits.split_whitespace().collect::<Vec<_>>(), ["splits", "15", "1", "6.6%"]);
    assert!(text.contains("not counted, since no trace cites their rows: chapters, "), "{text}");
    assert!(!text.contains("splits:RA10/RA10A"), "{text}");
    let (_, text, _) = run(&toy, &["--cases", &cases, "--missing"]);
    assert!(text.contains("    splits:RA10/RA10A\n") && !text.contains("splits:RA10/RA10C"), "{text}");
}

#[test]
fn what_cannot_be_read_is_named_and_never_repeated() {
    let toy = toy_folder().to_string_lossy().into_owned();
    let faulty = |name: &str, text: &str, expected: &str| {
        let place = tempfile::tempdir().expect("a folder");
        write(place.path(), name, text);
        let (code, out, err) = run(&toy, &["--cases", &place.path().to_string_lossy()]);
        assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
        assert!(err.contains(expected), "{expected}: {err}");
        assert!(!err.contains("SECRET"), "{err}");
    };
    let good = spell(&["D100"], &[], "1");
    faulty("a.json", "{\"provspno\": \"SECRET\"", "a.json: no JSON");
    faulty("a.json", "{\"SECRET\": 1, \"episodes\": []}", "a.json: no record of the logic APC");
    faulty("a.json", "{\"procodet\": \"SECRET\", \"episodes\": []}", "a.json: ");
    faulty("a.ndjson", &format!("{good}\n{{\"episodes\": \"SECRET\"}}\n"), "a.ndjson:2: no record");
    faulty("a.json", "{\"dataset\": \"SECRET\", \"record\": {}}", "`dataset` names no grouping logic");
    faulty("a.json", "{\"dataset\": \"em\", \"record\": {\"SECRET\": 1}}", "no record of the logic EM");
    for (arguments, expected) in [
        (&[][..], "nothing to group"),
        (&["--records", "x.csv"], "give one record definition"),
        (&["--cases", "/no/such/folder"], "/no/such/folder"),
    ] {
        let (code, _, err) = run(&toy, arguments);
        assert!(code == Some(1) && err.contains(expected), "{expected}: {err}");
    }
    let (code, _, err) = run("1999-00.payment", &["--cases", "."]);
    assert!(code == Some(1) && err.contains("neither a release nor a folder"), "{err}");
    let (code, _, err) = run("2024-25.payment", &["--cases", "/no/such/folder"]);
    assert!(code == Some(1) && err.contains("/no/such/folder"), "{err}");
}
