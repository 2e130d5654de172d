//! Check 6 and the promise that a condition cannot fail: each asks only for facts that exist where it stands, and
//! names only codes that the release knows.

use super::Findings;
use super::codes::named_codes;
use crate::record::Field;
use crate::reference::condition::{Condition, NumberFact, Scope, Test};
use crate::reference::{Dataset, Reference, TableId};

pub(super) fn check(reference: &Reference, findings: &mut Findings) {
    let codes_are_known = reference.identity.datasets.iter().any(|d| *d != Dataset::Em);
    for (table, line, condition) in conditions(reference) {
        for test in condition.tests() {
            if let Some(fact) = foreign_fact(table, test) {
                let message = format!("`{test}` asks for `{fact}`, which is not known where this table is used");
                findings.error("foreign-fact", table, Some(line), message);
            }
            for pattern in named_codes(reference, test).into_iter().filter(|_| codes_are_known) {
                let message = format!("`{test}` names `{pattern}`, which the release does not know");
                findings.error("unknown-code", table, Some(line), message);
            }
        }
    }
}

/// Every condition of the release with its place.
pub(in crate::reference) fn conditions(reference: &Reference) -> Vec<(TableId, u32, &Condition)> {
    let mut all = Vec::new();
    let codes = &reference.codes;
    for row in codes.procedure_rules.rows().iter().chain(codes.diagnosis_rules.rows()) {
        all.push((row.table, row.line, &row.value.fact.when));
    }
    for row in reference.splits.values().flat_map(|root| &root.rows) {
        all.push((row.table, row.line, &row.value.when));
    }
    let unbundling = &reference.unbundling;
    for row in unbundling.procedures.rows().iter().chain(unbundling.diagnoses.rows()) {
        all.push((row.table, row.line, &row.value.fact.when));
    }
    let other = &reference.other;
    let rules = [&reference.burns.rules, &unbundling.global_exceptions, &other.pcc, &other.ncc];
    for row in rules.into_iter().flatten() {
        all.push((row.table, row.line, &row.value.when));
    }
    for row in &reference.burns.escalation {
        all.push((row.table, row.line, &row.value.when));
    }
    all
}

/// The name of a fact that is not known where the table is used.
fn foreign_fact(table: TableId, test: &Test) -> Option<&'static str> {
    let critical = matches!(table, TableId::PccRules | TableId::NccRules);
    let about_a_procedure = matches!(table, TableId::ProcedureRootRules | TableId::UnbundlingRules);
    match test {
        Test::Compare(fact, ..) | Test::In(fact, _) => {
            let known = match fact {
                NumberFact::CcScore | NumberFact::Interventions => table == TableId::Splits,
                NumberFact::SeverityScore => matches!(table, TableId::BurnsRules | TableId::BurnsEscalation),
                NumberFact::AgeDays | NumberFact::GestLen | NumberFact::Grams => table == TableId::NccRules,
                NumberFact::DaysToDischarge => critical,
                NumberFact::HighestPh => !critical && table != TableId::UnbundlingRules,
                NumberFact::Age | NumberFact::Stay | NumberFact::ProcedureCount | NumberFact::DiagnosisCount => {
                    !critical
                }
            };
            (!known).then(|| fact.name())
        }
        Test::Has(scope, _) | Test::Count(scope, ..) => {
            let known = match scope {
                Scope::Following | Scope::OtherProcedures => about_a_procedure,
                Scope::Candidates => !critical && table != TableId::UnbundlingRules,
                Scope::Activities => critical,
                Scope::Procedures | Scope::Diagnoses | Scope::Primary | Scope::Secondary => true,
            };
            (!known).then(|| scope.name())
        }
        Test::Unbundled(_) => (critical || table == TableId::UnbundlingRules).then_some("unbundled"),
        Test::Field(field, _) => (critical && *field != Field::Dismeth).then(|| field.name()),
    }
}
