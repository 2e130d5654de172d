//! Adult critical care, steps C1 to C5. Source: 04 ACC.
//!
//! The number of organ systems supported over the period gives the HRG. Dates only give Calc_CC_Days and the warning
//! flag, which never stop the HRG.

use super::check::{Checker, date, days_between};
use super::{RecordResult, are_fatal, failure, in_words, outcome, value_row};
use crate::grouper::grouping::Message;
use crate::record::{Field, FieldRef, RawAcc, Word};
use crate::reference::{Hrg, Reference, Situation};
use crate::trace::{Blank, Copied, Draft, Joined, Recorder, Say, say};

/// What Calc_CC_Days is when it cannot be calculated.
const NOT_CALCULATED: i64 = -1;

/// The day counts of a period; blank and faulty ones are 0.
struct Period {
    basic_cardiovascular: u32,
    advanced_cardiovascular: u32,
    basic_respiratory: u32,
    advanced_respiratory: u32,
    renal: u32,
    neurological: u32,
    dermatological: u32,
    liver: u32,
    level_2: u32,
    level_3: u32,
}

impl Period {
    /// The counts in the order of the dataset's table.
    fn read<'t>(raw: &'t RawAcc<'_>, check: &mut Checker<'_, 't>) -> Period {
        Period {
            basic_cardiovascular: check.days(Field::Bcsd, &raw.bcsd),
            advanced_cardiovascular: check.days(Field::Acsd, &raw.acsd),
            basic_respiratory: check.days(Field::Brsd, &raw.brsd),
            advanced_respiratory: check.days(Field::Arsd, &raw.arsd),
            renal: check.days(Field::Rsd, &raw.rsd),
            neurological: check.days(Field::Nsd, &raw.nsd),
            dermatological: check.days(Field::Dsd, &raw.dsd),
            liver: check.days(Field::Lsd, &raw.lsd),
            level_2: check.days(Field::Ccl2d, &raw.ccl2d),
            level_3: check.days(Field::Ccl3d, &raw.ccl3d),
        }
    }

    /// The six systems: their names, fields and days. Basic and advanced support of one system count once.
    fn systems(&self) -> [(&'static str, Vec<(Field, u32)>); 6] {
        [
            ("respiratory", vec![(Field::Brsd, self.basic_respiratory), (Field::Arsd, self.advanced_respiratory)]),
            (
                "cardiovascular",
                vec![(Field::Bcsd, self.basic_cardiovascular), (Field::Acsd, self.advanced_cardiovascular)],
            ),
            ("renal", vec![(Field::Rsd, self.renal)]),
            ("neurological", vec![(Field::Nsd, self.neurological)]),
            ("dermatological", vec![(Field::Dsd, self.dermatological)]),
            ("liver", vec![(Field::Lsd, self.liver)]),
        ]
    }

    /// Respiratory and cardiovascular support, both of them basic only.
    fn both_basic_only(&self) -> bool {
        self.basic_respiratory > 0
            && self.basic_cardiovascular > 0
            && self.advanced_respiratory == 0
            && self.advanced_cardiovascular == 0
    }

    /// The four tests of the warning flag, in words with their numbers.
    fn warnings<'r>(&self, calculated: i64) -> [(bool, impl Say<'r> + Copy + use<'r>); 4] {
        let levels = i64::from(self.level_2) + i64::from(self.level_3);
        let respiratory = i64::from(self.advanced_respiratory) + i64::from(self.basic_respiratory);
        [
            (calculated == NOT_CALCULATED, say!("Calc_CC_Days {} is {}", calculated, NOT_CALCULATED)),
            (levels > calculated, say!("CCL2D + CCL3D, {}, is more than Calc_CC_Days, {}", levels, calculated)),
            (respiratory > calculated, say!("ARSD + BRSD, {}, is more than Calc_CC_Days, {}", respiratory, calculated)),
            (respiratory > levels, say!("ARSD + BRSD, {}, is more than CCL2D + CCL3D, {}", respiratory, levels)),
        ]
    }
}

/// Groups one adult critical care period.
pub fn group_acc<'r, R: Recorder<'r>>(raw: &RawAcc<'_>, reference: &'r Reference, recorder: &mut R) -> RecordResult {
    let mut check = Checker::new(reference, R::ON);
    let unit = check.unit("CCUF_ACC", &raw.ccuf);
    let period = Period::read(raw, &mut check);
    let mut messages = check.finish("C1", recorder);
    recorder.step(|step| unit_step(step, unit, reference));

    let mut hrg = Hrg::INVALID;
    if !are_fatal(&messages) {
        let organs = organs(&period, reference, recorder);
        match by_organs(organs, unit, reference, recorder) {
            Ok(found) => hrg = found,
            Err(message) => messages.push(message),
        }
    }
    let calculated = calculated_days(raw, recorder);
    let warnings = period.warnings(calculated);
    let cc_warning = warnings.iter().any(|(holds, _)| *holds);
    recorder.step(|step| flag(step, &warnings, cc_warning));
    RecordResult { calc_cc_days: Some(calculated), cc_warning, ..RecordResult::new(hrg, messages) }
}

fn unit_step<'p, 'r>(step: Blank<'p, 'r>, unit: Word, reference: &'r Reference) -> Draft<'p, 'r> {
    let words = in_words("CCUF_ACC", unit, reference);
    if unit.is_empty() {
        return step.passed("C1", "The unit function is not known");
    }
    step.applied("C1", say!("Unit function {}, {}", unit, words))
        .about("ccuf", Field::Ccuf, unit, words)
        .cite(value_row("CCUF_ACC", unit, reference))
}

/// C2: the systems with a day of support or more.
fn organs<'r, R: Recorder<'r>>(period: &Period, reference: &'r Reference, recorder: &mut R) -> u32 {
    let systems = period.systems();
    let supported = |days: &[(Field, u32)]| days.iter().any(|(_, days)| *days > 0);
    let as_one = reference.options.acc_basic_resp_cardio_as_one && period.both_basic_only();
    let counted: u32 = systems.iter().map(|(_, days)| u32::from(supported(days))).sum();
    let organs = counted - u32::from(as_one);
    recorder.step(|step| {
        let named = |wanted: bool| {
            let names = systems.iter().filter(move |(_, days)| supported(days) == wanted).map(|(name, _)| *name);
            let none = names.clone().next().is_none().then_some("none");
            say!("{}{}", Joined(", ", names), none)
        };
        let merged = if as_one { "; basic respiratory and basic cardiovascular support count as one" } else { "" };
        let sentence =
            say!("Organ systems supported: {} ({}){}; at zero: {}", organs, named(true), merged, named(false));
        let step = step.applied("C2", sentence).fact("organs", organs);
        systems
            .iter()
            .flat_map(|(name, days)| days.iter().map(move |day| (name, day)))
            .fold(step, |step, (name, (field, days))| step.about("support_days", *field, *name, *days))
    });
    organs
}

/// C3: the HRG of that many organ systems.
fn by_organs<'r, R: Recorder<'r>>(
    organs: u32,
    unit: Word,
    reference: &'r Reference,
    recorder: &mut R,
) -> Result<Hrg, Message> {
    let cell = |organs: u32| reference.other.acc.iter().find(|row| row.value.0.contains(organs));
    let Some(row) = cell(organs) else {
        let why = "no HRG is given for this number of organ systems";
        let message = Message::fatal(&reference.labels, Situation::Uz13, FieldRef::single(Field::Ccuf), unit);
        recorder.step(|step| failure(step, "C3", why, &message));
        return Err(message);
    };
    let hrg = row.value.1;
    recorder.step(|step| {
        let how = say!("organ systems supported: {}", organs);
        let step = outcome(step, "C3", hrg, how, reference).cite(Some(row.cite()));
        match cell(organs + 1).map(|row| row.value.1).filter(|other| *other != hrg) {
            Some(other) => step.would_change(say!("1 more organ system supported would give {}", other)),
            None => step,
        }
    });
    Ok(hrg)
}

/// C4: discharge less start plus one. Faulty dates are no error.
fn calculated_days<'r, R: Recorder<'r>>(raw: &RawAcc<'_>, recorder: &mut R) -> i64 {
    let dates = date(raw.cc_start_date.trimmed()).zip(date(raw.cc_discharge_date.trimmed()));
    let days = dates.and_then(|(start, discharge)| days_between(start, discharge)).filter(|days| *days >= 0);
    let calculated = days.map_or(NOT_CALCULATED, |days| days + 1);
    recorder.step(|step| {
        let why = match (dates, days) {
            (None, _) => "start or discharge is blank or no date of eight digits",
            (_, None) => "the discharge is before the start",
            (_, Some(_)) => "discharge less start, plus one",
        };
        step.applied("C4", say!("Calc_CC_Days {}: {}", calculated, why))
            .fact("cc_start_date", Copied(raw.cc_start_date.trimmed()))
            .fact("cc_discharge_date", Copied(raw.cc_discharge_date.trimmed()))
            .fact("calc_cc_days", calculated)
    });
    calculated
}

/// C5: the warning flag.
fn flag<'p, 'r>(step: Blank<'p, 'r>, warnings: &[(bool, impl Say<'r> + Copy)], raised: bool) -> Draft<'p, 'r> {
    let step = if raised {
        let why = warnings.iter().filter(|(holds, _)| *holds).map(|(_, words)| *words);
        step.applied("C5", say!("CC_Warning_Flag F: {}; the HRG stands", Joined("; ", why)))
    } else {
        step.passed("C5", "CC_Warning_Flag blank: none of its four tests holds")
    };
    warnings.iter().fold(step, |step, (holds, words)| {
        step.fact("warning_test", say!("{}: {}", *words, if *holds { "yes" } else { "no" }))
    })
}
