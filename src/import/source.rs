//! Reads a source file into sheets of cells: `.xlsx` and `.xls` through calamine, `.csv` through csv.
//!
//! Workbooks are the trust's own files on its own machine; even so no cell is believed to say how large a sheet is:
//! `.xlsx` is read as a stream of the cells that are there (tafia/calamine issue 684), `.xls` is bounded by its format.

use super::cell::{Cell, Cells, Merged, Sheet};
use super::report::{Place, Remark};
use crate::bundle::manifest::{SourceFile, sha256};
use crate::trace::counted;
use calamine::{Data, DataRef, Dimensions, Reader, SheetType, Xls, XlsError, Xlsx, XlsxError};
use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

/// The largest file that is read, in bytes.
const MAX_FILE: u64 = 256 * 1024 * 1024;

/// A source file, read.
#[derive(Debug)]
pub struct Source {
    /// Its name and digest.
    pub file: SourceFile,
    /// Its sheets, in order.
    pub sheets: Vec<Sheet>,
}

/// Reads a file. The error is one remark about it.
pub fn read(path: &Path) -> Result<Source, Remark> {
    let name = path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
    let refused = |code, message: String| Remark::error(code, Place::file(&name), message);
    let length = std::fs::metadata(path).map(|m| m.len());
    let length = length.map_err(|fault| refused("unreadable-file", format!("the file cannot be read: {fault}")))?;
    if length > MAX_FILE {
        return Err(refused("unreadable-file", format!("the file is larger than {MAX_FILE} bytes")));
    }
    let bytes = std::fs::read(path).map_err(|f| refused("unreadable-file", format!("the file cannot be read: {f}")))?;
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    let file = SourceFile { file: name.clone(), sha256: sha256(&bytes) };
    let sheets = match ending.as_str() {
        "xlsx" | "xlsm" => xlsx(&name, bytes).map_err(|fault| match fault {
            XlsxError::Password => refused("protected-file", "the workbook is protected by a password".to_owned()),
            other => refused("unreadable-file", format!("the file is no .xlsx workbook that can be read: {other}")),
        }),
        "xls" => xls(&name, bytes).map_err(|fault| match fault {
            XlsError::Password => refused("protected-file", "the workbook is protected by a password".to_owned()),
            other => refused("unreadable-file", format!("the file is no .xls workbook that can be read: {other}")),
        }),
        "csv" => csv_file(&name, &bytes).map(|sheet| vec![sheet]),
        _ => Err(refused("unknown-file-kind", "a source must be .xlsx, .xlsm, .xls or .csv".to_owned())),
    }?;
    Ok(Source { file, sheets })
}

fn sheet(file: &str, name: &str, merged: Vec<Dimensions>) -> Sheet {
    let merged = merged
        .into_iter()
        .map(|d| Merged { rows: (d.start.0 + 1, d.end.0 + 1), columns: (d.start.1 + 1, d.end.1 + 1) })
        .collect();
    Sheet { file: file.to_owned(), name: name.to_owned(), csv: false, rows: BTreeMap::new(), merged }
}

fn put(rows: &mut BTreeMap<u32, Cells>, at: (u32, u32), cell: Option<Cell>) {
    if let Some(cell) = cell {
        rows.entry(at.0 + 1).or_default().insert(at.1 + 1, cell);
    }
}

fn xlsx(file: &str, bytes: Vec<u8>) -> Result<Vec<Sheet>, XlsxError> {
    let mut book = Xlsx::new(Cursor::new(bytes))?;
    let mut sheets = Vec::new();
    for name in work_sheets(book.sheets_metadata()) {
        let mut sheet = sheet(file, &name, book.merge_cells_by_sheet_name(&name)?);
        let mut cells = book.worksheet_cells_reader(&name)?;
        while let Some(record) = cells.next_cell_with_formula_metadata()? {
            let formula = record.formula.is_some().then_some(Cell::Formula);
            put(&mut sheet.rows, record.pos, formula.or_else(|| of_stream(record.value)));
        }
        sheets.push(sheet);
    }
    Ok(sheets)
}

fn xls(file: &str, bytes: Vec<u8>) -> Result<Vec<Sheet>, XlsError> {
    let mut book: Xls<_> = Xls::new(Cursor::new(bytes))?;
    let mut sheets = Vec::new();
    for name in work_sheets(book.sheets_metadata()) {
        let mut sheet = sheet(file, &name, book.merge_cells_by_sheet_name(&name)?);
        let values = book.worksheet_range(&name)?;
        let start = values.start().unwrap_or_default();
        for (row, column, value) in values.used_cells() {
            let at = (start.0 + u32::try_from(row).unwrap_or(0), start.1 + u32::try_from(column).unwrap_or(0));
            put(&mut sheet.rows, at, of_range(value));
        }
        let formulas = book.worksheet_formula(&name)?;
        let start = formulas.start().unwrap_or_default();
        for (row, column, formula) in formulas.used_cells() {
            if !formula.is_empty() {
                let at = (start.0 + u32::try_from(row).unwrap_or(0), start.1 + u32::try_from(column).unwrap_or(0));
                put(&mut sheet.rows, at, Some(Cell::Formula));
            }
        }
        sheets.push(sheet);
    }
    Ok(sheets)
}

/// Charts and macros hold no cells.
fn work_sheets(sheets: &[calamine::Sheet]) -> Vec<String> {
    sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet).map(|sheet| sheet.name.clone()).collect()
}

fn text(text: &str) -> Option<Cell> {
    (!text.trim().is_empty()).then(|| Cell::Text(text.to_owned()))
}

#[allow(clippy::cast_precision_loss, reason = "a number beyond 2^53 is no number of any table")]
fn of_stream(value: DataRef<'_>) -> Option<Cell> {
    match value {
        DataRef::Empty => None,
        DataRef::String(t) => text(&t),
        DataRef::SharedString(t) => text(t),
        DataRef::Int(n) => Some(Cell::Number(n as f64)),
        DataRef::Float(n) => Some(Cell::Number(n)),
        DataRef::Bool(b) => Some(Cell::Truth(b)),
        DataRef::DateTime(_) | DataRef::DateTimeIso(_) | DataRef::DurationIso(_) => Some(Cell::Date),
        DataRef::Error(fault) => Some(Cell::Fault(fault.to_string())),
    }
}

#[allow(clippy::cast_precision_loss, reason = "a number beyond 2^53 is no number of any table")]
fn of_range(value: &Data) -> Option<Cell> {
    match value {
        Data::Empty => None,
        Data::String(t) => text(t),
        Data::Int(n) => Some(Cell::Number(*n as f64)),
        Data::Float(n) => Some(Cell::Number(*n)),
        Data::Bool(b) => Some(Cell::Truth(*b)),
        Data::DateTime(_) | Data::DateTimeIso(_) | Data::DurationIso(_) => Some(Cell::Date),
        Data::Error(fault) => Some(Cell::Fault(fault.to_string())),
    }
}

/// A CSV file is one sheet; every field is text.
fn csv_file(file: &str, bytes: &[u8]) -> Result<Sheet, Remark> {
    let refused = |message: String| Remark::error("unreadable-file", Place::file(file), message);
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let content = std::str::from_utf8(bytes).map_err(|_| refused("the file is not UTF-8 text".to_owned()))?;
    if content.contains('\0') {
        return Err(refused("the file is not text".to_owned()));
    }
    let stem = Path::new(file).file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let mut rows: BTreeMap<u32, Cells> = BTreeMap::new();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(content.as_bytes());
    let mut width = None;
    for record in reader.records() {
        let record = record.map_err(|fault| refused(format!("the file cannot be read as CSV: {fault}")))?;
        let number = record.position().and_then(|p| u32::try_from(p.line()).ok()).unwrap_or(0);
        let wanted = *width.get_or_insert(record.len());
        if record.len() != wanted {
            // A comma that is not quoted moves every field after it; a row that was cut lacks some.
            let message = format!("the row has {}, the first row {wanted}", counted(record.len(), "field", "fields"));
            let place = Place { cell: Some(format!("A{number}")), ..Place::file(file) };
            return Err(Remark::error("row-length", place, message));
        }
        for (column, value) in (1u32..).zip(record.iter()) {
            if let Some(cell) = text(value) {
                rows.entry(number).or_default().insert(column, cell);
            }
        }
    }
    Ok(Sheet { file: file.to_owned(), name: stem, csv: true, rows, merged: Vec::new() })
}
