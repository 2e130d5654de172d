//! A13 (S11): the primary diagnosis drives, and the coding checks UZ01 to UZ04 on it.
//!
//! Source: 03 A13, 06 categories.

use super::PlacedMessage;
use crate::grouper::case::{Case, CaseDiagnosis, CaseFacts};
use crate::grouper::grouping::Message;
use crate::reference::options::{DominantProcedureOnFlip, Uz02Scope};
use crate::reference::row::first_match;
use crate::reference::{Reference, Root, Situation};
use crate::trace::{Recorder, Step};

/// The age from which a paediatric primary diagnosis is an error (UZ03).
const ADULT: u32 = 19;

/// UZ01, UZ03 and UZ04 on the primary diagnosis; UZ02 where the release checks it always. They apply to every
/// episode, whatever drives it.
pub fn check_primary(case: &Case<'_>, age_known: bool, reference: &Reference) -> Vec<PlacedMessage> {
    let Some(primary) = case.primary() else { return Vec::new() };
    let fact = &primary.row.value.fact;
    let mut situations = Vec::new();
    if fact.uz01 {
        situations.push(Situation::Uz01);
    }
    if fact.uz02 && reference.options.uz02_scope == Uz02Scope::Always {
        situations.push(Situation::Uz02);
    }
    if fact.paediatric && age_known && case.age >= ADULT {
        situations.push(Situation::Uz03);
    }
    if site_conflicts(primary, reference) {
        situations.push(Situation::Uz04);
    }
    situations.into_iter().map(|situation| message(primary, situation, reference)).collect()
}

fn message(primary: &CaseDiagnosis<'_>, situation: Situation, reference: &Reference) -> PlacedMessage {
    (primary.episode, Message::fatal(&reference.labels, situation, primary.field, primary.code))
}

/// UZ04: a fifth character that does not fit the first four.
fn site_conflicts(primary: &CaseDiagnosis<'_>, reference: &Reference) -> bool {
    let word = primary.code.word();
    let fifth = word.at(4);
    fifth != 0 && reference.codes.site_conflicts.find(word.first(4)).is_some_and(|row| !row.value.fact.contains(&fifth))
}

/// Writes down the checks that apply to every episode.
pub fn record_primary_checks<R: Recorder>(messages: &[PlacedMessage], recorder: &mut R) {
    for (_, message) in messages {
        recorder.step(|| {
            Step::failed("A13", format!("The primary diagnosis {} cannot be grouped: {}", message.code, message.text))
                .about("message", message.field, &message.code, &message.text)
        });
    }
}

/// Whether the release shows the procedure that lost its place to the diagnosis.
pub fn shows_flipped(reference: &Reference) -> bool {
    reference.options.dominant_procedure_on_flip == DominantProcedureOnFlip::Shown
}

/// The root of the primary diagnosis, or what is wrong with it.
pub fn attempt<R: Recorder>(
    case: &Case<'_>,
    flipped: Option<usize>,
    reference: &Reference,
    recorder: &mut R,
) -> Result<Root, Vec<PlacedMessage>> {
    let Some(primary) = case.primary() else { return Err(Vec::new()) };
    let fact = &primary.row.value.fact;
    let mut messages = check_primary(case, true, reference);
    if fact.uz02 && reference.options.uz02_scope == Uz02Scope::DiagnosisDriven {
        messages.push(message(primary, Situation::Uz02, reference));
    }
    if !messages.is_empty() {
        record_primary_checks(&messages, recorder);
        return Err(messages);
    }
    let rules = reference.codes.diagnosis_rules.rows_for(primary.key);
    let mut misses = Vec::new();
    let rule = first_match(rules, &CaseFacts::of(case), R::ON.then_some(&mut misses));
    let Some(root) = rule.map(|rule| rule.value.fact.then).or(fact.root) else { return Err(Vec::new()) };
    recorder.step(|| {
        let (how, row) = match rule {
            Some(rule) => (format!("by rule {} ({})", rule.id, rule.value.fact.when), rule.cite()),
            None => ("by its base mapping".to_owned(), primary.row.cite()),
        };
        let why = if flipped.is_some() { "after the flip" } else { "since no procedure drives" };
        let stem = reference.splits.get(&root).map_or("", |splits| &splits.label);
        Step::applied(
            "A13",
            format!(
                "Diagnosis-driven {why}: {} ({}) leads to root {root} ({stem}) {how}; the checks UZ01 to UZ04 are passed",
                primary.code, fact.label
            ),
        )
        .of("root", primary, root)
        .cite(Some(row))
        .misses(misses)
    });
    Ok(root)
}
