//! A line of admitted patient care, whose fields are found by name as those of any other record.

use crate::record::slots::{Slot, Slots};
use crate::record::{RawEpisode, Text};

/// A line of admitted patient care: a whole spell, or one of its episodes.
#[derive(Debug, Default)]
pub(super) struct ApcLine<'b> {
    /// Provider and spell number.
    pub(super) spell: [Text<'b>; 2],
    pub(super) episode: Box<RawEpisode<'b>>,
    pub(super) episodes: Option<Vec<RawEpisode<'b>>>,
}

impl ApcLine<'_> {
    /// The places of the provider, the spell number and the episodes; those of an episode's own fields follow.
    pub(super) const PROVIDER: usize = 0;
    pub(super) const NUMBER: usize = 1;
    pub(super) const EPISODES: usize = 2;
}

impl<'b> Slots<'b> for ApcLine<'b> {
    fn place(name: &str) -> Option<usize> {
        match name {
            "procodet" => Some(Self::PROVIDER),
            "provspno" => Some(Self::NUMBER),
            "episodes" => Some(Self::EPISODES),
            other => RawEpisode::place(other).map(|place| place + Self::EPISODES + 1),
        }
    }

    fn slot(&mut self, place: usize) -> Option<Slot<'_, 'b>> {
        let [provider, number] = &mut self.spell;
        match place {
            Self::PROVIDER => Some(Slot::One(provider)),
            Self::NUMBER => Some(Slot::One(number)),
            Self::EPISODES => Some(Slot::Episodes(&mut self.episodes)),
            other => self.episode.slot(other - Self::EPISODES - 1),
        }
    }
}
