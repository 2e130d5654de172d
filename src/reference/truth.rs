//! Three truth values: what a condition comes to when not every fact it asks for is known.

/// Yes, no, or not to be known from these facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// Holds.
    True,
    /// Does not hold.
    False,
    /// Depends on a fact that is not known here.
    Unknown,
}

impl From<Option<bool>> for Truth {
    fn from(known: Option<bool>) -> Truth {
        match known {
            Some(true) => Truth::True,
            Some(false) => Truth::False,
            None => Truth::Unknown,
        }
    }
}

impl Truth {
    /// The contrary; what is unknown stays so.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "a word of the language, beside `all` and `any`")]
    pub fn not(self) -> Truth {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            Truth::Unknown => Truth::Unknown,
        }
    }

    /// Kleene's and.
    pub fn all(truths: impl Iterator<Item = Truth>) -> Truth {
        join(truths, Truth::False, Truth::True)
    }

    /// Kleene's or.
    pub fn any(truths: impl Iterator<Item = Truth>) -> Truth {
        join(truths, Truth::True, Truth::False)
    }
}

/// Kleene's and (`ends` false) and or (`ends` true).
fn join(truths: impl Iterator<Item = Truth>, ends: Truth, otherwise: Truth) -> Truth {
    let mut result = otherwise;
    for truth in truths {
        if truth == ends {
            return ends;
        }
        if truth == Truth::Unknown {
            result = Truth::Unknown;
        }
    }
    result
}
