//! A9 to A12 (S9, S11): the dominant procedure, its root, and the flip when the stay was too long for it.
//!
//! Source: 03 A9-A12. Highest hierarchy wins, the first recorded on a tie; 5 or more drives. The next in rank is never
//! tried.

use super::PlacedMessage;
use crate::grouper::case::{Case, CaseFacts, CaseProcedure};
use crate::grouper::grouping::Message;
use crate::reference::codes::ZeroKind;
use crate::reference::condition::Failure;
use crate::reference::options::Ph0ErrorScope;
use crate::reference::row::first_match;
use crate::reference::{Reference, Root, Situation};
use crate::trace::{Recorder, Step, counted};

/// The hierarchy from which a procedure drives an admitted patient care HRG.
const THRESHOLD: u8 = 5;

/// What the procedures came to.
pub enum Attempt {
    /// A procedure drives, by index.
    Driven {
        /// The dominant procedure.
        subject: usize,
        /// Its root.
        root: Root,
    },
    /// The diagnosis drives, unless there are messages.
    Not {
        /// The procedure that lost because the stay was too long.
        flipped: Option<usize>,
        /// UZ05 or UZ06.
        messages: Vec<PlacedMessage>,
    },
}

/// The candidate of the highest hierarchy that is at least `threshold`, the first recorded on a tie.
pub fn dominant(case: &Case<'_>, threshold: u8) -> Option<usize> {
    let candidates = case.procedures.iter().enumerate().filter(|(_, p)| !p.set_aside && p.ph() >= threshold);
    // max_by_key gives the last of equals, so the order is turned round.
    candidates.rev().max_by_key(|(_, p)| p.ph()).map(|(i, _)| i)
}

/// Dominant procedure, root and flip.
pub fn attempt<R: Recorder>(case: &Case<'_>, reference: &Reference, recorder: &mut R) -> Attempt {
    let messages = zero_errors(case, reference);
    let winner = dominant(case, THRESHOLD);
    recorder.step(|| ranking(case, winner, THRESHOLD, &messages));
    let (Some(subject), true) = (winner, messages.is_empty()) else {
        return Attempt::Not { flipped: None, messages };
    };
    match root(case, subject, reference, recorder) {
        Some(root) if stays_within(case, subject, root, reference, recorder) => Attempt::Driven { subject, root },
        _ => Attempt::Not { flipped: Some(subject), messages },
    }
}

/// A10: the root of a procedure.
pub fn root<R: Recorder>(case: &Case<'_>, subject: usize, reference: &Reference, recorder: &mut R) -> Option<Root> {
    let procedure = case.procedures.get(subject)?;
    let rules = reference.codes.procedure_rules.rows_for(procedure.key);
    let mut misses = Vec::new();
    let rule = first_match(rules, &CaseFacts::about(case, subject), R::ON.then_some(&mut misses));
    let root = rule.map(|rule| rule.value.fact.then).or(procedure.row.value.fact.root)?;
    recorder.step(|| {
        let (code, label) = (procedure.code, &procedure.row.value.fact.label);
        let (how, row) = match rule {
            Some(rule) => (format!("by rule {} ({})", rule.id, rule.value.fact.when), rule.cite()),
            None => ("by its base mapping".to_owned(), procedure.row.cite()),
        };
        let stem = reference.splits.get(&root).map_or("", |splits| &splits.label);
        Step::applied("A10", format!("{code} ({label}) leads to root {root} ({stem}) {how}"))
            .about("root", procedure.field, code, root)
            .cite(Some(row))
            .misses(misses)
    });
    Some(root)
}

/// A11: whether the stay allows the procedure to drive.
fn stays_within<R: Recorder>(
    case: &Case<'_>,
    subject: usize,
    root: Root,
    reference: &Reference,
    recorder: &mut R,
) -> bool {
    let limit = reference.max_stays.get(&root);
    let within = limit.is_none_or(|limit| case.stay <= limit.value);
    recorder.step(|| {
        let stay = case.stay;
        let code = case.procedures.get(subject).map(|p| p.code.to_string()).unwrap_or_default();
        let step = match limit {
            None => Step::passed("A11", format!("{root} has no maximum stay")),
            Some(limit) if within => {
                let days = counted(stay, "day", "days");
                Step::passed("A11", format!("The stay of {days} is within the maximum of {} for {root}", limit.value))
            }
            Some(limit) => Step::applied(
                "A11",
                format!(
                    "Procedure {code} would have given root {root} but the stay of {} exceeds its maximum of {}; grouped by diagnosis",
                    counted(stay, "day", "days"),
                    counted(limit.value, "day", "days")
                ),
            ),
        };
        let step = step.fact("stay", stay).cite(limit.map(|limit| limit.cite()));
        match limit {
            Some(limit) => step.fact("max_stay", limit.value),
            None => step,
        }
    });
    if within {
        recorder.step(|| {
            let code = case.procedures.get(subject).map(|p| p.code.to_string()).unwrap_or_default();
            Step::applied("A12", format!("Procedure-driven: {code} is the dominant procedure"))
                .fact("dominant_procedure", code)
        });
    }
    within
}

/// UZ05 and UZ06: procedures of hierarchy 0 where nothing better was recorded.
pub fn zero_errors(case: &Case<'_>, reference: &Reference) -> Vec<PlacedMessage> {
    let nothing_ranked = case.procedures.iter().all(|p| p.ph() == 0);
    let first = case.procedures.iter().find(|p| !p.set_aside && p.ph() == 0);
    let in_first_position = reference.options.ph0_error_scope == Ph0ErrorScope::WhenInFirstPosition
        && first.is_some_and(|p| p.field.position == Some(1));
    let Some(procedure) = first.filter(|_| nothing_ranked || in_first_position) else {
        return Vec::new();
    };
    let situation = match procedure.row.value.fact.zero_kind {
        Some(ZeroKind::PoorlyCoded) => Situation::Uz06,
        Some(ZeroKind::Invalid) | None => Situation::Uz05,
    };
    let message = Message::fatal(&reference.labels, situation, procedure.field, procedure.code);
    vec![(procedure.episode, message)]
}

/// The candidates by rank, the winner, and why the others lost.
pub fn ranking(case: &Case<'_>, winner: Option<usize>, threshold: u8, messages: &[PlacedMessage]) -> Step {
    let candidates: Vec<&CaseProcedure<'_>> = case.procedures.iter().filter(|p| !p.set_aside).collect();
    let best = winner.and_then(|i| case.procedures.get(i));
    let mut step =
        match (best, messages.first()) {
            (_, Some((_, message))) => Step::failed(
                "A9",
                format!(
                    "{} in {} cannot be grouped by, and no procedure of a hierarchy is recorded",
                    message.code, message.field
                ),
            ),
            (Some(best), None) => {
                let tied: Vec<_> = candidates
                    .iter()
                    .filter(|p| p.ph() == best.ph() && p.field != best.field)
                    .map(|p| p.code.to_string())
                    .collect();
                let tie = if tied.is_empty() {
                    String::new()
                } else {
                    format!("; tie with {} broken by recorded order", tied.join(", "))
                };
                let label = &best.row.value.fact.label;
                Step::applied("A9", format!("{} ({label}) has the highest hierarchy, {}{tie}", best.code, best.ph()))
                    .of("dominant", best, best.ph())
            }
            (None, None) if candidates.is_empty() => Step::passed("A9", "No procedure is left to drive the HRG"),
            (None, None) => Step::passed("A9", format!("No procedure reaches the threshold of {threshold}")),
        };
    for procedure in candidates {
        step = step.of("hierarchy", procedure, procedure.ph());
        let row = Some(procedure.row.cite());
        match best {
            Some(best) if std::ptr::eq(best, procedure) => step = step.cite(row),
            Some(best) => {
                let condition = if procedure.ph() == best.ph() {
                    format!("recorded before {}", best.field)
                } else {
                    format!("hierarchy > {}", best.ph())
                };
                let found = format!("hierarchy {} in {}", procedure.ph(), procedure.field);
                step = step.turn_down(procedure.code, row, Failure { condition, found });
            }
            None => {
                let condition = format!("hierarchy >= {threshold}");
                let found = format!("hierarchy {}", procedure.ph());
                step = step.turn_down(procedure.code, row, Failure { condition, found });
            }
        }
    }
    step
}
