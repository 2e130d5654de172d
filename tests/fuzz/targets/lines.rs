//! Rows of CSV under a header, through the batch reader.

use super::stream::{LIMITS, Told, run};
use super::{choice, dataset};
use hrg_grouper::batch::{BatchError, Columns, Form, InputForm, OnError, Options, Order};
use hrg_grouper::reference::Dataset;
use hrg_grouper::sample::columns;

/// Any rows are answered row by row, the same however they arrive, in whatever form the answer is, and whether they are put
/// in order or not. The first byte chooses the dataset and whether a good header comes before; the second the order, and
/// what a bad row does.
pub fn csv(bytes: &[u8]) {
    let (first, bytes) = choice(bytes);
    let (second, bytes) = choice(bytes);
    let dataset = dataset(first / 2);
    let text = if first % 2 == 0 { bytes.to_vec() } else { [header(dataset).as_bytes(), bytes].concat() };
    let options = Options {
        order: if second % 2 == 0 { Order::Input } else { Order::Sort },
        on_error: if second % 8 < 6 { OnError::Continue } else { OnError::Stop },
        limits: LIMITS,
        ..Options::new(dataset, InputForm::Csv(Columns::Header), Form::Ndjson)
    };
    let whole = run(&options, &text, usize::MAX);
    let told = whole.check(&options);
    let pieces = run(&options, &text, 1 + second / 8);
    pieces.check(&options);
    // Where a line has no end, it depends on what arrives together how much is answered before the refusal.
    let endless = |result| matches!(result, &Err(BatchError::TooLarge(_)));
    if !endless(&whole.result) && !endless(&pieces.result) {
        assert_eq!(whole.text, pieces.text, "in pieces");
        let same_end = whole.result.as_ref().ok() == pieces.result.as_ref().ok();
        assert!(same_end, "{:?} and {:?}", whole.result, pieces.result);
    }
    for output in [Form::Csv, Form::Json] {
        // An answer that has no header has no rows either.
        if whole.text.is_empty() {
            break;
        }
        let options = Options { output, ..options.clone() };
        assert_eq!(run(&options, &text, usize::MAX).check(&options), told, "as {output:?}");
    }
    if options.on_error == OnError::Continue && whole.result.is_ok() {
        all_lines(&text, &told);
    }
}

/// Every line but the header and blank ones is answered once.
fn all_lines(text: &[u8], told: &[Told]) {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut lines = text.split(|byte| *byte == b'\n').zip(1_u64..);
    let is_blank = |line: &[u8]| line.trim_ascii().is_empty();
    lines.find(|(line, _)| !is_blank(line)).expect("a header");
    let answered = lines.filter(|(line, _)| line.len() > LIMITS.line_bytes || !is_blank(line));
    let expected: Vec<u64> = answered.map(|(_, number)| number).collect();
    let mut found: Vec<u64> = told.iter().map(|(line, ..)| *line).collect();
    found.sort_unstable();
    assert_eq!(found, expected);
}

/// The header line of a dataset.
pub(super) fn header(dataset: Dataset) -> String {
    let names: Vec<String> = columns(dataset).iter().map(ToString::to_string).collect();
    names.join(",") + ",own\n"
}
