//! Rows cut short, and rows with too many values.

use super::{Pattern, Source, Tally, Weight};
use std::collections::BTreeMap;
use std::ops::Range;

pub(super) fn look(source: &impl Source, rows: Range<usize>) -> Vec<Pattern> {
    let (mut short, mut long) = (Tally::default(), Tally::default());
    let mut widths: BTreeMap<usize, usize> = BTreeMap::new();
    rows.clone().for_each(|row| *widths.entry(source.width(row)).or_default() += 1);
    let usual = widths.iter().max_by_key(|(width, count)| (**count, **width)).map_or(0, |(width, _)| *width);
    let full = source.header().map_or(usual, |header| header.len().max(usual));
    for row in rows {
        short.could();
        long.could();
        if source.width(row) < source.highest_position() {
            short.does(source.line(row));
        } else if source.width(row) > full {
            long.does(source.line(row));
        }
    }
    let mut found = Vec::new();
    if short.count > 0 {
        let words = "rows end before the last column of the record definition and would be read with blanks at their end: the file may have been cut, or have lost trailing empty values";
        found.push(short.pattern("rows-truncated", Weight::Warning, None, words.to_owned()));
    }
    if long.count > 0 {
        let words =
            "rows have more values than the others: a comma within a value moves all that follow it by a column";
        found.push(long.pattern("rows-too-long", Weight::Warning, None, words.to_owned()));
    }
    found
}
