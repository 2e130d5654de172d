//! A7 and S7, burns (Core 7): a burn of a triggering degree in any diagnosis position.
//!
//! Source: 03 A7; errors UZ15 of 06. Core 3 is the table `burns_escalation`.

use super::{Core, PlacedMessage};
use crate::grouper::case::{Case, CaseDiagnosis, CaseFacts};
use crate::grouper::grouping::{Message, Method};
use crate::reference::options::Degree;
use crate::reference::row::{ByCode, Row, first_match};
use crate::reference::trauma::BurnCode;
use crate::reference::{Reference, Situation};
use crate::trace::{Recorder, Step};
use rustc_hash::FxHashSet;

type BurnRow<'r> = &'r Row<ByCode<BurnCode>>;

/// The burns HRG, or its error, where the logic applies.
pub fn attempt<R: Recorder>(case: &Case<'_>, reference: &Reference, recorder: &mut R) -> Option<Core> {
    let burns = &reference.burns;
    let degrees = &reference.options.burns_trigger_degrees;
    let burn_of = |d: &CaseDiagnosis<'_>| burns.diagnoses.find(d.code.word());
    let triggers = |row: BurnRow<'_>| {
        row.value.fact.degree != Degree::None && degrees.contains(&row.value.fact.degree)
    };
    let Some(first) = case.diagnoses.iter().find(|d| burn_of(d).is_some_and(triggers)) else {
        recorder.step(|| Step::passed("A7", "No diagnosis is a burn of a degree that the burns logic is for"));
        return None;
    };
    let messages = errors(case, reference);
    if !messages.is_empty() {
        recorder.step(|| {
            let named: Vec<_> = messages.iter().map(|(_, m)| format!("{} {}", m.field, m.code)).collect();
            Step::failed(
                "A7",
                format!(
                    "Burns logic: {} lacks a stated region or area, or a body surface area code after it",
                    named.join(", ")
                ),
            )
        });
        return Some(Core::failed(messages));
    }

    let mut seen = FxHashSet::default();
    let mut severity: u32 = 0;
    for diagnosis in case.diagnoses.iter().filter(|d| seen.insert(d.code)) {
        severity += burn_of(diagnosis).map_or(0, |row| row.value.fact.score);
        severity += burns.surface_areas.find(diagnosis.code.word()).map_or(0, |row| row.value.fact);
    }
    let escalation = |severity| {
        let facts = CaseFacts { severity_score: Some(severity), ..CaseFacts::of(case) };
        burns.escalation.iter().filter(move |row| row.value.when.holds(&facts))
    };
    let base = severity;
    severity += escalation(base).map(|row| row.value.then).sum::<u32>();
    let by_procedure = |code| burns.procedures.find(code);
    let intervention: u32 =
        case.procedures.iter().filter_map(|p| by_procedure(p.code.word())).map(|row| row.value.fact).sum();

    let facts = CaseFacts { severity_score: Some(severity), ..CaseFacts::of(case) };
    let mut misses = Vec::new();
    let rule = first_match(&burns.rules, &facts, R::ON.then_some(&mut misses));
    let cell = burns.matrix.iter().find(|row| row.value.contains(case.age, severity, intervention));
    let (hrg, row) = match (rule, cell) {
        (Some(rule), _) => (rule.value.then, rule.cite()),
        (None, Some(cell)) => (cell.value.hrg, cell.cite()),
        (None, None) => return None,
    };
    recorder.step(|| {
        let how = if rule.is_some() { "by a rule before the matrix" } else { "by the matrix" };
        let label = reference.labels.hrg(hrg);
        let mut step = Step::applied(
            "A7",
            format!("Burn {} in {}: severity {severity}, interventions {intervention}, age {}; {hrg} ({label}) {how}",
                first.code, first.field, case.age),
        )
        .fact("severity_score", severity)
        .fact("intervention_score", intervention)
        .fact("age", case.age);
        for diagnosis in &case.diagnoses {
            if let Some(row) = burn_of(diagnosis) {
                let score = row.value.fact.score;
                step = step.about("burn", diagnosis.field, diagnosis.code, score).cite(Some(row.cite()));
            }
            if let Some(row) = burns.surface_areas.find(diagnosis.code.word()) {
                let score = row.value.fact;
                step = step.about("surface_area", diagnosis.field, diagnosis.code, score).cite(Some(row.cite()));
            }
        }
        for procedure in &case.procedures {
            if let Some(row) = by_procedure(procedure.code.word()) {
                let score = row.value.fact;
                step = step.about("burn_procedure", procedure.field, procedure.code, score).cite(Some(row.cite()));
            }
        }
        for row in escalation(base) {
            step = step.fact("escalation", row.value.then).cite(Some(row.cite()));
        }
        step.cite(Some(row)).misses(misses)
    });
    Some(Core::found(hrg, Method::Burns, first.episode))
}

/// UZ15: a primary burn of unstated region or area; a burn without a body surface area code after it.
fn errors(case: &Case<'_>, reference: &Reference) -> Vec<PlacedMessage> {
    let burns = &reference.burns;
    let last_area = case.diagnoses.iter().rposition(|d| burns.surface_areas.find(d.code.word()).is_some());
    let mut messages = Vec::new();
    for (i, diagnosis) in case.diagnoses.iter().enumerate() {
        let Some(row) = burns.diagnoses.find(diagnosis.code.word()) else { continue };
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
