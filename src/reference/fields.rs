//! The fields of the seven datasets, one table a dataset, in the order in which they are validated. Source: 02.
//!
//! Grouping validates each field where it reads it; this table is for those who look at a dataset as a whole: record
//! definitions, the check of a file before grouping, the sample generator.

use super::Dataset;
use crate::record::Field;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Any text.
    Text,
    /// A whole number from the one to the other.
    Number(u32, u32),
    /// An age in years, or the release's value for an unknown one.
    Age,
    /// A value of the value set of that name.
    Code(&'static str),
    /// A critical care activity code.
    Activity,
    /// A day, `YYYYMMDD`.
    Date,
    /// Kilograms, below 10, with three decimals at most.
    Kilograms,
    /// An ICD-10 code.
    Diagnosis,
    /// An OPCS-4 code.
    Procedure,
}

/// A field of a dataset.
#[derive(Clone, Copy, Debug)]
pub struct FieldRule {
    /// The field.
    pub field: Field,
    /// What it holds.
    pub content: Content,
    /// How often it may stand: 0 for a field without positions.
    pub positions: u8,
    /// Whether a definition must name it; for DIAG that is DIAG_01.
    pub mandatory: bool,
}

const fn must(field: Field, content: Content) -> FieldRule {
    FieldRule { field, content, positions: 0, mandatory: true }
}

const fn may(field: Field, content: Content) -> FieldRule {
    FieldRule { field, content, positions: 0, mandatory: false }
}

const fn repeated(field: Field, content: Content, positions: u8) -> FieldRule {
    FieldRule { field, content, positions, mandatory: false }
}

/// A count of days.
const DAYS: Content = Content::Number(0, 99_999);

const APC: &[FieldRule] = &[
    must(Field::Procodet, Content::Text),
    must(Field::Provspno, Content::Text),
    must(Field::Epiorder, Content::Number(0, 97)),
    must(Field::Startage, Content::Age),
    must(Field::Sex, Content::Code("SEX")),
    must(Field::Classpat, Content::Code("CLASSPAT")),
    must(Field::Admisorc, Content::Code("ADMISORC")),
    must(Field::Admimeth, Content::Code("ADMIMETH")),
    must(Field::Disdest, Content::Code("DISDEST")),
    must(Field::Dismeth, Content::Code("DISMETH")),
    must(Field::Epidur, DAYS),
    must(Field::Mainspef, Content::Code("MAINSPEF")),
    may(Field::Neocare, Content::Code("NEOCARE")),
    must(Field::Tretspef, Content::Code("TRETSPEF")),
    FieldRule { field: Field::Diag, content: Content::Diagnosis, positions: 99, mandatory: true },
    repeated(Field::Oper, Content::Procedure, 99),
    may(Field::Criticalcaredays, DAYS),
    may(Field::Rehabilitationdays, DAYS),
    may(Field::Spcdays, DAYS),
];

const NAC: &[FieldRule] = &[
    must(Field::Startage, Content::Age),
    must(Field::Sex, Content::Code("SEX")),
    must(Field::Mainspef, Content::Code("MAINSPEF")),
    must(Field::Tretspef, Content::Code("TRETSPEF")),
    must(Field::Firstatt, Content::Code("FIRSTATT")),
    repeated(Field::Oper, Content::Procedure, 99),
];

const EM: &[FieldRule] = &[
    must(Field::Age, Content::Age),
    may(Field::Aepatientgroup, Content::Code("AEPATIENTGROUP")),
    repeated(Field::Inv, Content::Code("INV"), 99),
    repeated(Field::Treat, Content::Code("TREAT"), 99),
];

const NRD: &[FieldRule] = &[
    must(Field::Renalmod, Content::Code("RENALMOD")),
    must(Field::Renalsite, Content::Code("RENALSITE")),
    may(Field::Renalaccess, Content::Code("RENALACCESS")),
    may(Field::Hbv, Content::Code("HBV")),
    may(Field::Hcv, Content::Code("HCV")),
    may(Field::Hiv, Content::Code("HIV")),
    must(Field::Age, Content::Number(0, 130)),
];

const ACC: &[FieldRule] = &[
    must(Field::Ccuf, Content::Code("CCUF_ACC")),
    may(Field::Bcsd, DAYS),
    may(Field::Acsd, DAYS),
    may(Field::Brsd, DAYS),
    may(Field::Arsd, DAYS),
    may(Field::Rsd, DAYS),
    may(Field::Nsd, DAYS),
    may(Field::Dsd, DAYS),
    may(Field::Lsd, DAYS),
    may(Field::Ccl2d, DAYS),
    may(Field::Ccl3d, DAYS),
    may(Field::CcStartDate, Content::Date),
    may(Field::CcDischargeDate, Content::Date),
];

const PCC: &[FieldRule] = &[
    may(Field::Procodet, Content::Text),
    may(Field::CcLocalId, Content::Text),
    must(Field::CcDate, Content::Date),
    must(Field::Disdate, Content::Date),
    must(Field::Dismeth, Content::Code("DISMETH")),
    must(Field::Ccuf, Content::Code("CCUF_PCC")),
    repeated(Field::Ccac, Content::Activity, 20),
    repeated(Field::Oper, Content::Procedure, 20),
    repeated(Field::Diag, Content::Diagnosis, 99),
];

const NCC: &[FieldRule] = &[
    may(Field::Procodet, Content::Text),
    may(Field::CcLocalId, Content::Text),
    must(Field::CcDate, Content::Date),
    must(Field::Disdate, Content::Date),
    must(Field::Ccuf, Content::Code("CCUF_NCC")),
    may(Field::AgeDays, DAYS),
    must(Field::Dismeth, Content::Code("DISMETH")),
    must(Field::GestLen, Content::Number(10, 49)),
    must(Field::Perwt, Content::Kilograms),
    repeated(Field::Ccac, Content::Activity, 20),
];

impl Dataset {
    /// Its fields.
    pub fn fields(self) -> &'static [FieldRule] {
        match self {
            Dataset::Apc => APC,
            Dataset::Nac => NAC,
            Dataset::Em => EM,
            Dataset::Nrd => NRD,
            Dataset::Acc => ACC,
            Dataset::Pcc => PCC,
            Dataset::Ncc => NCC,
        }
    }

    /// Fields of which a definition names at least one where nobody says that it is for this dataset: AGE or CCUF alone
    /// tells too little. None where the mandatory fields tell enough.
    pub fn telling(self) -> &'static [Field] {
        match self {
            Dataset::Em => &[Field::Aepatientgroup, Field::Inv, Field::Treat],
            Dataset::Acc => &[
                Field::CcStartDate,
                Field::CcDischargeDate,
                Field::Bcsd,
                Field::Acsd,
                Field::Brsd,
                Field::Arsd,
                Field::Rsd,
                Field::Nsd,
                Field::Dsd,
                Field::Lsd,
            ],
            _ => &[],
        }
    }
}

impl FieldRule {
    /// The name that a definition must give, or gives first: `SEX`, `DIAG_01`.
    pub fn first_name(&self) -> String {
        if self.positions == 0 { self.field.name().to_owned() } else { format!("{}_01", self.field.name()) }
    }
}
