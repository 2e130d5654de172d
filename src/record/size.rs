//! How large a spell may be. What is larger is refused at the door, so that nothing is cut off in silence.

use super::raw::RawSpell;
use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// Episodes in a spell. The longest of the official sample has 85.
pub const MAX_EPISODES: usize = 200;
/// Positions of a repeated field: DIAG_01 to DIAG_99.
pub const MAX_POSITIONS: usize = 99;

/// A part of a spell that is too large or too small.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SizeFault {
    /// Where, as a JSON pointer within the spell.
    pub pointer: String,
    /// `too-few` or `too-many`.
    pub code: &'static str,
    /// One sentence.
    pub message: String,
}

/// Critical care days in one request. A stay in critical care is rarely a tenth as long.
pub const MAX_DAYS: usize = 1_000;

/// Reads a list of which at most so many values are wanted, and one more by which it is seen to be too long. The others are
/// read like any and not kept: a value takes a hundred times the memory that it takes in the body.
pub fn at_most<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
    most: usize,
) -> Result<Vec<T>, D::Error> {
    deserializer.deserialize_seq(Bounded { most, value: PhantomData })
}

/// A list of codes.
pub(super) fn positions<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    at_most(deserializer, MAX_POSITIONS)
}

struct Bounded<T> {
    most: usize,
    value: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Bounded<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut kept = Vec::new();
        while let Some(value) = list.next_element()? {
            if kept.len() <= self.most {
                kept.push(value);
            }
        }
        Ok(kept)
    }
}

/// The lists of a record, each with its name and length, that are longer than any dataset's.
pub fn long_lists(lists: &[(&'static str, usize)]) -> Vec<SizeFault> {
    let long = lists.iter().filter(|(_, length)| *length > MAX_POSITIONS);
    let fault = |(name, _): &(&str, usize)| SizeFault {
        pointer: format!("/{name}"),
        code: "too-many",
        message: format!("at most {MAX_POSITIONS} positions"),
    };
    long.map(fault).collect()
}

/// Everything in the spell that is outside the bounds.
pub fn size_faults(spell: &RawSpell<'_>) -> Vec<SizeFault> {
    let mut faults = Vec::new();
    let mut fault = |pointer: String, code, message: String| faults.push(SizeFault { pointer, code, message });
    if spell.episodes.is_empty() {
        fault("/episodes".to_owned(), "too-few", "a spell has at least one episode".to_owned());
    }
    if spell.episodes.len() > MAX_EPISODES {
        fault("/episodes".to_owned(), "too-many", format!("a spell may have {MAX_EPISODES} episodes"));
    }
    for (i, episode) in spell.episodes.iter().enumerate() {
        for (name, list) in [("diag", &episode.diag), ("oper", &episode.oper)] {
            if list.len() > MAX_POSITIONS {
                fault(format!("/episodes/{i}/{name}"), "too-many", format!("at most {MAX_POSITIONS} positions"));
            }
        }
    }
    faults
}
