//! The six logics seen from outside: a record that can be grouped, and critical care days that are linked.

use super::{
    DayAnswer, DaysGrouping, RecordAnswer, RecordGrouping, RecordResult, group_acc, group_em, group_nac, group_ncc,
    group_nrd, group_pcc, periods,
};
use crate::grouper::answer::{ReferenceAnswer, trace};
use crate::record::{RawAcc, RawEm, RawNac, RawNccDay, RawNrd, RawPccDay};
use crate::reference::{Dataset, Reference};
use crate::trace::{Explain, Off, Recorder, Recording, Trace};

/// A record of one of the six logics.
pub trait Logic: Sized {
    /// The logic.
    const DATASET: Dataset;

    /// Groups the record. Bad patient data is a result, never an error.
    fn group<'r, R: Recorder<'r>>(&self, reference: &'r Reference, recorder: &mut R) -> RecordResult;

    /// The repeated fields by name, with their lengths.
    fn lists(&self) -> Vec<(&'static str, usize)>;

    /// The critical care period of each record, from 0, by its place; nothing where records are not linked.
    fn linked(_: &[Self]) -> Option<Vec<usize>> {
        None
    }
}

macro_rules! logic {
    ($($record:ident $dataset:ident $group:ident [$($list:ident),*] $(linked by $periods:ident)?;)+) => {$(
        impl Logic for $record<'_> {
            const DATASET: Dataset = Dataset::$dataset;

            fn group<'r, R: Recorder<'r>>(&self, reference: &'r Reference, recorder: &mut R) -> RecordResult {
                $group(self, reference, recorder)
            }

            fn lists(&self) -> Vec<(&'static str, usize)> {
                vec![$((stringify!($list), self.$list.len())),*]
            }

            $(
                fn linked(records: &[Self]) -> Option<Vec<usize>> {
                    Some($periods(records))
                }
            )?
        }
    )+};
}

logic! {
    RawNac Nac group_nac [oper];
    RawEm Em group_em [inv, treat];
    RawNrd Nrd group_nrd [];
    RawAcc Acc group_acc [];
    RawPccDay Pcc group_pcc [ccac, oper, diag] linked by periods;
    RawNccDay Ncc group_ncc [ccac] linked by periods;
}

/// Groups a record and puts the result into words, with as much of the trace as is asked for.
pub fn result<'r, L: Logic>(
    record: &L,
    reference: &'r Reference,
    explain: Explain,
) -> (RecordAnswer, Option<Trace<'r>>) {
    if explain == Explain::None {
        return (RecordAnswer::of(&record.group(reference, &mut Off), reference), None);
    }
    let mut recording = Recording::default();
    let result = record.group(reference, &mut recording);
    (RecordAnswer::of(&result, reference), Some(trace(recording.into_steps(), explain, reference)))
}

/// Groups one record.
pub fn answer<'r, L: Logic>(record: &L, reference: &'r Reference, explain: Explain) -> RecordGrouping<'r> {
    let (result, trace) = result(record, reference, explain);
    RecordGrouping { reference: ReferenceAnswer::of(reference), result, trace }
}

/// Groups critical care days, each by itself, and links them into periods.
pub fn answer_days<'r, L: Logic>(days: &[L], reference: &'r Reference, explain: Explain) -> DaysGrouping<'r> {
    let periods = L::linked(days).unwrap_or_default();
    let day = |(place, day): (usize, &L)| {
        let (result, trace) = result(day, reference, explain);
        // Records that are not linked are a period each.
        DayAnswer { period: periods.get(place).copied().unwrap_or(place) + 1, result, trace }
    };
    DaysGrouping { reference: ReferenceAnswer::of(reference), days: days.iter().enumerate().map(day).collect() }
}
