//! What comes in: an admitted patient care spell as sent, before anything is looked at.
//!
//! The lower-case official field names are the JSON names. Every field of an episode may be missing; a missing field
//! is a blank one, and whether that matters is for validation (A2) to say.

use super::object::objects;
use super::size::positions;
use super::text::Text;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A hospital spell: one or more finished consultant episodes of one patient with one provider.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Spell)]
pub struct RawSpell<'a> {
    /// Provider organisation code (PROCODET).
    #[serde(default, bound(deserialize = "Text<'a>: Deserialize<'de>"))]
    pub procodet: Text<'a>,
    /// Hospital provider spell number (PROVSPNO). Not kept, not logged.
    #[serde(default, bound(deserialize = "Text<'a>: Deserialize<'de>"))]
    pub provspno: Text<'a>,
    /// The episodes, in any order; they are put in EPIORDER order.
    #[serde(bound(deserialize = "RawEpisode<'a>: Deserialize<'de>"), deserialize_with = "objects")]
    #[schema(min_items = 1)]
    pub episodes: Vec<RawEpisode<'a>>,
}

/// One finished consultant episode, every field as text.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default, bound(deserialize = "Text<'a>: Deserialize<'de>"))]
#[schema(as = Episode)]
pub struct RawEpisode<'a> {
    /// Episode number within the spell; 98 and 99 are invalid.
    pub epiorder: Text<'a>,
    /// Age in whole years at the start of the episode, 0 to 130; 999 is unknown.
    pub startage: Text<'a>,
    /// Person gender code current.
    pub sex: Text<'a>,
    /// Patient classification.
    pub classpat: Text<'a>,
    /// Source of admission.
    pub admisorc: Text<'a>,
    /// Admission method.
    pub admimeth: Text<'a>,
    /// Discharge destination.
    pub disdest: Text<'a>,
    /// Discharge method.
    pub dismeth: Text<'a>,
    /// Episode duration in whole days, end less start.
    pub epidur: Text<'a>,
    /// Main specialty of the care professional.
    pub mainspef: Text<'a>,
    /// Neonatal level of care, or blank.
    pub neocare: Text<'a>,
    /// Treatment function.
    pub tretspef: Text<'a>,
    /// ICD-10 codes, DIAG_01 (primary) first; blanks keep their position.
    #[serde(deserialize_with = "positions")]
    pub diag: Vec<Text<'a>>,
    /// OPCS-4 codes in recorded order; blanks keep their position.
    #[serde(deserialize_with = "positions")]
    pub oper: Vec<Text<'a>>,
    /// Days of the episode in critical care; blank is none.
    pub criticalcaredays: Text<'a>,
    /// Length of stay adjustment for rehabilitation, in days; blank is none.
    pub rehabilitationdays: Text<'a>,
    /// Length of stay adjustment for specialist palliative care, in days; blank is none.
    pub spcdays: Text<'a>,
}
