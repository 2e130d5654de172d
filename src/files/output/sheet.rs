//! An output file as data: its suffix and its columns in order, and how rows of any kind are written by them.
//!
//! Source: 07, rules common to all. No text qualifiers; columns that the official program never fills exist and stay
//! empty, and their counters hold 0. Values are written to a page of bytes as they are found: a record bears some
//! hundred of them, and a string for each would cost more than grouping does.

use super::Book;
use super::pen::{Kind, Pen};
use crate::files::row;
use crate::record::Word;
use std::io::Write;

/// Writes a value of a row to a page. Values that a record bore are bytes, since they need not be text.
type Value<T> = fn(&T, &mut Vec<u8>);

/// A column, or several in a row that belong together, of a file whose rows are about a `T`.
pub enum Column<T> {
    /// Every column of the input, in its order.
    Input,
    /// RowNo, which links the files.
    RowNo,
    /// Iteration, which numbers repeats within one RowNo.
    Iteration,
    /// A named column and where its value is found.
    Value(&'static str, Value<T>),
    /// The same of a whole number.
    Number(&'static str, fn(&T) -> Option<i64>),
    /// A named column that is never filled.
    Empty(&'static str),
    /// A counter that holds 0, and as many numbered columns as it could count, which are never filled.
    Counter(&'static str, &'static str, u8),
    /// A named column, then as many unnamed ones as the row needs; at least one. Writes the value of a place, from 0,
    /// where there is one.
    Repeated(&'static str, fn(&T, usize, &mut Vec<u8>) -> bool),
    /// Columns that several files have, and where their values stand as delimited text, which was written once for all.
    Part(Vec<Column<T>>, for<'t> fn(&'t T) -> &'t [u8]),
}

/// A row to write: what it is about, and the input row it stands for.
pub struct Line<'a, T> {
    /// The row as it was sent.
    pub input: &'a row::Line<'a, 'a>,
    /// RowNo.
    pub number: u64,
    /// Iteration.
    pub iteration: u64,
    /// What it is about.
    pub of: T,
}

/// An output file.
pub struct Sheet<T> {
    /// What its name ends with.
    pub suffix: &'static str,
    /// Its columns in order.
    pub columns: Vec<Column<T>>,
}

/// Writes a value as its text.
pub fn text(value: impl std::fmt::Display, page: &mut Vec<u8>) {
    _ = write!(page, "{value}"); // memory takes everything
}

/// Writes a code.
#[inline]
pub fn word(word: Word, page: &mut Vec<u8>) {
    let (bytes, len) = (word.characters(), word.len());
    page.extend_from_slice(&bytes); // all of them at once, and back to the code's own
    page.truncate(page.len() - (bytes.len() - len));
}

/// Writes a number.
#[inline]
pub fn number(number: impl itoa::Integer, page: &mut Vec<u8>) {
    page.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

impl<T> Sheet<T> {
    /// Writes lines to the page of this file; before the first of all its header.
    pub fn write<'a>(&self, book: &mut Book<'_>, lines: impl Iterator<Item = Line<'a, T>>) {
        let mut page = book.take(self.suffix);
        let mut pen = Pen::new(&mut page, book.form);
        if pen.is_named() || book.begin {
            pen.head(&self.header(book), (book.begin, book.headers));
        }
        for line in lines {
            pen.begin();
            self.columns.iter().for_each(|column| column.write(&line, book, &mut pen));
            pen.end();
        }
        book.put(self.suffix, page);
    }

    /// The columns by name, each with what its values are.
    fn header(&self, book: &Book<'_>) -> Vec<(Vec<u8>, Kind)> {
        let mut names = Vec::new();
        self.columns.iter().for_each(|column| column.names(book, &mut names));
        names
    }
}

impl<T> Column<T> {
    fn names(&self, book: &Book<'_>, names: &mut Vec<(Vec<u8>, Kind)>) {
        let mut add = |name: &str, kind| names.push((name.as_bytes().to_vec(), kind));
        match self {
            Column::Input => names.extend(book.header.iter().map(|name| (name.to_vec(), Kind::Sent))),
            Column::RowNo => add("RowNo", Kind::Number),
            Column::Iteration => add("Iteration", Kind::Number),
            Column::Value(name, _) | Column::Empty(name) => add(name, Kind::Text),
            Column::Number(name, _) => add(name, Kind::Number),
            Column::Repeated(name, _) => add(name, Kind::List),
            Column::Counter(counter, stem, columns) => {
                add(counter, Kind::Number);
                (1..=*columns).for_each(|i| add(&format!("{stem}{i}"), Kind::Text));
            }
            Column::Part(columns, _) => columns.iter().for_each(|column| column.names(book, names)),
        }
    }

    /// Writes what a line has for the column.
    fn write(&self, line: &Line<'_, T>, book: &Book<'_>, pen: &mut Pen<'_>) {
        match self {
            Column::Input => pen.input(line.input, book.header.len(), book.delimiter),
            Column::RowNo => pen.number(line.number),
            Column::Iteration => pen.number(line.iteration),
            Column::Part(_, written) if pen.is_text() => pen.written(written(&line.of)),
            _ => self.write_own(&line.of, pen),
        }
    }

    /// Writes what the row is about, and nothing of the row.
    #[inline]
    pub fn write_own(&self, of: &T, pen: &mut Pen<'_>) {
        match self {
            Column::Input | Column::RowNo | Column::Iteration => {}
            Column::Value(_, write) => pen.value(|page| write(of, page)),
            Column::Number(_, value) => pen.value(|page| value(of).iter().for_each(|value| number(*value, page))),
            Column::Empty(_) => pen.blanks(1),
            Column::Counter(_, _, columns) => {
                pen.number(0);
                pen.blanks(usize::from(*columns));
            }
            Column::Repeated(_, write) => pen.list(|place, page| write(of, place, page)),
            Column::Part(columns, _) => columns.iter().for_each(|column| column.write_own(of, pen)),
        }
    }
}
