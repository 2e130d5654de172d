//! Investigations and treatments of an emergency record: national codes, or SNOMED CT codes where the release maps them.
//!
//! Source: 02 EM, 04 E1 and E4. A national code has two or three digits, a SNOMED CT code six or more, so that neither
//! is ever taken for the other. The field says what a SNOMED CT code was recorded as: only rows of that kind map it.

use super::check::Checker;
use super::in_words;
use crate::grouper::normalise::MAX_POSITIONS;
use crate::record::{Field, FieldRef, Sctid, Text, Word};
use crate::reference::other::EmCategory;
use crate::reference::row::Row;
use crate::reference::snomed::Mapped;
use crate::reference::{Reference, Situation};
use crate::trace::{Draft, Recorder, say};
use rustc_hash::FxHashMap;

/// A national code of the record, with what the release says of it.
pub(super) struct Coded<'r> {
    /// Position of the field, from 1.
    pub(super) place: u8,
    /// The national code.
    pub(super) code: Word,
    /// Its category.
    pub(super) row: Option<&'r Row<EmCategory>>,
    /// The mapping by which a SNOMED CT code came to it.
    from: Option<&'r Row<Mapped>>,
}

/// Investigations or treatments of a record.
pub(super) struct Side<'r> {
    field: Field,
    /// What the matrix looks at.
    pub(super) codes: Vec<Coded<'r>>,
    /// SNOMED CT codes that the release does not map as this kind; they count for nothing.
    unmapped: Vec<(u8, Sctid)>,
}

/// What stands in one field.
enum Sent {
    National(Word),
    Snomed(Sctid),
}

impl<'r> Side<'r> {
    /// Reads the fields of one side, with a message for each that is faulty or does not map as it should.
    pub(super) fn read<'t>(
        field: Field,
        situation: Situation,
        texts: &'t [Text<'_>],
        check: &mut Checker<'r, 't>,
        reference: &'r Reference,
    ) -> Side<'r> {
        let snomed = &reference.other.snomed;
        let read = |sent: &str| {
            let national = Word::new(sent).filter(|word| reference.labels.accepts(field, *word));
            national.map(Sent::National).or_else(|| Sctid::parse(sent).filter(|_| !snomed.is_empty()).map(Sent::Snomed))
        };
        let written = |sent: &Sent| match sent {
            Sent::National(word) => Some(*word),
            Sent::Snomed(_) => None,
        };
        let categories =
            if field == Field::Treat { &reference.other.treatments } else { &reference.other.investigations };
        let (mut codes, mut unmapped) = (Vec::new(), Vec::new());
        for (place, sent) in check.repeated(field, MAX_POSITIONS, situation, texts, read, written) {
            let (code, from) = match sent {
                Sent::National(code) => (code, None),
                Sent::Snomed(source) => {
                    let row = snomed.find(field, source);
                    if let Some(situation) = finding(row, reference) {
                        check.fault(situation, FieldRef::at(field, place), &source.to_string(), false);
                    }
                    let Some(row) = row else {
                        unmapped.push((place, source));
                        continue;
                    };
                    (row.value.code, Some(row))
                }
            };
            codes.push(Coded { place, code, row: row_of(categories, code), from });
        }
        Side { field, codes, unmapped }
    }

    /// Highest category; 0 when nothing is recorded, or only codes that say so.
    pub(super) fn category(&self) -> u8 {
        self.codes.iter().map(|code| category(code.row)).max().unwrap_or(0)
    }

    /// Every code in words with its category.
    pub(super) fn describe<'p>(&self, mut step: Draft<'p, 'r>, reference: &'r Reference) -> Draft<'p, 'r> {
        let name = if self.field == Field::Treat { "treatment" } else { "investigation" };
        for Coded { place, code, row, .. } in &self.codes {
            let words = in_words(self.field.name(), *code, reference);
            let place = FieldRef::at(self.field, *place);
            step = match row {
                Some(row) => step.about(name, place, *code, say!("{}: category {}", words, row.value.category)),
                None => step.about(name, place, *code, say!("{}: no category in this release, so 0", words)),
            };
            step = step.cite(row.map(Row::cite));
        }
        step
    }

    /// The first code as it was sent, or its place.
    pub(super) fn first(&self) -> (FieldRef, String) {
        let first = self.codes.first().map(|first| {
            let sent = first.from.map_or_else(|| first.code.to_string(), |row| row.value.source.to_string());
            (first.place, sent)
        });
        let (place, code) = first.unwrap_or((1, String::new()));
        (FieldRef::at(self.field, place), code)
    }
}

/// What is worth reporting of a SNOMED CT code, whose row this is. None of it makes the record ungroupable.
fn finding(row: Option<&Row<Mapped>>, reference: &Reference) -> Option<Situation> {
    match row.map(|row| &row.value) {
        None => Some(Situation::SnomedUnmapped),
        Some(mapped) if mapped.retired => Some(Situation::SnomedRetired),
        Some(mapped) if reference.other.snomed.sources(mapped.kind, mapped.code) > 1 => {
            Some(Situation::SnomedManyToOne)
        }
        Some(_) => None,
    }
}

/// E1: what every SNOMED CT code of the record came to; nothing where there is none.
pub(super) fn mapping<'r, R: Recorder<'r>>(sides: &[&Side<'r>], reference: &'r Reference, recorder: &mut R) {
    let mapped: usize = sides.iter().flat_map(|side| &side.codes).filter(|code| code.from.is_some()).count();
    let unmapped: usize = sides.iter().map(|side| side.unmapped.len()).sum();
    if mapped + unmapped == 0 {
        return;
    }
    recorder.step(|step| {
        let sentence = say!(
            "SNOMED CT codes that come to a national code: {}; not mapped, and so without a category: {}",
            mapped,
            unmapped
        );
        sides.iter().fold(step.applied("E1", sentence), |step, side| side.explain_mapping(step, reference))
    });
}

impl<'r> Side<'r> {
    fn explain_mapping<'p>(&self, mut step: Draft<'p, 'r>, reference: &'r Reference) -> Draft<'p, 'r> {
        for (place, code, row) in self.codes.iter().filter_map(|code| Some((code.place, code.code, code.from?))) {
            let Mapped { label, source, version, .. } = &row.value;
            let (name, retired, sources) = match finding(Some(row), reference) {
                Some(Situation::SnomedRetired) => ("retired", Some("; the source code is retired"), None),
                Some(_) => ("many_to_one", None, Some(reference.other.snomed.sources(self.field, code))),
                None => ("mapped", None, None),
            };
            let sources = sources.map(|n| say!("; {} source codes come to it, together they count once", n));
            let words = in_words(self.field.name(), code, reference);
            let said =
                say!("{}: {} {} ({}), mapping {}{}{}", label, self.field, code, words, version, retired, sources);
            step = step.about(name, FieldRef::at(self.field, place), *source, said).cite(Some(row.cite()));
        }
        for (place, source) in &self.unmapped {
            let (other, kind) =
                if self.field == Field::Treat { (Field::Inv, "investigation") } else { (Field::Treat, "treatment") };
            let place = FieldRef::at(self.field, *place);
            step = match reference.other.snomed.find(other, *source) {
                Some(row) => {
                    let said = say!("{}: this release maps it as {} only", &row.value.label, kind);
                    step.about("unmapped", place, *source, said)
                }
                None => step.about("unmapped", place, *source, "this release does not map it"),
            };
        }
        step
    }
}

/// The row of a code, or for a sub-analysed treatment that of its two-digit code.
fn row_of(rows: &FxHashMap<Word, Row<EmCategory>>, code: Word) -> Option<&Row<EmCategory>> {
    rows.get(&code).or_else(|| rows.get(&code.first(2)))
}

/// The category of a row; 0 where there is none.
pub(super) fn category(row: Option<&Row<EmCategory>>) -> u8 {
    row.map_or(0, |row| row.value.category)
}
