//! Why a row was not reached: what the hygiene of tables says of it, or what the row itself says.

use hrg_grouper::reference::hygiene::hygiene;
use hrg_grouper::reference::{Reference, TableId};
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
        let cells: Vec<(String, String)> =
            header.iter().cloned().zip(record.iter().map(str::to_owned)).collect();
        let cell = |name: &str| cells.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value);
        let key: Vec<&str> = table.key().iter().map(|name| cell(name)).collect();
        (key.join("/"), (line, cells))
    });
    rows.collect()
}

/// Every row that was not hit, with the reason where one is known.
pub fn explained(release: &Reference, coverage: &Coverage) -> Vec<Unreached> {
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
            let reason = match warned {
                _ if retired => Some("retired: known so that its message can be given".to_owned()),
                Some(warning) => Some(format!("{}: {}", warning.code, warning.message)),
                None => None,
            };
            found.push(Unreached { table: covered.table, id: id.clone(), reason });
        }
    }
    found
}
