//! Complications and comorbidities (A14) and interventions (A15).

use super::ids::{Root, Subchapter};
use super::pattern::{Pattern, PatternIndex, PatternSet};
use super::row::{ByCode, CodeTable, Key, Row, Tens};
use crate::record::Word;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// A secondary diagnosis that does not count beside a primary.
#[derive(Clone, Debug)]
pub struct Exclusion {
    /// Of the primary diagnosis.
    pub primary: Pattern,
    /// Of the secondary diagnosis.
    pub cc: Pattern,
}

/// The pairs that score nothing.
#[derive(Clone, Debug, Default)]
pub struct Exclusions {
    rows: Vec<Row<Exclusion>>,
    /// The rows that may be about a primary diagnosis, by the pattern that it finds.
    by_primary: PatternIndex<Places>,
}

/// Some rows.
#[derive(Clone, Debug, Default)]
struct Places {
    /// Their places, in the order of the table.
    rows: Vec<u32>,
    /// The beginnings of the secondary diagnoses that they may be about.
    tens: Tens,
}

/// The rows about a primary diagnosis.
#[derive(Clone, Copy, Debug)]
pub struct Beside<'e> {
    rows: &'e [Row<Exclusion>],
    places: &'e Places,
    primary: Word,
}

impl Exclusions {
    /// Takes the rows in the order of the table.
    pub fn new(rows: Vec<Row<Exclusion>>) -> Exclusions {
        let mut places: FxHashMap<Pattern, Vec<u32>> = FxHashMap::default();
        for (row, place) in rows.iter().zip(0u32..) {
            places.entry(row.value.primary).or_default().push(place);
        }
        let long: Vec<Pattern> = places.keys().copied().filter(|pattern| pattern.word().len() > 4).collect();
        let mut by_primary = PatternIndex::default();
        for pattern in places.keys() {
            // What begins the pattern, and the beginnings that its four characters go before.
            let begins = Pattern::all_of(pattern.word()).filter(|other| other.is_open() || !pattern.is_open());
            let longer = long.iter().copied().filter(|other| pattern.matches(other.word()));
            let others: FxHashSet<Pattern> = begins.chain(longer).collect();
            let mut all: Vec<u32> = others.iter().filter_map(|other| places.get(other)).flatten().copied().collect();
            all.sort_unstable();
            let mut tens = Tens::default();
            all.iter().filter_map(|place| rows.get(*place as usize)).for_each(|row| tens.add(row.value.cc));
            by_primary.insert(*pattern, Places { rows: all, tens });
        }
        Exclusions { rows, by_primary }
    }

    /// The rows in the order of the table.
    pub fn rows(&self) -> &[Row<Exclusion>] {
        &self.rows
    }

    /// The rows about a primary diagnosis, where there may be any.
    pub fn beside(&self, primary: impl Into<Key>) -> Option<Beside<'_>> {
        let primary = primary.into();
        let places = self.by_primary.find(primary)?;
        Some(Beside { rows: &self.rows, places, primary: primary.word() })
    }
}

impl<'e> Beside<'e> {
    /// The rows in the order of the table.
    fn rows(self) -> impl Iterator<Item = &'e Row<Exclusion>> {
        let rows = self.places.rows.iter().filter_map(move |place| self.rows.get(*place as usize));
        rows.filter(move |row| row.value.primary.matches(self.primary))
    }

    /// The first row by which a secondary diagnosis does not count. Most are turned down by how they begin.
    #[inline]
    pub fn excluding(self, cc: impl Into<Key>) -> Option<&'e Row<Exclusion>> {
        let cc = cc.into();
        if !self.places.tens.may_hold(cc) {
            return None;
        }
        self.rows().find(|row| row.value.cc.matches(cc.word()))
    }
}

/// What a primary diagnosis that itself states a complication adds.
#[derive(Clone, Debug)]
pub struct Inherent {
    /// On this list only.
    pub list: Box<str>,
    /// Points.
    pub score: u32,
}

/// A named list that a root counts in place of its CC list.
#[derive(Clone, Debug)]
pub struct Proxy {
    /// The root.
    pub root: Root,
    /// Name of the list.
    pub list: Box<str>,
    /// The list's patterns.
    pub codes: Arc<PatternSet>,
    /// Points for each distinct secondary diagnosis on it.
    pub score: u32,
}

/// The CC list that the roots of a subchapter use.
#[derive(Clone, Debug)]
pub struct CcList {
    /// Its name.
    pub name: Box<str>,
    /// Its scores, so that they need not be looked for by the name each time; none where no list has the name.
    pub scores: Arc<CodeTable<u32>>,
}

/// The complication tables of a release.
#[derive(Clone, Debug, Default)]
pub struct Complications {
    /// Which list the roots of a subchapter use.
    pub list_of_subchapter: FxHashMap<Subchapter, Row<CcList>>,
    /// Score by code, for each list.
    pub lists: FxHashMap<Box<str>, Arc<CodeTable<u32>>>,
    /// Pairs that score nothing.
    pub exclusions: Exclusions,
    /// Complications stated by the primary diagnosis.
    pub inherent: CodeTable<Inherent>,
    /// Roots that count named lists instead.
    pub proxies: FxHashMap<Root, Vec<Row<Proxy>>>,
    /// Intervention codes of a subchapter.
    pub interventions: FxHashMap<Subchapter, CodeTable<()>>,
}

impl Complications {
    /// What the primary diagnosis adds on the list.
    pub fn inherent(&self, list: &str, primary: impl Into<Key>) -> Option<&Row<ByCode<Inherent>>> {
        self.inherent.rows_for(primary).iter().find(|row| &*row.value.fact.list == list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::schema::TableId;

    #[test]
    fn a_primary_excludes_by_every_pattern_that_it_matches_in_the_order_of_the_table() {
        let pairs = [
            ("S72*", "A*"),
            ("S7200", "B*"),
            ("J*", "C*"),
            ("S720", "D*"),
            ("S*", "E*"),
            ("S72*", "F*"),
            ("S7201*", "G*"),
        ];
        let pattern = |text: &str| Pattern::parse(text).expect(text);
        let row = |(n, (primary, cc)): (usize, (&str, &str))| Row {
            table: TableId::CcExclusions,
            id: n.to_string().into(),
            line: 0,
            value: Exclusion { primary: pattern(primary), cc: pattern(cc) },
        };
        let exclusions = Exclusions::new(pairs.into_iter().enumerate().map(row).collect());
        for code in ["S7200", "S7201", "S72011", "S7202", "S720", "S721", "S823", "J189", "I10X"] {
            let code = Word::new(code).expect("packs");
            let beside = exclusions.beside(code);
            let found: Vec<&str> = beside.iter().flat_map(|beside| beside.rows()).map(|row| &*row.id).collect();
            let wanted = || exclusions.rows().iter().filter(|row| row.value.primary.matches(code));
            assert_eq!(found, wanted().map(|row| &*row.id).collect::<Vec<_>>(), "{code}");
            for cc in ["A000", "B99", "C1234", "D10X", "E10", "F999", "G123", "H10", "A1B"] {
                let cc = Word::new(cc).expect("packs");
                let wanted = wanted().find(|row| row.value.cc.matches(cc));
                let found = beside.and_then(|beside| beside.excluding(cc));
                assert_eq!(found.map(|row| &*row.id), wanted.map(|row| &*row.id), "{code} {cc}");
            }
        }
    }
}
