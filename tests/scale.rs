//! `hrg group` on files of any size: the order of the rows, the memory given and the form of the files make no
//! difference to what comes out; what fails leaves nothing behind; and what is kept for a while cannot be read.

mod support;

use hrg_grouper::files::form::Form;
use hrg_grouper::files::lines::Source;
use hrg_grouper::files::run::{Count, Scale, Watch};
use hrg_grouper::reference::Dataset;
use hrg_grouper::sample::columns;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use support::files::Rows;
use support::place::{Place, names, rows, shuffled, tiny};
use support::seven;

#[test]
fn the_order_of_the_rows_and_the_memory_given_make_no_difference_to_admitted_patient_care() {
    let dataset = Dataset::Apc;
    let rows = rows(dataset, 1_500, 11);
    let straight = Place::new(dataset, &rows);
    let outcome = straight.group(dataset, Scale::default());
    let expected = straight.files();
    assert_eq!(expected.len(), 10);
    for (scale, name) in [(Scale::default(), "much memory"), (tiny(), "little memory")] {
        let place = Place::new(dataset, &shuffled(&rows));
        assert_eq!(place.group(dataset, scale), outcome, "{name}");
        assert!(place.files() == expected, "{name}");
    }
}

#[test]
fn the_memory_given_makes_no_difference_to_any_dataset() {
    for dataset in Dataset::ALL {
        // Days of a patient may be of one date: those keep the order of the input, so this compares shuffled rows alone.
        let rows = shuffled(&rows(dataset, 400, 12));
        let (much, little) = (Place::new(dataset, &rows), Place::new(dataset, &rows));
        assert_eq!(much.group(dataset, Scale::default()), little.group(dataset, tiny()), "{dataset}");
        assert!(much.files() == little.files(), "{dataset}");
    }
}

#[test]
fn rows_of_one_key_keep_the_order_of_the_input_however_they_are_spilled() {
    let dataset = Dataset::Apc;
    let one = rows(dataset, 1, 1).remove(0);
    let (row, _) = one.rsplit_once(',').expect("a key");
    let mut rows: Vec<String> = (0..700).map(|number| format!("{row},KEY-{number:05}")).collect();
    let keys: Vec<String> = (0..700).map(|number| format!("KEY-{number:05}")).collect();
    rows.push(row.replacen("S000000001", "S000000000", 1) + ",FIRST"); // so that the file is not in order
    let place = Place::new(dataset, &rows);
    assert_eq!(place.group(dataset, tiny()).spells, Some(Count { all: 2, errors: 1 }), "an EPIORDER stands twice");
    let sorted = Rows::read(&place.path("out/out_sort.csv")).expect("rows").column("LOCAL_KEY");
    assert_eq!(sorted[0], "FIRST");
    assert!(sorted[1..] == keys);
}

/// The rows of a file as objects, with lists where fields repeat.
fn objects(dataset: Dataset, rows: &[String]) -> String {
    let names: Vec<String> = columns(dataset).iter().map(ToString::to_string).chain(["LOCAL_KEY".to_owned()]).collect();
    let object = |row: &String| {
        let mut object = Map::new();
        for (name, value) in names.iter().zip(row.split(',')) {
            match name.rsplit_once('_').filter(|(_, digits)| digits.parse::<u8>().is_ok()) {
                Some((list, _)) => {
                    let list = object.entry(list.to_lowercase()).or_insert_with(|| Json::Array(Vec::new()));
                    list.as_array_mut().expect("a list").push(value.into());
                }
                None => _ = object.insert(name.clone(), value.into()),
            }
        }
        Json::Object(object).to_string() + "\n"
    };
    rows.iter().map(object).collect()
}

#[test]
fn objects_in_give_the_same_files_as_delimited_text_in() {
    for dataset in Dataset::ALL {
        let rows = shuffled(&rows(dataset, 200, 13));
        let (text, other) = (Place::new(dataset, &rows), Place::new(dataset, &[]));
        std::fs::write(other.path("in.ndjson"), objects(dataset, &rows)).expect("written");
        let expected = text.group(dataset, Scale::default());
        assert_eq!(other.run(dataset, "in.ndjson", tiny(), &()).expect("runs"), expected, "{dataset}");
        assert!(other.files() == text.files(), "{dataset}");
    }
}

#[test]
fn objects_out_hold_what_delimited_text_holds() {
    for dataset in Dataset::ALL {
        let rows = rows(dataset, 200, 14);
        let (text, other) = (Place::new(dataset, &rows), Place::new(dataset, &rows));
        text.group(dataset, Scale::default());
        other.group(dataset, Scale { to: Form::Ndjson, ..Scale::default() });
        for (name, expected) in text.files().into_iter().filter(|(name, _)| name != "out.csv") {
            let objects = std::fs::read_to_string(other.path("out").join(name.replace(".csv", ".ndjson")));
            let objects = objects.expect("a file of objects");
            let mut expected = expected.lines();
            let names: Vec<&str> = expected.next().expect("a header").split(',').collect();
            let mut objects = objects.lines();
            for line in expected.by_ref() {
                let object: Map<String, Json> = serde_json::from_str(objects.next().expect("a line")).expect("JSON");
                let mut values: Vec<String> = Vec::new();
                for name in &names {
                    match &object[*name] {
                        Json::String(text) => values.push(text.clone()),
                        Json::Array(list) if list.is_empty() => values.push(String::new()),
                        Json::Array(list) => values.extend(list.iter().map(|v| v.as_str().expect("text").to_owned())),
                        other => values.push(other.to_string()),
                    }
                }
                assert_eq!(values.join(","), line, "{dataset} {name}");
                assert_eq!(object.len(), names.len(), "{dataset} {name}");
            }
            assert_eq!(objects.next(), None, "{dataset} {name}");
        }
    }
}

#[test]
fn a_line_that_is_no_object_is_told_by_its_number_and_nothing_of_it() {
    let place = Place::new(Dataset::Apc, &[]);
    std::fs::write(place.path("in.ndjson"), "{\"sex\":\"1\"}\n\n{\"sex\":\"CANARY\n").expect("written");
    let fault = place.run(Dataset::Apc, "in.ndjson", Scale::default(), &()).expect_err("refused");
    assert_eq!(
        (fault.exit_code(), fault.to_string().as_str()),
        (11, "the input file cannot be read: line 3: it is no JSON")
    );
}

#[test]
fn the_totals_are_the_sums_of_the_parts() {
    let dataset = Dataset::Apc;
    let parts: Vec<Vec<String>> = (0..3)
        .map(|part| rows(dataset, 500, part).iter().map(|row| row.replacen("ZZ9", &format!("ZZ{part}"), 1)).collect())
        .collect();
    let whole = Place::new(dataset, &shuffled(&parts.concat()));
    let total = whole.group(dataset, tiny());
    let (mut records, mut spells) = (Count::default(), Count::default());
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    for part in &parts {
        let place = Place::new(dataset, part);
        let outcome = place.group(dataset, Scale::default());
        records += outcome.records;
        spells += outcome.spells.expect("spells");
        for (name, text) in place.files() {
            *lines.entry(name).or_default() += text.lines().count() - 1;
        }
    }
    assert_eq!((total.records, total.spells), (records, Some(spells)));
    assert_eq!(total.records.all, parts.concat().len());
    for (name, text) in whole.files().into_iter().filter(|(name, _)| name != "out.csv") {
        assert_eq!(text.lines().count() - 1, lines[&name], "{name}");
    }
    let summary = Rows::read(&whole.path("out/out_summary.csv")).expect("a summary");
    for (column, count) in
        [("FCE Count", records.all), ("FCE Error Count", records.errors), ("Spell Count", spells.all)]
    {
        assert_eq!(summary.column(column), [count.to_string()]);
    }
    let numbers = Rows::read(&whole.path("out/out_sort.csv")).expect("rows").column("RowNo");
    assert!(numbers.iter().zip(1..).all(|(number, expected)| *number == expected.to_string()));
}

/// Does something when a part of the run begins.
struct At<F>(&'static str, Mutex<F>);

impl<F: FnMut() + Send> Watch for At<F> {
    fn begin(&self, doing: &'static str, _: u64) {
        if doing == self.0 {
            self.1.lock().expect("free")();
        }
    }

    fn advance(&self, _: u64) {}
}

#[test]
fn a_run_that_fails_midway_leaves_nothing_and_what_was_there_before_stays() {
    let dataset = Dataset::Apc;
    let in_order = rows(dataset, 3_000, 15);
    for (rows, stage) in [(in_order.clone(), "grouping"), (shuffled(&in_order), "sorting")] {
        for before in [false, true] {
            let place = Place::new(dataset, &rows);
            if before {
                place.group(dataset, Scale::default());
            }
            let (files, input) = (place.files(), place.path("in.csv"));
            let cut = || {
                let file = std::fs::OpenOptions::new().write(true).open(&input).expect("opens");
                file.set_len(250_000).expect("cut");
            };
            let fault = place.run(dataset, "in.csv", tiny(), &At(stage, Mutex::new(cut))).expect_err("it changed");
            assert_eq!(fault.exit_code(), 11, "{stage}: {fault}");
            assert!(place.files() == files, "{stage}");
            assert_eq!(names(&place.path("out")).len(), if before { 11 } else { 0 }, "{stage}");
            assert_eq!(names(place.0.path()).len(), 3, "{stage}");
        }
    }
}

#[test]
fn a_file_that_cannot_get_its_name_takes_the_others_with_it() {
    let place = Place::new(Dataset::Apc, &rows(Dataset::Apc, 10, 1));
    std::fs::create_dir(place.path("out/out_summary.csv")).expect("made");
    let fault = place.run(Dataset::Apc, "in.csv", Scale::default(), &()).expect_err("no name");
    assert_eq!(fault.exit_code(), 9, "{fault}");
    assert_eq!(names(&place.path("out")), ["out_summary.csv"]);
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_spilled_cannot_be_read_and_has_no_name() {
    let dataset = Dataset::Apc;
    let rows: Vec<String> =
        shuffled(&rows(dataset, 1_000, 16)).iter().map(|row| row.replacen("ZZ9", "CANARY4711", 1)).collect();
    let place = Place::new(dataset, &rows);
    let out = place.path("out");
    let mut looked_at = 0;
    let look = || {
        // Files that are open and have no name any more; those of this run are below its folder.
        for entry in std::fs::read_dir("/proc/self/fd").expect("open files").flatten() {
            let Ok(target) = std::fs::read_link(entry.path()) else { continue };
            if target.starts_with(&out) && target.to_string_lossy().ends_with("(deleted)") {
                let bytes = std::fs::read(entry.path()).expect("readable");
                assert!(bytes.len() > 100_000, "the rows are in it");
                assert!(!bytes.windows(10).any(|bytes| bytes == b"CANARY4711"));
                looked_at += 1;
            }
        }
        assert!(names(&out).iter().all(|name| name.starts_with(".hrg-")), "only output files have names");
    };
    place.run(dataset, "in.csv", tiny(), &At("grouping", Mutex::new(look))).expect("runs");
    assert_eq!(looked_at, 1);
    assert_eq!(names(&place.path("out")).len(), 11);
    let files = place.files();
    assert!(files["out_sort.csv"].contains("CANARY4711"), "the files asked for hold it");
}

#[cfg(unix)]
#[test]
fn a_pipe_gives_the_same_files_as_a_file() {
    let dataset = Dataset::Apc;
    let place = Place::new(dataset, &shuffled(&rows(dataset, 300, 17)));
    place.group(dataset, Scale::default());
    let expected = place.files();
    let mut command = Command::new(env!("CARGO_BIN_EXE_hrg"));
    command.args(["group", "-h", "--memory", "64KiB", "-i", "/dev/stdin", "-d"]).arg(place.path("in.rdf"));
    command.arg("-o").arg(place.path("out/out"));
    seven::choose(&mut command);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("runs");
    std::io::copy(
        &mut std::fs::File::open(place.path("in.csv")).expect("opens"),
        &mut child.stdin.take().expect("a pipe"),
    )
    .expect("sent");
    let output = child.wait_with_output().expect("ends");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(output.stderr.is_empty(), "no progress where there is no terminal");
    assert!(place.files() == expected);
}

#[test]
fn a_source_is_read_from_any_of_its_bytes_on() {
    let place = tempfile::tempdir().expect("a folder");
    std::fs::write(place.path().join("in"), "one\ntwo\nthree\n").expect("written");
    let source = Source::open(&place.path().join("in"), place.path()).expect("opens");
    for (first, from, line) in [(0, 4, "two"), (0, 5, "three"), (5, 5, "wo"), (0, 0, "one")] {
        let mut lines = source.lines(first, (from, source.size())).expect("opens");
        assert_eq!(lines.next_line().expect("reads"), Some(line.as_bytes()), "{first} {from}");
    }
}

#[test]
fn a_size_that_is_none_is_refused() {
    for size in ["0", "x", "5 apples", "99999999999999999999", "-1"] {
        let output = Command::new(env!("CARGO_BIN_EXE_hrg")).args(["group", &format!("--memory={size}")]).output();
        assert_ne!(output.expect("runs").status.code(), Some(0), "{size}");
    }
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_build_without_parquet_says_so_before_it_reads_anything() {
    let place = Place::new(Dataset::Apc, &rows(Dataset::Apc, 10, 1));
    for scale in [Scale { from: Some(Form::Parquet), ..tiny() }, Scale { to: Form::Parquet, ..tiny() }] {
        let fault = place.run(Dataset::Apc, "in.csv", scale, &()).expect_err("lacking");
        assert_eq!(fault.exit_code(), 7);
        assert!(fault.to_string().starts_with("this build of hrg lacks Parquet"), "{fault}");
        assert!(names(&place.path("out")).is_empty());
    }
}
