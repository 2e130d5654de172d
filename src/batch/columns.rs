//! Which columns of a CSV stream hold which fields, and which are the caller's own.

use super::own::{self, Own, Value};
use super::read::{Other, Record};
use super::summary::BatchError;
use crate::files::decode::values;
use crate::files::layout::{Layout, missing};
use crate::files::rdf::{MAX_POSITION, Rdf, RdfField};
use crate::files::row::{Line, Row, index};
use crate::files::rows;
use crate::record::{Field, RawEpisode, Text};
use crate::reference::Dataset;
use std::borrow::Cow;

/// What names the columns of a CSV stream.
#[derive(Clone, Debug)]
pub enum Columns {
    /// The first line, which bears official field names in any case. Values may stand in double quotes.
    Header,
    /// A record definition. No text qualifiers, as in files of the official program.
    Definition {
        /// The definition.
        rdf: Rdf,
        /// Whether the first line is a header, which names the caller's own columns.
        header: bool,
    },
}

/// The columns of a CSV stream.
#[derive(Debug)]
pub(super) struct Table {
    layout: Layout,
    /// The caller's own columns by name, and where they stand, from 0.
    pub(super) own: Vec<String>,
    own_columns: Vec<usize>,
    /// What divides the values.
    delimiter: u8,
    /// Whether values may stand in double quotes.
    quotes: bool,
    /// Values of a row: at least, and exactly where a header says so.
    width: (usize, Option<usize>),
    /// Whether the two names of a spell, or of a stay in critical care, are cut from longer values.
    pub(super) pictured: [bool; 2],
}

impl Columns {
    /// Whether the first line is a header.
    pub(super) fn header(&self) -> bool {
        matches!(self, Columns::Header | Columns::Definition { header: true, .. })
    }

    /// Binds the columns; `first` is the header line, where there is one.
    pub(super) fn bind(&self, dataset: Dataset, first: Option<&[u8]>) -> Result<Table, BatchError> {
        let (quotes, delimiter) = match self {
            Columns::Header => (true, b','),
            Columns::Definition { rdf, .. } => (false, rdf.delimiter),
        };
        let header = first.map(|line| values(line, delimiter, quotes));
        let names: Vec<String> =
            header.iter().flatten().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect();
        if names.len() > MAX_POSITION {
            return Err(BatchError::Columns(format!("a header names at most {MAX_POSITION} columns")));
        }
        let rdf = match self {
            Columns::Header => named(&names, dataset)?,
            Columns::Definition { rdf, .. } => rdf.clone(),
        };
        let lacking = missing(&rdf, dataset);
        if !lacking.is_empty() {
            let words = format!("mandatory fields of {dataset} have no column: {}", lacking.join(", "));
            return Err(BatchError::Columns(words));
        }
        let layout = Layout::bind(&rdf, dataset).map_err(|fault| BatchError::Columns(fault.to_string()))?;
        let least = rdf.highest_position();
        let mut own_columns: Vec<usize> = (0..least.max(names.len())).collect();
        own_columns.retain(|place| layout.columns().all(|(_, column)| column.position != place + 1));
        let own = own_columns.iter().map(|place| own_name(&names, &rdf, place + 1)).collect();
        let number = if dataset == Dataset::Apc { Field::Provspno } else { Field::CcLocalId };
        let pictured = [Field::Procodet, number]
            .map(|name| layout.columns().any(|(of, column)| of.field == name && is_cut(column)));
        let width = (least, first.map(|_| names.len()));
        Ok(Table { layout, own, own_columns, delimiter, quotes, width, pictured })
    }
}

fn is_cut(column: &RdfField) -> bool {
    !column.picture.is_empty() || !column.extract.is_empty()
}

impl Table {
    /// The record of a line, and the caller's own values; or, where it has too few or too many values, how many it should
    /// have and how many there are.
    pub(super) fn read<'b>(
        &'b self,
        line: &'b str,
        may_have_quotes: bool,
    ) -> Result<(Record<'b>, Own<'b>), (String, usize)> {
        if self.quotes && may_have_quotes && memchr::memchr(b'"', line.as_bytes()).is_some() {
            let row = values(line.as_bytes(), self.delimiter, true);
            self.has_width(row.len())?;
            return Ok((record(&self.layout, &&row).keep(), own::keep(self.own_of(&&row))));
        }
        let mut ends = Vec::with_capacity(self.width.0);
        index(line.as_bytes(), self.delimiter, &mut ends);
        let row = Line::of_text(line, &ends);
        self.has_width(row.width())?;
        let own = self.own_of(&row);
        if self.layout.dataset() != Dataset::Apc {
            return Ok((record(&self.layout, &row), own));
        }
        let names = names(&self.layout, &row);
        Ok((Record::Row(EpisodeRow { layout: &self.layout, line, ends }, names), own))
    }

    fn has_width(&self, found: usize) -> Result<(), (String, usize)> {
        let wanted = match self.width {
            (_, Some(exactly)) if found != exactly => exactly.to_string(),
            (least, None) if found < least => format!("at least {least}"),
            _ => return Ok(()),
        };
        Err((wanted, found))
    }

    fn own_of<'v>(&'v self, row: &impl Row<'v>) -> Own<'v> {
        let own = self.own.iter().zip(&self.own_columns);
        own.map(|(name, column)| (Cow::Borrowed(name.as_str()), Value::Text(row.text(*column)))).collect()
    }
}

/// An admitted patient care episode as the row that it came as. Its values are taken from there when it is grouped: a row
/// is a third of the size of an episode, and is moved about less.
#[derive(Debug)]
pub(super) struct EpisodeRow<'b> {
    layout: &'b Layout,
    line: &'b str,
    /// Where each value ends.
    ends: Vec<u32>,
}

/// Room for the diagnoses and the procedures of an episode.
pub(super) type Lists<'b> = (Vec<Text<'b>>, Vec<Text<'b>>);

impl<'b> EpisodeRow<'b> {
    /// The episode, with lists that are used again.
    pub(super) fn episode(&self, lists: Lists<'b>) -> RawEpisode<'b> {
        rows::episode_with(lists, self.layout, &self.values())
    }

    /// EPIORDER.
    pub(super) fn epiorder(&self) -> Text<'b> {
        self.layout.text(Field::Epiorder, &self.values())
    }

    fn values(&self) -> Line<'b, '_> {
        Line::of_text(self.line, &self.ends)
    }
}

/// A row as a record of its dataset.
fn record<'v>(layout: &Layout, row: &impl Row<'v>) -> Record<'v> {
    let other = match layout.dataset() {
        Dataset::Apc => return Record::Episode(Box::new(rows::episode(layout, row)), names(layout, row)),
        Dataset::Nac => Other::Nac(rows::nac(layout, row)),
        Dataset::Em => Other::Em(rows::em(layout, row)),
        Dataset::Nrd => Other::Nrd(rows::nrd(layout, row)),
        Dataset::Acc => Other::Acc(rows::acc(layout, row)),
        Dataset::Pcc => Other::Pcc(rows::pcc(layout, row)),
        Dataset::Ncc => Other::Ncc(rows::ncc(layout, row)),
    };
    Record::Other(Box::new(other))
}

/// What names the spell of a row.
fn names<'v>(layout: &Layout, row: &impl Row<'v>) -> [Text<'v>; 2] {
    [layout.text(Field::Procodet, row), layout.text(Field::Provspno, row)]
}

/// The name of a column that is the caller's own.
fn own_name(names: &[String], rdf: &Rdf, position: usize) -> String {
    let of_header = names.get(position - 1).filter(|name| !name.is_empty()).cloned();
    let of_definition = || rdf.fields.iter().find(|field| field.position == position).map(|field| field.name.clone());
    of_header.or_else(of_definition).unwrap_or_else(|| format!("COLUMN_{position}"))
}

/// The definition that a header makes, unless it names a field of the dataset twice.
fn named(names: &[String], dataset: Dataset) -> Result<Rdf, BatchError> {
    let mut before: Vec<&str> = Vec::with_capacity(names.len());
    for name in names {
        if is_official(name, dataset) && before.iter().any(|other| other.eq_ignore_ascii_case(name)) {
            return Err(BatchError::Columns("the header names a field twice".to_owned()));
        }
        before.push(name);
    }
    Ok(Rdf::of_header(before.into_iter()))
}

/// Whether a name is that of a field of the dataset, in any case, with or without position.
pub(super) fn is_official(name: &str, dataset: Dataset) -> bool {
    let of = |name: &str| dataset.fields().iter().find(|rule| rule.field.name().eq_ignore_ascii_case(name));
    let placed = || {
        let (stem, position) = name.rsplit_once('_')?;
        of(stem).filter(|rule| rule.positions > 0 && position.bytes().all(|byte| byte.is_ascii_digit()))
    };
    of(name).or_else(placed).is_some()
}
