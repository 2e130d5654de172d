//! Columns that never matter: no row fills them, or no cell of a matrix depends on them.

use crate::reference::check::Findings;
use crate::reference::condition::Condition;
use crate::reference::row::{ByCode, Row, Rule};
use crate::reference::trauma::Cell;
use crate::reference::{Hrg, Reference, TableId};
use rustc_hash::FxHashMap;
use std::hash::Hash;

pub(super) fn check(reference: &Reference, findings: &mut Findings) {
    let roots = reference.splits.values();
    filled(roots.clone(), TableId::Roots, &[("age", &|r| !r.age.is_any()), ("stay", &|r| !r.stay.is_any())], findings);
    filled(
        roots.flat_map(|root| &root.rows).map(|row| &row.value),
        TableId::Splits,
        &[
            ("order", &|s| s.order.is_some()),
            ("cc", &|s| !s.cc.is_any()),
            ("age", &|s| !s.age.is_any()),
            ("stay", &|s| !s.stay.is_any()),
            ("interventions", &|s| !s.interventions.is_any()),
            ("when", &|s| !matches!(s.when, Condition::Always)),
        ],
        findings,
    );
    let codes = &reference.codes;
    filled(
        codes.procedures.rows().iter().map(|row| &row.value.fact),
        TableId::Procedures,
        &[
            ("ph0_kind", &|p| p.zero_kind.is_some()),
            ("root", &|p| p.root.is_some()),
            ("supporting", &|p| p.supporting),
            ("status", &|p| p.retired),
        ],
        findings,
    );
    filled(
        codes.diagnoses.rows().iter().map(|row| &row.value.fact),
        TableId::Diagnoses,
        &[
            ("root", &|d| d.root.is_some()),
            ("uz01", &|d| d.uz01),
            ("uz02", &|d| d.uz02),
            ("paediatric", &|d| d.paediatric),
            ("status", &|d| d.retired),
        ],
        findings,
    );
    conditions(codes.procedure_rules.rows().iter().map(of_code), TableId::ProcedureRootRules, findings);
    conditions(codes.diagnosis_rules.rows().iter().map(of_code), TableId::DiagnosisRootRules, findings);
    let unbundling = &reference.unbundling;
    let unbundled = || unbundling.procedures.rows().iter().chain(unbundling.diagnoses.rows());
    conditions(unbundled().map(of_code), TableId::UnbundlingRules, findings);
    let yields = unbundled().map(|row| &row.value.fact.then);
    filled(yields, TableId::UnbundlingRules, &[("once", &|y| y.once)], findings);
    let burns = reference.burns.diagnoses.rows().iter().map(|row| &row.value.fact);
    filled(
        burns,
        TableId::BurnsDiagnosisScore,
        &[
            ("region_unspecified", &|b| b.region_unspecified),
            ("area_unspecified", &|b| b.area_unspecified),
            ("score", &|b| b.score > 0),
        ],
        findings,
    );
    let days = reference.labels.hrgs.values();
    filled(days, TableId::Hrgs, &[("multiplier_days_field", &|h| h.multiplier.is_some())], findings);
    let other = &reference.other;
    let categories = other.investigations.values().chain(other.treatments.values()).map(|row| &row.value);
    filled(categories, TableId::EmCategories, &[("dental", &|c| c.dental)], findings);
    let activities = other.activities.values().map(|row| &row.value);
    filled(activities, TableId::CcacCodes, &[("pcc", &|a| a.pcc), ("ncc", &|a| a.ncc)], findings);
    matrices(reference, findings);
}

/// A column by its name, and whether a row fills it.
type Column<'c, T> = (&'static str, &'c dyn Fn(&T) -> bool);

fn filled<'t, T: 't>(
    rows: impl Iterator<Item = &'t T> + Clone,
    table: TableId,
    columns: &[Column<'_, T>],
    findings: &mut Findings,
) {
    if rows.clone().next().is_none() {
        return;
    }
    for (column, fills) in columns {
        if !rows.clone().any(fills) {
            findings.warning("idle-column", table, Some(1), format!("no row fills the column `{column}`"));
        }
    }
}

fn of_code<T>(row: &Row<ByCode<Rule<T>>>) -> &Condition {
    &row.value.fact.when
}

fn conditions<'t>(rows: impl Iterator<Item = &'t Condition> + Clone, table: TableId, findings: &mut Findings) {
    filled(rows, table, &[("when", &|when| !matches!(when, Condition::Always))], findings);
}

fn matrices(reference: &Reference, findings: &mut Findings) {
    scored(
        &reference.trauma.matrix,
        TableId::TraumaMatrix,
        [None, Some("diagnosis_score"), Some("intervention_score")],
        findings,
    );
    let names = [Some("age"), Some("severity_score"), Some("intervention_score")];
    scored(&reference.burns.matrix, TableId::BurnsMatrix, names, findings);
    let other = &reference.other;
    let em: Vec<_> = other.em.iter().map(|((i, t), row)| ([*i, *t], row.value)).collect();
    depends(&em, TableId::EmMatrix, [Some("investigation_category"), Some("treatment_category")], findings);
    let wf: Vec<_> = other.wf.values().map(|row| (parts(&row.id), row.value)).collect();
    depends(&wf, TableId::WfMatrix, [Some("firstatt"), Some("professional")], findings);
    filled(
        other.renal.iter().map(|row| &row.value),
        TableId::NrdMatrix,
        &[
            ("site_class", &|c| c.site.is_some()),
            ("access_class", &|c| c.access.is_some()),
            ("virus", &|c| c.virus.is_some()),
            ("age", &|c| !c.age.is_any()),
        ],
        findings,
    );
}

/// The two parts of a row id.
fn parts(id: &str) -> [String; 2] {
    let (first, second) = id.split_once('/').unwrap_or((id, ""));
    [first.to_owned(), second.to_owned()]
}

/// A matrix of bands, as the cells of the grid that their ends make.
fn scored(matrix: &[Row<Cell>], table: TableId, names: [Option<&'static str>; 3], findings: &mut Findings) {
    let bands = |cell: &Cell| [cell.age, cell.severity, cell.intervention];
    let edges = |axis: usize| {
        let ends = matrix.iter().filter_map(|row| bands(&row.value).get(axis).copied());
        let mut edges: Vec<u32> = ends.flat_map(|b| [Some(b.min), b.max.map(|m| m + 1)]).flatten().collect();
        edges.sort_unstable();
        edges.dedup();
        edges
    };
    let mut grid = Vec::new();
    for age in edges(0) {
        for severity in edges(1) {
            for intervention in edges(2) {
                let cell = matrix.iter().find(|row| row.value.contains(age, severity, intervention));
                grid.extend(cell.map(|row| ([age, severity, intervention], row.value.hrg)));
            }
        }
    }
    depends(&grid, table, names, findings);
}

/// A column matters where two cells that differ in it alone give different HRGs.
fn depends<const N: usize, K: Clone + Eq + Hash + Default>(
    cells: &[([K; N], Hrg)],
    table: TableId,
    names: [Option<&'static str>; N],
    findings: &mut Findings,
) {
    for (axis, name) in names.into_iter().enumerate() {
        let Some(name) = name.filter(|_| !cells.is_empty()) else { continue };
        let mut without: FxHashMap<[K; N], Hrg> = FxHashMap::default();
        let matters = cells.iter().any(|(key, hrg)| {
            let mut rest = key.clone();
            if let Some(place) = rest.get_mut(axis) {
                *place = K::default();
            }
            *without.entry(rest).or_insert(*hrg) != *hrg
        });
        if !matters {
            findings.warning("idle-column", table, Some(1), format!("no HRG depends on the column `{name}`"));
        }
    }
}
