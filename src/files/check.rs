//! Looks at an input file before it is grouped: makes it a source for `preflight`, and counts what would fail.

use super::input::{Input, Origin};
use super::layout::{Layout, cell};
use super::rdf::{Rdf, RdfField};
use super::rows::{episode, group_row};
use crate::grouper::{Method, group};
use crate::preflight::{self, Column, Pattern, Reason, Reasons, Source, share};
use crate::record::{Field, FieldRef, RawSpell, Text};
use crate::reference::{Dataset, Hrg, Reference};
use crate::trace::Off;
use rayon::prelude::*;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What a look at a file showed.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The dataset.
    pub dataset: Dataset,
    /// Records read: episodes, attendances, sessions, periods or days.
    pub records: usize,
    /// Those that would be UZ01Z.
    pub failing: usize,
    /// Their share, 0 to 1.
    pub failing_share: f64,
    /// The three commonest reasons.
    pub reasons: Vec<Reason>,
    /// The patterns that the file shows, the gravest first.
    pub findings: Vec<Pattern>,
}

/// A file as `preflight` looks at it.
struct Sheet<'a> {
    input: &'a Input,
    rdf: &'a Rdf,
    layout: &'a Layout,
    header: bool,
    columns: Vec<Column>,
    found: BTreeMap<FieldRef, &'a RdfField>,
}

impl<'a> Sheet<'a> {
    fn new(input: &'a Input, rdf: &'a Rdf, layout: &'a Layout, header: bool) -> Sheet<'a> {
        let found: BTreeMap<FieldRef, &RdfField> = layout.columns().collect();
        let rules = layout.dataset().fields();
        let mut columns: Vec<Column> = found
            .iter()
            .filter_map(|(field, column)| {
                let rule = rules.iter().find(|rule| rule.field == field.field)?;
                Some(Column { field: *field, rule, position: column.position })
            })
            .collect();
        columns.sort_by_key(|column| column.position);
        Sheet { input, rdf, layout, header, columns, found }
    }

    fn origin(&self, row: usize) -> Origin {
        self.input.origins.get(row).copied().unwrap_or_default()
    }
}

impl Source for Sheet<'_> {
    fn dataset(&self) -> Dataset {
        self.layout.dataset()
    }

    fn columns(&self) -> &[Column] {
        &self.columns
    }

    fn highest_position(&self) -> usize {
        self.rdf.highest_position()
    }

    fn is_named(&self, position: usize) -> bool {
        self.rdf.fields.iter().any(|field| field.position == position)
    }

    fn header(&self) -> Option<Vec<Cow<'_, str>>> {
        self.header.then(|| self.input.header.iter().map(String::from_utf8_lossy).collect())
    }

    fn rows(&self) -> usize {
        self.input.rows.len()
    }

    fn value(&self, row: usize, column: &Column) -> Cow<'_, str> {
        let row = self.input.rows.get(row);
        let column = self.found.get(&column.field);
        row.zip(column).map_or(Cow::Borrowed(""), |(row, column)| cell(column, row))
    }

    fn sent(&self, row: usize, position: usize) -> Cow<'_, str> {
        let value = self.input.rows.get(row).and_then(|row| row.get(position.checked_sub(1)?));
        String::from_utf8_lossy(value.unwrap_or_default())
    }

    fn line(&self, row: usize) -> usize {
        self.origin(row).line
    }

    fn width(&self, row: usize) -> usize {
        self.origin(row).width
    }
}

/// Looks at a file. `others` are the other releases there are.
pub fn check(
    input: &Input,
    rdf: &Rdf,
    layout: &Layout,
    header: bool,
    (reference, others): (&Reference, &[&Reference]),
) -> Report {
    let findings = preflight::look(&Sheet::new(input, rdf, layout, header), reference, others);
    let reasons = reasons(input, layout, reference);
    Report {
        dataset: layout.dataset(),
        records: reasons.records(),
        failing: reasons.failing(),
        failing_share: share(reasons.failing(), reasons.records()),
        reasons: reasons.commonest(),
        findings,
    }
}

/// Groups the rows where they stand, and counts those that fail.
fn reasons(input: &Input, layout: &Layout, reference: &Reference) -> Reasons {
    let mut reasons = Reasons::default();
    let line = |row: usize| input.origins.get(row).map_or(0, |origin| origin.line);
    if layout.dataset() == Dataset::Apc {
        let spells = spells(input, layout);
        let grouped: Vec<_> = spells
            .par_iter()
            .map(|rows| {
                let of = |row: &usize| input.rows.get(*row).map(|row| episode(layout, row));
                let first = rows.first().and_then(|row| input.rows.get(*row));
                let text = |field| first.map_or_else(Text::default, |row| layout.text(field, row));
                let raw = RawSpell {
                    procodet: text(Field::Procodet),
                    provspno: text(Field::Provspno),
                    episodes: rows.iter().filter_map(of).collect(),
                };
                (rows, group(&raw, reference, &mut Off))
            })
            .collect();
        for (rows, grouping) in grouped {
            for episode in grouping.episodes {
                let row = rows.get(episode.sent_as).copied().unwrap_or(0);
                reasons.count(line(row), episode.method == Method::Error, &episode.messages);
            }
        }
        return reasons;
    }
    let grouped: Vec<_> = input.rows.par_iter().map(|row| group_row(layout, row, reference, &mut Off)).collect();
    for (row, result) in grouped.into_iter().enumerate() {
        if let Some(result) = result {
            reasons.count(line(row), result.hrg == Hrg::INVALID, &result.messages);
        }
    }
    reasons
}

/// The rows of each spell, in the order of the file.
fn spells(input: &Input, layout: &Layout) -> Vec<Vec<usize>> {
    let mut spells: BTreeMap<[Cow<'_, [u8]>; 2], Vec<usize>> = BTreeMap::new();
    for (place, row) in input.rows.iter().enumerate() {
        let key = [Field::Procodet, Field::Provspno].map(|field| layout.bytes(field, row));
        spells.entry(key).or_default().push(place);
    }
    let mut spells: Vec<Vec<usize>> = spells.into_values().collect();
    spells.sort(); // by first row, so that the first lines are told
    spells
}
