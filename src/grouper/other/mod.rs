//! The six logics besides admitted patient care, one file each: one record in, one HRG out, no spell level.
//!
//! Source: 04. All six validate every field, report everything, and give `UZ01Z` when a record cannot be grouped.
//! `logic` is what they have in common for whoever asks, `answer` puts results into words. `check` holds what they share of validation; `day` what the two daily critical care logics share; `period` links
//! critical care days.

mod acc;
pub mod answer;
mod check;
mod day;
mod em;
mod em_codes;
pub mod logic;
mod nac;
mod ncc;
mod nrd;
mod pcc;
mod period;

pub use acc::group_acc;
pub use answer::{DayAnswer, DaysGrouping, RecordAnswer, RecordGrouping};
pub use check::{date, with_leading_zero};
pub use em::{AMBIGUOUS as AMBIGUOUS_TREATMENTS, group_em};
pub use logic::{Logic, answer, answer_days};
pub use nac::group_nac;
pub use ncc::group_ncc;
pub use nrd::group_nrd;
pub use pcc::group_pcc;
pub use period::{CareDay, day_order, periods};

use super::grouping::{Message, Method, Unbundled};
use crate::record::{Opcs4, Word};
use crate::reference::{Hrg, Reference, RowRef, TableId};
use crate::trace::{Blank, Copied, Draft, Say, say};

/// The result of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordResult {
    /// The HRG; `UZ01Z` when the record is invalid for grouping.
    pub hrg: Hrg,
    /// GroupingMethodFlag; only outpatients have one.
    pub method: Option<Method>,
    /// DominantProcedure; outpatients only.
    pub dominant_procedure: Option<Opcs4>,
    /// AttendanceHRG: what the attendance alone would give; outpatients in payment releases only.
    pub attendance_hrg: Option<Hrg>,
    /// Unbundled HRGs in the order they arose; outpatients only.
    pub unbundled: Vec<Unbundled>,
    /// Everything wrong with the record.
    pub messages: Vec<Message>,
    /// Calc_CC_Days, -1 where it cannot be calculated; adult critical care only.
    pub calc_cc_days: Option<i64>,
    /// CC_Warning_Flag; adult critical care only.
    pub cc_warning: bool,
}

impl RecordResult {
    /// A result with its messages and nothing else.
    fn new(hrg: Hrg, messages: Vec<Message>) -> RecordResult {
        RecordResult {
            hrg,
            method: None,
            dominant_procedure: None,
            attendance_hrg: None,
            unbundled: Vec::new(),
            messages,
            calc_cc_days: None,
            cc_warning: false,
        }
    }
}

/// Whether the messages leave the record ungroupable.
fn are_fatal(messages: &[Message]) -> bool {
    messages.iter().any(|message| message.fatal)
}

/// The failed step that says a message of an error category.
fn failure<'p, 'r>(step: Blank<'p, 'r>, name: &'static str, why: &'static str, message: &Message) -> Draft<'p, 'r> {
    message.told(step.failed(name, say!("The record is UZ01Z: {} ({})", why, Copied(&message.text))))
}

/// The step that gives a record its HRG, `how` being how it was reached.
fn outcome<'p, 'r>(
    step: Blank<'p, 'r>,
    name: &'static str,
    hrg: Hrg,
    how: impl Say<'r>,
    reference: &'r Reference,
) -> Draft<'p, 'r> {
    step.applied(name, say!("{} ({}): {}", hrg, reference.labels.hrg(hrg), how)).fact("hrg", hrg)
}

/// What a value of a value set means, in plain words.
fn in_words<'r>(set: &str, value: Word, reference: &'r Reference) -> &'r str {
    reference.labels.values.get(set, value).map_or("", |row| &row.label)
}

/// The row of a value of a value set, where the release has one.
fn value_row<'r>(set: &str, value: Word, reference: &'r Reference) -> Option<RowRef<&'r str>> {
    let row = reference.labels.values.get(set, value)?;
    Some(RowRef { table: TableId::ValueSets, row: &row.id })
}
