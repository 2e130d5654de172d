//! Tables of the six logics other than admitted patient care: matrices, classes, level rules. Source: 04.

use super::band::Band;
use super::ids::Hrg;
use super::row::{Row, Rule};
use super::snomed::SnomedEmergency;
use crate::record::{Field, Word};
use rustc_hash::FxHashMap;

/// The named list of the assessments that make an attendance multi-professional (N6).
pub const MULTI_PROFESSIONAL: &str = "multiprofessional_assessments";

/// A cell of the emergency matrix: category of the investigations and of the treatments.
pub type EmCell = (u8, u8);

/// What a release says of an investigation or a treatment code.
#[derive(Clone, Copy, Debug)]
pub struct EmCategory {
    /// 0 to 5.
    pub category: u8,
    /// A dental treatment (E3).
    pub dental: bool,
}

/// A row of the renal matrix; `None` is any.
#[derive(Clone, Debug)]
pub struct RenalCell {
    /// Class of the modality.
    pub modality: Box<str>,
    /// Class of the site.
    pub site: Option<Box<str>>,
    /// Class of the access.
    pub access: Option<Box<str>>,
    /// Whether a blood-borne virus is present.
    pub virus: Option<bool>,
    /// Age in years.
    pub age: Band,
    /// The HRG.
    pub hrg: Hrg,
}

/// Which logics a critical care activity code belongs to.
#[derive(Clone, Debug)]
pub struct Activity {
    /// In plain words.
    pub label: String,
    /// Paediatric.
    pub pcc: bool,
    /// Neonatal.
    pub ncc: bool,
}

/// The tables.
#[derive(Clone, Debug, Default)]
pub struct OtherTables {
    /// Outpatient attendance: FIRSTATT and whether multi-professional (N6, N7).
    pub wf: FxHashMap<(Word, bool), Row<Hrg>>,
    /// Categories of investigations (E4).
    pub investigations: FxHashMap<Word, Row<EmCategory>>,
    /// Categories of treatments (E4).
    pub treatments: FxHashMap<Word, Row<EmCategory>>,
    /// What SNOMED CT codes stand for (E1); empty where the release takes none.
    pub snomed: SnomedEmergency,
    /// The emergency matrix (E5).
    pub em: FxHashMap<EmCell, Row<Hrg>>,
    /// Classes of the renal fields.
    pub renal_classes: FxHashMap<(Field, Word), Row<Box<str>>>,
    /// The renal matrix.
    pub renal: Vec<Row<RenalCell>>,
    /// Adult critical care, by number of organs supported.
    pub acc: Vec<Row<(Band, Hrg)>>,
    /// Paediatric levels, highest first.
    pub pcc: Vec<Row<Rule<Hrg>>>,
    /// Neonatal levels, highest first.
    pub ncc: Vec<Row<Rule<Hrg>>>,
    /// Critical care activity codes.
    pub activities: FxHashMap<Word, Row<Activity>>,
}
