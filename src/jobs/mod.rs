//! Room 11, **the night shift**: files that are too large to wait for. They come in, are done one after another, and their
//! results wait to be fetched. No HTTP here: [`http`](crate::http) is the door.
//!
//! A file walks `upload` (sealed as it arrives) → `queue` (waits) → `work` (`group` with `official`, `compare` or `check`,
//! at a `bench`) → a result that the `store` says is there. `office` is what the door sees, `folder` is where the files
//! lie, `seal` keeps them from being read without their job's `key`, `live` is how far a job is, and `end` erases:
//! everything in a file goes with the key when the job is deleted, when it fails, and when its time is over.

mod bench;
mod check;
mod compare;
mod end;
mod error;
mod folder;
mod group;
mod key;
mod live;
mod office;
mod official;
mod queue;
pub mod record;
mod seal;
mod settings;
mod store;
mod upload;
mod work;

pub use error::JobError;
pub use live::Progress;
pub use office::{Jobs, View};
pub use seal::Opener;
pub use settings::{SENT_BYTES, Settings};
pub use store::StoreError;
pub use upload::{Submitted, Upload};
