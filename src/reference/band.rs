//! A band: a range of whole numbers as tables write it (`5`, `2-4`, `5+`, empty for any).

use std::fmt;

/// A range of whole numbers, both ends in; no upper end means no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Band {
    /// Lowest value in the band.
    pub min: u32,
    /// Highest value in the band, or none.
    pub max: Option<u32>,
}

impl Band {
    /// The band that holds every value.
    pub const ANY: Band = Band { min: 0, max: None };

    /// Reads a band; `None` when the text is none, or its ends are the wrong way round.
    pub fn parse(text: &str) -> Option<Band> {
        let number = |t: &str| (!t.is_empty() && t.bytes().all(|b| b.is_ascii_digit())).then(|| t.parse().ok())?;
        if text.is_empty() {
            return Some(Band::ANY);
        }
        if let Some(min) = text.strip_suffix('+') {
            return Some(Band { min: number(min)?, max: None });
        }
        let (min, max) = match text.split_once('-') {
            Some((min, max)) => (number(min)?, number(max)?),
            None => (number(text)?, number(text)?),
        };
        (min <= max).then_some(Band { min, max: Some(max) })
    }

    /// Whether the value lies in the band.
    #[inline]
    pub fn contains(self, value: u32) -> bool {
        value >= self.min && self.max.is_none_or(|max| value <= max)
    }

    /// Whether the band holds every value.
    pub fn is_any(self) -> bool {
        self == Band::ANY
    }
}

impl fmt::Display for Band {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.max {
            None if self.min == 0 => f.write_str("any"),
            None => write!(f, "{}+", self.min),
            Some(max) if max == self.min => write!(f, "{max}"),
            Some(max) => write!(f, "{}-{max}", self.min),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_read_and_written() {
        for (text, inside, outside) in [("5", 5, 6), ("2-4", 4, 5), ("5+", 900, 4), ("0-18", 0, 19)] {
            let band = Band::parse(text).expect(text);
            assert!(band.contains(inside) && !band.contains(outside), "{text}");
            assert_eq!(band.to_string(), text);
        }
        assert!(Band::parse("").expect("any").is_any());
    }

    #[test]
    fn faulty_bands_are_refused() {
        for text in ["-", "4-2", "5-", "+", "a", "1.5", " 5", "5 +", "-1", "99999999999"] {
            assert_eq!(Band::parse(text), None, "{text}");
        }
    }
}
