//! A record under construction: what is decided of it, what is barred, and the spell that it stands for.

use super::book::Book;
use hrg_grouper::record::{Field, RawEpisode, RawSpell, Text, Word};
use hrg_grouper::reference::Band;
use hrg_grouper::reference::condition::{Condition, Facts, NumberFact, Scope, Truth};
use hrg_grouper::reference::pattern::PatternSet;
use hrg_grouper::reference::row::Key;
use std::sync::Arc;

/// Where a code stands in the record.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    Primary,
    Secondary,
    Subject,
    Following,
    Other,
    Activity,
}

impl Slot {
    fn within(self, scope: Scope) -> bool {
        match scope {
            Scope::Procedures | Scope::Candidates => matches!(self, Slot::Subject | Slot::Following | Slot::Other),
            Scope::OtherProcedures => matches!(self, Slot::Following | Slot::Other),
            Scope::Following => self == Slot::Following,
            Scope::Diagnoses => matches!(self, Slot::Primary | Slot::Secondary),
            Scope::Primary => self == Slot::Primary,
            Scope::Secondary => self == Slot::Secondary,
            Scope::Activities => self == Slot::Activity,
        }
    }
}

/// The record so far.
#[derive(Clone)]
pub struct Draft {
    numbers: Vec<(NumberFact, Band)>,
    fields: Vec<(Field, Word)>,
    barred: Vec<(Scope, Arc<PatternSet>)>,
    pub primary: Option<Word>,
    pub secondary: Vec<Word>,
    pub subject: Option<Word>,
    pub following: Vec<Word>,
    pub others: Vec<Word>,
    pub activities: Vec<Word>,
}

/// What a field holds where nothing is decided.
const DEFAULTS: [(Field, &str); 9] = [
    (Field::Sex, "1"),
    (Field::Classpat, "1"),
    (Field::Admisorc, "19"),
    (Field::Admimeth, "11"),
    (Field::Disdest, "19"),
    (Field::Dismeth, "1"),
    (Field::Mainspef, "100"),
    (Field::Tretspef, "100"),
    (Field::Firstatt, ""),
];

/// What two bands have in common.
fn both(one: Band, other: Band) -> Option<Band> {
    let max = match (one.max, other.max) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    let min = one.min.max(other.min);
    max.is_none_or(|max| min <= max).then_some(Band { min, max })
}

impl Draft {
    pub fn empty() -> Draft {
        Draft {
            numbers: Vec::new(),
            fields: Vec::new(),
            barred: Vec::new(),
            primary: None,
            secondary: Vec::new(),
            subject: None,
            following: Vec::new(),
            others: Vec::new(),
            activities: Vec::new(),
        }
    }

    /// About a procedure.
    pub fn about(code: Word) -> Draft {
        Draft { subject: Some(code), ..Draft::empty() }
    }

    /// About a primary diagnosis.
    pub fn of(code: Word) -> Draft {
        Draft { primary: Some(code), ..Draft::empty() }
    }

    /// The band that a number must lie in.
    pub fn band(&self, fact: NumberFact) -> Band {
        self.numbers.iter().find(|(f, _)| *f == fact).map_or(Band::ANY, |(_, band)| *band)
    }

    /// With a number narrowed; none where nothing is left.
    pub fn within(mut self, fact: NumberFact, band: Band) -> Option<Draft> {
        let narrowed = both(self.band(fact), band)?;
        self.numbers.retain(|(f, _)| *f != fact);
        self.numbers.push((fact, narrowed));
        Some(self)
    }

    fn pick(&self, fact: NumberFact, usual: u32) -> u32 {
        let band = self.band(fact);
        if band.contains(usual) { usual } else { band.min }
    }

    pub fn age(&self) -> u32 {
        // The highest age where even that is below the usual one: 18 is neither an infant's nor an adult's.
        match self.band(NumberFact::Age) {
            Band { min, max: Some(max) } if max < 40 && min < max => max,
            _ => self.pick(NumberFact::Age, 40),
        }
    }

    pub fn stay(&self) -> u32 {
        self.pick(NumberFact::Stay, 1)
    }

    /// A number of a neonatal day, where it is decided.
    pub fn decided(&self, fact: NumberFact) -> Option<u32> {
        self.numbers.iter().find(|(f, _)| *f == fact).map(|(_, band)| band.min)
    }

    /// The value of a field.
    pub fn field(&self, field: Field) -> Word {
        let decided = self.fields.iter().find(|(f, _)| *f == field).map(|(_, word)| *word);
        decided.unwrap_or_else(|| {
            let usual = DEFAULTS.iter().find(|(f, _)| *f == field).map_or("", |(_, text)| text);
            Word::new(usual).expect("short")
        })
    }

    /// With a field decided; none where it is decided otherwise.
    pub fn set(mut self, field: Field, value: Word) -> Option<Draft> {
        match self.fields.iter().find(|(f, _)| *f == field) {
            Some((_, decided)) if *decided != value => None,
            Some(_) => Some(self),
            None => {
                self.fields.push((field, value));
                Some(self)
            }
        }
    }

    pub fn is_set(&self, field: Field) -> bool {
        self.fields.iter().any(|(f, _)| *f == field)
    }

    /// With no code of the set in the scope, now or later.
    pub fn bar(mut self, scope: Scope, set: &Arc<PatternSet>, book: &Book<'_>) -> Option<Draft> {
        if self.codes(scope, book).iter().any(|code| set.contains(*code)) {
            return None;
        }
        self.barred.push((scope, Arc::clone(set)));
        Some(self)
    }

    fn is_barred(&self, slot: Slot, code: Word) -> bool {
        self.barred.iter().any(|(scope, set)| slot.within(*scope) && set.contains(code))
    }

    /// With one more code; none where it is barred or its place is taken.
    pub fn add(mut self, slot: Slot, code: Word) -> Option<Draft> {
        if self.is_barred(slot, code) {
            return None;
        }
        match slot {
            Slot::Primary => match self.primary {
                Some(there) if there != code => return None,
                _ => self.primary = Some(code),
            },
            Slot::Subject => match self.subject {
                Some(there) if there != code => return None,
                _ => self.subject = Some(code),
            },
            Slot::Secondary => self.secondary.push(code),
            Slot::Following => self.following.push(code),
            Slot::Other => self.others.push(code),
            Slot::Activity => self.activities.push(code),
        }
        Some(self)
    }

    /// With a primary diagnosis that sets nothing off, where it has none.
    pub fn with_primary(self, book: &Book<'_>) -> Option<Draft> {
        if self.primary.is_some() {
            return Some(self);
        }
        let free = book.neutral.iter().find(|code| !self.is_barred(Slot::Primary, **code)).copied()?;
        self.add(Slot::Primary, free)
    }

    /// The procedures in recorded order.
    pub fn procedures(&self) -> Vec<Word> {
        self.subject.iter().chain(&self.following).chain(&self.others).copied().collect()
    }

    /// The codes of a scope. The subject is the first procedure.
    pub fn codes(&self, scope: Scope, book: &Book<'_>) -> Vec<Word> {
        let procedures = self.procedures();
        match scope {
            Scope::Procedures | Scope::Candidates => procedures,
            Scope::OtherProcedures => procedures.into_iter().skip(1).collect(),
            Scope::Following => procedures.into_iter().skip(1).take_while(|code| book.supporting(*code)).collect(),
            Scope::Diagnoses => self.primary.iter().chain(&self.secondary).copied().collect(),
            Scope::Primary => self.primary.into_iter().collect(),
            Scope::Secondary => self.secondary.clone(),
            Scope::Activities => self.activities.clone(),
        }
    }

    /// Whether the condition holds of the draft, as far as it is decided.
    pub fn truth(&self, condition: &Condition, book: &Book<'_>) -> Truth {
        condition.truth(&View { draft: self, book })
    }

    /// The spell of one episode.
    pub fn spell(&self, book: &Book<'_>) -> Option<RawSpell<'static>> {
        let draft = self.clone().with_primary(book)?;
        let primary = draft.primary.and_then(|code| book.release.codes.diagnoses.find(code));
        let draft = match primary {
            Some(row) if row.value.fact.paediatric => draft.within(NumberFact::Age, Band { min: 0, max: Some(18) })?,
            _ => draft,
        };
        let text = |word: Word| Text::from(word.to_string());
        let number = |number: u32| Text::from(number.to_string());
        let list = |words: Vec<Word>| words.into_iter().map(text).collect();
        let episode = RawEpisode {
            epiorder: number(1),
            startage: number(draft.age()),
            sex: text(draft.field(Field::Sex)),
            classpat: text(draft.field(Field::Classpat)),
            admisorc: text(draft.field(Field::Admisorc)),
            admimeth: text(draft.field(Field::Admimeth)),
            disdest: text(draft.field(Field::Disdest)),
            dismeth: text(draft.field(Field::Dismeth)),
            epidur: number(draft.stay()),
            mainspef: text(draft.field(Field::Mainspef)),
            tretspef: text(draft.field(Field::Tretspef)),
            neocare: text(draft.field(Field::Neocare)),
            diag: list(draft.codes(Scope::Diagnoses, book)),
            oper: list(draft.procedures()),
            ..RawEpisode::default()
        };
        Some(RawSpell { procodet: Text::from("R0A".to_owned()), provspno: number(1), episodes: vec![episode] })
    }
}

/// The draft as conditions ask it.
struct View<'d, 'r> {
    draft: &'d Draft,
    book: &'d Book<'r>,
}

impl Facts for View<'_, '_> {
    fn number(&self, fact: NumberFact) -> Option<u32> {
        let count = |scope| u32::try_from(self.draft.codes(scope, self.book).len()).ok();
        match fact {
            NumberFact::Age => Some(self.draft.age()),
            NumberFact::Stay => Some(self.draft.stay()),
            NumberFact::ProcedureCount => count(Scope::Procedures),
            NumberFact::DiagnosisCount => count(Scope::Diagnoses),
            NumberFact::AgeDays | NumberFact::GestLen | NumberFact::Grams | NumberFact::DaysToDischarge => {
                self.draft.decided(fact)
            }
            _ => None,
        }
    }

    fn field(&self, field: Field) -> Option<Word> {
        Some(self.draft.field(field))
    }

    fn codes(&self, scope: Scope, show: impl FnMut(Key)) -> bool {
        self.draft.codes(scope, self.book).into_iter().map(Key::from).for_each(show);
        true
    }

    fn unbundled(&self, _: impl FnMut(Word)) -> bool {
        false
    }
}
