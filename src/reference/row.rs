//! Rows of tables, and the two shapes that tables take: facts by code, and ordered rules.

use super::condition::{Condition, Facts, Found};
use super::pattern::{Pattern, PatternIndex};
use super::schema::TableId;
pub use super::slot::Key;
use super::slot::{SLOTS, slots_of};
use serde::Serialize;
use std::fmt;

/// A row that is cited: table and row id, written `splits:AA22C`. The id is borrowed from the release, or text of its
/// own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RowRef<I = String> {
    /// The table.
    pub table: TableId,
    /// The row id within it.
    pub row: I,
}

impl RowRef<&str> {
    /// The same row with an id of its own.
    pub fn owned(self) -> RowRef {
        RowRef { table: self.table, row: self.row.to_owned() }
    }
}

impl<I: fmt::Display> fmt::Display for RowRef<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.table.name(), self.row)
    }
}

impl<I: fmt::Display> Serialize for RowRef<I> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A row of a table: its id, its line in the file, its content.
#[derive(Clone, Debug)]
pub struct Row<T> {
    /// The table.
    pub table: TableId,
    /// The row id.
    pub id: Box<str>,
    /// Line in the file, the header being 1.
    pub line: u32,
    /// The content.
    pub value: T,
}

impl<T> Row<T> {
    /// What a trace cites.
    pub fn cite(&self) -> RowRef<&str> {
        RowRef { table: self.table, row: &self.id }
    }
}

/// Content that belongs to a code pattern.
#[derive(Clone, Debug)]
pub struct ByCode<T> {
    /// The pattern.
    pub pattern: Pattern,
    /// What is said of the codes that match.
    pub fact: T,
}

/// A rule: an order, a condition, and what follows where it holds.
#[derive(Clone, Debug)]
pub struct Rule<T> {
    /// Lower is tried first.
    pub order: u32,
    /// When it holds.
    pub when: Condition,
    /// What follows.
    pub then: T,
}

/// A table asked by code: all rows of the longest matching pattern.
#[derive(Clone, Debug)]
pub struct CodeTable<T> {
    rows: Vec<Row<ByCode<T>>>,
    index: PatternIndex<(u32, u32)>,
    /// For a long table, by slot of the code: one more than the place of its rows in `spans`, or 0 for none.
    by_slot: Vec<u16>,
    spans: Vec<(u32, u32)>,
}

/// From so many patterns on, a table is asked by slot.
const LONG: usize = 24;

impl<T> Default for CodeTable<T> {
    fn default() -> Self {
        CodeTable { rows: Vec::new(), index: PatternIndex::default(), by_slot: Vec::new(), spans: Vec::new() }
    }
}

impl<T> CodeTable<T> {
    /// Builds the index; rows of one pattern keep their order.
    pub fn new(mut rows: Vec<Row<ByCode<T>>>) -> CodeTable<T> {
        rows.sort_by_key(|row| row.value.pattern);
        let mut index = PatternIndex::default();
        for (i, row) in (0u32..).zip(&rows) {
            match index.exactly(row.value.pattern) {
                Some((_, end)) => *end = i + 1,
                None => {
                    index.insert(row.value.pattern, (i, i + 1));
                }
            }
        }
        let (by_slot, spans) = by_slot(&rows);
        CodeTable { rows, index, by_slot, spans }
    }

    /// All rows of the longest pattern that matches.
    #[inline]
    pub fn rows_for(&self, code: impl Into<Key>) -> &[Row<ByCode<T>>] {
        let key = code.into();
        let span = match self.index.slot_of(key).and_then(|slot| self.by_slot.get(slot)) {
            Some(place) => usize::from(*place).checked_sub(1).and_then(|place| self.spans.get(place)),
            None => self.index.find(key.word()),
        };
        span.and_then(|&(start, end)| self.rows.get(start as usize..end as usize)).unwrap_or_default()
    }

    /// The first row of the longest pattern that matches.
    #[inline]
    pub fn find(&self, code: impl Into<Key>) -> Option<&Row<ByCode<T>>> {
        self.rows_for(code).first()
    }

    /// The rows that the codes of the pattern would find if its own were not there.
    pub fn rows_behind(&self, pattern: Pattern) -> &[Row<ByCode<T>>] {
        self.index
            .behind(pattern)
            .and_then(|&(start, end)| self.rows.get(start as usize..end as usize))
            .unwrap_or_default()
    }

    /// Every row that says something of a code of the pattern: what the pattern itself finds, and what stands beneath.
    pub fn rows_about(&self, pattern: Pattern) -> impl Iterator<Item = &Row<ByCode<T>>> {
        let own = self.rows_for(pattern.word());
        let found = own.first().map(|row| row.value.pattern);
        let beneath = self.rows.iter().filter(move |row| {
            let other = row.value.pattern;
            let within =
                pattern.covers(other) || (!pattern.is_open() && !other.is_open() && pattern.matches(other.word()));
            within && Some(other) != found
        });
        own.iter().chain(beneath)
    }

    /// Every row.
    pub fn rows(&self) -> &[Row<ByCode<T>>] {
        &self.rows
    }
}

/// The rows of each slot, for tables that are long enough for it and not too long for the numbers.
fn by_slot<T>(rows: &[Row<ByCode<T>>]) -> (Vec<u16>, Vec<(u32, u32)>) {
    let mut spans: Vec<(Pattern, (u32, u32))> = Vec::new();
    for (row, i) in rows.iter().zip(0u32..) {
        match spans.last_mut() {
            Some((pattern, (_, end))) if *pattern == row.value.pattern => *end = i + 1,
            _ => spans.push((row.value.pattern, (i, i + 1))),
        }
    }
    if !(LONG..usize::from(u16::MAX)).contains(&spans.len()) {
        return (Vec::new(), Vec::new());
    }
    // Later ones overwrite: beginnings from the shortest on, then codes in full.
    spans.sort_by_key(|(pattern, _)| (!pattern.is_open(), pattern.word().len()));
    let mut by_slot = vec![0; SLOTS];
    for ((pattern, _), place) in spans.iter().zip(1u16..) {
        if let Some(slots) = by_slot.get_mut(slots_of(*pattern)) {
            slots.fill(place);
        }
    }
    (by_slot, spans.into_iter().map(|(_, span)| span).collect())
}

/// The rules that were tried and did not hold, each with the first part of its condition that failed and what was found
/// there.
#[derive(Clone, Debug, Default)]
pub struct Misses<'r> {
    misses: Vec<(RowRef<&'r str>, &'r Condition, usize)>,
    /// What was found, of one miss after the other.
    found: Vec<Found>,
}

impl<'r> Misses<'r> {
    /// Makes room for so many.
    fn expect(&mut self, misses: usize) {
        self.misses.reserve(misses);
        self.found.reserve(misses);
    }

    fn note<T>(&mut self, row: &'r Row<T>, failed: &'r Condition, facts: &impl Facts) {
        failed.found(facts, |seen| self.found.push(seen));
        self.misses.push((row.cite(), failed, self.found.len()));
    }

    /// Each with its row.
    pub fn iter(&self) -> impl Iterator<Item = (RowRef<&'r str>, &'r Condition, &[Found])> {
        let mut start = 0;
        self.misses.iter().map(move |(row, failed, end)| {
            let found = self.found.get(start..*end).unwrap_or_default();
            start = *end;
            (*row, *failed, found)
        })
    }
}

/// What both shapes of rule row share.
pub trait HasRule {
    /// What follows where the rule holds.
    type Then;
    /// The rule.
    fn rule(&self) -> &Rule<Self::Then>;
}

impl<T> HasRule for Rule<T> {
    type Then = T;
    fn rule(&self) -> &Rule<T> {
        self
    }
}

impl<T> HasRule for ByCode<Rule<T>> {
    type Then = T;
    fn rule(&self) -> &Rule<T> {
        &self.fact
    }
}

/// The first rule that holds. Where `misses` is given, the rules that were tried before it are noted there.
pub fn first_match<'r, R: HasRule>(
    rows: &'r [Row<R>],
    facts: &impl Facts,
    mut misses: Option<&mut Misses<'r>>,
) -> Option<&'r Row<R>> {
    if let Some(misses) = misses.as_deref_mut() {
        misses.expect(rows.len());
    }
    rows.iter().find(|row| {
        let when = &row.value.rule().when;
        let Some(misses) = misses.as_deref_mut() else { return when.holds(facts) };
        let failed = when.failing(facts);
        if let Some(failed) = failed {
            misses.note(row, failed, facts);
        }
        failed.is_none()
    })
}
