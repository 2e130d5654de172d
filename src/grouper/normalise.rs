//! A1: from what was sent to what grouping reads. Nothing is judged here; every change can be listed.
//!
//! Source: 03 A1, 02 clinical codes. Full stops are removed, letters upper-cased, surrounding spaces dropped, the
//! filler `X` added to three-character diagnoses, blank positions skipped.

pub use crate::record::size::MAX_POSITIONS;
use crate::record::{Episode, Field, FieldRef, Icd10, Number, Opcs4, RawEpisode, Text, Value, Word};
use crate::reference::Options;

/// A value that normalisation changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change<'t> {
    /// Where.
    pub field: FieldRef,
    /// As sent.
    pub from: &'t str,
    /// As read.
    pub to: Word,
}

/// The normalised episode. Its codes are read when they are looked up (A3), by [`diagnosis`] and [`procedure`].
pub fn normalise(raw: &RawEpisode<'_>) -> Episode {
    let mut episode = Episode::default();
    normalise_into(raw, &mut episode);
    episode
}

/// The same into an episode that is used again.
pub fn normalise_into(raw: &RawEpisode<'_>, episode: &mut Episode) {
    episode.epiorder = number(&raw.epiorder);
    episode.age = number(&raw.startage);
    episode.epidur = number(&raw.epidur);
    episode.critical_care_days = number(&raw.criticalcaredays);
    episode.rehabilitation_days = number(&raw.rehabilitationdays);
    episode.spc_days = number(&raw.spcdays);
    episode.fields.fill(coded(raw).iter().map(|(_, text)| placed(text)), &mut episode.places);
}

/// The coded fields of the record as sent, in the order of [`CODED_FIELDS`](crate::record::CODED_FIELDS), which is that of
/// the dataset's table.
pub fn coded<'r>(raw: &'r RawEpisode<'_>) -> [(Field, &'r Text<'r>); 9] {
    [
        (Field::Sex, &raw.sex),
        (Field::Classpat, &raw.classpat),
        (Field::Admisorc, &raw.admisorc),
        (Field::Admimeth, &raw.admimeth),
        (Field::Disdest, &raw.disdest),
        (Field::Dismeth, &raw.dismeth),
        (Field::Mainspef, &raw.mainspef),
        (Field::Neocare, &raw.neocare),
        (Field::Tretspef, &raw.tretspef),
    ]
}

/// What normalisation changed, for the trace.
pub fn changes<'t>(raw: &'t RawEpisode<'_>, episode: &Episode, options: &Options) -> Vec<Change<'t>> {
    let mut changes = Vec::new();
    let mut compare = |field: FieldRef, from: &'t str, to: Word| {
        if Word::new(from) != Some(to) {
            changes.push(Change { field, from, to });
        }
    };
    for (field, text) in coded(raw) {
        if let Value::Word(word) = episode.fields.get(field) {
            compare(FieldRef::single(field), text.as_str(), word);
        }
    }
    for (position, text) in positioned(&raw.diag) {
        if let Some(code) = diagnosis(text, options) {
            compare(FieldRef::at(Field::Diag, position), text, code.word());
        }
    }
    for (position, text) in positioned(&raw.oper) {
        if let Some(code) = procedure(text) {
            compare(FieldRef::at(Field::Oper, position), text, code.word());
        }
    }
    changes
}

/// A whole number, not negative.
pub fn number(text: &Text<'_>) -> Number {
    // Nearly every value is sent without spaces around it, and in one digit or two.
    let digit = |b: &u8| b.wrapping_sub(b'0');
    match text.as_str().as_bytes() {
        [] => Number::Blank,
        [units] if digit(units) < 10 => Number::Value(digit(units).into()),
        [tens, units] if digit(tens) < 10 && digit(units) < 10 => {
            Number::Value((digit(tens) * 10 + digit(units)).into())
        }
        _ => Word::number_of(text.as_str()).map_or_else(|| odd_number(text.trimmed()), Number::Value),
    }
}

/// No number, or one with spaces around it or with more digits than a word has: leading zeros, or more than any field may
/// hold.
#[cold]
fn odd_number(trimmed: &str) -> Number {
    if trimmed.is_empty() {
        return Number::Blank;
    }
    let digit = |b: u8| b.is_ascii_digit().then(|| u32::from(b - b'0'));
    let value = trimmed.bytes().try_fold(0u32, |value, b| value.checked_mul(10)?.checked_add(digit(b)?));
    value.map_or(Number::Invalid, Number::Value)
}

/// A coded value.
pub fn value(text: &Text<'_>) -> Value {
    match placed(text) {
        Some((Word::EMPTY, _)) => Value::Blank,
        Some((word, _)) => Value::Word(word),
        None => Value::Invalid,
    }
}

/// The word of a coded value, the empty one for a blank, with its place among those of few digits; none for what cannot be
/// a value.
#[inline]
fn placed(text: &Text<'_>) -> Option<(Word, u16)> {
    match Word::placed(text.as_str()) {
        Some(placed) => Some(placed),
        None => with_spaces(text),
    }
}

/// A value with spaces around it, or none that a record may have.
#[cold]
fn with_spaces(text: &Text<'_>) -> Option<(Word, u16)> {
    Word::placed(text.trimmed())
}

/// A diagnosis code as read.
#[inline]
pub fn diagnosis(text: &str, options: &Options) -> Option<Icd10> {
    match Icd10::of_four(text) {
        Some(code) => Some(code),
        None => other_diagnosis(text, options),
    }
}

/// One that has not four characters, or is written in another way.
#[inline(never)]
fn other_diagnosis(text: &str, options: &Options) -> Option<Icd10> {
    let code = Icd10::read(text)?;
    Some(if options.icd10_add_filler { code.with_filler() } else { code })
}

/// A procedure code as read.
#[inline]
pub fn procedure(text: &str) -> Option<Opcs4> {
    match Opcs4::of_four(text) {
        Some(code) => Some(code),
        None => Opcs4::read(text),
    }
}

/// The texts of a repeated field with their positions, blanks skipped.
fn positioned<'t>(texts: &'t [Text<'_>]) -> impl Iterator<Item = (u8, &'t str)> {
    let texts = (1u8..).zip(texts.iter().take(MAX_POSITIONS));
    texts.filter(|(_, text)| !text.is_blank()).map(|(position, text)| (position, text.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(diag: &[&'static str], oper: &[&'static str]) -> RawEpisode<'static> {
        RawEpisode {
            diag: diag.iter().map(|t| Text::from(*t)).collect(),
            oper: oper.iter().map(|t| Text::from(*t)).collect(),
            sex: " 1".into(),
            epidur: "-3".into(),
            ..RawEpisode::default()
        }
    }

    #[test]
    fn codes_are_cleaned_and_keep_their_positions() {
        let raw = raw(&["i10", "", "S72.00", "nonsense"], &[" x40.3 "]);
        let episode = normalise(&raw);
        assert_eq!(episode.epidur, Number::Invalid);
        let changed = changes(&raw, &episode, &Options::default());
        let changed: Vec<_> = changed.into_iter().map(|c| format!("{} {}", c.field, c.to)).collect();
        assert_eq!(changed, ["SEX 1", "DIAG_01 I10X", "DIAG_03 S7200", "OPER_01 X403"]);
    }

    #[test]
    fn normalising_twice_is_normalising_once() {
        let options = Options::default();
        for text in ["i10", "j18.9", " S72.00 "] {
            let once = diagnosis(text, &options).expect(text);
            assert_eq!(diagnosis(&once.to_string(), &options), Some(once));
        }
        let once = procedure("x40.3").expect("a procedure");
        assert_eq!(procedure(&once.to_string()), Some(once));
    }

    #[test]
    fn numbers_are_read_however_long_and_with_spaces_around() {
        let read = |text: &'static str| number(&Text::from(text));
        for (text, found) in [
            ("", Number::Blank),
            ("  ", Number::Blank),
            (" 7 ", Number::Value(7)),
            ("7", Number::Value(7)),
            ("07", Number::Value(7)),
            ("104", Number::Value(104)),
        ] {
            assert_eq!(read(text), found, "{text}");
        }
        assert_eq!(read("0000000000012"), Number::Value(12));
        for text in ["4294967296", "1.5", "-1", "seven", "99999999999999", "x", "1x", "x1"] {
            assert_eq!(read(text), Number::Invalid, "{text}");
        }
    }
}
