//! What records are drawn from: the accepted values, codes, classes and activities of a release, in a fixed order.

use super::draft::one_of;
use crate::grouper::case::{known_diagnosis, known_procedure};
use crate::record::{Icd10, Opcs4, Word};
use crate::reference::{Dataset, Reference};
use fastrand::Rng;
use std::collections::{BTreeMap, BTreeSet};

/// A diagnosis or a procedure that grouping accepts, with the chapter of the root it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Coded {
    pub(super) code: Word,
    pub(super) chapter: u8,
}

/// Diagnoses that many patients have besides the one they came for, the commonest first.
const COMMON: [&str; 16] = [
    "I10X", "E119", "I489", "J449", "E780", "N183", "F171", "M199", "Z867", "I259", "K219", "E039", "N179", "Z602",
    "D649", "F03X",
];

/// What records are drawn from.
pub(super) struct Pools<'r> {
    pub(super) dataset: Dataset,
    pub(super) reference: &'r Reference,
    values: BTreeMap<&'r str, Vec<Word>>,
    /// Diagnoses that may be primary, for adults.
    pub(super) primary: Vec<Coded>,
    /// Diagnoses of children alone.
    pub(super) paediatric: Vec<Coded>,
    /// Diagnoses that many patients have besides.
    pub(super) common: Vec<Word>,
    /// Procedures that drive.
    pub(super) procedures: Vec<Coded>,
    /// Procedures that yield an unbundled HRG.
    pub(super) unbundling: Vec<Word>,
    /// Assessments.
    pub(super) assessments: Vec<Word>,
    /// Activities of the dataset.
    pub(super) activities: Vec<Word>,
    /// Codes that the release knows as retired.
    pub(super) retired: Vec<Word>,
}

impl<'r> Pools<'r> {
    pub(super) fn of(dataset: Dataset, reference: &'r Reference) -> Pools<'r> {
        let mut values: BTreeMap<&str, Vec<Word>> = BTreeMap::new();
        for (set, value, _) in reference.labels.values.iter().filter(|(_, _, row)| row.accepted) {
            values.entry(set).or_default().push(value);
        }
        for values in values.values_mut() {
            values.sort_unstable();
        }
        let mut pools = Pools {
            dataset,
            reference,
            values,
            primary: Vec::new(),
            paediatric: Vec::new(),
            common: Vec::new(),
            procedures: Vec::new(),
            unbundling: Vec::new(),
            assessments: Vec::new(),
            activities: activities(dataset, reference),
            retired: Vec::new(),
        };
        if matches!(dataset, Dataset::Apc | Dataset::Nac | Dataset::Pcc) {
            pools.add_diagnoses();
            pools.add_procedures();
        }
        pools
    }

    fn add_diagnoses(&mut self) {
        let codes = &self.reference.codes;
        let all: BTreeSet<Word> =
            codes.diagnoses.rows().iter().map(|row| row.value.pattern).filter_map(in_full).collect();
        for code in all.into_iter().filter_map(Icd10::from_word) {
            let Some(row) = known_diagnosis(self.reference, code) else { continue };
            let fact = &row.value.fact;
            let fits = !fact.uz01 && !fact.uz02 && fact.dh > 0 && codes.site_conflicts.find(code.word()).is_none();
            // A burn is an error without its surface area after it (UZ15).
            let fits = fits && self.reference.burns.diagnoses.find(code.word()).is_none();
            let Some(root) = fact.root.filter(|_| fits) else { continue };
            let coded = Coded { code: code.word(), chapter: root.subchapter().chapter().at(0) };
            if fact.paediatric { &mut self.paediatric } else { &mut self.primary }.push(coded);
        }
        let known =
            |code: &&str| Icd10::parse(code).is_some_and(|code| known_diagnosis(self.reference, code).is_some());
        self.common = COMMON.iter().copied().filter(known).filter_map(Word::new).collect();
        let retired =
            codes.diagnoses.rows().iter().filter(|row| row.value.fact.retired && !row.value.pattern.is_open());
        self.retired = retired.map(|row| row.value.pattern.word()).collect();
    }

    fn add_procedures(&mut self) {
        let codes = &self.reference.codes;
        let all: BTreeSet<Word> =
            codes.procedures.rows().iter().map(|row| row.value.pattern).filter_map(in_full).collect();
        for code in all.into_iter().filter_map(Opcs4::from_word) {
            let Some(row) = known_procedure(self.reference, code) else { continue };
            let (fact, word) = (&row.value.fact, code.word());
            let yields = self.reference.unbundling.procedures.rows_for(word);
            if yields.iter().any(|row| row.value.fact.then.hrg != crate::reference::Hrg::INVALID) {
                self.unbundling.push(word);
            } else if let Some(root) = fact.root.filter(|_| fact.ph >= 5 && yields.is_empty()) {
                self.procedures.push(Coded { code: word, chapter: root.subchapter().chapter().at(0) });
            } else if matches!(fact.ph, 3 | 4) {
                self.assessments.push(word);
            }
        }
    }

    /// The accepted values of a set, in order.
    pub(super) fn values(&self, set: &str) -> &[Word] {
        self.values.get(set).map(Vec::as_slice).unwrap_or_default()
    }

    /// One of the usual values that the release accepts, each as often as it is given; any accepted one where it accepts
    /// none of them.
    pub(super) fn usual(&self, set: &str, usual: &[&str], rng: &mut Rng) -> Word {
        let accepted = self.values(set);
        let usual: Vec<Word> =
            usual.iter().filter_map(|value| Word::new(value)).filter(|value| accepted.contains(value)).collect();
        one_of(&usual, rng).or_else(|| one_of(accepted, rng)).copied().unwrap_or(Word::EMPTY)
    }

    /// A diagnosis of the chapter, or of any where it has none.
    pub(super) fn diagnosis(&self, chapter: u8, rng: &mut Rng) -> Option<Coded> {
        let of_chapter: Vec<Coded> = self.primary.iter().copied().filter(|coded| coded.chapter == chapter).collect();
        one_of(&of_chapter, rng).or_else(|| one_of(&self.primary, rng)).copied()
    }
}

/// A code that the pattern stands for: itself, or of a category the unspecified one.
fn in_full(pattern: crate::reference::pattern::Pattern) -> Option<Word> {
    match (pattern.is_open(), pattern.word().len()) {
        (false, _) => Some(pattern.word()),
        (true, 3) => pattern.word().push(b'9'),
        (true, _) => None,
    }
}

fn activities(dataset: Dataset, reference: &Reference) -> Vec<Word> {
    let fits = |pcc, ncc| if dataset == Dataset::Pcc { pcc } else { ncc };
    let all = reference.other.activities.iter().filter(|(_, row)| fits(row.value.pcc, row.value.ncc));
    all.map(|(code, _)| *code).collect::<BTreeSet<_>>().into_iter().collect()
}
