//! What stands for Parquet where the program was built without it: it refuses. See [`Form::refuse_lacking`].
#![allow(clippy::unnecessary_wraps, clippy::unused_self, reason = "the same functions as where there is Parquet")]

use super::decode::Keys;
use super::error::RunError;
use super::form::Form;
use super::lines::Source;
use super::run::Watch;
use std::io;
use std::path::Path;
use tempfile::NamedTempFile;

/// Refuses to read.
pub fn keep(_: &Path, _: &Path, _: Keys, _: u64, _: &impl Watch) -> Result<(Source, Vec<String>), RunError> {
    Form::Parquet.refuse_lacking()?;
    Err(RunError::Input("Parquet cannot be read".to_owned()))
}

/// A file that nothing can be written to.
pub struct Table(NamedTempFile);

impl Table {
    /// Begins a file.
    pub fn new(file: NamedTempFile) -> Table {
        Table(file)
    }

    /// Refuses to write.
    pub fn add(&mut self, page: &[u8]) -> io::Result<()> {
        if page.is_empty() { Ok(()) } else { Err(io::ErrorKind::Unsupported.into()) }
    }

    /// Ends the file.
    pub fn finish(self) -> io::Result<NamedTempFile> {
        Ok(self.0)
    }
}
