//! Codes of four characters or fewer as small integers, so that a table can be asked by index in place of hashing.
//!
//! Nearly every code of a record has this shape, or begins with it. One with a letter where the classifications have a
//! digit has no slot and is looked up by hashing.

use super::pattern::Pattern;
use crate::record::{Icd10, Opcs4, Word};
use rustc_hash::FxHashMap;
use std::ops::Range;

/// Letter, digit, digit, and nothing, `X` or a digit.
pub const SLOTS: usize = CATEGORIES * FOURTHS;
/// Letter, digit, digit.
const CATEGORIES: usize = 26 * 10 * 10;
/// Values of the fourth character: none, `X`, ten digits.
const FOURTHS: usize = 12;

/// The slot of a code.
#[inline]
pub fn slot_of(code: Word) -> Option<usize> {
    let [letter, tens, units, fourth] = code.head()?.map(usize::from);
    // What is below the first of its kind becomes too large as well.
    let within =
        |value: usize, first: u8, count: usize| Some(value.wrapping_sub(usize::from(first))).filter(|v| *v < count);
    let fourth = match fourth {
        0 => 0,
        filler if filler == usize::from(FILLER) => 1,
        other => 2 + within(other, b'0', 10)?,
    };
    let category = (within(letter, b'A', 26)? * 10 + within(tens, b'0', 10)?) * 10 + within(units, b'0', 10)?;
    Some(category * FOURTHS + fourth)
}

/// The fourth character of a code of three.
const FILLER: u16 = b'X' as u16;

/// A code to look up, with its slot, or that of its first four characters. Whoever asks several tables for a code makes
/// it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    word: Word,
    /// The slot in two parts: which category, and which of its fourth characters.
    category: u16,
    fourth: u16,
    /// The letter and the first digit, as a number below 260.
    tens: u16,
}

/// No category: there are fewer.
const NONE: u16 = u16::MAX;

impl From<Word> for Key {
    #[inline]
    fn from(word: Word) -> Key {
        let part = |part: usize| u16::try_from(part).unwrap_or(NONE);
        let parts = slot_of(word.first(4)).map(|slot| (part(slot / FOURTHS), part(slot % FOURTHS)));
        let (category, fourth) = parts.unwrap_or((NONE, 0));
        let tens = if category == NONE { NONE } else { category / 10 };
        Key { word, category, fourth, tens }
    }
}

impl From<Icd10> for Key {
    #[inline]
    fn from(code: Icd10) -> Key {
        Key::of_shape(code.word())
    }
}

impl From<Opcs4> for Key {
    #[inline]
    fn from(code: Opcs4) -> Key {
        Key::of_shape(code.word())
    }
}

impl Key {
    /// The key of a code whose type says that it has the shape: what [`slot_of`] asks need not be asked again.
    #[inline]
    fn of_shape(word: Word) -> Key {
        let [letter, tens, units, fourth, ..] = word.characters().map(u16::from);
        let fourth = match fourth {
            0 => 0,
            FILLER => 1,
            digit => 2 + (digit & 15),
        };
        let tens = (letter & 31).wrapping_sub(1).wrapping_mul(10) + (tens & 15);
        Key { word, category: tens * 10 + (units & 15), fourth, tens }
    }

    /// The code.
    #[inline]
    pub fn word(self) -> Word {
        self.word
    }

    /// Its slot, or that of its first four characters.
    #[inline]
    pub(super) fn slot(self) -> Option<usize> {
        (self.category != NONE).then_some(usize::from(self.category) * FOURTHS + usize::from(self.fourth))
    }

    /// Whether the word is longer than the code whose slot it has.
    #[inline]
    pub(super) fn goes_on(self) -> bool {
        self.word.at(4) != 0
    }
}

/// A small number for every slot, kept by category: the slots of a category mostly agree with those of another, so that
/// a table takes a few kilobytes and stays near the processor.
#[derive(Clone, Debug, Default)]
pub(super) struct SlotMap {
    /// Which block a category has.
    categories: Vec<u16>,
    blocks: Vec<[u16; FOURTHS]>,
}

impl SlotMap {
    /// Takes a number for each of the [`SLOTS`].
    pub(super) fn new(numbers: &[u16]) -> SlotMap {
        let mut places: FxHashMap<[u16; FOURTHS], u16> = FxHashMap::default();
        let mut blocks = Vec::new();
        let categories = numbers.as_chunks::<FOURTHS>().0.iter().map(|block| {
            *places.entry(*block).or_insert_with(|| {
                blocks.push(*block);
                u16::try_from(blocks.len() - 1).unwrap_or(NONE)
            })
        });
        SlotMap { categories: categories.collect(), blocks }
    }

    /// The number of the key's slot; none where the map is empty or the key has no slot.
    #[inline]
    pub(super) fn get(&self, key: Key) -> Option<u16> {
        let block = *self.categories.get(usize::from(key.category))?;
        self.blocks.get(usize::from(block))?.get(usize::from(key.fourth)).copied()
    }
}

/// A bit for each letter and first digit: those that patterns may match, by which most codes are turned down, or those of
/// a record's codes, by which a whole record is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tens([u64; 5]);

/// How many slots share a letter and a first digit.
const TENS: usize = SLOTS / 260;

impl Tens {
    /// Adds what the pattern may match.
    pub(super) fn add(&mut self, pattern: Pattern) {
        for slot in slots_of(pattern.first_four()).step_by(TENS) {
            if let Some(bits) = self.0.get_mut(slot / TENS / 64) {
                *bits |= 1 << (slot / TENS % 64);
            }
        }
    }

    /// Whether the code may match one of the patterns.
    #[inline]
    pub(super) fn may_hold(&self, key: Key) -> bool {
        // One without a slot may match any.
        self.0.get(usize::from(key.tens / 64)).is_none_or(|bits| bits >> (key.tens % 64) & 1 == 1)
    }

    /// Notes a code of a record.
    #[inline]
    pub fn note(&mut self, key: Key) {
        match self.0.get_mut(usize::from(key.tens / 64)) {
            Some(bits) => *bits |= 1 << (key.tens % 64),
            None => self.0 = [u64::MAX; 5],
        }
    }

    /// Adds the codes of another record.
    pub fn join(&mut self, other: &Tens) {
        self.0.iter_mut().zip(other.0).for_each(|(own, other)| *own |= other);
    }

    /// Whether a code of the one may be among those of the other.
    #[inline]
    pub fn meet(&self, other: &Tens) -> bool {
        self.0.iter().zip(&other.0).any(|(own, other)| own & other != 0)
    }
}

/// The slots of the codes that match the pattern, as far as they have one; a code in full is matched alone.
pub fn slots_of(pattern: Pattern) -> Range<usize> {
    let word = pattern.word();
    if !pattern.is_open() || word.len() >= 4 {
        return slot_of(word).map_or(0..0, |slot| slot..slot + 1);
    }
    let padded = (word.len()..3).try_fold(word, |word, _| word.push(b'0'));
    let width = FOURTHS * 10usize.pow(u32::try_from(3usize.saturating_sub(word.len())).unwrap_or(0));
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
    fn a_code_of_known_shape_has_the_slot_of_its_word() {
        for text in ["I10", "I10X", "J189", "S7200", "A000", "Z999"] {
            let code = Icd10::parse(text).expect(text);
            assert_eq!(Key::from(code), Key::from(code.word()), "{text}");
        }
        let code = Opcs4::parse("X403").expect("a procedure");
        assert_eq!(Key::from(code), Key::from(code.word()));
    }

    #[test]
    fn a_record_meets_the_patterns_that_one_of_its_codes_may_match() {
        let mut patterns = Tens::default();
        for pattern in ["S72*", "Z530", "T*"].iter().filter_map(|text| Pattern::parse(text)) {
            patterns.add(pattern);
        }
        let record = |codes: &[&str]| {
            let mut tens = Tens::default();
            for code in codes {
                tens.note(Key::from(Word::new(code).expect("packs")));
            }
            tens
        };
        for (codes, meets) in [
            (&[][..], false),
            (&["J189", "I10X"], false),
            (&["J189", "S7200"], true),
            (&["Z538"], true), // it may: the table itself says that it does not
            (&["T983"], true),
            (&["AB12"], true), // without a slot nothing is known of it
        ] {
            assert_eq!(record(codes).meet(&patterns), meets, "{codes:?}");
        }
        let mut joined = record(&["J189"]);
        joined.join(&record(&["S7200"]));
        assert_eq!(joined, record(&["J189", "S7200"]));
    }

    #[test]
    fn a_map_gives_back_the_number_of_every_slot() {
        let numbers: Vec<u16> = (0..SLOTS).map(|slot| u16::try_from(slot % 1000 / 7).expect("small")).collect();
        let map = SlotMap::new(&numbers);
        for text in ["A00", "A00X", "J189", "S7200", "Z999"] {
            let key = Key::from(Word::new(text).expect("packs"));
            assert_eq!(map.get(key), key.slot().map(|slot| numbers[slot]), "{text}");
        }
        assert_eq!(map.get(Word::new("AB1").expect("packs").into()), None);
        assert_eq!(SlotMap::default().get(Word::new("A00").expect("packs").into()), None);
    }

    #[test]
    fn other_codes_have_no_slot() {
        for text in ["", "A1", "S7200", "A10B", "1A10", "a10"] {
            assert_eq!(slot_of(Word::new(text).expect("packs")), None, "{text}");
        }
    }
}
