//! Which columns of a CSV stream hold which fields, and which are the caller's own.

use super::summary::BatchError;
use crate::files::decode::unquoted;
use crate::files::layout::{Layout, missing};
use crate::files::rdf::Rdf;
use crate::record::Field;
use crate::reference::Dataset;
use csv::ByteRecord;

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
    /// Where the dataset's fields are.
    pub(super) layout: Layout,
    /// The caller's own columns: name and place, from 0.
    pub(super) own: Vec<(String, usize)>,
    /// What divides the values.
    pub(super) delimiter: u8,
    /// Whether values may stand in double quotes.
    pub(super) quotes: bool,
    /// Values of a row: at least, and exactly where a header says so.
    pub(super) width: (usize, Option<usize>),
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
        let bound: Vec<usize> = layout.columns().map(|(_, column)| column.position).collect();
        let least = rdf.highest_position();
        let own = (1..=least.max(names.len())).filter(|position| !bound.contains(position));
        let own = own.map(|position| (own_name(&names, &rdf, position), position - 1)).collect();
        Ok(Table { layout, own, delimiter, quotes, width: (least, first.map(|_| names.len())) })
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
    let of = |name: &str| Field::parse(name).and_then(|field| dataset.fields().iter().find(|rule| rule.field == field));
    let placed = || {
        let (stem, position) = name.rsplit_once('_')?;
        of(stem).filter(|rule| rule.positions > 0 && position.bytes().all(|byte| byte.is_ascii_digit()))
    };
    of(name).or_else(placed).is_some()
}

/// The values of a line, which bears no end of line.
pub(super) fn values(line: &[u8], delimiter: u8, quotes: bool) -> ByteRecord {
    if quotes && memchr::memchr(b'"', line).is_some() {
        return unquoted(line, delimiter);
    }
    let mut record = ByteRecord::with_capacity(line.len(), 64);
    line.split(|byte| *byte == delimiter).for_each(|value| record.push_field(value));
    record
}
