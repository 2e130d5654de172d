//! Codes of four characters or fewer as small integers, so that a table can be asked by index in place of hashing.
//!
//! Nearly every code of a record has this shape, or begins with it. One with a letter where the classifications have a
//! digit has no slot and is looked up by hashing.

use super::pattern::Pattern;
use crate::record::{Icd10, Opcs4, Word};
use std::ops::Range;

/// Letter, digit, digit, and nothing, `X` or a digit.
pub const SLOTS: usize = 26 * 10 * 10 * FOURTH;
/// Values of the fourth character: none, `X`, ten digits.
const FOURTH: usize = 12;

/// The slot of a code.
#[inline]
pub fn slot_of(code: Word) -> Option<usize> {
    let [letter, tens, units, fourth] = code.head()?.map(usize::from);
    // What is below the first of its kind becomes too large as well.
    let within =
        |value: usize, first: u8, count: usize| Some(value.wrapping_sub(usize::from(first))).filter(|v| *v < count);
    let fourth = match fourth {
        0 => 0,
        FILLER => 1,
        other => 2 + within(other, b'0', 10)?,
    };
    let category = (within(letter, b'A', 26)? * 10 + within(tens, b'0', 10)?) * 10 + within(units, b'0', 10)?;
    Some(category * FOURTH + fourth)
}

/// The fourth character of a code of three.
const FILLER: usize = b'X' as usize;

/// A code to look up, with its slot, or that of its first four characters. Whoever asks several tables for a code makes
/// it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    word: Word,
    slot: u16,
}

/// No slot: there are fewer.
const NONE: u16 = u16::MAX;

impl From<Word> for Key {
    #[inline]
    fn from(word: Word) -> Key {
        Key { word, slot: slot_of(word.first(4)).and_then(|slot| u16::try_from(slot).ok()).unwrap_or(NONE) }
    }
}

impl From<Icd10> for Key {
    #[inline]
    fn from(code: Icd10) -> Key {
        code.word().into()
    }
}

impl From<Opcs4> for Key {
    #[inline]
    fn from(code: Opcs4) -> Key {
        code.word().into()
    }
}

impl Key {
    /// The code.
    #[inline]
    pub fn word(self) -> Word {
        self.word
    }

    /// Its slot, or that of its first four characters.
    #[inline]
    pub(super) fn slot(self) -> Option<usize> {
        (self.slot != NONE).then_some(usize::from(self.slot))
    }
}

/// The slots of the codes that match the pattern, as far as they have one; a code in full is matched alone.
pub fn slots_of(pattern: Pattern) -> Range<usize> {
    let word = pattern.word();
    if !pattern.is_open() || word.len() >= 4 {
        return slot_of(word).map_or(0..0, |slot| slot..slot + 1);
    }
    let padded = (word.len()..3).try_fold(word, |word, _| word.push(b'0'));
    let width = FOURTH * 10usize.pow(u32::try_from(3usize.saturating_sub(word.len())).unwrap_or(0));
    padded.and_then(slot_of).map_or(0..0, |first| first..first + width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_is_of_one_code_and_a_pattern_has_the_slots_of_its_codes() {
        let patterns: Vec<Pattern> = ["A*", "S7*", "S72*", "S720*", "S720", "I10X", "I10", "S7200", "S7200*", "AB*"]
            .iter()
            .filter_map(|t| Pattern::parse(t))
            .collect();
        let mut seen = vec![false; SLOTS];
        for letter in b'A'..=b'Z' {
            for number in 0..100 {
                for fourth in ["", "X", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"] {
                    let text = format!("{}{number:02}{fourth}", char::from(letter));
                    let code = Word::new(&text).expect("packs");
                    let slot = slot_of(code).expect(&text);
                    assert!(!std::mem::replace(&mut seen[slot], true), "{text} alone");
                    for pattern in &patterns {
                        assert_eq!(slots_of(*pattern).contains(&slot), pattern.matches(code), "{text} {pattern}");
                    }
                }
            }
        }
        assert!(seen.into_iter().all(|seen| seen));
    }

    #[test]
    fn other_codes_have_no_slot() {
        for text in ["", "A1", "S7200", "A10B", "1A10", "a10"] {
            assert_eq!(slot_of(Word::new(text).expect("packs")), None, "{text}");
        }
    }
}
