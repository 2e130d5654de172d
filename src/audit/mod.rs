//! Room 10, **the book of decisions**: which release answered what, when, to whom, so that an answer can be proved later
//! without keeping the record. It holds no identifier: record and answer stand there as keyed hashes (`seal`).
//!
//! Lines wait in a queue of bounded length, and a thread writes them (`book`). Where the disk does not keep up, the
//! configuration says what goes first: the line, which is then counted as lost, or the answer, which is then refused.

mod book;
mod entry;
mod seal;
mod settings;

pub use book::{Book, Full};
pub use entry::Entry;
pub use seal::{Seal, Sealed, Sealing};
pub use settings::{AuditSettings, WhenFull};
