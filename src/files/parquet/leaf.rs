//! A column of a Parquet file as texts, some rows at a time.

use super::text::{Writing, writing};
use parquet::basic::Repetition;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::RowGroupReader;
use parquet::schema::types::ColumnDescriptor;

/// How a column of the file is read.
#[derive(Clone, Copy, Debug)]
pub struct Leaf {
    /// Its number in the file.
    pub number: usize,
    /// Whether each row has a list of values.
    pub is_list: bool,
    writing: Writing,
    /// The level at which there is a value, and that at which there is a place in a list.
    value_level: i16,
    place_level: i16,
}

impl Leaf {
    /// That of a column; none where its kind is not read.
    pub fn of(number: usize, column: &ColumnDescriptor) -> Option<Leaf> {
        let is_list = column.max_rep_level() > 0;
        // A value alone, or a list of values: in one group that repeats or in a group within a group.
        if column.max_rep_level() > 1 || column.path().parts().len() > if is_list { 3 } else { 1 } {
            return None;
        }
        let info = column.self_type().get_basic_info();
        let optional = info.has_repetition() && info.repetition() == Repetition::OPTIONAL;
        let value_level = column.max_def_level();
        let place_level = if is_list && optional { value_level - 1 } else { value_level };
        Some(Leaf { number, is_list, writing: writing(column)?, value_level, place_level })
    }
}

/// The texts of some rows.
#[derive(Default)]
pub struct Texts {
    bytes: Vec<u8>,
    /// Where each text ends, and how many texts there are up to each row's last.
    ends: Vec<usize>,
    rows: Vec<usize>,
}

impl Texts {
    /// The texts of a row, from 0; more or fewer than one only in a column of lists.
    pub fn of_row(&self, row: usize) -> impl Iterator<Item = &[u8]> {
        let before = |place: usize, all: &[usize]| place.checked_sub(1).and_then(|place| all.get(place).copied());
        let first = before(row, &self.rows).unwrap_or(0);
        let last = self.rows.get(row).copied().unwrap_or(first);
        (first..last).map(move |place| {
            let end = self.ends.get(place).copied().unwrap_or_default();
            self.bytes.get(before(place, &self.ends).unwrap_or(0)..end).unwrap_or_default()
        })
    }
}

/// A column of a row group while it is read.
pub struct Reading {
    leaf: Leaf,
    column: ColumnReader,
    /// What was read last.
    pub texts: Texts,
}

impl Reading {
    /// Begins to read.
    pub fn new(leaf: Leaf, group: &dyn RowGroupReader) -> Result<Reading> {
        Ok(Reading { leaf, column: group.get_column_reader(leaf.number)?, texts: Texts::default() })
    }

    /// Reads some rows in place of those read before; gives how many there were.
    pub fn read(&mut self, rows: usize) -> Result<usize> {
        let (leaf, texts) = (self.leaf, &mut self.texts);
        let writing = leaf.writing;
        match &mut self.column {
            ColumnReader::BoolColumnReader(column) => {
                take(leaf, column, rows, texts, |value, into| into.extend(value.to_string().bytes()))
            }
            ColumnReader::Int32ColumnReader(column) => take(leaf, column, rows, texts, |value, into| {
                writing.write((*value).into(), value.cast_unsigned().into(), into);
            }),
            ColumnReader::Int64ColumnReader(column) => {
                take(leaf, column, rows, texts, |value, into| writing.write(*value, value.cast_unsigned(), into))
            }
            ColumnReader::FloatColumnReader(column) => {
                take(leaf, column, rows, texts, |value, into| into.extend(value.to_string().bytes()))
            }
            ColumnReader::DoubleColumnReader(column) => {
                take(leaf, column, rows, texts, |value, into| into.extend(value.to_string().bytes()))
            }
            ColumnReader::ByteArrayColumnReader(column) => {
                take(leaf, column, rows, texts, |value, into| into.extend_from_slice(value.data()))
            }
            ColumnReader::Int96ColumnReader(_) | ColumnReader::FixedLenByteArrayColumnReader(_) => {
                Err(ParquetError::General("a column of a kind that is not read".to_owned()))
            }
        }
    }
}

/// Reads rows of a column and writes their values as texts.
fn take<T: DataType>(
    leaf: Leaf,
    column: &mut ColumnReaderImpl<T>,
    rows: usize,
    texts: &mut Texts,
    write: impl Fn(&T::T, &mut Vec<u8>),
) -> Result<usize> {
    texts.bytes.clear();
    texts.ends.clear();
    texts.rows.clear();
    let (mut levels, mut repeats, mut values) = (Vec::new(), Vec::new(), Vec::new());
    let (read, _, places) = column.read_records(rows, Some(&mut levels), Some(&mut repeats), &mut values)?;
    let mut values = values.iter();
    for place in 0..places {
        // Without levels there is a value in every place, and a row for every value.
        let level = levels.get(place).copied().unwrap_or(leaf.value_level);
        if repeats.get(place).is_none_or(|repeat| *repeat == 0) {
            texts.rows.push(texts.ends.len());
        }
        if level == leaf.value_level
            && let Some(value) = values.next()
        {
            write(value, &mut texts.bytes);
        }
        if !leaf.is_list || level >= leaf.place_level {
            texts.ends.push(texts.bytes.len());
        }
        if let Some(row) = texts.rows.last_mut() {
            *row = texts.ends.len();
        }
    }
    Ok(read)
}
