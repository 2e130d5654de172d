//! Cells, rows and sheets as read, before any meaning is given to them.

use super::report::Place;
use std::collections::BTreeMap;

/// What a cell holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Text.
    Text(String),
    /// A number.
    Number(f64),
    /// A truth value.
    Truth(bool),
    /// A date, a time or a duration.
    Date,
    /// A fault of the workbook's own, such as `#N/A`.
    Fault(String),
    /// A formula: what it last came to is not what somebody typed, and may have lost its zeros.
    Formula,
}

/// A rectangle of cells that are merged: rows and columns from 1, all ends in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merged {
    /// First and last row.
    pub rows: (u32, u32),
    /// First and last column.
    pub columns: (u32, u32),
}

/// The filled cells of a row by column, the first column being 1.
pub type Cells = BTreeMap<u32, Cell>;

/// A sheet of a workbook, or a CSV file.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Name of the file.
    pub file: String,
    /// Name of the sheet; of a CSV file, its name without the ending.
    pub name: String,
    /// Whether the file is a CSV file, which has no sheets to speak of.
    pub csv: bool,
    /// The rows that hold anything, by number, the first being 1.
    pub rows: BTreeMap<u32, Cells>,
    /// Merged cells.
    pub merged: Vec<Merged>,
}

impl Sheet {
    /// The sheet as a whole.
    pub fn place(&self) -> Place {
        Place { file: self.file.clone(), sheet: (!self.csv).then(|| self.name.clone()), cell: None }
    }

    /// A cell of the sheet.
    pub fn cell(&self, row: u32, column: u32) -> Place {
        Place { cell: Some(format!("{}{row}", letters(column))), ..self.place() }
    }
}

/// The letters of a column: 1 is `A`, 27 is `AA`.
pub fn letters(mut column: u32) -> String {
    let mut letters = Vec::new();
    while column > 0 {
        column -= 1;
        letters.push(char::from(b'A' + u8::try_from(column % 26).unwrap_or_default()));
        column /= 26;
    }
    letters.into_iter().rev().collect()
}

/// Text with its outer blanks cut and every inner run of blanks, line ends included, as one space.
pub fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether the text fits the pattern, in any case; `*` stands for any characters.
pub fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (plain(pattern).to_lowercase(), plain(text).to_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some(found) = rest.find(part) else { return false };
        rest = rest.get(found + part.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_as_workbooks_do() {
        for (column, name) in [(1, "A"), (26, "Z"), (27, "AA"), (52, "AZ"), (703, "AAA")] {
            assert_eq!(letters(column), name);
        }
    }

    #[test]
    fn a_star_stands_for_anything_and_case_for_nothing() {
        for (pattern, text) in [
            ("Group To Split", "Group to  Split "),
            ("*Subchapter*", "HRG4 Subchapter"),
            ("Core or Unbundled?", "Core or\nUnbundled?"),
            ("Comp_VA_*", "Comp_VA_Upper"),
            ("a*b*a", "aba"),
        ] {
            assert!(fits(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in
            [("Group To Split", "Intro to Group To Split"), ("Chapter", "HRG Chapter"), ("a*a", "a"), ("*b", "ba")]
        {
            assert!(!fits(pattern, text), "{pattern} {text}");
        }
    }
}
