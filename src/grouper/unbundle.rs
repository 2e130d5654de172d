//! A4 and A5: care that is split off from the core HRG, and what is left for it.
//!
//! Source: 05 unbundling, 03 A4. Every instance counts; the code and its supporting codes are set aside; diagnoses
//! never are.

use super::case::{Case, CaseFacts};
use super::grouping::{Message, Unbundled};
use super::seen::Seen;
use crate::record::{Episode, Field, FieldRef, Word};
use crate::reference::row::{Misses, RowRef, first_match};
use crate::reference::unbundling::Yield;
use crate::reference::{Hrg, Reference, Situation};
use crate::trace::{Joined, Recorder, counted, say};

/// One thing that unbundling found, for the trace.
struct Found<'r> {
    field: FieldRef,
    code: Word,
    label: &'r str,
    row: RowRef<&'r str>,
    unbundled: Option<Unbundled>,
    used: Vec<(FieldRef, Word)>,
    misses: Misses<'r>,
}

/// Writes what unbundling an episode gives over what is there, and adds what is too poorly coded. `days` is the episode whose
/// day counts multiply an HRG.
pub fn unbundle<'r, R: Recorder<'r>>(
    case: &mut Case<'r>,
    days: Option<&Episode>,
    reference: &'r Reference,
    recorder: &mut R,
    unbundled: &mut Vec<Unbundled>,
    messages: &mut Vec<Message>,
) {
    unbundled.clear();
    let mut found = Vec::new();
    let mut once = Seen::default();
    let mut take = |yields: Yield, row: RowRef<&'r str>| {
        let counts = !yields.once || once.insert(row);
        counts.then(|| Unbundled { hrg: yields.hrg, days: multiplier(yields.hrg, days, reference) })
    };
    for subject in 0..case.procedures.len() {
        let Some(procedure) = case.procedures.get(subject).filter(|p| !p.set_aside) else { continue };
        let rules = reference.unbundling.procedures.rows_for(procedure.key);
        if rules.is_empty() {
            continue;
        }
        let procedure = *procedure;
        let mut misses = Misses::default();
        let rule = first_match(rules, &CaseFacts::about(case, subject), R::ON.then_some(&mut misses));
        let Some(rule) = rule else {
            let code = procedure.code;
            recorder.step(|step| {
                step.passed("A4", say!("{} gives no unbundled HRG here and stays a candidate", code)).misses(&misses)
            });
            continue;
        };
        let range = case.following(subject);
        let mut used = Vec::new();
        for (i, other) in case.procedures.iter_mut().enumerate() {
            if i == subject || range.contains(&i) {
                other.set_aside = true;
                if R::ON && i != subject {
                    used.push((other.field, other.code.word()));
                }
            }
        }
        let yields = rule.value.fact.then;
        if yields.hrg == Hrg::INVALID {
            messages.push(Message::fatal(&reference.labels, Situation::Uz06, procedure.field, procedure.code));
        }
        let got = take(yields, rule.cite());
        unbundled.extend(got);
        if R::ON {
            let (field, code, row) = (procedure.field, procedure.code.word(), rule.cite());
            let label = procedure.row.value.fact.label.as_str();
            found.push(Found { field, code, label, row, unbundled: got, used, misses });
        }
    }
    let by_diagnosis = &reference.unbundling.diagnoses;
    let any = case.tens.meet(by_diagnosis.tens());
    for diagnosis in case.diagnoses.iter().filter(|_| any) {
        let rules = by_diagnosis.rows_for(diagnosis.key);
        if rules.is_empty() {
            continue;
        }
        let mut misses = Misses::default();
        if let Some(rule) = first_match(rules, &CaseFacts::of(case), R::ON.then_some(&mut misses)) {
            let got = take(rule.value.fact.then, rule.cite());
            unbundled.extend(got);
            if R::ON {
                let (field, code, row) = (diagnosis.field, diagnosis.code.word(), rule.cite());
                let label = diagnosis.row.value.fact.label.as_str();
                found.push(Found { field, code, label, row, unbundled: got, used: Vec::new(), misses });
            }
        }
    }
    case.unbundled.clear();
    case.unbundled.extend(unbundled.iter().map(|u| u.hrg));
    record(&found, case, reference, recorder);
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

fn record<'r, R: Recorder<'r>>(found: &[Found<'r>], case: &Case<'r>, reference: &'r Reference, recorder: &mut R) {
    if found.is_empty() {
        recorder.step(|step| step.passed("A4", "No code of this record gives an unbundled HRG"));
    }
    for item in found {
        recorder.step(|step| {
            let used = (!item.used.is_empty()).then(|| {
                let used = item.used.iter().map(|(field, code)| say!("{} {}", *field, *code));
                say!(", with its supporting codes {}", Joined(", ", used))
            });
            let (field, code, label) = (item.field, item.code, item.label);
            let step = match item.unbundled {
                Some(Unbundled { hrg: Hrg::INVALID, .. }) => step.failed(
                    "A4",
                    say!("{} ({}) in {} is too poorly coded to unbundle: the record is UZ01Z", code, label, field),
                ),
                Some(unbundled) => {
                    let given = reference.labels.hrg(unbundled.hrg);
                    step.applied(
                        "A4",
                        say!("{} ({}) in {} gives {} ({}){}", code, label, field, unbundled, given, used),
                    )
                }
                None => step.applied("A4", say!("{} in {} is counted once only, and set aside{}", code, field, used)),
            };
            step.about("unbundled", field, code, item.unbundled).cite(Some(item.row)).misses(&item.misses)
        });
    }
    recorder.step(|step| {
        let left = case.procedures.iter().filter(|p| !p.set_aside).count();
        let procedures = counted(case.procedures.len(), "procedure", "procedures");
        let diagnoses = counted(case.diagnoses.len(), "diagnosis", "diagnoses");
        let mut step = step.applied("A5", say!("Left for the core HRG: {} of {}, and {}", left, procedures, diagnoses));
        for procedure in &case.procedures {
            step = if procedure.set_aside {
                step.of("procedure", procedure, "set aside")
            } else if procedure.row.value.fact.supporting {
                step.of("procedure", procedure, "supporting")
            } else {
                step.of("procedure", procedure, say!("hierarchy {}", procedure.ph()))
            };
        }
        for diagnosis in &case.diagnoses {
            step = step.of("diagnosis", diagnosis, say!("hierarchy {}", diagnosis.row.value.fact.dh));
        }
        step
    });
}
