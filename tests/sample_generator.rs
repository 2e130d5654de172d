//! Invented records: the same order gives the same rows, and they group unless a fault was planted.

mod support;

use hrg_grouper::files::layout::infer;
use hrg_grouper::files::rdf::Rdf;
use hrg_grouper::files::run::{Count, Job, Scale, run};
use hrg_grouper::reference::{Dataset, Hrg};
use hrg_grouper::sample::{Order, Sample, columns, definition};
use std::collections::BTreeSet;
use std::process::Command;
use support::files::Rows;
use support::seven;

fn rows(order: Order) -> Vec<Vec<String>> {
    Sample::new(order, seven::release()).collect()
}

/// Groups an order; gives the counts of records and the HRGs.
fn grouped(order: Order) -> (Count, BTreeSet<Hrg>) {
    let place = tempfile::tempdir().expect("a folder");
    let path = |name: &str| place.path().join(name);
    let text: String = rows(order).iter().map(|row| row.join(",") + "\n").collect();
    std::fs::write(path("in.csv"), text).expect("written");
    std::fs::write(path("in.rdf"), definition(order.dataset)).expect("written");
    let job = Job {
        dataset: order.dataset,
        input: &path("in.csv"),
        output: &path("out"),
        definition: &path("in.rdf"),
        input_header: false,
        output_headers: true,
        scale: Scale::default(),
    };
    let outcome = run(&job, seven::release(), &()).expect("runs");
    assert_eq!(outcome.short_rows, 0);
    let (main, column) = match order.dataset {
        Dataset::Apc => ("FCE", "FCE_HRG".to_owned()),
        Dataset::Nrd => ("renal", "NRD_HRG".to_owned()),
        Dataset::Nac | Dataset::Em => ("attend", format!("{}_HRG", order.dataset)),
        Dataset::Acc => ("acc", "ACC_HRG".to_owned()),
        Dataset::Pcc => ("pcc", "PCC_HRG".to_owned()),
        Dataset::Ncc => ("ncc", "NCC_HRG".to_owned()),
    };
    let hrgs = Rows::read(&path(&format!("out_{main}.csv"))).expect("rows").column(&column);
    (outcome.records, hrgs.iter().filter_map(|hrg| Hrg::parse(hrg)).collect())
}

#[test]
fn the_same_seed_gives_the_same_rows_and_another_seed_others() {
    for dataset in Dataset::ALL {
        let order = Order { dataset, records: 300, seed: 7, errors: 0.1 };
        assert_eq!(rows(order), rows(order), "{dataset}");
        assert_ne!(rows(order), rows(Order { seed: 8, ..order }), "{dataset}");
        // A longer order begins as a shorter one does.
        assert_eq!(rows(order)[..100], rows(Order { records: 100, ..order }), "{dataset}");
    }
}

#[test]
fn there_are_as_many_rows_as_were_ordered_and_the_definition_tells_their_dataset() {
    for dataset in Dataset::ALL {
        for records in [0, 1, 50] {
            let made = rows(Order { dataset, records, seed: 1, errors: 0.0 });
            assert_eq!(made.len() as u64, records, "{dataset}");
            assert!(made.iter().all(|row| row.len() == columns(dataset).len()), "{dataset}");
        }
        let rdf = Rdf::parse(&definition(dataset), false).expect("the definition is sound");
        assert_eq!(infer(&rdf).expect("a dataset"), dataset);
    }
}

#[test]
fn records_without_planted_faults_group_into_many_hrgs() {
    for (dataset, least) in [
        (Dataset::Apc, 400),
        (Dataset::Nac, 150),
        (Dataset::Em, 9),
        (Dataset::Nrd, 20),
        (Dataset::Acc, 5),
        (Dataset::Pcc, 7),
        (Dataset::Ncc, 4),
    ] {
        let (count, hrgs) = grouped(Order { dataset, records: 2_000, seed: 1, errors: 0.0 });
        println!("{dataset}: {} of {} are UZ01Z, {} HRGs", count.errors, count.all, hrgs.len());
        assert!(count.errors * 100 <= count.all * 2, "{dataset}: {} of {} are UZ01Z", count.errors, count.all);
        assert!(hrgs.len() >= least, "{dataset}: {} HRGs", hrgs.len());
    }
}

#[test]
fn the_share_of_faults_is_the_one_that_was_ordered() {
    for dataset in Dataset::ALL {
        let (all, _) = grouped(Order { dataset, records: 500, seed: 2, errors: 1.0 });
        assert!(all.errors * 100 >= all.all * 98, "{dataset}: only {} of {} are UZ01Z", all.errors, all.all);
        let (some, _) = grouped(Order { dataset, records: 2_000, seed: 2, errors: 0.1 });
        let percent = some.errors * 100 / some.all;
        assert!((7..=14).contains(&percent), "{dataset}: {percent}%");
    }
}

#[test]
fn the_command_writes_files_that_the_grouper_takes() {
    let place = tempfile::tempdir().expect("a folder");
    let path = |name: &str| place.path().join(name);
    let mut command = Command::new(env!("CARGO_BIN_EXE_hrg"));
    command.args(["sample", "--dataset", "nrd", "--records", "40", "--seed", "3", "--errors", "0.5"]);
    command.arg("-o").arg(path("in.csv")).arg("--rdf").arg(path("in.rdf"));
    seven::choose(&mut command);
    let output = command.output().expect("hrg runs");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    let ran = seven::group(Dataset::Nrd, &path("in.csv"), &path("in.rdf"), place.path(), &["-h"]);
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(said.contains("40 records ("), "{said}");
    let text = std::fs::read_to_string(path("in.csv")).expect("a file");
    let order = Order { dataset: Dataset::Nrd, records: 40, seed: 3, errors: 0.5 };
    let rows: Vec<String> = rows(order).iter().map(|row| row.join(",")).collect();
    assert_eq!(text.lines().skip(1).collect::<Vec<_>>(), rows);
}
