//! What stands for Parquet where the program was built without it.

use super::decode::Keys;
use super::error::RunError;
use super::lines::Source;
use std::convert::Infallible;
use std::io;
use std::path::Path;
use tempfile::NamedTempFile;

fn lacking() -> RunError {
    RunError::Processing(
        "this build of hrg lacks Parquet; build it with: cargo build --release --features parquet".into(),
    )
}

/// Refuses to read.
pub fn keep(_: &Path, _: &Path, _: Keys, _: u64) -> Result<(Source, Vec<String>), RunError> {
    Err(lacking())
}

/// A file that there cannot be.
pub struct Table(Infallible);

impl Table {
    /// Refuses to write.
    pub fn new(_: NamedTempFile) -> io::Result<Table> {
        Err(io::Error::other(lacking()))
    }

    /// Never called.
    pub fn add(&mut self, _: &[u8]) -> io::Result<()> {
        match self.0 {}
    }

    /// Never called.
    pub fn finish(self) -> io::Result<NamedTempFile> {
        match self.0 {}
    }
}
