//! Parquet in and out: columns by name, row group after row group, in memory that does not depend on the file.
//!
//! A Parquet file is read once, column beside column, and its rows are kept as delimited text in an encrypted temporary
//! file, as what comes through a pipe is: from there on it is an input like any other. A faulty file must cost no more
//! memory than a sound one, so `pages` looks at the sizes that it declares before anything is decompressed.

mod leaf;
mod pages;
mod read;
mod table;
mod text;

pub use read::keep;
pub use table::Table;
