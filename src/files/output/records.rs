//! The files of the six datasets besides admitted patient care, column by column. Source: 07 NAC to NCC.

use super::Book;
use super::shared::{self, RowResult, unbundled};
use super::sheet::{Column, Line, Sheet, word};
use crate::files::row;
use crate::grouper::Method;
use crate::grouper::other::RecordResult;
use crate::reference::Dataset;

/// What a row is about: the result of its record.
type Row<'a> = &'a RecordResult;

/// The HRG under the dataset's own name for it.
fn hrg<'a>(name: &'static str) -> Column<Row<'a>> {
    Column::Value(name, |record, page| word(record.hrg.word(), page))
}

/// The columns of `_attend_rel`, which the `_attend` of outpatients has too.
fn attendance<'a>() -> Vec<Column<Row<'a>>> {
    vec![
        Column::RowNo,
        hrg("NAC_HRG"),
        Column::Value("GroupingMethodFlag", |record, page| {
            page.extend_from_slice(record.method.map_or("", Method::flag).as_bytes());
        }),
        Column::Value("DominantProcedure", |record, page| {
            record.dominant_procedure.iter().for_each(|code| word(code.word(), page));
        }),
        Column::Value("AttendanceHRG", |record, page| {
            record.attendance_hrg.iter().for_each(|hrg| word(hrg.word(), page));
        }),
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
                Column::Repeated("UnbundledHRGs", |record: &Row<'_>, place, page| {
                    unbundled(&record.unbundled, place, page)
                }),
            ]);
            Sheet { suffix: "_attend.csv", columns }
        }
        Dataset::Em => Sheet { suffix: "_attend.csv", columns: input(vec![hrg("EM_HRG")]) },
        Dataset::Nrd => Sheet { suffix: "_renal.csv", columns: input(vec![hrg("NRD_HRG")]) },
        Dataset::Acc => Sheet {
            suffix: "_acc.csv",
            columns: input(vec![
                hrg("ACC_HRG"),
                Column::Number("Calc_CC_Days", |record| record.calc_cc_days),
                Column::Value("CC_Warning_Flag", |record, page| page.extend(record.cc_warning.then_some(b'F'))),
            ]),
        },
        Dataset::Pcc => Sheet { suffix: "_pcc.csv", columns: input(vec![hrg("PCC_HRG")]) },
        Dataset::Ncc => Sheet { suffix: "_ncc.csv", columns: input(vec![hrg("NCC_HRG")]) },
    }
}

/// Writes the pages of some records.
pub(super) fn write(book: &mut Book<'_>, rows: &[row::Line<'_, '_>], records: &[RecordResult]) {
    let (dataset, before) = (book.dataset, book.before);
    let lines = || {
        let rows = rows.iter().zip(before + 1..).zip(records);
        rows.map(|((input, number), of)| Line { input, number, iteration: 1, of })
    };
    if matches!(dataset, Dataset::Pcc | Dataset::Ncc) {
        shared::write_sort(book, rows);
    }
    main(dataset).write(book, lines());
    let results = || {
        lines().map(|line| RowResult {
            input: line.input,
            number: line.number,
            messages: &line.of.messages,
            unbundled: &line.of.unbundled,
        })
    };
    if dataset == Dataset::Nac {
        Sheet { suffix: "_attend_rel.csv", columns: attendance() }.write(book, lines());
        shared::write_unbundled(book, results());
    }
    shared::write_quality(book, results);
}
