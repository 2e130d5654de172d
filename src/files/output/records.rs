//! The files of the six datasets besides admitted patient care, column by column. Source: 07 NAC to NCC.

use super::Finished;
use super::paths::Paths;
use super::shared::{self, RowResult, written};
use super::sheet::{Column, Line, Sheet, cell, cell_or_blank};
use crate::grouper::Method;
use crate::grouper::other::RecordResult;
use crate::reference::Dataset;

/// What a row is about: the result of its record.
type Row<'a> = &'a RecordResult;

/// The HRG under the dataset's own name for it.
fn hrg<'a>(name: &'static str) -> Column<Row<'a>> {
    Column::Value(name, |record| cell(record.hrg))
}

/// The columns of `_attend_rel`, which the `_attend` of outpatients has too.
fn attendance<'a>() -> Vec<Column<Row<'a>>> {
    vec![
        Column::RowNo,
        hrg("NAC_HRG"),
        Column::Value("GroupingMethodFlag", |record| record.method.map_or("", Method::flag).as_bytes().into()),
        Column::Value("DominantProcedure", |record| cell_or_blank(record.dominant_procedure)),
        Column::Value("AttendanceHRG", |record| cell_or_blank(record.attendance_hrg)),
    ]
}

/// The main file of a dataset.
fn main<'a>(dataset: Dataset) -> Sheet<Row<'a>> {
    let input = |own: Vec<Column<Row<'a>>>| [Column::Input, Column::RowNo].into_iter().chain(own).collect();
    match dataset {
        Dataset::Apc | Dataset::Nac => {
            let mut columns = vec![Column::Input];
            columns.extend(attendance());
            columns.extend([
                Column::Counter("AttendSSC_Ct", "AttendSSC", 5),
                Column::Counter("AttendBP_Ct", "AttendBP", 5),
                Column::Counter("AttendFlag_Ct", "AttendFlag", 5),
                Column::Repeated("UnbundledHRGs", |record: &Row<'_>| written(&record.unbundled)),
            ]);
            Sheet { suffix: "_attend.csv", columns }
        }
        Dataset::Em => Sheet { suffix: "_attend.csv", columns: input(vec![hrg("EM_HRG")]) },
        Dataset::Nrd => Sheet { suffix: "_renal.csv", columns: input(vec![hrg("NRD_HRG")]) },
        Dataset::Acc => Sheet {
            suffix: "_acc.csv",
            columns: input(vec![
                hrg("ACC_HRG"),
                Column::Value("Calc_CC_Days", |record| cell_or_blank(record.calc_cc_days)),
                Column::Value("CC_Warning_Flag", |record| if record.cc_warning { b"F" } else { b"".as_slice() }.into()),
            ]),
        },
        Dataset::Pcc => Sheet { suffix: "_pcc.csv", columns: input(vec![hrg("PCC_HRG")]) },
        Dataset::Ncc => Sheet { suffix: "_ncc.csv", columns: input(vec![hrg("NCC_HRG")]) },
    }
}

/// Writes the files of a run.
pub(super) fn write(paths: &Paths<'_>, run: &Finished<'_>, records: &[RecordResult]) -> csv::Result<()> {
    let (dataset, header) = (run.job.dataset, &run.input.header);
    let lines = || {
        let rows = run.input.rows.iter().zip(1..).zip(records);
        rows.map(|((input, number), of)| Line { input, number, iteration: 1, of })
    };
    if matches!(dataset, Dataset::Pcc | Dataset::Ncc) {
        shared::write_sort(paths, run.input)?;
    }
    main(dataset).write(paths, header, lines())?;
    let results = || {
        lines().map(|line| RowResult {
            input: line.input,
            number: line.number,
            messages: &line.of.messages,
            unbundled: &line.of.unbundled,
        })
    };
    if dataset == Dataset::Nac {
        Sheet { suffix: "_attend_rel.csv", columns: attendance() }.write(paths, header, lines())?;
        shared::write_unbundled(paths, header, results())?;
    }
    shared::write_quality(paths, header, results)
}
