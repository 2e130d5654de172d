//! Every condition of a release, and which of them speak of a code or a list.

use super::Reference;
use super::names::{System, cite};
use crate::record::Word;
use crate::reference::condition::{CodeSet, Condition, Scope, Test};
use crate::reference::pattern::Pattern;
use crate::reference::row::{ByCode, Row, RowRef, Rule};
use crate::reference::{Hrg, Root, TableId};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use utoipa::ToSchema;

/// A condition with the row it stands in, borrowed: a look-up passes thousands and puts few into words.
struct Conditioned<'r> {
    table: TableId,
    id: &'r str,
    /// The code that the rule is about, for rules that are found by code.
    subject: Option<Pattern>,
    when: &'r Condition,
    outcome: Outcome,
}

impl Conditioned<'_> {
    fn cite(&self) -> RowRef {
        cite(self.table, self.id)
    }
}

/// What follows where a condition holds.
enum Outcome {
    Root(Root),
    Hrg(Hrg),
    Points(u32),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Root(root) => root.fmt(f),
            Outcome::Hrg(hrg) => hrg.fmt(f),
            Outcome::Points(points) => write!(f, "{points} points"),
        }
    }
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

fn plain<T>(row: &Row<Rule<T>>, outcome: Outcome) -> Conditioned<'_> {
    Conditioned { table: row.table, id: &row.id, subject: None, when: &row.value.when, outcome }
}

fn by_code<T>(row: &Row<ByCode<Rule<T>>>, outcome: Outcome) -> Conditioned<'_> {
    let subject = Some(row.value.pattern);
    Conditioned { table: row.table, id: &row.id, subject, when: &row.value.fact.when, outcome }
}

/// Every condition that speaks of clinical codes, with its row.
fn conditions(reference: &Reference) -> impl Iterator<Item = Conditioned<'_>> {
    let (codes, unbundling, burns) = (&reference.codes, &reference.unbundling, &reference.burns);
    let roots = codes.procedure_rules.rows().iter().chain(codes.diagnosis_rules.rows());
    let unbundled = unbundling.procedures.rows().iter().chain(unbundling.diagnoses.rows());
    let splits = reference.splits.values().flat_map(|root| &root.rows).map(|row| Conditioned {
        table: row.table,
        id: &row.id,
        subject: None,
        when: &row.value.when,
        outcome: Outcome::Hrg(row.value.hrg),
    });
    roots
        .map(|row| by_code(row, Outcome::Root(row.value.fact.then)))
        .chain(unbundled.map(|row| by_code(row, Outcome::Hrg(row.value.fact.then.hrg))))
        .chain(splits)
        .chain(unbundling.global_exceptions.iter().map(|row| plain(row, Outcome::Hrg(row.value.then))))
        .chain(burns.rules.iter().map(|row| plain(row, Outcome::Hrg(row.value.then))))
        .chain(burns.escalation.iter().map(|row| plain(row, Outcome::Points(row.value.then))))
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

/// The rules that speak of the code, by row; one entry for each place where they do.
pub(super) fn mentions(system: System, code: Word, reference: &Reference) -> Vec<Mention> {
    let mut found = Vec::new();
    for rule in conditions(reference) {
        for (scope, codes) in code_sets(rule.when).filter(|(scope, _)| system_of(*scope) == Some(system)) {
            let Some(pattern) = codes.set.find(code) else { continue };
            found.push(Mention {
                row: rule.cite(),
                subject: rule.subject.map(|pattern| pattern.to_string()),
                when: rule.when.to_string(),
                scope: scope.name(),
                pattern: pattern.to_string(),
                list: list_name(codes).map(str::to_owned),
                outcome: rule.outcome.to_string(),
            });
        }
    }
    found.sort_by_cached_key(|mention| mention.row.to_string());
    found
}

/// What rules make of a named list.
#[derive(Default)]
pub(super) struct InRules {
    /// The classification they look it up in.
    pub(super) system: Option<System>,
    /// Their rows and conditions, by row.
    pub(super) rules: Vec<(RowRef, String)>,
}

/// The named lists that rules speak of.
pub(super) fn lists_in_rules(reference: &Reference) -> BTreeMap<&str, InRules> {
    let mut lists: BTreeMap<&str, InRules> = BTreeMap::new();
    for rule in conditions(reference) {
        for (scope, codes) in code_sets(rule.when) {
            let Some(name) = list_name(codes) else { continue };
            let list = lists.entry(name).or_default();
            list.system = list.system.or(system_of(scope));
            list.rules.push((rule.cite(), rule.when.to_string()));
        }
    }
    for list in lists.values_mut() {
        list.rules.sort_by_cached_key(|(row, _)| row.to_string());
        list.rules.dedup();
    }
    lists
}

fn list_name(codes: &CodeSet) -> Option<&str> {
    codes.text.strip_prefix('[')?.strip_suffix(']')
}
