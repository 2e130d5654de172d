//! The explanation as plain text, for a clinical coder at a terminal.

use super::say::Said;
use super::step::{Outcome, Step};
use super::view::Trace;
use std::fmt::Write;

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
    let mut line = |words: String| _ = writeln!(text, "             {words}");
    for fact in &step.facts {
        let place = match (&fact.field, &fact.code) {
            (Some(field), Some(code)) => format!("{field} {code}: "),
            (Some(field), None) => format!("{field}: "),
            (None, Some(code)) => format!("{code}: "),
            (None, None) => String::new(),
        };
        let episode = fact.episode.map(|place| format!("episode {place} ")).unwrap_or_default();
        line(format!("{episode}{place}{} = {}", fact.name, fact.value));
    }
    for other in &step.turned_down {
        let row = other.row.as_ref().map(|row| format!(" [{row}]")).unwrap_or_default();
        line(format!("not {}{row}: {} does not hold (found {})", other.candidate, other.failed, other.found));
    }
    for change in &step.would_change {
        line(format!("> {change}"));
    }
    if !step.rows.is_empty() {
        let rows = step.rows.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        line(format!("rows: {rows}"));
    }
}
