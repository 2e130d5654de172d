//! The mapping of emergency SNOMED CT codes to national ones: table `snomed_emergency`, which a release may leave out.
//!
//! Emergency records arrive as SNOMED CT (ECDS), the matrix knows the national codes that came before. Source: 02 EM.

use super::row::Row;
use crate::record::{Field, Sctid, Word};
use rustc_hash::FxHashMap;

/// What a SNOMED CT code stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapped {
    /// INV or TREAT: what it was recorded as. One concept may be both.
    pub kind: Field,
    /// The SNOMED CT code.
    pub source: Sctid,
    /// In plain words.
    pub label: String,
    /// The national code.
    pub code: Word,
    /// Version of the mapping that the row is from.
    pub version: String,
    /// The source code is retired: no longer to be sent, but still understood.
    pub retired: bool,
}

/// The mapping.
#[derive(Clone, Debug, Default)]
pub struct SnomedEmergency {
    rows: FxHashMap<(Field, Sctid), Row<Mapped>>,
    /// How many active source codes a national code stands for.
    sources: FxHashMap<(Field, Word), usize>,
}

impl SnomedEmergency {
    /// The mapping of these rows.
    pub fn new(rows: Vec<Row<Mapped>>) -> SnomedEmergency {
        let mut sources: FxHashMap<(Field, Word), usize> = FxHashMap::default();
        for row in rows.iter().map(|row| &row.value).filter(|row| !row.retired) {
            *sources.entry((row.kind, row.code)).or_default() += 1;
        }
        let rows = rows.into_iter().map(|row| ((row.value.kind, row.value.source), row)).collect();
        SnomedEmergency { rows, sources }
    }

    /// Whether the release has no mapping, and so takes no SNOMED CT code.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// What the code stands for where it was recorded as that kind.
    pub fn find(&self, kind: Field, source: Sctid) -> Option<&Row<Mapped>> {
        self.rows.get(&(kind, source))
    }

    /// How many active source codes the national code stands for.
    pub fn sources(&self, kind: Field, code: Word) -> usize {
        self.sources.get(&(kind, code)).copied().unwrap_or(0)
    }

    /// Every row, in order of the file.
    pub fn rows(&self) -> Vec<&Row<Mapped>> {
        let mut rows: Vec<_> = self.rows.values().collect();
        rows.sort_by_key(|row| row.line);
        rows
    }
}
