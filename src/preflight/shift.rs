//! Columns that the record definition takes one place too early or too late.
//!
//! Three signs. Fields fail where the definition finds them, and fit in the column beside; a column that the definition
//! passes over, beside a block of codes, holds such codes; two fields are given one column, and the later fails in it.

use super::fit::{Fit, fit, tells};
use super::{Column, Pattern, Source, Tally, Weight, at_least};
use crate::reference::Reference;
use crate::reference::fields::Content;
use std::ops::Range;

/// Fewer values than this say nothing about a column.
const ENOUGH: usize = 5;
/// Rows that are looked at: a shift is in all of them.
const ROWS: usize = 2_000;

/// What a column holds, as values of some content.
struct Held {
    values: usize,
    valid: usize,
}

impl Held {
    fn mostly(&self) -> bool {
        self.values >= ENOUGH && at_least(90, self.valid, self.values)
    }

    fn hardly(&self) -> bool {
        self.values >= ENOUGH && !at_least(50, self.valid, self.values)
    }
}

fn held(source: &impl Source, reference: &Reference, content: Content, position: usize, rows: Range<usize>) -> Held {
    let fits = rows.map(|row| fit(content, &source.sent(row, position), reference));
    let (mut values, mut valid) = (0, 0);
    for fit in fits.filter(|fit| *fit != Fit::Blank) {
        values += 1;
        valid += usize::from(matches!(fit, Fit::Valid | Fit::Retired));
    }
    Held { values, valid }
}

pub(super) fn look(source: &impl Source, reference: &Reference, rows: Range<usize>) -> Option<Pattern> {
    let some = rows.start..rows.end.min(rows.start + ROWS);
    let (left, right) = (signs(source, reference, &some, -1), signs(source, reference, &some, 1));
    let (signs, side) = if right.len() > left.len() { (right, "right") } else { (left, "left") };
    let first = signs.iter().min_by_key(|sign| sign.column.position)?;
    // One field alone may fail for another reason.
    if signs.len() < 2 && !signs.iter().any(|sign| sign.alone) {
        return None;
    }
    let tally = Tally { count: rows.len(), of: rows.len(), lines: Vec::new() };
    let field = first.column.field.to_string();
    let words = format!(
        "from {field} on, values stand one column further to the {side} than the record definition says, by {} of its fields: mend the definition",
        signs.len()
    );
    Some(tally.pattern("columns-shifted", Weight::Error, Some(&field), words))
}

/// A column that shows a shift; `alone` says that it needs no other beside it.
struct Sign<'c> {
    column: &'c Column,
    alone: bool,
}

/// What shows that values stand a column further to the right (1) or to the left (-1).
fn signs<'s>(source: &'s impl Source, reference: &Reference, rows: &Range<usize>, by: isize) -> Vec<Sign<'s>> {
    let columns = source.columns();
    let of_field = |position: usize| columns.iter().find(|other| other.position == position).map(|other| other.field);
    let sign = |column: &'s Column| {
        let content = column.rule.content;
        let beside = column.position.checked_add_signed(by).filter(|position| *position > 0)?;
        let fits_beside = || held(source, reference, content, beside, rows.clone()).mostly();
        let fails = || held(source, reference, content, column.position, rows.clone()).hardly();
        // Two fields of one column: the later belongs further to the right.
        let shares = columns.iter().any(|other| other.position == column.position && other.field < column.field);
        if by > 0 && shares && fails() {
            return Some(Sign { column, alone: true });
        }
        let edge = if by > 0 { is_last(source, column) } else { column.field.position == Some(1) };
        // The block itself reads without a fault: its own codes are one place further.
        if column.rule.positions > 0 && edge && !source.is_named(beside) && fits_beside() {
            return Some(Sign { column, alone: true });
        }
        // Another position of the same field fits in any case.
        let same = of_field(beside).is_some_and(|field| field.field == column.field.field);
        (tells(content) && !same && fails() && fits_beside()).then_some(Sign { column, alone: columns.len() < 4 })
    };
    columns.iter().filter_map(sign).collect()
}

/// Whether the column is the last that the definition gives to its repeated field.
fn is_last(source: &impl Source, column: &Column) -> bool {
    let own = source.columns().iter().filter(|other| other.field.field == column.field.field);
    own.filter_map(|other| other.field.position).max() == column.field.position
}
