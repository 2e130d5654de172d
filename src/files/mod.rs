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
mod pipeline;
pub mod rdf;
pub mod row;
pub mod rows;
pub mod run;
mod sort;
pub mod spells;
pub mod spill;
mod survey;

pub use error::RunError;
pub use rdf::Rdf;
