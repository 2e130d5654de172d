//! The rows of one table in two releases, matched by row id.

use super::aspect::about;
use super::{CellDifference, Change, RowDifference};
use crate::reference::TableId;
use csv::StringRecord;
use std::collections::{BTreeMap, BTreeSet};

/// Rows by row id.
pub(in crate::reference) type Rows = BTreeMap<String, StringRecord>;

/// The rows that differ, by row id, and how many rows bear another id alone. A table that is not there has no rows.
pub fn compare(table: TableId, from: Option<&[u8]>, to: Option<&[u8]>) -> (Vec<RowDifference>, usize) {
    let (from, to) = (read(table, from), read(table, to));
    let renumbered = renumbered(table, &from, &to);
    let mut found = Vec::new();
    let ids: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    for id in ids {
        let gone = from.get(id).filter(|_| !renumbered.from.contains(id.as_str()));
        let come = to.get(id).filter(|_| !renumbered.to.contains(id.as_str()));
        let difference = match (gone, come) {
            (Some(one), Some(other)) if one == other => continue,
            (Some(one), Some(other)) => row(table, id, Change::Changed, Some(one), Some(other), None),
            (None, Some(other)) => {
                let served = served_by(table, id, &from);
                let instead = served.and_then(|served| from.get(served));
                row(table, id, Change::Added, instead, Some(other), served)
            }
            (Some(one), None) => {
                let served = served_by(table, id, &to);
                let instead = served.and_then(|served| to.get(served));
                row(table, id, Change::Removed, Some(one), instead, served)
            }
            (None, None) => continue,
        };
        found.push(difference);
    }
    (found, renumbered.from.len())
}

/// Reads a table of a checked release, whose header and row lengths are known to be right.
pub(in crate::reference) fn read(table: TableId, text: Option<&[u8]>) -> Rows {
    let mut reader = csv::Reader::from_reader(text.unwrap_or_default());
    let id = |record: &StringRecord| {
        let parts = table.key().iter().map(|column| cell(table, record, column)).filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join("/")
    };
    reader.records().filter_map(Result::ok).map(|record| (id(&record), record)).collect()
}

fn cell<'r>(table: TableId, record: &'r StringRecord, column: &str) -> &'r str {
    let index = table.columns().iter().position(|name| *name == column);
    index.and_then(|index| record.get(index)).unwrap_or_default()
}

/// Row ids that stand for the same content, in the one and in the other.
#[derive(Default)]
struct Renumbered<'r> {
    from: BTreeSet<&'r str>,
    to: BTreeSet<&'r str>,
}

/// Rules have ids of their own, which a release may give anew; what they say is all but the id.
fn renumbered<'r>(table: TableId, from: &'r Rows, to: &'r Rows) -> Renumbered<'r> {
    let mut pairs = Renumbered::default();
    if table.key() != ["id"] {
        return pairs;
    }
    let content = |record: &'r StringRecord| record.iter().skip(1).collect::<Vec<_>>();
    let mut unmatched: BTreeMap<Vec<&str>, Vec<&str>> = BTreeMap::new();
    for (id, record) in from.iter().rev().filter(|(id, record)| to.get(*id) != Some(record)) {
        unmatched.entry(content(record)).or_default().push(id);
    }
    for (id, record) in to.iter().filter(|(id, record)| from.get(*id) != Some(record)) {
        if let Some(before) = unmatched.get_mut(&content(record)).and_then(Vec::pop) {
            pairs.from.insert(before);
            pairs.to.insert(id);
        }
    }
    pairs
}

/// The row that serves a code pattern where it has none of its own: the longest that covers it, as in grouping.
fn served_by<'r>(table: TableId, pattern: &str, rows: &'r Rows) -> Option<&'r str> {
    if !matches!(table, TableId::Procedures | TableId::Diagnoses) {
        return None;
    }
    let stem = pattern.strip_suffix('*');
    let longest = stem.map_or(pattern.len(), |stem| stem.len() - 1);
    let first_four = pattern.get(..4).filter(|_| stem.is_none() && pattern.len() > 4).map(str::to_owned);
    let beginnings = (1..=longest).rev().filter_map(|n| Some(format!("{}*", pattern.get(..n)?)));
    first_four.into_iter().chain(beginnings).find_map(|id| rows.get_key_value(&id)).map(|(id, _)| id.as_str())
}

fn row(
    table: TableId,
    id: &str,
    change: Change,
    from: Option<&StringRecord>,
    to: Option<&StringRecord>,
    served_by: Option<&str>,
) -> RowDifference {
    let mut cells = Vec::new();
    for column in table.columns() {
        let value = |record: Option<&StringRecord>| record.map(|record| cell(table, record, column).to_owned());
        let (one, other) = (value(from), value(to));
        let empty = [&one, &other].into_iter().all(|value| value.as_ref().is_none_or(String::is_empty));
        let own_key = served_by.is_some() && table.key().contains(column);
        if one != other && !empty && !own_key {
            cells.push(CellDifference { column, from: one, to: other });
        }
    }
    let (system, codes) = codes(table, from, to, served_by.is_some().then_some(id));
    RowDifference {
        table: table.name(),
        row: id.to_owned(),
        change,
        about: about(table, change, served_by.is_some(), &cells),
        codes,
        served_by: served_by.map(str::to_owned),
        cells,
        system,
    }
}

/// The classification and the codes of a row whose difference is one of codes.
fn codes(
    table: TableId,
    from: Option<&StringRecord>,
    to: Option<&StringRecord>,
    own: Option<&str>,
) -> (&'static str, Vec<String>) {
    let both = || [from, to].into_iter().flatten();
    let system = match table {
        TableId::Procedures | TableId::ProcedureRootRules => "opcs4",
        TableId::UnbundlingRules if both().any(|record| cell(table, record, "system") == "opcs4") => "opcs4",
        TableId::Diagnoses | TableId::DiagnosisRootRules | TableId::SiteConflicts | TableId::UnbundlingRules => "icd10",
        _ => return ("", Vec::new()),
    };
    let mut codes: Vec<String> = match own {
        Some(own) => vec![own.to_owned()],
        None => both().map(|record| cell(table, record, "code").to_owned()).collect(),
    };
    codes.dedup();
    (system, codes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::diff::Aspect;

    const RULES: &str = "id,code,order,when,root\n";
    const DIAGNOSES: &str = "code,label,dh,root,uz01,uz02,paediatric,status\n";

    fn compare_texts(table: TableId, header: &str, from: &str, to: &str) -> (Vec<RowDifference>, usize) {
        let text = |rows: &str| format!("{header}{rows}").into_bytes();
        compare(table, Some(&text(from)), Some(&text(to)))
    }

    #[test]
    fn a_rule_under_another_id_is_renumbered_and_no_difference() {
        let (rows, renumbered) = compare_texts(
            TableId::DiagnosisRootRules,
            RULES,
            "R-1,J18*,1,age <= 18,PD14\nR-2,J20*,1,,DZ22\n",
            "R-1,J15*,1,,DZ11\nR-2,J18*,1,age <= 18,PD14\nR-3,J20*,1,,DZ23\n",
        );
        // R-1 moved to R-2; J15* is new under the old id; J20* lost DZ22 and has DZ23 under another id.
        assert_eq!(renumbered, 1);
        let seen: Vec<_> = rows.iter().map(|row| (row.row.as_str(), row.change, row.codes.concat())).collect();
        assert_eq!(
            seen,
            [
                ("R-1", Change::Added, "J15*".to_owned()),
                ("R-2", Change::Removed, "J20*".to_owned()),
                ("R-3", Change::Added, "J20*".to_owned())
            ]
        );
    }

    #[test]
    fn a_rule_that_moves_from_code_to_code_is_about_both() {
        let (rows, _) = compare_texts(TableId::DiagnosisRootRules, RULES, "R-1,J18*,1,,DZ11\n", "R-1,J15*,1,,DZ11\n");
        assert_eq!(rows.first().map(|row| row.codes.clone()), Some(vec!["J18*".to_owned(), "J15*".to_owned()]));
    }

    #[test]
    fn a_code_with_a_row_of_its_own_is_compared_with_the_row_that_served_it() {
        let (rows, _) = compare_texts(
            TableId::Diagnoses,
            DIAGNOSES,
            "J18*,Pneumonia,14,DZ11,,,,valid\n",
            "J18*,Pneumonia,14,DZ11,,,,valid\nJ189,Pneumonia not specified,16,DZ11,,,,valid\nK35*,Appendicitis,12,FF36,,,,valid\n",
        );
        let (own, new) = (&rows[0], &rows[1]);
        assert_eq!((own.row.as_str(), own.served_by.as_deref()), ("J189", Some("J18*")));
        assert_eq!(own.about, [Aspect::CodeHierarchy]);
        let dh = own.cells.iter().find(|cell| cell.column == "dh").expect("the hierarchy differs");
        assert_eq!((dh.from.as_deref(), dh.to.as_deref()), (Some("14"), Some("16")));
        assert_eq!((new.served_by.as_deref(), &new.about[..]), (None, &[Aspect::CodeAdded][..]));
    }

    #[test]
    fn a_longer_code_is_served_by_its_first_four_characters_before_any_beginning() {
        let rows = read(
            TableId::Diagnoses,
            Some(format!("{DIAGNOSES}S720,x,1,,,,,valid\nS720*,x,1,,,,,valid\nS7*,x,1,,,,,valid\n").as_bytes()),
        );
        let served = |pattern| served_by(TableId::Diagnoses, pattern, &rows);
        assert_eq!(served("S7201"), Some("S720"));
        assert_eq!(served("S721"), Some("S7*"));
        assert_eq!(served("S720*"), Some("S7*"));
        assert_eq!(served("T720"), None);
    }

    #[test]
    fn a_table_that_one_release_lacks_is_all_added() {
        let (rows, _) = compare(TableId::RootMaxLos, None, Some(b"root,days\nAA22,3\n"));
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].change, Change::Added);
        assert_eq!(rows[0].cells.len(), 2);
    }
}
