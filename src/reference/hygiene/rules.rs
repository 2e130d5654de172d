//! The rule tables one after another: which rules of theirs are double, shadowed, without effect or never asked.

use super::order::{Ordered, Ruled};
use super::worlds::World;
use crate::reference::check::Findings;
use crate::reference::codes::{Diagnosis, Procedure};
use crate::reference::condition::{Condition, NumberFact, Test};
use crate::reference::pattern::Pattern;
use crate::reference::row::{ByCode, CodeTable, Row, Rule};
use crate::reference::splits::{Dimension, Split};
use crate::reference::unbundling::Yield;
use crate::reference::ways::DRIVES;
use crate::reference::{Band, Hrg, Reference};
use std::fmt::Display;

/// The age from which a paediatric primary diagnosis is an error (UZ03), so that no rule is asked.
const ADULT: u32 = 19;

pub(super) fn check(reference: &Reference, findings: &mut Findings) {
    let codes = &reference.codes;
    by_code(&codes.procedure_rules, findings, |pattern| {
        let about = codes.procedures.rows_about(pattern).map(|row| &row.value.fact);
        let drive: Vec<&Procedure> = about.filter(|p| p.ph >= DRIVES && !p.retired).collect();
        Asking {
            never: drive.is_empty().then_some("no procedure of its code may drive"),
            otherwise: only(drive.iter().map(|p| p.root.map(|root| root.to_string()))),
            adults: true,
        }
    });
    by_code(&codes.diagnosis_rules, findings, |pattern| {
        let about = codes.diagnoses.rows_about(pattern).map(|row| &row.value.fact);
        let drive: Vec<&Diagnosis> = about.filter(|d| !d.uz01 && !d.uz02 && !d.retired).collect();
        Asking {
            never: drive.is_empty().then_some("no diagnosis of its code may drive"),
            otherwise: only(drive.iter().map(|d| d.root.map(|root| root.to_string()))),
            adults: drive.iter().any(|d| !d.paediatric),
        }
    });
    let unbundling = &reference.unbundling;
    unbundled(&unbundling.procedures, findings, |pattern| {
        codes.procedures.rows_about(pattern).all(|r| r.value.fact.retired)
    });
    unbundled(&unbundling.diagnoses, findings, |pattern| {
        codes.diagnoses.rows_about(pattern).all(|r| r.value.fact.retired)
    });

    // A test for an unbundled HRG that no rule gives cannot hold.
    let given: Vec<Hrg> = unbundling
        .procedures
        .rows()
        .iter()
        .chain(unbundling.diagnoses.rows())
        .map(|row| row.value.fact.then.hrg)
        .collect();
    let possible = move |world: &World<'_>| {
        world.unbundled().all(|beginning| given.iter().any(|hrg| hrg.word().starts_with(beginning)))
    };
    let other = &reference.other;
    for rules in [&unbundling.global_exceptions, &reference.burns.rules, &other.pcc, &other.ncc] {
        in_order(rules, false).check(&possible, findings);
    }
    in_order(&reference.burns.escalation, true).check(&possible, findings);
    splits(reference, findings);
}

/// What is known of the codes of a pattern that has rules.
struct Asking {
    /// Why its rules are never asked.
    never: Option<&'static str>,
    /// What follows when none of them holds.
    otherwise: Option<String>,
    /// Whether they are asked of adults.
    adults: bool,
}

/// The one value that all have.
fn only<T: PartialEq>(mut values: impl Iterator<Item = Option<T>>) -> Option<T> {
    let first = values.next()??;
    values.all(|value| value.as_ref() == Some(&first)).then_some(first)
}

fn ruled<'r, T>(row: &'r Row<T>, rule: &'r Rule<impl Sized>, then: String) -> Ruled<'r> {
    Ruled { table: row.table, line: row.line, id: &row.id, when: &rule.when, then }
}

fn rule_of<T: Display>(row: &Row<ByCode<Rule<T>>>) -> Ruled<'_> {
    ruled(row, &row.value.fact, row.value.fact.then.to_string())
}

/// Rules that are tried for one code pattern.
fn by_code<T: Display>(table: &CodeTable<Rule<T>>, findings: &mut Findings, asking: impl Fn(Pattern) -> Asking) {
    for rows in of_one_pattern(table) {
        let Some(first) = rows.first() else { continue };
        let Asking { never, otherwise, adults } = asking(first.value.pattern);
        if let Some(why) = never {
            never_asked(rows, why, findings);
            continue;
        }
        let possible = |world: &World<'_>| adults || world.number(NumberFact::Age).min < ADULT;
        let behind = table.rows_behind(first.value.pattern);
        let rules = rows.iter().map(rule_of).collect();
        let ordered = Ordered { rules, otherwise, adds: false, hold_back: !behind.is_empty() };
        match behind.first() {
            Some(other) if ordered.say_the_same(&behind.iter().map(rule_of).collect::<Vec<_>>(), &possible) => {
                let (own, other) = (first.value.pattern, other.value.pattern);
                for row in rows {
                    let message =
                        format!("{} is needless: the rules of `{own}` give what those of `{other}` would", row.id);
                    findings.warning("needless-rule", row.table, Some(row.line), message);
                }
            }
            _ => ordered.check(&possible, findings),
        }
    }
}

/// Unbundling rules of one system. Where none holds, nothing is unbundled.
fn unbundled(table: &CodeTable<Rule<Yield>>, findings: &mut Findings, retired: impl Fn(Pattern) -> bool) {
    for rows in of_one_pattern(table) {
        if rows.first().is_some_and(|row| retired(row.value.pattern)) {
            never_asked(rows, "its code is retired", findings);
            continue;
        }
        let rules = rows.iter().map(|row| {
            let Yield { hrg, once } = row.value.fact.then;
            ruled(row, &row.value.fact, if once { format!("{hrg} once") } else { hrg.to_string() })
        });
        Ordered { rules: rules.collect(), otherwise: None, adds: false, hold_back: false }.check(&|_| true, findings);
    }
}

fn of_one_pattern<T>(table: &CodeTable<T>) -> impl Iterator<Item = &[Row<ByCode<T>>]> {
    table.rows().chunk_by(|a, b| a.value.pattern == b.value.pattern)
}

fn never_asked<T>(rows: &[Row<ByCode<T>>], why: &str, findings: &mut Findings) {
    for row in rows {
        let message = format!("{} is never asked: `{}`, and {why}", row.id, row.value.pattern);
        findings.warning("rule-never-asked", row.table, Some(row.line), message);
    }
}

/// Rules that are tried for every record.
fn in_order<T: Display>(rows: &[Row<Rule<T>>], adds: bool) -> Ordered<'_> {
    let rules = rows.iter().map(|row| ruled(row, &row.value, row.value.then.to_string()));
    Ordered { rules: rules.collect(), otherwise: None, adds, hold_back: false }
}

/// A row of a split as one condition: its bands and its own.
pub(super) fn condition(split: &Split) -> Condition {
    let facts = [
        (Dimension::Cc, NumberFact::CcScore),
        (Dimension::Age, NumberFact::Age),
        (Dimension::Stay, NumberFact::Stay),
        (Dimension::Interventions, NumberFact::Interventions),
    ];
    let bands = facts.into_iter().map(|(dimension, fact)| (fact, split.band(dimension)));
    let bands = bands.filter(|(_, band)| !band.is_any()).map(|(fact, band)| Condition::Test(Test::In(fact, band)));
    Condition::All(bands.chain([split.when.clone()]).collect())
}

/// The ordered rows of each root against those tried before them.
fn splits(reference: &Reference, findings: &mut Findings) {
    for splits in reference.splits.values().filter(|s| s.rows.iter().any(|row| row.value.order.is_some())) {
        let conditions: Vec<Condition> = splits.rows.iter().map(|row| condition(&row.value)).collect();
        let rules = splits.rows.iter().zip(&conditions).map(|(row, when)| Ruled {
            table: row.table,
            line: row.line,
            id: &row.id,
            when,
            then: row.value.hrg.to_string(),
        });
        let possible = |world: &World<'_>| {
            meet(world.number(NumberFact::Age), splits.age) && meet(world.number(NumberFact::Stay), splits.stay)
        };
        Ordered { rules: rules.collect(), otherwise: None, adds: false, hold_back: false }.check(&possible, findings);
    }
}

/// Whether two bands have a value in common.
pub(super) fn meet(one: Band, other: Band) -> bool {
    one.max.is_none_or(|max| other.min <= max) && other.max.is_none_or(|max| one.min <= max)
}
