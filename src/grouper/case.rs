//! What core grouping looks at: one episode, or the pooled record of a spell, with what the release knows of its codes.

use super::normalise::{MAX_POSITIONS, diagnosis, procedure};
use super::positions::Positions;
use crate::record::{CodedFields, Episode, Field, FieldRef, Icd10, Opcs4, RawEpisode, Text, Word};
use crate::reference::codes::{Diagnosis, Procedure};
use crate::reference::condition::{Facts, NumberFact, Scope};
use crate::reference::row::{ByCode, Key, Row, Tens};
use crate::reference::{Hrg, Reference};
use crate::trace::Recorded;

/// A valid diagnosis of the record.
#[derive(Clone, Copy, Debug)]
pub struct CaseDiagnosis<'r> {
    /// The code.
    pub code: Icd10,
    /// Its field in its episode.
    pub field: FieldRef,
    /// Place of its episode, from 0.
    pub episode: usize,
    /// To look it up by.
    pub key: Key,
    /// What the release knows of it.
    pub row: &'r Row<ByCode<Diagnosis>>,
}

/// A valid procedure of the record.
#[derive(Clone, Copy, Debug)]
pub struct CaseProcedure<'r> {
    /// The code.
    pub code: Opcs4,
    /// Its field in its episode.
    pub field: FieldRef,
    /// Place of its episode, from 0.
    pub episode: usize,
    /// To look it up by.
    pub key: Key,
    /// What the release knows of it.
    pub row: &'r Row<ByCode<Procedure>>,
    /// Used up by unbundling.
    pub set_aside: bool,
}

impl<'r> CaseProcedure<'r> {
    /// The procedure at a position, where this release accepts it.
    #[inline]
    pub fn known(code: Opcs4, position: u8, place: usize, reference: &'r Reference) -> Option<CaseProcedure<'r>> {
        let key = Key::from(code);
        let row = known_procedure(reference, key)?;
        let field = FieldRef::at(Field::Oper, position);
        Some(CaseProcedure { code, field, episode: place, key, row, set_aside: false })
    }

    /// Procedure hierarchy.
    #[inline]
    pub fn ph(&self) -> u8 {
        self.row.value.fact.ph
    }
}

/// An episode or a pooled spell.
#[derive(Clone, Debug, Default)]
pub struct Case<'r> {
    /// Age in years; 999 is unknown.
    pub age: u32,
    /// Stay in days, deductions made.
    pub stay: u32,
    /// Coded fields.
    pub fields: CodedFields,
    /// FIRSTATT, for outpatients.
    pub firstatt: Word,
    /// Valid diagnoses in recorded order.
    pub diagnoses: Vec<CaseDiagnosis<'r>>,
    /// How they begin.
    pub tens: Tens,
    /// Which of them is the primary.
    pub primary: Option<usize>,
    /// Valid procedures in recorded order.
    pub procedures: Vec<CaseProcedure<'r>>,
    /// Unbundled HRGs.
    pub unbundled: Vec<Hrg>,
    /// Positions of DIAG that hold something which the release does not accept.
    pub refused_diagnoses: Positions,
    /// The same of OPER.
    pub refused_procedures: Positions,
}

impl Recorded for CaseDiagnosis<'_> {
    fn code(&self) -> Word {
        self.code.word()
    }
    fn field(&self) -> FieldRef {
        self.field
    }
    fn episode(&self) -> u32 {
        place_from_one(self.episode)
    }
}

impl Recorded for CaseProcedure<'_> {
    fn code(&self) -> Word {
        self.code.word()
    }
    fn field(&self) -> FieldRef {
        self.field
    }
    fn episode(&self) -> u32 {
        place_from_one(self.episode)
    }
}

/// A place from 0 as people count it.
fn place_from_one(place: usize) -> u32 {
    u32::try_from(place + 1).unwrap_or(u32::MAX)
}

impl<'r> Case<'r> {
    /// Becomes the case of one episode (A3). Codes that the release does not accept are left out, their positions kept:
    /// validation reports them.
    pub fn read(&mut self, raw: &RawEpisode<'_>, episode: &Episode, place: usize, reference: &'r Reference) {
        self.age = episode.age.or_zero();
        self.stay = episode.calc_epidur();
        self.fields = episode.fields;
        self.unbundled.clear();
        self.diagnoses.clear();
        self.procedures.clear();
        self.tens = Tens::default();
        self.diagnoses.reserve(raw.diag.len().min(MAX_POSITIONS));
        self.procedures.reserve(raw.oper.len().min(MAX_POSITIONS));
        let options = &reference.options;
        let read = |text: &str| diagnosis(text, options);
        self.refused_diagnoses = each_code(&raw.diag, read, |code, position| {
            let key = Key::from(code);
            let row = known_diagnosis(reference, key)?;
            let field = FieldRef::at(Field::Diag, position);
            self.tens.note(key);
            self.diagnoses.push(CaseDiagnosis { code, field, episode: place, key, row });
            Some(())
        });
        self.refused_procedures = each_code(&raw.oper, procedure, |code, position| {
            self.procedures.push(CaseProcedure::known(code, position, place, reference)?);
            Some(())
        });
        self.primary = self.diagnoses.first().filter(|first| first.field.position == Some(1)).map(|_| 0);
    }

    /// The primary diagnosis.
    pub fn primary(&self) -> Option<&CaseDiagnosis<'r>> {
        self.diagnoses.get(self.primary?)
    }

    /// All diagnoses but the primary, with their index.
    pub fn secondaries(&self) -> impl Iterator<Item = (usize, &CaseDiagnosis<'r>)> {
        self.diagnoses.iter().enumerate().filter(|(i, _)| Some(*i) != self.primary)
    }

    /// The supporting codes that follow the procedure, by index: up to the next that is not supporting.
    pub fn following(&self, subject: usize) -> std::ops::Range<usize> {
        let start = subject + 1;
        let episode = self.procedures.get(subject).map(|p| p.episode);
        let count = self.procedures.get(start..).unwrap_or_default().iter();
        let count = count.take_while(|p| p.row.value.fact.supporting && Some(p.episode) == episode).count();
        start..start + count
    }

    /// The highest hierarchy among the candidates, 0 when there are none.
    pub fn highest_ph(&self) -> u8 {
        self.procedures.iter().filter(|p| !p.set_aside).map(CaseProcedure::ph).max().unwrap_or(0)
    }
}

impl Case<'_> {
    /// Room for another case, in the lists of this one.
    #[inline]
    pub(super) fn emptied<'o>(self) -> Case<'o> {
        let Case { diagnoses, procedures, unbundled, .. } = self;
        let (diagnoses, procedures) = (emptied(diagnoses), emptied(procedures));
        Case { diagnoses, procedures, unbundled: emptied(unbundled), ..Case::default() }
    }
}

/// The list with nothing left in it, for items that borrow from elsewhere; of a long one not all of its room.
pub(super) fn emptied<A, B>(mut list: Vec<A>) -> Vec<B> {
    list.clear();
    list.shrink_to(MAX_POSITIONS);
    list.into_iter().filter_map(|_| None).collect() // where it stands, since the two are of one size
}

/// The row of a diagnosis that this release accepts.
#[inline]
pub fn known_diagnosis(reference: &Reference, code: impl Into<Key>) -> Option<&Row<ByCode<Diagnosis>>> {
    reference.codes.diagnoses.find_current(code)
}

/// The row of a procedure that this release accepts.
#[inline]
pub fn known_procedure(reference: &Reference, code: impl Into<Key>) -> Option<&Row<ByCode<Procedure>>> {
    reference.codes.procedures.find_current(code)
}

/// Reads the codes of a repeated field, blanks skipped, and shows each with its position. Gives the positions of those
/// that have not the shape of a code, or are turned down.
#[inline]
fn each_code<C>(
    texts: &[Text<'_>],
    read: impl Fn(&str) -> Option<C>,
    mut take: impl FnMut(C, u8) -> Option<()>,
) -> Positions {
    let mut refused = Positions::default();
    let texts = texts.get(..MAX_POSITIONS).unwrap_or(texts);
    for (text, position) in texts.iter().zip(1u8..) {
        if text.as_str().is_empty() {
            continue;
        }
        if read(text.as_str()).and_then(|code| take(code, position)).is_none() && !text.is_blank() {
            refused.insert(position);
        }
    }
    refused
}

/// The case as conditions ask it.
#[derive(Clone, Copy, Debug)]
pub struct CaseFacts<'c, 'r> {
    /// The case.
    pub case: &'c Case<'r>,
    /// The procedure that a rule is about, by index.
    pub subject: Option<usize>,
    /// CC score, where it was computed.
    pub cc_score: Option<u32>,
    /// Interventions, where they were counted.
    pub interventions: Option<u32>,
    /// Burns severity, where it was computed.
    pub severity_score: Option<u32>,
}

impl<'c, 'r> CaseFacts<'c, 'r> {
    /// The facts of a case, about no procedure in particular.
    pub fn of(case: &'c Case<'r>) -> CaseFacts<'c, 'r> {
        CaseFacts { case, subject: None, cc_score: None, interventions: None, severity_score: None }
    }

    /// The facts of a case, about one of its procedures.
    pub fn about(case: &'c Case<'r>, subject: usize) -> CaseFacts<'c, 'r> {
        CaseFacts { subject: Some(subject), ..CaseFacts::of(case) }
    }
}

fn count<T>(items: &[T]) -> u32 {
    u32::try_from(items.len()).unwrap_or(u32::MAX)
}

impl Facts for CaseFacts<'_, '_> {
    fn number(&self, fact: NumberFact) -> Option<u32> {
        match fact {
            NumberFact::Age => Some(self.case.age),
            NumberFact::Stay => Some(self.case.stay),
            NumberFact::CcScore => self.cc_score,
            NumberFact::Interventions => self.interventions,
            NumberFact::SeverityScore => self.severity_score,
            NumberFact::ProcedureCount => Some(count(&self.case.procedures)),
            NumberFact::DiagnosisCount => Some(count(&self.case.diagnoses)),
            NumberFact::HighestPh => Some(u32::from(self.case.highest_ph())),
            NumberFact::AgeDays | NumberFact::GestLen | NumberFact::Grams | NumberFact::DaysToDischarge => None,
        }
    }

    fn field(&self, field: Field) -> Option<Word> {
        if field == Field::Firstatt {
            return Some(self.case.firstatt);
        }
        Some(self.case.fields.word(field))
    }

    fn codes(&self, scope: Scope, mut show: impl FnMut(Key)) -> bool {
        let case = self.case;
        match scope {
            Scope::Procedures => case.procedures.iter().for_each(|p| show(p.key)),
            Scope::Candidates => case.procedures.iter().filter(|p| !p.set_aside).for_each(|p| show(p.key)),
            Scope::OtherProcedures => {
                let others = case.procedures.iter().enumerate().filter(|(i, _)| Some(*i) != self.subject);
                others.for_each(|(_, p)| show(p.key));
            }
            Scope::Following => {
                let range = self.subject.map(|subject| case.following(subject)).unwrap_or_default();
                case.procedures.get(range).unwrap_or_default().iter().for_each(|p| show(p.key));
            }
            Scope::Diagnoses => case.diagnoses.iter().for_each(|d| show(d.key)),
            Scope::Primary => case.primary().into_iter().for_each(|d| show(d.key)),
            Scope::Secondary => case.secondaries().for_each(|(_, d)| show(d.key)),
            Scope::Activities => return false,
        }
        true
    }

    fn unbundled(&self, mut show: impl FnMut(Word)) -> bool {
        self.case.unbundled.iter().for_each(|hrg| show(hrg.word()));
        true
    }
}
