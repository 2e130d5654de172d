//! Rows by code that say what the release says without them: the longest pattern behind a row says the same.

use crate::reference::check::Findings;
use crate::reference::codes::{Diagnosis, Procedure};
use crate::reference::row::{ByCode, CodeTable, Row};
use crate::reference::{Reference, TableId};
use rustc_hash::FxHashMap;

/// Notes the needless rows. A code whose label is its own is not needless: a coder reads it.
pub(super) fn check(reference: &Reference, findings: &mut Findings) {
    let codes = &reference.codes;
    table(&codes.procedures, findings, procedure);
    table(&codes.diagnoses, findings, diagnosis);
    table(&codes.site_conflicts, findings, |allowed| {
        let mut allowed = allowed.to_vec();
        allowed.sort_unstable();
        allowed
    });
    table(&codes.pbc, findings, |category| *category);
    for list in reference.complications.lists.values() {
        table(list, findings, |score| *score);
    }
    table(&reference.complications.inherent, findings, |inherent| (inherent.list.clone(), inherent.score));
    for list in reference.complications.interventions.values() {
        table(list, findings, |()| ());
    }
    table(&reference.trauma.sites, findings, |site| *site);
    for scores in [
        &reference.trauma.diagnosis_scores,
        &reference.trauma.procedure_scores,
        &reference.burns.surface_areas,
        &reference.burns.procedures,
    ] {
        table(scores, findings, |score| *score);
    }
    table(&reference.burns.diagnoses, findings, |burn| {
        (burn.score, burn.region_unspecified, burn.area_unspecified, format!("{:?}", burn.degree))
    });
    named_lists(reference, findings);
}

fn procedure(fact: &Procedure) -> impl Ord + use<> {
    let zero = fact.zero_kind.map(|kind| format!("{kind:?}"));
    (fact.label.clone(), fact.ph, zero, fact.root, fact.supporting, fact.retired)
}

fn diagnosis(fact: &Diagnosis) -> impl Ord + use<> {
    (fact.label.clone(), fact.dh, fact.root, fact.uz01, fact.uz02, fact.paediatric, fact.retired)
}

/// Rows of a pattern that say, together, what the rows behind them say.
fn table<T, S: Ord>(table: &CodeTable<T>, findings: &mut Findings, says: impl Fn(&T) -> S) {
    let all_of = |rows: &[Row<ByCode<T>>]| {
        let mut said: Vec<S> = rows.iter().map(|row| says(&row.value.fact)).collect();
        said.sort_unstable();
        said
    };
    for rows in table.rows().chunk_by(|a, b| a.value.pattern == b.value.pattern) {
        let Some(first) = rows.first() else { continue };
        let behind = table.rows_behind(first.value.pattern);
        let Some(other) = behind.first().filter(|_| all_of(behind) == all_of(rows)) else { continue };
        for row in rows {
            let (own, other) = (row.value.pattern, other.value.pattern);
            let message =
                format!("{} is needless: without it `{own}` would find `{other}`, which says the same", row.id);
            findings.warning("needless-row", row.table, Some(row.line), message);
        }
    }
}

/// A list is a set: a pattern within another of the same list adds nothing.
fn named_lists(reference: &Reference, findings: &mut Findings) {
    let mut lists: FxHashMap<&str, Vec<_>> = FxHashMap::default();
    for row in &reference.named_lists {
        lists.entry(&row.value.list).or_default().push(row);
    }
    for rows in lists.values() {
        for row in rows {
            let own = row.value.pattern;
            let wider = rows.iter().map(|other| other.value.pattern).find(|other| *other != own && other.covers(own));
            if let Some(other) = wider {
                let message = format!("{} is needless: `{other}` of the same list holds it", row.id);
                findings.warning("needless-row", TableId::NamedLists, Some(row.line), message);
            }
        }
    }
}
