//! A2: each field by itself, then every diagnosis, then every procedure, without stopping at the first failure.
//!
//! Source: 02 validation order, 06 messages. The result is messages, never an error.

use super::case::Case;
use super::grouping::{Message, diag, oper};
use super::normalise::coded;
use crate::record::{CODED_FIELDS, Episode, Field, FieldRef, Number, RawEpisode, RawSpell, Text, Word};
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

/// Takes what is wrong with a record.
trait Faults {
    /// A fault that makes the record ungroupable.
    fn fatal(&mut self, situation: Situation, field: FieldRef, code: &str);
    /// An invalid code in an optional field: whether it is fatal is the release's choice.
    fn optional(&mut self, situation: Situation, field: FieldRef, code: &str);
}

/// Whether there is any: most records have none, and then nothing needs to be put into words.
impl Faults for bool {
    #[inline]
    fn fatal(&mut self, _: Situation, _: FieldRef, _: &str) {
        *self = true;
    }

    #[inline]
    fn optional(&mut self, _: Situation, _: FieldRef, _: &str) {
        *self = true;
    }
}

/// All of them in words.
struct Messages<'r> {
    reference: &'r Reference,
    messages: &'r mut Vec<Message>,
}

impl Faults for Messages<'_> {
    fn fatal(&mut self, situation: Situation, field: FieldRef, code: &str) {
        self.messages.push(Message::fatal(&self.reference.labels, situation, field, code));
    }

    fn optional(&mut self, situation: Situation, field: FieldRef, code: &str) {
        let fatal = self.reference.options.invalid_optional_code_is_fatal;
        let message = Message::fatal(&self.reference.labels, situation, field, code);
        self.messages.push(Message { fatal, ..message });
    }
}

/// What is looked at: an episode as sent and as read. `case` holds the codes that the release accepts.
#[derive(Clone, Copy)]
pub struct Looked<'l> {
    /// The spell as sent.
    pub spell: &'l RawSpell<'l>,
    /// The episode as sent.
    pub raw: &'l RawEpisode<'l>,
    /// As read.
    pub episode: &'l Episode,
    /// With its codes.
    pub case: &'l Case<'l>,
}

/// Adds everything wrong with an episode by itself.
pub fn validate(looked: Looked<'_>, reference: &Reference, messages: &mut Vec<Message>) {
    let mut any = false;
    look(looked, reference, &mut any);
    if any {
        in_words(looked, reference, messages);
    }
}

#[cold]
#[inline(never)]
fn in_words(looked: Looked<'_>, reference: &Reference, messages: &mut Vec<Message>) {
    look(looked, reference, &mut Messages { reference, messages });
}

/// Shows every fault, in the order of the specification.
#[inline]
fn look(looked: Looked<'_>, reference: &Reference, faults: &mut impl Faults) {
    let Looked { spell, raw, episode, case } = looked;
    present(faults, Field::Procodet, &spell.procodet);
    present(faults, Field::Provspno, &spell.provspno);
    number(faults, Field::Epiorder, &raw.epiorder, episode.epiorder, |_| true, true);
    number(faults, Field::Startage, &raw.startage, episode.age, |age| age_is_valid(age, reference), true);
    let days = |days| days <= MAX_DAYS;
    if reference.labels.accept_all_of(episode) {
        number(faults, Field::Epidur, &raw.epidur, episode.epidur, days, true);
    } else {
        for (field, kept) in CODED_FIELDS.into_iter().zip(episode.fields.kept_words()) {
            if field == Field::Mainspef {
                number(faults, Field::Epidur, &raw.epidur, episode.epidur, days, true);
            }
            value(faults, field, *kept, raw, reference);
        }
    }
    diagnoses(faults, raw, case);
    for position in case.refused_procedures.iter() {
        faults.optional(Situation::ProcedureInvalid, oper(position), sent(&raw.oper, position));
    }
    number(faults, Field::Criticalcaredays, &raw.criticalcaredays, episode.critical_care_days, days, false);
    number(faults, Field::Rehabilitationdays, &raw.rehabilitationdays, episode.rehabilitation_days, days, false);
    number(faults, Field::Spcdays, &raw.spcdays, episode.spc_days, days, false);
}

#[inline]
fn present(faults: &mut impl Faults, field: Field, text: &Text<'_>) {
    if text.is_blank() {
        faults.fatal(Situation::FieldBlank, FieldRef::single(field), "");
    }
}

#[inline]
fn number(
    faults: &mut impl Faults,
    field: Field,
    text: &Text<'_>,
    number: Number,
    valid: impl Fn(u32) -> bool,
    mandatory: bool,
) {
    let about = FieldRef::single(field);
    match number {
        Number::Blank if mandatory => faults.fatal(Situation::FieldBlank, about, ""),
        Number::Blank => {}
        Number::Value(value) if valid(value) => {}
        Number::Value(_) | Number::Invalid if mandatory => {
            faults.fatal(Situation::FieldInvalid, about, text.trimmed());
        }
        Number::Value(_) | Number::Invalid => faults.optional(Situation::FieldInvalid, about, text.trimmed()),
    }
}

#[inline]
fn value(faults: &mut impl Faults, field: Field, kept: Word, raw: &RawEpisode<'_>, reference: &Reference) {
    let (about, mandatory) = (FieldRef::single(field), field != Field::Neocare);
    if kept.is_empty() {
        if mandatory {
            faults.fatal(Situation::FieldBlank, about, "");
        }
    } else if !reference.labels.accepts(field, kept) {
        let text = coded(raw).into_iter().find(|(coded, _)| *coded == field).map_or("", |(_, text)| text.trimmed());
        if mandatory {
            faults.fatal(Situation::FieldInvalid, about, text);
        } else {
            faults.optional(Situation::FieldInvalid, about, text);
        }
    }
}

#[inline]
fn diagnoses(faults: &mut impl Faults, raw: &RawEpisode<'_>, case: &Case<'_>) {
    let refused = case.refused_diagnoses;
    if case.primary.is_none() && !refused.contains(1) {
        faults.fatal(Situation::PrimaryDiagnosisBlank, diag(1), "");
    }
    for position in refused.iter() {
        let sent = sent(&raw.diag, position);
        if position == 1 {
            faults.fatal(Situation::DiagnosisInvalid, diag(1), sent);
        } else {
            faults.optional(Situation::DiagnosisInvalid, diag(position), sent);
        }
    }
}

/// What was sent at a position.
fn sent<'t>(texts: &'t [Text<'_>], position: u8) -> &'t str {
    texts.get(usize::from(position).saturating_sub(1)).map_or("", Text::trimmed)
}
