//! Room 2, **what we know**: one checked, immutable version of the tables. A [`Reference`] is made by the `bundle` room from a
//! folder; here stand its types, its look-ups and its checks. Format: `reference/README.md`.

pub mod band;
pub mod check;
pub mod codes;
pub mod complications;
pub mod condition;
pub mod diff;
pub mod fields;
pub mod finding;
pub mod hygiene;
pub mod ids;
pub mod labels;
pub mod lookup;
pub mod options;
pub mod other;
pub mod parse_condition;
pub mod pattern;
pub mod row;
pub mod schema;
pub mod slot;
pub mod snomed;
pub mod split_label;
pub mod splits;
pub mod trauma;
pub mod truth;
pub mod unbundling;
mod ways;
pub mod year;

pub use band::Band;
pub use finding::{Finding, Severity};
pub use ids::{Hrg, Root, Subchapter};
pub use labels::{Labels, Situation};
pub use options::Options;
pub use row::{Row, RowRef};
pub use schema::TableId;

use serde::Serialize;
use utoipa::ToSchema;

/// A grouping logic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, serde::Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Dataset {
    /// Admitted patient care.
    Apc,
    /// Non-admitted consultations.
    Nac,
    /// Emergency medicine.
    Em,
    /// Renal dialysis (national renal dataset).
    Nrd,
    /// Adult critical care.
    Acc,
    /// Paediatric critical care.
    Pcc,
    /// Neonatal critical care.
    Ncc,
}

impl Dataset {
    /// All seven.
    pub const ALL: [Dataset; 7] =
        [Dataset::Apc, Dataset::Nac, Dataset::Em, Dataset::Nrd, Dataset::Acc, Dataset::Pcc, Dataset::Ncc];

    /// The dataset of that name, in any case.
    pub fn parse(name: &str) -> Option<Dataset> {
        Dataset::ALL.into_iter().find(|dataset| dataset.name().eq_ignore_ascii_case(name))
    }

    /// The name that tables, files and metrics use.
    pub fn name(self) -> &'static str {
        match self {
            Dataset::Apc => "APC",
            Dataset::Nac => "NAC",
            Dataset::Em => "EM",
            Dataset::Nrd => "NRD",
            Dataset::Acc => "ACC",
            Dataset::Pcc => "PCC",
            Dataset::Ncc => "NCC",
        }
    }
}

impl std::fmt::Display for Dataset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// What stands behind a release, and so how far its answers may be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Invented maps: never an official result.
    Demonstration,
    /// Built by its user from official material.
    Imported,
    /// Published by the owner of the design.
    Official,
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Status::Demonstration => "demonstration",
            Status::Imported => "imported",
            Status::Official => "official",
        })
    }
}

/// Who a release is. Every answer names its id, digest and status.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// `2024-25.payment`.
    pub id: String,
    /// `sha256:` and 64 hexadecimal digits, over manifest and tables.
    pub digest: String,
    /// What stands behind it.
    pub status: Status,
    /// Financial year.
    pub year: String,
    /// `payment` or `costing`.
    pub purpose: String,
    /// The release's own version.
    pub version: String,
    /// ICD-10 version.
    pub icd10: String,
    /// OPCS-4 version.
    pub opcs4: String,
    /// Where the content comes from.
    pub provenance: String,
    /// The grouping logics it serves.
    pub datasets: Vec<Dataset>,
}

/// Which release answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReferenceUsed)]
pub struct ReferenceAnswer {
    /// Id of the release.
    #[schema(example = "2024-25.payment")]
    pub id: String,
    /// Digest of the release.
    pub digest: String,
    /// What stands behind it. A demonstration result is never an official one.
    pub status: Status,
    /// `auto` where the service chose it by purpose and discharge date.
    #[serde(rename = "chosenBy", skip_serializing_if = "Option::is_none")]
    pub chosen_by: Option<&'static str>,
}

impl ReferenceAnswer {
    /// The release that was used.
    pub fn of(reference: &Reference) -> ReferenceAnswer {
        let identity = &reference.identity;
        ReferenceAnswer {
            id: identity.id.clone(),
            digest: identity.digest.clone(),
            status: identity.status,
            chosen_by: None,
        }
    }
}

/// A release, loaded: checked once, never changed.
#[derive(Clone, Debug)]
pub struct Reference {
    /// Who it is.
    pub identity: Identity,
    /// Its options.
    pub options: Options,
    /// Names and wordings.
    pub labels: Labels,
    /// Rows of the named lists that conditions speak of.
    pub named_lists: Vec<Row<codes::NamedCode>>,
    /// Clinical codes.
    pub codes: codes::Codes,
    /// Roots and their splits.
    pub splits: splits::Splits,
    /// Longest stay, in days, at which a procedure of the root still drives (A11).
    pub max_stays: rustc_hash::FxHashMap<Root, Row<u32>>,
    /// Complications and interventions.
    pub complications: complications::Complications,
    /// Multiple trauma.
    pub trauma: trauma::Trauma,
    /// Burns.
    pub burns: trauma::Burns,
    /// Unbundling and global exceptions.
    pub unbundling: unbundling::Unbundling,
    /// Tables of the logics other than admitted patient care.
    pub other: other::OtherTables,
    /// Every row id there is, for those who check what a trace cites.
    pub row_ids: rustc_hash::FxHashMap<TableId, rustc_hash::FxHashSet<Box<str>>>,
    /// The tables as they were read, for comparing releases cell by cell: what is loaded is typed and indexed, and can
    /// no longer say how a cell was written.
    pub texts: std::collections::BTreeMap<TableId, std::sync::Arc<[u8]>>,
    /// Warnings found on loading.
    pub findings: Vec<Finding>,
}
