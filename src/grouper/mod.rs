//! Room 4, **the answer**: pure functions from a record and a release to a grouping and its trace.
//!
//! The flow, one file a stage: `normalise` (A1), `validate` (A2), `unbundle` (A4, A5), `core_hrg` (A6-A16), `episode` (A0-A18 in
//! order), `spell` (S1-S16). `other` holds the six logics besides admitted patient care.

pub mod answer;
pub mod case;
pub mod compare;
pub mod core_hrg;
pub mod episode;
pub mod grouping;
pub mod normalise;
pub mod other;
mod positions;
mod seen;
pub mod spell;
pub mod unbundle;
pub mod validate;

pub use answer::Answer;
pub use grouping::{EpisodeResult, Grouping, Message, Method, SpellResult, Unbundled};
pub use spell::Workspace;

use crate::record::RawSpell;
use crate::reference::Reference;
use crate::trace::{Explain, Off, Recorder, Recording};

/// Groups a spell with a release. Bad patient data is a result (`UZ01Z` with messages), never an error.
pub fn group<'r, R: Recorder<'r>>(spell: &RawSpell<'_>, reference: &'r Reference, recorder: &mut R) -> Grouping {
    let mut workspace = Workspace::default();
    workspace.group(spell, reference, recorder);
    workspace.take()
}

/// Groups a spell and puts the answer into words, with as much of the trace as is asked for.
pub fn answer<'r>(spell: &RawSpell<'_>, reference: &'r Reference, explain: Explain) -> Answer<'r> {
    if explain == Explain::None {
        return Answer::of(&group(spell, reference, &mut Off), reference);
    }
    let mut recording = Recording::default();
    let grouping = group(spell, reference, &mut recording);
    Answer::of(&grouping, reference).with_trace(recording.into_steps(), explain, reference)
}
