//! The framing of NDJSON and of a JSON array: where a line ends, which are blank, which are too long.

use super::stream::{LIMITS, run};
use super::{choice, dataset};
use hrg_grouper::batch::{BatchError, Form, InputForm, Options};

/// Lines are cut as a plain reading of the bytes would cut them, in whatever pieces they arrive. The first byte chooses the
/// dataset and lines or an array, the second the length of the pieces.
pub fn ndjson(bytes: &[u8]) {
    let (first, bytes) = choice(bytes);
    let (second, bytes) = choice(bytes);
    let input = if first % 2 == 0 { InputForm::Ndjson } else { InputForm::Json };
    let options = Options { limits: LIMITS, ..Options::new(dataset(first / 2), input, Form::Ndjson) };
    let whole = run(&options, bytes, usize::MAX);
    let told = whole.check(&options);
    let pieces = run(&options, bytes, 1 + second);
    pieces.check(&options);
    if whole.result.is_ok() && pieces.result.is_ok() {
        assert_eq!(whole.text, pieces.text, "in pieces");
    }
    if matches!(options.input, InputForm::Json) {
        return array(bytes, &whole.result.map(|summary| summary.read));
    }
    let lines = lines(bytes);
    for answer in [&whole.result, &pieces.result] {
        match answer {
            Ok(_) => {}
            Err(BatchError::TooLarge(_)) => assert!(lines.iter().any(|(_, length)| *length > LIMITS.endless_bytes)),
            Err(other) => panic!("{other:?}"),
        }
    }
    if whole.result.is_ok() {
        let found: Vec<u64> = told.iter().map(|(line, ..)| *line).collect();
        let found_once: Vec<u64> = lines.iter().map(|(number, _)| *number).collect();
        assert_eq!(found, found_once);
        for (line, length) in lines.iter().filter(|(_, length)| *length > LIMITS.line_bytes) {
            let status = told.iter().find(|(number, ..)| number == line).map(|(_, status, _)| status.as_str());
            assert_eq!(status, Some("rejected"), "line {line} has {length} bytes");
        }
    }
}

/// Number and length of each line that is answered: those that are too long, and those that are not blank.
fn lines(bytes: &[u8]) -> Vec<(u64, usize)> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let lines = bytes.split(|byte| *byte == b'\n').zip(1..);
    let answered = lines.filter(|(line, _)| line.len() > LIMITS.line_bytes || !line.trim_ascii().is_empty());
    answered.map(|(line, number)| (number, line.len())).collect()
}

/// What is a JSON array has as many elements here as any reader of JSON finds. Bytes that are none may pass where an element
/// is rejected for it, but never where all were read.
fn array(bytes: &[u8], read: &Result<u64, BatchError>) {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match (serde_json::from_slice::<Vec<Box<serde_json::value::RawValue>>>(bytes), read) {
        (Ok(elements), Ok(read)) => assert_eq!(*read, elements.len() as u64),
        (Ok(elements), Err(fault)) => {
            let long = elements.iter().any(|element| element.get().len() > LIMITS.line_bytes);
            assert!(long && matches!(fault, BatchError::TooLarge(_)), "{fault:?}");
        }
        (Err(_), Err(BatchError::Malformed(_) | BatchError::TooLarge(_)) | Ok(_)) => {}
        (Err(_), Err(fault)) => panic!("{fault:?}"),
    }
}
