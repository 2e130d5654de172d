//! Which columns of a CSV stream hold which fields, and which are the caller's own.

use super::apc_line::ApcLine;
use super::own::{Own, Value};
use super::summary::BatchError;
use crate::files::decode::values;
use crate::files::layout::{Layout, missing};
use crate::files::rdf::{MAX_POSITION, Rdf, RdfField};
use crate::record::slots::{Slot, Slots};
use crate::record::{Field, RawAcc, RawEm, RawNac, RawNccDay, RawNrd, RawPccDay, Text};
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
    /// What the columns hold, in their order.
    columns: Vec<Vec<Bound>>,
    /// The caller's own columns by name.
    pub(super) own: Vec<String>,
    /// What divides the values.
    delimiter: u8,
    /// Whether values may stand in double quotes.
    quotes: bool,
    /// Values of a row: at least, and exactly where a header says so.
    pub(super) width: (usize, Option<usize>),
    /// Whether the two names of a spell, or of a stay in critical care, are cut from longer values.
    pub(super) pictured: [bool; 2],
}

/// What a column holds.
#[derive(Debug)]
struct Bound {
    holds: Holds,
    /// How the value is cut, where it is.
    cut: Option<RdfField>,
}

#[derive(Debug)]
enum Holds {
    /// The field at that place of the record; of a repeated one the position, from 0.
    Field(usize, usize),
    /// The caller's own, by its place among them.
    Own(usize),
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
        let (columns, own) = bound(&layout, least.max(names.len()));
        let own = own.into_iter().map(|position| own_name(&names, &rdf, position)).collect();
        let number = if dataset == Dataset::Apc { Field::Provspno } else { Field::CcLocalId };
        let pictured = [Field::Procodet, number]
            .map(|name| layout.columns().any(|(of, column)| of.field == name && is_cut(column)));
        Ok(Table { columns, own, delimiter, quotes, width: (least, first.map(|_| names.len())), pictured })
    }
}

fn is_cut(column: &RdfField) -> bool {
    !column.picture.is_empty() || !column.extract.is_empty()
}

/// What each of so many columns holds, and the positions of the caller's own, from 1.
fn bound(layout: &Layout, width: usize) -> (Vec<Vec<Bound>>, Vec<usize>) {
    let place = match layout.dataset() {
        Dataset::Apc => ApcLine::place,
        Dataset::Nac => RawNac::place,
        Dataset::Em => RawEm::place,
        Dataset::Nrd => RawNrd::place,
        Dataset::Acc => RawAcc::place,
        Dataset::Pcc => RawPccDay::place,
        Dataset::Ncc => RawNccDay::place,
    };
    // Nothing is known yet of a column that is `None`.
    let mut columns: Vec<Option<Vec<Bound>>> = (0..width).map(|_| None).collect();
    for (of, column) in layout.columns() {
        let Some(bound) = columns.get_mut(column.position - 1) else { continue };
        let bound = bound.get_or_insert_default();
        let position = of.position.map_or(0, |position| usize::from(position).saturating_sub(1));
        if let Some(place) = place(&of.field.name().to_lowercase()) {
            let cut = is_cut(column).then(|| column.clone());
            bound.push(Bound { holds: Holds::Field(place, position), cut });
        }
    }
    let mut own = Vec::new();
    let columns = columns.into_iter().zip(1..).map(|(bound, position)| {
        bound.unwrap_or_else(|| {
            own.push(position);
            vec![Bound { holds: Holds::Own(own.len() - 1), cut: None }]
        })
    });
    (columns.collect(), own)
}

impl Table {
    /// The record of a line, the caller's own values, and how many values there are.
    pub(super) fn read<'b, R: Slots<'b>>(&'b self, line: &'b str) -> (R, Own<'b>, usize) {
        if self.quotes && memchr::memchr(b'"', line.as_bytes()).is_some() {
            let mut filling = Filling::of(self);
            for value in &values(line.as_bytes(), self.delimiter, true) {
                filling.take(&String::from_utf8_lossy(value).into_owned());
            }
            return filling.done();
        }
        let mut filling = Filling::of(self);
        let mut from = 0;
        // Byte by byte: values are so short that a wide search for each would take longer.
        for (at, byte) in line.bytes().enumerate() {
            if byte == self.delimiter {
                filling.take(&line.get(from..at).unwrap_or_default());
                from = at + 1;
            }
        }
        filling.take(&line.get(from..).unwrap_or_default());
        filling.done()
    }
}

/// A record that is being read, value by value.
struct Filling<'b, R> {
    table: &'b Table,
    record: R,
    own: Own<'b>,
    /// Values so far.
    width: usize,
}

impl<'b, R: Slots<'b>> Filling<'b, R> {
    fn of(table: &'b Table) -> Filling<'b, R> {
        Filling { table, record: R::default(), own: Own::with_capacity(table.own.len()), width: 0 }
    }

    /// Takes the next value, lent or not.
    #[inline]
    fn take<V: AsRef<str> + Clone + Into<Cow<'b, str>>>(&mut self, value: &V) {
        // Most values of a row are blank, and a blank field is as the record has it.
        if !value.as_ref().is_empty() || !self.table.own.is_empty() {
            self.put(value);
        }
        self.width += 1;
    }

    fn put<V: AsRef<str> + Clone + Into<Cow<'b, str>>>(&mut self, value: &V) {
        for Bound { holds, cut } in self.table.columns.get(self.width).map(Vec::as_slice).unwrap_or_default() {
            match holds {
                Holds::Own(place) => {
                    let name = self.table.own.get(*place).map_or("", String::as_str);
                    self.own.push((Cow::Borrowed(name), Value::Text(value.clone().into())));
                }
                Holds::Field(..) if value.as_ref().is_empty() => {}
                Holds::Field(place, position) => {
                    let text = match cut {
                        None => Text::from(value.clone().into()),
                        Some(cut) => Text::from(cut.apply(value.as_ref()).into_owned()),
                    };
                    put(&mut self.record, *place, *position, text);
                }
            }
        }
    }

    fn done(self) -> (R, Own<'b>, usize) {
        (self.record, self.own, self.width)
    }
}

/// Puts a value in its place; positions of a repeated field before it that nothing was put in are blank.
fn put<'b>(record: &mut impl Slots<'b>, place: usize, position: usize, value: Text<'b>) {
    match record.slot(place) {
        Some(Slot::One(text)) => *text = value,
        Some(Slot::Many(texts)) => match texts.get_mut(position) {
            Some(text) => *text = value,
            None => {
                if texts.is_empty() {
                    texts.reserve(8);
                }
                texts.resize(position, Text::default());
                texts.push(value);
            }
        },
        Some(Slot::Episodes(_)) | None => {}
    }
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
