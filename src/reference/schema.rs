//! The tables of a release: file names, columns, and which datasets need them. The format is `reference/README.md`.

macro_rules! tables {
    ($($variant:ident $name:literal [$($column:literal),+] $need:ident),+ $(,)?) => {
        /// A table of a release.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "each variant is the table's name; the format page says what it holds")]
        pub enum TableId { $($variant),+ }

        impl TableId {
            /// Every table.
            pub const ALL: &'static [TableId] = &[$(TableId::$variant),+];

            /// The name, as traces cite it.
            pub fn name(self) -> &'static str {
                match self { $(TableId::$variant => $name),+ }
            }

            /// The columns, in order.
            pub fn columns(self) -> &'static [&'static str] {
                match self { $(TableId::$variant => &[$($column),+]),+ }
            }

            /// Which datasets need the table.
            pub fn need(self) -> Need {
                match self { $(TableId::$variant => Need::$need),+ }
            }
        }
    };
}

/// Which datasets a table belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each variant names its dataset")]
pub enum Need {
    Every,
    Apc,
    Nac,
    Em,
    Nrd,
    Acc,
    Pcc,
    Ncc,
    CriticalCareDays,
    Optional,
}

tables! {
    Chapters "chapters" ["chapter", "label"] Every,
    Subchapters "subchapters" ["subchapter", "label"] Every,
    Hrgs "hrgs" ["hrg", "label", "kind", "multiplier_days_field"] Every,
    Roots "roots" ["root", "label", "age", "stay"] Every,
    ValueSets "value_sets" ["field", "code", "label", "status"] Every,
    Messages "messages" ["situation", "text"] Every,
    FieldNames "field_names" ["field", "name"] Every,
    Procedures "procedures" ["code", "label", "ph", "ph0_kind", "root", "supporting", "status"] Apc,
    ProcedureRootRules "procedure_root_rules" ["id", "code", "order", "when", "root"] Apc,
    RootMaxLos "root_max_los" ["root", "days"] Apc,
    Diagnoses "diagnoses" ["code", "label", "dh", "root", "uz01", "uz02", "paediatric", "status"] Apc,
    DiagnosisRootRules "diagnosis_root_rules" ["id", "code", "order", "when", "root"] Apc,
    SiteConflicts "site_conflicts" ["code", "allowed"] Apc,
    Splits "splits" ["root", "order", "hrg", "cc", "age", "stay", "interventions", "when"] Apc,
    CcListOfSubchapter "cc_list_of_subchapter" ["subchapter", "list"] Apc,
    CcScores "cc_scores" ["list", "code", "score"] Apc,
    CcExclusions "cc_exclusions" ["id", "primary", "cc"] Apc,
    InherentCc "inherent_cc" ["code", "list", "score"] Apc,
    CcProxies "cc_proxies" ["root", "list", "score"] Apc,
    Interventions "interventions" ["subchapter", "code"] Apc,
    NamedLists "named_lists" ["list", "code"] Apc,
    TraumaSites "trauma_sites" ["site", "code"] Apc,
    TraumaDiagnosisScore "trauma_diagnosis_score" ["code", "score"] Apc,
    TraumaProcedureScore "trauma_procedure_score" ["code", "score"] Apc,
    TraumaMatrix "trauma_matrix" ["intervention_score", "diagnosis_score", "hrg"] Apc,
    BurnsDiagnosisScore "burns_diagnosis_score"
        ["code", "degree", "region_unspecified", "area_unspecified", "score"] Apc,
    BurnsTbsaScore "burns_tbsa_score" ["code", "score"] Apc,
    BurnsProcedureScore "burns_procedure_score" ["code", "score"] Apc,
    BurnsEscalation "burns_escalation" ["id", "order", "when", "severity_score"] Apc,
    BurnsRules "burns_rules" ["id", "order", "when", "hrg"] Apc,
    BurnsMatrix "burns_matrix" ["age", "severity_score", "intervention_score", "hrg"] Apc,
    GlobalExceptions "global_exceptions" ["id", "order", "when", "hrg"] Apc,
    UnbundlingRules "unbundling_rules" ["id", "system", "code", "order", "when", "hrg", "once"] Apc,
    Pbc "pbc" ["code", "category"] Apc,
    WfMatrix "wf_matrix" ["firstatt", "professional", "hrg"] Nac,
    EmCategories "em_categories" ["kind", "code", "category", "dental"] Em,
    EmMatrix "em_matrix" ["investigation_category", "treatment_category", "hrg"] Em,
    SnomedEmergency "snomed_emergency" ["kind", "source", "label", "code", "version", "status"] Optional,
    RenalClasses "renal_classes" ["field", "code", "class"] Nrd,
    NrdMatrix "nrd_matrix" ["modality_class", "site_class", "access_class", "virus", "age", "hrg"] Nrd,
    AccMatrix "acc_matrix" ["organs", "hrg"] Acc,
    PccRules "pcc_rules" ["id", "order", "when", "hrg"] Pcc,
    NccRules "ncc_rules" ["id", "order", "when", "hrg"] Ncc,
    CcacCodes "ccac_codes" ["code", "label", "pcc", "ncc"] CriticalCareDays,
}

impl TableId {
    /// The table of that file (`splits.csv`).
    pub fn of_file(file: &str) -> Option<TableId> {
        let name = file.strip_suffix(".csv")?;
        TableId::ALL.iter().copied().find(|table| table.name() == name)
    }

    /// The columns whose values, joined by `/`, are the row id: `id` where there is one, else those that
    /// `reference/README.md` marks as key.
    pub fn key(self) -> &'static [&'static str] {
        match self {
            TableId::ValueSets | TableId::RenalClasses => &["field", "code"],
            TableId::Splits => &["root", "hrg", "order"],
            TableId::CcScores | TableId::NamedLists => &["list", "code"],
            TableId::InherentCc => &["code", "list"],
            TableId::CcProxies => &["root", "list"],
            TableId::Interventions => &["subchapter", "code"],
            TableId::TraumaSites => &["site", "code"],
            TableId::TraumaMatrix => &["intervention_score", "diagnosis_score"],
            TableId::BurnsMatrix => &["age", "severity_score", "intervention_score"],
            TableId::WfMatrix => &["firstatt", "professional"],
            TableId::EmCategories => &["kind", "code"],
            TableId::SnomedEmergency => &["kind", "source"],
            TableId::EmMatrix => &["investigation_category", "treatment_category"],
            TableId::NrdMatrix => &["modality_class", "site_class", "access_class", "virus", "age"],
            other => other.columns().get(..1).unwrap_or_default(),
        }
    }

    /// The file, below `tables/`.
    pub fn file(self) -> String {
        format!("{}.csv", self.name())
    }
}
