//! Records for the rows of the tables of the six logics other than admitted patient care.

use super::book::Book;
use super::draft::Draft;
use super::solve::deciding;
use super::support::other::group;
use super::trial::{Hits, Tally};
use hrg_grouper::record::{Field, Word};
use hrg_grouper::reference::condition::{NumberFact, Scope, Test};
use hrg_grouper::reference::other::{EmCategory, RenalCell};
use hrg_grouper::reference::row::Row;
use hrg_grouper::reference::{Dataset, Hrg, TableId};
use toml::{Table, Value};

/// Tries records until one hits the row; where the row gives an HRG, that is the answer.
fn reach(
    dataset: &str,
    table: TableId,
    row: &str,
    hrg: Option<Hrg>,
    records: impl IntoIterator<Item = Table>,
    book: &Book<'_>,
) -> Tally {
    let mut hits = Hits::default();
    let mut tally = Tally::default();
    for record in records.into_iter().take(40) {
        hits.forget();
        let result = group(dataset, &record, book.release, &mut hits);
        hits.rows.given(result.hrg);
        tally.records += 1;
        if !hits.has(table, row) {
            continue;
        }
        match hrg {
            Some(hrg) if hrg == result.hrg => tally.confirmed += 1,
            Some(_) => tally.wrong.push(format!("{}:{row} decides a record given {}", table.name(), result.hrg)),
            None => {}
        }
        break;
    }
    tally.rows = hits.rows;
    tally
}

fn record(base: &str, changes: impl IntoIterator<Item = (&'static str, Value)>) -> Table {
    let mut record: Table = base.parse().expect("TOML");
    record.extend(changes.into_iter().map(|(key, value)| (key.to_owned(), value)));
    record
}

fn text(value: impl ToString) -> Value {
    Value::String(value.to_string())
}

fn list<T: ToString>(values: impl IntoIterator<Item = T>) -> Value {
    Value::Array(values.into_iter().map(text).collect())
}

const NAC: &str = "startage = '40'\nsex = '1'\nmainspef = '100'\ntretspef = '100'\nfirstatt = '1'";
const EM: &str = "age = '40'";
const NRD: &str = "age = '40'\nhbv = 'NEG'";
const PCC: &str = "ccdate = '20240401'\ndisdate = '20240410'\ndismeth = '1'";
const NCC: &str = "ccdate = '20240401'\ndisdate = '20240410'\ndismeth = '1'\ngestlen = '38'\nperwt = '3.100'";

/// A logic with what makes its records.
type Logic = (Dataset, fn(&Book<'_>) -> Tally);

/// Everything that the release serves.
pub fn all(book: &Book<'_>) -> Tally {
    let logics: [Logic; 6] = [
        (Dataset::Nac, attendances),
        (Dataset::Em, emergencies),
        (Dataset::Nrd, dialysis),
        (Dataset::Acc, organs),
        (Dataset::Pcc, paediatric),
        (Dataset::Ncc, neonatal),
    ];
    let served = logics.iter().filter(|(dataset, _)| book.release.identity.datasets.contains(dataset));
    served.map(|(_, logic)| logic(book)).fold(Tally::default(), Tally::joined)
}

/// Unbundling rules that ask for a field of outpatients: such a record is no spell.
fn unbundled(book: &Book<'_>) -> Tally {
    let table = &book.release.unbundling.procedures;
    let asks = |test: &Test| matches!(test, Test::Field(Field::Firstatt, _));
    let rows = table.rows().iter().filter(|row| row.value.fact.when.tests().any(asks));
    let trials = rows.map(|row| {
        let mut tally = Tally::default();
        let codes = book.finding(Scope::Procedures, table, row).take(2);
        let drafts = codes.flat_map(|code| {
            let rules = table.rows_for(code);
            let at = rules.iter().position(|rule| rule.id == row.id);
            deciding(&Draft::about(code), rules, at, book)
        });
        for draft in drafts.filter(|draft| !draft.field(Field::Firstatt).is_empty()) {
            let fields = [Field::Mainspef, Field::Tretspef, Field::Firstatt];
            let fields = fields.into_iter().zip(["mainspef", "tretspef", "firstatt"]);
            let fields = fields.map(|(field, name)| (name, text(draft.field(field))));
            let more = [("startage", text(draft.age())), ("oper", list(draft.procedures()))];
            let mut hits = Hits::default();
            let result = group("nac", &record(NAC, fields.chain(more)), book.release, &mut hits);
            hits.rows.given(result.hrg);
            result.unbundled.iter().for_each(|unbundled| hits.rows.given(unbundled.hrg));
            tally.records += 1;
            if hits.has(row.table, &row.id) {
                let given = result.unbundled.iter().any(|unbundled| unbundled.hrg == row.value.fact.then.hrg);
                tally.confirmed += usize::from(given);
                if !given {
                    tally.wrong.push(format!("{} is not unbundled where {} decides", row.value.fact.then.hrg, row.id));
                }
                tally.rows = tally.rows.joined(hits.rows);
                break;
            }
        }
        tally
    });
    trials.fold(Tally::default(), Tally::joined)
}

fn attendances(book: &Book<'_>) -> Tally {
    let rows = book.release.other.wf.iter().map(|((firstatt, multi), row)| {
        let opers: [&[&str]; 3] =
            if *multi { [&["X622"], &["X623"], &["X622", "X621"]] } else { [&[], &["X621"], &["X628"]] };
        let records = opers.map(|oper| record(NAC, [("firstatt", text(firstatt)), ("oper", list(oper.iter()))]));
        reach("nac", row.table, &row.id, Some(row.value), records, book)
    });
    rows.fold(unbundled(book), Tally::joined)
}

fn emergencies(book: &Book<'_>) -> Tally {
    let other = &book.release.other;
    let patient = |inv: Option<Word>, treat: Option<Word>| record(EM, [("inv", list(inv)), ("treat", list(treat))]);
    let investigations = other
        .investigations
        .iter()
        .map(|(code, row)| reach("em", row.table, &row.id, None, [patient(Some(*code), None)], book));
    let treatments = other
        .treatments
        .iter()
        .map(|(code, row)| reach("em", row.table, &row.id, None, [patient(None, Some(*code))], book));
    let of = |side: &rustc_hash::FxHashMap<Word, Row<EmCategory>>, category: u8| -> Vec<Option<Word>> {
        let fits = |row: &Row<EmCategory>| row.value.category == category && !row.value.dental;
        let codes = side.iter().filter(|(_, row)| fits(row)).map(|(code, _)| Some(*code));
        let mut codes: Vec<_> = codes.chain((category == 0).then_some(None)).collect();
        codes.sort_unstable();
        codes.truncate(3);
        codes
    };
    let cells = other.em.iter().map(|((investigation, treatment), row)| {
        let sides = of(&other.investigations, *investigation).into_iter();
        let records = sides.flat_map(|inv| {
            let treatments = of(&other.treatments, *treatment);
            treatments.into_iter().map(move |treat| patient(inv, treat))
        });
        reach("em", row.table, &row.id, Some(row.value), records, book)
    });
    let mapped = other.snomed.rows().into_iter().map(|row| {
        let key = if row.value.kind == Field::Inv { "inv" } else { "treat" };
        let patient = record(EM, [(key, list([row.value.source]))]);
        reach("em", row.table, &row.id, None, [patient], book)
    });
    let dead = record(EM, [("aepatientgroup", text("70"))]);
    let dental = other.treatments.iter().find(|(_, row)| row.value.dental).map(|(code, _)| patient(None, Some(*code)));
    let others = [Some(dead), dental].into_iter().flatten();
    let others = others.map(|record| reach("em", TableId::EmMatrix, "", None, [record], book));
    investigations.chain(treatments).chain(cells).chain(mapped).chain(others).fold(Tally::default(), Tally::joined)
}

fn dialysis(book: &Book<'_>) -> Tally {
    let other = &book.release.other;
    let of = |field: Field, class: Option<&str>| -> Vec<Word> {
        let fits = |row: &Row<Box<str>>| class.is_none_or(|class| &*row.value == class);
        let classes = other.renal_classes.iter().filter(|((f, _), row)| *f == field && fits(row));
        let mut codes: Vec<Word> = classes.map(|((_, code), _)| *code).collect();
        codes.sort_unstable();
        codes.truncate(3);
        codes
    };
    let session = |modality: &Word, site: &Word, access: &Word, more: Vec<(&'static str, Value)>| {
        let fields = [("renalmod", text(modality)), ("renalsite", text(site)), ("renalaccess", text(access))];
        record(NRD, fields.into_iter().chain(more))
    };
    let (modalities, sites, accesses) =
        (of(Field::Renalmod, None), of(Field::Renalsite, None), of(Field::Renalaccess, None));
    let classes = other.renal_classes.iter().map(|((field, code), row)| {
        let this = |f: Field, usual: &Vec<Word>| if f == *field { vec![*code] } else { usual.clone() };
        let (modalities, sites, accesses) =
            (this(Field::Renalmod, &modalities), this(Field::Renalsite, &sites), this(Field::Renalaccess, &accesses));
        let records = modalities.iter().flat_map(|m| {
            let accesses = &accesses;
            sites.iter().flat_map(move |s| accesses.iter().map(move |a| session(m, s, a, Vec::new())))
        });
        reach("nrd", row.table, &row.id, None, records.collect::<Vec<_>>(), book)
    });
    let cells = other.renal.iter().map(|row| {
        let RenalCell { modality, site, access, virus, age, hrg } = &row.value;
        let mut more = vec![("age", text(if age.contains(40) { 40 } else { age.min }))];
        if *virus == Some(true) {
            more.push(("hcv", text("POS")));
        }
        let (modalities, sites, accesses) = (
            of(Field::Renalmod, Some(modality)),
            of(Field::Renalsite, site.as_deref()),
            of(Field::Renalaccess, access.as_deref()),
        );
        let (modalities, sites, accesses, more) = (&modalities, &sites, &accesses, &more);
        let records = modalities.iter().flat_map(move |m| {
            sites.iter().flat_map(move |s| accesses.iter().map(move |a| session(m, s, a, more.clone())))
        });
        reach("nrd", row.table, &row.id, Some(*hrg), records.collect::<Vec<_>>(), book)
    });
    classes.chain(cells).fold(Tally::default(), Tally::joined)
}

fn organs(book: &Book<'_>) -> Tally {
    let unit = values_of_set("CCUF_ACC", book);
    let systems = ["brsd", "bcsd", "rsd", "nsd", "dsd", "lsd"];
    let rows = book.release.other.acc.iter().map(|row| {
        let (organs, hrg) = row.value;
        let supported = systems.into_iter().take(organs.min as usize).map(|system| (system, text(2)));
        let period = record("", supported.chain([("ccuf", text(unit))]));
        reach("acc", row.table, &row.id, Some(hrg), [period], book)
    });
    rows.fold(Tally::default(), Tally::joined)
}

/// The first accepted value of a set.
fn values_of_set(set: &str, book: &Book<'_>) -> Word {
    let values = book.release.labels.values.of(set).filter(|(_, row)| row.accepted);
    values.map(|(code, _)| code).min().unwrap_or_default()
}

fn day(base: &str, unit: Word, draft: &Draft) -> Table {
    let mut day = record(base, [("ccuf", text(unit)), ("ccac", list(&draft.activities))]);
    let mut put = |key: &str, value: Value| {
        day.insert(key.to_owned(), value);
    };
    if draft.is_set(Field::Dismeth) {
        put("dismeth", text(draft.field(Field::Dismeth)));
    }
    if let Some(days) = draft.decided(NumberFact::DaysToDischarge) {
        put("disdate", text(20_240_401 + days.min(29)));
    }
    if let Some(days) = draft.decided(NumberFact::AgeDays) {
        put("age_days", text(days));
    }
    if let Some(weeks) = draft.decided(NumberFact::GestLen) {
        put("gestlen", text(weeks.max(10)));
    }
    if let Some(grams) = draft.decided(NumberFact::Grams) {
        put("perwt", text(format!("{}.{:03}", grams / 1000, grams % 1000)));
    }
    day
}

fn days(
    dataset: &'static str,
    base: &str,
    set: &str,
    rules: &[Row<hrg_grouper::reference::row::Rule<Hrg>>],
    book: &Book<'_>,
) -> Tally {
    let unit = values_of_set(set, book);
    let levels = rules.iter().enumerate().map(|(at, row)| {
        let drafts = deciding(&Draft::empty(), rules, Some(at), book);
        reach(
            dataset,
            row.table,
            &row.id,
            Some(row.value.then),
            drafts.iter().map(|draft| day(base, unit, draft)),
            book,
        )
    });
    let activities = book.release.other.activities.iter().map(|(code, row)| {
        let mut draft = Draft::empty();
        draft.activities = vec![*code];
        reach(dataset, row.table, &row.id, None, [day(base, unit, &draft)], book)
    });
    levels.chain(activities).fold(Tally::default(), Tally::joined)
}

fn paediatric(book: &Book<'_>) -> Tally {
    days("pcc", PCC, "CCUF_PCC", &book.release.other.pcc, book)
}

fn neonatal(book: &Book<'_>) -> Tally {
    days("ncc", NCC, "CCUF_NCC", &book.release.other.ncc, book)
}
