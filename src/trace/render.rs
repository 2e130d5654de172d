//! The explanation as plain text, for a clinical coder at a terminal.

use super::say::Said;
use super::step::{Outcome, Step};
use super::view::Trace;
use std::fmt::Write;

/// Before what belongs to a step.
const INDENT: &str = "             ";

/// Writes the explanation: a heading for each episode and for the spell, one entry a step.
pub fn render(trace: &Trace<'_>) -> String {
    let mut text = String::new();
    let mut heading = None;
    for step in trace.steps.iter() {
        if heading != Some(step.episode) {
            heading = Some(step.episode);
            match step.episode {
                Some(place) => _ = writeln!(text, "\nEpisode {place}"),
                None if step.step.starts_with('S') => text.push_str("\nSpell\n"),
                None => text.push_str("\nRecord\n"),
            }
        }
        entry(&mut text, &step);
    }
    text
}

fn entry(text: &mut String, step: &Step<Said<'_>>) {
    let mark = match step.outcome {
        Outcome::Applied => ' ',
        Outcome::NotApplicable => '-',
        Outcome::Failed => '!',
    };
    let name = step.rule.map_or_else(|| step.step.to_owned(), |rule| format!("{} ({rule})", step.step));
    _ = writeln!(text, "{mark} {name:<10} {}", step.sentence);
    for fact in &step.facts {
        text.push_str(INDENT);
        if let Some(place) = fact.episode {
            _ = write!(text, "episode {place} ");
        }
        _ = match (fact.field, fact.code) {
            (Some(field), Some(code)) => write!(text, "{field} {code}: "),
            (Some(only), None) | (None, Some(only)) => write!(text, "{only}: "),
            (None, None) => Ok(()),
        };
        _ = writeln!(text, "{} = {}", fact.name, fact.value);
    }
    for other in &step.turned_down {
        _ = write!(text, "{INDENT}not {}", other.candidate);
        if let Some(row) = &other.row {
            _ = write!(text, " [{row}]");
        }
        _ = writeln!(text, ": {} does not hold (found {})", other.failed, other.found);
    }
    for change in &step.would_change {
        _ = writeln!(text, "{INDENT}> {change}");
    }
    if let Some((first, others)) = step.rows.split_first() {
        _ = write!(text, "{INDENT}rows: {first}");
        for row in others {
            _ = write!(text, ", {row}");
        }
        text.push('\n');
    }
}
