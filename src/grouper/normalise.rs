//! A1: from what was sent to what grouping reads. Nothing is judged here; every change can be listed.
//!
//! Source: 03 A1, 02 clinical codes. Full stops are removed, letters upper-cased, surrounding spaces dropped, the
//! filler `X` added to three-character diagnoses, blank positions skipped.

pub use crate::record::size::MAX_POSITIONS;
use crate::record::{
    CodedFields, Episode, Field, FieldRef, Icd10, Number, Opcs4, Placed, RawEpisode, Text, Value, Word,
};
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

/// The normalised episode.
pub fn normalise(raw: &RawEpisode<'_>, options: &Options) -> Episode {
    let fields = CodedFields::new(coded(raw).map(|(_, text)| value(text)));
    Episode {
        epiorder: number(&raw.epiorder),
        age: number(&raw.startage),
        epidur: number(&raw.epidur),
        critical_care_days: number(&raw.criticalcaredays),
        rehabilitation_days: number(&raw.rehabilitationdays),
        spc_days: number(&raw.spcdays),
        fields,
        diagnoses: placed(&raw.diag, |text| diagnosis(text, options)),
        procedures: placed(&raw.oper, procedure),
    }
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
pub fn changes<'t>(raw: &'t RawEpisode<'_>, episode: &Episode) -> Vec<Change<'t>> {
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
    for placed in &episode.diagnoses {
        if let (Some(code), Some(text)) = (placed.code, raw.diag.get(usize::from(placed.position) - 1)) {
            compare(FieldRef::at(Field::Diag, placed.position), text.as_str(), code.word());
        }
    }
    for placed in &episode.procedures {
        if let (Some(code), Some(text)) = (placed.code, raw.oper.get(usize::from(placed.position) - 1)) {
            compare(FieldRef::at(Field::Oper, placed.position), text.as_str(), code.word());
        }
    }
    changes
}

/// A whole number, not negative.
pub fn number(text: &Text<'_>) -> Number {
    let text = text.trimmed();
    if text.is_empty() {
        return Number::Blank;
    }
    let digit = |b: u8| b.is_ascii_digit().then(|| u32::from(b - b'0'));
    let value = text.bytes().try_fold(0u32, |value, b| value.checked_mul(10)?.checked_add(digit(b)?));
    value.map_or(Number::Invalid, Number::Value)
}

/// A coded value.
pub fn value(text: &Text<'_>) -> Value {
    match text.trimmed() {
        "" => Value::Blank,
        text => Word::new(text).map_or(Value::Invalid, Value::Word),
    }
}

/// A diagnosis code as read.
pub fn diagnosis(text: &str, options: &Options) -> Option<Icd10> {
    let code = Icd10::read(text)?;
    Some(if options.icd10_add_filler { code.with_filler() } else { code })
}

/// A procedure code as read.
pub fn procedure(text: &str) -> Option<Opcs4> {
    Opcs4::read(text)
}

/// Codes with their positions, blanks skipped.
pub fn placed<C>(texts: &[Text<'_>], read: impl Fn(&str) -> Option<C>) -> Vec<Placed<C>> {
    let mut placed = Vec::with_capacity(texts.len().min(MAX_POSITIONS));
    for (text, position) in texts.iter().take(MAX_POSITIONS).zip(1u8..) {
        let text = text.trimmed();
        if !text.is_empty() {
            placed.push(Placed { position, code: read(text) });
        }
    }
    placed
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
        let episode = normalise(&raw, &Options::default());
        let codes: Vec<_> = episode.diagnoses.iter().map(|d| (d.position, d.code.map(|c| c.to_string()))).collect();
        assert_eq!(codes, [(1, Some("I10X".into())), (3, Some("S7200".into())), (4, None)]);
        assert_eq!(episode.procedures[0].code.map(|c| c.to_string()).as_deref(), Some("X403"));
        assert_eq!(episode.epidur, Number::Invalid);
        let changed: Vec<_> = changes(&raw, &episode).into_iter().map(|c| format!("{} {}", c.field, c.to)).collect();
        assert_eq!(changed, ["SEX 1", "DIAG_01 I10X", "DIAG_03 S7200", "OPER_01 X403"]);
    }

    #[test]
    fn normalising_twice_is_normalising_once() {
        let once = normalise(&raw(&["i10", "j18.9"], &["x40.3"]), &Options::default());
        let texts: Vec<String> = once.diagnoses.iter().filter_map(|d| d.code).map(|c| c.to_string()).collect();
        let again =
            RawEpisode { diag: texts.iter().map(|t| Text::from(t.as_str())).collect(), ..RawEpisode::default() };
        assert_eq!(normalise(&again, &Options::default()).diagnoses, once.diagnoses);
    }
}
