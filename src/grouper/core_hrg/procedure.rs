//! A9 to A12 (S9, S11): the dominant procedure, its root, and the flip when the stay was too long for it.
//!
//! Source: 03 A9-A12. Highest hierarchy wins, the first recorded on a tie; 5 or more drives. The next in rank is never
//! tried.

use super::PlacedMessage;
use crate::grouper::case::{Case, CaseFacts};
use crate::grouper::grouping::Message;
use crate::reference::codes::ZeroKind;
use crate::reference::options::Ph0ErrorScope;
use crate::reference::row::{ByCode, Misses, Row, Rule, first_match};
use crate::reference::{Reference, Root, Situation};
use crate::trace::{Blank, Copied, Draft, Joined, Recorder, Say, counted, say};

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
pub fn attempt<'r, R: Recorder<'r>>(case: &Case<'r>, reference: &'r Reference, recorder: &mut R) -> Attempt {
    let messages = zero_errors(case, reference);
    let winner = dominant(case, THRESHOLD);
    recorder.step(|step| ranking(step, case, winner, THRESHOLD, &messages));
    let (Some(subject), true) = (winner, messages.is_empty()) else {
        return Attempt::Not { flipped: None, messages };
    };
    match root(case, subject, reference, recorder) {
        Some(root) if stays_within(case, subject, root, reference, recorder) => Attempt::Driven { subject, root },
        _ => Attempt::Not { flipped: Some(subject), messages },
    }
}

/// A10: the root of a procedure.
pub fn root<'r, R: Recorder<'r>>(
    case: &Case<'r>,
    subject: usize,
    reference: &'r Reference,
    recorder: &mut R,
) -> Option<Root> {
    let procedure = case.procedures.get(subject)?;
    let rules = reference.codes.procedure_rules.rows_for(procedure.key);
    let mut misses = Misses::default();
    let rule = first_match(rules, &CaseFacts::about(case, subject), R::ON.then_some(&mut misses));
    let root = rule.map(|rule| rule.value.fact.then).or(procedure.row.value.fact.root)?;
    recorder.step(|step| {
        let (code, label) = (procedure.code, &procedure.row.value.fact.label);
        let (how, row) = (by_rule_or_base(rule), rule.map_or(procedure.row.cite(), Row::cite));
        let stem = reference.splits.get(&root).map_or("", |splits| &splits.label);
        step.applied("A10", say!("{} ({}) leads to root {} ({}) {}", code, label, root, stem, how))
            .about("root", procedure.field, code, root)
            .cite(Some(row))
            .misses(&misses)
    });
    Some(root)
}

/// A11: whether the stay allows the procedure to drive.
fn stays_within<'r, R: Recorder<'r>>(
    case: &Case<'r>,
    subject: usize,
    root: Root,
    reference: &'r Reference,
    recorder: &mut R,
) -> bool {
    let limit = reference.max_stays.get(&root);
    let within = limit.is_none_or(|limit| case.stay <= limit.value);
    let code = case.procedures.get(subject).map(|p| p.code);
    recorder.step(|step| {
        let stay = case.stay;
        let days = counted(stay, "day", "days");
        let step = match limit {
            None => step.passed("A11", say!("{} has no maximum stay", root)),
            Some(limit) if within => {
                step.passed("A11", say!("The stay of {} is within the maximum of {} for {}", days, limit.value, root))
            }
            Some(limit) => step.applied(
                "A11",
                say!(
                    "Procedure {} would have given root {} but the stay of {} exceeds its maximum of {}; grouped by diagnosis",
                    code,
                    root,
                    days,
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
        recorder.step(|step| {
            step.applied("A12", say!("Procedure-driven: {} is the dominant procedure", code))
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
pub fn ranking<'p, 'r>(
    step: Blank<'p, 'r>,
    case: &Case<'r>,
    winner: Option<usize>,
    threshold: u8,
    messages: &[PlacedMessage],
) -> Draft<'p, 'r> {
    let candidates = || case.procedures.iter().filter(|p| !p.set_aside);
    let best = winner.and_then(|i| case.procedures.get(i));
    let mut step =
        match (best, messages.first()) {
            (_, Some((_, message))) => {
                let (code, field) = (Copied(&message.code), message.field);
                let why = "cannot be grouped by, and no procedure of a hierarchy is recorded";
                step.failed("A9", say!("{} in {} {}", code, field, why))
            }
            (Some(best), None) => {
                let mut tied = candidates().filter(|p| p.ph() == best.ph() && p.field != best.field).peekable();
                let is_tied = tied.peek().is_some();
                let tied = Joined(", ", tied.map(|p| p.code));
                let tie = is_tied.then(|| say!("; tie with {} broken by recorded order", tied));
                let label = &best.row.value.fact.label;
                step.applied("A9", say!("{} ({}) has the highest hierarchy, {}{}", best.code, label, best.ph(), tie))
                    .of("dominant", best, best.ph())
            }
            (None, None) if candidates().next().is_none() => step.passed("A9", "No procedure is left to drive the HRG"),
            (None, None) => step.passed("A9", say!("No procedure reaches the threshold of {}", threshold)),
        };
    for procedure in candidates() {
        let (code, ph, row) = (procedure.code, procedure.ph(), Some(procedure.row.cite()));
        step = step.of("hierarchy", procedure, ph);
        step = match best {
            Some(best) if std::ptr::eq(best, procedure) => step.cite(row),
            Some(best) => {
                let found = say!("hierarchy {} in {}", ph, procedure.field);
                if ph == best.ph() {
                    step.turn_down(code, row, say!("recorded before {}", best.field), found)
                } else {
                    step.turn_down(code, row, say!("hierarchy > {}", best.ph()), found)
                }
            }
            None => step.turn_down(code, row, say!("hierarchy >= {}", threshold), say!("hierarchy {}", ph)),
        };
    }
    step
}

/// How a code came to its root: by a rule, or else by its base mapping.
pub(super) fn by_rule_or_base<'r>(rule: Option<&'r Row<ByCode<Rule<Root>>>>) -> impl Say<'r> {
    let by_rule = rule.map(|rule| say!("by rule {} ({})", &*rule.id, &rule.value.fact.when));
    say!("{}{}", by_rule, rule.is_none().then_some("by its base mapping"))
}
