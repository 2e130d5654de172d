//! How the values of a row are written to a page, in each of the forms.
//!
//! A page of a Parquet file holds its columns' names and kinds first, then the values, each behind its length: what
//! the Parquet writer makes columns of.

use super::sheet::number;
use crate::files::form::Form;
use crate::files::row;
use rustc_hash::FxHashSet;

const COMMAS: [u8; 64] = [b','; 64];

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text of the input, as it was sent.
    Sent,
    /// Text, or nothing.
    Text,
    /// A whole number, or nothing.
    Number,
    /// Texts.
    List,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 4] = [Kind::Sent, Kind::Text, Kind::Number, Kind::List];
}

/// Writes the values of a row one after another.
pub struct Pen<'p> {
    page: &'p mut Vec<u8>,
    form: Form,
    /// The keys of objects.
    keys: Vec<Vec<u8>>,
    next: usize,
    scratch: Vec<u8>,
}

impl<'p> Pen<'p> {
    /// A pen for a page.
    pub fn new(page: &'p mut Vec<u8>, form: Form) -> Pen<'p> {
        Pen { page, form, keys: Vec::new(), next: 0, scratch: Vec::new() }
    }

    /// How many bytes the page has.
    pub fn len(&self) -> usize {
        self.page.len()
    }

    /// Whether rows are delimited text.
    #[inline]
    pub fn is_text(&self) -> bool {
        self.form == Form::Csv
    }

    /// Whether every row bears the names of its columns.
    pub fn is_named(&self) -> bool {
        self.form == Form::Ndjson
    }

    /// Takes the names of the columns. `begin` says that the page is the first, `headers` that delimited text shall
    /// begin with them.
    pub fn head(&mut self, columns: &[(Vec<u8>, Kind)], (begin, headers): (bool, bool)) {
        match self.form {
            Form::Csv if begin && headers => {
                for (name, _) in columns {
                    self.value(|page| page.extend_from_slice(name));
                }
                self.end();
            }
            Form::Ndjson => self.keys = unique(columns).map(|name| key(&name)).collect(),
            Form::Parquet if begin => {
                length(columns.len(), self.page);
                for (name, (_, kind)) in unique(columns).zip(columns) {
                    self.page.push(*kind as u8);
                    sized(self.page, |page| page.extend_from_slice(&name));
                }
            }
            Form::Csv | Form::Parquet => {}
        }
    }

    /// Begins a row.
    pub fn begin(&mut self) {
        self.next = 0;
        if self.is_named() {
            self.page.push(b'{');
        }
    }

    /// Ends a row. Every value is followed by a comma; that of the last becomes the end of the line.
    pub fn end(&mut self) {
        let end: &[u8] = match self.form {
            Form::Csv => b"\n",
            Form::Ndjson => b"}\n",
            Form::Parquet => return,
        };
        self.page.pop();
        self.page.extend_from_slice(end);
    }

    fn key(&mut self) {
        if let Some(key) = self.keys.get(self.next) {
            self.page.extend_from_slice(key);
            self.next += 1;
        }
    }

    /// A value that is text.
    #[inline]
    pub fn value(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        match self.form {
            Form::Csv => write(self.page),
            Form::Ndjson => {
                self.key();
                self.scratch.clear();
                write(&mut self.scratch);
                json(&self.scratch, self.page);
            }
            Form::Parquet => return sized(self.page, write),
        }
        self.page.push(b',');
    }

    /// A number that is always there.
    #[inline]
    pub fn number(&mut self, value: u64) {
        match self.form {
            Form::Csv => {}
            Form::Ndjson => self.key(),
            Form::Parquet => return sized(self.page, |page| number(value, page)),
        }
        number(value, self.page);
        self.page.push(b',');
    }

    /// Values that are blank.
    #[inline]
    pub fn blanks(&mut self, count: usize) {
        match self.form {
            // Nearly always there are fewer than these, and copying is faster than counting.
            Form::Csv => match COMMAS.get(..count) {
                Some(commas) => self.page.extend_from_slice(commas),
                None => self.page.extend(std::iter::repeat_n(b',', count)),
            },
            Form::Ndjson | Form::Parquet => (0..count).for_each(|_| self.value(|_| {})),
        }
    }

    /// Values of delimited text that were written before, each with its comma.
    #[inline]
    pub fn written(&mut self, values: &[u8]) {
        self.page.extend_from_slice(values);
    }

    /// As many values as `write` finds places for; at least one column in delimited text.
    pub fn list(&mut self, write: impl Fn(usize, &mut Vec<u8>) -> bool) {
        match self.form {
            Form::Csv => {
                let mut places = 0..;
                while places.next().is_some_and(|place| write(place, self.page)) {
                    self.page.push(b',');
                }
                if places.start == 1 {
                    self.page.push(b','); // there was none
                }
            }
            Form::Ndjson => self.json_list(write),
            Form::Parquet => {
                let start = self.page.len();
                length(0, self.page);
                let mut count = 0;
                self.scratch.clear();
                while write(count, &mut self.scratch) {
                    sized(self.page, |page| page.extend_from_slice(&self.scratch));
                    self.scratch.clear();
                    count += 1;
                }
                put_length(count, start, self.page);
            }
        }
    }

    fn json_list(&mut self, write: impl Fn(usize, &mut Vec<u8>) -> bool) {
        self.key();
        self.page.push(b'[');
        for place in 0.. {
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
    pub fn input(&mut self, line: &row::Line<'_, '_>, width: usize, delimiter: u8) {
        let blank = width.saturating_sub(line.width());
        if self.is_text() && delimiter == b',' {
            self.page.extend_from_slice(line.bytes);
            return self.blanks(blank + 1);
        }
        line.values().for_each(|value| self.value(|page| page.extend_from_slice(value)));
        self.blanks(blank);
    }
}

/// The names of columns; one that stood before gets a number.
fn unique(columns: &[(Vec<u8>, Kind)]) -> impl Iterator<Item = Vec<u8>> {
    let mut names = FxHashSet::default();
    columns.iter().map(move |(name, _)| {
        let numbered = (2..).map(|again| [name, format!("_{again}").as_bytes()].concat());
        let mut candidates = std::iter::once(name.clone()).chain(numbered);
        candidates.find(|candidate| names.insert(candidate.clone())).unwrap_or_default()
    })
}

fn key(name: &[u8]) -> Vec<u8> {
    let mut key = Vec::new();
    json(name, &mut key);
    key.push(b':');
    key
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

fn length(length: usize, page: &mut Vec<u8>) {
    page.extend(u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes()); // a line is far shorter
}

fn put_length(length: usize, at: usize, page: &mut [u8]) {
    if let Some(slot) = page.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
        *slot = u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
    }
}

/// Writes a value behind its length.
fn sized(page: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = page.len();
    length(0, page);
    write(page);
    put_length(page.len() - start - size_of::<u32>(), start, page);
}
