//! What comes in for the six logics besides admitted patient care: one record each, before anything is looked at.
//!
//! The lower-case official field names are the JSON names. Every field may be missing; a missing field is a blank one,
//! and whether that matters is for validation to say. Repeated fields are lists in which blanks keep their position.
//! Source: 02 inputs.

use super::size::positions;
use super::text::Text;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One outpatient attendance or ward attender contact. Diagnoses are no part of it.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default, bound(deserialize = "Text<'a>: Deserialize<'de>"))]
#[schema(as = NacRecord)]
pub struct RawNac<'a> {
    /// Age in whole years at the appointment, 0 to 130; 999 is unknown.
    pub startage: Text<'a>,
    /// Person gender code current.
    pub sex: Text<'a>,
    /// Main specialty of the care professional.
    pub mainspef: Text<'a>,
    /// Treatment function.
    pub tretspef: Text<'a>,
    /// First attendance code, 1 to 4.
    pub firstatt: Text<'a>,
    /// OPCS-4 codes in recorded order.
    #[serde(deserialize_with = "positions")]
    pub oper: Vec<Text<'a>>,
}

/// One accident and emergency attendance.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default, bound(deserialize = "Text<'a>: Deserialize<'de>"))]
#[schema(as = EmRecord)]
pub struct RawEm<'a> {
    /// Age in whole years at arrival; validated, unused in grouping.
    pub age: Text<'a>,
    /// A&E patient group, or blank.
    pub aepatientgroup: Text<'a>,
    /// Investigations: exactly two digits each, national part only.
    #[serde(deserialize_with = "positions")]
    pub inv: Vec<Text<'a>>,
    /// Treatments: two digits, or three where there is a national sub-analysis. Leading zeros carry meaning.
    #[serde(deserialize_with = "positions")]
    pub treat: Vec<Text<'a>>,
}

/// One haemodialysis session, or one day of peritoneal dialysis.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default, bound(deserialize = "Text<'a>: Deserialize<'de>"))]
#[schema(as = NrdRecord)]
pub struct RawNrd<'a> {
    /// Renal treatment modality.
    pub renalmod: Text<'a>,
    /// Renal treatment primary supervision.
    pub renalsite: Text<'a>,
    /// Renal dialysis access type, or blank.
    pub renalaccess: Text<'a>,
    /// Hepatitis B antigen: `NEG`, `POS`, `UNK` or blank.
    pub hbv: Text<'a>,
    /// Hepatitis C antibody: `NEG`, `POS`, `UNK` or blank.
    pub hcv: Text<'a>,
    /// HIV status: `NEG`, `POS`, `UNK` or blank.
    pub hiv: Text<'a>,
    /// Age in whole years at the start of the session, 0 to 130.
    pub age: Text<'a>,
}

/// One adult critical care period.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default, bound(deserialize = "Text<'a>: Deserialize<'de>"))]
#[schema(as = AccRecord)]
pub struct RawAcc<'a> {
    /// Critical care unit function; the leading zero may be left out.
    pub ccuf: Text<'a>,
    /// Basic cardiovascular support days; blank is none.
    pub bcsd: Text<'a>,
    /// Advanced cardiovascular support days; blank is none.
    pub acsd: Text<'a>,
    /// Basic respiratory support days; blank is none.
    pub brsd: Text<'a>,
    /// Advanced respiratory support days; blank is none.
    pub arsd: Text<'a>,
    /// Renal support days; blank is none.
    pub rsd: Text<'a>,
    /// Neurological support days; blank is none.
    pub nsd: Text<'a>,
    /// Dermatological support days; blank is none.
    pub dsd: Text<'a>,
    /// Liver support days; blank is none.
    pub lsd: Text<'a>,
    /// Critical care level 2 days; blank is none.
    pub ccl2d: Text<'a>,
    /// Critical care level 3 days; blank is none.
    pub ccl3d: Text<'a>,
    /// Start of the period, `YYYYMMDD`; used only for the calculated days and the warning flag.
    pub cc_start_date: Text<'a>,
    /// Discharge from the period, `YYYYMMDD`; used only for the calculated days and the warning flag.
    pub cc_discharge_date: Text<'a>,
}

/// One paediatric critical care day.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default, bound(deserialize = "Text<'a>: Deserialize<'de>"))]
#[schema(as = PccDay)]
pub struct RawPccDay<'a> {
    /// Provider organisation code; links the days of a period. Not validated.
    pub procodet: Text<'a>,
    /// Local critical care identifier; links the days of a period. Not validated, not kept, not logged.
    pub cclocalid: Text<'a>,
    /// Activity date, `YYYYMMDD`.
    pub ccdate: Text<'a>,
    /// Discharge date of the spell, `YYYYMMDD`.
    pub disdate: Text<'a>,
    /// Discharge method, from the last episode of the spell.
    pub dismeth: Text<'a>,
    /// Critical care unit function; the leading zero may be left out.
    pub ccuf: Text<'a>,
    /// Critical care activity codes, at most 20; the leading zero may be left out.
    #[schema(max_items = 20)]
    #[serde(deserialize_with = "positions")]
    pub ccac: Vec<Text<'a>>,
    /// High cost drugs as OPCS-4 codes, at most 20.
    #[schema(max_items = 20)]
    #[serde(deserialize_with = "positions")]
    pub oper: Vec<Text<'a>>,
    /// ICD-10 codes, DIAG_01 (primary) first.
    #[serde(deserialize_with = "positions")]
    pub diag: Vec<Text<'a>>,
}

/// One neonatal critical care day.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default, bound(deserialize = "Text<'a>: Deserialize<'de>"))]
#[schema(as = NccDay)]
pub struct RawNccDay<'a> {
    /// Provider organisation code; links the days of a period. Not validated.
    pub procodet: Text<'a>,
    /// Local critical care identifier; links the days of a period. Not validated, not kept, not logged.
    pub cclocalid: Text<'a>,
    /// Activity date, `YYYYMMDD`.
    pub ccdate: Text<'a>,
    /// Discharge date of the spell, `YYYYMMDD`.
    pub disdate: Text<'a>,
    /// Critical care unit function; the leading zero may be left out.
    pub ccuf: Text<'a>,
    /// Whole days from birth to the activity date, supplied by the caller; may be blank.
    pub age_days: Text<'a>,
    /// Discharge method, from the last episode of the spell.
    pub dismeth: Text<'a>,
    /// Gestation length at delivery in weeks, 10 to 49.
    pub gestlen: Text<'a>,
    /// Weight in kilograms, up to three decimals, above 0 and below 10.
    pub perwt: Text<'a>,
    /// Critical care activity codes, at most 20; the leading zero may be left out.
    #[schema(max_items = 20)]
    #[serde(deserialize_with = "positions")]
    pub ccac: Vec<Text<'a>>,
}
