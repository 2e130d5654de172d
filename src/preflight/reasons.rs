//! How many records will fail, and why most of them will: the one part of the look that groups.

use super::{EXAMPLES, share};
use crate::grouper::Message;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How many reasons are told.
const COMMONEST: usize = 3;

/// Why records fail.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Reason {
    /// The field, without position where it repeats.
    #[schema(example = "DIAG")]
    pub field: String,
    /// The message that each of them would bear.
    #[schema(example = "Diagnosis is invalid")]
    pub message: String,
    /// How many records.
    pub count: usize,
    /// Their share of all records.
    pub share: f64,
    /// The first lines.
    pub lines: Vec<usize>,
}

/// Counts records and their messages.
#[derive(Debug, Default)]
pub struct Reasons {
    records: usize,
    failing: usize,
    by_message: BTreeMap<(&'static str, String), (usize, Vec<usize>)>,
}

impl Reasons {
    /// Counts a record on a line; a reason counts once for each record that fails.
    pub fn count(&mut self, line: usize, fails: bool, messages: &[Message]) {
        self.records += 1;
        if !fails {
            return;
        }
        self.failing += 1;
        let mut told: Vec<(&'static str, &str)> = Vec::new();
        for message in messages.iter().filter(|message| message.fatal) {
            let reason = (message.field.field.name(), message.text.as_str());
            if !told.contains(&reason) {
                told.push(reason);
                let (count, lines) = self.by_message.entry((reason.0, reason.1.to_owned())).or_default();
                *count += 1;
                if lines.len() < EXAMPLES {
                    lines.push(line);
                }
            }
        }
    }

    /// How many records there are.
    pub fn records(&self) -> usize {
        self.records
    }

    /// How many of them would be UZ01Z.
    pub fn failing(&self) -> usize {
        self.failing
    }

    /// The three commonest reasons, the commonest first.
    pub fn commonest(&self) -> Vec<Reason> {
        let mut reasons: Vec<Reason> = self
            .by_message
            .iter()
            .map(|((field, message), (count, lines))| {
                let mut lines = lines.clone();
                lines.sort_unstable();
                let share = share(*count, self.records);
                Reason { field: (*field).to_owned(), message: message.clone(), count: *count, share, lines }
            })
            .collect();
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.count)); // stable: otherwise by field and message
        reasons.truncate(COMMONEST);
        reasons
    }
}
