//! Reads and checks a record field by field, without stopping at the first failure.
//!
//! Source: 02 validation order and clinical codes, 06 messages. A mandatory field that fails makes the record
//! `UZ01Z`; so does an optional one where the release says so (`invalid_optional_code_is_fatal`).

use crate::grouper::case::{known_diagnosis, known_procedure};
use crate::grouper::grouping::Message;
use crate::grouper::normalise::{Change, MAX_POSITIONS, diagnosis, number, procedure};
use crate::grouper::validate::{MAX_AGE, MAX_DAYS, age_is_valid};
use crate::record::{Field, FieldRef, Icd10, Opcs4, Text, Word};
use crate::reference::{Reference, Situation};
use crate::trace::{Copied, Joined, Recorder, say};
use jiff::civil::Date;
use std::ops::RangeInclusive;

/// What is read of a record, with everything wrong and everything changed on the way.
pub(super) struct Checker<'r, 't> {
    reference: &'r Reference,
    /// Whether changes are kept, which only a trace needs.
    recording: bool,
    messages: Vec<Message>,
    changes: Vec<Change<'t>>,
}

impl<'r, 't> Checker<'r, 't> {
    pub(super) fn new(reference: &'r Reference, recording: bool) -> Checker<'r, 't> {
        Checker { reference, recording, messages: Vec::new(), changes: Vec::new() }
    }

    /// Notes a fault.
    pub(super) fn fault(&mut self, situation: Situation, about: FieldRef, code: &str, fatal: bool) {
        let message = Message::fatal(&self.reference.labels, situation, about, code);
        self.messages.push(Message { fatal, ..message });
    }

    /// What `read` makes of the trimmed text; nothing for a blank or faulty field, of which a mandatory blank and
    /// every fault are noted.
    fn read<T>(
        &mut self,
        about: FieldRef,
        situation: Situation,
        text: &Text<'_>,
        mandatory: bool,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let sent = text.trimmed();
        if sent.is_empty() {
            if mandatory {
                self.fault(Situation::FieldBlank, about, "", true);
            }
            return None;
        }
        let value = read(sent);
        if value.is_none() {
            self.fault(situation, about, sent, mandatory || self.reference.options.invalid_optional_code_is_fatal);
        }
        value
    }

    /// Notes a value that is read otherwise than it was sent.
    pub(super) fn note(&mut self, field: FieldRef, text: &'t Text<'_>, value: Word) {
        if self.recording && Word::new(text.as_str()) != Some(value) {
            self.changes.push(Change { field, from: text.as_str(), to: value });
        }
    }

    /// A single field of any kind.
    pub(super) fn single<T>(
        &mut self,
        field: Field,
        text: &Text<'_>,
        mandatory: bool,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        self.read(FieldRef::single(field), Situation::FieldInvalid, text, mandatory, read)
    }

    /// A coded field with a value set of its own name; the empty word for a blank or faulty one.
    pub(super) fn coded(&mut self, field: Field, text: &'t Text<'_>, mandatory: bool) -> Word {
        self.value(field, text, mandatory, |labels, sent| Word::new(sent).filter(|word| labels.accepts(field, *word)))
    }

    /// CCUF, with or without its leading zero, in the set of its dataset.
    pub(super) fn unit(&mut self, set: &str, text: &'t Text<'_>) -> Word {
        self.value(Field::Ccuf, text, true, |labels, sent| {
            with_leading_zero(sent).filter(|word| labels.values.get(set, *word).is_some_and(|row| row.accepted))
        })
    }

    fn value(
        &mut self,
        field: Field,
        text: &'t Text<'_>,
        mandatory: bool,
        read: impl FnOnce(&crate::reference::Labels, &str) -> Option<Word>,
    ) -> Word {
        let labels = &self.reference.labels;
        let value = self.single(field, text, mandatory, |sent| read(labels, sent)).unwrap_or(Word::EMPTY);
        if !value.is_empty() {
            self.note(FieldRef::single(field), text, value);
        }
        value
    }

    /// A mandatory age in years, 0 to 130 or the release's value for unknown.
    pub(super) fn age_or_unknown(&mut self, field: Field, text: &Text<'_>) -> u32 {
        let reference = self.reference;
        self.single(field, text, true, |sent| whole(sent).filter(|age| age_is_valid(*age, reference))).unwrap_or(0)
    }

    /// A mandatory age in years, 0 to 130.
    pub(super) fn age(&mut self, field: Field, text: &Text<'_>) -> u32 {
        self.number(field, text, true, 0..=MAX_AGE).unwrap_or(0)
    }

    /// An optional count of days; blank and faulty ones count as none.
    pub(super) fn days(&mut self, field: Field, text: &Text<'_>) -> u32 {
        self.number(field, text, false, 0..=MAX_DAYS).unwrap_or(0)
    }

    /// A whole number within bounds.
    pub(super) fn number(
        &mut self,
        field: Field,
        text: &Text<'_>,
        mandatory: bool,
        bounds: RangeInclusive<u32>,
    ) -> Option<u32> {
        self.single(field, text, mandatory, |sent| whole(sent).filter(|value| bounds.contains(value)))
    }

    /// A mandatory date.
    pub(super) fn date(&mut self, field: Field, text: &Text<'_>) -> Option<Date> {
        self.single(field, text, true, date)
    }

    /// The valid values of a repeated field with their positions, blanks skipped. A value beyond the last position
    /// that the field has is invalid.
    pub(super) fn repeated<T>(
        &mut self,
        field: Field,
        last: usize,
        situation: Situation,
        texts: &'t [Text<'_>],
        read: impl Fn(&str) -> Option<T>,
        written: impl Fn(&T) -> Option<Word>,
    ) -> Vec<(u8, T)> {
        let mut values = Vec::new();
        for (text, position) in texts.iter().take(MAX_POSITIONS).zip(1u8..) {
            let about = FieldRef::at(field, position);
            let within = usize::from(position) <= last;
            let value = self.read(about, situation, text, false, |sent| read(sent).filter(|_| within));
            if let Some(value) = value {
                if let Some(word) = written(&value) {
                    self.note(about, text, word);
                }
                values.push((position, value));
            }
        }
        values
    }

    /// Procedures that the release accepts. A release without code lists knows their shape only.
    pub(super) fn procedures(&mut self, last: usize, texts: &'t [Text<'_>]) -> Vec<(u8, Opcs4)> {
        let reference = self.reference;
        let any = reference.codes.procedures.rows().is_empty();
        let read = |sent: &str| procedure(sent).filter(|code| any || known_procedure(reference, *code).is_some());
        self.repeated(Field::Oper, last, Situation::ProcedureInvalid, texts, read, |code| Some(code.word()))
    }

    /// Diagnoses that the release accepts. A release without code lists knows their shape only.
    pub(super) fn diagnoses(&mut self, texts: &'t [Text<'_>]) -> Vec<(u8, Icd10)> {
        let reference = self.reference;
        let any = reference.codes.diagnoses.rows().is_empty();
        let read = |sent: &str| {
            let code = diagnosis(sent, &reference.options)?;
            (any || known_diagnosis(reference, code).is_some()).then_some(code)
        };
        self.repeated(Field::Diag, MAX_POSITIONS, Situation::DiagnosisInvalid, texts, read, |code| Some(code.word()))
    }

    /// Writes down what was changed and what is wrong, and gives the messages.
    pub(super) fn finish<'s, R: Recorder<'s>>(self, name: &'static str, recorder: &mut R) -> Vec<Message> {
        let Checker { messages, changes, .. } = self;
        if !changes.is_empty() {
            recorder.step(|step| {
                let step = step.applied(name, say!("Values normalised: {}", changes.len()));
                changes.iter().fold(step, |step, c| step.about("normalised", c.field, Copied(c.from), c.to))
            });
        }
        recorder.step(|step| {
            let fatal = || messages.iter().filter(|m| m.fatal).map(|m| say!("{}: {}", m.field, Copied(&m.text)));
            let step = if messages.is_empty() {
                step.passed(name, "Every field is valid")
            } else if fatal().next().is_none() {
                step.applied(name, "There are findings, none of which makes the record ungroupable")
            } else {
                step.failed(name, say!("The record cannot be grouped: {}", Joined("; ", fatal())))
            };
            messages.iter().fold(step, |step, message| message.told(step))
        });
        messages
    }
}

/// A whole number, not negative.
fn whole(sent: &str) -> Option<u32> {
    number(&Text::from(sent)).value()
}

/// A two-digit value that may have been sent without its leading zero (CCUF, CCAC).
pub fn with_leading_zero(sent: &str) -> Option<Word> {
    match sent.as_bytes() {
        [digit] if digit.is_ascii_digit() => Word::literal("0").push(*digit),
        _ => Word::new(sent),
    }
}

/// A date of eight digits, `YYYYMMDD`.
pub fn date(sent: &str) -> Option<Date> {
    let all_digits = sent.len() == 8 && sent.bytes().all(|b| b.is_ascii_digit());
    let (year, rest) = all_digits.then(|| sent.split_at_checked(4))??;
    let (month, day) = rest.split_at_checked(2)?;
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// Whole days from one date to another, negative when the second is the earlier.
pub(super) fn days_between(from: Date, to: Date) -> Option<i64> {
    from.until(to).ok().map(|span| i64::from(span.get_days()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_eight_digits_of_a_day_that_exists() {
        assert!(date("20240229").is_some());
        for text in ["20230229", "20241301", "2024-01-01", "240101", "202401011", "2024010 ", "é202401"] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_counted_over_years_and_leap_days() {
        let between = |from: &str, to: &str| days_between(date(from).expect("date"), date(to).expect("date"));
        assert_eq!(between("20231231", "20240301"), Some(61));
        assert_eq!(between("20240403", "20240401"), Some(-2));
        assert_eq!(between("19000101", "20240101"), Some(45_290));
    }

    #[test]
    fn only_a_single_digit_gets_a_leading_zero() {
        let read = |text| with_leading_zero(text).map(|w| w.to_string());
        assert_eq!(read("4").as_deref(), Some("04"));
        assert_eq!(read("04").as_deref(), Some("04"));
        assert_eq!(read("X").as_deref(), Some("X"));
    }
}
