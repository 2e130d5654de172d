//! The table "Differences" of a release's notes: what its writer says differs from another release, and why.

use std::path::Path;

/// A line of the table.
pub struct Claim {
    /// The table of the release, `manifest` or `manifest options`.
    pub table: String,
    /// The row id.
    pub row: String,
    /// What the one release has; none for "no row".
    pub one: Option<String>,
    /// What the other has.
    pub other: Option<String>,
}

/// A table of differences: the names of the two releases as its columns have them, and its lines.
pub struct Claims {
    /// Heads the column of the one release.
    pub one: String,
    /// Heads the column of the other.
    pub other: String,
    /// The lines.
    pub lines: Vec<Claim>,
}

/// The table of every part whose heading begins with "Differences".
pub fn differences(notes: &Path) -> Vec<Claims> {
    let text = std::fs::read_to_string(notes).expect("the notes are readable");
    text.split("\n## ").filter(|part| part.starts_with("Differences")).map(table).collect()
}

fn table(part: &str) -> Claims {
    let mut lines = part.lines().filter(|line| line.starts_with('|'));
    let header = cells(lines.next().expect("the part has a table"));
    let [no, table, row, one, other, reason] = &header[..] else { panic!("six columns: {header:?}") };
    assert_eq!([no, table, row, reason], ["no.", "table", "row", "reason"]);
    let rule = lines.next().expect("the header is underlined");
    assert!(rule.chars().all(|c| c == '|' || c == '-'), "{rule}");
    let claims: Vec<Claim> = lines.map(|line| claim(&cells(line))).collect();
    assert!(!claims.is_empty(), "the table has lines");
    Claims { one: one.clone(), other: other.clone(), lines: claims }
}

fn cells(line: &str) -> Vec<String> {
    line.trim().trim_matches('|').split(" | ").map(|cell| cell.trim().trim_matches('|').trim().to_owned()).collect()
}

fn claim(cells: &[String]) -> Claim {
    let [number, table, row, one, other, reason] = cells else { panic!("six cells: {cells:?}") };
    assert!(number.parse::<u32>().is_ok() && !reason.is_empty(), "{cells:?}");
    let plain = |cell: &str| cell.trim_matches('`').to_owned();
    let value = |cell: &str| (cell != "no row").then(|| plain(cell));
    Claim { table: plain(table), row: plain(row), one: value(one), other: value(other) }
}
