//! Multiple trauma (A6) and burns (A7): sites, scores, matrices.

use super::band::Band;
use super::ids::Hrg;
use super::options::Degree;
use super::row::{CodeTable, Row, Rule};

/// The body sites of multiple trauma, with the names that tables use. Source: 03 A6.
pub const SITES: [&str; 9] =
    ["abdominal", "chest", "head", "kidney", "lower_limb", "upper_limb", "pelvis_or_spine", "urinary", "other"];

/// A cell of a score matrix.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Age in years; any for multiple trauma.
    pub age: Band,
    /// Trauma diagnosis score, or burns severity score.
    pub severity: Band,
    /// Intervention score.
    pub intervention: Band,
    /// The HRG.
    pub hrg: Hrg,
}

impl Cell {
    /// Whether the cell holds the values.
    pub fn contains(&self, age: u32, severity: u32, intervention: u32) -> bool {
        self.age.contains(age) && self.severity.contains(severity) && self.intervention.contains(intervention)
    }
}

/// The tables of multiple trauma.
#[derive(Clone, Debug, Default)]
pub struct Trauma {
    /// Index into [`SITES`] by injury code; a code may be in several.
    pub sites: CodeTable<u8>,
    /// Score by diagnosis.
    pub diagnosis_scores: CodeTable<u32>,
    /// Score by procedure.
    pub procedure_scores: CodeTable<u32>,
    /// The matrix.
    pub matrix: Vec<Row<Cell>>,
}

/// What the burns tables say of a diagnosis.
#[derive(Clone, Debug)]
pub struct BurnCode {
    /// Degree of the burn.
    pub degree: Degree,
    /// The body region is not stated: an error as primary diagnosis (UZ15).
    pub region_unspecified: bool,
    /// The body surface area is not stated: an error as primary diagnosis (UZ15).
    pub area_unspecified: bool,
    /// Severity points.
    pub score: u32,
}

/// The tables of burns.
#[derive(Clone, Debug, Default)]
pub struct Burns {
    /// Burns by diagnosis.
    pub diagnoses: CodeTable<BurnCode>,
    /// Severity points by body surface area code.
    pub surface_areas: CodeTable<u32>,
    /// Intervention points by procedure.
    pub procedures: CodeTable<u32>,
    /// Rules that add to the severity (Core 3).
    pub escalation: Vec<Row<Rule<u32>>>,
    /// Rules before the matrix.
    pub rules: Vec<Row<Rule<Hrg>>>,
    /// The matrix.
    pub matrix: Vec<Row<Cell>>,
}
