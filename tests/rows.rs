//! Row coverage of the releases by the whole test suite: for every row of every table that traces cite, a record is made
//! that should reach it, grouped, and held against what the row says.
//!
//! Counted with them: the worked examples, and the official sample where it stands beside the project.

mod support;

#[path = "rows/book.rs"]
mod book;
#[path = "rows/core.rs"]
mod core;
#[path = "rows/draft.rs"]
mod draft;
#[path = "rows/events.rs"]
mod events;
#[path = "rows/others.rs"]
mod others;
#[path = "rows/scores.rs"]
mod scores;
#[path = "rows/solve.rs"]
mod solve;
#[path = "rows/trial.rs"]
mod trial;
#[path = "rows/unreached.rs"]
mod unreached;

use book::Book;
use hrg_grouper::record::{Field, Word};
use hrg_grouper::reference::labels::Kind;
use hrg_grouper::reference::schema::Need;
use hrg_grouper::reference::{Hrg, Reference, TableId};
use hrg_grouper::trace::Coverage;
use support::sample::Sample;
use support::{TOY, release};
use toml::{Table, Value};
use trial::{Hits, Tally, grouped};

/// The releases that come with the project.
const RELEASES: [&str; 4] = ["2022-23.payment", "2022-23.costing", "2024-25.payment", "2024-25.costing"];

/// Transport of critically ill children: no field of a critical care day says that there was one. Source: 04, PCC and NCC.
const TRANSPORT: [&str; 2] = ["XA06Z", "XB08Z"];

/// The values that a release knows for a field, in order.
fn values_of(field: Field, release: &Reference) -> Vec<Word> {
    let mut values: Vec<Word> = release.labels.values.of(field.name()).map(|(code, _)| code).collect();
    values.sort_unstable();
    values
}

/// What the generated records hit.
fn generated(book: &Book<'_>) -> Tally {
    let logics: [fn(&Book<'_>) -> Tally; 12] = [
        core::root_rules,
        core::codes,
        core::splits,
        core::budgeting,
        core::max_stays,
        scores::complications,
        scores::beside_scores,
        scores::interventions,
        events::unbundling,
        events::trauma,
        events::burns,
        others::all,
    ];
    logics.iter().map(|logic| logic(book)).fold(Tally::default(), Tally::joined)
}

/// What the worked examples and the sample hit.
fn written(release: &Reference) -> Tally {
    let mut hits = Hits::default();
    let mut records = 0;
    for path in support::files_below(&support::folder("tests/cases"), "toml") {
        let case: Table = std::fs::read_to_string(&path).expect("a case is readable").parse().expect("TOML");
        match case.get("dataset").and_then(Value::as_str).expect("a dataset") {
            "file" => continue,
            "apc" => drop(grouped(&support::spell::of_case(&case), release, &mut hits)),
            other => {
                let record = case.get("record").and_then(Value::as_table).expect("a record");
                let given = support::other::group(other, record, release, &mut hits).hrg;
                hits.rows.given(given);
            }
        }
        records += 1;
    }
    if release.identity.id != TOY
        && let Some(sample) = Sample::read()
    {
        for spell in sample.spells() {
            drop(grouped(&spell, release, &mut hits));
            records += 1;
        }
    }
    Tally { rows: hits.rows, records, ..Tally::default() }
}

/// Counts the rows of a release that were hit, prints them by table, and gives what is not as it should be.
fn covered(release: &Reference, least: usize) -> Vec<String> {
    let book = Book::new(release);
    let tally = generated(&book).joined(written(release));
    let coverage = Coverage::of(release, &tally.rows);
    let (rows, hit) = coverage.tables.iter().fold((0, 0), |(rows, hit), table| (rows + table.rows, hit + table.hit));
    let id = &release.identity.id;
    println!("{id}: {} records, {} of them held against their row", tally.records, tally.confirmed);
    for table in &coverage.tables {
        println!("  {:<24} {:>6} of {:>6}", table.table, table.hit, table.rows);
    }
    println!("  {:<24} {hit:>6} of {rows:>6}, {}.{:02}%", "all", hit * 100 / rows, hit * 10_000 / rows % 100);
    let mut wrong = tally.wrong;
    for row in unreached::explained(&book, &coverage) {
        println!("    {}:{}: {}", row.table, row.id, row.reason.as_deref().unwrap_or("NO REASON IS KNOWN"));
        if row.reason.is_none() {
            wrong.push(format!("{}:{} was not reached, and nothing says why", row.table, row.id));
        }
    }
    let unbundled = release.labels.hrgs.iter().filter(|(_, row)| row.kind == Kind::Unbundled);
    let hrgs = coverage.tables.iter().find(|table| table.table == "hrgs").expect("every release has HRGs");
    let missing = |hrg: &Hrg| hrgs.missing.iter().any(|id| **id == *hrg.to_string());
    let mut never: Vec<String> = unbundled.map(|(hrg, _)| *hrg).filter(missing).map(|hrg| hrg.to_string()).collect();
    never.sort_unstable();
    if never != TRANSPORT {
        wrong.push(format!("the unbundled HRGs that no record is given are {never:?}"));
    }
    if hit * 100 < rows * least {
        wrong.push(format!("{hit} of {rows} rows were hit, which is below {least}%"));
    }
    wrong.into_iter().map(|fault| format!("{id}: {fault}")).collect()
}

#[test]
fn of_every_release_95_of_100_rows_are_hit_and_the_rest_is_known() {
    let faults: Vec<String> = RELEASES.iter().flat_map(|id| covered(&release("reference", id), 95)).collect();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn of_the_toy_release_every_row_of_the_six_other_logics_is_hit() {
    let release = support::toy();
    let tally = generated(&Book::new(&release)).joined(written(&release));
    assert_eq!(tally.wrong, Vec::<String>::new());
    let coverage = Coverage::of(&release, &tally.rows);
    let others: Vec<_> = coverage.tables.iter().filter(|table| of_other_logics(table.table)).collect();
    assert!(others.len() >= 9, "only {} tables", others.len());
    for table in others {
        assert!(table.missing.is_empty(), "{}: {:?}", table.table, table.missing);
    }
}

fn of_other_logics(table: &str) -> bool {
    let id = TableId::of_file(&format!("{table}.csv")).expect("a table");
    !matches!(id.need(), Need::Every | Need::Apc)
}
