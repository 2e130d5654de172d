//! Why a row was not reached: what the hygiene of tables says of it, or what the row itself says.

use super::book::{Book, DRIVES};
use super::scores::{roots_on, scoring};
use hrg_grouper::record::Word;
use hrg_grouper::reference::condition::{Scope, Test};
use hrg_grouper::reference::hygiene::hygiene;
use hrg_grouper::reference::{Hrg, Reference, TableId};
use hrg_grouper::trace::Coverage;
use std::collections::HashMap;

/// Warnings that say that a record cannot reach the row.
const UNREACHABLE: [&str; 8] = [
    "row-never-applies",
    "rule-never-holds",
    "rule-never-asked",
    "shadowed-rule",
    "duplicate-rule",
    "unreachable-split",
    "unreachable-cell",
    "unreachable-hrg",
];

/// A row that no record hit.
pub struct Unreached {
    pub table: &'static str,
    pub id: Box<str>,
    pub reason: Option<String>,
}

/// The lines of a table: row id, line, cells.
fn lines(release: &Reference, table: TableId) -> HashMap<String, (u32, Vec<(String, String)>)> {
    let Some(text) = release.texts.get(&table) else { return HashMap::new() };
    let mut reader = csv::Reader::from_reader(&text[..]);
    let header: Vec<String> = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    let rows = reader.into_records().zip(2..).map(|(record, line)| {
        let record = record.expect("a row");
        let cells: Vec<(String, String)> = header.iter().cloned().zip(record.iter().map(str::to_owned)).collect();
        let cell = |name: &str| cells.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value);
        let key: Vec<&str> = table.key().iter().map(|name| cell(name)).collect();
        (key.join("/"), (line, cells))
    });
    rows.collect()
}

/// Why a record cannot reach the row, where that follows from hierarchies: hygiene does not weigh those of one procedure
/// against those of another.
fn of_itself(table: TableId, id: &str, cells: &[(String, String)], book: &Book<'_>) -> Option<String> {
    match table {
        TableId::ProcedureRootRules => {
            let rules = &book.release.codes.procedure_rules;
            let rule = rules.rows().iter().find(|row| &*row.id == id)?;
            let own = book.finding(Scope::Procedures, rules, rule).map(|code| book.ph(code)).max()?;
            let higher = rule.value.fact.when.tests().find(|test| match test {
                Test::Has(Scope::OtherProcedures | Scope::Procedures, codes)
                | Test::Count(Scope::Procedures, codes, ..) => {
                    let least = book.matching(Scope::Procedures, codes).first().map(|code| book.ph(*code));
                    least.is_some_and(|least| least > own)
                }
                _ => false,
            });
            higher.map(|test| format!("what `{test}` asks for has a higher hierarchy than the rule's code, and leads"))
        }
        TableId::Interventions => {
            let (subchapter, _) = id.split_once('/')?;
            let table = book.release.complications.interventions.iter().find(|(s, _)| s.to_string() == subchapter)?.1;
            let row = table.rows().iter().find(|row| &*row.id == id)?;
            let least = book.finding(Scope::Procedures, table, row).map(|code| book.ph(code)).min()?;
            let never = least >= DRIVES && book.flips(least).next().is_none();
            never.then(|| format!("of a hierarchy of {least}: no procedure as high is ever too long for its root"))
        }
        TableId::Splits | TableId::Hrgs => {
            let hrg = cells.iter().find(|(name, _)| name == "hrg").map(|(_, value)| Hrg::parse(value))??;
            let splits = book.release.splits.get(&hrg.root())?;
            let row = splits.rows.iter().find(|row| row.value.hrg == hrg)?;
            let table = book.release.complications.interventions.get(&hrg.subchapter());
            let mut codes = table
                .into_iter()
                .flat_map(|table| table.rows().iter().flat_map(|row| book.finding(Scope::Procedures, table, row)));
            let none = codes.all(|code| book.ph(code) >= DRIVES && book.flips(book.ph(code)).next().is_none());
            (row.value.interventions.min > 0 && none).then(|| "every intervention of its subchapter leads".to_owned())
        }
        TableId::CcExclusions => {
            let row = book.release.complications.exclusions.rows().iter().find(|row| &*row.id == id)?;
            let seconds: Vec<_> = book.of(Scope::Secondary, row.value.cc).collect();
            let primaries: Vec<_> = book.of(Scope::Primary, row.value.primary).collect();
            let lists =
                book.release.complications.lists.keys().filter(|list| scoring(list, &seconds, book).next().is_some());
            let mut roots = lists.flat_map(|list| roots_on(list, book));
            let met = roots.any(|root| {
                let by_primary = |code: Word| book.ways(root, false, usize::MAX).iter().any(|way| way.code == code);
                !book.ways(root, true, 1).is_empty() || primaries.iter().any(|code| by_primary(*code))
            });
            (!met).then(|| "no root that the primary leads to counts the secondary".to_owned())
        }
        _ => None,
    }
}

/// Every row that was not hit, with the reason where one is known.
pub fn explained(book: &Book<'_>, coverage: &Coverage) -> Vec<Unreached> {
    let release = book.release;
    let warnings = hygiene(release);
    let mut found = Vec::new();
    for covered in coverage.tables.iter().filter(|table| !table.missing.is_empty()) {
        let table = TableId::of_file(&format!("{}.csv", covered.table)).expect("a table");
        let lines = lines(release, table);
        for id in &covered.missing {
            let here = lines.get(&**id).or_else(|| lines.get(&format!("{id}/")));
            let retired = here.is_some_and(|(_, cells)| cells.iter().any(|(n, v)| n == "status" && v == "retired"));
            let file = format!("tables/{}", table.file());
            let warned = warnings.iter().find(|warning| {
                UNREACHABLE.contains(&warning.code)
                    && warning.file == file
                    && warning.row.is_some()
                    && warning.row == here.map(|(line, _)| *line)
            });
            let cells = here.map(|(_, cells)| cells.as_slice()).unwrap_or_default();
            let reason = match warned {
                _ if retired => Some("retired: known so that its message can be given".to_owned()),
                Some(warning) => Some(format!("{}: {}", warning.code, warning.message)),
                None => of_itself(table, id, cells, book),
            };
            found.push(Unreached { table: covered.table, id: id.clone(), reason });
        }
    }
    found
}
