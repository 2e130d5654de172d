//! An output file as data: its suffix and its columns in order, and how rows of any kind are written by them.
//!
//! Source: 07, rules common to all. No text qualifiers; columns that the official program never fills exist and stay
//! empty, and their counters hold 0.

use super::paths::Paths;
use csv::{ByteRecord, QuoteStyle, WriterBuilder};
use std::borrow::Cow;
use std::fs::File;
use std::io::BufWriter;

/// A value of a cell. Values that a record bore are bytes, since they need not be text.
pub type Cell<'v> = Cow<'v, [u8]>;

/// A column, or several in a row that belong together, of a file whose rows are about a `T`.
pub enum Column<T> {
    /// Every column of the input, in its order.
    Input,
    /// RowNo, which links the files.
    RowNo,
    /// Iteration, which numbers repeats within one RowNo.
    Iteration,
    /// A named column and where its value is found.
    Value(&'static str, fn(&T) -> Cell<'_>),
    /// A named column that is never filled.
    Empty(&'static str),
    /// A counter that holds 0, and as many numbered columns as it could count, which are never filled.
    Counter(&'static str, &'static str, u8),
    /// A named column, then as many unnamed ones as the row needs; at least one.
    Repeated(&'static str, fn(&T) -> Vec<String>),
}

/// A row to write: what it is about, and the input row it stands for.
pub struct Line<'a, T> {
    /// The row as it was sent.
    pub input: &'a ByteRecord,
    /// RowNo.
    pub number: usize,
    /// Iteration.
    pub iteration: usize,
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

/// A value as the bytes of its text.
pub fn cell<'v>(value: impl ToString) -> Cell<'v> {
    Cow::Owned(value.to_string().into_bytes())
}

/// The same; nothing where there is no value.
pub fn cell_or_blank<'v>(value: Option<impl ToString>) -> Cell<'v> {
    value.map_or(Cow::Borrowed(&[]), cell)
}

impl<T> Sheet<T> {
    /// Writes the file.
    pub fn write<'a>(
        &self,
        paths: &Paths<'_>,
        input_header: &ByteRecord,
        lines: impl Iterator<Item = Line<'a, T>>,
    ) -> csv::Result<()> {
        let file = BufWriter::new(File::create(paths.path(self.suffix))?);
        let mut out = WriterBuilder::new().quote_style(QuoteStyle::Never).flexible(true).from_writer(file);
        if paths.headers {
            out.write_byte_record(&self.header(input_header))?;
        }
        let mut record = ByteRecord::new();
        for line in lines {
            record.clear();
            self.columns.iter().for_each(|column| column.fill(&line, &mut record));
            out.write_byte_record(&record)?;
        }
        out.flush()?;
        Ok(())
    }

    fn header(&self, input_header: &ByteRecord) -> ByteRecord {
        let mut header = ByteRecord::new();
        for column in &self.columns {
            match column {
                Column::Input => header.extend(input_header),
                Column::RowNo => header.push_field(b"RowNo"),
                Column::Iteration => header.push_field(b"Iteration"),
                Column::Value(name, _) | Column::Empty(name) | Column::Repeated(name, _) => {
                    header.push_field(name.as_bytes());
                }
                Column::Counter(counter, stem, columns) => {
                    header.push_field(counter.as_bytes());
                    header.extend((1..=*columns).map(|i| format!("{stem}{i}").into_bytes()));
                }
            }
        }
        header
    }
}

impl<T> Column<T> {
    fn fill(&self, line: &Line<'_, T>, record: &mut ByteRecord) {
        match self {
            Column::Input => record.extend(line.input),
            Column::RowNo => record.push_field(line.number.to_string().as_bytes()),
            Column::Iteration => record.push_field(line.iteration.to_string().as_bytes()),
            Column::Value(_, value) => record.push_field(&value(&line.of)),
            Column::Empty(_) => record.push_field(b""),
            Column::Counter(_, _, columns) => {
                record.push_field(b"0");
                (0..*columns).for_each(|_| record.push_field(b""));
            }
            Column::Repeated(_, values) => {
                let values = values(&line.of);
                record.extend(&values);
                if values.is_empty() {
                    record.push_field(b"");
                }
            }
        }
    }
}
