//! Clinical codes. Parsing is the only way in, so a value of these types has the shape of its classification.
//!
//! Shape is not validity: whether a code exists is for the release to say (step A2). Source: 02 inputs, clinical codes.

use super::word::Word;
use std::fmt;

/// An ICD-10 code without full stop: letter, two digits, then optionally a fourth character (digit or the filler
/// `X`) and up to two more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Icd10(Word);

/// An OPCS-4 code without full stop: letter and three digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Opcs4(Word);

/// The highest bits of the first four characters.
const FIRST: u64 = 1 << 63;
const SECOND: u64 = FIRST >> 8;
const THIRD: u64 = FIRST >> 16;
const FOURTH: u64 = FIRST >> 24;

/// Whether a word of digits and capital letters begins with a letter and two digits, as both classifications do.
#[inline]
fn begins_as_category(word: Word) -> bool {
    word.digits() & (FIRST | SECOND | THIRD) == SECOND | THIRD && !word.is_empty()
}

/// Whether a word of digits and capital letters is shaped as a diagnosis.
#[inline]
fn is_diagnosis(word: Word) -> bool {
    let fourth = word.digits() & FOURTH != 0 || matches!(word.at(3), 0 | b'X');
    begins_as_category(word) && fourth && word.first(6) == word
}

/// Whether a word of digits and capital letters is shaped as a procedure.
#[inline]
fn is_procedure(word: Word) -> bool {
    begins_as_category(word) && word.digits() & FOURTH != 0 && word.first(4) == word
}

/// Whether there are none but digits and capital letters.
#[inline]
fn is_plain(word: Word) -> bool {
    word.digits() | word.capitals() == word.taken()
}

/// The characters of a code as people write it: without full stops, surrounding spaces and small letters (A1).
#[cold]
fn cleaned(text: &str) -> Option<Word> {
    let mut kept = text.trim().bytes().filter(|b| *b != b'.');
    let word = kept.try_fold(Word::EMPTY, |word, b| word.push(b.to_ascii_uppercase()));
    word.filter(|word| is_plain(*word))
}

/// The characters of a code as sent, digits and capital letters alone.
#[inline]
fn characters(text: &str) -> Option<Word> {
    Word::of_plain_code(text).or_else(|| cleaned(text))
}

/// The word of a code of four characters, as most are: a capital letter, two digits, and a digit or the filler, where it
/// is allowed.
#[inline]
fn of_four(text: &str, filler: Option<u8>) -> Option<Word> {
    let characters: [u8; 4] = text.as_bytes().try_into().ok()?;
    let [letter, _, _, last] = characters;
    // All three at once: a digit without its upper half is below ten, and six less than that does not reach the highest bit.
    let digits = u32::from_be_bytes(characters) ^ 0x0030_3030;
    let others = (digits | ((digits & 0x007f_7f7f) + 0x0076_7676)) & 0x0080_8080;
    let fits = others == 0 || (others == 0x80 && Some(last) == filler);
    (fits && letter.is_ascii_uppercase()).then(|| Word::of_four(characters))
}

impl Icd10 {
    /// Takes four characters as the classification writes them, without a full stop, as nearly all come; nothing for others.
    #[inline]
    pub fn of_four(text: &str) -> Option<Icd10> {
        of_four(text, Some(b'X')).map(Icd10)
    }

    /// Takes text as people write it, such as ` j18.9`.
    pub fn read(text: &str) -> Option<Icd10> {
        characters(text).filter(|word| is_diagnosis(*word)).map(Icd10)
    }

    /// Takes normalised text (upper case, no full stop, no blanks).
    pub fn parse(text: &str) -> Option<Icd10> {
        Icd10::from_word(Word::new(text)?)
    }

    /// Takes normalised characters.
    #[inline]
    pub fn from_word(word: Word) -> Option<Icd10> {
        let fits = is_plain(word) && is_diagnosis(word);
        fits.then_some(Icd10(word))
    }

    /// The code with the filler `X` as fourth character, where it has only three; otherwise itself.
    #[must_use]
    #[inline]
    pub fn with_filler(self) -> Icd10 {
        if self.0.len() == 3 { Icd10(self.0.push(b'X').unwrap_or(self.0)) } else { self }
    }

    /// The packed characters.
    #[inline]
    pub fn word(self) -> Word {
        self.0
    }
}

impl Opcs4 {
    /// Takes four characters as the classification writes them, without a full stop, as nearly all come; nothing for others.
    #[inline]
    pub fn of_four(text: &str) -> Option<Opcs4> {
        of_four(text, None).map(Opcs4)
    }

    /// Takes text as people write it, such as ` x40.3`.
    #[inline(never)] // seldom: what asks for it stays short
    pub fn read(text: &str) -> Option<Opcs4> {
        characters(text).filter(|word| is_procedure(*word)).map(Opcs4)
    }

    /// Takes normalised text (upper case, no full stop, no blanks).
    pub fn parse(text: &str) -> Option<Opcs4> {
        Opcs4::from_word(Word::new(text)?)
    }

    /// Takes normalised characters.
    #[inline]
    pub fn from_word(word: Word) -> Option<Opcs4> {
        let fits = is_plain(word) && is_procedure(word);
        fits.then_some(Opcs4(word))
    }

    /// The packed characters.
    #[inline]
    pub fn word(self) -> Word {
        self.0
    }
}

impl fmt::Display for Icd10 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Opcs4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn icd10_shapes_are_told_apart() {
        for text in ["I10", "I10X", "J189", "S7200", "R69X6", "A170D"] {
            assert!(Icd10::parse(text).is_some(), "{text}");
        }
        for text in ["", "I1", "110X", "J18A", "J1890000", "i10x", "J 89"] {
            assert!(Icd10::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn opcs4_is_a_letter_and_three_digits() {
        assert!(Opcs4::parse("X403").is_some());
        for text in ["", "X40", "X4031", "X40X", "x403", "4034", "X40\0", "X403\0"] {
            assert!(Opcs4::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn what_is_sent_is_read_as_people_write_it_and_nothing_else_is() {
        for text in [" j18.9", "J18.9 ", "j189", "J189"] {
            assert_eq!(Icd10::read(text), Icd10::parse("J189"), "{text}");
        }
        for text in [
            "J189",
            "I10X",
            "X403",
            "A000",
            "Z999",
            "J18é",
            "X40:",
            "X4/3",
            "@123",
            "[123",
            "j189",
            "J18x",
            "JX89",
            "\u{7f}123",
        ] {
            assert_eq!(Icd10::of_four(text), Icd10::parse(text), "{text}");
            assert_eq!(Opcs4::of_four(text), Opcs4::parse(text), "{text}");
        }
        assert_eq!((Icd10::of_four("J18.9"), Opcs4::of_four("X40")), (None, None));
        assert_eq!(Opcs4::read(" x40.3 "), Opcs4::parse("X403"));
        for text in ["", "189", "J1", "JA89", "J1é9", "J18-9", "J18\x001", "J18A", "J18900000"] {
            assert_eq!(Icd10::read(text), None, "{text}");
            assert_eq!(Opcs4::read(text), None, "{text}");
        }
    }

    #[test]
    fn the_filler_is_added_only_to_three_characters() {
        let filled = |t: &str| Icd10::parse(t).map(|c| c.with_filler().to_string());
        assert_eq!(filled("I10").as_deref(), Some("I10X"));
        assert_eq!(filled("J189").as_deref(), Some("J189"));
    }
}
