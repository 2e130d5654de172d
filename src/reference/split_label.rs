//! Reads the conditions that an HRG's label states: complications, age, stay, interventions, scores.
//!
//! Source: 01 HRG codes, conditions that labels state. What the grammar does not read stays in the stem, so that whoever
//! uses the reading can say what was left over.

use super::band::Band;

/// What a phrase of a label sets bounds to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// CC score.
    Cc,
    /// Age in years.
    Age,
    /// Length of stay in days.
    Stay,
    /// Interventions of a diagnosis-driven HRG.
    Interventions,
    /// Diagnosis score of multiple trauma.
    DiagnosisScore,
    /// Severity score of burns.
    SeverityScore,
    /// Intervention score of multiple trauma and burns.
    InterventionScore,
}

/// How a phrase gives its bounds.
#[derive(Clone, Copy)]
enum Bounds {
    /// `{band}` as written: `5+`, `2-4`, `5`, `<=23`, `>=51`.
    Written,
    /// `{n}` and more.
    AtLeast,
    /// `{n}` and less.
    AtMost,
    /// From the first `{n}` to the second, or the one alone.
    Between,
    /// Said by the words themselves.
    Fixed(Band),
}

/// The grammar. A word that ends in `?` may be missing; `{n}` is a whole number, `{band}` a band.
const PHRASES: [(&str, Measure, Bounds); 20] = [
    ("with? CC Score {band}", Measure::Cc, Bounds::Written),
    ("{n} years and over", Measure::Age, Bounds::AtLeast),
    ("{n} years and under", Measure::Age, Bounds::AtMost),
    ("{n} year and over", Measure::Age, Bounds::AtLeast),
    ("{n} year and under", Measure::Age, Bounds::AtMost),
    ("between {n} and {n} years", Measure::Age, Bounds::Between),
    ("with? length of stay between {n} and {n} days", Measure::Stay, Bounds::Between),
    ("with? length of stay {n} days or more", Measure::Stay, Bounds::AtLeast),
    ("with? length of stay {n} day or more", Measure::Stay, Bounds::AtLeast),
    ("with? length of stay {n} days or less", Measure::Stay, Bounds::AtMost),
    ("with? length of stay {n} day or less", Measure::Stay, Bounds::AtMost),
    ("with? length of stay {n} days", Measure::Stay, Bounds::Between),
    ("with Multiple Interventions", Measure::Interventions, Bounds::Fixed(Band { min: 2, max: None })),
    ("with Single Intervention", Measure::Interventions, Bounds::Fixed(Band { min: 1, max: Some(1) })),
    ("with Interventions", Measure::Interventions, Bounds::Fixed(Band { min: 1, max: None })),
    ("without Interventions", Measure::Interventions, Bounds::Fixed(Band { min: 0, max: Some(0) })),
    ("with No Interventions", Measure::InterventionScore, Bounds::Fixed(Band { min: 0, max: Some(0) })),
    ("with? Diagnosis Score {band}", Measure::DiagnosisScore, Bounds::Written),
    ("with? Severity Score {band}", Measure::SeverityScore, Bounds::Written),
    ("with? Intervention Score {band}", Measure::InterventionScore, Bounds::Written),
];

/// Words that speak of a condition: where one stays in the stem, the label states something the grammar cannot read.
///
/// `intervention` is none of them: it names procedures (`Percutaneous Intervention`) as often as a count.
const TELLING: [&str; 7] = ["cc", "score", "year", "years", "stay", "los", "interventions"];

/// A label taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SplitLabel {
    /// The conditions, in the order the label states them.
    pub conditions: Vec<(Measure, Band)>,
    /// The rest of the label.
    pub stem: String,
}

impl SplitLabel {
    /// Takes a label apart.
    pub fn read(label: &str) -> SplitLabel {
        let words: Vec<&str> = label.split_whitespace().collect();
        let mut read = SplitLabel::default();
        let mut stem: Vec<&str> = Vec::new();
        let mut rest = words.as_slice();
        while let Some((word, after)) = rest.split_first() {
            if let Some((measure, band, length)) = phrase(rest) {
                read.conditions.push((measure, band));
                rest = rest.get(length..).unwrap_or_default();
            } else {
                stem.push(word);
                rest = after;
            }
        }
        read.stem = stem.join(" ").trim_end_matches(',').to_owned();
        read
    }

    /// The band of a measure, where the label states one.
    pub fn band(&self, measure: Measure) -> Option<Band> {
        self.conditions.iter().find(|(m, _)| *m == measure).map(|(_, band)| *band)
    }

    /// Whether the label bounds the measure more than once, so that one reading would be a guess.
    pub fn bounds_twice(&self) -> bool {
        self.conditions.iter().enumerate().any(|(i, (m, _))| self.conditions.iter().skip(i + 1).any(|(n, _)| m == n))
    }

    /// The first word left in the stem that speaks of a condition.
    pub fn telling_word(&self) -> Option<&str> {
        let plain = |word: &&str| {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric());
            TELLING.iter().any(|telling| word.eq_ignore_ascii_case(telling))
        };
        self.stem.split_whitespace().find(plain)
    }
}

/// The longest phrase at the beginning of the words, with the number of words it takes.
fn phrase(words: &[&str]) -> Option<(Measure, Band, usize)> {
    PHRASES
        .iter()
        .filter_map(|(template, measure, bounds)| fit(words, template, *bounds).map(|(band, n)| (*measure, band, n)))
        .max_by_key(|(_, _, length)| *length)
}

fn fit(words: &[&str], template: &str, bounds: Bounds) -> Option<(Band, usize)> {
    let mut rest = words;
    let mut numbers: Vec<u32> = Vec::new();
    let mut written = None;
    let mut expected = template.split(' ').peekable();
    while let Some(want) = expected.next() {
        let (word, after) = rest.split_first()?;
        // A comma may close a phrase, not stand within it.
        let word = if expected.peek().is_none() { word.trim_end_matches(',') } else { word };
        let optional = want.strip_suffix('?');
        let fits = match want {
            "{n}" => number(word).map(|n| numbers.push(n)).is_some(),
            "{band}" => {
                written = band(word);
                written.is_some()
            }
            _ => word.eq_ignore_ascii_case(optional.unwrap_or(want)),
        };
        match (fits, optional) {
            (true, _) => rest = after,
            (false, Some(_)) => {}
            (false, None) => return None,
        }
    }
    let band = match (bounds, numbers.as_slice()) {
        (Bounds::Written, _) => written?,
        (Bounds::Fixed(band), _) => band,
        (Bounds::AtLeast, [n]) => Band { min: *n, max: None },
        (Bounds::AtMost, [n]) => Band { min: 0, max: Some(*n) },
        (Bounds::Between, [n]) => Band { min: *n, max: Some(*n) },
        (Bounds::Between, [n, m]) if n <= m => Band { min: *n, max: Some(*m) },
        _ => return None,
    };
    Some((band, words.len() - rest.len()))
}

fn number(word: &str) -> Option<u32> {
    (!word.is_empty() && word.bytes().all(|b| b.is_ascii_digit())).then(|| word.parse().ok())?
}

fn band(word: &str) -> Option<Band> {
    if let Some(most) = word.strip_prefix("<=").or_else(|| word.strip_prefix('≤')) {
        return Some(Band { min: 0, max: Some(number(most)?) });
    }
    if let Some(least) = word.strip_prefix(">=").or_else(|| word.strip_prefix('≥')) {
        return Some(Band { min: number(least)?, max: None });
    }
    // Workbooks are typed in programs that turn a hyphen into a dash.
    Band::parse(&word.replace('–', "-")).filter(|_| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(label: &str) -> (Vec<(Measure, String)>, String) {
        let read = SplitLabel::read(label);
        (read.conditions.iter().map(|(m, b)| (*m, b.to_string())).collect(), read.stem)
    }

    #[test]
    fn every_phrase_of_the_grammar_is_read() {
        use Measure::*;
        for (label, measure, band) in [
            ("Toy, with CC Score 14+", Cc, "14+"),
            ("Toy, with CC Score 11-13", Cc, "11-13"),
            ("Toy, with CC Score 0", Cc, "0"),
            ("Toy, 19 years and over", Age, "19+"),
            ("Toy, 18 years and under", Age, "0-18"),
            ("Toy, 1 year and under", Age, "0-1"),
            ("Toy, 1 year and over", Age, "1+"),
            ("Toy, between 5 and 18 years", Age, "5-18"),
            ("Toy with length of stay 2 days or more", Stay, "2+"),
            ("Toy with length of stay 1 day or more", Stay, "1+"),
            ("Toy with length of stay 1 day or less", Stay, "0-1"),
            ("Toy with length of stay 4 days or less", Stay, "0-4"),
            ("Toy with length of stay between 2 and 5 days", Stay, "2-5"),
            ("Toy with length of stay 0 days", Stay, "0"),
            ("Toy, with Multiple Interventions", Interventions, "2+"),
            ("Toy, with Single Intervention", Interventions, "1"),
            ("Toy with Interventions", Interventions, "1+"),
            ("Toy, without Interventions", Interventions, "0"),
            ("Toy with Diagnosis Score <=23", DiagnosisScore, "0-23"),
            ("Toy with Diagnosis Score 24-32", DiagnosisScore, "24-32"),
            ("Toy with Diagnosis Score >=51", DiagnosisScore, "51+"),
            ("Toy, with Severity Score 10+", SeverityScore, "10+"),
            ("Toy, with Intervention Score 1-8", InterventionScore, "1-8"),
            ("Toy, with No Interventions", InterventionScore, "0"),
        ] {
            assert_eq!(says(label), (vec![(measure, band.to_owned())], "Toy".to_owned()), "{label}");
        }
    }

    #[test]
    fn a_label_may_state_several_conditions_anywhere() {
        let (conditions, stem) = says("Toy Disorders, between 5 and 18 years, with Interventions, with CC Score 2–4");
        let said: Vec<String> = conditions.iter().map(|(m, b)| format!("{m:?} {b}")).collect();
        assert_eq!(said, ["Age 5-18", "Interventions 1+", "Cc 2-4"]);
        assert_eq!(stem, "Toy Disorders");
    }

    #[test]
    fn what_is_no_condition_stays_in_the_stem() {
        for label in [
            "Toy with Imaging Intervention",
            "Toy Abortion, from 9 to under 14 weeks Gestation",
            "Toy Burn where Patient Transferred or Died in 2 days or less",
            "Toy, between 18 and 5 years",
            "Toy with CC",
        ] {
            assert_eq!(says(label), (Vec::new(), label.to_owned()), "{label}");
        }
    }

    #[test]
    fn a_condition_the_grammar_cannot_read_is_told() {
        assert_eq!(SplitLabel::read("Toy without CC").telling_word(), Some("CC"));
        assert_eq!(SplitLabel::read("Toy, 18 years or younger").telling_word(), Some("years"));
        assert_eq!(SplitLabel::read("Toy, with CC Score 3+").telling_word(), None);
        assert!(SplitLabel::read("Toy, 5 years and over, 18 years and under").bounds_twice());
    }
}
