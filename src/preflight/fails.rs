//! Fields that fail in nearly every record: a wrong column, or the definition of another dataset.

use super::fit::{Fit, fit};
use super::{Pattern, Source, Tally, Weight, at_least};
use crate::reference::Reference;
use std::ops::Range;

/// Fewer rows than this say nothing about a column.
const ENOUGH: usize = 10;

pub(super) fn look(source: &impl Source, reference: &Reference, rows: Range<usize>) -> Vec<Pattern> {
    if rows.len() < ENOUGH {
        return Vec::new();
    }
    let mut found = Vec::new();
    for column in source.columns().iter().filter(|column| column.field.position.is_none_or(|position| position == 1)) {
        let mut tally = Tally { of: rows.len(), ..Tally::default() };
        for row in rows.clone() {
            let fails = match fit(column.rule.content, &source.value(row, column), reference) {
                Fit::Blank => column.rule.mandatory,
                Fit::Invalid => true,
                Fit::Valid | Fit::Retired | Fit::Unknown => false,
            };
            if fails {
                tally.does(source.line(row));
            }
        }
        if at_least(90, tally.count, tally.of) {
            let name = column.field.to_string();
            let words = format!(
                "{name} is blank or invalid in nearly every record: its column in the record definition may be wrong"
            );
            found.push(tally.pattern("field-always-fails", Weight::Error, Some(&name), words));
        }
    }
    found
}
