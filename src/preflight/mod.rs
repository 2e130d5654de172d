//! Room 10, **the look beforehand**: what a file as a whole shows before it is grouped: patterns, not rows.
//!
//! Pure: it looks at a [`Source`], which `files` makes of an input file, and at releases. Each pattern has its own file:
//! `header`, `width`, `shift`, `zeros`, `codes`, `spells`; `fails` holds fields that always fail. `fit` says what a value is
//! to its field. A finding holds counts and line numbers, never a value. Nothing is repaired. Source: 02, 04 EM, 06 triage.

mod codes;
mod fails;
mod fit;
mod header;
mod reasons;
mod shift;
mod spells;
mod width;
mod zeros;

pub use reasons::{Reason, Reasons};

use crate::record::FieldRef;
use crate::reference::fields::FieldRule;
use crate::reference::{Dataset, Reference};
use serde::Serialize;
use std::borrow::Cow;
use std::ops::Range;
use utoipa::ToSchema;

/// How many lines a finding names as examples.
const EXAMPLES: usize = 3;

/// A field and the column, from 1, in which the record definition finds it.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// The field with its position.
    pub field: FieldRef,
    /// What the dataset says of it.
    pub rule: &'static FieldRule,
    /// The column.
    pub position: usize,
}

/// A file to look at.
pub trait Source {
    /// The dataset.
    fn dataset(&self) -> Dataset;
    /// The columns that the definition names for it.
    fn columns(&self) -> &[Column];
    /// The highest column that the definition names, for this dataset or not.
    fn highest_position(&self) -> usize;
    /// Whether the definition gives the column to a field of this dataset or to anything else.
    fn is_named(&self, position: usize) -> bool;
    /// The header's names, where the file was said to have one.
    fn header(&self) -> Option<Vec<Cow<'_, str>>>;
    /// How many rows there are, without the header.
    fn rows(&self) -> usize;
    /// The value of a field in a row, as grouping reads it.
    fn value(&self, row: usize, column: &Column) -> Cow<'_, str>;
    /// The value in a column, from 1, as it was sent.
    fn sent(&self, row: usize, position: usize) -> Cow<'_, str>;
    /// The line of a row in the file, from 1.
    fn line(&self, row: usize) -> usize;
    /// How many values the line had.
    fn width(&self, row: usize) -> usize;
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// Results would be wrong or absent: mend it before grouping.
    Error,
    /// Somebody should look.
    Warning,
    /// Good to know.
    Note,
}

impl std::fmt::Display for Weight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Weight::Error => "error",
            Weight::Warning => "warning",
            Weight::Note => "note",
        })
    }
}

/// A pattern that the file shows.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Pattern {
    /// Stable, for programs.
    #[schema(example = "leading-zeros-lost")]
    pub code: &'static str,
    /// How much it matters.
    pub severity: Weight,
    /// The field, without position where it repeats; none where it is of whole rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "TREAT")]
    pub field: Option<String>,
    /// How many values, rows or spells show it.
    pub count: usize,
    /// Their share of all that could, 0 to 1.
    pub share: f64,
    /// One sentence.
    pub message: String,
    /// The first lines that show it, the file's first line being 1.
    pub lines: Vec<usize>,
}

/// Counts what shows a pattern, and keeps the first lines.
#[derive(Clone, Debug, Default)]
struct Tally {
    count: usize,
    of: usize,
    lines: Vec<usize>,
}

impl Tally {
    /// Counts one more that could show it.
    fn could(&mut self) {
        self.of += 1;
    }

    /// Counts one that does.
    fn does(&mut self, line: usize) {
        self.count += 1;
        if self.lines.len() < EXAMPLES && !self.lines.contains(&line) {
            self.lines.push(line);
        }
    }

    fn share(&self) -> f64 {
        share(self.count, self.of)
    }

    fn pattern(self, code: &'static str, severity: Weight, field: Option<&str>, message: String) -> Pattern {
        let (share, Tally { count, lines, .. }) = (self.share(), self);
        Pattern { code, severity, field: field.map(str::to_owned), count, share, message, lines }
    }
}

/// A share to four places.
#[expect(clippy::cast_precision_loss, reason = "a share needs no more than four places")]
pub(crate) fn share(count: usize, of: usize) -> f64 {
    if of == 0 { 0.0 } else { (count as f64 / of as f64 * 10_000.0).round() / 10_000.0 }
}

/// Whether at least so many in a hundred do.
fn at_least(percent: usize, count: usize, of: usize) -> bool {
    of > 0 && count * 100 >= of * percent
}

/// Every pattern that the file shows, the gravest first. `others` are the other releases there are, by which codes of
/// another year are known.
pub fn look(source: &impl Source, reference: &Reference, others: &[&Reference]) -> Vec<Pattern> {
    let mut found = header::look(source, reference);
    // A header that was not declared is no record.
    let undeclared = found.iter().any(|pattern| pattern.code == header::UNDECLARED);
    let rows: Range<usize> = usize::from(undeclared)..source.rows();
    found.extend(width::look(source, rows.clone()));
    let shifted = shift::look(source, reference, rows.clone());
    if shifted.is_none() {
        // A column read in the place of another fails for that reason.
        found.extend(fails::look(source, reference, rows.clone()));
    }
    found.extend(shifted);
    found.extend(zeros::look(source, reference, rows.clone()));
    found.extend(codes::look(source, reference, others, rows.clone()));
    found.extend(spells::look(source, rows));
    found.sort_by_key(|pattern| pattern.severity); // stable: otherwise in the order of looking
    found
}
