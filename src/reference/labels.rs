//! Names and wordings: HRGs, chapters, value sets, messages.

use super::ids::{Hrg, Subchapter};
use crate::record::text::is_plain;
use crate::record::{CODED_FIELDS, Episode, Field, FieldRef, Word};
use rustc_hash::{FxHashMap, FxHashSet};

/// Core or unbundled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The one HRG for the main reason of care.
    Core,
    /// A separately recognised element of care.
    Unbundled,
}

/// An HRG of the release.
#[derive(Clone, Debug)]
pub struct HrgRow {
    /// Label, split included.
    pub label: String,
    /// Core or unbundled.
    pub kind: Kind,
    /// The field whose days are written after an asterisk (05, multiplier).
    pub multiplier: Option<Field>,
    /// Line in `hrgs.csv`.
    pub line: u32,
    /// Whether the label stands in JSON as it is, so that nobody looks through it for each result again.
    pub is_plain: bool,
}

impl HrgRow {
    /// A row of the table.
    pub fn new(label: String, kind: Kind, multiplier: Option<Field>, line: u32) -> HrgRow {
        HrgRow { is_plain: is_plain(&label), label, kind, multiplier, line }
    }
}

/// What a value set says of a value.
#[derive(Clone, Debug)]
pub struct ValueRow {
    /// The row id: set and value.
    pub id: Box<str>,
    /// In plain words.
    pub label: String,
    /// Whether records may bear it.
    pub accepted: bool,
    /// Line in `value_sets.csv`.
    pub line: u32,
}

/// The value sets of a release.
#[derive(Clone, Debug, Default)]
pub struct ValueSets {
    sets: FxHashMap<Box<str>, FxHashMap<Word, ValueRow>>,
    /// What the fields may bear, by field.
    accepted: Accepted,
    /// The same for the fields that every episode has, in the order of [`CODED_FIELDS`].
    coded: Box<[Values; CODED_FIELDS.len()]>,
}

/// The values that fields may bear, packed for validation.
#[derive(Clone, Debug, Default)]
struct Accepted(Vec<Values>);

/// The values of one field.
#[derive(Clone, Debug, Default)]
struct Values {
    /// A bit for each that has a place, as nearly all have.
    places: [u64; Word::PLACES / 64],
    others: FxHashSet<Word>,
}

impl Accepted {
    fn insert(&mut self, field: Field, value: Word) {
        self.0.resize_with(Field::ALL.len(), Values::default);
        let Some(values) = self.0.get_mut(field as usize) else { return };
        let place = value.place();
        match values.places.get_mut(usize::from(place / 64)).filter(|_| place != 0) {
            Some(bits) => *bits |= 1 << (place % 64),
            None => _ = values.others.insert(value),
        }
    }

    fn contains(&self, field: Field, value: Word) -> bool {
        self.0.get(field as usize).is_some_and(|values| values.contain(value, value.place()))
    }
}

impl Values {
    /// Whether the value is among them; its place is that of [`Word::placed`].
    #[inline]
    fn contain(&self, value: Word, place: u16) -> bool {
        if place == 0 {
            return self.others.contains(&value);
        }
        self.places.get(usize::from(place / 64)).is_some_and(|bits| bits >> (place % 64) & 1 == 1)
    }
}

impl ValueSets {
    /// What the set says of the value.
    pub fn get(&self, set: &str, value: Word) -> Option<&ValueRow> {
        self.sets.get(set)?.get(&value)
    }

    /// Every value with its set, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Word, &ValueRow)> {
        self.sets.iter().flat_map(|(set, values)| values.iter().map(|(value, row)| (&**set, *value, row)))
    }

    /// The values of a set, in no order.
    pub fn of(&self, set: &str) -> impl Iterator<Item = (Word, &ValueRow)> {
        self.sets.get(set).into_iter().flatten().map(|(value, row)| (*value, row))
    }
}

impl FromIterator<(Box<str>, Word, ValueRow)> for ValueSets {
    fn from_iter<I: IntoIterator<Item = (Box<str>, Word, ValueRow)>>(rows: I) -> Self {
        let mut sets = ValueSets::default();
        for (set, value, row) in rows {
            if let Some(field) = Field::ALL.iter().find(|field| *field.name() == *set).filter(|_| row.accepted) {
                sets.accepted.insert(*field, value);
            }
            sets.sets.entry(set).or_default().insert(value, row);
        }
        let of = |field: Field| sets.accepted.0.get(field as usize).cloned().unwrap_or_default();
        sets.coded = Box::new(CODED_FIELDS.map(of));
        sets
    }
}

macro_rules! situations {
    ($($variant:ident $name:literal),+ $(,)?) => {
        /// A situation that has a message (06).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "each variant is the situation's name in the table messages")]
        pub enum Situation { $($variant),+ }

        impl Situation {
            /// Every situation.
            pub const ALL: &'static [Situation] = &[$(Situation::$variant),+];

            /// The name in the table `messages`.
            pub fn name(self) -> &'static str {
                match self { $(Situation::$variant => $name),+ }
            }
        }
    };
}

situations! {
    PrimaryDiagnosisBlank "primary_diagnosis_blank",
    DiagnosisInvalid "diagnosis_invalid",
    ProcedureInvalid "procedure_invalid",
    TreatmentInvalid "treatment_invalid",
    InvestigationInvalid "investigation_invalid",
    FieldBlank "field_blank",
    FieldInvalid "field_invalid",
    FieldInconsistent "field_inconsistent",
    AgeRises "age_rises",
    AgeFalls "age_falls",
    EpisodeNumberDuplicated "episode_number_duplicated",
    EpisodeNumberInvalid "episode_number_invalid",
    Uz01 "uz01", Uz02 "uz02", Uz03 "uz03", Uz04 "uz04", Uz05 "uz05", Uz06 "uz06",
    Uz11 "uz11", Uz13 "uz13", Uz14 "uz14", Uz15 "uz15", Uz21 "uz21",
    SnomedUnmapped "snomed_unmapped",
    SnomedManyToOne "snomed_many_to_one",
    SnomedRetired "snomed_retired",
}

impl Situation {
    /// Whether it arises only where a release maps SNOMED CT codes.
    pub fn is_of_mapping(self) -> bool {
        matches!(self, Situation::SnomedUnmapped | Situation::SnomedManyToOne | Situation::SnomedRetired)
    }

    /// The error category, for the situations that have one.
    pub fn category(self) -> Option<&'static str> {
        self.name().starts_with("uz").then(|| self.name())
    }
}

/// Names and wordings of a release.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    /// HRGs.
    pub hrgs: FxHashMap<Hrg, HrgRow>,
    /// Chapters by letter.
    pub chapters: FxHashMap<Word, String>,
    /// Subchapters.
    pub subchapters: FxHashMap<Subchapter, String>,
    /// Value sets: set name (mostly the field's name) and value.
    pub values: ValueSets,
    /// Message texts.
    pub messages: FxHashMap<Situation, String>,
    /// Names of fields in messages.
    pub field_names: FxHashMap<Field, String>,
}

impl Labels {
    /// The label of an HRG; empty for one that the release does not have.
    pub fn hrg(&self, hrg: Hrg) -> &str {
        self.hrgs.get(&hrg).map_or("", |row| &row.label)
    }

    /// Whether each coded field of the episode bears a value that it may bear; NEOCARE may be blank.
    #[inline]
    pub fn accept_all_of(&self, episode: &Episode) -> bool {
        let sent = episode.fields.kept_words().iter().zip(&episode.places);
        let mut each = CODED_FIELDS.iter().zip(&*self.values.coded).zip(sent);
        each.all(|((field, values), (word, place))| {
            values.contain(*word, *place) || (word.is_empty() && *field == Field::Neocare)
        })
    }

    /// Whether the value is one that records may bear in that field.
    #[inline]
    pub fn accepts(&self, field: Field, value: Word) -> bool {
        self.values.accepted.contains(field, value)
    }

    /// The text of a message about a field.
    pub fn message(&self, situation: Situation, about: FieldRef) -> String {
        let name = self.field_names.get(&about.field).map_or(about.field.name(), String::as_str);
        self.messages.get(&situation).map_or_else(|| situation.name().to_owned(), |text| text.replace("{name}", name))
    }
}
