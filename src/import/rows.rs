//! From rows of cells to rows of tables, as the maps of a profile say. Every row is taken, ignored by name, or an error.

use super::cell::{Cells, Sheet, fits, plain};
use super::header::{self, Header};
use super::profile::{Column, Map, Profile, Target};
use super::report::{Place, Remark};
use super::shape::{Shape, text_of};
use super::source::Source;
use crate::reference::TableId;
use crate::trace::counted;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A row of a table, with where it was read.
#[derive(Clone, Debug)]
pub struct TableRow {
    /// The values, in the order of the target's columns.
    pub values: Vec<String>,
    /// The first cell of the row it was read from.
    pub place: Place,
}

/// The rows of every target.
pub type Rows = BTreeMap<Target, Vec<TableRow>>;

/// The base's rows by key, for columns that the sources lack.
pub type BaseRows = BTreeMap<TableId, HashMap<String, BTreeMap<&'static str, String>>>;

/// Reads all that the profile speaks of.
pub fn read(profile: &Profile, sources: &[Source], base: &BaseRows, remarks: &mut Vec<Remark>) -> Rows {
    let sheets: Vec<&Sheet> = sources.iter().flat_map(|source| &source.sheets).collect();
    let mut reading = Reading { base, remarks, rows: Rows::new(), first: HashMap::new(), names: HashMap::new() };
    for map in &profile.maps {
        let Some(target) = map.target() else { continue };
        let mut read = sheets.iter().filter(|sheet| map.reads(&sheet.name));
        match (read.next(), read.next()) {
            (None, _) => reading.no_sheet(map, target, sources),
            (Some(first), Some(second)) => {
                let message = format!("`{}` would be read from {} too; name one of them", target.name(), first.place());
                reading.remarks.push(Remark::error("ambiguous-sheet", second.place(), message));
            }
            (Some(_), None) => {}
        }
    }
    for sheet in &sheets {
        let maps: Vec<&Map> = profile.maps.iter().filter(|map| map.reads(&sheet.name)).collect();
        if maps.is_empty() {
            let message = "the profile does not speak of this sheet, and it is not read";
            reading.remarks.push(Remark::note("unrecognised-sheet", sheet.place(), message));
        } else {
            reading.sheet(sheet, &maps);
        }
    }
    reading.rows
}

struct Reading<'a> {
    base: &'a BaseRows,
    remarks: &'a mut Vec<Remark>,
    rows: Rows,
    /// Where each key of a target was read first, with its values.
    first: HashMap<(Target, Vec<String>), (Place, Vec<String>)>,
    /// The name in the sheet of each list name made of it.
    names: HashMap<String, String>,
}

impl Reading<'_> {
    fn no_sheet(&mut self, map: &Map, target: Target, sources: &[Source]) {
        let files = sources.iter().map(|s| s.file.file.as_str()).collect::<Vec<_>>().join(", ");
        let names = map.sheets.join("` or `");
        let message = format!("no sheet is named `{names}`, from which `{}` is read", target.name());
        self.remarks.push(if map.required {
            Remark::error("missing-sheet", Place::file(files), message)
        } else {
            Remark::note("missing-sheet", Place::file(files), message)
        });
    }

    fn sheet(&mut self, sheet: &Sheet, maps: &[&Map]) {
        let headers: Vec<Option<Header<'_>>> = maps.iter().map(|map| header::find(map, sheet, self.remarks)).collect();
        // A fault of the header stands once, however many maps read the sheet.
        dedup(self.remarks);
        let found = || headers.iter().flatten();
        let (Some(header), Some(other)) = (found().min_by_key(|h| h.row), found().max_by_key(|h| h.row)) else {
            return;
        };
        if header.row != other.row {
            let message = format!("some maps of this sheet find their headers here, others in row {}", header.row);
            self.remarks.push(Remark::error("ambiguous-header", sheet.cell(other.row, 1), message));
            return;
        }
        header::unread(sheet, header, maps, self.remarks);
        let bound: Vec<Bound<'_>> =
            maps.iter().zip(&headers).filter_map(|(map, header)| Bound::new(map, header.as_ref()?)).collect();
        let understood = bound.len() == maps.len();
        let mut taken: Vec<usize> = vec![0; bound.len()];
        let mut ignored = 0;
        for (&number, cells) in sheet.rows.range(header.row + 1..) {
            let first = cells.values().next().and_then(|cell| text_of(cell, true).ok()).unwrap_or_default();
            if maps.iter().flat_map(|map| &map.ignore).any(|pattern| fits(pattern, &first)) {
                ignored += 1;
                continue;
            }
            let mut by_any = false;
            for (found, taken) in bound.iter().zip(&mut taken) {
                if self.row(found, &SheetRow { sheet, number, cells }) {
                    *taken += 1;
                    by_any = true;
                }
            }
            if !by_any && understood {
                let message = format!("the row, which begins with `{first}`, is not understood: no map takes it");
                let place = sheet.cell(number, first_column(cells));
                self.remarks.push(Remark::error("row-not-understood", place, message));
            }
        }
        for (found, _) in bound.iter().zip(taken).filter(|(_, taken)| *taken == 0) {
            // What the sources feed, they feed: a table without rows is not the base's.
            self.rows.entry(found.target).or_default();
            let message = format!("the sheet has no row for `{}`", found.target.name());
            self.remarks.push(Remark::warning("no-rows", sheet.place(), message));
        }
        let above = sheet.rows.range(..header.row).count();
        for (count, code, what) in [
            (above, "above-header", "above the header, which are not read"),
            (ignored, "ignored-rows", "ignored, as the profile says"),
        ] {
            if count > 0 {
                let message = format!("{} {what}", counted(count, "row", "rows"));
                self.remarks.push(Remark::note(code, sheet.place(), message));
            }
        }
    }

    /// Reads a row by a map; false where the map does not take it.
    fn row(&mut self, bound: &Bound<'_>, row: &SheetRow<'_>) -> bool {
        for (column, patterns) in &bound.wheres {
            let text = match row.cells.get(column).map_or(Ok(String::new()), |cell| text_of(cell, true)) {
                Ok(text) => text,
                Err((code, message)) => {
                    self.remarks.push(Remark::error(code, row.sheet.cell(row.number, *column), message));
                    return true;
                }
            };
            if !patterns.iter().any(|pattern| fits(pattern, &text)) {
                return false;
            }
        }
        let Some((column, by)) = bound.each else {
            self.one(bound, row, None);
            return true;
        };
        let place = || row.sheet.cell(row.number, column);
        match row.cells.get(&column).map(|cell| text_of(cell, false)) {
            None => {
                let message = "the cell, whose values make a row each, is blank";
                self.remarks.push(Remark::error("blank-cell", place(), message));
            }
            Some(Err((code, message))) => self.remarks.push(Remark::error(code, place(), message)),
            Some(Ok(text)) => {
                for part in text.split(by) {
                    self.one(bound, row, Some((column, part.trim())));
                }
            }
        }
        true
    }

    /// One row of the table; `part` is the value that stands for a column of several.
    fn one(&mut self, bound: &Bound<'_>, row: &SheetRow<'_>, part: Option<(u32, &str)>) {
        let (map, target) = (bound.map, bound.target);
        let mut found: BTreeMap<&'static str, String> = BTreeMap::new();
        let mut faulty = false;
        for &name in target.columns() {
            let Some((at, column)) = bound.columns.get(name) else { continue };
            match self.value((target, name), (*at, column), row, part) {
                Ok(Some(value)) => {
                    found.insert(name, value);
                }
                Ok(None) => {}
                Err(remark) => {
                    self.remarks.push(remark);
                    faulty = true;
                }
            }
        }
        if faulty {
            return;
        }
        let key: Vec<String> =
            target.key().iter().filter_map(|name| found.get(name)).filter(|v| !v.is_empty()).cloned().collect();
        let from_base = self.base.get(&target.table()).and_then(|rows| rows.get(&key.join("/")));
        let value = |name: &&'static str| -> String {
            let column = map.columns.get(*name);
            let base = from_base.and_then(|row| row.get(name)).filter(|_| column.is_some_and(|c| c.base)).cloned();
            let fixed = || column.and_then(|c| c.value.clone());
            found.get(name).cloned().or(base).or_else(fixed).unwrap_or_default()
        };
        let values: Vec<String> = target.columns().iter().map(value).collect();
        let place = row.sheet.cell(row.number, first_column(row.cells));
        if let Some((first, same)) = self.first.get(&(target, key.clone())) {
            if !(map.distinct && *same == values) {
                let message = format!("`{}` of `{}` stands already in {first}", key.join("/"), target.name());
                self.remarks.push(Remark::error("duplicate-key", place, message));
            }
            return;
        }
        self.first.insert((target, key), (place.clone(), values.clone()));
        self.rows.entry(target).or_default().push(TableRow { values, place });
    }

    /// The value that the sheet gives a column; none where the sheet has none.
    fn value(
        &mut self,
        (target, name): (Target, &'static str),
        (at, column): (u32, &Column),
        row: &SheetRow<'_>,
        part: Option<(u32, &str)>,
    ) -> Result<Option<String>, Remark> {
        let shape = Shape::of(target.table(), name);
        let required = target.key().contains(&name) && (target, name) != (Target::Table(TableId::Splits), "order");
        let place = || row.sheet.cell(row.number, at);
        let text = match (part, row.cells.get(&at)) {
            (Some((of, part)), _) if of == at => part.to_owned(),
            (_, None) => String::new(),
            (_, Some(cell)) => text_of(cell, shape.takes_numbers() || !column.words.is_empty())
                .map_err(|(code, message)| Remark::error(code, place(), format!("`{name}`: {message}")))?,
        };
        let text: String = text.chars().filter(|c| !column.drop.contains(*c)).collect();
        let text = match column.words.iter().find(|(pattern, _)| fits(pattern, &text)) {
            None if column.words.is_empty() => text,
            Some((_, kept)) if kept == "=" => text,
            Some((_, word)) => word.clone(),
            None => {
                let message = format!("`{name}`: the profile does not say what `{text}` means");
                return Err(Remark::error("word-not-understood", place(), message));
            }
        };
        let text = if column.list_name { self.list_name(&text, place())? } else { text };
        if text.is_empty() {
            if required {
                let message = format!("the row is not understood: `{name}` of `{}` is blank", target.name());
                return Err(Remark::error("blank-cell", place(), message));
            }
            return Ok(None);
        }
        if !shape.holds(&text) {
            let message = format!("`{name}`: `{text}` is no {}", shape.name());
            return Err(Remark::error("wrong-shape", place(), message));
        }
        Ok(Some(text))
    }

    /// A list name of small letters, digits and `_`; two names must not become one.
    fn list_name(&mut self, text: &str, place: Place) -> Result<String, Remark> {
        let name: String =
            text.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let first = self.names.entry(name.clone()).or_insert_with(|| plain(text));
        if first != text {
            let message = format!("the lists `{first}` and `{text}` would both be named `{name}`");
            return Err(Remark::error("name-clash", place, message));
        }
        Ok(name)
    }
}

/// A row of a sheet, with what it takes to read it.
struct SheetRow<'s> {
    sheet: &'s Sheet,
    number: u32,
    cells: &'s Cells,
}

/// A map with the columns of the sheet that it reads.
struct Bound<'m> {
    map: &'m Map,
    target: Target,
    columns: BTreeMap<&'m str, (u32, &'m Column)>,
    wheres: Vec<(u32, &'m [String])>,
    each: Option<(u32, &'m str)>,
}

impl<'m> Bound<'m> {
    /// None where a header that must be there is not: that was an error before.
    fn new(map: &'m Map, header: &Header<'_>) -> Option<Bound<'m>> {
        let columns = map
            .columns
            .iter()
            .filter_map(|(name, column)| header.column(&column.header).map(|at| (name.as_str(), (at, column))));
        let wheres = map.wheres.iter().map(|w| header.column(&w.header).map(|at| (at, w.is.as_slice())));
        let each = match &map.each {
            Some(each) => Some((header.column(&each.header)?, each.by.as_str())),
            None => None,
        };
        Some(Bound {
            map,
            target: map.target()?,
            columns: columns.collect(),
            wheres: wheres.collect::<Option<_>>()?,
            each,
        })
    }
}

fn first_column(cells: &Cells) -> u32 {
    cells.keys().next().copied().unwrap_or(1)
}

/// Leaves each remark once, in its place.
pub fn dedup(remarks: &mut Vec<Remark>) {
    let mut seen = BTreeSet::new();
    remarks.retain(|remark| seen.insert(remark.clone()));
}
