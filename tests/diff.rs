//! What differs between releases, and between the public lists of design years.

mod support;

use axum::body::Body;
use axum::http::Request;
use hrg_grouper::reference::diff::{
    Aspect, Change, Difference, LabelList, RowDifference, csv, diff, diff_labels, text,
};
use hrg_grouper::reference::{Reference, TableId};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;
use support::notes::{Claim, Claims, differences};
use support::sample::Sample;
use support::service::Service;
use support::{TOY, folder, shared};

const PAYMENT: &str = "2024-25.payment";
const COSTING: &str = "2024-25.costing";

fn release(id: &str) -> Reference {
    support::release("reference", id)
}

/// The rows of a table as text, by row id, then column.
fn rows(release: &Reference, table: TableId) -> BTreeMap<String, BTreeMap<&'static str, String>> {
    let text = release.texts.get(&table).map(|text| &text[..]).unwrap_or_default();
    let mut reader = csv::Reader::from_reader(text);
    let records = reader.records().map(|record| record.expect("a checked table reads"));
    records
        .map(|record| {
            let row: BTreeMap<_, _> = table.columns().iter().copied().zip(record.iter().map(str::to_owned)).collect();
            let id: Vec<_> = table.key().iter().map(|key| row[key].as_str()).filter(|part| !part.is_empty()).collect();
            (id.join("/"), row)
        })
        .collect()
}

#[test]
fn the_keys_of_the_tables_make_the_row_ids_that_traces_cite() {
    let releases = [support::toy(), release(PAYMENT), release(COSTING)];
    let mut seen = BTreeSet::new();
    for release in &releases {
        for table in release.texts.keys() {
            let ids: BTreeSet<String> = rows(release, *table).into_keys().collect();
            let cited: BTreeSet<String> = release.row_ids[table].iter().map(ToString::to_string).collect();
            assert_eq!(ids, cited, "{} of {}", table.name(), release.identity.id);
            seen.insert(*table);
        }
    }
    assert_eq!(seen.len(), TableId::ALL.len(), "every table was looked at");
}

/// Whether any row of any table but `hrgs` names the HRG.
fn is_given(release: &Reference, hrg: &str) -> bool {
    let tables = release.texts.keys().filter(|table| **table != TableId::Hrgs);
    tables.into_iter().any(|table| rows(release, *table).values().any(|row| row.values().any(|cell| cell == hrg)))
}

/// What a release has in the place that a claim is about, as the diff shows it.
fn found(release: &Reference, claim: &Claim) -> Option<BTreeMap<String, String>> {
    if claim.table == "manifest options" {
        let options = serde_json::to_value(&release.options).expect("options are JSON");
        let value = &options[&claim.row];
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        return Some([("value".to_owned(), value)].into());
    }
    if claim.table == "manifest" {
        let identity = serde_json::to_value(&release.identity).expect("an identity is JSON");
        let value = identity[&claim.row].as_str().expect("a setting of the manifest is text").to_owned();
        return Some([("value".to_owned(), value)].into());
    }
    let row = rows(release, table_of(claim)).remove(&claim.row)?;
    Some(row.into_iter().map(|(column, cell)| (column.to_owned(), cell)).collect())
}

fn table_of(claim: &Claim) -> TableId {
    TableId::of_file(&format!("{}.csv", claim.table)).unwrap_or_else(|| panic!("no table {}", claim.table))
}

/// The cells a claim states: `root LB72, ph 8` is two. What stands in the manifest has its value alone.
fn stated(claim: &Claim, words: &str) -> BTreeMap<String, String> {
    if claim.table.starts_with("manifest") {
        return [("value".to_owned(), words.to_owned())].into();
    }
    if words == "no condition" {
        return BTreeMap::new();
    }
    let table = table_of(claim);
    let mut cells: Vec<(&str, String)> = Vec::new();
    for part in words.split(", ") {
        match (part.split_once(' '), cells.last_mut()) {
            (Some((column, value)), _) if table.columns().contains(&column) => cells.push((column, value.to_owned())),
            // A label may hold commas itself.
            (_, Some((_, value))) => *value = format!("{value}, {part}"),
            _ => panic!("`{part}` names no column of {}", claim.table),
        }
    }
    let value = |value: String| if value == "(empty)" { String::new() } else { value };
    cells.into_iter().map(|(column, cell)| (column.to_owned(), value(cell))).collect()
}

/// Holds the notes of a release to the tables: every row that differs is listed, every listed row differs, in the cells
/// and values that the notes say. An HRG that left `hrgs` because no row gives it any more may go without a line.
fn check_notes(notes_of: &str, table: &Claims) {
    let claims = &table.lines;
    let (year, purpose) = notes_of.split_once('.').expect("an id is year and purpose");
    // A column is headed by a purpose, a year, or a whole id.
    let id = |name: &str| match name {
        name if name.contains('.') => name.to_owned(),
        "payment" | "costing" => format!("{year}.{name}"),
        name => format!("{name}.{purpose}"),
    };
    let (from, to) = (release(&id(&table.one)), release(&id(&table.other)));
    let difference = diff(&from, &to);
    let consequence = |row: &RowDifference| {
        row.table == "hrgs"
            && match row.change {
                Change::Removed => !is_given(&to, &row.row) && is_given(&from, &row.row),
                Change::Added => !is_given(&from, &row.row) && is_given(&to, &row.row),
                Change::Changed => false,
            }
    };
    let claimed: BTreeSet<(&str, &str)> = claims.iter().map(|c| (c.table.as_str(), c.row.as_str())).collect();
    assert_eq!(claimed.len(), claims.len(), "no row is claimed twice");
    let differing: BTreeSet<(&str, &str)> = difference
        .rows
        .iter()
        .filter(|row| claimed.contains(&(row.table, row.row.as_str())) || !consequence(row))
        .map(|row| (row.table, row.row.as_str()))
        .collect();
    assert_eq!(differing, claimed, "left: what differs; right: what the notes of {notes_of} say");
    assert!(difference.tables.iter().all(|table| table.renumbered == 0), "no row is renumbered");
    for claim in claims {
        let place = format!("{} {}", claim.table, claim.row);
        for (release, words) in [(&from, &claim.one), (&to, &claim.other)] {
            let found = found(release, claim);
            assert_eq!(found.is_some(), words.is_some(), "{place} of {}", release.identity.id);
            if let (Some(found), Some(words)) = (found, words) {
                for (column, value) in stated(claim, words) {
                    assert_eq!(found.get(&column), Some(&value), "{column} of {place} of {}", release.identity.id);
                }
            }
        }
        if let (Some(one), Some(_)) = (&claim.one, &claim.other) {
            let row = difference.rows.iter().find(|row| (row.table, &row.row) == (&claim.table, &claim.row));
            let changed: BTreeSet<&str> = row.expect("it differs").cells.iter().map(|cell| cell.column).collect();
            let said = stated(claim, one);
            assert_eq!(changed, said.keys().map(String::as_str).collect(), "the cells of {place}");
        }
    }
}

#[test]
fn releases_differ_exactly_as_the_notes_of_each_say() {
    let mut checked = Vec::new();
    for notes in support::files_below(&folder("reference"), "md") {
        let id = notes.parent().and_then(|folder| folder.file_name()).expect("a folder").to_string_lossy().into_owned();
        if !notes.ends_with("RELEASE-NOTES.md") {
            continue;
        }
        for table in differences(&notes) {
            check_notes(&id, &table);
            println!("{id}: {} differences between {} and {}", table.lines.len(), table.one, table.other);
            checked.push(id.clone());
        }
    }
    assert!(checked.contains(&PAYMENT.to_owned()) && checked.contains(&COSTING.to_owned()), "{checked:?}");
}

#[test]
fn a_difference_is_the_same_seen_from_the_other_side() {
    let (payment, costing) = (release(PAYMENT), release(COSTING));
    let (there, back) = (diff(&payment, &costing), diff(&costing, &payment));
    let turned = |row: &RowDifference| {
        let change = match row.change {
            Change::Added => Change::Removed,
            Change::Removed => Change::Added,
            Change::Changed => Change::Changed,
        };
        (row.table, row.row.clone(), change)
    };
    assert_eq!(
        there.rows.iter().map(turned).collect::<Vec<_>>(),
        back.rows.iter().map(|row| (row.table, row.row.clone(), row.change)).collect::<Vec<_>>()
    );
    assert_eq!(there.counts[&Aspect::HrgRemoved], back.counts[&Aspect::HrgAdded]);
    assert_eq!(there.counts[&Aspect::CodeRoot], back.counts[&Aspect::CodeRoot]);
    let none = diff(&payment, &payment);
    assert!(none.rows.is_empty() && none.tables.is_empty() && none.counts.values().all(|count| *count == 0));
}

#[test]
fn codes_are_counted_once_however_many_rows_of_theirs_differ() {
    let difference = diff(&release(PAYMENT), &release(COSTING));
    // R33* has two new rules; M65* lost one; M459, I639, N23X and Z740 have another base root.
    let rows: Vec<_> = difference.rows.iter().filter(|row| row.about.contains(&Aspect::CodeRoot)).collect();
    assert_eq!(rows.len(), 7);
    assert_eq!(difference.counts[&Aspect::CodeRoot], 6);
}

#[test]
fn the_rows_of_one_table_or_the_first_few_can_be_had_and_the_counts_stay() {
    let whole = diff(&release(PAYMENT), &release(COSTING));
    let mut some = whole.clone();
    some.keep(Some("root_max_los"), 3);
    assert_eq!(some.rows.len(), 3);
    assert!(some.rows.iter().all(|row| row.table == "root_max_los"));
    assert_eq!(some.left_out + some.rows.len(), whole.rows.len());
    assert_eq!((some.counts, some.tables), (whole.counts, whole.tables));
}

#[test]
fn text_and_csv_say_every_row() {
    let difference = diff(&release(PAYMENT), &release(COSTING));
    let (text, table) = (text(&difference), csv(&difference));
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let lines: Vec<csv::StringRecord> =
        reader.records().map(|line| line.expect("every line has all columns")).collect();
    for row in &difference.rows {
        assert!(text.contains(&row.row), "{}", row.row);
        let of_row: Vec<_> = lines.iter().filter(|line| (&line[3], &line[4]) == (row.table, &row.row[..])).collect();
        assert_eq!(of_row.len(), row.cells.len().max(1), "{}", row.row);
    }
    let first_row = lines.iter().position(|line| &line[0] == "row").expect("rows");
    assert!(lines[..first_row].iter().all(|line| &line[0] == "count"), "counts first");
    assert!(lines[first_row..].iter().all(|line| &line[0] == "row"), "then rows");
}

/// The lists of a kind, by year.
fn lists(kind: &str) -> Option<Vec<(String, LabelList)>> {
    let files: Vec<PathBuf> = support::files_below(&shared("data/designs")?, "csv");
    let year = |path: &PathBuf| path.file_stem()?.to_str()?.strip_prefix(kind)?.strip_prefix('-').map(str::to_owned);
    let named = files.iter().filter_map(|path| Some((year(path)?, path)));
    let list = |(year, path): (String, &PathBuf)| {
        let list = LabelList::parse(&std::fs::read(path).expect("the list is readable"));
        (year.clone(), list.unwrap_or_else(|fault| panic!("{kind} {year}: {fault}")))
    };
    Some(named.map(list).collect())
}

fn counts(difference: &Difference) -> [usize; 4] {
    let counts: Vec<usize> = difference.counts.values().copied().collect();
    counts.try_into().expect("added, removed, relabelled, respelt")
}

fn between(lists: &[(String, LabelList)], one: &str, other: &str) -> [usize; 4] {
    let list = |year: &str| &lists.iter().find(|(y, _)| y == year).expect("the year has a list").1;
    counts(&diff_labels((one, list(one)), (other, list(other))).expect("both are of one kind"))
}

#[test]
fn the_public_lists_of_each_pair_of_years_differ_as_this_table_says() {
    let (Some(roots), Some(hrgs)) = (lists("roots"), lists("hrgs")) else { return };
    assert_eq!((roots.len(), hrgs.len()), (17, 9));
    println!(
        "| list | from | to | before | after | added | removed | relabelled | of these in capitals and spaces alone |"
    );
    println!("|---|---|---|---:|---:|---:|---:|---:|---:|");
    for (kind, lists) in [("roots", &roots), ("HRGs", &hrgs)] {
        for pair in lists.windows(2) {
            let [(one, before), (other, after)] = pair else { unreachable!("windows of two") };
            let [added, removed, relabelled, respelt] = between(lists, one, other);
            assert_eq!(before.len() + added - removed, after.len(), "{kind} {one} to {other}");
            assert!(respelt <= relabelled);
            let (before, after) = (before.len(), after.len());
            println!(
                "| {kind} | {one} | {other} | {before} | {after} | {added} | {removed} | {relabelled} | {respelt} |"
            );
        }
    }
    assert_eq!(between(&roots, "2023-24", "2024-25"), [0; 4]);
    assert_eq!(between(&roots, "2024-25", "2025-26"), [0; 4]);
    assert_eq!(between(&roots, "2022-23", "2024-25")[..3], [0, 0, 28]);
    assert_eq!(between(&roots, "2017-18", "2018-19"), [0; 4]);
    assert_eq!(between(&hrgs, "2014-15", "2015-16")[..3], [0, 0, 117]);
    assert_eq!(between(&hrgs, "2016-17", "2018-19")[..3], [119, 61, 13]);
}

#[test]
fn what_the_real_designs_changed_from_2022_23_to_2024_25_is_changed_in_ours_where_we_cover_it() {
    let Some(lists) = lists("roots") else { return };
    let list = |year: &str| &lists.iter().find(|(y, _)| y == year).expect("the year has a list").1;
    let real = diff_labels(("2022-23", list("2022-23")), ("2024-25", list("2024-25"))).expect("both are of roots");
    for purpose in ["payment", "costing"] {
        let roots = |year: &str| rows(&release(&format!("{year}.{purpose}")), TableId::Roots);
        let (before, after) = (roots("2022-23"), roots("2024-25"));
        let mut not_covered = Vec::new();
        for row in &real.rows {
            let (Some(one), Some(other)) = (before.get(&row.row), after.get(&row.row)) else {
                not_covered.push(row.row.as_str());
                continue;
            };
            let cell = row.cells.iter().find(|cell| cell.column == "label").expect("a description changed");
            let ours = (Some(&one["label"]), Some(&other["label"]));
            assert_eq!(ours, (cell.from.as_ref(), cell.to.as_ref()), "{} of {purpose}", row.row);
        }
        println!("{purpose}: {} real changes, not covered: {}", real.rows.len(), not_covered.join(" "));
        assert_eq!(not_covered, ["CD08", "YJ12"], "{purpose}");
    }
}

#[test]
fn the_command_compares_lists_and_refuses_what_is_none() {
    let place = tempfile::tempdir().expect("a folder");
    let file = |name: &str, content: &str| {
        let path = place.path().join(name);
        std::fs::write(&path, content).expect("the file is written");
        path
    };
    let one = file("one.csv", "hrg,label\nAA22C,\"Stroke, with CC\"\nAA23C,Gone\n");
    let other = file("other.csv", "hrg,label\nAA22C,Stroke\nAA24C,Come\n");
    let roots = file("roots.csv", "AA22,Stroke\n");
    let run = |a: &PathBuf, b: &PathBuf, format: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hrg"));
        command.args(["reference", "diff", "--labels", "--format", format]).arg(a).arg(b).output().expect("hrg runs")
    };
    let json: serde_json::Value = serde_json::from_slice(&run(&one, &other, "json").stdout).expect("JSON");
    let expected = serde_json::json!({"hrg-added": 1, "hrg-removed": 1, "hrg-relabelled": 1, "respelt": 0});
    assert_eq!(json["counts"], expected);
    assert_eq!(json["rows"][0]["cells"][0]["from"], "Stroke, with CC");
    let csv = String::from_utf8(run(&one, &other, "csv").stdout).expect("text");
    assert!(csv.contains("row,hrg-relabelled,,hrgs,AA22C,,changed,label,\"Stroke, with CC\",Stroke"), "{csv}");
    let refused = run(&one, &roots, "text");
    assert!(!refused.status.success());
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(words.contains("one list is of roots and the other of HRGs"), "{words}");
}

#[test]
fn the_command_takes_a_release_by_id_or_folder_and_names_those_there_are() {
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hrg"));
        command.args(["reference", "diff"]).args(arguments).output().expect("hrg runs")
    };
    let costing = folder("reference").join(COSTING).display().to_string();
    let (by_id, by_folder) = (run(&[PAYMENT, COSTING]), run(&[PAYMENT, &costing]));
    assert!(by_id.status.success() && !by_id.stdout.is_empty());
    assert_eq!(by_id.stdout, by_folder.stdout);
    let one_table = run(&[PAYMENT, COSTING, "--table", "root_max_los"]).stdout;
    assert!(String::from_utf8_lossy(&one_table).contains("more rows differ"));
    for (arguments, words) in [
        (&["2001-02.payment", COSTING][..], "neither a release nor a folder; there are"),
        (&[PAYMENT, COSTING, "--table", "nonsense"], "no table nonsense"),
    ] {
        let refused = run(arguments);
        assert!(!refused.status.success());
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn the_command_says_which_records_change_hrg_and_at_which_step() {
    let Some(sample) = Sample::read() else { return };
    let run = |format: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hrg"));
        command.args(["reference", "diff", PAYMENT, COSTING, "-h", "--format", format, "--records"]);
        command.arg(sample.folder.join("apc-sample.csv")).arg("-d").arg(sample.folder.join("default-apc.rdf"));
        let output = command.output().expect("hrg runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    };
    let json: serde_json::Value = serde_json::from_str(&run("json")).expect("JSON");
    assert_eq!((&json["counts"]["spells"], &json["counts"]["episodes"]), (&478.into(), &752.into()));
    let changed: BTreeMap<&str, (&str, &str)> = json["spells"]
        .as_array()
        .expect("spells")
        .iter()
        .map(|spell| {
            let hrg = |side: &str| spell[side]["hrg"].as_str().expect("an HRG");
            assert_eq!(spell["firstDifference"]["decides"], true, "{spell}");
            (spell["provspno"].as_str().expect("a spell number"), (hrg("from"), hrg("to")))
        })
        .collect();
    // The same, found by grouping every spell with each release.
    let (payment, costing) = (release(PAYMENT), release(COSTING));
    let mut moved = 0;
    for spell in sample.spells() {
        let hrg = |release| hrg_grouper::grouper::group(&spell, release, &mut hrg_grouper::trace::Off).spell.hrg;
        let (from, to) = (hrg(&payment).to_string(), hrg(&costing).to_string());
        let said = changed.get(spell.provspno.as_str());
        if from != to {
            moved += 1;
            assert_eq!(said, Some(&(&from[..], &to[..])));
        } else if let Some((a, b)) = said {
            assert_eq!(a, b, "only an episode or an unbundled HRG changes");
        }
    }
    assert_eq!(json["counts"]["spellHrgsChanged"], moved);
    let csv = run("csv");
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let spells = reader.records().filter(|line| &line.as_ref().expect("every line has all columns")[0] == "spell");
    assert_eq!(spells.count(), changed.len());
    assert!(run("text").contains(&format!("{moved} spells whose SpellHRG changes")));
}

#[test]
fn the_service_gives_the_difference_as_json_or_csv_and_knows_what_the_caller_has() {
    let service = Service::over(vec![release(PAYMENT), release(COSTING), support::toy()]);
    let path = format!("/v1/references/{PAYMENT}/diff/{COSTING}");
    let answer = service.get(&path);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json, serde_json::to_value(diff(&release(PAYMENT), &release(COSTING))).expect("JSON"));
    let tag = answer.headers["etag"].to_str().expect("text").to_owned();
    for release in [release(PAYMENT), release(COSTING)] {
        assert!(tag.contains(&release.identity.digest));
    }
    let send = |name: &str, value: &str| {
        service.raw(Request::builder().uri(&path).header(name, value).body(Body::empty()).expect("a request"))
    };
    assert_eq!(send("if-none-match", &tag).0, 304);
    let (status, headers, body) = send("accept", "text/csv");
    assert_eq!((status.as_u16(), headers["content-type"].as_bytes()), (200, &b"text/csv; charset=utf-8"[..]));
    assert_eq!(body, csv(&diff(&release(PAYMENT), &release(COSTING))).into_bytes());
    assert_ne!(headers["etag"].to_str().expect("text"), tag, "another form has another tag");

    let few = service.get(&format!("{path}?table=manifest%20options&limit=2"));
    assert_eq!(few.json["rows"].as_array().map(Vec::len), Some(2));
    assert_eq!(few.json["counts"], answer.json["counts"]);
    for (path, status, code) in [
        (format!("/v1/references/{PAYMENT}/diff/2001-02.payment"), 404, "unknown-reference"),
        (format!("/v1/references/2001-02.payment/diff/{COSTING}"), 404, "unknown-reference"),
        (format!("{path}?table=nonsense"), 422, "invalid-query"),
        (format!("{path}?limit=-1"), 422, "invalid-query"),
        (format!("{path}?nonsense=1"), 422, "invalid-query"),
    ] {
        let refused = service.get(&path);
        assert_eq!((refused.status.as_u16(), &refused.json["code"]), (status, &code.into()), "{path}");
    }
    let far = service.get(&format!("/v1/references/{PAYMENT}/diff/{TOY}"));
    assert_eq!(far.json["rows"].as_array().map(Vec::len), Some(1000), "a long answer is cut");
    assert!(far.json["leftOut"].as_u64().is_some_and(|more| more > 0), "and says so");
}
