//! Room 6, **the file counter**: record definition files, input files, and the official program's output files.

pub mod changes;
pub mod check;
mod chunk;
pub mod decode;
pub mod error;
pub mod form;
pub mod input;
mod keys;
pub mod layout;
pub mod lines;
pub mod output;
#[cfg(feature = "parquet")]
mod parquet;
mod pipeline;
pub mod rdf;
pub mod row;
pub mod rows;
pub mod run;
mod sort;
pub mod spells;
mod survey;
#[cfg(not(feature = "parquet"))]
mod without_parquet;
#[cfg(not(feature = "parquet"))]
use without_parquet as parquet;

pub use error::RunError;
pub use rdf::Rdf;
