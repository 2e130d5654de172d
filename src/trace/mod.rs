//! Room 3, **why**: the steps of an explanation, made by the same code path as the answer; views and text of them.

pub mod coverage;
pub mod difference;
pub mod draft;
pub mod recorder;
pub mod render;
pub mod say;
pub mod step;
pub mod steps;
pub mod view;

pub use coverage::{Coverage, Rows, TableCoverage};
pub use difference::{Parting, first_difference};
pub use draft::{Blank, Draft};
pub use recorder::{Off, Recorder, Recording, Within};
pub use render::render;
pub(crate) use say::say;
pub use say::{Copied, Joined, Phrase, Said, Say, counted};
pub use step::{Fact, Outcome, Recorded, Step, TurnedDown};
pub use steps::Steps;
pub use view::{Explain, Trace, view};
