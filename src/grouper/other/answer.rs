//! The result of a record in words: what a service sends and a command prints, for the six logics.

use super::RecordResult;
use crate::grouper::answer::{MessageAnswer, ReferenceAnswer, UnbundledAnswer, message, unbundled};
use crate::reference::Reference;
use crate::trace::Trace;
use serde::Serialize;
use utoipa::ToSchema;

/// The result of one record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RecordResult)]
pub struct RecordAnswer {
    /// The HRG; `UZ01Z` when the record is invalid for grouping.
    #[schema(example = "VB08Z")]
    pub hrg: String,
    /// Its label.
    pub label: String,
    /// Outpatients only: `P` procedure, `G` global exception, `O` outpatient default, `U` error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grouping_method: Option<&'static str>,
    /// Outpatients only: the dominant procedure, where a procedure drives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dominant_procedure: Option<String>,
    /// Outpatients in payment releases only: what the attendance alone would give.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attendance_hrg: Option<String>,
    /// Adult critical care only: days of the period by its dates, -1 where they do not give any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calc_cc_days: Option<i64>,
    /// Adult critical care only: `F` where days and dates do not agree, else blank. The HRG stands all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cc_warning_flag: Option<&'static str>,
    /// Unbundled HRGs in order, repeats kept; only outpatients have any.
    pub unbundled: Vec<UnbundledAnswer>,
    /// Everything wrong with the record, and what is worth knowing of its codes.
    pub messages: Vec<MessageAnswer>,
}

impl RecordAnswer {
    /// The result in words.
    pub fn of(result: &RecordResult, reference: &Reference) -> RecordAnswer {
        RecordAnswer {
            hrg: result.hrg.to_string(),
            label: reference.labels.hrg(result.hrg).to_owned(),
            grouping_method: result.method.map(|method| method.flag()),
            dominant_procedure: result.dominant_procedure.map(|code| code.to_string()),
            attendance_hrg: result.attendance_hrg.map(|hrg| hrg.to_string()),
            calc_cc_days: result.calc_cc_days,
            cc_warning_flag: result.calc_cc_days.map(|_| if result.cc_warning { "F" } else { "" }),
            unbundled: unbundled(&result.unbundled, reference),
            messages: result.messages.iter().map(message).collect(),
        }
    }
}

/// The answer to one record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RecordGrouping<'r> {
    /// Which release answered.
    pub reference: ReferenceAnswer,
    /// The result.
    #[serde(flatten)]
    pub result: RecordAnswer,
    /// Why, as far as it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<Trace<'r>>,
}

/// The result of one critical care day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DayResult)]
pub struct DayAnswer<'r> {
    /// Number of the critical care period that the day belongs to, from 1. Days of one provider and identifier follow
    /// one another by activity date; a unit with another function starts a new period.
    pub period: usize,
    /// The result.
    #[serde(flatten)]
    pub result: RecordAnswer,
    /// Why, as far as it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<Trace<'r>>,
}

/// The answer to critical care days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DaysGrouping<'r> {
    /// Which release answered.
    pub reference: ReferenceAnswer,
    /// One result for each day, in input order.
    pub days: Vec<DayAnswer<'r>>,
}
