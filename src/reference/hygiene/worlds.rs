//! The worlds that a group of conditions can tell apart: every way in which the facts they ask for can fall.
//!
//! A number falls into one of the ranges between the limits that the conditions name; a scope holds so many codes of a
//! set; a field bears one of the values named, or another; an unbundled HRG is there or not. What is known to go
//! together is kept together: a code that is primary is a diagnosis, a set within a set holds no more codes. So a world
//! that is visited may still be impossible, but no possible world is left out: what is true of all of them is true.

use crate::record::{Field, Word};
use crate::reference::Band;
use crate::reference::condition::{CodeSet, Comparison, Condition, NumberFact, Scope, Test, Truth};
use crate::reference::pattern::Pattern;

/// The most worlds that are visited; groups with more are compared in pairs.
const MOST: usize = 1 << 14;

/// A fact that a condition asks for.
#[derive(Clone, PartialEq)]
enum Asked {
    Number(NumberFact),
    /// How many codes of the scope are in the set, which is in order.
    Codes(Scope, Vec<Pattern>),
    /// Which of the values named, by index; the next index for any other.
    Field(Field),
    /// 1 where an unbundled HRG begins so.
    Unbundled(Word),
}

/// A fact with the ranges into which it can fall.
struct Variable {
    asked: Asked,
    /// Where a range begins.
    edges: Vec<u32>,
    ranges: Vec<Band>,
    /// The values named of a field.
    words: Vec<Word>,
}

/// A condition over indexes of ranges.
enum Node {
    Always,
    /// The fact by index, and whether the test holds in each of its ranges, and in the last where it is unknown.
    Test(usize, Vec<Truth>),
    Not(Box<Node>),
    All(Vec<Node>),
    Any(Vec<Node>),
}

/// The worlds of some conditions.
pub(super) struct Worlds {
    variables: Vec<Variable>,
    conditions: Vec<Node>,
    /// Facts of which the first is never more than the second.
    at_most: Vec<(usize, usize)>,
}

/// One of them.
pub(super) struct World<'w> {
    worlds: &'w Worlds,
    at: &'w [usize],
}

impl Variable {
    /// In how many ways the fact can fall.
    fn places(&self) -> usize {
        self.ranges.len() + usize::from(self.asked.may_be_unknown())
    }
}

impl Asked {
    /// Neonatal and paediatric critical care days may lack these. Every other fact is known where it may be asked for.
    fn may_be_unknown(&self) -> bool {
        use NumberFact::{AgeDays, DaysToDischarge, GestLen, Grams};
        matches!(self, Asked::Number(AgeDays | DaysToDischarge | GestLen | Grams))
    }
}

impl Worlds {
    /// The worlds that these conditions tell apart.
    pub(super) fn of(conditions: &[&Condition]) -> Worlds {
        let mut variables = Vec::new();
        for test in conditions.iter().flat_map(|condition| condition.tests()) {
            note(&mut variables, test);
        }
        for variable in &mut variables {
            variable.ranges = ranges(variable);
        }
        let conditions = conditions.iter().map(|condition| node(condition, &variables)).collect();
        let at_most = at_most(&variables);
        Worlds { variables, conditions, at_most }
    }

    /// Visits every world; none and `false` where there are too many.
    pub(super) fn visit(&self, mut visit: impl FnMut(&World<'_>)) -> bool {
        let count = self.variables.iter().try_fold(1usize, |n, v| n.checked_mul(v.places()));
        if count.is_none_or(|count| count > MOST) {
            return false;
        }
        let mut at = vec![0; self.variables.len()];
        loop {
            let world = World { worlds: self, at: &at };
            if world.is_possible() {
                visit(&world);
            }
            // The next world, counting like an odometer.
            let mut done = true;
            for (place, variable) in at.iter_mut().zip(&self.variables) {
                *place += 1;
                if *place < variable.places() {
                    done = false;
                    break;
                }
                *place = 0;
            }
            if done {
                return true;
            }
        }
    }
}

impl World<'_> {
    fn range(&self, variable: usize) -> Band {
        let ranges = self.worlds.variables.get(variable).map(|v| v.ranges.as_slice()).unwrap_or_default();
        self.at.get(variable).and_then(|at| ranges.get(*at)).copied().unwrap_or(Band::ANY)
    }

    fn is_possible(&self) -> bool {
        self.worlds
            .at_most
            .iter()
            .all(|(less, more)| self.range(*more).max.is_none_or(|max| self.range(*less).min <= max))
    }

    /// Whether the condition of that index holds here.
    pub(super) fn holds(&self, condition: usize) -> bool {
        self.worlds.conditions.get(condition).is_some_and(|node| self.truth(node) == Truth::True)
    }

    fn truth(&self, node: &Node) -> Truth {
        match node {
            Node::Always => Truth::True,
            Node::Test(variable, truths) => {
                self.at.get(*variable).and_then(|at| truths.get(*at)).copied().unwrap_or(Truth::Unknown)
            }
            Node::Not(inner) => self.truth(inner).not(),
            Node::All(parts) => Truth::all(parts.iter().map(|part| self.truth(part))),
            Node::Any(parts) => Truth::any(parts.iter().map(|part| self.truth(part))),
        }
    }

    /// Where the number falls here; anywhere, when no condition asks for it.
    pub(super) fn number(&self, fact: NumberFact) -> Band {
        let variable = self.worlds.variables.iter().position(|v| v.asked == Asked::Number(fact));
        variable.map_or(Band::ANY, |variable| self.range(variable))
    }

    /// The beginnings of unbundled HRGs that are there.
    pub(super) fn unbundled(&self) -> impl Iterator<Item = Word> {
        self.worlds.variables.iter().enumerate().filter_map(|(i, variable)| match variable.asked {
            Asked::Unbundled(beginning) if self.range(i).min > 0 => Some(beginning),
            _ => None,
        })
    }
}

/// The set in order, so that two ways of writing it are one.
fn in_order(codes: &CodeSet) -> Vec<Pattern> {
    let mut patterns = codes.set.patterns().to_vec();
    patterns.sort_unstable();
    patterns.dedup();
    patterns
}

/// The facts that a test asks for.
fn asked(test: &Test) -> Vec<Asked> {
    match test {
        Test::Compare(fact, ..) | Test::In(fact, _) => vec![Asked::Number(*fact)],
        Test::Has(scope, codes) | Test::Count(scope, codes, ..) => vec![Asked::Codes(*scope, in_order(codes))],
        Test::Field(field, _) => vec![Asked::Field(*field)],
        Test::Unbundled(beginnings) => beginnings.iter().map(|b| Asked::Unbundled(*b)).collect(),
    }
}

/// Notes the facts of a test, with the limits at which it changes.
fn note(variables: &mut Vec<Variable>, test: &Test) {
    for asked in asked(test) {
        let place = variables.iter().position(|v| v.asked == asked).unwrap_or(variables.len());
        if place == variables.len() {
            variables.push(Variable { asked, edges: vec![0], ranges: Vec::new(), words: Vec::new() });
        }
        let Some(variable) = variables.get_mut(place) else { continue };
        match test {
            Test::Compare(_, _, limit) | Test::Count(.., limit) => {
                variable.edges.extend([*limit, limit.saturating_add(1)]);
            }
            Test::In(_, band) => {
                variable.edges.push(band.min);
                variable.edges.extend(band.max.map(|max| max.saturating_add(1)));
            }
            Test::Has(..) | Test::Unbundled(_) => variable.edges.push(1),
            Test::Field(_, values) => {
                for value in values {
                    if !variable.words.contains(value) {
                        variable.words.push(*value);
                    }
                }
                variable.edges = (0..=u32::try_from(variable.words.len()).unwrap_or(u32::MAX)).collect();
            }
        }
    }
}

/// The ranges between the edges.
fn ranges(variable: &mut Variable) -> Vec<Band> {
    variable.edges.sort_unstable();
    variable.edges.dedup();
    let most = match variable.asked {
        Asked::Codes(Scope::Primary, _) | Asked::Unbundled(_) => 1, // there is one primary; there or not
        _ => u32::MAX,
    };
    let edges = &variable.edges;
    let ends = edges.iter().skip(1).map(|next| Some(next - 1)).chain([None]);
    edges.iter().zip(ends).filter(|(min, _)| **min <= most).map(|(min, max)| Band { min: *min, max }).collect()
}

fn node(condition: &Condition, variables: &[Variable]) -> Node {
    match condition {
        Condition::Always => Node::Always,
        Condition::Not(inner) => Node::Not(Box::new(node(inner, variables))),
        Condition::All(parts) => Node::All(parts.iter().map(|part| node(part, variables)).collect()),
        Condition::Any(parts) => Node::Any(parts.iter().map(|part| node(part, variables)).collect()),
        Condition::Test(test) => {
            let leaves = asked(test).into_iter().filter_map(|asked| {
                let place = variables.iter().position(|v| v.asked == asked)?;
                let variable = variables.get(place)?;
                let known = variable.ranges.iter().map(|range| Some(holds(test, variable, range.min)).into());
                let unknown = variable.asked.may_be_unknown().then_some(Truth::Unknown);
                Some(Node::Test(place, known.chain(unknown).collect()))
            });
            let mut leaves: Vec<Node> = leaves.collect();
            match (leaves.pop(), leaves.is_empty()) {
                (Some(only), true) => only,
                (last, _) => Node::Any(leaves.into_iter().chain(last).collect()),
            }
        }
    }
}

/// Whether the test holds where its fact has the value. It is the same in the whole range that begins with the value.
fn holds(test: &Test, variable: &Variable, value: u32) -> bool {
    match test {
        Test::Compare(_, comparison, limit) | Test::Count(_, _, comparison, limit) => comparison.holds(value, *limit),
        Test::In(_, band) => band.contains(value),
        Test::Has(..) | Test::Unbundled(_) => Comparison::AtLeast.holds(value, 1),
        Test::Field(_, values) => {
            let word = usize::try_from(value).ok().and_then(|value| variable.words.get(value));
            word.is_some_and(|word| values.contains(word))
        }
    }
}

/// Pairs of facts of which the first is never more than the second.
fn at_most(variables: &[Variable]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for (i, less) in variables.iter().enumerate() {
        for (j, more) in variables.iter().enumerate().filter(|(j, _)| *j != i) {
            let ordered = match (&less.asked, &more.asked) {
                (Asked::Codes(inner, set), Asked::Codes(outer, wider)) => {
                    within(*inner, *outer) && set.iter().all(|p| wider.iter().any(|w| w.covers(*p)))
                }
                (Asked::Codes(scope, _), Asked::Number(NumberFact::ProcedureCount)) => {
                    within(*scope, Scope::Procedures)
                }
                (Asked::Codes(scope, _), Asked::Number(NumberFact::DiagnosisCount)) => within(*scope, Scope::Diagnoses),
                (Asked::Unbundled(long), Asked::Unbundled(short)) => long.starts_with(*short),
                _ => false,
            };
            if ordered {
                pairs.push((i, j));
            }
        }
    }
    pairs
}

/// Whether every code of the first scope is one of the second.
fn within(inner: Scope, outer: Scope) -> bool {
    inner == outer
        || match outer {
            Scope::Procedures => matches!(inner, Scope::Candidates | Scope::OtherProcedures | Scope::Following),
            Scope::OtherProcedures => inner == Scope::Following,
            Scope::Diagnoses => matches!(inner, Scope::Primary | Scope::Secondary),
            Scope::Candidates | Scope::Following | Scope::Primary | Scope::Secondary | Scope::Activities => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::parse_condition::{NamedLists, parse_condition};

    fn read(text: &str) -> Condition {
        parse_condition(text, &NamedLists::default()).expect(text)
    }

    /// Whether the second holds wherever the first does.
    fn implies(first: &str, second: &str) -> bool {
        let (first, second) = (read(first), read(second));
        let mut all = true;
        assert!(Worlds::of(&[&first, &second]).visit(|world| all &= !world.holds(0) || world.holds(1)));
        all
    }

    fn never(text: &str) -> bool {
        let condition = read(text);
        let mut any = false;
        assert!(Worlds::of(&[&condition]).visit(|world| any |= world.holds(0)));
        !any
    }

    #[test]
    fn what_goes_together_is_known() {
        for (first, second) in [
            ("age <= 17", "age <= 18"),
            ("age in 2-4", "age < 5 and age > 1"),
            ("primary has {J189}", "diagnoses has {J18*}"),
            ("secondary has {J18*}", "diagnoses has {A* J*}"),
            ("count procedures {K*} >= 2", "procedures has {K*}"),
            ("following has {Y022}", "other_procedures has {Y02*}"),
            ("count procedures {K*} >= 3", "procedure_count >= 3"),
            ("disdest in {19}", "disdest in {19 29}"),
            ("unbundled has {SB97}", "unbundled has {SB}"),
            ("age <= 18 and sex in {1}", "sex in {1} and age <= 18"),
            ("procedures has {K1* K2*}", "procedures has {K2* K1*}"),
            ("age >= 19 and sex in {1}", ""),
        ] {
            assert!(implies(first, second), "`{first}` implies `{second}`");
        }
    }

    #[test]
    fn what_does_not_go_together_is_not_claimed() {
        for (first, second) in [
            ("age <= 19", "age <= 18"),
            ("diagnoses has {J189}", "primary has {J189}"),
            ("diagnoses has {J18*}", "diagnoses has {J189}"),
            ("procedures has {K*}", "count procedures {K*} >= 2"),
            ("candidates has {K*}", "following has {K*}"),
            ("disdest in {19 29}", "disdest in {19}"),
            ("unbundled has {SB SC}", "unbundled has {SB}"),
            ("", "age >= 0 and sex in {1}"),
        ] {
            assert!(!implies(first, second), "`{first}` does not imply `{second}`");
        }
    }

    #[test]
    fn contradictions_hold_in_no_world() {
        for text in [
            "age < 5 and age > 5",
            "sex in {1} and sex in {2}",
            "primary has {J*} and not diagnoses has {J*}",
            "count primary {J*} >= 2",
            "not (age < 5 or age >= 5)",
        ] {
            assert!(never(text), "{text}");
        }
        for text in ["age < 5 or age > 5", "diagnoses has {J*} and not primary has {J*}", "not sex in {1 2}"] {
            assert!(!never(text), "{text}");
        }
    }

    #[test]
    fn what_may_be_unknown_is_neither_below_nor_above() {
        assert!(implies("", "age < 5 or age >= 5"));
        assert!(!implies("", "age_days < 5 or age_days >= 5"));
        assert!(!implies("", "age_days < 5 or not age_days < 5"));
        assert!(implies("age_days < 5", "age_days < 6"));
        assert!(!implies("dismeth in {4}", "not (dismeth in {4} and age_days < 5) or age_days < 5"));
    }

    #[test]
    fn too_many_worlds_are_not_visited() {
        let text: Vec<String> = (10..30).map(|i| format!("procedures has {{K{i}*}}")).collect();
        let condition = read(&text.join(" and "));
        assert!(!Worlds::of(&[&condition]).visit(|_| unreachable!()));
    }
}
