//! Finds in a sheet the header row and the columns that a map names; says which are missing, merged, or there twice.

use super::cell::{Cell, Cells, Sheet, fits, letters, plain};
use super::profile::Map;
use super::report::Remark;

/// How far down a header row is looked for.
const DEEPEST: usize = 30;

/// The header row of a map's sheet.
#[derive(Clone, Copy, Debug)]
pub struct Header<'s> {
    /// Its number.
    pub row: u32,
    cells: &'s Cells,
}

fn header_text(cell: &Cell) -> Option<String> {
    if let Cell::Text(text) = cell { Some(plain(text)) } else { None }
}

impl Header<'_> {
    /// The columns whose header fits.
    fn columns(&self, patterns: &[String]) -> Vec<u32> {
        let named = |cell: &Cell| header_text(cell).is_some_and(|text| patterns.iter().any(|p| fits(p, &text)));
        self.cells.iter().filter(|(_, cell)| named(cell)).map(|(column, _)| *column).collect()
    }

    /// The column whose header fits; none where there is none.
    pub fn column(&self, patterns: &[String]) -> Option<u32> {
        self.columns(patterns).first().copied()
    }

    /// Every column with the text of its header.
    pub fn texts(&self) -> impl Iterator<Item = (u32, String)> {
        self.cells.iter().filter_map(|(column, cell)| header_text(cell).map(|text| (*column, text)))
    }
}

/// The header row of the map in the sheet; none, with remarks, where the map cannot be followed.
pub fn find<'s>(map: &Map, sheet: &'s Sheet, remarks: &mut Vec<Remark>) -> Option<Header<'s>> {
    let missing = |header: &Header<'_>| -> Vec<String> {
        let lacking = map.headers().filter(|(patterns, optional)| !optional && header.column(patterns).is_none());
        let mut names: Vec<String> = lacking.map(|(patterns, _)| patterns.join("` or `")).collect();
        names.sort();
        names.dedup();
        names
    };
    let rows = sheet.rows.iter().map(|(row, cells)| Header { row: *row, cells });
    let rows: Vec<Header<'s>> = match map.header_row {
        Some(wanted) => rows.filter(|header| header.row == wanted).collect(),
        None => rows.take(DEEPEST).collect(),
    };
    let Some(header) = rows.iter().min_by_key(|header| (missing(header).len(), header.row)).copied() else {
        let message = map.header_row.map_or_else(
            || "the sheet is empty".to_owned(),
            |row| format!("row {row}, where the profile expects the headers, is empty"),
        );
        remarks.push(Remark::error("no-header", sheet.place(), message));
        return None;
    };
    let before = remarks.len();
    for names in missing(&header) {
        let place = sheet.cell(header.row, 1);
        let message = format!("no column of row {} has the header `{names}`", header.row);
        remarks.push(Remark::error("missing-column", place, message));
    }
    for (patterns, _) in map.headers() {
        if let [first, second, ..] = header.columns(patterns)[..] {
            let message = format!("column {} has the header `{}` too", letters(first), patterns.join("` or `"));
            remarks.push(Remark::error("ambiguous-column", sheet.cell(header.row, second), message));
        }
    }
    merged_cells(map, sheet, &header, remarks);
    (remarks.len() == before).then_some(header)
}

/// Merged cells hold one value for many cells; which of them it is meant for would be a guess.
fn merged_cells(map: &Map, sheet: &Sheet, header: &Header<'_>, remarks: &mut Vec<Remark>) {
    let read: Vec<u32> = map.headers().filter_map(|(patterns, _)| header.column(patterns)).collect();
    for merged in &sheet.merged {
        let over = read.iter().any(|c| (merged.columns.0..=merged.columns.1).contains(c));
        if !over || merged.rows.1 < header.row {
            continue;
        }
        let (code, what) =
            if merged.rows.0 <= header.row { ("merged-header", "the header") } else { ("merged-cell", "data") };
        let to = format!("{}{}", letters(merged.columns.1), merged.rows.1);
        let message = format!("cells of {what} are merged from here to {to}; unmerge them");
        remarks.push(Remark::error(code, sheet.cell(merged.rows.0, merged.columns.0), message));
    }
}

/// Columns that no map reads, and columns with data but no header.
pub fn unread(sheet: &Sheet, header: &Header<'_>, maps: &[&Map], remarks: &mut Vec<Remark>) {
    let read = |text: &str| {
        maps.iter().any(|map| map.headers().any(|(patterns, _)| patterns.iter().any(|pattern| fits(pattern, text))))
    };
    for (column, text) in header.texts().filter(|(_, text)| !read(text)) {
        let message = format!("the profile does not speak of the column `{text}`");
        remarks.push(Remark::note("unrecognised-column", sheet.cell(header.row, column), message));
    }
    let mut blank: Vec<u32> = sheet.rows.range(header.row + 1..).flat_map(|(_, cells)| cells.keys().copied()).collect();
    blank.sort_unstable();
    blank.dedup();
    for column in blank.into_iter().filter(|column| !header.cells.contains_key(column)) {
        let message = "the column holds data but has no header, and is not read".to_owned();
        remarks.push(Remark::warning("blank-header", sheet.cell(header.row, column), message));
    }
}
