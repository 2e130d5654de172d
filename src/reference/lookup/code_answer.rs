//! The shape of the answer about one clinical code. It is filled in `code.rs`.

use super::mentions::Mention;
use super::names::{HrgName, RootName, Score, System};
use crate::reference::ReferenceAnswer;
use crate::reference::options::Degree;
use crate::reference::row::RowRef;
use serde::Serialize;
use utoipa::ToSchema;

/// A mark of the code in its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Flag {
    /// Never allowed as primary diagnosis.
    Uz01,
    /// Too vague as primary diagnosis.
    Uz02,
    /// Paediatric: as primary diagnosis not at 19 or over.
    Paediatric,
    /// A method or site that belongs to the procedure before it.
    Supporting,
    /// Hierarchy 0, of the invalid kind (UZ05).
    Ph0Invalid,
    /// Hierarchy 0, of the poorly coded kind (UZ06).
    Ph0PoorlyCoded,
}

/// A rule of the code that chooses its root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RootRule {
    /// The rule's row; its id is what follows the colon.
    #[schema(value_type = String, example = "procedure_root_rules:PRA-0002")]
    pub row: RowRef,
    /// Lower is tried first.
    pub order: u32,
    /// The condition.
    #[schema(example = "age <= 18")]
    pub when: String,
    /// Where it leads.
    pub root: RootName,
}

/// A rule that splits an HRG of its own off for the code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnbundlingRule {
    /// The rule's row.
    #[schema(value_type = String, example = "unbundling_rules:UB-0003")]
    pub row: RowRef,
    /// Lower is tried first.
    pub order: u32,
    /// The condition.
    pub when: String,
    /// The HRG; `UZ01Z` says that the code is too poorly coded (UZ06).
    pub hrg: HrgName,
    /// Further instances in the record give no other HRG.
    pub once: bool,
}

/// A place on a list of complications.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OnCcList {
    /// The list.
    #[schema(example = "cc_aa")]
    pub list: String,
    /// The subchapters that use it.
    pub subchapters: Vec<String>,
    /// Points.
    pub score: u32,
    /// The row.
    #[schema(value_type = String, example = "cc_scores:cc_aa/A047")]
    pub row: RowRef,
}

/// A pair of diagnoses of which the secondary does not count beside the primary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExcludedPair {
    /// The row.
    #[schema(value_type = String, example = "cc_exclusions:CX-0001")]
    pub row: RowRef,
    /// Pattern of the primary diagnosis.
    pub primary: String,
    /// Pattern of the secondary diagnosis.
    pub cc: String,
}

/// A named thing that holds the code, with the row that says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HeldBy {
    /// Name of the list, the body site or the subchapter.
    pub name: String,
    /// The row.
    #[schema(value_type = String, example = "named_lists:acute_kidney_injury/N17*")]
    pub row: RowRef,
}

/// Points that the code gives on a list, as a primary diagnosis or towards a root that counts lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ListScore {
    /// The list.
    pub list: String,
    /// The root that counts the list, where it is one of those.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    /// Points.
    pub score: u32,
    /// The row.
    #[schema(value_type = String, example = "inherent_cc:E100/cc_kb")]
    pub row: RowRef,
}

/// What complications make of a diagnosis.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Complication {
    /// The lists it scores on as a secondary diagnosis.
    pub lists: Vec<OnCcList>,
    /// Pairs with it as the primary diagnosis.
    pub excluded_as_primary: Vec<ExcludedPair>,
    /// Pairs with it as the secondary diagnosis.
    pub excluded_as_cc: Vec<ExcludedPair>,
    /// What it adds by itself as the primary diagnosis.
    pub inherent: Vec<ListScore>,
    /// Roots that count a named list which holds it.
    pub proxies: Vec<ListScore>,
}

/// What multiple trauma makes of a code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct TraumaCode {
    /// The body sites it is an injury of.
    pub sites: Vec<HeldBy>,
    /// Its diagnosis or intervention score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
}

/// A burn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Burn {
    /// The degree; `none` scores and never triggers.
    pub degree: Degree,
    /// The body region is not stated.
    pub region_unspecified: bool,
    /// The body surface area is not stated.
    pub area_unspecified: bool,
    /// Severity points.
    pub score: u32,
    /// The row.
    #[schema(value_type = String, example = "burns_diagnosis_score:T212")]
    pub row: RowRef,
}

/// What burns make of a code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BurnsCode {
    /// The burn it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub burn: Option<Burn>,
    /// Severity points of the body surface area it states.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub surface_area: Option<Score>,
    /// Its intervention score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intervention: Option<Score>,
}

/// The fifth characters that a diagnosis may bear (UZ04).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FifthCharacter {
    /// Those allowed, written together.
    #[schema(example = "012389")]
    pub allowed: String,
    /// Whether the code's own is among them; a code without one always is.
    pub fits: bool,
    /// The row.
    #[schema(value_type = String, example = "site_conflicts:M721")]
    pub row: RowRef,
}

/// A programme budgeting category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BudgetCategory {
    /// The category.
    #[schema(example = "01X")]
    pub category: String,
    /// The row.
    #[schema(value_type = String, example = "pbc:A*")]
    pub row: RowRef,
}

/// Everything a release says of a code. A code that is retired leads nowhere: only its row and label are given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CodeAnswer {
    /// Which release answered.
    pub reference: ReferenceAnswer,
    /// The classification.
    pub system: System,
    /// The code as the grouper reads it.
    #[schema(example = "I10X")]
    pub code: String,
    /// Whether a record may bear it: not where it is retired.
    pub valid: bool,
    /// In plain words.
    pub label: String,
    /// The row that decides, of the longest matching pattern.
    #[schema(value_type = String, example = "diagnoses:I10X")]
    pub row: RowRef,
    /// Hierarchy: of procedures 0 to 41, of diagnoses 0 or 5 to 25.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hierarchy: Option<u8>,
    /// Marks of the code.
    pub flags: Vec<Flag>,
    /// Its base root (HRG1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root: Option<RootName>,
    /// Rules that choose another root, in the order they are tried.
    pub root_rules: Vec<RootRule>,
    /// Rules that split an HRG of its own off, in the order they are tried.
    pub unbundling: Vec<UnbundlingRule>,
    /// Named lists that hold it.
    pub lists: Vec<HeldBy>,
    /// Complications, of a diagnosis.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complication: Option<Complication>,
    /// Subchapters in which it counts as an intervention, of a procedure.
    pub interventions: Vec<HeldBy>,
    /// Multiple trauma.
    pub trauma: TraumaCode,
    /// Burns.
    pub burns: BurnsCode,
    /// The fifth characters that may follow it, of a diagnosis.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fifth_character: Option<FifthCharacter>,
    /// Its programme budgeting category, of a diagnosis.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub programme_budgeting: Option<BudgetCategory>,
    /// Rules whose conditions speak of it, by row.
    pub mentions: Vec<Mention>,
}
