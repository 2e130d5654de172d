//! What a difference is about: the words by which differences are counted.

use super::{CellDifference, Change};
use crate::reference::TableId;
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! aspects {
    ($($(#[$doc:meta])* $variant:ident $name:tt $words:literal),+ $(,)?) => {
        /// What a difference is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
        pub enum Aspect { $($(#[$doc])* #[serde(rename = $name)] $variant),+ }

        impl Aspect {
            /// Every aspect, in the order in which they are counted.
            pub const ALL: &'static [Aspect] = &[$(Aspect::$variant),+];

            /// The name, as in JSON and CSV.
            pub fn name(self) -> &'static str {
                match self { $(Aspect::$variant => $name),+ }
            }

            /// The name in words, after a number.
            pub fn words(self) -> &'static str {
                match self { $(Aspect::$variant => $words),+ }
            }
        }
    };
}

aspects! {
    /// An HRG that only the other has.
    HrgAdded "hrg-added" "HRGs added",
    /// An HRG that only the one has.
    HrgRemoved "hrg-removed" "HRGs removed",
    /// An HRG with another label.
    HrgRelabelled "hrg-relabelled" "HRGs relabelled",
    /// An HRG that became core or unbundled, or bears other days.
    HrgKind "hrg-kind" "HRGs of another kind or multiplier",
    /// A root that only the other has.
    RootAdded "root-added" "roots added",
    /// A root that only the one has.
    RootRemoved "root-removed" "roots removed",
    /// A root with another label.
    RootRelabelled "root-relabelled" "roots relabelled",
    /// A root that serves other ages or stays.
    RootBand "root-band" "roots with another age or stay band",
    /// Among the relabelled: capitals and spaces alone differ.
    Respelt "respelt" "of the relabelled, in capitals and spaces alone",
    /// A code that only the other knows.
    CodeAdded "code-added" "codes added",
    /// A code that only the one knows.
    CodeRemoved "code-removed" "codes removed",
    /// A code whose procedure or diagnosis hierarchy changed.
    CodeHierarchy "code-hierarchy" "codes with another hierarchy",
    /// A code whose base root or conditional roots changed.
    CodeRoot "code-root" "codes with another root",
    /// A code whose unbundling changed.
    CodeUnbundling "code-unbundling" "codes with another unbundling",
    /// A code whose validity or coding checks changed.
    CodeChecks "code-checks" "codes with other checks or status",
    /// A code with another description.
    CodeRelabelled "code-relabelled" "codes with another description",
    /// A split of a root.
    Split "split" "split rows",
    /// Membership of a list: complications by subchapter, exclusions, interventions, named lists, trauma sites.
    List "list" "list rows",
    /// A score: complications, trauma, burns.
    Score "score" "score rows",
    /// The longest stay at which a procedure drives.
    MaxStay "max-stay" "maximum stays",
    /// A cell of a matrix.
    Matrix "matrix" "matrix rows",
    /// A rule that is of no one code: global exceptions, burns rules, critical care rules.
    Rule "rule" "other rules",
    /// An option of the release.
    Option "option" "release options",
    /// Names, value sets, messages, programme budgeting, classifications.
    Other "other" "other rows",
}

impl Aspect {
    /// Whether codes are counted, and not rows.
    pub fn counts_codes(self) -> bool {
        (Aspect::CodeAdded..=Aspect::CodeRelabelled).contains(&self)
    }
}

/// What a row's difference is about. `served` says that the other release serves the row's codes by another row, and
/// that `cells` compares with that one.
pub fn about(table: TableId, change: Change, served: bool, cells: &[CellDifference]) -> Vec<Aspect> {
    let differs = |columns: &[&str]| cells.iter().any(|cell| columns.contains(&cell.column));
    match table {
        TableId::Hrgs | TableId::Roots => labelled(table, change, cells),
        TableId::Procedures | TableId::Diagnoses if change == Change::Changed || served => {
            let mut about = Vec::new();
            for (aspect, columns) in [
                (Aspect::CodeHierarchy, &["ph", "dh"][..]),
                (Aspect::CodeRoot, &["root"]),
                (Aspect::CodeChecks, &["ph0_kind", "supporting", "uz01", "uz02", "paediatric", "status"]),
            ] {
                if differs(columns) {
                    about.push(aspect);
                }
            }
            // A row of its own nearly always has its own wording; that is news only where nothing else is.
            if (differs(&["label"]) && !served) || about.is_empty() {
                about.push(Aspect::CodeRelabelled);
            }
            about
        }
        TableId::Procedures | TableId::Diagnoses => {
            vec![if change == Change::Added { Aspect::CodeAdded } else { Aspect::CodeRemoved }]
        }
        TableId::ProcedureRootRules | TableId::DiagnosisRootRules => vec![Aspect::CodeRoot],
        TableId::UnbundlingRules => vec![Aspect::CodeUnbundling],
        TableId::SiteConflicts => vec![Aspect::CodeChecks],
        TableId::Splits => vec![Aspect::Split],
        TableId::RootMaxLos => vec![Aspect::MaxStay],
        TableId::CcListOfSubchapter
        | TableId::CcExclusions
        | TableId::Interventions
        | TableId::NamedLists
        | TableId::TraumaSites
        | TableId::EmCategories
        | TableId::SnomedEmergency
        | TableId::RenalClasses
        | TableId::CcacCodes => vec![Aspect::List],
        TableId::CcScores
        | TableId::InherentCc
        | TableId::CcProxies
        | TableId::TraumaDiagnosisScore
        | TableId::TraumaProcedureScore
        | TableId::BurnsDiagnosisScore
        | TableId::BurnsTbsaScore
        | TableId::BurnsProcedureScore => vec![Aspect::Score],
        TableId::TraumaMatrix
        | TableId::BurnsMatrix
        | TableId::WfMatrix
        | TableId::EmMatrix
        | TableId::NrdMatrix
        | TableId::AccMatrix => vec![Aspect::Matrix],
        TableId::GlobalExceptions
        | TableId::BurnsRules
        | TableId::BurnsEscalation
        | TableId::PccRules
        | TableId::NccRules => vec![Aspect::Rule],
        TableId::Chapters
        | TableId::Subchapters
        | TableId::ValueSets
        | TableId::Messages
        | TableId::FieldNames
        | TableId::Pbc => vec![Aspect::Other],
    }
}

/// HRGs and roots.
pub fn labelled(table: TableId, change: Change, cells: &[CellDifference]) -> Vec<Aspect> {
    let hrg = table == TableId::Hrgs;
    let either = |of_hrg, of_root| if hrg { of_hrg } else { of_root };
    match change {
        Change::Added => return vec![either(Aspect::HrgAdded, Aspect::RootAdded)],
        Change::Removed => return vec![either(Aspect::HrgRemoved, Aspect::RootRemoved)],
        Change::Changed => {}
    }
    let mut about = Vec::new();
    for cell in cells {
        if cell.column == "label" {
            about.push(either(Aspect::HrgRelabelled, Aspect::RootRelabelled));
            if plain(cell.from.as_deref()) == plain(cell.to.as_deref()) {
                about.push(Aspect::Respelt);
            }
        } else if !about.contains(&either(Aspect::HrgKind, Aspect::RootBand)) {
            about.push(either(Aspect::HrgKind, Aspect::RootBand));
        }
    }
    about
}

/// A label without its capitals and spaces.
fn plain(label: Option<&str>) -> String {
    label.unwrap_or_default().chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}
