//! The fields of a dataset as a form asks for them: official name, words, and what may stand there.

use crate::record::Field;
use crate::reference::fields::{Content, FieldRule};
use crate::reference::lookup::System;
use crate::reference::{Dataset, Reference};

/// Value sets of so many values or fewer are listed beside their field.
const LISTED: usize = 40;

/// A field of a form.
#[derive(Clone, Debug)]
pub(super) struct FormField {
    /// The name in the form and in JSON: the official name in small letters.
    pub(super) name: String,
    /// The official name.
    pub(super) official: &'static str,
    /// What it is, in words.
    pub(super) words: &'static str,
    /// What may stand there, in words.
    pub(super) hint: String,
    /// Whether it is a list of codes.
    pub(super) list: bool,
    /// The classification that its codes are of, where they are looked up.
    pub(super) system: &'static str,
    /// Whether a blank one is reported.
    pub(super) mandatory: bool,
    /// Values to choose from, with their labels.
    pub(super) values: Vec<(String, String)>,
}

/// How the records of a dataset are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A spell of episodes.
    Spell,
    /// One record.
    Record,
    /// Days of critical care.
    Days,
}

impl Shape {
    /// That of a dataset.
    pub(super) fn of(dataset: Dataset) -> Shape {
        match dataset {
            Dataset::Apc => Shape::Spell,
            Dataset::Pcc | Dataset::Ncc => Shape::Days,
            Dataset::Nac | Dataset::Em | Dataset::Nrd | Dataset::Acc => Shape::Record,
        }
    }

    /// What one of its items is called.
    pub(super) fn item(self) -> &'static str {
        match self {
            Shape::Spell => "Episode",
            Shape::Record => "Record",
            Shape::Days => "Day",
        }
    }

    /// Whether there may be several.
    pub(super) fn several(self) -> bool {
        self != Shape::Record
    }
}

/// A dataset in words.
pub(super) fn dataset_name(dataset: Dataset) -> &'static str {
    match dataset {
        Dataset::Apc => "Admitted patient care",
        Dataset::Nac => "Outpatients",
        Dataset::Em => "Emergency medicine",
        Dataset::Nrd => "Renal dialysis",
        Dataset::Acc => "Adult critical care",
        Dataset::Pcc => "Paediatric critical care",
        Dataset::Ncc => "Neonatal critical care",
    }
}

/// The name of a dataset in paths.
pub(super) fn dataset_path(dataset: Dataset) -> String {
    dataset.to_string().to_ascii_lowercase()
}

/// Every dataset.
pub(super) const DATASETS: [Dataset; 7] =
    [Dataset::Apc, Dataset::Nac, Dataset::Em, Dataset::Nrd, Dataset::Acc, Dataset::Pcc, Dataset::Ncc];

/// Fields of a spell as a whole.
pub(super) const OF_SPELL: [&str; 2] = ["procodet", "provspno"];

/// The fields of the items of a dataset. EPIORDER is the place of the episode on the page.
pub(super) fn fields(dataset: Dataset, reference: Option<&Reference>) -> Vec<FormField> {
    let own = dataset.fields().iter().filter(|rule| {
        dataset != Dataset::Apc || !matches!(rule.field, Field::Procodet | Field::Provspno | Field::Epiorder)
    });
    own.map(|rule| field(rule, reference)).collect()
}

pub(super) fn field(rule: &FieldRule, reference: Option<&Reference>) -> FormField {
    let values = match rule.content {
        Content::Code(set) => values(set, reference),
        _ => Vec::new(),
    };
    let system = match rule.content {
        Content::Diagnosis => System::Icd10.name(),
        Content::Procedure => System::Opcs4.name(),
        _ => "",
    };
    FormField {
        name: rule.field.name().to_ascii_lowercase(),
        official: rule.field.name(),
        words: words(rule.field),
        hint: hint(rule),
        list: rule.positions > 0,
        system,
        mandatory: rule.mandatory,
        values,
    }
}

/// The values of a set with their labels, where they are few.
fn values(set: &str, reference: Option<&Reference>) -> Vec<(String, String)> {
    let text = reference.and_then(|release| release.texts.get(&crate::reference::TableId::ValueSets));
    let mut reader = csv::Reader::from_reader(text.map(|text| &**text).unwrap_or_default());
    let cell = |record: &csv::StringRecord, place| record.get(place).unwrap_or_default().to_owned();
    let of_set = reader.records().filter_map(Result::ok).filter(|record| record.get(0) == Some(set));
    let found: Vec<_> = of_set.map(|record| (cell(&record, 1), cell(&record, 2))).collect();
    if found.len() > LISTED { Vec::new() } else { found }
}

fn hint(rule: &FieldRule) -> String {
    match rule.content {
        Content::Number(from, to) => format!("Whole number, {from} to {to}"),
        Content::Age => "Whole years, 0 to 130; 999 is unknown".to_owned(),
        Content::Date => "YYYYMMDD".to_owned(),
        Content::Kilograms => "Kilograms, three decimals at most".to_owned(),
        Content::Diagnosis => "ICD-10 codes, the primary first".to_owned(),
        Content::Procedure => "OPCS-4 codes in the order in which they were recorded".to_owned(),
        Content::Activity => "Activity codes".to_owned(),
        Content::Text | Content::Code(_) => String::new(),
    }
}

fn words(field: Field) -> &'static str {
    match field {
        Field::Procodet => "Provider code",
        Field::Provspno => "Spell number",
        Field::Epiorder => "Episode number",
        Field::Startage => "Age at start",
        Field::Sex => "Sex",
        Field::Classpat => "Patient classification",
        Field::Admisorc => "Source of admission",
        Field::Admimeth => "Admission method",
        Field::Disdest => "Discharge destination",
        Field::Dismeth => "Discharge method",
        Field::Epidur => "Episode duration in days",
        Field::Mainspef => "Main specialty",
        Field::Neocare => "Neonatal level of care",
        Field::Tretspef => "Treatment function",
        Field::Diag => "Diagnoses",
        Field::Oper => "Procedures",
        Field::Criticalcaredays => "Critical care days",
        Field::Rehabilitationdays => "Rehabilitation days",
        Field::Spcdays => "Specialist palliative care days",
        Field::Firstatt => "First attendance",
        Field::Age => "Age in years",
        Field::Aepatientgroup => "Patient group",
        Field::Inv => "Investigations",
        Field::Treat => "Treatments",
        Field::Renalmod => "Treatment modality",
        Field::Renalsite => "Primary supervision",
        Field::Renalaccess => "Dialysis access type",
        Field::Hbv => "Hepatitis B antigen",
        Field::Hcv => "Hepatitis C antibody",
        Field::Hiv => "HIV status",
        Field::Ccuf => "Unit function",
        Field::Bcsd => "Basic cardiovascular support days",
        Field::Acsd => "Advanced cardiovascular support days",
        Field::Brsd => "Basic respiratory support days",
        Field::Arsd => "Advanced respiratory support days",
        Field::Rsd => "Renal support days",
        Field::Nsd => "Neurological support days",
        Field::Dsd => "Dermatological support days",
        Field::Lsd => "Liver support days",
        Field::Ccl2d => "Critical care level 2 days",
        Field::Ccl3d => "Critical care level 3 days",
        Field::CcStartDate => "Start date",
        Field::CcDischargeDate => "Discharge date",
        Field::CcLocalId => "Local identifier",
        Field::CcDate => "Activity date",
        Field::Disdate => "Discharge date of the spell",
        Field::Ccac => "Activities",
        Field::AgeDays => "Age in days",
        Field::GestLen => "Gestation length in weeks",
        Field::Perwt => "Weight",
    }
}
