//! Check 3: hierarchies, base roots, unbundling and complication tables agree with one another.

use super::Findings;
use crate::reference::condition::{CodeSet, Scope, Test};
use crate::reference::options::Degree;
use crate::reference::pattern::Pattern;
use crate::reference::row::CodeTable;
use crate::reference::splits::Dimension;
use crate::reference::{Reference, Root, TableId};

pub(super) fn check(reference: &Reference, findings: &mut Findings) {
    procedures(reference, findings);
    diagnoses(reference, findings);
    complications(reference, findings);
    scores(reference, findings);
    max_stays(reference, findings);
    subjects(reference, findings);
}

/// Whether codes of the pattern can be in the table: a row covers the pattern, or the pattern covers a row.
pub(super) fn known<T>(table: &CodeTable<T>, pattern: Pattern) -> bool {
    table.find(pattern.word()).is_some() || table.rows().iter().any(|row| pattern.covers(row.value.pattern))
}

fn root_exists(reference: &Reference, findings: &mut Findings, table: TableId, line: u32, root: Root) {
    if reference.splits.get(&root).is_none_or(|splits| splits.rows.is_empty()) {
        let message = format!("the root {root} has no row in splits.csv");
        findings.error("dangling-root", table, Some(line), message);
    }
}

fn procedures(reference: &Reference, findings: &mut Findings) {
    let table = TableId::Procedures;
    for row in reference.codes.procedures.rows() {
        let (pattern, procedure) = (row.value.pattern, &row.value.fact);
        let mut error = |code, message: String| findings.error(code, table, Some(row.line), message);
        if (procedure.ph == 0) != procedure.zero_kind.is_some() && !procedure.retired {
            error("ph-zero-kind", format!("`{pattern}`: ph0_kind must be filled where ph is 0, and only there"));
        }
        if procedure.ph >= 5 && procedure.root.is_none() {
            error("missing-root", format!("`{pattern}` has hierarchy {} and no root", procedure.ph));
        }
        if procedure.ph < 3 && procedure.root.is_some() {
            error("needless-root", format!("`{pattern}` has hierarchy {} and can never use its root", procedure.ph));
        }
        if procedure.ph == 2 && !known(&reference.unbundling.procedures, pattern) {
            error("missing-unbundling", format!("`{pattern}` has hierarchy 2 and no unbundling rule"));
        }
        if let Some(root) = procedure.root {
            root_exists(reference, findings, table, row.line, root);
        }
    }
    for row in reference.codes.procedure_rules.rows() {
        root_exists(reference, findings, row.table, row.line, row.value.fact.then);
    }
}

fn diagnoses(reference: &Reference, findings: &mut Findings) {
    let table = TableId::Diagnoses;
    for row in reference.codes.diagnoses.rows() {
        let (pattern, diagnosis) = (row.value.pattern, &row.value.fact);
        let mut error = |code, message: String| findings.error(code, table, Some(row.line), message);
        let groupable = !(diagnosis.uz01 || diagnosis.uz02 || diagnosis.retired);
        if (1..5).contains(&diagnosis.dh) {
            error("bad-hierarchy", format!("`{pattern}` has hierarchy {}: it must be 0 or 5 to 25", diagnosis.dh));
        }
        if diagnosis.dh == 0 && groupable {
            error("dh-zero", format!("`{pattern}` has hierarchy 0 but neither the uz01 nor the uz02 flag"));
        }
        if groupable && diagnosis.root.is_none() {
            error("missing-root", format!("`{pattern}` may be primary and has no root"));
        }
        if let Some(root) = diagnosis.root {
            root_exists(reference, findings, table, row.line, root);
        }
    }
    for row in reference.codes.diagnosis_rules.rows() {
        root_exists(reference, findings, row.table, row.line, row.value.fact.then);
    }
}

fn complications(reference: &Reference, findings: &mut Findings) {
    let complications = &reference.complications;
    for row in complications.list_of_subchapter.values() {
        if !complications.lists.contains_key(&row.value.name) {
            let message = format!("the list `{}` has no row in cc_scores.csv", row.value.name);
            findings.error("unknown-list", row.table, Some(row.line), message);
        }
    }
    for row in complications.inherent.rows() {
        if !complications.lists.contains_key(&row.value.fact.list) {
            let message = format!("the list `{}` has no row in cc_scores.csv", row.value.fact.list);
            findings.error("unknown-list", row.table, Some(row.line), message);
        }
    }
    for row in complications.proxies.values().flatten() {
        root_exists(reference, findings, row.table, row.line, row.value.root);
    }
    for (root, splits) in &reference.splits {
        let subchapter = root.subchapter();
        let listed = complications.list_of_subchapter.contains_key(&subchapter);
        if splits.uses(Dimension::Cc) && !listed && !complications.proxies.contains_key(root) {
            let message = format!("{root} splits by CC score, but {subchapter} has no list");
            findings.error("missing-cc-list", TableId::CcListOfSubchapter, None, message);
        }
        if splits.uses(Dimension::Interventions) && !complications.interventions.contains_key(&subchapter) {
            let message = format!("{root} splits by interventions, but {subchapter} has none");
            findings.error("missing-interventions", TableId::Interventions, None, message);
        }
    }
}

/// What the score tables owe the matrices.
fn scores(reference: &Reference, findings: &mut Findings) {
    for row in reference.burns.diagnoses.rows() {
        let burn = &row.value.fact;
        let triggers = burn.degree != Degree::None && reference.options.burns_trigger_degrees.contains(&burn.degree);
        if triggers && burn.score == 0 {
            let message = format!("`{}` triggers the burns logic and scores 0, which no cell holds", row.value.pattern);
            findings.error("burn-without-score", row.table, Some(row.line), message);
        }
    }
    for row in reference.trauma.sites.rows() {
        if !known(&reference.trauma.diagnosis_scores, row.value.pattern) {
            let message = format!("`{}` is an injury of a site and has no score", row.value.pattern);
            findings.error("injury-without-score", row.table, Some(row.line), message);
        }
    }
}

fn max_stays(reference: &Reference, findings: &mut Findings) {
    for (root, row) in &reference.max_stays {
        root_exists(reference, findings, row.table, row.line, *root);
    }
}

/// Check 6: no rule is about a code that the release does not know.
fn subjects(reference: &Reference, findings: &mut Findings) {
    let codes = &reference.codes;
    let mut unknown = |table, line, pattern: Pattern| {
        let message = format!("the rule is about `{pattern}`, which the release does not know");
        findings.error("unknown-code", table, Some(line), message);
    };
    for row in codes.procedure_rules.rows().iter().filter(|r| !known(&codes.procedures, r.value.pattern)) {
        unknown(row.table, row.line, row.value.pattern);
    }
    for row in codes.diagnosis_rules.rows().iter().filter(|r| !known(&codes.diagnoses, r.value.pattern)) {
        unknown(row.table, row.line, row.value.pattern);
    }
    let unbundling = &reference.unbundling;
    for row in unbundling.procedures.rows().iter().filter(|r| !known(&codes.procedures, r.value.pattern)) {
        unknown(row.table, row.line, row.value.pattern);
    }
    for row in unbundling.diagnoses.rows().iter().filter(|r| !known(&codes.diagnoses, r.value.pattern)) {
        unknown(row.table, row.line, row.value.pattern);
    }
}

/// Check 6: no rule names a code that the release does not know.
pub(super) fn named_codes(reference: &Reference, test: &Test) -> Vec<Pattern> {
    let (Test::Has(scope, CodeSet { set, .. }) | Test::Count(scope, CodeSet { set, .. }, ..)) = test else {
        return Vec::new();
    };
    let is_known = |pattern: Pattern| match scope {
        Scope::Procedures | Scope::Candidates | Scope::OtherProcedures | Scope::Following => {
            known(&reference.codes.procedures, pattern)
        }
        Scope::Diagnoses | Scope::Primary | Scope::Secondary => known(&reference.codes.diagnoses, pattern),
        Scope::Activities => reference.other.activities.keys().any(|code| pattern.matches(*code)),
    };
    set.patterns().iter().copied().filter(|pattern| !is_known(*pattern)).collect()
}
