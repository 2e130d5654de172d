//! Records for the rows of codes, root rules, splits and maximum stays.

use super::book::{Book, DRIVES, Way};
use super::draft::{Draft, Slot};
use super::scores::{complicated, intervened};
use super::solve::{require, taking};
use super::trial::{Says, Tally, reach};
use hrg_grouper::grouper::Method;
use hrg_grouper::reference::condition::{NumberFact, Scope};
use hrg_grouper::reference::row::Row;
use hrg_grouper::reference::splits::{Dimension, RootSplits, Split};
use hrg_grouper::reference::{Band, Root};
use rayon::prelude::*;

/// The codes of each row of a table: enough to find one that is not led elsewhere.
const CODES: usize = 4;

/// A draft in which the stay of a procedure is not too long for the root.
pub fn not_too_long(draft: Draft, root: Root, book: &Book<'_>) -> Option<Draft> {
    match book.release.max_stays.get(&root) {
        Some(row) => draft.within(NumberFact::Stay, Band { min: 0, max: Some(row.value) }),
        None => Some(draft),
    }
}

pub fn root_rules(book: &Book<'_>) -> Tally {
    let codes = &book.release.codes;
    let procedures = codes.procedure_rules.rows().par_iter().map(|row| {
        let root = row.value.fact.then;
        let found = book.finding(Scope::Procedures, &codes.procedure_rules, row);
        let mut found: Vec<_> = found.filter(|code| book.ph(*code) >= DRIVES).collect();
        // The highest hierarchy first: what the rule asks for beside the code must not lead.
        found.sort_by_key(|code| std::cmp::Reverse(book.ph(*code)));
        let drafts = found.into_iter().take(CODES).flat_map(|code| {
            let rule = codes.procedure_rules.rows_for(code).iter().position(|other| other.id == row.id);
            taking(&Way { code, procedure: true, rule }, book)
        });
        let drafts = drafts.filter_map(|draft| not_too_long(draft, root, book));
        reach(book, row.table, &row.id, Says::Root(root, Method::Procedure), drafts)
    });
    let diagnoses = codes.diagnosis_rules.rows().par_iter().map(|row| {
        let found = book.finding(Scope::Diagnoses, &codes.diagnosis_rules, row);
        let drafts = found.take(CODES).flat_map(|code| {
            let rule = codes.diagnosis_rules.rows_for(code).iter().position(|other| other.id == row.id);
            taking(&Way { code, procedure: false, rule }, book)
        });
        reach(book, row.table, &row.id, Says::Root(row.value.fact.then, Method::Diagnosis), drafts)
    });
    procedures.chain(diagnoses).reduce(Tally::default, Tally::joined)
}

/// Every code row: as what drives where it may, and as a code that does not.
pub fn codes(book: &Book<'_>) -> Tally {
    let codes = &book.release.codes;
    let procedures = codes.procedures.rows().par_iter().map(|row| {
        let fact = &row.value.fact;
        let (says, rule) = match fact.root {
            Some(root) if fact.ph >= DRIVES => (Says::Root(root, Method::Procedure), true),
            _ => (Says::Nothing, false),
        };
        let found = book.finding(Scope::Procedures, &codes.procedures, row).take(CODES);
        let drafts = found.flat_map(|code| match fact.root {
            Some(root) if rule => {
                let taken = taking(&Way { code, procedure: true, rule: None }, book);
                taken.into_iter().filter_map(|draft| not_too_long(draft, root, book)).collect()
            }
            _ => vec![Draft::about(code)],
        });
        let tally = reach(book, row.table, &row.id, says, drafts);
        // A code whose rules always lead elsewhere is looked up all the same.
        let plain = book.finding(Scope::Procedures, &codes.procedures, row).take(1).map(Draft::about);
        if tally.confirmed > 0 { tally } else { tally.joined(reach(book, row.table, &row.id, Says::Nothing, plain)) }
    });
    let diagnoses = codes.diagnoses.rows().par_iter().map(|row| {
        let fact = &row.value.fact;
        let found = || book.finding(Scope::Diagnoses, &codes.diagnoses, row).take(CODES);
        if fact.uz01 || fact.uz02 {
            return reach(book, row.table, &row.id, Says::Method(Method::Error), found().map(Draft::of));
        }
        let says = fact.root.map_or(Says::Nothing, |root| Says::Root(root, Method::Diagnosis));
        let drafts = found().flat_map(|code| taking(&Way { code, procedure: false, rule: None }, book));
        let tally = reach(book, row.table, &row.id, says, drafts);
        let plain = found().take(1).map(Draft::of);
        if tally.confirmed > 0 { tally } else { tally.joined(reach(book, row.table, &row.id, Says::Nothing, plain)) }
    });
    procedures.chain(diagnoses).reduce(Tally::default, Tally::joined)
}

pub fn budgeting(book: &Book<'_>) -> Tally {
    let table = &book.release.codes.pbc;
    let trials = table.rows().par_iter().map(|row| {
        let codes = book.finding(Scope::Diagnoses, table, row).take(CODES);
        reach(book, row.table, &row.id, Says::Nothing, codes.map(Draft::of))
    });
    trials.reduce(Tally::default, Tally::joined)
}

pub fn max_stays(book: &Book<'_>) -> Tally {
    let trials = book.release.max_stays.par_iter().map(|(root, row)| {
        let too_long = Band { min: row.value + 1, max: None };
        let ways = book.ways(*root, true, 20);
        let drafts = ways.into_iter().flat_map(|way| taking(way, book));
        let drafts = drafts.filter_map(|draft| draft.within(NumberFact::Stay, too_long));
        reach(book, row.table, &row.id, Says::Method(Method::Diagnosis), drafts)
    });
    trials.reduce(Tally::default, Tally::joined)
}

pub fn splits(book: &Book<'_>) -> Tally {
    let rows: Vec<_> = book
        .release
        .splits
        .iter()
        .flat_map(|(root, splits)| (0..splits.rows.len()).map(move |at| (*root, splits, at)))
        .collect();
    let trials = rows.par_iter().map(|(root, splits, at)| {
        let row = &splits.rows[*at];
        let ways = book.ways(*root, false, 24).into_iter().chain(book.ways(*root, true, 24));
        let drafts = ways.flat_map(|way| {
            let taken = taking(way, book);
            taken.into_iter().flat_map(|draft| split(&draft, way, *root, splits, *at, book)).take(6).collect::<Vec<_>>()
        });
        reach(book, row.table, &row.id, Says::Split(row.value.hrg), drafts)
    });
    trials.reduce(Tally::default, Tally::joined)
}

/// The drafts on that way that meet the row and none before it.
fn split(draft: &Draft, way: &Way, root: Root, splits: &RootSplits, at: usize, book: &Book<'_>) -> Vec<Draft> {
    let row = &splits.rows[at].value;
    let start = draft.clone().within(NumberFact::Age, row.age).and_then(|d| d.within(NumberFact::Stay, row.stay));
    let start = start.and_then(|draft| if way.procedure { not_too_long(draft, root, book) } else { Some(draft) });
    let Some(start) = start else { return Vec::new() };
    let mut drafts = require(&start, &row.when, true, book);
    for earlier in splits.rows[..at].iter().filter(|earlier| earlier.value.order.is_some()) {
        drafts = drafts.iter().flat_map(|draft| avoiding(draft, earlier, row, book)).take(12).collect();
    }
    let counted = drafts.into_iter().flat_map(|draft| match (way.procedure, row.interventions.min) {
        (_, 0) => vec![draft],
        (true, _) => Vec::new(),
        (false, count) => intervened(&draft, root, count, book),
    });
    counted.filter_map(|draft| complicated(draft, root, row.cc, book)).collect()
}

/// The drafts that the earlier row does not take.
fn avoiding(draft: &Draft, earlier: &Row<Split>, row: &Split, book: &Book<'_>) -> Vec<Draft> {
    let earlier = &earlier.value;
    let apart = |dimension: Dimension| {
        let (one, other) = (earlier.band(dimension), row.band(dimension));
        one.max.is_some_and(|max| max < other.min) || other.max.is_some_and(|max| max < one.min)
    };
    if Dimension::ALL.into_iter().any(apart) {
        return vec![draft.clone()];
    }
    let mut found = require(draft, &earlier.when, false, book);
    for (fact, band) in [(NumberFact::Stay, earlier.stay), (NumberFact::Age, earlier.age)] {
        let below = band.min.checked_sub(1).map(|max| Band { min: 0, max: Some(max) });
        let above = band.max.map(|max| Band { min: max + 1, max: None });
        found.extend(below.into_iter().chain(above).filter_map(|band| draft.clone().within(fact, band)));
    }
    // A row that is told apart by its score or its interventions is not avoided here.
    found.push(draft.clone());
    found
}

/// The drafts in which a procedure of at least that hierarchy is recorded first and was too long for its root, so that
/// the diagnosis drives whatever else is recorded.
pub fn overruled<'a>(draft: Draft, ph: u8, book: &'a Book<'_>) -> impl Iterator<Item = Draft> + 'a {
    book.flips(ph).filter_map(move |(code, stay)| {
        let longer = Band { min: stay, max: None };
        draft.clone().add(Slot::Subject, code)?.within(NumberFact::Stay, longer)
    })
}
