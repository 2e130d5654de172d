//! The rows of an admitted patient care file in output order, gathered by spell.
//!
//! Source: 02, what one row is, and sorting.

use super::layout::Layout;
use super::row::Row;
use super::rows::episode;
use crate::grouper::normalise::number;
use crate::grouper::spell;
use crate::record::{Field, RawSpell, Text};
use rayon::prelude::*;

/// The rows of an input in output order, and where each spell's rows stand among them.
pub struct Sorted<R> {
    rows: Vec<(Key, R)>,
    spells: Vec<std::ops::Range<usize>>,
}

/// Sort key: provider and spell number as text, EPIORDER as a number, what is no number last.
type Key = (Vec<u8>, Vec<u8>, (bool, u32));

impl<'v, R: Row<'v> + Send + Sync> Sorted<R> {
    /// Sorts rows by provider, spell number and EPIORDER, and gathers those of a spell.
    pub fn new(rows: impl Iterator<Item = R>, layout: &Layout) -> Sorted<R> {
        let mut rows: Vec<(Key, R)> = rows.map(|row| (key(layout, &row), row)).collect();
        rows.par_sort_by(|a, b| a.0.cmp(&b.0)); // stable: ties keep input order
        let mut spells = Vec::new();
        let mut start = 0;
        for chunk in rows.chunk_by(|a, b| (&a.0.0, &a.0.1) == (&b.0.0, &b.0.1)) {
            spells.push(start..start + chunk.len());
            start += chunk.len();
        }
        Sorted { rows, spells }
    }

    /// The spells, each with the place of its first row.
    pub fn spells(&self, layout: &Layout) -> impl IndexedParallelIterator<Item = (usize, RawSpell<'v>)> {
        self.spells.par_iter().map(|range| {
            let rows = self.rows.get(range.clone()).unwrap_or_default();
            (range.start, raw_spell(rows, layout))
        })
    }
}

fn raw_spell<'v>(rows: &[(Key, impl Row<'v>)], layout: &Layout) -> RawSpell<'v> {
    let text = |field| rows.first().map_or(Text::default(), |(_, row)| layout.text(field, row));
    RawSpell {
        procodet: text(Field::Procodet),
        provspno: text(Field::Provspno),
        episodes: rows.iter().map(|(_, row)| episode(layout, row)).collect(),
    }
}

fn key<'v>(layout: &Layout, row: &impl Row<'v>) -> Key {
    let bytes = |field| layout.bytes(field, row).into_owned();
    let order = spell::sort_key(number(&layout.text(Field::Epiorder, row)));
    (bytes(Field::Procodet), bytes(Field::Provspno), order)
}
