//! A normalised episode: what grouping reads. Made only by `grouper::normalise`.

use super::field::Field;
use super::word::Word;

/// A whole number that was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Number {
    /// Nothing was sent.
    #[default]
    Blank,
    /// A whole number, not negative.
    Value(u32),
    /// Something else was sent; the raw record holds it.
    Invalid,
}

impl Number {
    /// The value, where there is one.
    #[inline]
    pub fn value(self) -> Option<u32> {
        match self {
            Number::Value(value) => Some(value),
            Number::Blank | Number::Invalid => None,
        }
    }

    /// The value, a blank or faulty one counting as zero (faults are reported by validation).
    #[inline]
    pub fn or_zero(self) -> u32 {
        self.value().unwrap_or(0)
    }
}

/// A coded field that was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Value {
    /// Nothing was sent.
    #[default]
    Blank,
    /// Something that could be a code value.
    Word(Word),
    /// Something that cannot be one (too long, not ASCII); the raw record holds it.
    Invalid,
}

/// The coded fields of an admitted patient care episode, in the order of the dataset's table.
pub const CODED_FIELDS: [Field; 9] = [
    Field::Sex,
    Field::Classpat,
    Field::Admisorc,
    Field::Admimeth,
    Field::Disdest,
    Field::Dismeth,
    Field::Mainspef,
    Field::Neocare,
    Field::Tretspef,
];

/// The coded fields of one record, by field.
///
/// A value is kept as its word, the empty one for a blank, so that the many records of a spell or a batch are small.
#[derive(Clone, Copy, Debug, Default)]
pub struct CodedFields([Word; CODED_FIELDS.len()]);

/// Stands for a value that is no word of its kind. No text packs to it: its character is no graphic one.
const INVALID: Word = Word::literal("\u{7f}");

/// The word that is kept for a value.
#[inline]
fn kept(value: Value) -> Word {
    match value {
        Value::Blank => Word::EMPTY,
        Value::Word(word) => word,
        Value::Invalid => INVALID,
    }
}

/// The value for which a word is kept.
#[inline]
fn value(kept: Word) -> Value {
    match kept {
        Word::EMPTY => Value::Blank,
        INVALID => Value::Invalid,
        word => Value::Word(word),
    }
}

/// The places that [`Word::placed`] gives to the values of the coded fields, in the order of [`CODED_FIELDS`].
pub type Places = [u16; CODED_FIELDS.len()];

/// The place of a coded field in [`CODED_FIELDS`].
#[inline]
fn place(field: Field) -> Option<usize> {
    Some(match field {
        Field::Sex => 0,
        Field::Classpat => 1,
        Field::Admisorc => 2,
        Field::Admimeth => 3,
        Field::Disdest => 4,
        Field::Dismeth => 5,
        Field::Mainspef => 6,
        Field::Neocare => 7,
        Field::Tretspef => 8,
        _ => return None,
    })
}

impl CodedFields {
    /// Takes words in the order of [`CODED_FIELDS`]: the empty one for a blank, none for what cannot be a value. Notes the
    /// places too that [`Word::placed`] gives the words.
    #[inline]
    pub fn fill(&mut self, words: impl Iterator<Item = Option<(Word, u16)>>, places: &mut Places) {
        for (word, (field, place)) in words.zip(self.0.iter_mut().zip(places)) {
            (*field, *place) = word.unwrap_or((INVALID, 0));
        }
    }

    /// The words that are kept, in the order of [`CODED_FIELDS`]: the empty one for a blank, and for what cannot be a
    /// value one that no set of values holds.
    #[inline]
    pub fn kept_words(&self) -> &[Word; CODED_FIELDS.len()] {
        &self.0
    }

    /// The value of a coded field; blank for a field the record does not have.
    #[inline]
    pub fn get(&self, field: Field) -> Value {
        value(self.kept(field))
    }

    /// The word that is kept for a coded field, as in [`CodedFields::kept_words`].
    #[inline]
    pub fn kept(&self, field: Field) -> Word {
        place(field).and_then(|place| self.0.get(place)).copied().unwrap_or_default()
    }

    /// The code value, or the empty word.
    #[inline]
    pub fn word(&self, field: Field) -> Word {
        match self.kept(field) {
            INVALID => Word::EMPTY,
            word => word,
        }
    }

    /// Sets the value of a coded field.
    #[inline]
    pub fn set(&mut self, field: Field, value: Value) {
        if let Some(slot) = place(field).and_then(|place| self.0.get_mut(place)) {
            *slot = kept(value);
        }
    }
}

/// A normalised episode, but for its codes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Episode {
    /// EPIORDER.
    pub epiorder: Number,
    /// STARTAGE, in years.
    pub age: Number,
    /// EPIDUR, in days.
    pub epidur: Number,
    /// CRITICALCAREDAYS.
    pub critical_care_days: Number,
    /// REHABILITATIONDAYS.
    pub rehabilitation_days: Number,
    /// SPCDAYS.
    pub spc_days: Number,
    /// SEX to TRETSPEF.
    pub fields: CodedFields,
    /// By which value sets are asked for them.
    pub places: Places,
}

impl Episode {
    /// `CalcEpidur`: the duration less critical care, rehabilitation and specialist palliative care days, never below
    /// zero. Step A0.
    pub fn calc_epidur(&self) -> u32 {
        let deductions = self
            .critical_care_days
            .or_zero()
            .saturating_add(self.rehabilitation_days.or_zero())
            .saturating_add(self.spc_days.or_zero());
        self.epidur.or_zero().saturating_sub(deductions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_coded_field_has_its_place() {
        for (at, field) in CODED_FIELDS.into_iter().enumerate() {
            assert_eq!(place(field), Some(at));
        }
        assert_eq!(Field::ALL.iter().filter(|field| place(**field).is_some()).count(), CODED_FIELDS.len());
    }
}
