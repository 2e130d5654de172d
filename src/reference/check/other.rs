//! Check 5 for the logics besides admitted patient care, and what else they must find in a release: value sets,
//! emergency categories, and the HRG that a logic gives of itself.

use super::Findings;
use super::splits::edges;
use crate::record::{Field, Word};
use crate::reference::options::Firstatt5;
use crate::reference::other::{EmCategory, MULTI_PROFESSIONAL, RenalCell};
use crate::reference::row::Row;
use crate::reference::{Dataset, Hrg, Reference, TableId};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// The value sets that a logic looks its fields up in.
fn value_sets(dataset: Dataset) -> &'static [&'static str] {
    match dataset {
        Dataset::Apc => &[], // with the other labels
        Dataset::Nac => &["SEX", "MAINSPEF", "TRETSPEF", "FIRSTATT"],
        Dataset::Em => &["AEPATIENTGROUP", "INV", "TREAT"],
        Dataset::Nrd => &["RENALMOD", "RENALSITE", "RENALACCESS", "HBV", "HCV", "HIV"],
        Dataset::Acc => &["CCUF_ACC"],
        Dataset::Pcc => &["CCUF_PCC", "DISMETH"],
        Dataset::Ncc => &["CCUF_NCC", "DISMETH"],
    }
}

/// The highest category of an investigation: the matrix has no more rows.
const MOST_INVESTIGATION: u8 = 3;
/// The HRG of a paediatric critical care day that meets no level.
const ENHANCED: &str = "XB09Z";

pub(super) fn check(reference: &Reference, findings: &mut Findings) {
    for dataset in &reference.identity.datasets {
        for set in value_sets(*dataset) {
            if accepted(reference, set).is_empty() {
                let message = format!("{dataset} needs the value set {set}, which has no accepted value");
                findings.error("missing-value-set", TableId::ValueSets, None, message);
            }
        }
    }
    let serves = |dataset| reference.identity.datasets.contains(&dataset);
    if serves(Dataset::Nac) {
        attendances(reference, findings);
    }
    if serves(Dataset::Em) {
        let other = &reference.other;
        categories(reference, Field::Inv, &other.investigations, MOST_INVESTIGATION, findings);
        categories(reference, Field::Treat, &other.treatments, u8::MAX, findings);
        mapping(reference, findings);
    }
    if serves(Dataset::Nrd) {
        renal(&reference.other.renal, findings);
    }
    let has_enhanced = Hrg::parse(ENHANCED).is_some_and(|hrg| reference.labels.hrgs.contains_key(&hrg));
    if serves(Dataset::Pcc) && !has_enhanced {
        let message = format!("{ENHANCED}, the HRG of a day that meets no level, is not there");
        findings.error("missing-hrg", TableId::Hrgs, None, message);
    }
}

/// The values that records may bear, in order, with their lines.
fn accepted(reference: &Reference, set: &str) -> Vec<(Word, u32)> {
    let values = reference.labels.values.of(set).filter(|(_, row)| row.accepted);
    let mut values: Vec<_> = values.map(|(value, row)| (value, row.line)).collect();
    values.sort_unstable();
    values
}

/// Every SNOMED CT code comes to a national code that records may bear.
fn mapping(reference: &Reference, findings: &mut Findings) {
    for row in reference.other.snomed.rows() {
        let mapped = &row.value;
        if !reference.labels.values.get(mapped.kind.name(), mapped.code).is_some_and(|row| row.accepted) {
            let message = format!("{} comes to {} {}, which is not accepted", row.id, mapped.kind.name(), mapped.code);
            findings.error("unknown-code", row.table, Some(row.line), message);
        }
    }
}

/// Every accepted first attendance has an HRG, uni-disciplinary and multi-professional, and the release says which
/// assessments are the latter.
fn attendances(reference: &Reference, findings: &mut Findings) {
    if !reference.named_lists.iter().any(|row| *row.value.list == *MULTI_PROFESSIONAL) {
        let message = format!("there is no list `{MULTI_PROFESSIONAL}`, which outpatients need");
        findings.error("unknown-list", TableId::NamedLists, None, message);
    }
    let mut firsts: Vec<Word> = accepted(reference, "FIRSTATT").into_iter().map(|(value, _)| value).collect();
    if reference.options.firstatt_5 == Firstatt5::FollowUp {
        firsts.extend(Word::new("2").filter(|word| !firsts.contains(word)));
    }
    for first in firsts {
        for (multi, words) in [(false, "uni"), (true, "multi")] {
            if !reference.other.wf.contains_key(&(first, multi)) {
                let message = format!("no cell for first attendance {first}, {words}");
                findings.error("matrix-gap", TableId::WfMatrix, None, message);
            }
        }
    }
}

/// Every accepted code of a side has a category that the matrix knows: its own, or that of its first two digits.
fn categories(
    reference: &Reference,
    field: Field,
    rows: &FxHashMap<Word, Row<EmCategory>>,
    most: u8,
    findings: &mut Findings,
) {
    for (value, line) in accepted(reference, field.name()) {
        if !rows.contains_key(&value) && !rows.contains_key(&value.first(2)) {
            let message = format!("{} {value} is accepted and has no category", field.name());
            findings.error("missing-category", TableId::ValueSets, Some(line), message);
        }
    }
    let mut beyond: Vec<_> = rows.values().filter(|row| row.value.category > most).collect();
    beyond.sort_by_key(|row| row.line);
    for row in beyond {
        let message = format!("`{}` has category {}: the matrix ends at {most}", row.id, row.value.category);
        findings.error("bad-category", row.table, Some(row.line), message);
    }
}

/// Within the sites and accesses that the matrix names for a modality, every virus status and age meets a cell.
fn renal(cells: &[Row<RenalCell>], findings: &mut Findings) {
    let modalities: BTreeSet<&str> = cells.iter().map(|row| &*row.value.modality).collect();
    for modality in modalities {
        let own: Vec<&RenalCell> = cells.iter().map(|row| &row.value).filter(|c| *c.modality == *modality).collect();
        let sites = named(own.iter().map(|cell| cell.site.as_deref()));
        let accesses = named(own.iter().map(|cell| cell.access.as_deref()));
        for (site, access) in sites.iter().flat_map(|site| accesses.iter().map(move |access| (*site, *access))) {
            for virus in [false, true] {
                let fits = |wanted: Option<&str>, class: Option<&str>| wanted.is_none() || wanted == class;
                let there = own.iter().filter(|cell| {
                    fits(cell.site.as_deref(), site)
                        && fits(cell.access.as_deref(), access)
                        && cell.virus.is_none_or(|v| v == virus)
                });
                let ages: Vec<_> = there.map(|cell| cell.age).collect();
                let gap = edges(ages.iter().copied()).into_iter().find(|age| !ages.iter().any(|a| a.contains(*age)));
                if let Some(age) = gap {
                    let (site, access) = (site.unwrap_or("any site"), access.unwrap_or("any access"));
                    let virus = if virus { "with a virus" } else { "without a virus" };
                    let message = format!("no cell for {modality}, {site}, {access}, {virus}, age {age}");
                    findings.error("matrix-gap", TableId::NrdMatrix, None, message);
                }
            }
        }
    }
}

/// The classes that cells name; `None` where none of them does.
fn named<'c>(classes: impl Iterator<Item = Option<&'c str>>) -> Vec<Option<&'c str>> {
    let named: BTreeSet<&str> = classes.flatten().collect();
    if named.is_empty() { vec![None] } else { named.into_iter().map(Some).collect() }
}
