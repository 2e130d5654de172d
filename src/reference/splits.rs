//! How a root divides into HRGs (A16). Table `splits`, with the bands that `roots` declares.

use super::band::Band;
use super::condition::{Condition, Facts, NumberFact, Test};
use super::ids::{Hrg, Root};
use super::row::Row;
use rustc_hash::FxHashMap;

/// The values that a split looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SplitValues {
    /// CC score (A14).
    pub cc: u32,
    /// Age in years.
    pub age: u32,
    /// Stay in days.
    pub stay: u32,
    /// Interventions counted (A15).
    pub interventions: u32,
}

/// One of the values a split looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// CC score.
    Cc,
    /// Age in years.
    Age,
    /// Stay in days.
    Stay,
    /// Interventions.
    Interventions,
}

impl Dimension {
    /// All four, in the order of the table's columns.
    pub const ALL: [Dimension; 4] = [Dimension::Cc, Dimension::Age, Dimension::Stay, Dimension::Interventions];

    /// The name of the column.
    pub fn name(self) -> &'static str {
        match self {
            Dimension::Cc => "cc",
            Dimension::Age => "age",
            Dimension::Stay => "stay",
            Dimension::Interventions => "interventions",
        }
    }

    /// The value of this dimension.
    pub fn of(self, values: &SplitValues) -> u32 {
        match self {
            Dimension::Cc => values.cc,
            Dimension::Age => values.age,
            Dimension::Stay => values.stay,
            Dimension::Interventions => values.interventions,
        }
    }

    /// The values with this one changed.
    #[must_use]
    pub fn with(self, values: &SplitValues, value: u32) -> SplitValues {
        let mut changed = *values;
        match self {
            Dimension::Cc => changed.cc = value,
            Dimension::Age => changed.age = value,
            Dimension::Stay => changed.stay = value,
            Dimension::Interventions => changed.interventions = value,
        }
        changed
    }
}

/// One row of the table: an HRG of a root and when it is reached.
#[derive(Clone, Debug)]
pub struct Split {
    /// The root.
    pub root: Root,
    /// Rows with an order are tried first, lower first.
    pub order: Option<u32>,
    /// The HRG.
    pub hrg: Hrg,
    /// CC score.
    pub cc: Band,
    /// Age in years.
    pub age: Band,
    /// Stay in days.
    pub stay: Band,
    /// Interventions.
    pub interventions: Band,
    /// Anything else that must hold.
    pub when: Condition,
}

impl Split {
    /// The band of a dimension.
    pub fn band(&self, dimension: Dimension) -> Band {
        match dimension {
            Dimension::Cc => self.cc,
            Dimension::Age => self.age,
            Dimension::Stay => self.stay,
            Dimension::Interventions => self.interventions,
        }
    }

    /// Whether all four bands hold the values.
    pub fn in_bands(&self, values: &SplitValues) -> bool {
        Dimension::ALL.iter().all(|d| self.band(*d).contains(d.of(values)))
    }

    /// Whether the row looks at the dimension.
    fn uses(&self, dimension: Dimension) -> bool {
        let asked = match dimension {
            Dimension::Cc => NumberFact::CcScore,
            Dimension::Age => NumberFact::Age,
            Dimension::Stay => NumberFact::Stay,
            Dimension::Interventions => NumberFact::Interventions,
        };
        let asks = |test: &Test| matches!(test, Test::Compare(fact, ..) | Test::In(fact, _) if *fact == asked);
        !self.band(dimension).is_any() || self.when.tests().any(asks)
    }

    /// The first dimension whose band does not hold the value.
    pub fn outside(&self, values: &SplitValues) -> Option<Dimension> {
        Dimension::ALL.into_iter().find(|d| !self.band(*d).contains(d.of(values)))
    }
}

/// A root with its splits, in the order they are tried.
#[derive(Clone, Debug)]
pub struct RootSplits {
    /// The stem of the root's labels.
    pub label: String,
    /// Ages that the root serves.
    pub age: Band,
    /// Stays that the root serves.
    pub stay: Band,
    /// Line in `roots.csv`.
    pub line: u32,
    /// The rows, ordered ones first.
    pub rows: Vec<Row<Split>>,
    /// Whether any row looks at the dimension, in the order of [`Dimension::ALL`].
    used: [bool; Dimension::ALL.len()],
}

impl RootSplits {
    /// A root without rows.
    pub fn new(label: String, age: Band, stay: Band, line: u32) -> RootSplits {
        RootSplits { label, age, stay, line, rows: Vec::new(), used: [false; Dimension::ALL.len()] }
    }

    /// Adds a row at the end.
    pub fn push(&mut self, row: Row<Split>) {
        for (used, dimension) in self.used.iter_mut().zip(Dimension::ALL) {
            *used = *used || row.value.uses(dimension);
        }
        self.rows.push(row);
    }

    /// The row that the values reach.
    pub fn find(&self, values: &SplitValues, facts: &impl Facts) -> Option<&Row<Split>> {
        self.rows.iter().find(|row| row.value.in_bands(values) && row.value.when.holds(facts))
    }

    /// Whether any row looks at the dimension.
    pub fn uses(&self, dimension: Dimension) -> bool {
        self.used.get(dimension as usize).is_some_and(|used| *used)
    }
}

/// All roots of a release.
pub type Splits = FxHashMap<Root, RootSplits>;
