//! A header taken for data, data taken for a header, and a header that contradicts the record definition.

use super::fit::{Fit, fit};
use super::{Pattern, Source, Weight, at_least, share};
use crate::record::{Field, FieldRef};
use crate::reference::Reference;

/// The code of a header that was not declared.
pub(super) const UNDECLARED: &str = "header-not-declared";

pub(super) fn look(source: &impl Source, reference: &Reference) -> Vec<Pattern> {
    match source.header() {
        None => undeclared(source).into_iter().collect(),
        Some(header) => {
            let cell = |position: usize| header.get(position - 1).map_or("", |name| name.trim());
            let data = is_data(source, reference, cell);
            if data { vec![data_as_header()] } else { contradictions(source, cell).into_iter().collect() }
        }
    }
}

/// The official name of a field with its position, in any case.
fn names(field: FieldRef, text: &str) -> bool {
    field.to_string().eq_ignore_ascii_case(text)
}

/// Whether the text is the official name of any field.
fn field_named(text: &str) -> bool {
    let stem = text.rsplit_once('_').filter(|(_, tail)| tail.bytes().all(|b| b.is_ascii_digit())).map(|(stem, _)| stem);
    Field::parse(text).is_some() || stem.is_some_and(|stem| Field::parse(stem).is_some())
}

/// The first row holds names of fields in place of values.
fn undeclared(source: &impl Source) -> Option<Pattern> {
    let columns = source.columns();
    let named = columns.iter().filter(|column| field_named(source.sent(0, column.position).trim())).count();
    at_least(50, named, columns.len()).then(|| Pattern {
        code: UNDECLARED,
        severity: Weight::Error,
        field: None,
        count: 1,
        share: share(1, source.rows()),
        message:
            "the first line holds the names of fields, and would be grouped as a record: say that the file has a header"
                .to_owned(),
        lines: vec![source.line(0)],
    })
}

/// Whether the supposed header would be a good record.
fn is_data<'t>(source: &impl Source, reference: &Reference, cell: impl Fn(usize) -> &'t str) -> bool {
    let fits = source.columns().iter().map(|column| fit(column.rule.content, cell(column.position), reference));
    let named = source.columns().iter().filter(|column| field_named(cell(column.position))).count();
    let told: Vec<Fit> = fits.filter(|fit| *fit != Fit::Blank).collect();
    let valid = told.iter().filter(|fit| **fit == Fit::Valid).count();
    // Names that are nobody's are valid only where a field takes any text.
    let free = source.columns().iter().filter(|column| column.rule.content == crate::reference::fields::Content::Text);
    named == 0 && told.len() > free.count() && at_least(80, valid, told.len())
}

fn data_as_header() -> Pattern {
    Pattern {
        code: "data-as-header",
        severity: Weight::Error,
        field: None,
        count: 1,
        share: 1.0,
        message: "the first line reads like a record, and would be passed over as a header: say that the file has none"
            .to_owned(),
        lines: vec![1],
    }
}

/// The header names a field in a column that the definition gives to another.
fn contradictions<'t>(source: &impl Source, cell: impl Fn(usize) -> &'t str) -> Option<Pattern> {
    let columns = source.columns();
    let wrong: Vec<FieldRef> = columns
        .iter()
        .filter(|column| {
            let name = cell(column.position);
            !names(column.field, name) && columns.iter().any(|other| names(other.field, name))
        })
        .map(|column| column.field)
        .collect();
    let first = wrong.first()?;
    let aside: Vec<bool> = columns
        .iter()
        .filter(|column| wrong.contains(&column.field))
        .map(|column| {
            [column.position - 1, column.position + 1].iter().any(|p| *p > 0 && names(column.field, cell(*p)))
        })
        .collect();
    let words = if at_least(50, aside.iter().filter(|aside| **aside).count(), aside.len()) {
        "; most stand in the column beside"
    } else {
        ""
    };
    Some(Pattern {
        code: "header-contradicts-definition",
        severity: Weight::Error,
        field: Some(first.to_string()),
        count: wrong.len(),
        share: share(wrong.len(), columns.len()),
        message: format!(
            "the header gives other columns than the record definition, from {first} on{words}: a wrong column groups without any error"
        ),
        lines: vec![1],
    })
}
