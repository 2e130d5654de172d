//! The rows of an output file as a Parquet file.

use crate::files::output::Kind;
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::errors::Result;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};
use std::io::{self, Error, ErrorKind};
use std::sync::Arc;
use tempfile::NamedTempFile;

/// About how many bytes of values a row group holds.
const GROUP: usize = 8 * 1024 * 1024;

/// A Parquet file while it is written. Its first page begins with the names and kinds of its columns.
pub struct Table {
    /// Until the columns are known.
    file: Option<NamedTempFile>,
    writer: Option<SerializedFileWriter<NamedTempFile>>,
    columns: Vec<Column>,
}

fn broken() -> Error {
    Error::new(ErrorKind::InvalidData, "a page is broken")
}

impl Table {
    /// Begins a file.
    pub fn new(file: NamedTempFile) -> Table {
        Table { file: Some(file), writer: None, columns: Vec::new() }
    }

    /// Adds the rows of a page.
    pub fn add(&mut self, page: &[u8]) -> io::Result<()> {
        let mut page = Page(page);
        if page.0.is_empty() {
            return Ok(());
        }
        if let Some(file) = self.file.take() {
            let names = page.columns()?;
            self.writer = Some(begin(file, &names).map_err(Error::other)?);
            self.columns = names.into_iter().map(|(_, kind)| Column::of(kind)).collect();
        }
        while !page.0.is_empty() {
            self.columns.iter_mut().try_for_each(|column| column.take(&mut page))?;
        }
        if self.columns.iter().map(Column::size).sum::<usize>() >= GROUP {
            self.flush().map_err(Error::other)?;
        }
        Ok(())
    }

    /// Writes the rows that were gathered as a row group.
    fn flush(&mut self) -> Result<()> {
        let Some(writer) = self.writer.as_mut().filter(|_| self.columns.iter().any(|column| column.size() > 0)) else {
            return Ok(());
        };
        let mut group = writer.next_row_group()?;
        for column in &mut self.columns {
            if let Some(mut into) = group.next_column()? {
                column.write(&mut into)?;
                into.close()?;
            }
        }
        group.close()?;
        Ok(())
    }

    /// Ends the file.
    pub fn finish(mut self) -> io::Result<NamedTempFile> {
        self.flush().map_err(Error::other)?;
        match (self.writer, self.file) {
            (Some(writer), _) => writer.into_inner().map_err(Error::other),
            (None, Some(file)) => Ok(file),
            (None, None) => Err(broken()),
        }
    }
}

fn begin(file: NamedTempFile, columns: &[(String, Kind)]) -> Result<SerializedFileWriter<NamedTempFile>> {
    let fields = columns.iter().map(|(name, kind)| field(name, *kind)).collect::<Result<_>>()?;
    let schema = Type::group_type_builder("rows").with_fields(fields).build()?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(concat!("hrg-grouper version ", env!("CARGO_PKG_VERSION")).to_owned())
        .build();
    SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))
}

/// A column of the schema.
fn field(name: &str, kind: Kind) -> Result<TypePtr> {
    let text = |name: &str, repetition| {
        let text = Type::primitive_type_builder(name, Physical::BYTE_ARRAY);
        text.with_repetition(repetition).with_logical_type(Some(LogicalType::String)).build()
    };
    let field = match kind {
        Kind::Sent => text(name, Repetition::REQUIRED),
        Kind::Text => text(name, Repetition::OPTIONAL),
        Kind::Number => {
            Type::primitive_type_builder(name, Physical::INT64).with_repetition(Repetition::OPTIONAL).build()
        }
        Kind::List => {
            let element = Arc::new(text("element", Repetition::REQUIRED)?);
            let list = Type::group_type_builder("list").with_repetition(Repetition::REPEATED);
            let list = Arc::new(list.with_fields(vec![element]).build()?);
            let group = Type::group_type_builder(name).with_repetition(Repetition::REQUIRED);
            group.with_logical_type(Some(LogicalType::List)).with_fields(vec![list]).build()
        }
    };
    field.map(Arc::new)
}

/// The values of a column of the row group that is gathered.
struct Column {
    kind: Kind,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    /// How many values each row has, where it has a list.
    counts: Vec<usize>,
}

impl Column {
    fn of(kind: Kind) -> Column {
        Column { kind, bytes: Vec::new(), ends: Vec::new(), counts: Vec::new() }
    }

    fn size(&self) -> usize {
        self.bytes.len() + size_of::<usize>() * (self.ends.len() + self.counts.len())
    }

    /// Takes the value of the next row from a page.
    fn take(&mut self, page: &mut Page<'_>) -> io::Result<()> {
        let mut count = 1;
        if self.kind == Kind::List {
            count = page.length()?;
            self.counts.push(count);
        }
        for _ in 0..count {
            // What is no text becomes the replacement character, as everywhere.
            self.bytes.extend_from_slice(String::from_utf8_lossy(page.value()?).as_bytes());
            self.ends.push(self.bytes.len());
        }
        Ok(())
    }

    /// Writes the values and forgets them.
    fn write(&mut self, into: &mut SerializedColumnWriter<'_>) -> Result<()> {
        let (bytes, ends) = (std::mem::take(&mut self.bytes), std::mem::take(&mut self.ends));
        let counts = std::mem::take(&mut self.counts);
        let starts = std::iter::once(&0).chain(&ends);
        let places = starts.zip(&ends).map(|(start, end)| *start..*end);
        if self.kind == Kind::Number {
            let text = |place| bytes.get(place).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
            let numbers: Vec<Option<i64>> = places.map(|place| text(place).parse().ok()).collect();
            let levels: Vec<i16> = numbers.iter().map(|number| i16::from(number.is_some())).collect();
            let numbers: Vec<i64> = numbers.into_iter().flatten().collect();
            into.typed::<Int64Type>().write_batch(&numbers, Some(&levels), None)?;
            return Ok(());
        }
        let all = ByteArray::from(bytes);
        let values = places.clone().map(|place| all.slice(place.start, place.len()));
        let into = into.typed::<ByteArrayType>();
        match self.kind {
            Kind::Text => {
                let levels: Vec<i16> = places.clone().map(|place| i16::from(!place.is_empty())).collect();
                let values: Vec<ByteArray> = values.filter(|value| !value.is_empty()).collect();
                into.write_batch(&values, Some(&levels), None)?;
            }
            Kind::List => {
                let (mut levels, mut repeats) = (Vec::new(), Vec::new());
                for count in counts {
                    levels.extend(std::iter::repeat_n(i16::from(count > 0), count.max(1)));
                    repeats.extend((0..count.max(1)).map(|place| i16::from(place > 0)));
                }
                into.write_batch(&values.collect::<Vec<_>>(), Some(&levels), Some(&repeats))?;
            }
            Kind::Sent | Kind::Number => _ = into.write_batch(&values.collect::<Vec<_>>(), None, None)?,
        }
        Ok(())
    }
}

/// What is left of a page.
struct Page<'p>(&'p [u8]);

impl<'p> Page<'p> {
    fn length(&mut self) -> io::Result<usize> {
        let (length, rest) = self.0.split_first_chunk().ok_or_else(broken)?;
        self.0 = rest;
        Ok(u32::from_le_bytes(*length) as usize)
    }

    fn value(&mut self) -> io::Result<&'p [u8]> {
        let length = self.length()?;
        let (value, rest) = self.0.split_at_checked(length).ok_or_else(broken)?;
        self.0 = rest;
        Ok(value)
    }

    /// The names and kinds of the columns.
    fn columns(&mut self) -> io::Result<Vec<(String, Kind)>> {
        (0..self.length()?)
            .map(|_| {
                let (kind, rest) = self.0.split_first().ok_or_else(broken)?;
                self.0 = rest;
                let kind = Kind::ALL.into_iter().find(|known| *known as u8 == *kind).ok_or_else(broken)?;
                Ok((String::from_utf8_lossy(self.value()?).into_owned(), kind))
            })
            .collect()
    }
}
