//! One figure of the table, and the arithmetic of rounds.

/// A figure, its target, and whether it was reached.
#[derive(Clone, Debug)]
pub struct Figure {
    /// The part it belongs to; figures of a part stand together.
    pub part: &'static str,
    /// What was measured.
    pub what: String,
    /// What came out.
    pub found: String,
    /// What is wanted; empty where the figure is for information.
    pub wanted: String,
    /// Whether it is what is wanted.
    pub reached: Option<bool>,
}

impl Figure {
    /// A figure for information.
    pub fn plain(part: &'static str, what: impl Into<String>, found: impl Into<String>) -> Figure {
        Figure { part, what: what.into(), found: found.into(), wanted: String::new(), reached: None }
    }

    /// A figure that must be at least, or at most, so much.
    pub fn bound(
        part: &'static str,
        what: impl Into<String>,
        found: f64,
        bound: Bound,
        words: fn(f64) -> String,
    ) -> Figure {
        let (sign, limit, reached) = match bound {
            Bound::Least(limit) => ("≥", limit, found >= limit),
            Bound::Most(limit) => ("≤", limit, found <= limit),
        };
        Figure {
            part,
            what: what.into(),
            found: words(found),
            wanted: format!("{sign} {}", words(limit)),
            reached: Some(reached),
        }
    }
}

/// What a figure is held to.
#[derive(Clone, Copy, Debug)]
pub enum Bound {
    /// At least.
    Least(f64),
    /// At most.
    Most(f64),
}

/// A ratio in words.
pub fn ratio(value: f64) -> String {
    format!("{value:.2}")
}

/// A rate in words, with a comma between thousands.
pub fn rate(value: f64) -> String {
    let digits = format!("{value:.0}");
    let first = digits.len() % 3;
    let mut words = digits.get(..first).unwrap_or_default().to_owned();
    for group in digits.as_bytes().get(first..).unwrap_or_default().chunks(3) {
        if !words.is_empty() {
            words.push(',');
        }
        words.push_str(&String::from_utf8_lossy(group));
    }
    words + "/s"
}
