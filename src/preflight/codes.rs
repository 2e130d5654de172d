//! Codes that were retired, codes of another year, codes that no release knows.

use super::fit::{Fit, fit};
use super::{Pattern, Source, Tally, Weight, at_least};
use crate::reference::Reference;
use crate::reference::fields::Content;
use std::collections::BTreeMap;
use std::ops::Range;

/// Fewer unknown codes than this are scattered faults.
const BULK: usize = 5;

pub(super) fn look(
    source: &impl Source,
    reference: &Reference,
    others: &[&Reference],
    rows: Range<usize>,
) -> Vec<Pattern> {
    let mut found = Vec::new();
    for rule in source.dataset().fields() {
        let content = rule.content;
        if !matches!(content, Content::Diagnosis | Content::Procedure | Content::Code(_)) {
            continue;
        }
        let (mut retired, mut unknown) = (Tally::default(), Tally::default());
        let mut elsewhere: BTreeMap<&str, Tally> = BTreeMap::new();
        for column in source.columns().iter().filter(|column| column.field.field == rule.field) {
            for row in rows.clone() {
                let value = source.value(row, column);
                let is = fit(content, &value, reference);
                if is == Fit::Blank {
                    continue;
                }
                let accepting = || others.iter().find(|other| fit(content, &value, other) == Fit::Valid);
                retired.could();
                match is {
                    Fit::Valid | Fit::Blank => continue,
                    Fit::Retired | Fit::Unknown | Fit::Invalid => {}
                }
                if let Some(other) = accepting() {
                    elsewhere.entry(&other.identity.id).or_default().does(source.line(row));
                } else if is == Fit::Retired {
                    retired.does(source.line(row));
                } else if is == Fit::Unknown {
                    unknown.does(source.line(row));
                }
            }
        }
        let name = rule.field.name();
        let values = retired.of;
        for (id, tally) in elsewhere {
            let words = format!(
                "values of {name} are not accepted by this release and are by {id}: the records may be of another year"
            );
            found.push(Tally { of: values, ..tally }.pattern(
                "codes-of-another-year",
                Weight::Warning,
                Some(name),
                words,
            ));
        }
        unknown.of = values;
        if unknown.count >= BULK && at_least(5, unknown.count, values) {
            let words = format!(
                "many values of {name} have the form of codes and are in no release here: the classification of the records may be another"
            );
            found.push(unknown.pattern("unknown-codes", Weight::Warning, Some(name), words));
        }
        if retired.count > 0 {
            let words = format!("values of {name} were retired: their records fail until they are coded anew");
            found.push(retired.pattern("retired-codes", Weight::Warning, Some(name), words));
        }
    }
    found
}
