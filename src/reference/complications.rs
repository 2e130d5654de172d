//! Complications and comorbidities (A14) and interventions (A15).

use super::ids::{Root, Subchapter};
use super::pattern::Pattern;
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
    pub codes: Arc<super::pattern::PatternSet>,
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
    pub exclusions: Vec<Row<Exclusion>>,
    /// Complications stated by the primary diagnosis.
    pub inherent: CodeTable<Inherent>,
    /// Roots that count named lists instead.
    pub proxies: FxHashMap<Root, Vec<Row<Proxy>>>,
    /// Intervention codes of a subchapter.
    pub interventions: FxHashMap<Subchapter, CodeTable<()>>,
}

impl Complications {
    /// The score of a code on a list.
    pub fn score(&self, list: &str, code: Word) -> Option<&Row<ByCode<u32>>> {
        self.lists.get(list)?.find(code)
    }

    /// The row that excludes the pair.
    pub fn excluded(&self, primary: Word, cc: Word) -> Option<&Row<Exclusion>> {
        self.exclusions.iter().find(|row| row.value.primary.matches(primary) && row.value.cc.matches(cc))
    }

    /// What the primary diagnosis adds on the list.
    pub fn inherent(&self, list: &str, primary: Word) -> Option<&Row<ByCode<Inherent>>> {
        self.inherent.rows_for(primary).iter().find(|row| &*row.value.fact.list == list)
    }
}
