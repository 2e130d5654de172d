//! Check 1 and 6: every HRG that a table names has a label and a subchapter; every message has a wording.

use super::Findings;
use crate::record::{CODED_FIELDS, Field};
use crate::reference::labels::{Kind, Situation};
use crate::reference::{Dataset, Hrg, Reference, TableId};

pub(super) fn check(reference: &Reference, findings: &mut Findings) {
    let labels = &reference.labels;
    if !labels.hrgs.contains_key(&Hrg::INVALID) {
        findings.error("missing-hrg", TableId::Hrgs, None, "UZ01Z, the error HRG, is not there");
    }
    for (hrg, row) in &labels.hrgs {
        if !labels.subchapters.contains_key(&hrg.subchapter()) {
            let message = format!("the subchapter of {hrg} is not in subchapters.csv");
            findings.error("unknown-subchapter", TableId::Hrgs, Some(row.line), message);
        }
    }
    for subchapter in labels.subchapters.keys().filter(|s| !labels.chapters.contains_key(&s.chapter())) {
        let message = format!("the chapter of {subchapter} is not in chapters.csv");
        findings.error("unknown-chapter", TableId::Subchapters, None, message);
    }
    let maps = !reference.other.snomed.is_empty();
    let needed = Situation::ALL.iter().filter(|s| maps || !s.is_of_mapping());
    for situation in needed.filter(|s| !labels.messages.contains_key(s)) {
        let message = format!("the situation `{}` has no text", situation.name());
        findings.error("missing-message", TableId::Messages, None, message);
    }
    for field in Field::ALL.iter().filter(|f| !labels.field_names.contains_key(f)) {
        let message = format!("the field {} has no name", field.name());
        findings.error("missing-field-name", TableId::FieldNames, None, message);
    }
    if reference.identity.datasets.contains(&Dataset::Apc) {
        for field in CODED_FIELDS {
            if !labels.values.of(field.name()).any(|(_, row)| row.accepted) {
                let message = format!("the field {} has no accepted value", field.name());
                findings.error("missing-value-set", TableId::ValueSets, None, message);
            }
        }
    }
    for (table, line, hrg, kind) in named_hrgs(reference) {
        match labels.hrgs.get(&hrg) {
            None => findings.error("unknown-hrg", table, Some(line), format!("{hrg} is not in hrgs.csv")),
            Some(row) if row.kind != kind && hrg != Hrg::INVALID => {
                let message =
                    format!("{hrg} is of the wrong kind here: a core HRG and an unbundled one are not the same");
                findings.error("wrong-kind", table, Some(line), message);
            }
            Some(_) => {}
        }
    }
}

/// Every HRG that a table can give, with the row and the kind it must be of.
fn named_hrgs(reference: &Reference) -> Vec<(TableId, u32, Hrg, Kind)> {
    let mut named = Vec::new();
    let mut add = |table, line, hrg, kind| named.push((table, line, hrg, kind));
    for row in reference.splits.values().flat_map(|root| &root.rows) {
        add(row.table, row.line, row.value.hrg, Kind::Core);
    }
    for row in reference.trauma.matrix.iter().chain(&reference.burns.matrix) {
        add(row.table, row.line, row.value.hrg, Kind::Core);
    }
    for row in reference.burns.rules.iter().chain(&reference.unbundling.global_exceptions) {
        add(row.table, row.line, row.value.then, Kind::Core);
    }
    let unbundling = &reference.unbundling;
    for row in unbundling.procedures.rows().iter().chain(unbundling.diagnoses.rows()) {
        add(row.table, row.line, row.value.fact.then.hrg, Kind::Unbundled);
    }
    let other = &reference.other;
    for row in other.wf.values().chain(other.em.values()) {
        add(row.table, row.line, row.value, Kind::Core);
    }
    for row in &other.renal {
        add(row.table, row.line, row.value.hrg, Kind::Core);
    }
    for row in &other.acc {
        add(row.table, row.line, row.value.1, Kind::Unbundled);
    }
    for row in other.pcc.iter().chain(&other.ncc) {
        add(row.table, row.line, row.value.then, Kind::Unbundled);
    }
    named
}
