//! Room 11, **the store room**: more than memory holds, sorted, and unreadable to others while it waits.
//!
//! Patient data must not lie in clear outside the files a user asked for. What does not fit into memory goes to a
//! temporary file without a name ([`Spill`]), encrypted with a key that lives and dies with the process. Records are
//! sorted in memory ([`Held`]), written as sorted runs, and merged ([`Merge`]).

mod file;
mod held;
mod merge;
mod sorter;

pub use file::{Run, RunReader, RunWriter, Spill};
pub use held::Held;
pub use merge::{Merge, Sorted, merge};
pub use sorter::Sorter;
