//! A short code packed into one integer.
//!
//! Every code of the trade (ICD-10, OPCS-4, HRG, national code values) is at most eight ASCII characters, so it
//! fits a `u64`: comparing, hashing and cutting codes is then integer work, and a record allocates nothing for them.

use std::fmt;
use std::hash::{Hash, Hasher};

/// Up to eight printable ASCII characters, left aligned; unused bytes are zero, so integer order is text order.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word(u64);

/// The highest bit of each of eight bytes.
const HIGHS: u64 = 0x8080_8080_8080_8080;
/// Eight characters that every word may have.
const FILLING: u64 = u64::from_be_bytes([b'0'; 8]);

/// The highest bit of each byte that is at least `least`, for bytes below 128; all eight are compared at once.
#[inline]
fn at_least(bytes: u64, least: u8) -> u64 {
    ((bytes | HIGHS) - u64::from_be_bytes([least; 8])) & HIGHS
}

/// The characters stand at the high end, where the multiplying hash of the tables would lose them: hashed the other way
/// round, they reach all of its bits.
impl Hash for Word {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.rotate_left(32));
    }
}

impl Word {
    /// The word without characters.
    pub const EMPTY: Word = Word(0);

    /// Packs `text`; `None` when it is longer than eight characters or holds anything but printable ASCII.
    #[inline]
    pub fn new(text: &str) -> Option<Word> {
        // Nearly every value has one character, two or three.
        let is_graphic = |b: u8| b.wrapping_sub(b'!') < 94;
        let packed = match *text.as_bytes() {
            [] => return Some(Word::EMPTY),
            [a] if is_graphic(a) => [a, 0, 0],
            [a, b] if is_graphic(a) && is_graphic(b) => [a, b, 0],
            [a, b, c] if is_graphic(a) && is_graphic(b) && is_graphic(c) => [a, b, c],
            _ => return Word::of_any_length(text),
        };
        let [a, b, c] = packed.map(u64::from);
        Some(Word(a << 56 | b << 48 | c << 40))
    }

    /// The same for more characters, and for what is no word.
    fn of_any_length(text: &str) -> Option<Word> {
        let word = Word::pack(text.as_bytes())?;
        // Where there is no character stands one that passes, so that all eight are asked at once.
        let filled = word.0 | FILLING.checked_shr(8 * u32::try_from(text.len()).ok()?).unwrap_or(0);
        let graphic = at_least(filled, b'!') & !at_least(filled, 0x7f) & !filled & HIGHS;
        (graphic == HIGHS).then_some(word)
    }

    /// Packs up to eight bytes, whatever they are.
    #[inline]
    fn pack(bytes: &[u8]) -> Option<Word> {
        // No branch on the length but these two: records mix their lengths, and a wrong guess costs more than the work.
        let packed = match (bytes.first_chunk(), bytes.last_chunk(), bytes.len()) {
            // Two halves that may overlap, in which case both hold the same bytes there.
            (Some(left), Some(right), length @ 4..=8) => {
                let right = u64::from(u32::from_be_bytes(*right)) << (8 * (8 - length));
                u64::from(u32::from_be_bytes(*left)) << 32 | right
            }
            (_, _, length @ 1..=3) => {
                let from_left = |at: usize| u64::from(bytes.get(at).copied().unwrap_or(0)) << (56 - 8 * at);
                from_left(0) | from_left(length / 2) | from_left(length - 1)
            }
            (_, _, 0) => 0,
            _ => return None,
        };
        Some(Word(packed))
    }

    /// The number that a text of one to eight digits writes; nothing for another text.
    #[inline]
    pub fn number_of(text: &str) -> Option<u32> {
        let Word(word) = Word::of_characters(text, Word::digits).filter(|word| !word.is_empty())?;
        // The last digit in the lowest byte, none in the bytes above the first; then neighbours are added up in pairs.
        let digits = (word >> (word.trailing_zeros() & 0b11_1000)) & 0x0f0f_0f0f_0f0f_0f0f;
        let pairs = (digits >> 8 & 0x00ff_00ff_00ff_00ff) * 10 + (digits & 0x00ff_00ff_00ff_00ff);
        let fours = (pairs >> 16 & 0x0000_ffff_0000_ffff) * 100 + (pairs & 0x0000_ffff_0000_ffff);
        u32::try_from((fours >> 32) * 10_000 + (fours & 0xffff_ffff)).ok()
    }

    /// The highest bit of each character that there is.
    #[inline]
    pub(super) fn taken(self) -> u64 {
        at_least(self.0, 1)
    }

    /// The highest bit of each character that is a digit.
    #[inline]
    pub(super) fn digits(self) -> u64 {
        at_least(self.0, b'0') & !at_least(self.0, b'9' + 1)
    }

    /// The highest bit of each character that is a capital letter.
    #[inline]
    pub(super) fn capitals(self) -> u64 {
        at_least(self.0, b'A') & !at_least(self.0, b'Z' + 1)
    }

    /// The word of a code as sent that consists of digits and capital letters, as nearly all do; nothing for another.
    #[inline]
    pub(super) fn of_plain_code(text: &str) -> Option<Word> {
        Word::of_characters(text, |word| word.digits() | word.capitals())
    }

    /// The word of a text of up to eight characters of one kind: `kind` gives the highest bit of each that is of it.
    #[inline]
    fn of_characters(text: &str, kind: impl Fn(Word) -> u64) -> Option<Word> {
        let word = Word::pack(text.as_bytes())?;
        let there = HIGHS & !HIGHS.checked_shr(8 * u32::try_from(text.len()).ok()?).unwrap_or(0);
        (kind(word) == there && word.0 & HIGHS == 0).then_some(word)
    }

    /// The word of a literal in this program; characters beyond the eighth are cut. For text from outside use
    /// [`Word::new`].
    pub const fn literal(text: &str) -> Word {
        let bytes = text.as_bytes();
        let mut packed = 0u64;
        let mut i = 0;
        while i < 8 {
            packed <<= 8;
            if let Some((byte, _)) = bytes.split_at(if i < bytes.len() { i } else { bytes.len() }).1.split_first() {
                packed |= *byte as u64;
            }
            i += 1;
        }
        Word(packed)
    }

    /// More than the places of words.
    pub const PLACES: usize = 2048;

    /// The word of a value, and a place of its own where it has one to three digits, as nearly all values have: by that a
    /// set of values is asked without hashing. 0 is the place of all others.
    #[inline]
    pub fn placed(text: &str) -> Option<(Word, u16)> {
        let digit = |b: u8| u16::from(b.wrapping_sub(b'0'));
        let (packed, place) = match *text.as_bytes() {
            [] => return Some((Word::EMPTY, 0)),
            [a] if digit(a) < 10 => ([a, 0, 0], 10 + digit(a)),
            [a, b] if digit(a) < 10 && digit(b) < 10 => ([a, b, 0], 100 + digit(a) * 10 + digit(b)),
            [a, b, c] if digit(a) < 10 && digit(b) < 10 && digit(c) < 10 => {
                ([a, b, c], 1000 + (digit(a) * 10 + digit(b)) * 10 + digit(c))
            }
            _ => return Word::without_place(text),
        };
        let [a, b, c] = packed.map(u64::from);
        Some((Word(a << 56 | b << 48 | c << 40), place))
    }

    /// One that has no place of its own: kept apart, so that what nearly all values need is small enough to go in line.
    #[inline(never)]
    fn without_place(text: &str) -> Option<(Word, u16)> {
        Word::new(text).map(|word| (word, 0))
    }

    /// The place that [`Word::placed`] gives it.
    pub fn place(self) -> u16 {
        Word::placed(self.write(&mut [0; 8])).map_or(0, |(_, place)| place)
    }

    /// Number of characters, 0 to 8.
    #[inline]
    pub fn len(self) -> usize {
        8 - (self.0.trailing_zeros() as usize).min(64) / 8
    }

    /// Whether there is no character at all.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The first `n` characters (all of them where there are fewer).
    #[must_use]
    #[inline]
    pub fn first(self, n: usize) -> Word {
        match n {
            0 => Word(0),
            1..=7 => Word(self.0 & (u64::MAX << (64 - 8 * n))),
            _ => self,
        }
    }

    /// Whether the word begins with `prefix`.
    #[inline]
    pub fn starts_with(self, prefix: Word) -> bool {
        self.first(prefix.len()) == prefix
    }

    /// Four characters, which are digits or capital letters.
    #[inline]
    pub(super) fn of_four(characters: [u8; 4]) -> Word {
        Word(u64::from(u32::from_be_bytes(characters)) << 32)
    }

    /// The four characters of a word that has no more, zeros beyond its end.
    #[inline]
    pub fn head(self) -> Option<[u8; 4]> {
        u32::try_from(self.0.rotate_left(32)).ok().map(u32::to_be_bytes)
    }

    /// The characters as text, in a buffer of the caller's.
    pub fn write(self, buffer: &mut [u8; 8]) -> &str {
        *buffer = self.0.to_be_bytes();
        let text = buffer.get(..self.len()).unwrap_or_default();
        std::str::from_utf8(text).unwrap_or_default()
    }

    /// The character at `index`, counted from 0; zero beyond the end.
    #[inline]
    pub fn at(self, index: usize) -> u8 {
        self.characters().get(index).copied().unwrap_or(0)
    }

    /// The characters as ASCII, 0 beyond the last.
    #[inline]
    pub fn characters(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }

    /// Adds the characters to a buffer.
    #[inline]
    pub fn push_to(self, out: &mut Vec<u8>) {
        // Eight at once and then those taken back that are none: quicker than copying so many as there are.
        let end = out.len() + self.len();
        out.extend_from_slice(&self.characters());
        out.truncate(end);
    }

    /// Whether one of the characters is this one.
    #[inline]
    pub fn holds(self, character: u8) -> bool {
        let differing = self.0 ^ u64::from_be_bytes([character; 8]);
        // Whether any byte is zero: only that one borrows and has no bit of its own.
        differing.wrapping_sub(HIGHS >> 7) & !differing & HIGHS != 0
    }

    /// The word with one more character; `None` when it already has eight.
    #[inline]
    pub fn push(self, character: u8) -> Option<Word> {
        let used = self.len();
        if used == 8 || !character.is_ascii_graphic() {
            return None;
        }
        Some(Word(self.0 | (u64::from(character) << (56 - 8 * used))))
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.write(&mut [0; 8]))
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

impl serde::Serialize for Word {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.write(&mut [0; 8]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_holds_its_characters_and_no_others() {
        for text in ["", "A", "A,", ",", "\"B", "J18.9", "ABCDEFG,", ",BCDEFGH", "+-!~", "ABCDEFGH"] {
            let word = Word::new(text).expect("packs");
            for character in b'!'..=b'~' {
                assert_eq!(word.holds(character), text.as_bytes().contains(&character), "{text} {character}");
            }
            let mut out = b"before".to_vec();
            word.push_to(&mut out);
            assert_eq!(out, format!("before{text}").into_bytes());
        }
    }

    #[test]
    fn each_word_of_few_digits_has_a_place_of_its_own_and_no_other_has_one() {
        let texts = (0..10).map(|n| n.to_string());
        let texts = texts.chain((0..100).map(|n| format!("{n:02}"))).chain((0..1000).map(|n| format!("{n:03}")));
        let place = |text: &str| {
            let (word, place) = Word::placed(text).expect("packs");
            assert_eq!((Word::new(text), word.place()), (Some(word), place), "{text}");
            place
        };
        let places: std::collections::BTreeSet<u16> = texts.map(|text| place(&text)).collect();
        assert_eq!(places.len(), 1110);
        assert!(!places.contains(&0) && places.iter().all(|place| usize::from(*place) < Word::PLACES));
        for text in ["", "A", "1A", "A1", "1A1", "12A", "1234", "12345678", "1.5", "-"] {
            assert_eq!(place(text), 0, "{text}");
        }
        for text in ["é", "1 ", "123456789"] {
            assert_eq!(Word::placed(text), None, "{text}");
        }
    }

    #[test]
    fn a_word_gives_back_its_text_and_length() {
        for text in ["", "A", "J189", "R69X6", "12345678"] {
            let word = Word::new(text).expect("packs");
            assert_eq!(word.to_string(), text);
            assert_eq!(word.len(), text.len());
        }
    }

    #[test]
    fn digits_are_read_as_a_number() {
        for (text, number) in [("0", 0), ("7", 7), ("042", 42), ("1234", 1234), ("99999999", 99_999_999)] {
            assert_eq!(Word::number_of(text), Some(number), "{text}");
        }
        for text in ["", "-1", "1a", "A", "12/4", "1:", " 1", "1 ", "\x001", "1\0", "é1", "123456789"] {
            assert_eq!(Word::number_of(text), None, "{text}");
        }
    }

    #[test]
    fn long_or_foreign_text_does_not_pack() {
        for text in ["123456789", "J18é", "J1 8", "\u{7f}", "🩺"] {
            assert_eq!(Word::new(text), None, "{text}");
        }
    }

    #[test]
    fn a_literal_is_the_same_word() {
        for text in ["", "UZ01Z", "12345678"] {
            assert_eq!(Some(Word::literal(text)), Word::new(text));
        }
    }

    #[test]
    fn prefixes_are_cut_and_compared() {
        let word = Word::new("J189").expect("packs");
        assert_eq!(word.first(3).to_string(), "J18");
        assert!(word.starts_with(Word::new("J1").expect("packs")));
        assert!(!word.starts_with(Word::new("J2").expect("packs")));
        assert!(word.starts_with(Word::EMPTY));
        assert_eq!(word.push(b'X').expect("room").to_string(), "J189X");
        assert_eq!(word.at(1), b'1');
        assert_eq!(word.at(7), 0);
    }

    #[test]
    fn order_is_text_order() {
        let mut words: Vec<Word> = ["B", "A10", "A1", "A"].iter().filter_map(|t| Word::new(t)).collect();
        words.sort();
        let texts: Vec<String> = words.iter().map(Word::to_string).collect();
        assert_eq!(texts, ["A", "A1", "A10", "B"]);
    }
}
