//! A4 and A5: care that is split off from the core HRG, and what is left for it.
//!
//! Source: 05 unbundling, 03 A4. Every instance counts; the code and its supporting codes are set aside; diagnoses
//! never are.

use super::case::{Case, CaseFacts};
use super::grouping::{Message, Unbundled};
use super::seen::Seen;
use crate::record::{Episode, Field, FieldRef, Word};
use crate::reference::row::{Miss, RowRef, first_match};
use crate::reference::unbundling::Yield;
use crate::reference::{Hrg, Reference, Situation, TableId};
use crate::trace::{Recorder, Step, counted};

/// One thing that unbundling found, for the trace.
struct Found<'r> {
    field: FieldRef,
    code: Word,
    label: &'r str,
    row: RowRef,
    unbundled: Option<Unbundled>,
    used: Vec<String>,
    misses: Vec<Miss<'r>>,
}

/// What unbundling an episode gives. `days` is the episode whose day counts multiply an HRG.
pub fn unbundle<'r, R: Recorder>(
    case: &mut Case<'r>,
    days: Option<&Episode>,
    reference: &'r Reference,
    recorder: &mut R,
) -> (Vec<Unbundled>, Vec<Message>) {
    let mut unbundled = Vec::new();
    let mut messages = Vec::new();
    let mut found = Vec::new();
    let mut once = Seen::default();
    // A row is known by its table and its line.
    let mut take = |yields: Yield, row: (TableId, u32)| {
        let counts = !yields.once || once.insert(row);
        counts.then(|| Unbundled { hrg: yields.hrg, days: multiplier(yields.hrg, days, reference) })
    };
    for subject in 0..case.procedures.len() {
        let Some(procedure) = case.procedures.get(subject).filter(|p| !p.set_aside).copied() else { continue };
        let rules = reference.unbundling.procedures.rows_for(procedure.key);
        let mut misses = Vec::new();
        let rule = first_match(rules, &CaseFacts::about(case, subject), R::ON.then_some(&mut misses));
        let Some(rule) = rule else {
            if !rules.is_empty() {
                let code = procedure.code;
                recorder.step(|| {
                    let sentence = format!("{code} gives no unbundled HRG here and stays a candidate");
                    Step::passed("A4", sentence).misses(misses)
                });
            }
            continue;
        };
        let range = case.following(subject);
        let mut used = Vec::new();
        for (i, other) in case.procedures.iter_mut().enumerate() {
            if i == subject || range.contains(&i) {
                other.set_aside = true;
                if R::ON && i != subject {
                    used.push(format!("{} {}", other.field, other.code));
                }
            }
        }
        let yields = rule.value.fact.then;
        if yields.hrg == Hrg::INVALID {
            messages.push(Message::fatal(&reference.labels, Situation::Uz06, procedure.field, procedure.code));
        }
        let got = take(yields, (rule.table, rule.line));
        unbundled.extend(got);
        if R::ON {
            let (field, code, row) = (procedure.field, procedure.code.word(), rule.cite());
            let label = procedure.row.value.fact.label.as_str();
            found.push(Found { field, code, label, row, unbundled: got, used, misses });
        }
    }
    for diagnosis in &case.diagnoses {
        let rules = reference.unbundling.diagnoses.rows_for(diagnosis.key);
        let mut misses = Vec::new();
        if let Some(rule) = first_match(rules, &CaseFacts::of(case), R::ON.then_some(&mut misses)) {
            let got = take(rule.value.fact.then, (rule.table, rule.line));
            unbundled.extend(got);
            if R::ON {
                let (field, code, row) = (diagnosis.field, diagnosis.code.word(), rule.cite());
                let label = diagnosis.row.value.fact.label.as_str();
                found.push(Found { field, code, label, row, unbundled: got, used: Vec::new(), misses });
            }
        }
    }
    case.unbundled = unbundled.iter().map(|u| u.hrg).collect();
    record(&found, case, reference, recorder);
    (unbundled, messages)
}

/// The day count that an HRG bears. Source: 05 multiplier.
fn multiplier(hrg: Hrg, episode: Option<&Episode>, reference: &Reference) -> Option<u32> {
    let episode = episode?;
    let days = match reference.labels.hrgs.get(&hrg)?.multiplier? {
        Field::Rehabilitationdays => episode.rehabilitation_days,
        Field::Spcdays => episode.spc_days,
        _ => return None,
    };
    days.value().filter(|days| *days > 0)
}

fn record<R: Recorder>(found: &[Found<'_>], case: &Case<'_>, reference: &Reference, recorder: &mut R) {
    if found.is_empty() {
        recorder.step(|| Step::passed("A4", "No code of this record gives an unbundled HRG"));
    }
    for item in found {
        recorder.step(|| {
            let used = if item.used.is_empty() {
                String::new()
            } else {
                format!(", with its supporting codes {}", item.used.join(", "))
            };
            let (field, code, label) = (item.field, item.code, item.label);
            let step = match item.unbundled {
                Some(Unbundled { hrg: Hrg::INVALID, .. }) => Step::failed(
                    "A4",
                    format!("{code} ({label}) in {field} is too poorly coded to unbundle: the record is UZ01Z"),
                ),
                Some(unbundled) => Step::applied(
                    "A4",
                    format!(
                        "{code} ({label}) in {field} gives {unbundled} ({}){used}",
                        reference.labels.hrg(unbundled.hrg)
                    ),
                ),
                None => Step::applied("A4", format!("{code} in {field} is counted once only, and set aside{used}")),
            };
            step.about("unbundled", field, code, item.unbundled.map_or_else(String::new, |u| u.to_string()))
                .cite(Some(item.row.clone()))
                .misses(item.misses.clone())
        });
    }
    recorder.step(|| {
        let left: Vec<_> = case.procedures.iter().filter(|p| !p.set_aside).collect();
        let mut step = Step::applied(
            "A5",
            format!(
                "Left for the core HRG: {} of {}, and {}",
                left.len(),
                counted(case.procedures.len(), "procedure", "procedures"),
                counted(case.diagnoses.len(), "diagnosis", "diagnoses")
            ),
        );
        for procedure in &case.procedures {
            let state = if procedure.set_aside {
                "set aside".to_owned()
            } else if procedure.row.value.fact.supporting {
                "supporting".to_owned()
            } else {
                format!("hierarchy {}", procedure.ph())
            };
            step = step.of("procedure", procedure, state);
        }
        for diagnosis in &case.diagnoses {
            let hierarchy = format!("hierarchy {}", diagnosis.row.value.fact.dh);
            step = step.of("diagnosis", diagnosis, hierarchy);
        }
        step
    });
}
