//! The fields of a record by their names, so that lines and rows are read into it without a copy of any value.

use crate::record::{RawAcc, RawEm, RawEpisode, RawNac, RawNccDay, RawNrd, RawPccDay, Text};

/// Where a field of a record is put.
pub(super) enum Slot<'r, 'b> {
    /// A field that does not repeat.
    One(&'r mut Text<'b>),
    /// A field that does.
    Many(&'r mut Vec<Text<'b>>),
    /// The episodes of a spell.
    Episodes(&'r mut Option<Vec<RawEpisode<'b>>>),
}

/// A record whose fields are found by name. A place is a number below 64.
pub(super) trait Slots<'b>: Default {
    /// The place of a field by its JSON name.
    fn place(name: &str) -> Option<usize>;

    /// The field at a place.
    fn slot(&mut self, place: usize) -> Option<Slot<'_, 'b>>;
}

/// A record that may outlive the bytes that it was read from.
pub(super) trait Keep {
    /// The record with values of its own.
    type Kept;

    /// Copies what is borrowed.
    fn keep(self) -> Self::Kept;
}

impl Keep for Text<'_> {
    type Kept = Text<'static>;

    fn keep(self) -> Text<'static> {
        self.into_owned()
    }
}

impl<T: Keep> Keep for Vec<T> {
    type Kept = Vec<T::Kept>;

    fn keep(self) -> Vec<T::Kept> {
        self.into_iter().map(Keep::keep).collect()
    }
}

macro_rules! slots {
    ($($record:ident { $($one:ident)* } [$($many:ident)*])+) => {$(
        impl<'b> Slots<'b> for $record<'b> {
            fn place(name: &str) -> Option<usize> {
                #[allow(non_camel_case_types, reason = "the fields' own names")]
                enum Place { $($one,)* $($many,)* }
                Some(match name {
                    $(stringify!($one) => Place::$one as usize,)*
                    $(stringify!($many) => Place::$many as usize,)*
                    _ => return None,
                })
            }

            fn slot(&mut self, place: usize) -> Option<Slot<'_, 'b>> {
                #[allow(non_camel_case_types, reason = "the fields' own names")]
                enum Place { $($one,)* $($many,)* }
                Some(match place {
                    $(_ if place == Place::$one as usize => Slot::One(&mut self.$one),)*
                    $(_ if place == Place::$many as usize => Slot::Many(&mut self.$many),)*
                    _ => return None,
                })
            }
        }

        impl Keep for $record<'_> {
            type Kept = $record<'static>;

            fn keep(self) -> $record<'static> {
                $record { $($one: self.$one.keep(),)* $($many: self.$many.keep(),)* }
            }
        }
    )+};
}

slots! {
    RawEpisode {
        epiorder startage sex classpat admisorc admimeth disdest dismeth epidur mainspef neocare tretspef
        criticalcaredays rehabilitationdays spcdays
    } [diag oper]
    RawNac { startage sex mainspef tretspef firstatt } [oper]
    RawEm { age aepatientgroup } [inv treat]
    RawNrd { renalmod renalsite renalaccess hbv hcv hiv age } []
    RawAcc {
        ccuf bcsd acsd brsd arsd rsd nsd dsd lsd ccl2d ccl3d cc_start_date cc_discharge_date
    } []
    RawPccDay { procodet cclocalid ccdate disdate dismeth ccuf } [ccac oper diag]
    RawNccDay { procodet cclocalid ccdate disdate ccuf age_days dismeth gestlen perwt } [ccac]
}

/// A line of admitted patient care: a whole spell, or one of its episodes.
#[derive(Debug, Default)]
pub(super) struct ApcLine<'b> {
    /// Provider and spell number.
    pub(super) spell: [Text<'b>; 2],
    pub(super) episode: RawEpisode<'b>,
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
