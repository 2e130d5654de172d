//! What may stand in a column of a table: the shapes of codes, numbers, bands; and how a cell is read as one.

use super::cell::{Cell, plain};
use crate::reference::{Band, Hrg, Root, Subchapter, TableId};

/// What may stand in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// ICD-10 code or pattern.
    Icd10,
    /// OPCS-4 code or pattern.
    Opcs4,
    /// A code of either classification.
    Clinical,
    /// A code value of a data dictionary.
    Value,
    /// An HRG.
    Hrg,
    /// An HRG root.
    Root,
    /// An HRG subchapter.
    Subchapter,
    /// An HRG chapter.
    Chapter,
    /// A whole number.
    Number,
    /// A band.
    Band,
    /// Any text.
    Text,
}

impl Shape {
    /// The shape of a table's column.
    pub fn of(table: TableId, column: &str) -> Shape {
        use TableId::*;
        match (column, table) {
            ("hrg", _) => Shape::Hrg,
            ("root", _) => Shape::Root,
            ("subchapter", _) => Shape::Subchapter,
            ("chapter", _) => Shape::Chapter,
            ("order" | "ph" | "dh" | "days" | "score", _) | ("severity_score", BurnsEscalation) => Shape::Number,
            ("cc" | "interventions", Splits)
            | ("age" | "stay", Splits | Roots | BurnsMatrix | NrdMatrix)
            | ("intervention_score" | "diagnosis_score" | "severity_score", _) => Shape::Band,
            ("code", Procedures | ProcedureRootRules | Interventions | TraumaProcedureScore | BurnsProcedureScore) => {
                Shape::Opcs4
            }
            ("code", NamedLists | UnbundlingRules) => Shape::Clinical,
            ("code", ValueSets | EmCategories | RenalClasses | CcacCodes) => Shape::Value,
            ("code", _) | ("primary" | "cc", CcExclusions) => Shape::Icd10,
            _ => Shape::Text,
        }
    }

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Shape::Icd10 => "ICD-10 code",
            Shape::Opcs4 => "OPCS-4 code",
            Shape::Clinical => "ICD-10 or OPCS-4 code",
            Shape::Value => "code value",
            Shape::Hrg => "HRG",
            Shape::Root => "HRG root",
            Shape::Subchapter => "HRG subchapter",
            Shape::Chapter => "HRG chapter",
            Shape::Number => "whole number",
            Shape::Band => "band",
            Shape::Text => "text",
        }
    }

    /// Whether the text has the shape. Nothing is never of a shape.
    pub fn holds(self, text: &str) -> bool {
        let code = |least: usize, most: usize| {
            let (stem, open) = text.strip_suffix('*').map_or((text, false), |stem| (stem, true));
            let fits = stem.bytes().enumerate().all(|(i, byte)| match i {
                0 => byte.is_ascii_uppercase(),
                // The filler X of ICD-10 codes without a fourth character.
                3 => byte.is_ascii_digit() || (byte == b'X' && most > 4),
                _ => byte.is_ascii_digit(),
            });
            fits && stem.len() <= most && stem.len() >= if open { 1 } else { least }
        };
        match self {
            Shape::Icd10 | Shape::Clinical => code(4, 5),
            Shape::Opcs4 => code(4, 4),
            Shape::Value => !text.is_empty() && text.len() <= 8 && text.bytes().all(|b| b.is_ascii_graphic()),
            Shape::Hrg => Hrg::parse(text).is_some(),
            Shape::Root => Root::parse(text).is_some(),
            Shape::Subchapter => Subchapter::parse(text).is_some(),
            Shape::Chapter => text.len() == 1 && text.bytes().all(|b| b.is_ascii_uppercase()),
            Shape::Number => {
                !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u32>().is_ok()
            }
            Shape::Band => !text.is_empty() && Band::parse(text).is_some(),
            Shape::Text => !text.is_empty(),
        }
    }

    /// Whether a number may stand in its cells. In cells of codes and names a number is the sign that a program took
    /// text for a number, and then zeros or letters are gone.
    pub fn takes_numbers(self) -> bool {
        matches!(self, Shape::Number | Shape::Band)
    }
}

/// The text of a cell, or why it has none that can be trusted: a code and a sentence.
pub fn text_of(cell: &Cell, takes_numbers: bool) -> Result<String, (&'static str, String)> {
    match cell {
        Cell::Text(text) => Ok(plain(text)),
        Cell::Number(number) if takes_numbers && number.fract() == 0.0 && (0.0..=4e9).contains(number) => {
            Ok(format!("{number:.0}"))
        }
        Cell::Number(number) if takes_numbers => Err(("wrong-shape", format!("{number} is no whole number"))),
        Cell::Number(_) => Err((
            "numeric-cell",
            "the cell is a number where text must stand: leading zeros may be lost; format the column as text"
                .to_owned(),
        )),
        Cell::Truth(_) => Err(("wrong-cell", "the cell is a truth value".to_owned())),
        Cell::Date => Err(("wrong-cell", "the cell is a date: what was typed is lost".to_owned())),
        Cell::Fault(fault) => Err(("error-cell", format!("the cell holds the fault {fault}"))),
        Cell::Formula => Err((
            "formula-cell",
            "the cell is a formula, whose last result may differ from what it shows; paste values".to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_their_shapes() {
        for (shape, yes, no) in [
            (
                Shape::Icd10,
                vec!["J189", "I10X", "S7200", "M7210", "J18*", "S*"],
                vec!["J18", "J18.9", "j189", "1189", "J18A", "*", ""],
            ),
            (Shape::Opcs4, vec!["X621", "Y*", "Z94*"], vec!["X62", "X62.1", "X62X", "X6211", "189"]),
            (Shape::Hrg, vec!["AA22C"], vec!["AA22", "AA22c"]),
            (Shape::Number, vec!["0", "12"], vec!["", "1.5", "-1", "99999999999"]),
            (Shape::Chapter, vec!["A"], vec!["", "AA", "1"]),
        ] {
            for text in yes {
                assert!(shape.holds(text), "{text} is a {}", shape.name());
            }
            for text in no {
                assert!(!shape.holds(text), "{text} is no {}", shape.name());
            }
        }
    }

    #[test]
    fn a_number_is_read_only_where_a_number_may_stand() {
        assert_eq!(text_of(&Cell::Number(12.0), true), Ok("12".to_owned()));
        for (cell, takes_numbers, code) in [
            (Cell::Number(12.0), false, "numeric-cell"),
            (Cell::Number(1.5), true, "wrong-shape"),
            (Cell::Number(-1.0), true, "wrong-shape"),
            (Cell::Date, true, "wrong-cell"),
            (Cell::Formula, true, "formula-cell"),
            (Cell::Fault("#N/A".to_owned()), false, "error-cell"),
        ] {
            assert_eq!(text_of(&cell, takes_numbers).expect_err("refused").0, code);
        }
    }
}
