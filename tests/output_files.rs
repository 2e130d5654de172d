//! Every output file of every dataset has the official columns in order, from a run over the dataset's sample file; and
//! the columns that are never filled are not.

mod support;

use hrg_grouper::reference::Dataset;
use std::collections::{BTreeMap, BTreeSet};
use support::files::Rows;
use support::seven;

/// A column of the official list: its name and what the list notes of it.
type Column = (String, String);

/// The official files of a dataset, by suffix, with their columns.
fn official(dataset: Dataset) -> Option<BTreeMap<String, Vec<Column>>> {
    let mut files: BTreeMap<String, Vec<Column>> = BTreeMap::new();
    let mut reader = csv::Reader::from_path(support::shared("domain/values/output_columns.csv")?).expect("a list");
    for record in reader.records().map(|record| record.expect("a row")) {
        if record[0] == dataset.to_string() {
            let columns = files.entry(record[1].replace("[name]", "out")).or_default();
            assert_eq!(record[2], (columns.len() + 1).to_string(), "the list is in order");
            columns.push((record[3].to_owned(), record[4].to_owned()));
        }
    }
    Some(files)
}

fn run(dataset: Dataset) -> tempfile::TempDir {
    let place = tempfile::tempdir().expect("a folder");
    seven::group_sample(dataset, place.path(), true);
    place
}

fn input_columns(dataset: Dataset) -> Vec<String> {
    let text = std::fs::read_to_string(seven::sample(dataset, "csv")).expect("the sample is readable");
    text.lines().next().expect("a header").split(',').map(str::to_owned).collect()
}

#[test]
fn every_dataset_writes_exactly_its_official_files_and_names_them_in_its_index() {
    for dataset in Dataset::ALL {
        let Some(official) = official(dataset) else { return };
        let place = run(dataset);
        let names = std::fs::read_dir(place.path()).expect("a folder").flatten();
        let written: BTreeSet<String> = names
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| name.starts_with("out"))
            .collect();
        assert_eq!(written, official.keys().cloned().collect(), "{dataset}");
        let index = std::fs::read_to_string(place.path().join("out.csv")).expect("an index");
        let mut named: BTreeSet<String> = index.lines().map(str::to_owned).collect();
        assert!(named.insert("out.csv".to_owned()), "the index does not name itself");
        assert_eq!(named, written, "{dataset}");
    }
}

#[test]
fn every_file_has_the_official_columns_in_order() {
    let mut checked = 0;
    for dataset in Dataset::ALL {
        let Some(official) = official(dataset) else { return };
        let (place, input) = (run(dataset), input_columns(dataset));
        for (file, columns) in official.iter().filter(|(file, _)| *file != "out.csv") {
            let names = columns
                .iter()
                .flat_map(|(name, _)| if name == "<input columns>" { input.clone() } else { vec![name.clone()] });
            let rows = Rows::read(&place.path().join(file)).expect("the file is there");
            assert_eq!(rows.header, names.collect::<Vec<_>>(), "{dataset} {file}");
            // Only a repeated last column may make a row longer than the header.
            let repeats = columns.last().is_some_and(|(_, note)| note.starts_with("repeats"));
            for row in &rows.rows {
                let fits = if repeats { row.len() >= rows.header.len() } else { row.len() == rows.header.len() };
                assert!(fits, "{dataset} {file}: a row has {} values", row.len());
            }
            checked += 1;
        }
    }
    assert_eq!(checked, 10 + 6 + 4 + 4 + 4 + 5 + 5);
}

#[test]
fn columns_that_are_never_filled_stay_empty_and_their_counters_hold_0() {
    let mut checked = 0;
    for dataset in Dataset::ALL {
        let Some(official) = official(dataset) else { return };
        let place = run(dataset);
        for (file, columns) in &official {
            for (name, note) in columns.iter().filter(|(_, note)| note.starts_with("never populated")) {
                let expected = if note.ends_with("defaults to 0") { "0" } else { "" };
                let rows = Rows::read(&place.path().join(file)).expect("the file is there");
                assert!(!rows.rows.is_empty(), "{file} has rows to look at");
                assert!(rows.column(name).iter().all(|value| value == expected), "{dataset} {file} {name}");
                checked += 1;
            }
        }
    }
    assert!(checked > 50, "{checked} columns");
}

#[test]
fn attendance_hrgs_are_filled_by_payment_releases_where_the_record_is_valid() {
    let place = run(Dataset::Nac);
    let rows = Rows::read(&place.path().join("out_attend.csv")).expect("attendances");
    for (core, attendance) in rows.column("NAC_HRG").iter().zip(rows.column("AttendanceHRG")) {
        assert_eq!(core == "UZ01Z", attendance.is_empty() || attendance == "UZ01Z", "{core} {attendance}");
    }
}

#[test]
fn unbundled_hrgs_stand_in_trailing_columns_and_one_a_row_in_their_own_file_with_their_days() {
    for (dataset, main) in [(Dataset::Apc, "out_FCE.csv"), (Dataset::Nac, "out_attend.csv")] {
        let place = run(dataset);
        let rows = Rows::read(&place.path().join(main)).expect("rows");
        let first = rows.header.len() - 1;
        let mut expected = Vec::new();
        for (row, number) in rows.rows.iter().zip(rows.column("RowNo")) {
            let hrgs = row[first..].iter().filter(|hrg| !hrg.is_empty());
            expected.extend(hrgs.zip(1..).map(|(hrg, i)| vec![number.clone(), i.to_string(), hrg.clone()]));
        }
        let related = Rows::read(&place.path().join("out_ub_rel.csv")).expect("unbundled HRGs");
        assert_eq!(related.rows, expected, "{dataset}");
        assert!(related.rows.iter().any(|row| row[1] == "2"), "{dataset}: a record has two");
        let with_days = expected.iter().filter(|row| row[2].contains("*12")).count();
        assert_eq!(with_days, if dataset == Dataset::Apc { 2 } else { 0 }, "rehabilitation of 12 days, two instances");
    }
}

#[test]
fn critical_care_days_are_sorted_by_provider_identifier_and_date_and_ties_keep_their_order() {
    for (dataset, first) in [
        (Dataset::Pcc, ["PCC-021", "PCC-003", "PCC-004", "PCC-002", "PCC-005", "PCC-006"]),
        (Dataset::Ncc, ["NCC-003", "NCC-002", "NCC-004", "NCC-005", "NCC-006", "NCC-007"]),
    ] {
        let place = run(dataset);
        let sorted = Rows::read(&place.path().join("out_sort.csv")).expect("sorted rows");
        assert_eq!(sorted.column("LOCAL_KEY")[..6], first, "{dataset}");
        let numbers: Vec<String> = (1..=sorted.rows.len()).map(|number| number.to_string()).collect();
        assert_eq!(sorted.column("RowNo"), numbers);
        let main = Rows::read(&place.path().join(format!("out_{}.csv", dataset.to_string().to_lowercase())));
        let main = main.expect("grouped rows");
        assert_eq!(main.column("LOCAL_KEY"), sorted.column("LOCAL_KEY"), "{dataset}");
    }
}

#[test]
fn the_other_datasets_keep_the_order_of_the_input() {
    for (dataset, main) in
        [(Dataset::Nac, "attend"), (Dataset::Em, "attend"), (Dataset::Nrd, "renal"), (Dataset::Acc, "acc")]
    {
        let place = run(dataset);
        let rows = Rows::read(&place.path().join(format!("out_{main}.csv"))).expect("rows");
        let input = Rows::read(&seven::sample(dataset, "csv")).expect("the sample");
        assert_eq!(rows.column("LOCAL_KEY"), input.column("LOCAL_KEY"), "{dataset}");
        assert_eq!(rows.column("RowNo")[..3], ["1", "2", "3"], "{dataset}");
    }
}

#[test]
fn the_logic_is_inferred_from_the_definition_of_every_sample() {
    for dataset in Dataset::ALL {
        let place = tempfile::tempdir().expect("a folder");
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_hrg"));
        command.args(["group", "-h", "-v", "-i"]).arg(seven::sample(dataset, "csv"));
        command.arg("-d").arg(seven::sample(dataset, "rdf")).arg("-o").arg(place.path().join("out"));
        seven::choose(&mut command);
        let output = command.output().expect("hrg runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains(&format!("logic {dataset};")), "{said}");
        assert_eq!(output.status.code(), Some(0), "{said}");
    }
}

#[test]
fn a_definition_without_the_mandatory_fields_of_the_logic_fails_with_7() {
    let place = tempfile::tempdir().expect("a folder");
    for (dataset, other) in [(Dataset::Nac, Dataset::Apc), (Dataset::Ncc, Dataset::Pcc)] {
        let definition = seven::sample(other, "rdf");
        let output = seven::group(dataset, &seven::sample(dataset, "csv"), &definition, place.path(), &["-h"]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(7), "{dataset}: {said}");
        let named = if dataset == Dataset::Nac { "NAC: FIRSTATT" } else { "NCC: GestLen, PERWT" };
        assert!(said.contains(&format!("lacks mandatory fields of {named}")), "{said}");
    }
}

#[test]
fn headers_of_the_output_can_be_left_out() {
    for dataset in Dataset::ALL {
        let (with, without) = (run(dataset), tempfile::tempdir().expect("a folder"));
        seven::group_sample(dataset, without.path(), false);
        for entry in std::fs::read_dir(with.path()).expect("a folder").flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            // The summary holds times; the index has no header.
            if name == "out.csv" || !name.starts_with("out") || name.ends_with("_summary.csv") {
                continue;
            }
            let read = |place: &tempfile::TempDir| std::fs::read_to_string(place.path().join(&name)).expect("a file");
            let with = read(&with);
            let rows: String = with.split_inclusive('\n').skip(1).collect();
            assert_eq!(read(&without), rows, "{dataset} {name}");
        }
    }
}

#[test]
fn summaries_count_the_records_and_those_that_are_uz01z() {
    for (dataset, main, name) in [
        (Dataset::Nac, "attend", "Attendance"),
        (Dataset::Em, "attend", "Attendance"),
        (Dataset::Nrd, "renal", "NRD Record"),
        (Dataset::Acc, "acc", "ACC Record"),
        (Dataset::Pcc, "pcc", "PCC Record"),
        (Dataset::Ncc, "ncc", "NCC Record"),
    ] {
        let place = run(dataset);
        let read = |file: &str| Rows::read(&place.path().join(format!("out_{file}.csv"))).expect("a file");
        let hrgs = read(main).column(&format!("{dataset}_HRG"));
        let errors = hrgs.iter().filter(|hrg| *hrg == "UZ01Z").count();
        let summary = read("summary");
        assert_eq!(summary.column(&format!("{name} Count")), [hrgs.len().to_string()]);
        assert_eq!(summary.column(&format!("{name} Error Count")), [errors.to_string()]);
        assert!(errors > 0 && errors < hrgs.len() / 2, "{dataset}: {errors} planted");
    }
}
