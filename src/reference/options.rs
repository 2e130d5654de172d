//! Release options: every assumption of the specification that a release may set. Defaults are the documented ones.
//!
//! Source: 08 reference data, release options; listed for writers in `reference/README.md`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }
    };
}

choice! {
    /// How far age may rise within a spell before a message is raised (S2).
    AgeRiseRule {
        /// Between the first episode's age and that plus one plus the whole years elapsed.
        #[default]
        FirstPlusYearsElapsed,
        /// No check.
        Off,
    }
}

choice! {
    /// One of the three logics that come before the procedures (A6-A8).
    CoreStage {
        /// Multiple trauma (Core 4).
        #[default]
        Trauma,
        /// Burns (Core 7).
        Burns,
        /// Global exceptions.
        GlobalExceptions,
    }
}

choice! {
    /// When a procedure of hierarchy 0 is an error (A9).
    Ph0ErrorScope {
        /// When no recorded procedure has a hierarchy of 1 or more.
        #[default]
        OnlyWhenNothingRanked,
        /// As above, and whenever it stands in OPER_01.
        WhenInFirstPosition,
    }
}

choice! {
    /// When a too vague primary diagnosis is an error (A13).
    Uz02Scope {
        /// When the diagnosis drives.
        #[default]
        DiagnosisDriven,
        /// On every episode.
        Always,
    }
}

choice! {
    /// Whether a secondary diagnosis equal to the primary scores (A14).
    CcSameAsPrimary {
        /// It scores nothing.
        #[default]
        NotCounted,
        /// It scores as any other.
        Counted,
    }
}

choice! {
    /// What an intervention count counts (A15).
    InterventionCount {
        /// Each code once.
        #[default]
        DistinctCodes,
        /// Every instance.
        Occurrences,
    }
}

choice! {
    /// What stands as dominant procedure after a flip to the diagnosis (A13).
    DominantProcedureOnFlip {
        /// Nothing.
        #[default]
        Blank,
        /// The procedure that would have driven.
        Shown,
    }
}

choice! {
    /// What a multiple trauma spell is scored over (S6).
    SpellTraumaScope {
        /// The pooled record.
        #[default]
        WholeSpell,
        /// The first episode, whose HRG the spell takes over.
        FirstEpisode,
    }
}

choice! {
    /// Which episode an attribute of the spell is taken from.
    EpisodeChoice {
        /// The first.
        #[default]
        FirstEpisode,
        /// The last.
        LastEpisode,
        /// The one that the spell was grouped by.
        DrivingEpisode,
    }
}

choice! {
    /// The order of the secondary diagnoses of a spell (S12).
    SpellSdiagRule {
        /// Those of the driving episode, then the others.
        #[default]
        DrivingEpisodeFirst,
        /// As recorded.
        RecordOrder,
    }
}

choice! {
    /// What a split asks of an outpatient record that has no diagnoses or stay (N5).
    MissingSplitValues {
        /// Zero.
        #[default]
        Zero,
        /// An error.
        Error,
    }
}

choice! {
    /// What FIRSTATT 5 means (N7).
    Firstatt5 {
        /// No attendance: rejected.
        #[default]
        Rejected,
        /// A follow-up.
        FollowUp,
    }
}

choice! {
    /// What an absent investigation or treatment counts as beside a significant one (E5).
    EmAbsentSide {
        /// Category 1.
        #[default]
        #[serde(rename = "category_1")]
        Category1,
        /// An error.
        Error,
    }
}

choice! {
    /// Whether patient group 70, brought in dead, has its own HRG (E2).
    EmDeadOnArrival {
        /// VB99Z.
        #[default]
        Grouped,
        /// No special case.
        Ignored,
    }
}

choice! {
    /// What an unknown virus status counts as (NRD 4).
    VirusUnknown {
        /// No virus.
        #[default]
        NoVirus,
        /// An error.
        Error,
    }
}

choice! {
    /// Off or on.
    Switch {
        /// Off.
        #[default]
        Off,
        /// On.
        On,
    }
}

choice! {
    /// Degree of a burn, as the burns tables give it (A7).
    Degree {
        /// No burn of a degree, such as inhalation; adds score only.
        #[default]
        None,
        /// First degree.
        First,
        /// Second degree.
        Second,
        /// Third degree.
        Third,
        /// A burn whose degree is not stated.
        Unspecified,
    }
}

/// Release options. A missing key takes its default; an unknown key refuses the release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// Whether an invalid code in an optional field makes the record UZ01Z (A2).
    pub invalid_optional_code_is_fatal: bool,
    /// Bound on the age within a spell (S2).
    pub age_rise_rule: AgeRiseRule,
    /// The age that stands for unknown; 0 for none (A2, S2).
    pub age_unknown_value: u32,
    /// Whether three-character ICD-10 codes get the filler X (A1).
    pub icd10_add_filler: bool,
    /// Whether a record definition file may say TAB or PIPE DELIMITED.
    pub rdf_other_delimiters: bool,
    /// Order of the logics before the procedures (A6-A8).
    pub core_order: Vec<CoreStage>,
    /// Scope of the errors UZ05 and UZ06 (A9).
    pub ph0_error_scope: Ph0ErrorScope,
    /// Scope of UZ02 (A13).
    pub uz02_scope: Uz02Scope,
    /// A secondary diagnosis equal to the primary (A14).
    pub cc_same_as_primary: CcSameAsPrimary,
    /// What an intervention count counts (A15).
    pub intervention_count: InterventionCount,
    /// Dominant procedure after a flip (A13).
    pub dominant_procedure_on_flip: DominantProcedureOnFlip,
    /// Degrees of burn that trigger the burns logic in any position (A7).
    pub burns_trigger_degrees: Vec<Degree>,
    /// Scope of a multiple trauma spell (S6).
    pub spell_trauma_scope: SpellTraumaScope,
    /// Age of a spell (S5).
    pub spell_age: EpisodeChoice,
    /// Order of a spell's secondary diagnoses (S12).
    pub spell_sdiag_rule: SpellSdiagRule,
    /// RowNo of a spell in the official files (07).
    pub spell_row_no: EpisodeChoice,
    /// Splits in outpatients (N5).
    pub nac_missing_split_values: MissingSplitValues,
    /// FIRSTATT 5 (N7).
    pub firstatt_5: Firstatt5,
    /// Absent side of the emergency matrix (E5).
    pub em_absent_side: EmAbsentSide,
    /// Dead on arrival (E2).
    pub em_dead_on_arrival: EmDeadOnArrival,
    /// Unknown virus status (NRD 4).
    pub virus_unknown: VirusUnknown,
    /// Whether basic respiratory and basic cardiovascular support together are one organ (ACC).
    pub acc_basic_resp_cardio_as_one: bool,
    /// Whether the older age and weight rules apply (NCC).
    pub ncc_age_weight_rules: Switch,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            invalid_optional_code_is_fatal: true,
            age_rise_rule: AgeRiseRule::default(),
            age_unknown_value: 999,
            icd10_add_filler: true,
            rdf_other_delimiters: false,
            core_order: vec![CoreStage::Trauma, CoreStage::Burns, CoreStage::GlobalExceptions],
            ph0_error_scope: Ph0ErrorScope::default(),
            uz02_scope: Uz02Scope::default(),
            cc_same_as_primary: CcSameAsPrimary::default(),
            intervention_count: InterventionCount::default(),
            dominant_procedure_on_flip: DominantProcedureOnFlip::default(),
            burns_trigger_degrees: vec![Degree::Second, Degree::Third],
            spell_trauma_scope: SpellTraumaScope::default(),
            spell_age: EpisodeChoice::default(),
            spell_sdiag_rule: SpellSdiagRule::default(),
            spell_row_no: EpisodeChoice::default(),
            nac_missing_split_values: MissingSplitValues::default(),
            firstatt_5: Firstatt5::default(),
            em_absent_side: EmAbsentSide::default(),
            em_dead_on_arrival: EmDeadOnArrival::default(),
            virus_unknown: VirusUnknown::default(),
            acc_basic_resp_cardio_as_one: false,
            ncc_age_weight_rules: Switch::default(),
        }
    }
}
