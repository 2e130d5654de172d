//! Bands of a split in words, as a clinical coder says them.

use crate::reference::Band;
use crate::reference::splits::Dimension;

/// The band in words.
pub(super) fn in_words(dimension: Dimension, band: Band) -> String {
    let Band { min, max } = band;
    match dimension {
        _ if band.is_any() => match dimension {
            Dimension::Cc => "any CC score".to_owned(),
            Dimension::Age => "any age".to_owned(),
            Dimension::Stay => "any stay".to_owned(),
            Dimension::Interventions => "any number of interventions".to_owned(),
        },
        Dimension::Cc => format!("CC score {}", numbers(band)),
        Dimension::Age => match (min, max) {
            (_, None) => format!("{min} years and over"),
            (0, Some(max)) => format!("{max} years and under"),
            (min, Some(max)) if min == max => format!("aged {max}"),
            (min, Some(max)) => format!("between {min} and {max} years"),
        },
        Dimension::Stay => match max {
            Some(max) if max == min => {
                if max == 1 {
                    "a stay of 1 day".to_owned()
                } else {
                    format!("a stay of {max} days")
                }
            }
            _ => format!("a stay of {} days", numbers(band)),
        },
        Dimension::Interventions => match (min, max) {
            (0, Some(0)) => "no intervention".to_owned(),
            (1, Some(1)) => "a single intervention".to_owned(),
            _ => format!("{} interventions", numbers(band)),
        },
    }
}

fn numbers(band: Band) -> String {
    match (band.min, band.max) {
        (min, None) => format!("{min} or more"),
        (min, Some(max)) if min == max => max.to_string(),
        (0, Some(max)) => format!("{max} or fewer"),
        (min, Some(max)) => format!("{min} to {max}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_said_as_a_coder_says_them() {
        for (dimension, band, words) in [
            (Dimension::Cc, "", "any CC score"),
            (Dimension::Cc, "5+", "CC score 5 or more"),
            (Dimension::Cc, "2-4", "CC score 2 to 4"),
            (Dimension::Cc, "0-1", "CC score 1 or fewer"),
            (Dimension::Age, "19+", "19 years and over"),
            (Dimension::Age, "0-18", "18 years and under"),
            (Dimension::Age, "5-12", "between 5 and 12 years"),
            (Dimension::Stay, "0", "a stay of 0 days"),
            (Dimension::Stay, "1", "a stay of 1 day"),
            (Dimension::Stay, "1+", "a stay of 1 or more days"),
            (Dimension::Interventions, "0", "no intervention"),
            (Dimension::Interventions, "1", "a single intervention"),
            (Dimension::Interventions, "2+", "2 or more interventions"),
        ] {
            assert_eq!(in_words(dimension, Band::parse(band).expect(band)), words);
        }
    }
}
