//! The forms that input and output files can have besides the official one.

use super::error::RunError;
use std::path::Path;

/// The form of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// Delimited text without text qualifiers: the official form.
    #[default]
    Csv,
    /// One JSON object a line, by the names of the columns.
    Ndjson,
    /// Columns by name, in row groups; only where the program was built with it.
    Parquet,
}

impl Form {
    /// The form that the ending of a name tells; delimited text where it tells none.
    pub fn of(path: &Path) -> Form {
        let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
        match ending.as_ref().and_then(|ending| ending.to_str()) {
            Some("ndjson" | "jsonl") => Form::Ndjson,
            Some("parquet") => Form::Parquet,
            _ => Form::Csv,
        }
    }

    /// Refuses a form that the program was built without.
    pub fn refuse_lacking(self) -> Result<(), RunError> {
        if self == Form::Parquet && cfg!(not(feature = "parquet")) {
            let words = "this build of hrg lacks Parquet: build it with cargo build --release --features parquet";
            return Err(RunError::Processing(words.to_owned()));
        }
        Ok(())
    }

    /// The ending of output files.
    pub fn ending(self) -> &'static str {
        match self {
            Form::Csv => ".csv",
            Form::Ndjson => ".ndjson",
            Form::Parquet => ".parquet",
        }
    }
}
