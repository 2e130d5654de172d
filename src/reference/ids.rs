//! HRG codes and their parts. Source: 01 HRG codes, structure.

use crate::record::Word;
use std::fmt;

/// An HRG: two letters, two digits, a letter, as in `GA04C`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Hrg(Word);

/// The first four characters of an HRG, as in `GA04`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Root(Word);

/// The first two characters of an HRG, as in `GA`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Subchapter(Word);

fn begins_as_root(word: Word) -> bool {
    word.at(0).is_ascii_uppercase()
        && word.at(1).is_ascii_uppercase()
        && word.at(2).is_ascii_digit()
        && word.at(3).is_ascii_digit()
}

impl Default for Hrg {
    fn default() -> Hrg {
        Hrg::INVALID
    }
}

impl Hrg {
    /// `UZ01Z`, Data Invalid for Grouping: the error HRG of every logic.
    pub const INVALID: Hrg = Hrg(Word::literal("UZ01Z"));

    /// Takes exactly five characters of the pattern `AANNA`.
    pub fn parse(text: &str) -> Option<Hrg> {
        let word = Word::new(text)?;
        (word.len() == 5 && begins_as_root(word) && word.at(4).is_ascii_uppercase()).then_some(Hrg(word))
    }

    /// The root of the HRG.
    pub fn root(self) -> Root {
        Root(self.0.first(4))
    }

    /// The subchapter of the HRG.
    pub fn subchapter(self) -> Subchapter {
        Subchapter(self.0.first(2))
    }

    /// The packed characters.
    pub fn word(self) -> Word {
        self.0
    }
}

impl Root {
    /// Takes exactly four characters of the pattern `AANN`.
    pub fn parse(text: &str) -> Option<Root> {
        let word = Word::new(text)?;
        (word.len() == 4 && begins_as_root(word)).then_some(Root(word))
    }

    /// The subchapter of the root.
    pub fn subchapter(self) -> Subchapter {
        Subchapter(self.0.first(2))
    }

    /// The packed characters.
    pub fn word(self) -> Word {
        self.0
    }
}

impl Subchapter {
    /// Takes exactly two capital letters.
    pub fn parse(text: &str) -> Option<Subchapter> {
        let word = Word::new(text)?;
        (word.len() == 2 && (0..2).all(|i| word.at(i).is_ascii_uppercase())).then_some(Subchapter(word))
    }

    /// The chapter, one letter.
    pub fn chapter(self) -> Word {
        self.0.first(1)
    }

    /// The packed characters.
    pub fn word(self) -> Word {
        self.0
    }
}

impl fmt::Display for Hrg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Subchapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hrg_is_taken_apart() {
        let hrg = Hrg::parse("GA04C").expect("well formed");
        assert_eq!(hrg.root().to_string(), "GA04");
        assert_eq!(hrg.subchapter().to_string(), "GA");
        assert_eq!(hrg.subchapter().chapter().to_string(), "G");
        assert_eq!(Hrg::INVALID.to_string(), "UZ01Z");
    }

    #[test]
    fn other_shapes_are_no_hrg() {
        for text in ["", "GA04", "GA04c", "G104C", "GAA4C", "GA04CC"] {
            assert_eq!(Hrg::parse(text), None, "{text}");
        }
    }
}
