//! A paediatric or neonatal critical care day as level rules ask about it, and the steps that both logics share.
//!
//! Source: 04 PCC and NCC. Rules stand from the highest level down; the first that holds gives the HRG.

use super::check::{Checker, days_between, with_leading_zero};
use crate::record::{Field, FieldRef, Icd10, Opcs4, Text, Word};
use crate::reference::condition::{Facts, NumberFact, Scope};
use crate::reference::other::Activity;
use crate::reference::row::Key;
use crate::reference::row::{Misses, Row, Rule, first_match};
use crate::reference::{Hrg, Reference, Situation};
use crate::trace::{Blank, Draft, Recorder, say};
use jiff::civil::Date;

/// The most activity codes, and the most high cost drugs, that a day has.
pub(super) const LAST_POSITION: usize = 20;

/// The rules of a logic.
pub(super) type Levels = [Row<Rule<Hrg>>];

/// A valid activity code with its position and row.
#[derive(Clone, Copy)]
pub(super) struct Recorded<'r> {
    pub(super) position: u8,
    pub(super) code: Word,
    pub(super) row: &'r Row<Activity>,
}

/// A critical care day.
#[derive(Clone, Default)]
pub(super) struct Day<'r> {
    pub(super) activities: Vec<Recorded<'r>>,
    pub(super) procedures: Vec<(u8, Opcs4)>,
    pub(super) diagnoses: Vec<(u8, Icd10)>,
    pub(super) dismeth: Word,
    pub(super) age_days: Option<u32>,
    pub(super) gestlen: Option<u32>,
    pub(super) grams: Option<u32>,
    pub(super) days_to_discharge: Option<u32>,
}

impl Day<'_> {
    /// Whether the activity is recorded.
    pub(super) fn has(&self, code: Word) -> bool {
        self.activities.iter().any(|activity| activity.code == code)
    }
}

impl Facts for Day<'_> {
    fn number(&self, fact: NumberFact) -> Option<u32> {
        match fact {
            NumberFact::AgeDays => self.age_days,
            NumberFact::GestLen => self.gestlen,
            NumberFact::Grams => self.grams,
            NumberFact::DaysToDischarge => self.days_to_discharge,
            _ => None,
        }
    }

    fn field(&self, field: Field) -> Option<Word> {
        (field == Field::Dismeth).then_some(self.dismeth)
    }

    fn codes(&self, scope: Scope, mut show: impl FnMut(Key)) -> bool {
        let is_primary = |position: &u8| *position == 1;
        match scope {
            Scope::Activities => self.activities.iter().for_each(|a| show(a.code.into())),
            Scope::Procedures => self.procedures.iter().for_each(|(_, code)| show((*code).into())),
            Scope::Diagnoses => self.diagnoses.iter().for_each(|(_, code)| show((*code).into())),
            Scope::Primary => {
                self.diagnoses.iter().filter(|(p, _)| is_primary(p)).for_each(|(_, code)| show((*code).into()));
            }
            Scope::Secondary => {
                self.diagnoses.iter().filter(|(p, _)| !is_primary(p)).for_each(|(_, code)| show((*code).into()));
            }
            Scope::Candidates | Scope::OtherProcedures | Scope::Following => return false,
        }
        true
    }

    fn unbundled(&self, _: impl FnMut(Word)) -> bool {
        false
    }
}

/// The days from the activity date to the discharge, where both are known and in that order.
pub(super) fn days_to_discharge(activity: Option<Date>, discharge: Option<Date>) -> Option<u32> {
    days_between(activity?, discharge?).and_then(|days| u32::try_from(days).ok())
}

/// The activity codes of CCAC that `accepts` takes, with or without their leading zero.
pub(super) fn activities<'r, 't>(
    check: &mut Checker<'r, 't>,
    texts: &'t [Text<'_>],
    reference: &'r Reference,
    accepts: fn(&Activity) -> bool,
) -> Vec<Recorded<'r>> {
    let read = |sent: &str| {
        let code = with_leading_zero(sent)?;
        reference.other.activities.get(&code).filter(|row| accepts(&row.value)).map(|row| (code, row))
    };
    let recorded =
        check.repeated(Field::Ccac, LAST_POSITION, Situation::FieldInvalid, texts, read, |(code, _)| Some(*code));
    recorded.into_iter().map(|(position, (code, row))| Recorded { position, code, row }).collect()
}

/// Each activity with the level that it would give by itself.
pub(super) fn describe<'p, 'r>(
    step: Blank<'p, 'r>,
    name: &'static str,
    day: &Day<'r>,
    levels: &'r Levels,
    reference: &'r Reference,
) -> Draft<'p, 'r> {
    let start = match day.activities.len() {
        0 => step.passed(name, "No activity is recorded"),
        count => step.applied(name, say!("Activities recorded: {}", count)),
    };
    day.activities.iter().fold(start, |step, activity| {
        let alone = Day { activities: vec![*activity], ..day.clone() };
        let hrg = first_match(levels, &alone, None).map(|rule| rule.value.then);
        let level = hrg.map(|hrg| say!("by itself {} ({})", hrg, reference.labels.hrg(hrg)));
        let none = hrg.is_none().then_some("no level by itself");
        let said = say!("{}; {}{}", &activity.row.value.label, level, none);
        step.about("activity", FieldRef::at(Field::Ccac, activity.position), activity.code, said)
            .cite(Some(activity.row.cite()))
    })
}

/// The first level rule that holds, with its step.
pub(super) fn level<'r, R: Recorder<'r>>(
    name: &'static str,
    day: &Day<'r>,
    levels: &'r Levels,
    reference: &'r Reference,
    recorder: &mut R,
) -> Option<&'r Row<Rule<Hrg>>> {
    let mut misses = Misses::default();
    let rule = first_match(levels, day, R::ON.then_some(&mut misses));
    recorder.step(|step| {
        let start = match rule {
            Some(rule) => {
                let hrg = rule.value.then;
                let label = reference.labels.hrg(hrg);
                step.applied(name, say!("Rule {} decides ({}): {} ({})", &*rule.id, &rule.value.when, hrg, label))
            }
            None => step.passed(name, "No rule of this logic holds"),
        };
        let numbers = [
            ("age_days", day.age_days),
            ("gestlen", day.gestlen),
            ("grams", day.grams),
            ("days_to_discharge", day.days_to_discharge),
        ];
        let start = numbers
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .fold(start, |step, (name, value)| step.fact(name, value));
        start.cite(rule.map(Row::cite)).misses(&misses)
    });
    rule
}

/// Adds what would have given the level above.
pub(super) fn next_up<'p, 'r>(
    step: Draft<'p, 'r>,
    hrg: Hrg,
    levels: &'r Levels,
    reference: &'r Reference,
) -> Draft<'p, 'r> {
    let above = levels.iter().take_while(|row| row.value.then != hrg).last();
    match above {
        Some(row) => {
            let (higher, when) = (row.value.then, &row.value.when);
            let label = reference.labels.hrg(higher);
            step.would_change(say!("the next level up is {} ({}), when {}", higher, label, when))
        }
        None => step,
    }
}
