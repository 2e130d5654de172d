//! A short code packed into one integer.
//!
//! Every code of the trade (ICD-10, OPCS-4, HRG, national code values) is at most eight ASCII characters, so it
//! fits a `u64`: comparing, hashing and cutting codes is then integer work, and a record allocates nothing for them.

use std::fmt;

/// Up to eight printable ASCII characters, left aligned; unused bytes are zero, so integer order is text order.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Word(u64);

impl Word {
    /// The word without characters.
    pub const EMPTY: Word = Word(0);

    /// Packs `text`; `None` when it is longer than eight characters or holds anything but printable ASCII.
    pub fn new(text: &str) -> Option<Word> {
        let bytes = text.as_bytes();
        if bytes.len() > 8 || !bytes.iter().all(u8::is_ascii_graphic) {
            return None;
        }
        let mut packed = [0u8; 8];
        for (slot, byte) in packed.iter_mut().zip(bytes) {
            *slot = *byte;
        }
        Some(Word(u64::from_be_bytes(packed)))
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

    /// Number of characters, 0 to 8.
    pub fn len(self) -> usize {
        8 - (self.0.trailing_zeros() as usize).min(64) / 8
    }

    /// Whether there is no character at all.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The first `n` characters (all of them where there are fewer).
    #[must_use]
    pub fn first(self, n: usize) -> Word {
        match n {
            0 => Word(0),
            1..=7 => Word(self.0 & (u64::MAX << (64 - 8 * n))),
            _ => self,
        }
    }

    /// Whether the word begins with `prefix`.
    pub fn starts_with(self, prefix: Word) -> bool {
        self.first(prefix.len()) == prefix
    }

    /// The four characters of a word that has no more, zeros beyond its end.
    pub fn head(self) -> Option<[u8; 4]> {
        u32::try_from(self.0.rotate_left(32)).ok().map(u32::to_be_bytes)
    }

    /// The characters, zeros beyond the end.
    pub fn bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }

    /// The character at `index`, counted from 0; zero beyond the end.
    pub fn at(self, index: usize) -> u8 {
        self.0.to_be_bytes().get(index).copied().unwrap_or(0)
    }

    /// The word with one more character; `None` when it already has eight.
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
        let bytes = self.0.to_be_bytes();
        let text = bytes.get(..self.len()).unwrap_or_default();
        f.pad(std::str::from_utf8(text).unwrap_or_default())
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

impl serde::Serialize for Word {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_gives_back_its_text_and_length() {
        for text in ["", "A", "J189", "R69X6", "12345678"] {
            let word = Word::new(text).expect("packs");
            assert_eq!(word.to_string(), text);
            assert_eq!(word.len(), text.len());
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
