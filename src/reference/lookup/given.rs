//! How an HRG is given other than by a split of its root: matrix cells, rules, unbundling, the other logics.

use super::names::{System, label_of};
use crate::reference::row::{ByCode, Row, RowRef, Rule};
use crate::reference::trauma::Cell;
use crate::reference::unbundling::Yield;
use crate::reference::{Band, Hrg, Reference, TableId};
use serde::Serialize;
use utoipa::ToSchema;

/// A row that gives an HRG.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Giver {
    /// The row; the table says which logic it is of.
    #[schema(value_type = String, example = "trauma_matrix:1-8/24-32")]
    pub row: RowRef,
    /// Where rules are tried in order, its place: lower is tried first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<u32>,
    /// The classification of the code that the rule is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<System>,
    /// The code that the rule is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What the release calls that code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What must hold.
    #[schema(example = "intervention score 1-8 and diagnosis score 24-32")]
    pub when: String,
}

/// Every such row, by table, order and row.
pub(super) fn givers(hrg: Hrg, reference: &Reference) -> Vec<Giver> {
    let mut givers = Vec::new();
    injuries(hrg, reference, &mut givers);
    let unbundling = &reference.unbundling;
    givers.extend(unbundling.global_exceptions.iter().filter(|row| row.value.then == hrg).map(rule));
    for (system, rules) in [(System::Opcs4, &unbundling.procedures), (System::Icd10, &unbundling.diagnoses)] {
        let given = rules.rows().iter().filter(|row| row.value.fact.then.hrg == hrg);
        givers.extend(given.map(|row| unbundled(system, row, reference)));
    }
    other_logics(hrg, reference, &mut givers);
    givers.sort_by_cached_key(|giver| (giver.row.table, giver.order, giver.row.row.clone()));
    givers
}

fn plain(row: RowRef<&str>, when: String) -> Giver {
    Giver { row: row.owned(), order: None, system: None, code: None, label: None, when }
}

fn rule<T>(row: &Row<Rule<T>>) -> Giver {
    Giver { order: Some(row.value.order), ..plain(row.cite(), row.value.when.to_string()) }
}

fn unbundled(system: System, row: &Row<ByCode<Rule<Yield>>>, reference: &Reference) -> Giver {
    let (pattern, rule) = (row.value.pattern, &row.value.fact);
    Giver {
        order: Some(rule.order),
        system: Some(system),
        code: Some(pattern.to_string()),
        label: label_of(system, pattern, reference).map(str::to_owned),
        ..plain(row.cite(), rule.when.to_string())
    }
}

/// `severity score 2-4`, and nothing where any value does.
fn asked(name: &str, band: Band) -> Option<String> {
    (!band.is_any()).then(|| format!("{name} {band}"))
}

fn all(parts: impl IntoIterator<Item = Option<String>>) -> String {
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "always".to_owned() } else { parts.join(" and ") }
}

fn injuries(hrg: Hrg, reference: &Reference, givers: &mut Vec<Giver>) {
    let cells = |matrix: &'_ [Row<Cell>], severity: &str| -> Vec<Giver> {
        let given = matrix.iter().filter(|row| row.value.hrg == hrg);
        given
            .map(|row| {
                let Cell { age, severity: score, intervention, .. } = row.value;
                let parts = [asked("intervention score", intervention), asked(severity, score), asked("age", age)];
                plain(row.cite(), all(parts))
            })
            .collect()
    };
    givers.extend(cells(&reference.trauma.matrix, "diagnosis score"));
    givers.extend(cells(&reference.burns.matrix, "severity score"));
    givers.extend(reference.burns.rules.iter().filter(|row| row.value.then == hrg).map(rule));
}

fn other_logics(hrg: Hrg, reference: &Reference, givers: &mut Vec<Giver>) {
    let other = &reference.other;
    for ((firstatt, professionals), row) in other.wf.iter().filter(|(_, row)| row.value == hrg) {
        let kind = if *professionals { "multi-professional" } else { "uni-professional" };
        givers.push(plain(row.cite(), format!("FIRSTATT {firstatt} and a {kind} attendance")));
    }
    for ((investigation, treatment), row) in other.em.iter().filter(|(_, row)| row.value == hrg) {
        let when = format!("investigation category {investigation} and treatment category {treatment}");
        givers.push(plain(row.cite(), when));
    }
    for row in other.renal.iter().filter(|row| row.value.hrg == hrg) {
        let cell = &row.value;
        let class = |name: &str, class: &Option<Box<str>>| class.as_ref().map(|class| format!("{name} {class}"));
        let virus = |present| format!("{} blood-borne virus", if present { "a" } else { "no" });
        let parts = [
            Some(format!("modality {}", cell.modality)),
            class("site", &cell.site),
            class("access", &cell.access),
            cell.virus.map(virus),
            asked("age", cell.age),
        ];
        givers.push(plain(row.cite(), all(parts)));
    }
    for row in other.acc.iter().filter(|row| row.value.1 == hrg) {
        givers.push(plain(row.cite(), format!("{} organs supported", row.value.0)));
    }
    givers.extend(other.pcc.iter().chain(&other.ncc).filter(|row| row.value.then == hrg).map(rule));
    if hrg == Hrg::INVALID {
        let when = "the error HRG of every logic: the data are invalid for grouping".to_owned();
        let hrg = hrg.to_string();
        givers.push(plain(RowRef { table: TableId::Hrgs, row: hrg.as_str() }, when));
    }
}
