//! Looks at an input file before it is grouped: makes it a source for `preflight`, and counts what would fail.

use super::input::Input;
use super::layout::{Layout, cell};
use super::rdf::{Rdf, RdfField};
use super::row::{Line, Row};
use super::rows::{group_row, raw_spell};
use crate::grouper::{Grouping, Method, group};
use crate::preflight::{self, Column, Pattern, Reason, Reasons, Source, share};
use crate::record::{Field, FieldRef};
use crate::reference::{Dataset, Hrg, Reference};
use crate::trace::Off;
use rayon::prelude::*;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Spells or records that are grouped at a time.
const TOGETHER: usize = 8_192;

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
    columns: Vec<Column>,
    found: BTreeMap<FieldRef, &'a RdfField>,
}

impl<'a> Sheet<'a> {
    fn new(input: &'a Input, rdf: &'a Rdf, layout: &'a Layout) -> Sheet<'a> {
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
        Sheet { input, rdf, layout, columns, found }
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
        let header = self.input.header()?;
        let mut names: Vec<_> = header.values().map(String::from_utf8_lossy).collect();
        let named = |position: usize| self.rdf.fields.iter().find(|field| field.position == position);
        // Columns that it does not name are named by the definition.
        for position in names.len() + 1..=self.rdf.highest_position() {
            names.push(named(position).map_or_else(Cow::default, |field| Cow::Borrowed(field.name.as_str())));
        }
        Some(names)
    }

    fn rows(&self) -> usize {
        self.input.rows()
    }

    fn value(&self, row: usize, column: &Column) -> Cow<'_, str> {
        let row = self.input.row(row);
        let column = self.found.get(&column.field);
        row.zip(column).map_or(Cow::Borrowed(""), |(row, column)| cell(column, &row))
    }

    fn sent(&self, row: usize, position: usize) -> Cow<'_, str> {
        self.input.row(row).zip(position.checked_sub(1)).map_or(Cow::Borrowed(""), |(row, column)| row.text(column))
    }

    fn line(&self, row: usize) -> usize {
        self.input.line(row)
    }

    fn width(&self, row: usize) -> usize {
        self.input.width(row)
    }
}

/// Looks at a file. `others` are the other releases there are.
pub fn check(input: &Input, rdf: &Rdf, layout: &Layout, (reference, others): (&Reference, &[&Reference])) -> Report {
    let findings = preflight::look(&Sheet::new(input, rdf, layout), reference, others);
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

/// Groups the rows where they stand, some at a time, and counts those that fail.
fn reasons(input: &Input, layout: &Layout, reference: &Reference) -> Reasons {
    let mut reasons = Reasons::default();
    if layout.dataset() == Dataset::Apc {
        for spells in spells(input, layout).chunks(TOGETHER) {
            let grouped: Vec<_> = spells.par_iter().map(|rows| group_spell(input, layout, rows, reference)).collect();
            for (rows, grouping) in spells.iter().zip(grouped) {
                for episode in grouping.episodes {
                    let row = rows.get(episode.sent_as).copied().unwrap_or(0);
                    reasons.count(input.line(row), episode.method == Method::Error, &episode.messages);
                }
            }
        }
        return reasons;
    }
    for start in (0..input.rows()).step_by(TOGETHER) {
        let rows = start..input.rows().min(start + TOGETHER);
        let group = |row| group_row(layout, &input.row(row)?, reference, &mut Off);
        let grouped: Vec<_> = rows.clone().into_par_iter().map(group).collect();
        for (row, result) in rows.zip(grouped) {
            if let Some(result) = result {
                reasons.count(input.line(row), result.hrg == Hrg::INVALID, &result.messages);
            }
        }
    }
    reasons
}

fn group_spell(input: &Input, layout: &Layout, rows: &[usize], reference: &Reference) -> Grouping {
    let rows: Vec<Line<'_, '_>> = rows.iter().filter_map(|row| input.row(*row)).collect();
    group(&raw_spell(layout, &rows), reference, &mut Off)
}

/// The rows of each spell, in the order of the file.
fn spells(input: &Input, layout: &Layout) -> Vec<Vec<usize>> {
    let mut spells: BTreeMap<[Vec<u8>; 2], Vec<usize>> = BTreeMap::new();
    for (place, row) in input.lines().enumerate() {
        let key = [Field::Procodet, Field::Provspno].map(|field| layout.bytes(field, &row).into_owned());
        spells.entry(key).or_default().push(place);
    }
    let mut spells: Vec<Vec<usize>> = spells.into_values().collect();
    spells.sort(); // by first row, so that the first lines are told
    spells
}
