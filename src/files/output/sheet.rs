//! An output file as data: its suffix and its columns in order, and how rows of any kind are written by them.
//!
//! Source: 07, rules common to all. No text qualifiers; columns that the official program never fills exist and stay
//! empty, and their counters hold 0. Values are written to a page of bytes as they are found: a record bears some
//! hundred of them, and a string for each would cost more than grouping does.

use super::Book;
use crate::files::form::Form;
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
    /// A named column that is never filled.
    Empty(&'static str),
    /// A counter that holds 0, and as many numbered columns as it could count, which are never filled.
    Counter(&'static str, &'static str, u8),
    /// A named column, then as many unnamed ones as the row needs; at least one. Writes the value of a place, from 0,
    /// where there is one.
    Repeated(&'static str, fn(&T, usize, &mut Vec<u8>) -> bool),
}

/// A row to write: what it is about, and the input row it stands for.
pub struct Line<'a, T> {
    /// The row as it was sent.
    pub input: &'a row::Line<'a>,
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
pub fn word(word: Word, page: &mut Vec<u8>) {
    page.extend((0..word.len()).map(|place| word.at(place)));
}

/// Writes a number.
pub fn number(number: impl itoa::Integer, page: &mut Vec<u8>) {
    page.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

impl<T> Sheet<T> {
    /// Writes lines to the page of this file; before the first of all its header.
    pub fn write<'a>(&self, book: &mut Book<'_>, lines: impl Iterator<Item = Line<'a, T>>) {
        let mut page = book.take(self.suffix);
        let names = self.header(book);
        let mut pen = Pen { page: &mut page, keys: None, next: 0, scratch: Vec::new() };
        let keys: Vec<Vec<u8>>;
        match book.form {
            Form::Csv if book.begin && book.headers => {
                for name in &names {
                    pen.value(|page| page.extend_from_slice(name));
                }
                pen.end();
            }
            Form::Csv => {}
            Form::Ndjson => {
                keys = self::keys(&names);
                pen.keys = Some(&keys);
            }
        }
        for line in lines {
            pen.begin();
            self.columns.iter().for_each(|column| column.write(&line, book, &mut pen));
            pen.end();
        }
        book.put(self.suffix, page);
    }

    fn header(&self, book: &Book<'_>) -> Vec<Vec<u8>> {
        let mut names: Vec<Vec<u8>> = Vec::new();
        for column in &self.columns {
            match column {
                Column::Input => names.extend(book.header.iter().map(<[u8]>::to_vec)),
                Column::RowNo => names.push(b"RowNo".to_vec()),
                Column::Iteration => names.push(b"Iteration".to_vec()),
                Column::Value(name, _) | Column::Empty(name) | Column::Repeated(name, _) => {
                    names.push(name.as_bytes().to_vec());
                }
                Column::Counter(counter, stem, columns) => {
                    names.push(counter.as_bytes().to_vec());
                    names.extend((1..=*columns).map(|i| format!("{stem}{i}").into_bytes()));
                }
            }
        }
        names
    }
}

/// Names as the keys of objects; a name that stood before gets a number.
fn keys(names: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut keys: Vec<Vec<u8>> = Vec::with_capacity(names.len());
    for name in names {
        let mut again = 1;
        loop {
            let numbered = if again == 1 { name.clone() } else { [name, format!("_{again}").as_bytes()].concat() };
            let mut key = Vec::new();
            json(&numbered, &mut key);
            key.push(b':');
            if !keys.contains(&key) {
                keys.push(key);
                break;
            }
            again += 1;
        }
    }
    keys
}

/// Writes a value as a JSON text.
fn json(value: &[u8], page: &mut Vec<u8>) {
    if value.iter().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')) {
        page.push(b'"');
        page.extend_from_slice(value);
        page.push(b'"');
    } else {
        _ = serde_json::to_writer(page, &String::from_utf8_lossy(value)); // memory takes everything
    }
}

/// Writes the values of a row one after another.
struct Pen<'p> {
    page: &'p mut Vec<u8>,
    /// The keys of an object; none where rows are delimited text.
    keys: Option<&'p [Vec<u8>]>,
    next: usize,
    scratch: Vec<u8>,
}

impl Pen<'_> {
    fn begin(&mut self) {
        self.next = 0;
        if self.keys.is_some() {
            self.page.push(b'{');
        }
    }

    /// Every value is followed by a comma; that of the last becomes the end of the line.
    fn end(&mut self) {
        self.page.pop();
        self.page.extend_from_slice(if self.keys.is_some() { b"}\n" } else { b"\n" });
    }

    fn key(&mut self) {
        if let Some(key) = self.keys.and_then(|keys| keys.get(self.next)) {
            self.page.extend_from_slice(key);
            self.next += 1;
        }
    }

    fn value(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        if self.keys.is_none() {
            write(self.page);
        } else {
            self.key();
            self.scratch.clear();
            write(&mut self.scratch);
            json(&self.scratch, self.page);
        }
        self.page.push(b',');
    }

    fn number(&mut self, value: u64) {
        self.key();
        number(value, self.page);
        self.page.push(b',');
    }

    fn list(&mut self, write: impl Fn(usize, &mut Vec<u8>) -> bool) {
        let mut values = 0..;
        if self.keys.is_none() {
            while values.next().is_some_and(|place| write(place, self.page)) {
                self.page.push(b',');
            }
            if values.start == 1 {
                self.page.push(b','); // there was none
            }
            return;
        }
        self.key();
        self.page.push(b'[');
        for place in values {
            self.scratch.clear();
            if !write(place, &mut self.scratch) {
                break;
            }
            if place > 0 {
                self.page.push(b',');
            }
            json(&self.scratch, self.page);
        }
        self.page.extend_from_slice(b"],");
    }

    /// The columns of the input; those that a row is too short for are blank.
    fn input(&mut self, line: &row::Line<'_>, book: &Book<'_>) {
        let width = book.header.len();
        let blank = width.saturating_sub(line.width());
        if self.keys.is_none() && book.delimiter == b',' {
            self.page.extend_from_slice(line.bytes);
            self.page.extend(std::iter::repeat_n(b',', blank + 1));
            return;
        }
        line.values().chain(std::iter::repeat_n(&b""[..], blank)).for_each(|value| {
            self.value(|page| page.extend_from_slice(value));
        });
    }
}

impl<T> Column<T> {
    fn write(&self, line: &Line<'_, T>, book: &Book<'_>, pen: &mut Pen<'_>) {
        match self {
            Column::Input => pen.input(line.input, book),
            Column::RowNo => pen.number(line.number),
            Column::Iteration => pen.number(line.iteration),
            Column::Value(_, write) => pen.value(|page| write(&line.of, page)),
            Column::Empty(_) => pen.value(|_| {}),
            Column::Counter(_, _, columns) => {
                pen.number(0);
                (0..*columns).for_each(|_| pen.value(|_| {}));
            }
            Column::Repeated(_, write) => pen.list(|place, page| write(&line.of, place, page)),
        }
    }
}
