//! Critical care periods: which paediatric or neonatal days belong together. Source: 02 PCC and NCC, what one row is.
//!
//! Days are linked by provider and local identifier, in order of their activity dates. A unit with another function
//! starts a new period, so a day of transfer may stand in two.

use super::check::{date, with_leading_zero};
use crate::record::{RawNccDay, RawPccDay, Text, Word};
use jiff::civil::Date;

/// A critical care day, as far as linking looks at it.
pub trait CareDay {
    /// PROCODET.
    fn provider(&self) -> &Text<'_>;
    /// CCLocalID.
    fn identifier(&self) -> &Text<'_>;
    /// CCDate.
    fn activity_date(&self) -> &Text<'_>;
    /// CCUF.
    fn unit(&self) -> &Text<'_>;
}

macro_rules! care_day {
    ($($day:ident),+) => {$(
        impl CareDay for $day<'_> {
            fn provider(&self) -> &Text<'_> {
                &self.procodet
            }

            fn identifier(&self) -> &Text<'_> {
                &self.cclocalid
            }

            fn activity_date(&self) -> &Text<'_> {
                &self.ccdate
            }

            fn unit(&self) -> &Text<'_> {
                &self.ccuf
            }
        }
    )+};
}

care_day!(RawPccDay, RawNccDay);

/// What days are sorted by. Dates that are none come after the others.
type Key<'d> = (&'d str, &'d str, bool, Option<Date>);

fn key(day: &impl CareDay) -> Key<'_> {
    let activity_date = date(day.activity_date().trimmed());
    (day.provider().trimmed(), day.identifier().trimmed(), activity_date.is_none(), activity_date)
}

/// The places of the days in the order in which they are grouped: provider, local identifier, activity date; ties keep
/// their order.
pub fn day_order<D: CareDay>(days: &[D]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..days.len()).collect();
    order.sort_by_key(|place| days.get(*place).map(key));
    order
}

/// The period of each day, by its place, counted from 0 in the order of [`day_order`]. A day without provider or
/// identifier is a period by itself. On a day of transfer, the record of the unit that the patient was in comes first,
/// whichever was recorded first.
pub fn periods<D: CareDay>(days: &[D]) -> Vec<usize> {
    let mut result = vec![0; days.len()];
    let mut next = 0;
    let mut running: Option<(Key<'_>, Option<Word>)> = None;
    let order = day_order(days);
    let sorted: Vec<_> = order.into_iter().filter_map(|place| Some((place, days.get(place)?))).collect();
    for same_day in sorted.chunk_by(|(_, a), (_, b)| key(*a) == key(*b)) {
        let unit_of = |day: &D| with_leading_zero(day.unit().trimmed());
        let was_in = running.and_then(|(_, unit)| unit);
        let stays = |day: &D| unit_of(day) == was_in;
        let first = same_day.iter().filter(|(_, day)| stays(day));
        let then = same_day.iter().filter(|(_, day)| !stays(day));
        for (place, day) in first.chain(then) {
            let (now, unit) = (key(*day), unit_of(day));
            let linked = !now.0.is_empty() && !now.1.is_empty();
            let goes_on = running.is_some_and(|((provider, identifier, ..), was_in)| {
                linked && (provider, identifier, was_in) == (now.0, now.1, unit)
            });
            if running.is_some() && !goes_on {
                next += 1;
            }
            running = Some((now, unit));
            if let Some(slot) = result.get_mut(*place) {
                *slot = next;
            }
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(provider: &str, identifier: &str, date: &str, unit: &str) -> RawNccDay<'static> {
        let text = |t: &str| Text::from(t.to_owned());
        RawNccDay {
            procodet: text(provider),
            cclocalid: text(identifier),
            ccdate: text(date),
            ccuf: text(unit),
            ..RawNccDay::default()
        }
    }

    #[test]
    fn days_are_linked_in_date_order_whatever_order_they_were_sent_in() {
        let days = [
            day("RA1", "2", "20240401", "13"),
            day("RA1", "1", "20240403", "13"),
            day("RA1", "1", "20240401", "13"),
            day("RA2", "1", "20240402", "13"),
            day("RA1", "1", "20240402", "13"),
        ];
        assert_eq!(day_order(&days), [2, 4, 1, 0, 3]);
        assert_eq!(periods(&days), [1, 0, 0, 2, 0]);
    }

    #[test]
    fn another_unit_function_starts_a_new_period_on_the_day_of_transfer() {
        let days = [
            day("RA1", "1", "20240401", "13"),
            day("RA1", "1", "20240402", "14"),
            day("RA1", "1", "20240402", "13"),
            day("RA1", "1", "20240403", "14"),
            day("RA1", "1", "20240404", "13"),
        ];
        assert_eq!(periods(&days), [0, 1, 0, 1, 2]);
    }

    #[test]
    fn a_leading_zero_makes_no_other_unit_and_days_without_identifier_stand_alone() {
        let days = [day("RA1", "1", "20240401", "04"), day("RA1", "1", "20240402", "4")];
        assert_eq!(periods(&days), [0, 0]);
        let days = [day("RA1", "", "20240401", "13"), day("RA1", "", "20240402", "13")];
        assert_eq!(periods(&days), [0, 1]);
        assert!(periods::<RawNccDay<'_>>(&[]).is_empty());
    }
}
