//! Every condition of a release, and which of them speak of a code or a list.

use super::Reference;
use super::names::System;
use crate::record::Word;
use crate::reference::condition::{CodeSet, Condition, Scope, Test};
use crate::reference::pattern::Pattern;
use crate::reference::row::{ByCode, Row, RowRef, Rule};
use serde::Serialize;
use utoipa::ToSchema;

/// A condition with the row it stands in.
pub(super) struct Conditioned<'r> {
    pub(super) row: RowRef,
    /// The code that the rule is about, for rules that are found by code.
    subject: Option<Pattern>,
    pub(super) when: &'r Condition,
    outcome: String,
}

/// A rule whose condition speaks of a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Mention {
    /// The rule's row.
    #[schema(value_type = String, example = "procedure_root_rules:PRA-0001")]
    pub row: RowRef,
    /// The code that the rule is about, where it is found by one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "A02*")]
    pub subject: Option<String>,
    /// The condition.
    #[schema(example = "primary has {C71* C70*}")]
    pub when: String,
    /// Where it looks for the code: `following`, `primary`, `procedures` and so on.
    #[schema(example = "primary")]
    pub scope: &'static str,
    /// The pattern that the code matches.
    #[schema(example = "C71*")]
    pub pattern: String,
    /// The named list that holds the pattern, where the condition speaks of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list: Option<String>,
    /// What follows where the condition holds: a root, an HRG or points.
    #[schema(example = "AA50")]
    pub outcome: String,
}

fn plain<'r, T>(row: &'r Row<Rule<T>>, outcome: impl ToString) -> Conditioned<'r> {
    Conditioned { row: row.cite(), subject: None, when: &row.value.when, outcome: outcome.to_string() }
}

fn by_code<'r, T>(row: &'r Row<ByCode<Rule<T>>>, outcome: impl ToString) -> Conditioned<'r> {
    let subject = Some(row.value.pattern);
    Conditioned { row: row.cite(), subject, when: &row.value.fact.when, outcome: outcome.to_string() }
}

/// Every condition that speaks of clinical codes, with its row.
fn conditions(reference: &Reference) -> impl Iterator<Item = Conditioned<'_>> {
    let (codes, unbundling, burns) = (&reference.codes, &reference.unbundling, &reference.burns);
    let roots = codes.procedure_rules.rows().iter().chain(codes.diagnosis_rules.rows());
    let unbundled = unbundling.procedures.rows().iter().chain(unbundling.diagnoses.rows());
    let splits = reference.splits.values().flat_map(|root| &root.rows).map(|row| Conditioned {
        row: row.cite(),
        subject: None,
        when: &row.value.when,
        outcome: row.value.hrg.to_string(),
    });
    roots
        .map(|row| by_code(row, row.value.fact.then))
        .chain(unbundled.map(|row| by_code(row, row.value.fact.then.hrg)))
        .chain(splits)
        .chain(unbundling.global_exceptions.iter().map(|row| plain(row, row.value.then)))
        .chain(burns.rules.iter().map(|row| plain(row, row.value.then)))
        .chain(burns.escalation.iter().map(|row| plain(row, format!("{} points", row.value.then))))
}

/// The classification whose codes stand in a scope; none for activity codes.
fn system_of(scope: Scope) -> Option<System> {
    match scope {
        Scope::Procedures | Scope::Candidates | Scope::OtherProcedures | Scope::Following => Some(System::Opcs4),
        Scope::Diagnoses | Scope::Primary | Scope::Secondary => Some(System::Icd10),
        Scope::Activities => None,
    }
}

fn code_sets(condition: &Condition) -> impl Iterator<Item = (Scope, &CodeSet)> {
    condition.tests().filter_map(|test| match test {
        Test::Has(scope, codes) | Test::Count(scope, codes, ..) => Some((*scope, codes)),
        _ => None,
    })
}

/// The rules that speak of the code, one entry for each place where they do, with the keys that order them.
pub(super) fn mentions(system: System, code: Word, reference: &Reference) -> Vec<(String, Mention)> {
    let mut found = Vec::new();
    for rule in conditions(reference) {
        for (place, (scope, codes)) in code_sets(rule.when).enumerate() {
            let Some(pattern) = codes.set.find(code).filter(|_| system_of(scope) == Some(system)) else { continue };
            let mention = Mention {
                row: rule.row.clone(),
                subject: rule.subject.map(|pattern| pattern.to_string()),
                when: rule.when.to_string(),
                scope: scope.name(),
                pattern: pattern.to_string(),
                list: list_name(codes).map(str::to_owned),
                outcome: rule.outcome.clone(),
            };
            found.push((format!("{} {place:03}", rule.row), mention));
        }
    }
    found
}

/// The rules that speak of the named list, in order of their rows, and the classification they look it up in.
pub(super) fn rules_of_list(list: &str, reference: &Reference) -> (Vec<(RowRef, String)>, Option<System>) {
    let mut system = None;
    let mut rules = Vec::new();
    for rule in conditions(reference) {
        let scopes = code_sets(rule.when).filter(|(_, codes)| list_name(codes) == Some(list)).map(|(scope, _)| scope);
        let scopes: Vec<Scope> = scopes.collect();
        system = system.or(scopes.iter().find_map(|scope| system_of(*scope)));
        if !scopes.is_empty() {
            rules.push((rule.row, rule.when.to_string()));
        }
    }
    rules.sort_by_cached_key(|(row, _)| row.to_string());
    (rules, system)
}

fn list_name(codes: &CodeSet) -> Option<&str> {
    codes.text.strip_prefix('[')?.strip_suffix(']')
}
