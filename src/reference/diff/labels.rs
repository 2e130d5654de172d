//! Two lists of roots or HRGs with their descriptions, which is all that is public of many years.

use super::aspect::labelled;
use super::{Aspect, CellDifference, Change, Difference, RowDifference, Side};
use crate::reference::{Hrg, Root, TableId};
use std::collections::{BTreeMap, BTreeSet};

/// A list of roots, or of HRGs, with their descriptions.
#[derive(Clone, Debug)]
pub struct LabelList {
    table: TableId,
    labels: BTreeMap<String, String>,
}

impl LabelList {
    /// Reads a CSV file whose first column is the root or HRG and whose second is its description; further columns are not
    /// looked at, and neither is a first line without a code. The error is one sentence.
    pub fn parse(text: &[u8]) -> Result<LabelList, String> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text);
        let mut table = None;
        let mut labels = BTreeMap::new();
        for (record, number) in reader.records().zip(1u32..) {
            let record = record.map_err(|fault| format!("row {number} cannot be read as CSV in UTF-8: {fault}"))?;
            let code = record.get(0).unwrap_or_default();
            let kind = match (Root::parse(code), Hrg::parse(code)) {
                (Some(_), _) => TableId::Roots,
                (_, Some(_)) => TableId::Hrgs,
                (None, None) if number == 1 => continue,
                (None, None) => return Err(format!("row {number} does not begin with an HRG or a root")),
            };
            if *table.get_or_insert(kind) != kind {
                return Err(format!("row {number} mixes roots and HRGs in one list"));
            }
            let label = record.get(1).ok_or_else(|| format!("row {number} has no description"))?;
            if labels.insert(code.to_owned(), label.to_owned()).is_some() {
                return Err(format!("row {number} repeats {code}"));
            }
        }
        table.map(|table| LabelList { table, labels }).ok_or_else(|| "the list holds no HRG and no root".to_owned())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }
}

/// What differs between two lists, each with its name. The error says that one is of roots and the other of HRGs.
pub fn diff_labels(from: (&str, &LabelList), to: (&str, &LabelList)) -> Result<Difference, String> {
    let ((from_name, from), (to_name, to)) = (from, to);
    let table = from.table;
    if to.table != table {
        return Err("one list is of roots and the other of HRGs".to_owned());
    }
    let side = |name: &str| Side { id: name.to_owned(), digest: None, status: None };
    let aspects = if table == TableId::Hrgs {
        [Aspect::HrgAdded, Aspect::HrgRemoved, Aspect::HrgRelabelled, Aspect::Respelt]
    } else {
        [Aspect::RootAdded, Aspect::RootRemoved, Aspect::RootRelabelled, Aspect::Respelt]
    };
    let mut difference = Difference::new(side(from_name), side(to_name), &aspects);
    let codes: BTreeSet<&String> = from.labels.keys().chain(to.labels.keys()).collect();
    let rows = codes.into_iter().filter_map(|code| {
        let (one, other) = (from.labels.get(code), to.labels.get(code));
        let change = match (one, other) {
            (Some(one), Some(other)) if one == other => return None,
            (Some(_), Some(_)) => Change::Changed,
            (Some(_), None) => Change::Removed,
            (None, _) => Change::Added,
        };
        let cells = vec![CellDifference { column: "label", from: one.cloned(), to: other.cloned() }];
        let about = labelled(table, change, &cells);
        let row = code.clone();
        Some(RowDifference {
            table: table.name(),
            row,
            change,
            about,
            codes: Vec::new(),
            served_by: None,
            cells,
            system: "",
        })
    });
    difference.take(table.name(), rows.collect(), 0);
    difference.count();
    Ok(difference)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_may_have_a_header_a_byte_order_mark_and_quotes() {
        let list = LabelList::parse(b"\xef\xbb\xbfhrg_root,label\nAA22,\"Stroke, or alike\"\n").expect("reads");
        assert_eq!(list.len(), 1);
        assert_eq!(list.labels.get("AA22").map(String::as_str), Some("Stroke, or alike"));
    }

    #[test]
    fn what_is_no_list_of_roots_or_hrgs_is_refused_with_its_row() {
        for (text, words) in [
            ("", "holds no HRG"),
            ("code,label\n", "holds no HRG"),
            ("AA22,x\nAA23C,x\n", "row 2 mixes"),
            ("AA22,x\nAA22,y\n", "row 2 repeats AA22"),
            ("AA22,x\nnonsense,y\n", "row 2 does not begin"),
            ("AA22\n", "row 1 has no description"),
            ("AA22,x\nAA23,x,y\n", "row 2 cannot be read"),
        ] {
            let fault = LabelList::parse(text.as_bytes()).expect_err(text);
            assert!(fault.contains(words), "{text}: {fault}");
        }
    }

    #[test]
    fn capitals_and_spaces_are_told_apart_from_other_words() {
        let list = |text: &str| LabelList::parse(text.as_bytes()).expect("reads");
        let (one, other) =
            (list("AA22,Stroke care\nAA23,Old\nAA24,x\n"), list("AA22,Stroke  Care\nAA23,New\nAA25,x\n"));
        let difference = diff_labels(("one", &one), ("other", &other)).expect("both are of roots");
        assert_eq!(difference.counts.values().copied().collect::<Vec<_>>(), [1, 1, 2, 1]);
        let hrgs = list("AA22C,x\n");
        assert!(diff_labels(("one", &one), ("other", &hrgs)).is_err());
    }
}
