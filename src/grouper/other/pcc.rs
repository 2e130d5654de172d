//! Paediatric critical care, steps P1 to P4. Source: 04 PCC.
//!
//! One HRG a day, the highest level met; a day that meets none is enhanced care, not an error.

use super::check::Checker;
use super::day::{Day, LAST_POSITION, activities, days_to_discharge, describe, level, next_up};
use super::{RecordResult, are_fatal, in_words, outcome, value_row};
use crate::record::{Field, RawPccDay, Word};
use crate::reference::{Hrg, Reference};
use crate::trace::Recorder;

/// The value set of the unit functions.
const UNITS: &str = "CCUF_PCC";

/// Groups one paediatric critical care day.
pub fn group_pcc<'r, R: Recorder<'r>>(raw: &RawPccDay<'_>, reference: &'r Reference, recorder: &mut R) -> RecordResult {
    let mut check = Checker::new(reference, R::ON);
    let (day, unit) = read(raw, reference, &mut check);
    let messages = check.finish("P1", recorder);
    let levels = &reference.other.pcc;
    recorder.step(|step| {
        let words = in_words(UNITS, unit, reference);
        describe(step, "P2", &day, levels, reference)
            .about("ccuf", Field::Ccuf, unit, words)
            .cite(value_row(UNITS, unit, reference))
    });
    if are_fatal(&messages) {
        return RecordResult::new(Hrg::INVALID, messages);
    }
    let rule = level("P3", &day, levels, reference, recorder);
    let enhanced = || Hrg::parse("XB09Z").unwrap_or(Hrg::INVALID);
    let hrg = rule.map_or_else(enhanced, |rule| rule.value.then);
    recorder.step(|step| {
        let how =
            rule.map_or("no level is met, so the day is enhanced care", |_| "the highest level that the day meets");
        next_up(outcome(step, "P4", hrg, how, reference), hrg, levels, reference)
    });
    RecordResult::new(hrg, messages)
}

/// P1: the day in the order of the dataset's table, then every diagnosis, then every procedure.
fn read<'r, 't>(raw: &'t RawPccDay<'_>, reference: &'r Reference, check: &mut Checker<'r, 't>) -> (Day<'r>, Word) {
    let (activity, discharge) = (check.date(Field::CcDate, &raw.ccdate), check.date(Field::Disdate, &raw.disdate));
    let dismeth = check.coded(Field::Dismeth, &raw.dismeth, true);
    let unit = check.unit(UNITS, &raw.ccuf);
    let activities = activities(check, &raw.ccac, reference, |activity| activity.pcc);
    let diagnoses = check.diagnoses(&raw.diag);
    let procedures = check.procedures(LAST_POSITION, &raw.oper);
    let days_to_discharge = days_to_discharge(activity, discharge);
    (Day { activities, procedures, diagnoses, dismeth, days_to_discharge, ..Day::default() }, unit)
}
