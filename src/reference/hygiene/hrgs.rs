//! HRGs that no record can reach, and cells of matrices that none can.
//!
//! Besides the splits, an HRG is given by a cell of a matrix, by a rule, by unbundling, or by a logic of itself.

use super::reach::Reached;
use super::sums::{Sums, distinct};
use crate::record::{Field, Word};
use crate::reference::check::Findings;
use crate::reference::options::{Degree, EmAbsentSide, EmDeadOnArrival, Switch};
use crate::reference::other::EmCategory;
use crate::reference::row::{CodeTable, Row};
use crate::reference::trauma::Cell;
use crate::reference::{Dataset, Hrg, Reference, TableId};
use rustc_hash::{FxHashMap, FxHashSet};

/// What is known of the release by now.
struct Given<'f> {
    hrgs: FxHashSet<Hrg>,
    findings: &'f mut Findings,
    /// Rules that decide nothing, by file and line.
    dead: FxHashSet<(String, u32)>,
}

impl Given<'_> {
    fn cell<T>(&mut self, row: &Row<T>, hrg: Hrg, reached: bool, why: &str) {
        if reached {
            self.hrgs.insert(hrg);
        } else {
            let message = format!("no record reaches the cell {} ({hrg}): {why}", row.id);
            self.findings.warning("unreachable-cell", row.table, Some(row.line), message);
        }
    }

    fn rule<T>(&mut self, row: &Row<T>, hrg: Hrg) {
        if !self.dead.contains(&(format!("tables/{}", row.table.file()), row.line)) {
            self.hrgs.insert(hrg);
        }
    }
}

/// Notes the cells and HRGs that no record can reach. The findings on rules must have been made before.
pub(super) fn check(reference: &Reference, reached: &Reached, findings: &mut Findings) {
    let dead = findings
        .0
        .iter()
        .filter(|f| matches!(f.code, "shadowed-rule" | "duplicate-rule" | "rule-never-holds" | "rule-never-asked"));
    let dead = dead.filter_map(|f| Some((f.file.clone(), f.row?))).collect();
    let mut given = Given { hrgs: reached.hrgs.clone(), findings, dead };
    given.hrgs.insert(Hrg::INVALID);
    let serves = |dataset| reference.identity.datasets.contains(&dataset);
    if serves(Dataset::Apc) {
        trauma(reference, &mut given);
        burns(reference, &mut given);
    }
    for row in &reference.unbundling.global_exceptions {
        given.rule(row, row.value.then);
    }
    let unbundling = &reference.unbundling;
    for row in unbundling.procedures.rows().iter().chain(unbundling.diagnoses.rows()) {
        given.rule(row, row.value.fact.then.hrg);
    }
    let other = &reference.other;
    for row in other.pcc.iter().chain(&other.ncc) {
        given.rule(row, row.value.then);
    }
    for row in other.wf.values() {
        let accepted = reference.labels.accepts(Field::Firstatt, first_attendance(row));
        given.cell(row, row.value, accepted, "its first attendance is not accepted");
    }
    for row in &other.acc {
        given.cell(row, row.value.1, row.value.0.min <= ORGANS, "there are six organ systems");
    }
    if serves(Dataset::Em) {
        emergency(reference, &mut given);
    }
    if serves(Dataset::Nrd) {
        renal(reference, &mut given);
    }
    of_themselves(reference, &mut given);
    let Given { hrgs, findings, .. } = given;
    let named: FxHashSet<Hrg> = reference.splits.values().flat_map(|s| &s.rows).map(|row| row.value.hrg).collect();
    for (hrg, row) in reference.labels.hrgs.iter().filter(|(hrg, _)| !hrgs.contains(hrg)) {
        let why = match reference.splits.get(&hrg.root()) {
            Some(_) if named.contains(hrg) && !reached.root(hrg.root()) => "no code leads to its root",
            _ if named.contains(hrg) => "its row in the splits is never reached",
            _ => "no row that decides gives it",
        };
        findings.warning("unreachable-hrg", TableId::Hrgs, Some(row.line), format!("no record reaches {hrg}: {why}"));
    }
}

/// The organ systems of adult critical care.
const ORGANS: u32 = 6;

/// The value of FIRSTATT in the id of a cell, `1/uni`.
fn first_attendance(row: &Row<Hrg>) -> Word {
    row.id.split('/').next().and_then(Word::new).unwrap_or(Word::EMPTY)
}

/// The sums that a score table comes to, told apart below the highest value that a band begins or ends with.
fn sums(limits: impl Iterator<Item = crate::reference::Band>) -> Sums {
    let limits = limits.flat_map(|band| [Some(band.min), band.max.map(|max| max.saturating_add(1))]).flatten();
    Sums::none(limits.max().unwrap_or(0).min(10_000))
}

/// Diagnoses count once each; procedures each time.
fn add_table(sums: &mut Sums, table: &CodeTable<u32>, repeats: bool) {
    for row in table.rows() {
        sums.add(row.value.fact, if repeats { None } else { distinct(row.value.pattern) });
    }
}

fn trauma(reference: &Reference, given: &mut Given<'_>) {
    let trauma = &reference.trauma;
    let sites: FxHashSet<u8> = trauma.sites.rows().iter().map(|row| row.value.fact).collect();
    let mut severity = sums(trauma.matrix.iter().map(|row| row.value.severity));
    let mut intervention = sums(trauma.matrix.iter().map(|row| row.value.intervention));
    add_table(&mut severity, &trauma.diagnosis_scores, false);
    add_table(&mut intervention, &trauma.procedure_scores, true);
    matrix(&trauma.matrix, sites.len() > 1, "two body sites with injuries", [&severity, &intervention], given);
}

fn burns(reference: &Reference, given: &mut Given<'_>) {
    let burns = &reference.burns;
    let triggers = |degree| degree != Degree::None && reference.options.burns_trigger_degrees.contains(&degree);
    let mut severity = sums(burns.matrix.iter().map(|row| row.value.severity));
    let mut intervention = sums(burns.matrix.iter().map(|row| row.value.intervention));
    for row in burns.diagnoses.rows() {
        severity.add(row.value.fact.score, distinct(row.value.pattern));
    }
    add_table(&mut severity, &burns.surface_areas, false);
    for row in &burns.escalation {
        severity.add(row.value.then, Some(1));
    }
    add_table(&mut intervention, &burns.procedures, true);
    let any = burns.diagnoses.rows().iter().any(|row| triggers(row.value.fact.degree));
    matrix(&burns.matrix, any, "a burn of a degree that the logic is for", [&severity, &intervention], given);
    for row in burns.rules.iter().filter(|_| any) {
        given.rule(row, row.value.then);
    }
}

fn matrix(cells: &[Row<Cell>], triggered: bool, trigger: &str, sums: [&Sums; 2], given: &mut Given<'_>) {
    let [severity, intervention] = sums;
    for row in cells {
        let cell = &row.value;
        let reached = triggered && severity.meet(cell.severity) && intervention.meet(cell.intervention);
        let why = if triggered {
            "no record comes to such scores".to_owned()
        } else {
            format!("the release lacks {trigger}")
        };
        given.cell(row, cell.hrg, reached, &why);
    }
}

fn emergency(reference: &Reference, given: &mut Given<'_>) {
    let other = &reference.other;
    let categories = |rows: &FxHashMap<Word, Row<EmCategory>>| -> FxHashSet<u8> {
        rows.values().map(|row| row.value.category).chain([0]).collect()
    };
    let (investigations, treatments) = (categories(&other.investigations), categories(&other.treatments));
    let refuses = reference.options.em_absent_side == EmAbsentSide::Error;
    for ((investigation, treatment), row) in &other.em {
        // Beside a treatment of category 5 investigations make no difference.
        let absent = matches!((investigation, treatment), (0, 1..5) | (1.., 0));
        if refuses && absent {
            given.cell(row, row.value, false, "a side is absent, which the release takes for an error");
        } else {
            let there = investigations.contains(investigation) && treatments.contains(treatment);
            given.cell(row, row.value, there, "no code has these categories");
        }
    }
}

/// The first cell that holds decides; a cell is reached when some classes, virus status and age come to it.
fn renal(reference: &Reference, given: &mut Given<'_>) {
    let cells = &reference.other.renal;
    let classes = |field: Field| -> Vec<Option<&str>> {
        let of_field = reference.other.renal_classes.iter().filter(|((f, _), _)| *f == field);
        let accepted = of_field.filter(|((_, code), _)| reference.labels.accepts(field, *code));
        let named: FxHashSet<&str> = accepted.map(|(_, row)| &*row.value).collect();
        named.into_iter().map(Some).chain([None]).collect()
    };
    let ages: Vec<u32> = cells
        .iter()
        .flat_map(|row| [Some(row.value.age.min), row.value.age.max.map(|m| m + 1)])
        .flatten()
        .chain([0])
        .collect();
    let fits = |wanted: Option<&str>, class: Option<&str>| wanted.is_none() || wanted == class;
    let mut hit: FxHashSet<u32> = FxHashSet::default();
    let (sites, accesses) = (classes(Field::Renalsite), classes(Field::Renalaccess));
    for modality in classes(Field::Renalmod) {
        for site in &sites {
            for access in &accesses {
                for virus in [false, true] {
                    let first = |age: &u32| {
                        cells.iter().find(|row| {
                            let cell = &row.value;
                            modality == Some(&*cell.modality)
                                && fits(cell.site.as_deref(), *site)
                                && fits(cell.access.as_deref(), *access)
                                && cell.virus.is_none_or(|v| v == virus)
                                && cell.age.contains(*age)
                        })
                    };
                    hit.extend(ages.iter().filter_map(first).map(|row| row.line));
                }
            }
        }
    }
    for row in cells {
        given.cell(
            row,
            row.value.hrg,
            hit.contains(&row.line),
            "no accepted codes have its classes, or an earlier cell holds them all",
        );
    }
}

/// HRGs that a logic gives without a row: a patient brought in dead, dental treatment, an enhanced care day, the older
/// neonatal rules.
fn of_themselves(reference: &Reference, given: &mut Given<'_>) {
    let serves = |dataset| reference.identity.datasets.contains(&dataset);
    let options = &reference.options;
    let dental = reference.other.treatments.values().any(|row| row.value.dental);
    let own = [
        ("VB99Z", serves(Dataset::Em) && options.em_dead_on_arrival == EmDeadOnArrival::Grouped),
        ("VB10Z", serves(Dataset::Em) && dental),
        ("XB09Z", serves(Dataset::Pcc)),
        ("XA01Z", serves(Dataset::Ncc) && options.ncc_age_weight_rules == Switch::On),
        ("XA02Z", serves(Dataset::Ncc) && options.ncc_age_weight_rules == Switch::On),
    ];
    given.hrgs.extend(own.into_iter().filter(|(_, gives)| *gives).filter_map(|(hrg, _)| Hrg::parse(hrg)));
}
