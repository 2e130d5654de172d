//! The files that several datasets have: the sorted input, quality messages, unbundled HRGs.

use super::Book;
use super::sheet::{Column, Line, Sheet, text, word};
use crate::files::row;
use crate::grouper::{Message, Unbundled};

/// What came of a row, as far as the shared files ask.
pub struct RowResult<'a> {
    /// The row as it was sent.
    pub input: &'a row::Line<'a, 'a>,
    /// RowNo.
    pub number: u64,
    /// What is wrong with it.
    pub messages: &'a [Message],
    /// Its unbundled HRGs.
    pub unbundled: &'a [Unbundled],
}

impl<'a> RowResult<'a> {
    fn line<T>(&self, iteration: u64, of: T) -> Line<'a, T> {
        Line { input: self.input, number: self.number, iteration, of }
    }

    fn lines<T>(self, of: &'a [T]) -> impl Iterator<Item = Line<'a, &'a T>> {
        of.iter().zip(1..).map(move |(of, iteration)| self.line(iteration, of))
    }
}

/// `_sort`: the input in the order of RowNo.
pub fn write_sort(book: &mut Book<'_>, rows: &[row::Line<'_, '_>]) {
    let sort: Sheet<()> = Sheet { suffix: "_sort.csv", columns: vec![Column::Input, Column::RowNo] };
    let lines = rows.iter().zip(book.before + 1..);
    sort.write(book, lines.map(|(input, number)| Line { input, number, iteration: 1, of: () }));
}

/// `_quality` and `_quality_rel`: only rows with messages.
pub fn write_quality<'a, I: Iterator<Item = RowResult<'a>>>(book: &mut Book<'_>, rows: impl Fn() -> I) {
    let quality: Sheet<&[Message]> = Sheet {
        suffix: "_quality.csv",
        columns: vec![
            Column::Input,
            Column::RowNo,
            Column::Repeated("Error Message1", |messages, place, page| {
                messages.get(place).map(|message| text(message.piped(), page)).is_some()
            }),
        ],
    };
    let related: Sheet<&Message> = Sheet {
        suffix: "_quality_rel.csv",
        columns: vec![
            Column::RowNo,
            Column::Iteration,
            Column::Value("Code Type", |message, page| text(message.field, page)),
            Column::Value("Code", |message, page| page.extend_from_slice(message.code.as_bytes())),
            Column::Value("Error Message", |message, page| page.extend_from_slice(message.text.as_bytes())),
        ],
    };
    let wrong = rows().filter(|row| !row.messages.is_empty());
    quality.write(book, wrong.map(|row| row.line(1, row.messages)));
    related.write(
        book,
        rows().flat_map(|row| {
            let of = row.messages;
            row.lines(of)
        }),
    );
}

/// `_ub_rel`: only rows with unbundled HRGs.
pub fn write_unbundled<'a>(book: &mut Book<'_>, rows: impl Iterator<Item = RowResult<'a>>) {
    let sheet: Sheet<&Unbundled> = Sheet {
        suffix: "_ub_rel.csv",
        columns: vec![
            Column::RowNo,
            Column::Iteration,
            Column::Value("UnbundledHRGs", |hrg, page| write_one(hrg, page)),
        ],
    };
    sheet.write(
        book,
        rows.flat_map(|row| {
            let of = row.unbundled;
            row.lines(of)
        }),
    );
}

/// Writes the unbundled HRG of a place, where there is one.
pub fn unbundled(unbundled: &[Unbundled], place: usize, page: &mut Vec<u8>) -> bool {
    unbundled.get(place).map(|hrg| write_one(hrg, page)).is_some()
}

fn write_one(unbundled: &Unbundled, page: &mut Vec<u8>) {
    match unbundled.days {
        None => word(unbundled.hrg.word(), page),
        Some(_) => text(unbundled, page),
    }
}
