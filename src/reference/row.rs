//! Rows of tables, and the two shapes that tables take: facts by code, and ordered rules.

use super::condition::{Condition, Facts, Found};
use super::pattern::{Pattern, PatternIndex};
use super::schema::TableId;
pub use super::slot::{Key, Tens};
use super::slot::{SLOTS, SlotMap, slots_of};
use serde::Serialize;
use smallvec::SmallVec;
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
    index: PatternIndex<Span>,
    /// The rows of most codes, by slot: one more than the first of them, or 0 for none, and [`RETIRED`].
    by_slot: SlotMap,
    /// Whether any pattern has several rows.
    several: bool,
    /// Which rows speak of codes that are no longer valid; empty where none does.
    retired: Vec<bool>,
}

/// The rows of a pattern: the first, and the one behind the last.
type Span = (u32, u32);

/// Marks the rows of codes that are no longer valid, so that the row itself need not be looked at.
const RETIRED: u16 = 1 << 15;

/// From so many patterns on, a table is asked by slot.
const LONG: usize = 4;

impl<T> Default for CodeTable<T> {
    fn default() -> Self {
        CodeTable::new(Vec::new())
    }
}

impl<T> CodeTable<T> {
    /// Builds the index; rows of one pattern keep their order.
    pub fn new(rows: Vec<Row<ByCode<T>>>) -> CodeTable<T> {
        CodeTable::with_retired(rows, |_| false)
    }

    /// The same for a table that knows codes which are no longer valid.
    pub fn with_retired(mut rows: Vec<Row<ByCode<T>>>, is_retired: impl Fn(&T) -> bool) -> CodeTable<T> {
        rows.sort_by_key(|row| row.value.pattern);
        let mut index = PatternIndex::default();
        let mut several = false;
        for (i, row) in (0u32..).zip(&rows) {
            match index.exactly(row.value.pattern) {
                Some((_, end)) => {
                    *end = i + 1;
                    several = true;
                }
                None => {
                    index.insert(row.value.pattern, (i, i + 1));
                }
            }
        }
        let mut retired: Vec<bool> = rows.iter().map(|row| is_retired(&row.value.fact)).collect();
        if !retired.contains(&true) {
            retired.clear();
        }
        let by_slot = by_slot(&rows, &retired);
        CodeTable { rows, index, by_slot, several, retired }
    }

    /// All rows of the longest pattern that matches.
    #[inline]
    pub fn rows_for(&self, code: impl Into<Key>) -> &[Row<ByCode<T>>] {
        let key = code.into();
        if self.index.may_hold(key) { self.rows_that_may(key) } else { &[] }
    }

    fn rows_that_may(&self, key: Key) -> &[Row<ByCode<T>>] {
        match self.by_slot.get(key) {
            Some(0) if self.index.slot_decides(key) => &[],
            Some(place) if self.index.slot_decides(key) => self.rows_from(place),
            _ => self.rows_of(self.index.find(key)),
        }
    }

    /// The rows of the pattern whose first one has that place, counted from one.
    fn rows_from(&self, place: u16) -> &[Row<ByCode<T>>] {
        let first = usize::from(place & !RETIRED).saturating_sub(1);
        let Some(from) = self.rows.get(first..).filter(|_| self.several) else {
            return self.rows.get(first..=first).unwrap_or_default();
        };
        let pattern = from.first().map(|row| row.value.pattern);
        let count = from.iter().take_while(|row| Some(row.value.pattern) == pattern).count();
        from.get(..count).unwrap_or_default()
    }

    fn rows_of(&self, span: Option<&Span>) -> &[Row<ByCode<T>>] {
        span.and_then(|&(start, end)| self.rows.get(start as usize..end as usize)).unwrap_or_default()
    }

    /// The first row of the longest pattern that matches.
    #[inline]
    pub fn find(&self, code: impl Into<Key>) -> Option<&Row<ByCode<T>>> {
        let key = code.into();
        if !self.index.may_hold(key) {
            return None;
        }
        match self.by_slot.get(key) {
            Some(place) if !key.goes_on() => self.rows.get(usize::from((place & !RETIRED).wrapping_sub(1))),
            _ => self.other(key),
        }
    }

    /// The same for a code that has no slot of its own.
    #[inline(never)]
    fn other(&self, key: Key) -> Option<&Row<ByCode<T>>> {
        self.first(key).and_then(|(row, _)| self.rows.get(row))
    }

    /// The same, unless it says that the code is no longer valid.
    #[inline]
    pub fn find_current(&self, code: impl Into<Key>) -> Option<&Row<ByCode<T>>> {
        let key = code.into();
        match self.by_slot.get(key) {
            // There are fewer rows than the number for none and the mark of a retired code come to.
            Some(place) if !key.goes_on() => self.rows.get(usize::from(place.wrapping_sub(1))),
            _ => self.other_current(key),
        }
    }

    /// The same for a code that has no slot of its own.
    #[inline(never)]
    fn other_current(&self, key: Key) -> Option<&Row<ByCode<T>>> {
        self.first(key).filter(|(_, retired)| !retired).and_then(|(row, _)| self.rows.get(row))
    }

    /// The place of the first row, and whether it is retired.
    fn first(&self, key: Key) -> Option<(usize, bool)> {
        match self.by_slot.get(key) {
            Some(place) if self.index.slot_decides(key) => {
                Some((usize::from(place & !RETIRED).checked_sub(1)?, place & RETIRED != 0))
            }
            _ => {
                let row = self.index.find(key)?.0 as usize;
                Some((row, self.retired.get(row).is_some_and(|retired| *retired)))
            }
        }
    }

    /// The beginnings of the codes of which the table may know.
    #[inline]
    pub fn tens(&self) -> &Tens {
        self.index.tens()
    }

    /// The rows that the codes of the pattern would find if its own were not there.
    pub fn rows_behind(&self, pattern: Pattern) -> &[Row<ByCode<T>>] {
        self.rows_of(self.index.behind(pattern))
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

/// The first row of each slot, for tables that are long enough for it and not too long for the numbers.
fn by_slot<T>(rows: &[Row<ByCode<T>>], retired: &[bool]) -> SlotMap {
    let mut firsts: Vec<(Pattern, u16)> = Vec::new();
    for (i, row) in rows.iter().enumerate() {
        if firsts.last().is_some_and(|(pattern, _)| *pattern == row.value.pattern) {
            continue;
        }
        let Some(place) = u16::try_from(i + 1).ok().filter(|place| *place < RETIRED) else { return SlotMap::default() };
        let mark = if retired.get(i).is_some_and(|retired| *retired) { RETIRED } else { 0 };
        firsts.push((row.value.pattern, place | mark));
    }
    if firsts.len() < LONG {
        return SlotMap::default();
    }
    // Later ones overwrite: beginnings from the shortest on, then codes in full.
    firsts.sort_by_key(|(pattern, _)| (!pattern.is_open(), pattern.word().len()));
    let mut by_slot = vec![0; SLOTS];
    for (pattern, place) in firsts {
        if let Some(slots) = by_slot.get_mut(slots_of(pattern)) {
            slots.fill(place);
        }
    }
    SlotMap::new(&by_slot)
}

/// The rules that were tried and did not hold, each with the first part of its condition that failed and what was found
/// there.
#[derive(Clone, Debug, Default)]
pub struct Misses<'r> {
    misses: SmallVec<[(RowRef<&'r str>, &'r Condition, usize); FEW]>,
    /// What was found, of one miss after the other.
    found: SmallVec<[Found; FEW]>,
}

/// Most codes have no more rules.
const FEW: usize = 6;

impl<'r> Misses<'r> {
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
