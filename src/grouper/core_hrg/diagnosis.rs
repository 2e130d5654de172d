//! A13 (S11): the primary diagnosis drives, and the coding checks UZ01 to UZ04 on it.
//!
//! Source: 03 A13, 06 categories.

use super::PlacedMessage;
use super::procedure::by_rule_or_base;
use crate::grouper::case::{Case, CaseDiagnosis, CaseFacts};
use crate::grouper::grouping::Message;
use crate::reference::options::{DominantProcedureOnFlip, Uz02Scope};
use crate::reference::row::{Misses, Row, first_match};
use crate::reference::{Reference, Root, Situation};
use crate::trace::{Copied, Recorder, say};

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
    if situations.is_empty() {
        return Vec::new(); // as nearly always
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
pub fn record_primary_checks<'r, R: Recorder<'r>>(messages: &[PlacedMessage], recorder: &mut R) {
    for (_, message) in messages {
        recorder.step(|step| {
            let (code, text) = (Copied(&message.code), Copied(&message.text));
            message.told(step.failed("A13", say!("The primary diagnosis {} cannot be grouped: {}", code, text)))
        });
    }
}

/// Whether the release shows the procedure that lost its place to the diagnosis.
pub fn shows_flipped(reference: &Reference) -> bool {
    reference.options.dominant_procedure_on_flip == DominantProcedureOnFlip::Shown
}

/// The root of the primary diagnosis, or what is wrong with it.
pub fn attempt<'r, R: Recorder<'r>>(
    case: &Case<'r>,
    flipped: Option<usize>,
    reference: &'r Reference,
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
    let mut misses = Misses::default();
    let rule = first_match(rules, &CaseFacts::of(case), R::ON.then_some(&mut misses));
    let Some(root) = rule.map(|rule| rule.value.fact.then).or(fact.root) else { return Err(Vec::new()) };
    recorder.step(|step| {
        let row = rule.map_or(primary.row.cite(), Row::cite);
        let why = if flipped.is_some() { "after the flip" } else { "since no procedure drives" };
        let stem = reference.splits.get(&root).map_or("", |splits| &splits.label);
        let sentence = say!(
            "Diagnosis-driven {}: {} ({}) leads to root {} ({}) {}; the checks UZ01 to UZ04 are passed",
            why,
            primary.code,
            &fact.label,
            root,
            stem,
            by_rule_or_base(rule)
        );
        step.applied("A13", sentence).of("root", primary, root).cite(Some(row)).misses(&misses)
    });
    Ok(root)
}
