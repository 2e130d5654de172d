//! A7 and S7, burns (Core 7): a burn of a triggering degree in any diagnosis position.
//!
//! Source: 03 A7; errors UZ15 of 06. Core 3 is the table `burns_escalation`.

use super::{Core, PlacedMessage};
use crate::grouper::case::{Case, CaseDiagnosis, CaseFacts};
use crate::grouper::grouping::{Message, Method};
use crate::grouper::seen::Seen;
use crate::reference::options::Degree;
use crate::reference::row::{ByCode, Misses, Row, Rule, first_match};
use crate::reference::trauma::BurnCode;
use crate::reference::{Reference, Situation};
use crate::trace::{Copied, Draft, Joined, Recorder, say};

type BurnRow<'r> = &'r Row<ByCode<BurnCode>>;

/// The burns HRG, or its error, where the logic applies.
pub fn attempt<'r, R: Recorder<'r>>(case: &Case<'r>, reference: &'r Reference, recorder: &mut R) -> Option<Core> {
    let burns = &reference.burns;
    let degrees = &reference.options.burns_trigger_degrees;
    let burn_of = |d: &CaseDiagnosis<'_>| burns.diagnoses.find(d.key);
    let triggers = |row: BurnRow<'_>| row.value.fact.degree != Degree::None && degrees.contains(&row.value.fact.degree);
    let any = case.tens.meet(burns.diagnoses.tens());
    let Some(first) = case.diagnoses.iter().find(|d| any && burn_of(d).is_some_and(triggers)) else {
        recorder.step(|step| step.passed("A7", "No diagnosis is a burn of a degree that the burns logic is for"));
        return None;
    };
    let messages = errors(case, reference);
    if !messages.is_empty() {
        recorder.step(|step| {
            let named = Joined(", ", messages.iter().map(|(_, m)| say!("{} {}", m.field, Copied(&m.code))));
            step.failed(
                "A7",
                say!("Burns logic: {} lacks a stated region or area, or a body surface area code after it", named),
            )
        });
        return Some(Core::failed(messages));
    }

    let (severity, escalations) = severity(case, reference);
    let intervention: u32 =
        case.procedures.iter().filter_map(|p| burns.procedures.find(p.key)).map(|row| row.value.fact).sum();
    let facts = CaseFacts { severity_score: Some(severity), ..CaseFacts::of(case) };
    let mut misses = Misses::default();
    let rule = first_match(&burns.rules, &facts, R::ON.then_some(&mut misses));
    let cell = burns.matrix.iter().find(|row| row.value.contains(case.age, severity, intervention));
    let (hrg, row, how) = match (rule, cell) {
        (Some(rule), _) => (rule.value.then, rule.cite(), "by a rule before the matrix"),
        (None, Some(cell)) => (cell.value.hrg, cell.cite(), "by the matrix"),
        (None, None) => return None,
    };
    recorder.step(|step| {
        let label = reference.labels.hrg(hrg);
        let (code, field, age) = (first.code, first.field, case.age);
        let scores = say!("severity {}, interventions {}, age {}", severity, intervention, age);
        let step = step
            .applied("A7", say!("Burn {} in {}: {}; {} ({}) {}", code, field, scores, hrg, label, how))
            .fact("severity_score", severity)
            .fact("intervention_score", intervention)
            .fact("age", age)
            .fact("hrg", hrg);
        let step =
            escalations.iter().fold(step, |step, row| step.fact("escalation", row.value.then).cite(Some(row.cite())));
        scored_codes(step, case, reference).cite(Some(row)).misses(&misses)
    });
    Some(Core::found(hrg, Method::Burns, first.episode))
}

/// The severity score over the distinct diagnoses, with the escalation rules (Core 3) that added to it.
fn severity<'r>(case: &Case<'_>, reference: &'r Reference) -> (u32, Vec<&'r Row<Rule<u32>>>) {
    let burns = &reference.burns;
    let mut seen = Seen::default();
    let mut base: u32 = 0;
    for diagnosis in case.diagnoses.iter().filter(|d| seen.insert(d.code)) {
        base += burns.diagnoses.find(diagnosis.key).map_or(0, |row| row.value.fact.score);
        base += burns.surface_areas.find(diagnosis.key).map_or(0, |row| row.value.fact);
    }
    let facts = CaseFacts { severity_score: Some(base), ..CaseFacts::of(case) };
    let escalations: Vec<_> = burns.escalation.iter().filter(|row| row.value.when.holds(&facts)).collect();
    (base + escalations.iter().map(|row| row.value.then).sum::<u32>(), escalations)
}

/// Every code that scored, with its row.
fn scored_codes<'p, 'r>(mut step: Draft<'p, 'r>, case: &Case<'r>, reference: &'r Reference) -> Draft<'p, 'r> {
    let burns = &reference.burns;
    for diagnosis in &case.diagnoses {
        if let Some(row) = burns.diagnoses.find(diagnosis.key) {
            let score = row.value.fact.score;
            step = step.of("burn", diagnosis, score).cite(Some(row.cite()));
        }
        if let Some(row) = burns.surface_areas.find(diagnosis.key) {
            let score = row.value.fact;
            step = step.of("surface_area", diagnosis, score).cite(Some(row.cite()));
        }
    }
    for procedure in &case.procedures {
        if let Some(row) = burns.procedures.find(procedure.key) {
            let score = row.value.fact;
            step = step.of("burn_procedure", procedure, score).cite(Some(row.cite()));
        }
    }
    step
}

/// UZ15: a primary burn of unstated region or area; a burn without a body surface area code after it.
fn errors(case: &Case<'_>, reference: &Reference) -> Vec<PlacedMessage> {
    let burns = &reference.burns;
    let last_area = case.diagnoses.iter().rposition(|d| burns.surface_areas.find(d.key).is_some());
    let mut messages = Vec::new();
    for (i, diagnosis) in case.diagnoses.iter().enumerate() {
        let Some(row) = burns.diagnoses.find(diagnosis.key) else { continue };
        let burn = &row.value.fact;
        let unstated = Some(i) == case.primary && (burn.region_unspecified || burn.area_unspecified);
        let without_area = burn.degree != Degree::None && last_area.is_none_or(|last| last < i);
        if unstated || without_area {
            let message = Message::fatal(&reference.labels, Situation::Uz15, diagnosis.field, diagnosis.code);
            messages.push((diagnosis.episode, message));
        }
    }
    messages
}
