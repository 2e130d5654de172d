//! The one condition language of every rule table: typed when loaded, so that a running table cannot fail.
//!
//! A condition is asked through [`Facts`]. The same evaluator serves grouping, where every fact is known, and the
//! checks on loading, where only some are: hence three truth values. Grammar: `reference/README.md`, condition.

use super::band::Band;
use super::pattern::PatternSet;
use super::slot::{Key, Tens};
pub use super::truth::Truth;
use crate::record::{Field, Word};
use std::fmt;
use std::sync::Arc;

/// A number that a condition can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberFact {
    /// Age in years; 999 is unknown.
    Age,
    /// CalcEpidur, or SpellLOS in the spell pass, in days.
    Stay,
    /// CC score (A14).
    CcScore,
    /// Interventions counted (A15).
    Interventions,
    /// Procedures recorded, repeats included.
    ProcedureCount,
    /// Diagnoses recorded, repeats included.
    DiagnosisCount,
    /// Highest procedure hierarchy among the candidates, 0 when there are none.
    HighestPh,
    /// Burns severity (A7).
    SeverityScore,
    /// Age in days (neonatal critical care).
    AgeDays,
    /// Gestation length in weeks (neonatal critical care).
    GestLen,
    /// Weight in grams (neonatal critical care).
    Grams,
    /// Days from the activity date to the discharge date (neonatal critical care).
    DaysToDischarge,
}

impl NumberFact {
    /// Every number with its name.
    pub const NAMES: [(NumberFact, &'static str); 12] = [
        (NumberFact::Age, "age"),
        (NumberFact::Stay, "stay"),
        (NumberFact::CcScore, "cc_score"),
        (NumberFact::Interventions, "interventions"),
        (NumberFact::ProcedureCount, "procedure_count"),
        (NumberFact::DiagnosisCount, "diagnosis_count"),
        (NumberFact::HighestPh, "highest_ph"),
        (NumberFact::SeverityScore, "severity_score"),
        (NumberFact::AgeDays, "age_days"),
        (NumberFact::GestLen, "gestlen"),
        (NumberFact::Grams, "grams"),
        (NumberFact::DaysToDischarge, "days_to_discharge"),
    ];

    /// The name that tables and traces use.
    pub fn name(self) -> &'static str {
        NumberFact::NAMES.iter().find(|(fact, _)| *fact == self).map_or("", |(_, name)| name)
    }
}

/// The codes that a condition can look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All recorded procedures.
    Procedures,
    /// Procedures that unbundling has not set aside.
    Candidates,
    /// All recorded procedures but the one the rule is about.
    OtherProcedures,
    /// The supporting codes that follow the procedure the rule is about.
    Following,
    /// All diagnoses.
    Diagnoses,
    /// The primary diagnosis.
    Primary,
    /// All diagnoses but the primary.
    Secondary,
    /// Critical care activity codes.
    Activities,
}

impl Scope {
    /// Every scope with its name.
    pub const NAMES: [(Scope, &'static str); 8] = [
        (Scope::Procedures, "procedures"),
        (Scope::Candidates, "candidates"),
        (Scope::OtherProcedures, "other_procedures"),
        (Scope::Following, "following"),
        (Scope::Diagnoses, "diagnoses"),
        (Scope::Primary, "primary"),
        (Scope::Secondary, "secondary"),
        (Scope::Activities, "activities"),
    ];

    /// The name that tables and traces use.
    pub fn name(self) -> &'static str {
        Scope::NAMES.iter().find(|(scope, _)| *scope == self).map_or("", |(_, name)| name)
    }
}

/// How a number is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

impl Comparison {
    /// Every comparison with its sign.
    pub const SIGNS: [(Comparison, &'static str); 6] = [
        (Comparison::Equal, "="),
        (Comparison::NotEqual, "!="),
        (Comparison::Less, "<"),
        (Comparison::AtMost, "<="),
        (Comparison::More, ">"),
        (Comparison::AtLeast, ">="),
    ];

    /// Whether `left` stands so to `right`.
    pub fn holds(self, left: u32, right: u32) -> bool {
        match self {
            Comparison::Equal => left == right,
            Comparison::NotEqual => left != right,
            Comparison::Less => left < right,
            Comparison::AtMost => left <= right,
            Comparison::More => left > right,
            Comparison::AtLeast => left >= right,
        }
    }

    fn sign(self) -> &'static str {
        Comparison::SIGNS.iter().find(|(c, _)| *c == self).map_or("", |(_, sign)| sign)
    }
}

/// A set of codes, written out or named.
#[derive(Clone, Debug)]
pub struct CodeSet {
    /// As the table writes it: `{J18* J189}` or `[list]`.
    pub text: String,
    /// The patterns.
    pub set: Arc<PatternSet>,
}

/// One test of a condition.
#[derive(Clone, Debug)]
pub enum Test {
    /// A number against a limit.
    Compare(NumberFact, Comparison, u32),
    /// A number in a band.
    In(NumberFact, Band),
    /// Any code of the scope in the set.
    Has(Scope, CodeSet),
    /// How many codes of the scope are in the set, repeats included.
    Count(Scope, CodeSet, Comparison, u32),
    /// A field's value in a set.
    Field(Field, Vec<Word>),
    /// An unbundled HRG that begins so.
    Unbundled(Vec<Word>),
}

/// A condition: tests joined by and, or, not.
#[derive(Clone, Debug, Default)]
pub enum Condition {
    /// The empty condition.
    #[default]
    Always,
    /// One test.
    Test(Test),
    /// Not the inner one.
    Not(Box<Condition>),
    /// All of them, in order.
    All(Vec<Condition>),
    /// Any of them, in order.
    Any(Vec<Condition>),
}

/// What a condition is asked about.
pub trait Facts {
    /// The number, where it is known.
    fn number(&self, fact: NumberFact) -> Option<u32>;
    /// The value of the field, where it is known; the empty word for a blank.
    fn field(&self, field: Field) -> Option<Word>;
    /// Shows every code of the scope; false when they are not known.
    fn codes(&self, scope: Scope, show: impl FnMut(Key)) -> bool;
    /// Shows every unbundled HRG; false when they are not known.
    fn unbundled(&self, show: impl FnMut(Word)) -> bool;
}

impl Test {
    /// Whether the test holds, where the facts that it asks for are known.
    #[inline]
    fn known(&self, facts: &impl Facts) -> Option<bool> {
        match self {
            Test::Compare(fact, comparison, limit) => facts.number(*fact).map(|value| comparison.holds(value, *limit)),
            Test::In(fact, band) => facts.number(*fact).map(|value| band.contains(value)),
            Test::Has(scope, codes) => {
                let mut has = false;
                let known = facts.codes(*scope, |code| has = has || codes.set.contains(code));
                known.then_some(has)
            }
            Test::Count(scope, codes, comparison, limit) => {
                let mut count = 0u32;
                let known = facts.codes(*scope, |code| count += u32::from(codes.set.contains(code)));
                known.then(|| comparison.holds(count, *limit))
            }
            Test::Field(field, values) => facts.field(*field).map(|value| values.contains(&value)),
            Test::Unbundled(beginnings) => {
                let mut has = false;
                let known = facts.unbundled(|hrg| has = has || beginnings.iter().any(|b| hrg.starts_with(*b)));
                known.then_some(has)
            }
        }
    }

    /// What the facts hold where the test looks, for a trace.
    fn found(&self, facts: &impl Facts) -> Found {
        let mut codes = Codes::default();
        match self {
            Test::Compare(fact, ..) | Test::In(fact, _) => {
                return facts.number(*fact).map_or(Found::Unknown, Found::Number);
            }
            Test::Field(field, _) => {
                let value = facts.field(*field).filter(|value| !value.is_empty());
                return value.map_or(Found::Blank, Found::Word);
            }
            Test::Has(scope, _) | Test::Count(scope, ..) => facts.codes(*scope, |code| codes.push(code.word())),
            Test::Unbundled(_) => facts.unbundled(|hrg| codes.push(hrg)),
        };
        Found::Codes(codes)
    }
}

/// What a record holds where a test looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// A number that is not known.
    Unknown,
    /// A number.
    Number(u32),
    /// A field without a value.
    Blank,
    /// The value of a field.
    Word(Word),
    /// Codes.
    Codes(Codes),
}

/// The first eight codes of those that were found, and how many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Codes {
    first: [Word; 8],
    count: u32,
}

impl Codes {
    fn push(&mut self, code: Word) {
        if let Some(place) = self.first.get_mut(self.count as usize) {
            *place = code;
        }
        self.count += 1;
    }

    /// Those that are shown.
    pub fn shown(&self) -> &[Word] {
        self.first.get(..self.count as usize).unwrap_or(&self.first)
    }

    /// How many more there are.
    pub fn more(&self) -> u32 {
        self.count.saturating_sub(8)
    }
}

/// What a record must have for a condition to hold; a rule that needs what is not there need not be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// An unbundled HRG.
    pub unbundled: bool,
    /// A procedure.
    pub procedure: bool,
    /// A diagnosis that begins so.
    pub diagnosis: Option<Tens>,
}

impl Condition {
    /// Whether the condition holds.
    pub fn truth(&self, facts: &impl Facts) -> Truth {
        match self {
            Condition::Always => Truth::True,
            Condition::Test(test) => test.known(facts).into(),
            Condition::Not(inner) => inner.truth(facts).not(),
            Condition::All(parts) => Truth::all(parts.iter().map(|part| part.truth(facts))),
            Condition::Any(parts) => Truth::any(parts.iter().map(|part| part.truth(facts))),
        }
    }

    /// Whether the condition holds, for facts that are all known.
    pub fn holds(&self, facts: &impl Facts) -> bool {
        match self {
            Condition::Always => true,
            Condition::Test(test) => test.known(facts) == Some(true),
            Condition::Not(inner) => inner.truth(facts) == Truth::False,
            Condition::All(parts) => parts.iter().all(|part| match part {
                // Most parts are tests: asked here, they cost no call.
                Condition::Test(test) => test.known(facts) == Some(true),
                other => other.holds(facts),
            }),
            Condition::Any(parts) => parts.iter().any(|part| part.holds(facts)),
        }
    }

    /// What every one of the conditions asks for: where it does not hold, none of them does.
    pub fn shared<'c>(mut conditions: impl Iterator<Item = &'c Condition>) -> Condition {
        fn parts(condition: &Condition) -> &[Condition] {
            match condition {
                Condition::All(parts) => parts,
                other => std::slice::from_ref(other),
            }
        }
        let mut shared = conditions.next().map(|first| parts(first).to_vec()).unwrap_or_default();
        for condition in conditions {
            let texts: Vec<String> = parts(condition).iter().map(Condition::to_string).collect();
            shared.retain(|part| texts.contains(&part.to_string()));
        }
        if shared.is_empty() { Condition::Always } else { Condition::All(shared) }
    }

    /// What a record must have for the condition to hold, as far as its parts say so outright.
    pub fn needs(&self) -> Needs {
        let parts = match self {
            Condition::All(parts) => parts,
            other => std::slice::from_ref(other),
        };
        let any =
            |wanted: fn(&Test) -> bool| parts.iter().any(|part| matches!(part, Condition::Test(test) if wanted(test)));
        Needs {
            unbundled: any(|test| matches!(test, Test::Unbundled(_))),
            procedure: any(|test| matches!(test, Test::Has(Scope::Procedures | Scope::Candidates, _))),
            diagnosis: parts.iter().find_map(|part| match part {
                Condition::Test(Test::Has(Scope::Diagnoses, codes)) => Some(*codes.set.tens()),
                _ => None,
            }),
        }
    }

    /// The first part that does not hold; `None` when the condition holds.
    pub fn failing(&self, facts: &impl Facts) -> Option<&Condition> {
        match self {
            Condition::All(parts) => parts.iter().find_map(|part| part.failing(facts)),
            whole => (!whole.holds(facts)).then_some(whole),
        }
    }

    /// What the facts hold where the condition looks, one test after the other.
    pub fn found(&self, facts: &impl Facts, mut show: impl FnMut(Found)) {
        match self {
            Condition::Test(test) => show(test.found(facts)),
            several => several.tests().for_each(|test| show(test.found(facts))),
        }
    }

    /// How deep brackets and `not` nest where the condition is written out.
    pub(super) fn depth(&self) -> usize {
        match self {
            Condition::Always | Condition::Test(_) => 1,
            Condition::Not(inner) => 1 + inner.depth(),
            Condition::All(parts) | Condition::Any(parts) => {
                1 + parts.iter().map(Condition::depth).max().unwrap_or_default()
            }
        }
    }

    /// Every test in the condition, in order.
    pub fn tests(&self) -> Box<dyn Iterator<Item = &Test> + '_> {
        match self {
            Condition::Always => Box::new(std::iter::empty()),
            Condition::Test(test) => Box::new(std::iter::once(test)),
            Condition::Not(inner) => inner.tests(),
            Condition::All(parts) | Condition::Any(parts) => Box::new(parts.iter().flat_map(Condition::tests)),
        }
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = |words: &[Word]| words.iter().map(Word::to_string).collect::<Vec<_>>().join(" ");
        match self {
            Test::Compare(fact, comparison, limit) => write!(f, "{} {} {limit}", fact.name(), comparison.sign()),
            // As it can be read again; `any`, as a band says of itself, is for the reader of a trace.
            Test::In(fact, band) if band.is_any() => write!(f, "{} in 0+", fact.name()),
            Test::In(fact, band) => write!(f, "{} in {band}", fact.name()),
            Test::Has(scope, codes) => write!(f, "{} has {}", scope.name(), codes.text),
            Test::Count(scope, codes, comparison, limit) => {
                write!(f, "count {} {} {} {limit}", scope.name(), codes.text, comparison.sign())
            }
            Test::Field(field, values) => {
                write!(f, "{} in {{{}}}", field.name().to_ascii_lowercase(), words(values))
            }
            Test::Unbundled(beginnings) => write!(f, "unbundled has {{{}}}", words(beginnings)),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut fmt::Formatter<'_>, parts: &[Condition], word: &str| {
            for (i, part) in parts.iter().enumerate() {
                if i > 0 {
                    write!(f, " {word} ")?;
                }
                match part {
                    Condition::All(_) | Condition::Any(_) => write!(f, "({part})")?,
                    _ => write!(f, "{part}")?,
                }
            }
            Ok(())
        };
        match self {
            Condition::Always => f.write_str("always"),
            Condition::Test(test) => test.fmt(f),
            Condition::Not(inner) => match **inner {
                Condition::All(_) | Condition::Any(_) => write!(f, "not ({inner})"),
                _ => write!(f, "not {inner}"),
            },
            Condition::All(parts) => joined(f, parts, "and"),
            Condition::Any(parts) => joined(f, parts, "or"),
        }
    }
}
