//! The fields of a record by their names, so that lines and rows are read into it without a copy of any value, and one
//! field of it can be changed.

use super::{RawAcc, RawEm, RawEpisode, RawNac, RawNccDay, RawNrd, RawPccDay, Text};

/// Where a field of a record is put.
pub enum Slot<'r, 'b> {
    /// A field that does not repeat.
    One(&'r mut Text<'b>),
    /// A field that does.
    Many(&'r mut Vec<Text<'b>>),
    /// The episodes of a spell.
    Episodes(&'r mut Option<Vec<RawEpisode<'b>>>),
}

/// A record whose fields are found by name. A place is a number below 64.
pub trait Slots<'b>: Default {
    /// The place of a field by its JSON name.
    fn place(name: &str) -> Option<usize>;

    /// The field at a place.
    fn slot(&mut self, place: usize) -> Option<Slot<'_, 'b>>;
}

/// A record that may outlive the bytes that it was read from.
pub trait Keep {
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
        impl $record<'_> {
            /// The names of the fields that do not repeat.
            pub const SINGLE: &'static [&'static str] = &[$(stringify!($one)),*];
            /// The names of those that do.
            pub const REPEATED: &'static [&'static str] = &[$(stringify!($many)),*];
        }

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
