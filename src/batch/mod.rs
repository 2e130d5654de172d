//! Room 6, **the belt**: a stream of records in, a stream of results out, in memory that does not grow with the stream.
//!
//! Three stages run side by side, with bounded queues between them: `cut` cuts the input into lines, the middle reads
//! (`read`), gathers the rows of a spell (`gather`) and groups them on all cores (`belt`), and a writer sends what
//! `write` made of the results. Whoever reads or writes slowly slows the whole belt and fills no memory.
//!
//! A stream whose last line is not its summary is not complete.

mod apc_line;
mod belt;
mod cells;
mod columns;
mod cut;
mod gather;
mod group;
pub(crate) mod json;
pub(crate) mod lent;
mod options;
mod own;
mod read;
mod sort;
mod summary;
mod write;

pub use belt::group_stream;
pub use columns::Columns;
pub use options::{Form, InputForm, Limits, OnError, Options, Order, Progress};
pub use summary::{BatchError, Broken, Status, Summary};
