//! Complications and comorbidities (A14) and interventions (A15).

use super::ids::{Root, Subchapter};
use super::pattern::{Pattern, PatternSet};
use super::row::{ByCode, CodeTable, Row};
use crate::record::Word;
use rustc_hash::FxHashMap;
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
    /// Places of the rows, by the pattern of their primary.
    by_primary: FxHashMap<Pattern, Vec<u32>>,
    primaries: PatternSet,
}

impl Exclusions {
    /// Takes the rows in the order of the table.
    pub fn new(rows: Vec<Row<Exclusion>>) -> Exclusions {
        let mut by_primary: FxHashMap<Pattern, Vec<u32>> = FxHashMap::default();
        for (row, place) in rows.iter().zip(0u32..) {
            by_primary.entry(row.value.primary).or_default().push(place);
        }
        let primaries = rows.iter().map(|row| row.value.primary).collect();
        Exclusions { rows, by_primary, primaries }
    }

    /// The rows in the order of the table.
    pub fn rows(&self) -> &[Row<Exclusion>] {
        &self.rows
    }

    /// The rows about a primary diagnosis, in the order of the table.
    pub fn beside(&self, primary: Word) -> Vec<&Row<Exclusion>> {
        if !self.primaries.contains(primary) {
            return Vec::new();
        }
        let places = Pattern::all_of(primary).filter_map(|pattern| self.by_primary.get(&pattern)).flatten();
        let mut places: Vec<u32> = places.copied().collect();
        places.sort_unstable();
        places.into_iter().filter_map(|place| self.rows.get(place as usize)).collect()
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

/// The complication tables of a release.
#[derive(Clone, Debug, Default)]
pub struct Complications {
    /// Which list the roots of a subchapter use.
    pub list_of_subchapter: FxHashMap<Subchapter, Row<Box<str>>>,
    /// Score by code, for each list.
    pub lists: FxHashMap<Box<str>, CodeTable<u32>>,
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
    pub fn inherent(&self, list: &str, primary: Word) -> Option<&Row<ByCode<Inherent>>> {
        self.inherent.rows_for(primary).iter().find(|row| &*row.value.fact.list == list)
    }
}
