//! Reads a Parquet file into an encrypted temporary file of delimited rows.

use super::leaf::{Leaf, Reading};
use super::pages;
use crate::files::decode::{Keys, Place};
use crate::files::error::RunError;
use crate::files::lines::Source;
use crate::files::run::Watch;
use crate::spill::{RunWriter, Spill};
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::{ChunkReader, FileReader, Length, RowGroupReader, SerializedFileReader};
use std::fs::File;
use std::io::{Error, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// How many rows are read at a time.
const ROWS: usize = 1024;

/// The most bytes that are taken from the file at once, whatever it says of itself.
const MOST: usize = 32 * 1024 * 1024;

fn unreadable(fault: impl std::fmt::Display) -> RunError {
    RunError::Input(format!("it is no Parquet file that can be read: {fault}"))
}

/// A file that gives no more bytes than it has, and never many at once.
struct Bounded(File, u64);

impl Length for Bounded {
    fn len(&self) -> u64 {
        self.1
    }
}

impl ChunkReader for Bounded {
    type T = <File as ChunkReader>::T;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        self.0.get_read(start)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<bytes::Bytes, ParquetError> {
        if length > MOST || start.saturating_add(length as u64) > self.1 {
            return Err(ParquetError::General("it says of a part that it is larger than it can be".to_owned()));
        }
        self.0.get_bytes(start, length)
    }
}

/// Reads all rows of a file by the names of its columns, with about so much memory at most. Gives the rows as delimited
/// text, and the names of the columns that no key is for, which stand behind the others.
pub fn keep(
    path: &Path,
    folder: &Path,
    keys: Keys,
    memory: u64,
    watch: &impl Watch,
) -> Result<(Source, Vec<String>), RunError> {
    let file = File::open(path).map_err(|fault| RunError::Input(fault.to_string()))?;
    let about = file.metadata().map_err(|fault| RunError::Input(fault.to_string()))?;
    if !about.is_file() {
        return Err(RunError::Input("a Parquet file cannot be read from a pipe".to_owned()));
    }
    // The reader of the format takes some faults for impossible, and stops at them.
    let kept = catch_unwind(AssertUnwindSafe(|| keep_rows(Bounded(file, about.len()), folder, keys, (memory, watch))));
    kept.unwrap_or_else(|_| Err(unreadable("its parts contradict one another")))
}

fn keep_rows(
    bounded: Bounded,
    folder: &Path,
    mut keys: Keys,
    (memory, watch): (u64, &impl Watch),
) -> Result<(Source, Vec<String>), RunError> {
    let pages = bounded.0.try_clone().map_err(unreadable)?;
    let file = SerializedFileReader::new(bounded).map_err(unreadable)?;
    let (leaves, unknown) = leaves(&file, &mut keys)?;
    let unwritable = |fault: Error| RunError::Processing(format!("the rows cannot be kept for a while: {fault}"));
    let spill = Spill::new(folder).map_err(unwritable)?;
    let mut rows = Rows { keys: &keys, leaves: &leaves, values: vec![Vec::new(); keys.width()], row: Vec::new() };
    let mut into = spill.writer();
    watch.begin("reading", u64::try_from(file.metadata().file_metadata().num_rows()).unwrap_or(0));
    for number in 0..file.num_row_groups() {
        let group = file.get_row_group(number).map_err(unreadable)?;
        refuse_too_large(&pages, group.metadata(), memory)?;
        rows.keep(&*group, &mut into, watch)?;
    }
    let run = into.finish().map_err(unwritable)?;
    Ok((Source::Kept(spill, run), unknown))
}

/// The columns of a file, each with what it stands for.
type Leaves = Vec<(Leaf, Place)>;

/// The columns with what they stand for, and the names of those that are the caller's own.
fn leaves(file: &dyn FileReader, keys: &mut Keys) -> Result<(Leaves, Vec<String>), RunError> {
    let schema = file.metadata().file_metadata().schema_descr();
    let named = |name: &str| format!("the column {name} is of a kind that is not read");
    let names: Vec<String> = schema.columns().iter().filter_map(|c| c.path().parts().first().cloned()).collect();
    let unknown: Vec<String> = names.iter().filter(|name| keys.place(name).is_none()).cloned().collect();
    keys.add(&unknown);
    let mut leaves = Vec::new();
    for (number, (column, name)) in schema.columns().iter().zip(&names).enumerate() {
        let twice = names.iter().filter(|other| other.eq_ignore_ascii_case(name)).count() > 1;
        if twice {
            return Err(RunError::Input(format!("the column {name} stands twice, or has parts")));
        }
        let leaf = Leaf::of(number, column).ok_or_else(|| RunError::Input(named(name)))?;
        let place = keys.place(name).ok_or_else(|| RunError::Input(named(name)))?;
        if leaf.is_list != matches!(place, Place::List(_)) {
            return Err(RunError::Input(named(name)));
        }
        leaves.push((leaf, place.clone()));
    }
    Ok((leaves, unknown))
}

/// Refuses a row group that needs more memory than there is, by what its pages declare.
fn refuse_too_large(mut file: &File, group: &RowGroupMetaData, memory: u64) -> Result<(), RunError> {
    let mut needed = 0;
    for column in group.columns() {
        if !matches!(column.compression(), Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::ZSTD(_)) {
            return Err(unreadable("it is compressed otherwise than by Snappy or Zstandard"));
        }
        let start = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
        let sizes = u64::try_from(start).ok().zip(u64::try_from(column.compressed_size()).ok());
        let (start, len) = sizes.ok_or_else(|| unreadable("a column has no place"))?;
        std::io::Seek::seek(&mut file, std::io::SeekFrom::Start(start)).map_err(unreadable)?;
        let mut bytes = std::io::BufReader::new(file.take(len));
        needed += pages::needed(&mut bytes, len).map_err(unreadable)?;
    }
    if needed > memory {
        return Err(unreadable("a row group needs more memory than there may be: see --memory"));
    }
    Ok(())
}

/// Makes rows of columns.
struct Rows<'k> {
    keys: &'k Keys,
    leaves: &'k [(Leaf, Place)],
    values: Vec<Vec<u8>>,
    row: Vec<u8>,
}

impl Rows<'_> {
    /// Writes the rows of a group.
    fn keep(
        &mut self,
        group: &dyn RowGroupReader,
        into: &mut RunWriter<'_>,
        watch: &impl Watch,
    ) -> Result<(), RunError> {
        let begin = |(leaf, _): &(Leaf, Place)| Reading::new(*leaf, group);
        let mut columns = self.leaves.iter().map(begin).collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
        let all = usize::try_from(group.metadata().num_rows()).map_err(unreadable)?;
        let mut done = 0;
        while done < all {
            let wanted = ROWS.min(all - done);
            for column in &mut columns {
                if column.read(wanted).map_err(unreadable)? != wanted {
                    return Err(unreadable("a column has fewer rows than its group"));
                }
            }
            for row in 0..wanted {
                self.fill(&columns, row)?;
                self.row.clear();
                self.keys.join(&self.values, &mut self.row);
                self.row.push(b'\n');
                into.write_all(&self.row).map_err(|fault| RunError::Processing(fault.to_string()))?;
            }
            done += wanted;
            watch.advance(wanted as u64);
        }
        Ok(())
    }

    /// Puts the values of a row into their places.
    fn fill(&mut self, columns: &[Reading], row: usize) -> Result<(), RunError> {
        self.values.iter_mut().for_each(Vec::clear);
        for (column, (_, place)) in columns.iter().zip(self.leaves) {
            let places: &[Option<usize>] = match place {
                Place::Column(place) => &[Some(*place)],
                Place::List(places) => places,
            };
            let mut places = places.iter();
            for text in column.texts.of_row(row) {
                let into = places.next().copied().flatten().and_then(|place| self.values.get_mut(place));
                match into {
                    Some(into) => into.extend_from_slice(text),
                    None if text.trim_ascii().is_empty() => {}
                    None => return Err(unreadable("a list is longer than the record definition has positions")),
                }
            }
        }
        Ok(())
    }
}
