//! Leading zeros that were lost on the way, mostly in a spreadsheet.
//!
//! A value that a field does not have, and would with a zero before it, can only have lost it. Ten treatments are valid
//! as they stand and are also what is left of another: nothing in the record tells which was meant, so they are pointed
//! out, and called doubtful only where the file shows that zeros were lost. Nothing is repaired.

use super::fit::{Fit, fit};
use super::{Pattern, Source, Tally, Weight};
use crate::grouper::other::AMBIGUOUS_TREATMENTS;
use crate::record::Field;
use crate::reference::Reference;
use crate::reference::fields::Content;
use std::ops::Range;

pub(super) fn look(source: &impl Source, reference: &Reference, rows: Range<usize>) -> Vec<Pattern> {
    let mut found = Vec::new();
    for rule in source.dataset().fields() {
        // Of unit functions and activities the zero may be left out.
        let Content::Code(set) = rule.content else { continue };
        if set.starts_with("CCUF") {
            continue;
        }
        let mut lost = Tally::default();
        for column in source.columns().iter().filter(|column| column.field.field == rule.field) {
            for row in rows.clone() {
                let value = source.value(row, column);
                match fit(rule.content, &value, reference) {
                    Fit::Blank => {}
                    Fit::Invalid if has_lost_a_zero(rule.content, &value, reference) => {
                        lost.could();
                        lost.does(source.line(row));
                    }
                    _ => lost.could(),
                }
            }
        }
        if lost.count > 0 {
            let name = rule.field.name();
            let words = format!(
                "values of {name} are invalid as sent and valid with a zero before them: leading zeros seem to be lost; none is repaired"
            );
            found.push(lost.pattern("leading-zeros-lost", Weight::Error, Some(name), words));
        }
    }
    let signs = found.iter().any(|pattern| ["INV", "TREAT"].contains(&pattern.field.as_deref().unwrap_or_default()));
    found.extend(ambiguous(source, signs, rows));
    found
}

fn has_lost_a_zero(content: Content, value: &str, reference: &Reference) -> bool {
    let sent = value.trim();
    sent.bytes().all(|b| b.is_ascii_digit()) && fit(content, &format!("0{sent}"), reference) != Fit::Invalid
}

/// The ten treatments that a lost zero makes ambiguous.
fn ambiguous(source: &impl Source, signs: bool, rows: Range<usize>) -> Option<Pattern> {
    let mut tally = Tally::default();
    for column in source.columns().iter().filter(|column| column.field.field == Field::Treat) {
        for row in rows.clone() {
            let value = source.value(row, column);
            if !value.trim().is_empty() {
                tally.could();
            }
            if AMBIGUOUS_TREATMENTS.contains(&value.trim()) {
                tally.does(source.line(row));
            }
        }
    }
    let (severity, words) = if signs {
        (
            Weight::Warning,
            "treatments that are valid as they stand may have lost a zero too, as others in this file have: they are read as they stand, and send the file anew",
        )
    } else {
        (
            Weight::Note,
            "treatments are of the ten that would also be left of another code if its leading zero were lost; nothing else in this file says that zeros were lost",
        )
    };
    (tally.count > 0).then(|| tally.pattern("treatments-ambiguous", severity, Some("TREAT"), words.to_owned()))
}
