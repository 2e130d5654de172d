//! What a release knows of each clinical code: hierarchy, base root, flags. Tables `procedures`, `diagnoses`,
//! their root rules, and `site_conflicts`.

use super::ids::Root;
use super::pattern::Pattern;
use super::row::{CodeTable, Rule};
use crate::record::Word;

/// Why a procedure of hierarchy 0 cannot be grouped by (A9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZeroKind {
    /// UZ05.
    Invalid,
    /// UZ06.
    PoorlyCoded,
}

/// An OPCS-4 code or category.
#[derive(Clone, Debug)]
pub struct Procedure {
    /// In plain words.
    pub label: String,
    /// Procedure hierarchy, 0 to 41 (A9).
    pub ph: u8,
    /// Only where `ph` is 0.
    pub zero_kind: Option<ZeroKind>,
    /// HRG1, the base root.
    pub root: Option<Root>,
    /// A method (Y) or site (Z) that belongs to the procedure before it.
    pub supporting: bool,
    /// Known, but invalid in this release.
    pub retired: bool,
}

/// An ICD-10 code or category.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// In plain words.
    pub label: String,
    /// Diagnosis hierarchy, 0 or 5 to 25 (S10).
    pub dh: u8,
    /// HRG1, the base root.
    pub root: Option<Root>,
    /// Not allowed as primary diagnosis (UZ01).
    pub uz01: bool,
    /// Too vague as primary diagnosis (UZ02).
    pub uz02: bool,
    /// Paediatric: as primary diagnosis not at 19 or over (UZ03).
    pub paediatric: bool,
    /// Known, but invalid in this release.
    pub retired: bool,
}

impl Procedure {
    /// Whether it can drive any logic, so that its root is ever asked for: from hierarchy 3 in outpatients, from 5 in
    /// admitted patient care.
    pub fn can_drive(&self) -> bool {
        !self.retired && self.ph >= 3
    }
}

impl Diagnosis {
    /// Whether it can be the primary one, so that its root is ever asked for.
    pub fn can_be_primary(&self) -> bool {
        !(self.retired || self.uz01 || self.uz02)
    }
}

/// A code of a named list. Conditions and proxies hold the list itself; this is its row.
#[derive(Clone, Debug)]
pub struct NamedCode {
    /// Name of the list.
    pub list: Box<str>,
    /// The pattern.
    pub pattern: Pattern,
}

/// The code tables of a release.
#[derive(Clone, Debug, Default)]
pub struct Codes {
    /// Procedures.
    pub procedures: CodeTable<Procedure>,
    /// Conditional roots of procedures (A10).
    pub procedure_rules: CodeTable<Rule<Root>>,
    /// Diagnoses.
    pub diagnoses: CodeTable<Diagnosis>,
    /// Conditional roots of diagnoses (A13).
    pub diagnosis_rules: CodeTable<Rule<Root>>,
    /// Fifth characters that a diagnosis may bear (UZ04), as ASCII.
    pub site_conflicts: CodeTable<Box<[u8]>>,
    /// Programme budgeting category by diagnosis (A17).
    pub pbc: CodeTable<Word>,
}
