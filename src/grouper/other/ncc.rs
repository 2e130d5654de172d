//! Neonatal critical care, steps B1 to B5. Source: 04 NCC.
//!
//! One HRG a day, the highest level met. The rules are the release's; where it says so, the older rules on age and
//! weight apply beside them.

use super::check::Checker;
use super::day::{Day, activities, days_to_discharge, describe, level, next_up};
use super::{RecordResult, are_fatal, failure, in_words, outcome, value_row};
use crate::grouper::grouping::Message;
use crate::grouper::validate::MAX_DAYS;
use crate::record::{Field, FieldRef, RawNccDay, Text, Word};
use crate::reference::options::Switch;
use crate::reference::{Hrg, Reference, Situation};
use crate::trace::{Recorder, say};
use std::ops::RangeInclusive;

/// The value set of the unit functions.
const UNITS: &str = "CCUF_NCC";
/// Nasal continuous positive airway pressure.
const NCPAP: Word = Word::literal("02");
/// Additional oxygen.
const OXYGEN: Word = Word::literal("09");
/// Gestation length at delivery, in weeks.
const GESTATION: RangeInclusive<u32> = 10..=49;
/// The weight that must not be reached, in grams.
const TOO_HEAVY: u32 = 10_000;

/// Groups one neonatal critical care day.
pub fn group_ncc<'r, R: Recorder<'r>>(raw: &RawNccDay<'_>, reference: &'r Reference, recorder: &mut R) -> RecordResult {
    let mut check = Checker::new(reference, R::ON);
    let (day, unit) = read(raw, reference, &mut check);
    let mut messages = check.finish("B1", recorder);
    let levels = &reference.other.ncc;
    recorder.step(|step| {
        let words = in_words(UNITS, unit, reference);
        describe(step, "B2", &day, levels, reference)
            .about("ccuf", Field::Ccuf, unit, words)
            .cite(value_row(UNITS, unit, reference))
    });
    if are_fatal(&messages) {
        return RecordResult::new(Hrg::INVALID, messages);
    }
    let base = level("B3", &day, levels, reference, recorder).map(|rule| rule.value.then);
    let older = older_rules(&day, reference, recorder);
    // The levels are numbered from the highest down, so the lower HRG is the higher level.
    let Some(hrg) = base.into_iter().chain(older).min() else {
        let first = day.activities.first();
        let (position, code) = first.map_or((1, Word::EMPTY), |activity| (activity.position, activity.code));
        let about = FieldRef::at(Field::Ccac, position);
        let message = Message::fatal(&reference.labels, Situation::Uz11, about, code);
        recorder.step(|step| failure(step, "B5", "the day meets no level", &message));
        messages.push(message);
        return RecordResult::new(Hrg::INVALID, messages);
    };
    recorder.step(|step| {
        let how = "the highest level that the day meets";
        next_up(outcome(step, "B5", hrg, how, reference), hrg, levels, reference)
    });
    RecordResult::new(hrg, messages)
}

/// B1: the day in the order of the dataset's table. An activity code of paediatric care only is UZ21.
fn read<'r, 't>(raw: &'t RawNccDay<'_>, reference: &'r Reference, check: &mut Checker<'r, 't>) -> (Day<'r>, Word) {
    let (activity, discharge) = (check.date(Field::CcDate, &raw.ccdate), check.date(Field::Disdate, &raw.disdate));
    let unit = check.unit(UNITS, &raw.ccuf);
    let age_days = check.number(Field::AgeDays, &raw.age_days, false, 0..=MAX_DAYS);
    let dismeth = check.coded(Field::Dismeth, &raw.dismeth, true);
    let gestlen = check.number(Field::GestLen, &raw.gestlen, true, GESTATION);
    let grams = check.single(Field::Perwt, &raw.perwt, true, grams);
    let mut activities = activities(check, &raw.ccac, reference, |_| true);
    activities.retain(|activity| {
        let neonatal = activity.row.value.ncc;
        if !neonatal {
            let sent = raw.ccac.get(usize::from(activity.position).saturating_sub(1)).map_or("", Text::trimmed);
            check.fault(Situation::Uz21, FieldRef::at(Field::Ccac, activity.position), sent, true);
        }
        neonatal
    });
    let days_to_discharge = days_to_discharge(activity, discharge);
    (Day { activities, dismeth, age_days, gestlen, grams, days_to_discharge, ..Day::default() }, unit)
}

/// A weight in kilograms with at most three decimals, in grams: above 0 and below 10 kg. A leading zero may stand or
/// not.
fn grams(sent: &str) -> Option<u32> {
    let (kilograms, decimals) = sent.split_once('.').unwrap_or((sent, "000"));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let fits = digits(kilograms) && kilograms.len() <= 2 && digits(decimals) && (1..=3).contains(&decimals.len());
    let grams: u32 = fits.then(|| format!("{kilograms}{decimals:0<3}").parse().ok())??;
    (0 < grams && grams < TOO_HEAVY).then_some(grams)
}

/// B4: the older rules on age and weight, where the release has them on; they only ever raise a level.
fn older_rules<'r, R: Recorder<'r>>(day: &Day<'r>, reference: &'r Reference, recorder: &mut R) -> Option<Hrg> {
    if reference.options.ncc_age_weight_rules == Switch::Off {
        recorder.step(|step| step.passed("B4", "This release does not apply the older rules on age and weight"));
        return None;
    }
    let below = |value: Option<u32>, limit: u32| value.is_some_and(|value| value < limit);
    let rules = [
        ("XA01Z", "nCPAP 02 and AGE_DAYS < 5", day.has(NCPAP) && below(day.age_days, 5)),
        ("XA01Z", "nCPAP 02 and PERWT < 1.000", day.has(NCPAP) && below(day.grams, 1000)),
        ("XA01Z", "GestLen < 29 and AGE_DAYS < 2", below(day.gestlen, 29) && below(day.age_days, 2)),
        ("XA02Z", "PERWT < 1.000", below(day.grams, 1000)),
        ("XA02Z", "oxygen 09 and PERWT < 1.500", day.has(OXYGEN) && below(day.grams, 1500)),
    ];
    let found = rules.into_iter().find(|(.., holds)| *holds);
    let hrg = found.and_then(|(hrg, ..)| Hrg::parse(hrg));
    recorder.step(|step| match (hrg, found) {
        (Some(hrg), Some((_, rule, _))) => {
            let label = reference.labels.hrg(hrg);
            step.applied("B4", say!("The older rule {} gives at least {} ({})", rule, hrg, label))
                .fact("older_rule", rule)
        }
        _ => step.passed("B4", "None of the older rules on age and weight holds"),
    });
    hrg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_read_in_grams_without_rounding() {
        let read = [("1.5", 1500), ("0.001", 1), (".85", 850), ("9.999", 9999), ("3", 3000), ("03.25", 3250)];
        for (text, expected) in read {
            assert_eq!(grams(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn weights_out_of_bounds_or_of_another_form_are_refused() {
        for text in ["0", "0.000", "10", "10.0", "1.2345", "1.", ".", "-1", "1,5", "1.5kg", "", "1e3", "001.5", "1.5.0"]
        {
            assert_eq!(grams(text), None, "{text}");
        }
    }
}
