//! Emergency medicine, steps E1 to E5. Source: 04 EM.
//!
//! The highest category of the investigations and of the treatments choose a cell; order and repeats do not matter.
//! `em_codes` reads the codes, national or SNOMED CT.

use super::check::Checker;
use super::em_codes::{Side, category, mapping};
use super::{RecordResult, are_fatal, in_words, outcome};
use crate::grouper::grouping::Message;
use crate::grouper::normalise::MAX_POSITIONS;
use crate::record::{Field, FieldRef, RawEm, Word};
use crate::reference::options::{EmAbsentSide, EmDeadOnArrival};
use crate::reference::other::EmCategory;
use crate::reference::row::Row;
use crate::reference::{Hrg, Reference, Situation};
use crate::trace::{Copied, Draft, Recorder, Say, say};

/// AEPATIENTGROUP of a patient brought in dead.
const BROUGHT_IN_DEAD: Word = Word::literal("70");
/// The category from which another treatment outweighs a dental one (E3).
const OUTWEIGHS_DENTAL: u8 = 3;
/// The treatment category beside which investigations make no difference: its cell is no matter of an absent side.
const ANY_INVESTIGATION: u8 = 5;
/// Two-digit treatments that are also what is left of a three-digit one when its leading zero is lost.
pub const AMBIGUOUS: [&str; 10] = ["11", "12", "31", "32", "33", "41", "42", "43", "51", "52"];

/// Groups one emergency attendance.
pub fn group_em<'r, R: Recorder<'r>>(raw: &RawEm<'_>, reference: &'r Reference, recorder: &mut R) -> RecordResult {
    let mut check = Checker::new(reference, R::ON);
    check.age(Field::Age, &raw.age);
    let patient_group = check.coded(Field::Aepatientgroup, &raw.aepatientgroup, false);
    let investigations = Side::read(Field::Inv, Situation::InvestigationInvalid, &raw.inv, &mut check, reference);
    let treatments = Side::read(Field::Treat, Situation::TreatmentInvalid, &raw.treat, &mut check, reference);
    let mut messages = check.finish("E1", recorder);
    mapping(&[&investigations, &treatments], reference, recorder);
    lost_zeros(raw, recorder);
    if are_fatal(&messages) {
        return RecordResult::new(Hrg::INVALID, messages);
    }
    if let Some(hrg) =
        dead_on_arrival(patient_group, reference, recorder).or_else(|| dental(&treatments, reference, recorder))
    {
        return RecordResult::new(hrg, messages);
    }
    match by_matrix(&investigations, &treatments, reference, recorder) {
        Ok(hrg) => RecordResult::new(hrg, messages),
        Err(message) => {
            messages.push(message);
            RecordResult::new(Hrg::INVALID, messages)
        }
    }
}

/// E1: values of one digit can only have lost a zero; beside them, ten treatments are not to be trusted. They are read
/// as they stand all the same.
fn lost_zeros<'r, R: Recorder<'r>>(raw: &RawEm<'_>, recorder: &mut R) {
    if !R::ON {
        return;
    }
    let sides = [(Field::Inv, &raw.inv), (Field::Treat, &raw.treat)];
    let sent: Vec<_> = sides
        .into_iter()
        .flat_map(|(field, texts)| {
            let places = texts.iter().take(MAX_POSITIONS).zip(1u8..);
            places.map(move |(text, place)| (FieldRef::at(field, place), text.trimmed()))
        })
        .collect();
    let short: Vec<_> =
        sent.iter().filter(|(_, text)| text.len() == 1 && text.bytes().all(|b| b.is_ascii_digit())).collect();
    if short.is_empty() {
        return;
    }
    recorder.step(|step| {
        let mut step = step.applied("E1", "Leading zeros seem to be lost; no value was repaired");
        for (field, text) in short.into_iter().map(|(field, text)| (*field, Copied(text))) {
            step = step.about("suggestion", field, text, say!("0{} may have been meant", text));
        }
        for (field, text) in sent.iter().filter(|(field, _)| field.field == Field::Treat) {
            if AMBIGUOUS.contains(text) {
                let text = Copied(text);
                let said = say!("read as it stands; 0{} is a treatment too", text);
                step = step.about("ambiguous", *field, text, said);
            }
        }
        step
    });
}

/// E2: a patient brought in dead.
fn dead_on_arrival<'r, R: Recorder<'r>>(
    patient_group: Word,
    reference: &'r Reference,
    recorder: &mut R,
) -> Option<Hrg> {
    let hrg = Hrg::parse("VB99Z").filter(|hrg| reference.labels.hrgs.contains_key(hrg));
    let grouped = reference.options.em_dead_on_arrival == EmDeadOnArrival::Grouped;
    let hrg = hrg.filter(|_| grouped && patient_group == BROUGHT_IN_DEAD);
    recorder.step(|step| {
        let set = Field::Aepatientgroup.name();
        let words = in_words(set, patient_group, reference);
        match hrg {
            Some(hrg) => outcome(step, "E2", hrg, say!("patient group {}, {}", patient_group, words), reference)
                .about("aepatientgroup", Field::Aepatientgroup, patient_group, words)
                .cite(super::value_row(set, patient_group, reference)),
            None if patient_group == BROUGHT_IN_DEAD => {
                step.passed("E2", "This release has no HRG of its own for a patient brought in dead")
            }
            None => step.passed("E2", "The patient was not brought in dead"),
        }
    });
    hrg
}

/// E3: dental treatment, when no other treatment outweighs it.
fn dental<'r, R: Recorder<'r>>(treatments: &Side<'r>, reference: &'r Reference, recorder: &mut R) -> Option<Hrg> {
    let is_dental = |row: Option<&Row<EmCategory>>| row.is_some_and(|row| row.value.dental);
    let found = treatments.codes.iter().find(|code| is_dental(code.row));
    let heavier = treatments.codes.iter().find(|code| !is_dental(code.row) && category(code.row) >= OUTWEIGHS_DENTAL);
    let hrg = Hrg::parse("VB10Z").filter(|hrg| reference.labels.hrgs.contains_key(hrg));
    let hrg = hrg.filter(|_| found.is_some() && heavier.is_none());
    recorder.step(|step| match (hrg, found, heavier) {
        (Some(hrg), Some(dental), _) => {
            let code = dental.code;
            let how =
                say!("{} is dental treatment, and no other treatment has category {} or more", code, OUTWEIGHS_DENTAL);
            outcome(step, "E3", hrg, how, reference)
                .about("dental", FieldRef::at(Field::Treat, dental.place), code, category(dental.row))
                .cite(dental.row.map(Row::cite))
        }
        (_, Some(dental), Some(heavier)) => {
            let (dental, code, category) = (dental.code, heavier.code, category(heavier.row));
            step.passed(
                "E3",
                say!("The dental treatment {} is outweighed by {} of category {}", dental, code, category),
            )
        }
        _ => step.passed("E3", "No dental treatment is recorded"),
    });
    hrg
}

/// E4 and E5: the two highest categories and their cell.
fn by_matrix<'r, R: Recorder<'r>>(
    investigations: &Side<'r>,
    treatments: &Side<'r>,
    reference: &'r Reference,
    recorder: &mut R,
) -> Result<Hrg, Message> {
    let (investigation, treatment) = (investigations.category(), treatments.category());
    recorder.step(|step| {
        let sentence =
            say!("The highest investigation has category {}, the highest treatment {}", investigation, treatment);
        let step = step
            .applied("E4", sentence)
            .fact("investigation_category", investigation)
            .fact("treatment_category", treatment);
        treatments.describe(investigations.describe(step, reference), reference)
    });
    let absent = match (investigation, treatment) {
        (0, 1..ANY_INVESTIGATION) => Some(investigations),
        (1.., 0) => Some(treatments),
        _ => None,
    };
    let refused = absent.filter(|_| reference.options.em_absent_side == EmAbsentSide::Error);
    let cell = reference.other.em.get(&(investigation, treatment));
    match (refused, cell) {
        (None, Some(cell)) => {
            recorder.step(|step| {
                let assumed = absent.map_or("", |_| ", the absent side being read as category 1");
                let how =
                    say!("investigation category {} with treatment category {}{}", investigation, treatment, assumed);
                let step = outcome(step, "E5", cell.value, how, reference).cite(Some(cell.cite()));
                next_cells(step, investigation, treatment, cell.value, reference)
            });
            Ok(cell.value)
        }
        (refused, _) => {
            let (about, code) = refused.unwrap_or(investigations).first();
            let situation = match about.field {
                _ if code.is_empty() => Situation::FieldBlank,
                Field::Treat => Situation::TreatmentInvalid,
                _ => Situation::InvestigationInvalid,
            };
            let why = "the categories meet no cell that this release allows";
            let message = Message::fatal(&reference.labels, situation, about, code);
            recorder.step(|step| super::failure(step, "E5", why, &message));
            Err(message)
        }
    }
}

/// The nearest higher category of each side that leads elsewhere.
fn next_cells<'p, 'r>(
    mut step: Draft<'p, 'r>,
    investigation: u8,
    treatment: u8,
    hrg: Hrg,
    reference: &'r Reference,
) -> Draft<'p, 'r> {
    let other = |cell| reference.other.em.get(&cell).map(|row| row.value).filter(|other| *other != hrg);
    let up = (investigation + 1..=3).find_map(|i| other((i, treatment)).map(|hrg| (i, hrg)));
    if let Some((i, hrg)) = up {
        let example = such_as(Field::Inv, i, reference);
        step = step.would_change(say!("an investigation of category {}{} would give {}", i, example, hrg));
    }
    let up = (treatment + 1..=5).find_map(|t| other((investigation, t)).map(|hrg| (t, hrg)));
    if let Some((t, hrg)) = up {
        let example = such_as(Field::Treat, t, reference);
        step = step.would_change(say!("a treatment of category {}{} would give {}", t, example, hrg));
    }
    step
}

/// The first code of that category, as an example.
fn such_as(field: Field, wanted: u8, reference: &Reference) -> Option<impl Say<'_>> {
    let rows = if field == Field::Treat { &reference.other.treatments } else { &reference.other.investigations };
    let first =
        rows.iter().filter(|(code, row)| row.value.category == wanted && reference.labels.accepts(field, **code));
    let first = first.map(|(code, _)| *code).min();
    first.map(|code| say!(", such as {} ({}),", code, in_words(field.name(), code, reference)))
}
