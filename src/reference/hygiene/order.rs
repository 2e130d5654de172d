//! What ordered rules make of one another: the same rule twice, a rule that an earlier one leaves nothing to, a
//! condition that cannot hold, a rule that gives what the record would get anyway.

use super::worlds::{World, Worlds};
use crate::reference::condition::Condition;
use crate::reference::{TableId, check::Findings};

/// A rule among those that are tried with it.
pub(super) struct Ruled<'r> {
    pub(super) table: TableId,
    pub(super) line: u32,
    pub(super) id: &'r str,
    pub(super) when: &'r Condition,
    /// What follows where it holds.
    pub(super) then: String,
}

/// Rules that are tried together, in their order.
pub(super) struct Ordered<'r> {
    pub(super) rules: Vec<Ruled<'r>>,
    /// What follows where none holds; none where that is not one and the same.
    pub(super) otherwise: Option<String>,
    /// Every rule that holds adds its part, in place of the first that holds deciding.
    pub(super) adds: bool,
    /// Without any of them, rules of a shorter code pattern would be tried: so one at least must stay.
    pub(super) hold_back: bool,
}

/// What is wrong with a rule; indexes are of the rules it stands among.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    NeverHolds,
    /// Condition and outcome of an earlier rule.
    Duplicate(usize),
    /// An earlier rule holds wherever this one does.
    Shadowed(usize),
    /// Where this one holds, one or other of the earlier ones does.
    ShadowedByAll,
    /// What follows without it is the same.
    Needless,
}

impl Ordered<'_> {
    /// Notes what is wrong with the rules; `possible` leaves out worlds that no record of theirs is in.
    pub(super) fn check(&self, possible: &dyn Fn(&World<'_>) -> bool, findings: &mut Findings) {
        for (rule, verdict) in self.rules.iter().zip(self.verdicts(possible)) {
            let Some(verdict) = verdict else { continue };
            let id = rule.id;
            let named = |i: usize| self.rules.get(i).map_or((String::new(), 0), |r| (r.id.to_owned(), r.line));
            let (code, message) = match verdict {
                Verdict::NeverHolds => {
                    ("rule-never-holds", format!("the condition of {id} can never hold: {}", rule.when))
                }
                Verdict::Duplicate(first) => {
                    let (first, line) = named(first);
                    (
                        "duplicate-rule",
                        format!("{id} says the same as {first} in row {line}: {} gives {}", rule.when, rule.then),
                    )
                }
                Verdict::Shadowed(first) => {
                    let (first, line) = named(first);
                    let message = format!(
                        "{id} never decides: wherever it holds, {first} in row {line} holds and is tried first"
                    );
                    ("shadowed-rule", message)
                }
                Verdict::ShadowedByAll => {
                    let message =
                        format!("{id} never decides: wherever it holds, one of the rules tried before it holds too");
                    ("shadowed-rule", message)
                }
                Verdict::Needless => {
                    ("needless-rule", format!("{id} gives {}, as the record would get without it", rule.then))
                }
            };
            findings.warning(code, rule.table, Some(rule.line), message);
        }
    }

    /// Whether these rules give what others would give to the same records in their place.
    pub(super) fn say_the_same(&self, others: &[Ruled<'_>], possible: &dyn Fn(&World<'_>) -> bool) -> bool {
        let conditions: Vec<&Condition> = self.rules.iter().chain(others).map(|rule| rule.when).collect();
        let first = |world: &World<'_>, rules: &[Ruled<'_>], offset: usize| {
            let rule = rules.iter().enumerate().find(|(i, _)| world.holds(offset + i));
            rule.map(|(_, rule)| rule.then.clone()).or_else(|| self.otherwise.clone())
        };
        let mut same = true;
        let all = Worlds::of(&conditions).visit(|world| {
            same &= !possible(world) || first(world, &self.rules, 0) == first(world, others, self.rules.len());
        });
        all && same
    }

    fn verdicts(&self, possible: &dyn Fn(&World<'_>) -> bool) -> Vec<Option<Verdict>> {
        let conditions: Vec<&Condition> = self.rules.iter().map(|rule| rule.when).collect();
        // For each world, which rules hold in it.
        let mut seen: Vec<Vec<bool>> = Vec::new();
        let all = Worlds::of(&conditions).visit(|world| {
            if possible(world) {
                seen.push((0..conditions.len()).map(|i| world.holds(i)).collect());
            }
        });
        if all { self.judge(&seen) } else { self.in_pairs(&conditions, possible) }
    }

    /// The verdicts where every world was seen.
    fn judge(&self, seen: &[Vec<bool>]) -> Vec<Option<Verdict>> {
        let holds = |world: &[bool], rule: usize| world.get(rule).is_some_and(|h| *h);
        let mut verdicts: Vec<Option<Verdict>> = (0..self.rules.len())
            .map(|rule| {
                let own: Vec<&Vec<bool>> = seen.iter().filter(|world| holds(world, rule)).collect();
                if own.is_empty() {
                    return Some(Verdict::NeverHolds);
                }
                let same =
                    |i: &usize| seen.iter().all(|w| holds(w, *i) == holds(w, rule)) && self.same_outcome(*i, rule);
                if let Some(first) = (0..rule).find(same) {
                    return Some(Verdict::Duplicate(first));
                }
                if self.adds {
                    return None;
                }
                let over = (0..rule).find(|i| own.iter().all(|world| holds(world, *i)));
                let by_all =
                    || own.iter().all(|world| (0..rule).any(|i| holds(world, i))).then_some(Verdict::ShadowedByAll);
                over.map(Verdict::Shadowed).or_else(by_all)
            })
            .collect();
        if self.adds {
            return verdicts;
        }
        // From the last rule up, so that of two that could each go, the earlier one stays.
        for rule in (0..self.rules.len()).rev() {
            let live = |i: &usize| verdicts.get(*i).is_some_and(Option::is_none);
            if !live(&rule) {
                continue;
            }
            let decides = |world: &&Vec<bool>| holds(world, rule) && !(0..rule).any(|i| live(&i) && holds(world, i));
            let stays = !self.hold_back || (0..self.rules.len()).any(|i| i != rule && live(&i));
            let needless = stays
                && seen.iter().filter(decides).all(|world| {
                    let next = (rule + 1..self.rules.len()).find(|i| live(i) && holds(world, *i));
                    match next {
                        Some(next) => self.same_outcome(next, rule),
                        None => {
                            self.otherwise.is_some() && self.otherwise == self.rules.get(rule).map(|r| r.then.clone())
                        }
                    }
                });
            if needless && let Some(verdict) = verdicts.get_mut(rule) {
                *verdict = Some(Verdict::Needless);
            }
        }
        verdicts
    }

    fn same_outcome(&self, one: usize, other: usize) -> bool {
        let then = |i: usize| self.rules.get(i).map(|rule| &rule.then);
        then(one) == then(other)
    }

    /// What can be said of each two rules, where there are too many worlds to see all of them.
    fn in_pairs(&self, conditions: &[&Condition], possible: &dyn Fn(&World<'_>) -> bool) -> Vec<Option<Verdict>> {
        (0..conditions.len())
            .map(|rule| {
                let own = *conditions.get(rule)?;
                let (mut any, mut verdict) = (false, None);
                let all = Worlds::of(&[own]).visit(|world| any |= possible(world) && world.holds(0));
                if all && !any {
                    return Some(Verdict::NeverHolds);
                }
                for (i, earlier) in conditions.iter().enumerate().take(rule) {
                    let (mut same, mut over) = (true, true);
                    let all = Worlds::of(&[earlier, own]).visit(|world| {
                        if possible(world) {
                            same &= world.holds(0) == world.holds(1);
                            over &= world.holds(0) || !world.holds(1);
                        }
                    });
                    if all && same && self.same_outcome(i, rule) {
                        return Some(Verdict::Duplicate(i));
                    }
                    if all && over && !self.adds {
                        verdict = verdict.or(Some(Verdict::Shadowed(i)));
                    }
                }
                verdict
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::parse_condition::{NamedLists, parse_condition};

    type Texts<'t> = [(&'t str, &'t str)];

    fn read(rules: &Texts<'_>) -> Vec<Condition> {
        rules.iter().map(|(when, _)| parse_condition(when, &NamedLists::default()).expect(when)).collect()
    }

    fn ruled<'r>(rules: &Texts<'_>, conditions: &'r [Condition]) -> Vec<Ruled<'r>> {
        let rule = |((_, then), when): (&(&str, &str), &'r Condition)| {
            let (table, then) = (TableId::GlobalExceptions, (*then).to_owned());
            Ruled { table, line: 2, id: "x", when, then }
        };
        rules.iter().zip(conditions).map(rule).collect()
    }

    fn ordered<'r>(rules: &Texts<'_>, conditions: &'r [Condition], otherwise: &str, adds: bool) -> Ordered<'r> {
        let otherwise = (!otherwise.is_empty()).then(|| otherwise.to_owned());
        Ordered { rules: ruled(rules, conditions), otherwise, adds, hold_back: false }
    }

    fn verdicts(rules: &Texts<'_>, otherwise: &str, adds: bool) -> Vec<Option<Verdict>> {
        ordered(rules, &read(rules), otherwise, adds).verdicts(&|_| true)
    }

    #[test]
    fn of_a_rule_that_stands_twice_the_second_is_found_however_it_is_written() {
        let found = verdicts(&[("age <= 18 and sex in {1}", "A"), ("sex in {1} and age < 19", "A")], "B", false);
        assert_eq!(found, [None, Some(Verdict::Duplicate(0))]);
        let found = verdicts(&[("age <= 18", "A"), ("age <= 18", "B")], "", true);
        assert_eq!(found, [None, None], "two parts that add are two rules");
        let found = verdicts(&[("age <= 18", "1"), ("age <= 18", "1")], "", true);
        assert_eq!(found, [None, Some(Verdict::Duplicate(0))]);
    }

    #[test]
    fn a_rule_is_shadowed_by_one_that_is_always_true_or_wider_or_by_several_together() {
        assert_eq!(verdicts(&[("", "A"), ("sex in {1}", "B")], "", false), [None, Some(Verdict::Shadowed(0))]);
        let wider = [("diagnoses has {J*}", "A"), ("primary has {J18*}", "B")];
        assert_eq!(verdicts(&wider, "", false), [None, Some(Verdict::Shadowed(0))]);
        let several = [("age <= 18", "A"), ("age >= 19", "B"), ("sex in {1}", "C")];
        assert_eq!(verdicts(&several, "D", false), [None, None, Some(Verdict::ShadowedByAll)]);
    }

    #[test]
    fn a_narrower_rule_before_a_wider_one_is_sound() {
        let rules = [("age <= 1", "A"), ("age <= 18", "B"), ("", "C")];
        assert_eq!(verdicts(&rules, "D", false), [None, None, None]);
    }

    #[test]
    fn a_rule_that_gives_what_follows_anyway_is_needless() {
        assert_eq!(verdicts(&[("age <= 18", "A")], "A", false), [Some(Verdict::Needless)]);
        assert_eq!(verdicts(&[("age <= 1", "A"), ("age <= 18", "A")], "B", false), [Some(Verdict::Needless), None]);
        // Without the first rule the second would decide otherwise.
        assert_eq!(verdicts(&[("age <= 1", "A"), ("age <= 18", "B")], "A", false), [None, None]);
        assert_eq!(verdicts(&[("age <= 18", "A")], "", false), [None], "what follows is not known");
    }

    #[test]
    fn a_rule_that_holds_back_a_shorter_pattern_is_not_needless() {
        let rules = [("age <= 18", "A")];
        let conditions = read(&rules);
        let holding = Ordered { hold_back: true, ..ordered(&rules, &conditions, "A", false) };
        assert_eq!(holding.verdicts(&|_| true), [None]);
        let rules = [("age <= 1", "A"), ("age <= 18", "A")];
        let conditions = read(&rules);
        let holding = Ordered { hold_back: true, ..ordered(&rules, &conditions, "A", false) };
        assert_eq!(holding.verdicts(&|_| true), [None, Some(Verdict::Needless)], "one of them must stay");
    }

    #[test]
    fn rules_say_the_same_as_others_where_every_record_gets_the_same() {
        let same = |own: &Texts<'_>, others: &Texts<'_>, otherwise: &str| {
            let (mine, theirs) = (read(own), read(others));
            ordered(own, &mine, otherwise, false).say_the_same(&ruled(others, &theirs), &|_| true)
        };
        assert!(same(&[("age <= 18", "A")], &[("age < 19", "A"), ("", "B")], "B"));
        assert!(!same(&[("age <= 18", "A")], &[("age < 18", "A")], "B"));
        assert!(!same(&[("age <= 18", "B")], &[("age <= 18", "A")], "B"), "it holds the other back");
        assert!(!same(&[("age <= 18", "A")], &[("age <= 18", "A"), ("", "B")], ""), "what follows is not known");
    }

    #[test]
    fn rules_with_too_many_facts_are_compared_in_pairs() {
        let mut rules: Vec<(String, &str)> = (10..40).map(|i| (format!("procedures has {{K{i}*}}"), "A")).collect();
        rules.push(("procedures has {K105}".to_owned(), "B"));
        rules.push(("age < 5 and age > 6".to_owned(), "B"));
        let rules: Vec<(&str, &str)> = rules.iter().map(|(when, then)| (when.as_str(), *then)).collect();
        let found = verdicts(&rules, "", false);
        assert!(found.iter().take(30).all(Option::is_none));
        assert_eq!(found.get(30..), Some(&[Some(Verdict::Shadowed(0)), Some(Verdict::NeverHolds)][..]));
    }
}
