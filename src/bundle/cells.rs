//! Reads one table: header, row lengths, ids, and typed cells. Every fault becomes a finding with its row; reading goes on.

use crate::record::{Field, Word};
use crate::reference::band::Band;
use crate::reference::condition::Condition;
use crate::reference::ids::{Hrg, Root, Subchapter};
use crate::reference::parse_condition::{NamedLists, parse_condition};
use crate::reference::pattern::Pattern;
use crate::reference::row::{ByCode, Row, Rule};
use crate::reference::{Finding, TableId};
use rustc_hash::{FxHashMap, FxHashSet};

/// The longest a table's row may be, in bytes.
const MAX_ROW: usize = 64 * 1024;

/// Where findings and row ids are gathered while the tables of a release are read.
#[derive(Default)]
pub struct Reading {
    /// Everything found so far.
    pub findings: Vec<Finding>,
    /// The ids of the rows of every table.
    pub row_ids: FxHashMap<TableId, FxHashSet<Box<str>>>,
    /// The named lists, read first, since conditions speak of them.
    pub lists: NamedLists,
}

/// One row being read.
pub struct Cells<'a> {
    table: TableId,
    line: u32,
    id: Box<str>,
    values: &'a csv::StringRecord,
    reading: &'a mut Reading,
    faulty: bool,
}

impl Reading {
    /// Notes an error of a table's row.
    pub fn error(&mut self, code: &'static str, table: TableId, line: Option<u32>, message: impl Into<String>) {
        self.findings.push(Finding::error(code, format!("tables/{}", table.file()), line, message));
    }

    /// Reads the rows of a table with `read`; a row that has a fault, or for which `read` gives nothing, is left out.
    /// `key` names the columns that make the row id.
    pub fn table<T>(
        &mut self,
        table: TableId,
        text: Option<&[u8]>,
        key: &[&str],
        mut read: impl FnMut(&mut Cells<'_>) -> Option<T>,
    ) -> Vec<Row<T>> {
        let Some(text) = text else { return Vec::new() };
        if let Err(fault) = std::str::from_utf8(text) {
            let line = text.get(..fault.valid_up_to()).unwrap_or_default().iter().filter(|b| **b == b'\n').count();
            self.error("not-utf8", table, u32::try_from(line + 1).ok(), "this row is not UTF-8 text");
            return Vec::new();
        }
        let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(text);
        let mut rows = Vec::new();
        let mut record = csv::StringRecord::new();
        let mut seen: FxHashMap<Box<str>, u32> = FxHashMap::default();
        if !self.header(table, &mut reader) {
            return Vec::new();
        }
        loop {
            match reader.read_record(&mut record) {
                Ok(true) => {}
                Ok(false) => break,
                Err(fault) => {
                    self.error("not-csv", table, None, format!("the file cannot be read as CSV: {fault}"));
                    break;
                }
            }
            let line = record.position().and_then(|p| u32::try_from(p.line()).ok()).unwrap_or(0);
            if record.len() != table.columns().len() || record.as_slice().len() > MAX_ROW {
                let message = format!("the row has {} fields, the table {}", record.len(), table.columns().len());
                self.error("row-length", table, Some(line), message);
                continue;
            }
            let id = row_id(table, key, &record);
            if let Some(first) = seen.insert(id.clone(), line) {
                self.error("duplicate-row", table, Some(line), format!("`{id}` stands already in row {first}"));
            }
            let mut cells = Cells { table, line, id: id.clone(), values: &record, reading: self, faulty: false };
            let value = read(&mut cells);
            if let (Some(value), false) = (value, cells.faulty) {
                rows.push(Row { table, id, line, value });
            }
        }
        self.row_ids.insert(table, seen.into_keys().collect());
        rows
    }

    fn header(&mut self, table: TableId, reader: &mut csv::Reader<&[u8]>) -> bool {
        let mut header = csv::StringRecord::new();
        let read = reader.read_record(&mut header).unwrap_or(false);
        if read && header.iter().eq(table.columns().iter().copied()) {
            return true;
        }
        let mut said = false;
        for column in header.iter().filter(|c| !table.columns().contains(c)) {
            self.error("unknown-column", table, Some(1), format!("the table has no column `{column}`"));
            said = true;
        }
        for column in table.columns().iter().filter(|c| !header.iter().any(|h| h == **c)) {
            self.error("missing-column", table, Some(1), format!("the column `{column}` is missing"));
            said = true;
        }
        if !said {
            let order = table.columns().join(",");
            self.error("column-order", table, Some(1), format!("the columns must stand as `{order}`"));
        }
        false
    }
}

fn row_id(table: TableId, key: &[&str], record: &csv::StringRecord) -> Box<str> {
    let cell =
        |name: &str| table.columns().iter().position(|c| *c == name).and_then(|i| record.get(i)).unwrap_or_default();
    key.iter().map(|name| cell(name)).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/").into()
}

impl Cells<'_> {
    /// The text of a cell.
    pub fn text(&self, column: &str) -> &str {
        let index = self.table.columns().iter().position(|c| *c == column);
        index.and_then(|i| self.values.get(i)).unwrap_or_default()
    }

    /// The named lists.
    pub fn lists(&self) -> &NamedLists {
        &self.reading.lists
    }

    /// Notes a fault of this row.
    pub fn fault(&mut self, code: &'static str, message: impl Into<String>) {
        self.faulty = true;
        let (table, line) = (self.table, self.line);
        self.reading.error(code, table, Some(line), message);
    }

    fn typed<T>(&mut self, column: &str, kind: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let value = read(self.text(column));
        if value.is_none() {
            let message = format!("`{}` in column `{column}` is no {kind}", self.text(column));
            self.fault("bad-cell", message);
        }
        value
    }

    /// A cell that must not be empty.
    pub fn some(&mut self, column: &str) -> Option<String> {
        self.typed(column, "text (it is empty)", |t| (!t.is_empty()).then(|| t.to_owned()))
    }

    /// A whole number within bounds.
    pub fn number(&mut self, column: &str, least: u32, most: u32) -> Option<u32> {
        let read = |t: &str| t.parse().ok().filter(|n| (least..=most).contains(n));
        self.typed(column, &format!("whole number from {least} to {most}"), read)
    }

    /// An order, or nothing.
    pub fn order(&mut self, column: &str) -> Option<Option<u32>> {
        self.typed(column, "whole number", |t| if t.is_empty() { Some(None) } else { t.parse().ok().map(Some) })
    }

    /// `yes` or empty.
    pub fn flag(&mut self, column: &str) -> Option<bool> {
        self.choice(column, &[("yes", true), ("", false)])
    }

    /// One of some words.
    pub fn choice<T: Copy>(&mut self, column: &str, words: &[(&str, T)]) -> Option<T> {
        let kind = words.iter().map(|(w, _)| if w.is_empty() { "(empty)" } else { w }).collect::<Vec<_>>().join(", ");
        self.typed(column, &format!("value of this column ({kind})"), |t| {
            words.iter().find(|(w, _)| *w == t).map(|(_, v)| *v)
        })
    }

    /// A band.
    pub fn band(&mut self, column: &str) -> Option<Band> {
        self.typed(column, "band", Band::parse)
    }

    /// A code pattern.
    pub fn pattern(&mut self, column: &str) -> Option<Pattern> {
        self.typed(column, "code pattern", Pattern::parse)
    }

    /// An HRG.
    pub fn hrg(&mut self, column: &str) -> Option<Hrg> {
        self.typed(column, "HRG", Hrg::parse)
    }

    /// A root.
    pub fn root(&mut self, column: &str) -> Option<Root> {
        self.typed(column, "HRG root", Root::parse)
    }

    /// A root, or nothing.
    pub fn root_or_none(&mut self, column: &str) -> Option<Option<Root>> {
        self.typed(column, "HRG root", |t| if t.is_empty() { Some(None) } else { Root::parse(t).map(Some) })
    }

    /// A subchapter.
    pub fn subchapter(&mut self, column: &str) -> Option<Subchapter> {
        self.typed(column, "HRG subchapter", Subchapter::parse)
    }

    /// A short code value.
    pub fn word(&mut self, column: &str) -> Option<Word> {
        self.typed(column, "code value", |t| if t.is_empty() { None } else { Word::new(t) })
    }

    /// An official field name.
    pub fn field(&mut self, column: &str) -> Option<Field> {
        self.typed(column, "field name", Field::parse)
    }

    /// A condition.
    pub fn condition(&mut self, column: &str) -> Option<Condition> {
        match parse_condition(self.text(column), &self.reading.lists) {
            Ok(condition) => Some(condition),
            Err(fault) => {
                self.fault("bad-condition", format!("column `{column}`: {fault}"));
                None
            }
        }
    }

    /// `order` and `when` with what follows.
    pub fn rule<T>(&mut self, then: Option<T>) -> Option<Rule<T>> {
        let order = self.number("order", 0, 1_000_000);
        let when = self.condition("when");
        Some(Rule { order: order?, when: when?, then: then? })
    }

    /// `code` with what is said of it.
    pub fn by_code<T>(&mut self, fact: Option<T>) -> Option<ByCode<T>> {
        let pattern = self.pattern("code");
        Some(ByCode { pattern: pattern?, fact: fact? })
    }

    /// The row's id.
    pub fn id(&self) -> &str {
        &self.id
    }
}
