//! Room 6, **the belt**: a stream of records in, a stream of results out, in memory that does not grow with the stream.
//!
//! Three stages run side by side, with bounded queues between them: `cut` cuts the input into lines, the middle takes them
//! to all cores (`belt`), and at the end a thread counts and sends what `write` made of the results (`deliver`). Whoever reads
//! or writes slowly slows the whole belt and fills no memory.
//!
//! A core takes a share of lines, reads them (`read`), gathers the rows of a spell (`gather`) and groups them (`group`),
//! all but the first run of rows and the last: their spell may have begun before the share, or go on after it. Those of all
//! shares are gathered and grouped afterwards. The delivery finds what had come before in the stream (`remember`) and warns
//! of it.
//!
//! A stream whose last line is not its summary is not complete.

mod apc_line;
mod belt;
mod cells;
mod columns;
mod cut;
mod deliver;
mod gather;
mod group;
pub(crate) mod json;
pub(crate) mod lent;
mod options;
mod own;
mod read;
mod remember;
mod sort;
mod summary;
mod write;

pub use belt::group_stream;
pub use columns::Columns;
pub use options::{Form, InputForm, Limits, OnError, Options, Order, Progress};
pub use summary::{BatchError, Broken, Status, Summary};
