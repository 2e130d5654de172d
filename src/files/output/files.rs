//! The output files of a run while they are written: under names that nobody looks for, until all of them are whole.

use super::paths::{INDEX, Paths, suffixes};
use super::pen::{Kind, Pen};
use crate::files::error::RunError;
use crate::files::form::Form;
use crate::files::parquet::Table;
use crate::files::run::{Job, Sink};
use std::fs::remove_file;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// How much is kept back until it is written.
const KEPT: usize = 64 * 1024;

/// The files of a run. Unless [`Files::finish`] is reached they are removed, and what stood under their final names
/// before still does.
pub struct Files {
    form: Form,
    /// In the order of the suffixes, the index last.
    named: Vec<(PathBuf, Opened)>,
}

/// A file that pages are added to.
enum Opened {
    Lines(BufWriter<NamedTempFile>),
    Table(Box<Table>),
}

impl Opened {
    fn new(form: Form, file: NamedTempFile) -> Opened {
        match form {
            Form::Csv | Form::Ndjson => Opened::Lines(BufWriter::with_capacity(KEPT, file)),
            Form::Parquet => Opened::Table(Box::new(Table::new(file))),
        }
    }

    fn add(&mut self, page: &[u8]) -> io::Result<()> {
        match self {
            Opened::Lines(file) => file.write_all(page),
            Opened::Table(table) => table.add(page),
        }
    }

    fn finish(self) -> io::Result<NamedTempFile> {
        match self {
            Opened::Lines(file) => file.into_inner().map_err(io::IntoInnerError::into_error),
            Opened::Table(table) => table.finish(),
        }
    }
}

impl Files {
    /// Makes the files.
    pub fn create(job: &Job<'_>) -> Result<Files, RunError> {
        let paths = Paths::of(job);
        let each = suffixes(job.dataset).iter().chain(&[INDEX]).map(|suffix| {
            let path = paths.path(suffix);
            let opened = Opened::new(job.scale.to, unnamed(&path)?);
            Ok((path, opened))
        });
        let named = each.collect::<io::Result<_>>().map_err(unwritable)?;
        Ok(Files { form: job.scale.to, named })
    }

    /// Writes the index, and gives the files their names, the index last.
    pub fn finish(mut self) -> Result<(), RunError> {
        self.write_index().map_err(unwritable)?;
        let mut whole = Vec::new();
        for (path, file) in self.named {
            whole.push((path, file.finish().map_err(unwritable)?));
        }
        let mut given: Vec<PathBuf> = Vec::new();
        for (path, file) in whole {
            if let Err(fault) = file.persist(&path) {
                for path in &given {
                    _ = remove_file(path); // a part of the files would be taken for all
                }
                return Err(unwritable(fault.error));
            }
            given.push(path);
        }
        Ok(())
    }

    fn write_index(&mut self) -> io::Result<()> {
        let names: Vec<String> = self.named.iter().map(|(path, _)| name(path)).collect();
        let Some((_, index)) = self.named.last_mut() else { return Ok(()) };
        index.add(&self::index(&names, self.form))
    }
}

impl Sink for Files {
    fn write(&mut self, pages: &[Vec<u8>]) -> Result<(), RunError> {
        let mut files = self.named.iter_mut().zip(pages);
        files.try_for_each(|((_, file), page)| file.add(page)).map_err(unwritable)
    }
}

/// The names of the files of a run, the index last.
pub fn names(job: &Job<'_>) -> Vec<String> {
    let paths = Paths::of(job);
    suffixes(job.dataset).iter().chain(&[INDEX]).map(|suffix| name(&paths.path(suffix))).collect()
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The index: of these names all but its own, without a header line.
pub fn index(names: &[String], form: Form) -> Vec<u8> {
    let others = names.split_last().map(|(_, others)| others).unwrap_or_default();
    let mut page = Vec::new();
    let mut pen = Pen::new(&mut page, form);
    pen.head(&[(b"File".to_vec(), Kind::Sent)], (true, false));
    for name in others {
        pen.begin();
        pen.value(|page| page.extend_from_slice(name.as_bytes()));
        pen.end();
    }
    page
}

/// A file beside its final name, with the rights that a file of the user has.
fn unnamed(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".hrg-").suffix(".part");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // less what the user's mask takes away
    builder.tempfile_in(folder)
}

fn unwritable(fault: io::Error) -> RunError {
    RunError::Output(fault.to_string())
}
