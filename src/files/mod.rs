//! Room 6, **the file counter**: record definition files, input files, and the official program's output files.

pub mod changes;
pub mod check;
pub mod error;
pub mod input;
pub mod layout;
pub mod output;
pub mod rdf;
pub mod rows;
pub mod run;
pub mod spells;

pub use error::RunError;
pub use rdf::Rdf;
