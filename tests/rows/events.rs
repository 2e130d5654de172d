//! Records for the rows of unbundling, global exceptions, multiple trauma and burns.

use super::book::Book;
use super::draft::{Draft, Slot};
use super::solve::{deciding, require};
use super::trial::{Says, Tally, reach};
use hrg_grouper::grouper::Method;
use hrg_grouper::record::Word;
use hrg_grouper::reference::Band;
use hrg_grouper::reference::condition::{NumberFact, Scope};
use hrg_grouper::reference::row::{ByCode, CodeTable, Row};
use rayon::prelude::*;

pub fn unbundling(book: &Book<'_>) -> Tally {
    let unbundling = &book.release.unbundling;
    let procedures = unbundling.procedures.rows().par_iter().map(|row| {
        let codes = book.finding(Scope::Procedures, &unbundling.procedures, row).take(4);
        let drafts = codes.flat_map(|code| {
            let rules = unbundling.procedures.rows_for(code);
            let at = rules.iter().position(|rule| rule.id == row.id);
            deciding(&Draft::about(code), rules, at, book)
        });
        reach(book, row.table, &row.id, Says::Unbundled(row.value.fact.then.hrg), drafts)
    });
    let diagnoses = unbundling.diagnoses.rows().par_iter().map(|row| {
        let codes = book.finding(Scope::Diagnoses, &unbundling.diagnoses, row).take(4);
        let drafts = codes.flat_map(|code| {
            let rules = unbundling.diagnoses.rows_for(code);
            let at = rules.iter().position(|rule| rule.id == row.id);
            let start = Draft::empty().add(Slot::Secondary, code).expect("nothing is barred");
            deciding(&start, rules, at, book)
        });
        reach(book, row.table, &row.id, Says::Unbundled(row.value.fact.then.hrg), drafts)
    });
    let exceptions = &unbundling.global_exceptions;
    let exceptions = (0..exceptions.len()).into_par_iter().map(|at| {
        let row = &exceptions[at];
        let says = Says::Hrg(row.value.then, Method::GlobalException);
        reach(book, row.table, &row.id, says, deciding(&Draft::empty(), exceptions, Some(at), book))
    });
    procedures.chain(diagnoses).chain(exceptions).reduce(Tally::default, Tally::joined)
}

/// The first code of every row of a score table, the highest score first.
fn scored(scope: Scope, table: &CodeTable<u32>, book: &Book<'_>) -> Vec<(Word, u32)> {
    let first = |row: &Row<ByCode<u32>>| Some((book.finding(scope, table, row).next()?, row.value.fact));
    let mut found: Vec<_> = table.rows().iter().filter_map(first).collect();
    found.sort_by_key(|(code, score)| (std::cmp::Reverse(*score), *code));
    found
}

/// Codes whose scores, with what is there, come into the band; each once, or again and again.
fn summing(there: u32, band: Band, points: &[(Word, u32)], repeated: bool) -> Option<Vec<Word>> {
    let fits = |score: u32| band.max.is_none_or(|max| score <= max);
    let (mut score, mut chosen) = (there, Vec::new());
    for (code, more) in points.iter().filter(|(_, more)| *more > 0) {
        while score < band.min && fits(score + more) {
            chosen.push(*code);
            score += more;
            if !repeated {
                break;
            }
        }
    }
    (score >= band.min && fits(score)).then_some(chosen)
}

/// An injury with its sites, as bits, and its score.
type Injury = (Word, u16, u32);

/// The first injury of every row of the sites, the lowest score first.
fn injuries(book: &Book<'_>) -> Vec<Injury> {
    let mut found: Vec<Injury> = book
        .release
        .trauma
        .sites
        .rows()
        .iter()
        .filter_map(|row| {
            let code = book.finding(Scope::Secondary, &book.release.trauma.sites, row).next()?;
            book.release.burns.diagnoses.find(code).is_none().then(|| injury(code, book))
        })
        .collect();
    found.sort_by_key(|(code, _, score)| (*score, *code));
    found
}

fn injury(code: Word, book: &Book<'_>) -> Injury {
    let trauma = &book.release.trauma;
    let sites = trauma.sites.rows_for(code).iter().fold(0, |bits, row| bits | 1 << row.value.fact);
    (code, sites, trauma.diagnosis_scores.find(code).map_or(0, |row| row.value.fact))
}

/// Two injuries of different sites, and what they score.
fn injured(first: Word, all: &[Injury], book: &Book<'_>) -> Option<(Draft, u32)> {
    let (_, own, score) = injury(first, book);
    let (other, _, more) = all.iter().find(|(_, sites, _)| own & sites == 0)?;
    Some((Draft::of(first).add(Slot::Secondary, *other)?, score + more))
}

pub fn trauma(book: &Book<'_>) -> Tally {
    let trauma = &book.release.trauma;
    let says = Says::Method(Method::Trauma);
    let all = &injuries(book);
    let may_lead = |code: &Word| {
        let fact = book.release.codes.diagnoses.find(*code).map(|row| &row.value.fact);
        fact.is_some_and(|fact| !fact.uz01 && !fact.uz02 && !fact.paediatric)
    };
    let Some(first) = all.iter().map(|(code, ..)| *code).find(may_lead) else { return Tally::default() };
    let sites = trauma.sites.rows().par_iter().map(|row| {
        let codes = book.finding(Scope::Primary, &trauma.sites, row).take(6);
        let drafts = codes.flat_map(|code| {
            let as_primary = injured(code, all, book).map(|(draft, _)| draft);
            // What may not be primary is the second injury.
            let second = injured(first, all, book).and_then(|(draft, _)| draft.add(Slot::Secondary, code));
            as_primary.into_iter().chain(second)
        });
        reach(book, row.table, &row.id, says, drafts)
    });
    let diagnoses = trauma.diagnosis_scores.rows().par_iter().map(|row| {
        let codes = book.finding(Scope::Primary, &trauma.diagnosis_scores, row).take(6);
        let drafts = codes.flat_map(|code| {
            let as_primary = injured(code, all, book).map(|(draft, _)| draft);
            let third = injured(first, all, book).and_then(|(draft, _)| draft.add(Slot::Secondary, code));
            as_primary.into_iter().chain(third)
        });
        reach(book, row.table, &row.id, says, drafts)
    });
    let procedures = trauma.procedure_scores.rows().par_iter().map(|row| {
        let codes = book.finding(Scope::Procedures, &trauma.procedure_scores, row).take(4);
        let drafts = codes.filter_map(|code| injured(first, all, book)?.0.add(Slot::Subject, code));
        reach(book, row.table, &row.id, says, drafts)
    });
    let scores = scored(Scope::Secondary, &trauma.diagnosis_scores, book);
    let treatments = scored(Scope::Procedures, &trauma.procedure_scores, book);
    let cells = trauma.matrix.par_iter().map(|row| {
        let draft = injured(first, all, book).and_then(|(mut draft, there)| {
            let more = summing(there, row.value.severity, &scores, false)?;
            draft.secondary.extend(more.into_iter().filter(|code| *code != first));
            draft.others = summing(0, row.value.intervention, &treatments, true)?;
            Some(draft)
        });
        reach(book, row.table, &row.id, Says::Hrg(row.value.hrg, Method::Trauma), draft)
    });
    sites.chain(diagnoses).chain(procedures).chain(cells).reduce(Tally::default, Tally::joined)
}

/// The draft with a burn that sets the logic off, where it has none, and a body surface area code after all burns.
fn burnt(mut draft: Draft, area: Option<Word>, book: &Book<'_>) -> Option<Draft> {
    let burns = &book.release.burns;
    if !draft.codes(Scope::Diagnoses, book).iter().any(|code| book.triggers_burns(*code)) {
        let rows = burns.diagnoses.rows().iter().filter(|row| !row.value.fact.region_unspecified);
        let mut stated: Vec<_> = rows.filter(|row| !row.value.fact.area_unspecified).collect();
        stated.sort_by_key(|row| row.value.fact.score);
        let codes = stated.into_iter().flat_map(|row| book.finding(Scope::Secondary, &burns.diagnoses, row).take(1));
        let mut triggers = codes.filter(|code| book.triggers_burns(*code));
        draft = triggers.find_map(|code| draft.clone().add(Slot::Secondary, code))?;
    }
    let least = burns.surface_areas.rows().iter().min_by_key(|row| row.value.fact);
    let least = least.and_then(|row| book.finding(Scope::Secondary, &burns.surface_areas, row).next());
    draft.with_primary(book)?.add(Slot::Secondary, area.or(least)?)
}

pub fn burns(book: &Book<'_>) -> Tally {
    let burns = &book.release.burns;
    let says = Says::Method(Method::Burns);
    let diagnoses = burns.diagnoses.rows().par_iter().map(|row| {
        let codes = book.finding(Scope::Secondary, &burns.diagnoses, row).take(4);
        let drafts = codes.filter_map(|code| burnt(Draft::empty().add(Slot::Secondary, code)?, None, book));
        reach(book, row.table, &row.id, says, drafts)
    });
    let areas = burns.surface_areas.rows().par_iter().map(|row| {
        let codes = book.finding(Scope::Secondary, &burns.surface_areas, row).take(4);
        reach(book, row.table, &row.id, says, codes.filter_map(|code| burnt(Draft::empty(), Some(code), book)))
    });
    let procedures = burns.procedures.rows().par_iter().map(|row| {
        let codes = book.finding(Scope::Procedures, &burns.procedures, row).take(4);
        reach(book, row.table, &row.id, says, codes.filter_map(|code| burnt(Draft::about(code), None, book)))
    });
    let escalation = burns.escalation.par_iter().map(|row| {
        let drafts = require(&Draft::empty(), &row.value.when, true, book);
        reach(book, row.table, &row.id, says, drafts.into_iter().filter_map(|draft| burnt(draft, None, book)))
    });
    let rules = (0..burns.rules.len()).into_par_iter().map(|at| {
        let row = &burns.rules[at];
        let drafts = deciding(&Draft::empty(), &burns.rules, Some(at), book);
        let drafts = drafts.into_iter().filter_map(|draft| burnt(draft, None, book));
        reach(book, row.table, &row.id, Says::Hrg(row.value.then, Method::Burns), drafts)
    });
    let cells = burns.matrix.par_iter().map(|row| {
        let drafts = matrix_drafts(row.value.age, row.value.severity, row.value.intervention, book);
        reach(book, row.table, &row.id, Says::Hrg(row.value.hrg, Method::Burns), drafts)
    });
    diagnoses
        .chain(areas)
        .chain(procedures)
        .chain(escalation)
        .chain(rules)
        .chain(cells)
        .reduce(Tally::default, Tally::joined)
}

/// Burns whose scores lie in the bands of a cell: one burn and a surface area, then more burns.
fn matrix_drafts(age: Band, severity: Band, intervention: Band, book: &Book<'_>) -> Vec<Draft> {
    let burns = &book.release.burns;
    let treated = summing(0, intervention, &scored(Scope::Procedures, &burns.procedures, book), true);
    let Some(aged) = Draft::empty().within(NumberFact::Age, age) else { return Vec::new() };
    let areas = scored(Scope::Secondary, &burns.surface_areas, book);
    let mut points: Vec<(Word, u32)> = burns
        .diagnoses
        .rows()
        .iter()
        .filter(|row| !row.value.fact.region_unspecified && !row.value.fact.area_unspecified)
        .filter_map(|row| Some((book.finding(Scope::Secondary, &burns.diagnoses, row).next()?, row.value.fact.score)))
        .filter(|(code, _)| book.triggers_burns(*code))
        .collect();
    points.sort_by_key(|(code, score)| (std::cmp::Reverse(*score), *code));
    // Degrees that a rule before the matrix asks for come last.
    let mut drafts = Vec::new();
    for (first, score) in points.iter().rev() {
        for (area, more) in &areas {
            let rest: Vec<_> = points.iter().copied().filter(|(code, _)| code != first).collect();
            let all = summing(score + more, severity, &rest, false).map(|codes| [vec![*first], codes].concat());
            let (Some(codes), Some(treated)) = (all, &treated) else { continue };
            let mut draft = aged.clone();
            draft.secondary = codes;
            draft.others.clone_from(treated);
            drafts.extend(burnt(draft, Some(*area), book));
        }
    }
    drafts
}
