//! The files that several datasets have: the sorted input, quality messages, unbundled HRGs.

use super::paths::Paths;
use super::sheet::{Column, Line, Sheet, cell};
use crate::files::input::Input;
use crate::grouper::{Message, Unbundled};
use csv::ByteRecord;

/// What came of a row, as far as the shared files ask.
pub struct RowResult<'a> {
    /// The row as it was sent.
    pub input: &'a ByteRecord,
    /// RowNo.
    pub number: usize,
    /// What is wrong with it.
    pub messages: &'a [Message],
    /// Its unbundled HRGs.
    pub unbundled: &'a [Unbundled],
}

impl<'a> RowResult<'a> {
    fn line<T>(&self, iteration: usize, of: T) -> Line<'a, T> {
        Line { input: self.input, number: self.number, iteration, of }
    }

    fn lines<T>(&self, of: &'a [T]) -> impl Iterator<Item = Line<'a, &'a T>> {
        of.iter().zip(1..).map(|(of, iteration)| self.line(iteration, of))
    }
}

/// `_sort`: the input in the order of RowNo.
pub fn write_sort(paths: &Paths<'_>, input: &Input) -> csv::Result<()> {
    let sort: Sheet<()> = Sheet { suffix: "_sort.csv", columns: vec![Column::Input, Column::RowNo] };
    let lines = input.rows.iter().zip(1..).map(|(input, number)| Line { input, number, iteration: 1, of: () });
    sort.write(paths, &input.header, lines)
}

/// `_quality` and `_quality_rel`: only rows with messages.
pub fn write_quality<'a, I: Iterator<Item = RowResult<'a>>>(
    paths: &Paths<'_>,
    header: &ByteRecord,
    rows: impl Fn() -> I,
) -> csv::Result<()> {
    let quality: Sheet<&[Message]> = Sheet {
        suffix: "_quality.csv",
        columns: vec![
            Column::Input,
            Column::RowNo,
            Column::Repeated("Error Message1", |messages| messages.iter().map(Message::piped).collect()),
        ],
    };
    let related: Sheet<&Message> = Sheet {
        suffix: "_quality_rel.csv",
        columns: vec![
            Column::RowNo,
            Column::Iteration,
            Column::Value("Code Type", |message| cell(message.field)),
            Column::Value("Code", |message| message.code.as_bytes().into()),
            Column::Value("Error Message", |message| message.text.as_bytes().into()),
        ],
    };
    let wrong = rows().filter(|row| !row.messages.is_empty());
    quality.write(paths, header, wrong.map(|row| row.line(1, row.messages)))?;
    related.write(paths, header, rows().flat_map(|row| row.lines(row.messages).collect::<Vec<_>>()))
}

/// `_ub_rel`: only rows with unbundled HRGs.
pub fn write_unbundled<'a>(
    paths: &Paths<'_>,
    header: &ByteRecord,
    rows: impl Iterator<Item = RowResult<'a>>,
) -> csv::Result<()> {
    let unbundled: Sheet<&Unbundled> = Sheet {
        suffix: "_ub_rel.csv",
        columns: vec![Column::RowNo, Column::Iteration, Column::Value("UnbundledHRGs", |hrg| cell(hrg))],
    };
    unbundled.write(paths, header, rows.flat_map(|row| row.lines(row.unbundled).collect::<Vec<_>>()))
}

/// Unbundled HRGs, each as it is written.
pub fn written(unbundled: &[Unbundled]) -> Vec<String> {
    unbundled.iter().map(ToString::to_string).collect()
}
