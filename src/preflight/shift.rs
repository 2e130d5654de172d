//! Columns that the record definition takes one place too early or too late.
//!
//! Two signs. A field fails where the definition finds it, and fits in the column beside; or a column that the definition
//! passes over, beside a block of codes, holds such codes.

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
    let fits = rows.map(|row| fit(content, &source.sent(row, position).replace('.', ""), reference));
    let (mut values, mut valid) = (0, 0);
    for fit in fits.filter(|fit| *fit != Fit::Blank) {
        values += 1;
        valid += usize::from(matches!(fit, Fit::Valid | Fit::Retired));
    }
    Held { values, valid }
}

pub(super) fn look(source: &impl Source, reference: &Reference, rows: Range<usize>) -> Vec<Pattern> {
    let some = rows.start..rows.end.min(rows.start + ROWS);
    let mut found = Vec::new();
    for (by, side) in [(1_isize, "right"), (-1, "left")] {
        let beside = |column: &Column| column.position.checked_add_signed(by).filter(|position| *position > 0);
        let moved = |column: &&Column| {
            let content = column.rule.content;
            let own = held(source, reference, content, column.position, some.clone());
            let other = |position| held(source, reference, content, position, some.clone());
            tells(content) && own.hardly() && beside(column).is_some_and(|position| other(position).mostly())
        };
        let fields: Vec<&Column> = source.columns().iter().filter(moved).collect();
        // The code block itself may read without a fault, its own codes being one place further.
        let passed_over = |column: &&Column| {
            let edge = if by > 0 { is_last(source, column) } else { column.field.position == Some(1) };
            edge && beside(column).is_some_and(|position| {
                !source.is_named(position)
                    && held(source, reference, column.rule.content, position, some.clone()).mostly()
            })
        };
        let blocks: Vec<&Column> = source
            .columns()
            .iter()
            .filter(|column| matches!(column.rule.content, Content::Diagnosis | Content::Procedure))
            .filter(passed_over)
            .collect();
        let Some(first) = fields.iter().chain(&blocks).min_by_key(|column| column.position) else { continue };
        // One field alone may fail for another reason; a code block that goes on outside it may not.
        if fields.len() < 2 && blocks.is_empty() && source.columns().len() > 3 {
            continue;
        }
        let tally = Tally { count: rows.len(), of: rows.len(), lines: Vec::new() };
        let words = format!(
            "from {} on, the values of {} fields stand one column further to the {side} than the record definition says: mend the definition",
            first.field,
            fields.len().max(blocks.len())
        );
        found.push(tally.pattern("columns-shifted", Weight::Error, Some(&first.field.to_string()), words));
    }
    found
}

/// Whether the column is the last that the definition gives to its repeated field.
fn is_last(source: &impl Source, column: &Column) -> bool {
    let own = source.columns().iter().filter(|other| other.field.field == column.field.field);
    own.filter_map(|other| other.field.position).max() == column.field.position
}
