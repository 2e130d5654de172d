//! A2: each field by itself, then every diagnosis, then every procedure, without stopping at the first failure.
//!
//! Source: 02 validation order, 06 messages. The result is messages, never an error.

use super::case::Case;
use super::grouping::{Message, diag, oper};
use super::normalise::coded;
use crate::record::{Episode, Field, FieldRef, Icd10, Number, Opcs4, Placed, RawEpisode, RawSpell, Text, Value};
use crate::reference::{Reference, Situation};

/// The longest duration that a field may hold, in days.
pub const MAX_DAYS: u32 = 99_999;
/// The oldest age, in years.
pub const MAX_AGE: u32 = 130;

/// Whether an age in years is valid: 0 to 130, or the release's value for unknown.
pub fn age_is_valid(age: u32, reference: &Reference) -> bool {
    let unknown = reference.options.age_unknown_value;
    age <= MAX_AGE || (unknown != 0 && age == unknown)
}

struct Checker<'r> {
    reference: &'r Reference,
    messages: Vec<Message>,
}

impl Checker<'_> {
    fn fatal(&mut self, situation: Situation, field: FieldRef, code: &str) {
        self.messages.push(Message::fatal(&self.reference.labels, situation, field, code));
    }

    /// An invalid code in an optional field: whether it is fatal is the release's choice.
    fn optional(&mut self, situation: Situation, field: FieldRef, code: &str) {
        self.fatal(situation, field, code);
        if let Some(message) = self.messages.last_mut() {
            message.fatal = self.reference.options.invalid_optional_code_is_fatal;
        }
    }

    fn present(&mut self, field: Field, text: &Text<'_>) {
        if text.is_blank() {
            self.fatal(Situation::FieldBlank, FieldRef::single(field), "");
        }
    }

    fn number(&mut self, field: Field, text: &Text<'_>, number: Number, valid: impl Fn(u32) -> bool, mandatory: bool) {
        let about = FieldRef::single(field);
        match number {
            Number::Blank if mandatory => self.fatal(Situation::FieldBlank, about, ""),
            Number::Blank => {}
            Number::Value(value) if valid(value) => {}
            Number::Value(_) | Number::Invalid if mandatory => {
                self.fatal(Situation::FieldInvalid, about, text.trimmed());
            }
            Number::Value(_) | Number::Invalid => self.optional(Situation::FieldInvalid, about, text.trimmed()),
        }
    }
}

/// Everything wrong with an episode by itself. `case` holds the codes that the release accepts.
pub fn validate(
    spell: &RawSpell<'_>,
    raw: &RawEpisode<'_>,
    episode: &Episode,
    case: &Case<'_>,
    reference: &Reference,
) -> Vec<Message> {
    let mut check = Checker { reference, messages: Vec::new() };
    check.present(Field::Procodet, &spell.procodet);
    check.present(Field::Provspno, &spell.provspno);
    check.number(Field::Epiorder, &raw.epiorder, episode.epiorder, |_| true, true);
    check.number(Field::Startage, &raw.startage, episode.age, |age| age_is_valid(age, reference), true);
    let days = |days| days <= MAX_DAYS;
    for ((field, text), sent) in coded(raw).into_iter().zip(episode.fields.values()) {
        if field == Field::Mainspef {
            check.number(Field::Epidur, &raw.epidur, episode.epidur, days, true);
        }
        value(&mut check, field, text, sent, field != Field::Neocare);
    }
    diagnoses(&mut check, raw, &episode.diagnoses, case);
    if case.procedures.len() < episode.procedures.len() {
        procedures(&mut check, raw, &episode.procedures, case);
    }
    check.number(Field::Criticalcaredays, &raw.criticalcaredays, episode.critical_care_days, days, false);
    check.number(Field::Rehabilitationdays, &raw.rehabilitationdays, episode.rehabilitation_days, days, false);
    check.number(Field::Spcdays, &raw.spcdays, episode.spc_days, days, false);
    check.messages
}

fn value(check: &mut Checker<'_>, field: Field, text: &Text<'_>, value: Value, mandatory: bool) {
    let about = FieldRef::single(field);
    let accepted = match value {
        Value::Blank if mandatory => return check.fatal(Situation::FieldBlank, about, ""),
        Value::Blank => return,
        Value::Word(word) => check.reference.labels.accepts(field, word),
        Value::Invalid => false,
    };
    if !accepted && mandatory {
        check.fatal(Situation::FieldInvalid, about, text.trimmed());
    } else if !accepted {
        check.optional(Situation::FieldInvalid, about, text.trimmed());
    }
}

fn diagnoses(check: &mut Checker<'_>, raw: &RawEpisode<'_>, placed: &[Placed<Icd10>], case: &Case<'_>) {
    if placed.first().is_none_or(|first| first.position != 1) {
        check.fatal(Situation::PrimaryDiagnosisBlank, diag(1), "");
    }
    if case.diagnoses.len() == placed.len() {
        return; // the release knows them all
    }
    let mut known = case.diagnoses.iter().map(|diagnosis| diagnosis.field).peekable();
    for placed in placed {
        if known.next_if_eq(&diag(placed.position)).is_some() {
            continue;
        }
        let sent = sent(&raw.diag, placed.position);
        if placed.position == 1 {
            check.fatal(Situation::DiagnosisInvalid, diag(1), sent);
        } else {
            check.optional(Situation::DiagnosisInvalid, diag(placed.position), sent);
        }
    }
}

fn procedures(check: &mut Checker<'_>, raw: &RawEpisode<'_>, placed: &[Placed<Opcs4>], case: &Case<'_>) {
    let mut known = case.procedures.iter().map(|procedure| procedure.field).peekable();
    for placed in placed {
        if known.next_if_eq(&oper(placed.position)).is_none() {
            let sent = sent(&raw.oper, placed.position);
            check.optional(Situation::ProcedureInvalid, oper(placed.position), sent);
        }
    }
}

/// What was sent at a position.
fn sent<'t>(texts: &'t [Text<'_>], position: u8) -> &'t str {
    texts.get(usize::from(position).saturating_sub(1)).map_or("", Text::trimmed)
}
