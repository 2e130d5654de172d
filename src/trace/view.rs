//! The explanation as a whole, and its views: pure filters over the steps.

use super::step::Step;
use super::steps::Steps;
use crate::record::by_word;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How much of the explanation is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(remote = "Self", rename_all = "lowercase")]
pub enum Explain {
    /// Nothing.
    None,
    /// What decided: steps that applied or failed, in one sentence each, with their rows.
    #[default]
    Summary,
    /// Besides, what was turned down and why, and what would have changed the answer.
    Misses,
    /// Every step, with every fact read.
    Full,
}

by_word!(Explain);

/// An explanation of one grouping. The same record and release give the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Trace<'r> {
    /// Version of this program.
    pub engine: &'static str,
    /// Id of the release.
    pub reference: &'r str,
    /// Digest of the release.
    pub digest: &'r str,
    /// The view that was asked for.
    pub view: Explain,
    /// The steps, in the order they were taken: episodes first, then the spell.
    #[schema(value_type = Vec<Step>)]
    pub steps: Steps<'r>,
}

/// The steps as the view shows them.
pub fn view(steps: Steps<'_>, explain: Explain) -> Steps<'_> {
    steps.shown(explain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{Recorder, Recording};

    fn steps() -> Steps<'static> {
        let mut recording = Recording::default();
        recording.step(|step| step.applied("A0", "x").fact("calc_epidur", 1u32));
        recording.step(|step| step.passed("A6", "x"));
        recording.step(|step| step.passed("A8", "x").turn_down("GE-1", None, "age >= 19", 4u32));
        recording.step(|step| step.failed("A2", "x"));
        recording.into_steps()
    }

    #[test]
    fn views_only_leave_out() {
        let names = |explain| view(steps(), explain).iter().map(|s| s.step).collect::<Vec<_>>();
        assert!(names(Explain::None).is_empty());
        assert_eq!(names(Explain::Summary), ["A0", "A2"]);
        assert_eq!(names(Explain::Misses), ["A0", "A8", "A2"]);
        assert_eq!(names(Explain::Full), ["A0", "A6", "A8", "A2"]);
        assert!(view(steps(), Explain::Summary).iter().all(|s| s.facts.is_empty() && s.turned_down.is_empty()));
    }
}
