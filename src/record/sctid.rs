//! SNOMED CT concept identifiers: 6 to 18 digits, the last a check digit. Source: 04 EM, records that arrive in ECDS.

use std::fmt;

/// A concept identifier whose shape and check digit are right. Whether the concept exists is for a release to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sctid(u64);

/// The multiplication table of the group D5, by which Verhoeff's check digit is made.
const PRODUCT: [[u8; 10]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
    [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
    [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
    [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
    [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
    [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
    [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
    [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
    [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
];
/// The permutation that each further place applies once more; after eight places it begins anew.
const TURN: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
const TURNS: usize = 8;

fn at(table: &[u8; 10], digit: u8) -> u8 {
    table.get(usize::from(digit)).copied().unwrap_or(0)
}

/// Whether Verhoeff's check digit, the last, is right.
fn checks(digits: &[u8]) -> bool {
    let sum = digits.iter().rev().enumerate().fold(0, |sum, (place, byte)| {
        let turned = (0..place % TURNS).fold(byte - b'0', |digit, _| at(&TURN, digit));
        PRODUCT.get(usize::from(sum)).map_or(0, |row| at(row, turned))
    });
    sum == 0
}

impl Sctid {
    /// Takes digits and nothing else. Descriptions and relationships, which the third digit from the right tells
    /// apart from concepts, are none.
    pub fn parse(text: &str) -> Option<Sctid> {
        let digits = text.as_bytes();
        let fits = (6..=18).contains(&digits.len())
            && digits.iter().all(u8::is_ascii_digit)
            && digits.first() != Some(&b'0')
            && digits.iter().nth_back(1) == Some(&b'0')
            && matches!(digits.iter().nth_back(2), Some(b'0' | b'1'));
        (fits && checks(digits)).then(|| text.parse().ok().map(Sctid))?
    }
}

impl fmt::Display for Sctid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_with_the_right_check_digit_are_taken() {
        for text in ["29303009", "168537006", "100005", "1088291000000101", "1077021000000100"] {
            assert_eq!(Sctid::parse(text).map(|id| id.to_string()).as_deref(), Some(text));
        }
    }

    #[test]
    fn every_wrong_digit_and_every_swap_of_neighbours_is_found() {
        let right = "1088291000000101";
        for place in 0..right.len() {
            for digit in '0'..='9' {
                let mut wrong: Vec<char> = right.chars().collect();
                wrong[place] = digit;
                let wrong: String = wrong.into_iter().collect();
                assert_eq!(Sctid::parse(&wrong).is_some(), wrong == right, "{wrong}");
            }
            if place > 0 {
                let mut swapped: Vec<char> = right.chars().collect();
                swapped.swap(place - 1, place);
                let swapped: String = swapped.into_iter().collect();
                assert_eq!(Sctid::parse(&swapped).is_some(), swapped == right, "{swapped}");
            }
        }
    }

    #[test]
    fn what_is_no_concept_identifier_is_refused() {
        // Too short, too long, a leading zero, a description, a letter, another script's digits.
        for text in ["", "15", "012", "10000", "0029303009", "1234567890123456789", "751689013", "2930300x", "٢٩٣٠٣٠٠٩"]
        {
            assert_eq!(Sctid::parse(text), None, "{text}");
        }
    }
}
