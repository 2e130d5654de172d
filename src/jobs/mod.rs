//! Room 11, **the night shift**: files that are too large to wait for. They come in, are done one after another, and their
//! results wait to be fetched. No HTTP here: [`http`](crate::http) is the door.
//!
//! A file walks `upload` (sealed as it arrives) → `queue` (waits) → `work` (`group`, `compare` or `check`, at a `bench`) →
//! a result that the `store` says is there. `folder` is where the files lie, `seal` keeps them from being read without
//! their job's key, and `live` is how far a job is. Everything in a file is erased with the key: when the job is deleted,
//! when it fails, and when its time is over.

mod bench;
mod check;
mod compare;
mod folder;
mod group;
mod live;
mod queue;
pub mod record;
mod seal;
mod store;
mod upload;
mod work;

pub use live::Progress;
pub use queue::{JobError, Jobs, SENT_BYTES, Settings, View};
pub use seal::Opener;
pub use store::StoreError;
pub use upload::{Submitted, Upload};
