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
use crate::trace::{Recorder, Step};

/// AEPATIENTGROUP of a patient brought in dead.
const BROUGHT_IN_DEAD: Word = Word::literal("70");
/// The category from which another treatment outweighs a dental one (E3).
const OUTWEIGHS_DENTAL: u8 = 3;
/// The treatment category beside which investigations make no difference: its cell is no matter of an absent side.
const ANY_INVESTIGATION: u8 = 5;
/// Two-digit treatments that are also what is left of a three-digit one when its leading zero is lost.
pub const AMBIGUOUS: [&str; 10] = ["11", "12", "31", "32", "33", "41", "42", "43", "51", "52"];

/// Groups one emergency attendance.
pub fn group_em<R: Recorder>(raw: &RawEm<'_>, reference: &Reference, recorder: &mut R) -> RecordResult {
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
fn lost_zeros<R: Recorder>(raw: &RawEm<'_>, recorder: &mut R) {
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
    recorder.step(|| {
        let mut step = Step::applied("E1", "Leading zeros seem to be lost; no value was repaired");
        for (field, text) in short {
            step = step.about("suggestion", field, text, format!("0{text} may have been meant"));
        }
        for (field, text) in sent.iter().filter(|(field, _)| field.field == Field::Treat) {
            if AMBIGUOUS.contains(text) {
                step = step.about("ambiguous", field, text, format!("read as it stands; 0{text} is a treatment too"));
            }
        }
        step
    });
}

/// E2: a patient brought in dead.
fn dead_on_arrival<R: Recorder>(patient_group: Word, reference: &Reference, recorder: &mut R) -> Option<Hrg> {
    let hrg = Hrg::parse("VB99Z").filter(|hrg| reference.labels.hrgs.contains_key(hrg));
    let grouped = reference.options.em_dead_on_arrival == EmDeadOnArrival::Grouped;
    let hrg = hrg.filter(|_| grouped && patient_group == BROUGHT_IN_DEAD);
    recorder.step(|| {
        let set = Field::Aepatientgroup.name();
        let words = in_words(set, patient_group, reference);
        match hrg {
            Some(hrg) => outcome("E2", hrg, format!("patient group {patient_group}, {words}"), reference)
                .about("aepatientgroup", set, patient_group, words)
                .cite(super::value_row(set, patient_group, reference)),
            None if patient_group == BROUGHT_IN_DEAD => {
                Step::passed("E2", "This release has no HRG of its own for a patient brought in dead")
            }
            None => Step::passed("E2", "The patient was not brought in dead"),
        }
    });
    hrg
}

/// E3: dental treatment, when no other treatment outweighs it.
fn dental<R: Recorder>(treatments: &Side<'_>, reference: &Reference, recorder: &mut R) -> Option<Hrg> {
    let is_dental = |row: Option<&Row<EmCategory>>| row.is_some_and(|row| row.value.dental);
    let found = treatments.codes.iter().find(|code| is_dental(code.row));
    let heavier = treatments.codes.iter().find(|code| !is_dental(code.row) && category(code.row) >= OUTWEIGHS_DENTAL);
    let hrg = Hrg::parse("VB10Z").filter(|hrg| reference.labels.hrgs.contains_key(hrg));
    let hrg = hrg.filter(|_| found.is_some() && heavier.is_none());
    recorder.step(|| match (hrg, found, heavier) {
        (Some(hrg), Some(dental), _) => {
            let code = dental.code;
            let how =
                format!("{code} is dental treatment, and no other treatment has category {OUTWEIGHS_DENTAL} or more");
            outcome("E3", hrg, how, reference)
                .about("dental", FieldRef::at(Field::Treat, dental.place), code, category(dental.row))
                .cite(dental.row.map(Row::cite))
        }
        (_, Some(dental), Some(heavier)) => {
            let (dental, code, category) = (dental.code, heavier.code, category(heavier.row));
            Step::passed("E3", format!("The dental treatment {dental} is outweighed by {code} of category {category}"))
        }
        _ => Step::passed("E3", "No dental treatment is recorded"),
    });
    hrg
}

/// E4 and E5: the two highest categories and their cell.
fn by_matrix<R: Recorder>(
    investigations: &Side<'_>,
    treatments: &Side<'_>,
    reference: &Reference,
    recorder: &mut R,
) -> Result<Hrg, Message> {
    let (investigation, treatment) = (investigations.category(), treatments.category());
    recorder.step(|| {
        let sentence =
            format!("The highest investigation has category {investigation}, the highest treatment {treatment}");
        let step = Step::applied("E4", sentence)
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
            recorder.step(|| {
                let assumed = absent.map_or("", |_| ", the absent side being read as category 1");
                let how =
                    format!("investigation category {investigation} with treatment category {treatment}{assumed}");
                let step = outcome("E5", cell.value, how, reference).cite(Some(cell.cite()));
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
            let (message, step) = super::failure("E5", situation, about, code, why, reference);
            recorder.step(|| step);
            Err(message)
        }
    }
}

/// The nearest higher category of each side that leads elsewhere.
fn next_cells(mut step: Step, investigation: u8, treatment: u8, hrg: Hrg, reference: &Reference) -> Step {
    let other = |cell| reference.other.em.get(&cell).map(|row| row.value).filter(|other| *other != hrg);
    let up = (investigation + 1..=3).find_map(|i| other((i, treatment)).map(|hrg| (i, hrg)));
    if let Some((i, hrg)) = up {
        step = step.would_change(format!(
            "an investigation of category {i}{} would give {hrg}",
            such_as(Field::Inv, i, reference)
        ));
    }
    let up = (treatment + 1..=5).find_map(|t| other((investigation, t)).map(|hrg| (t, hrg)));
    if let Some((t, hrg)) = up {
        step = step.would_change(format!(
            "a treatment of category {t}{} would give {hrg}",
            such_as(Field::Treat, t, reference)
        ));
    }
    step
}

/// The first code of that category, as an example.
fn such_as(field: Field, wanted: u8, reference: &Reference) -> String {
    let rows = if field == Field::Treat { &reference.other.treatments } else { &reference.other.investigations };
    let first =
        rows.iter().filter(|(code, row)| row.value.category == wanted && reference.labels.accepts(field, **code));
    first
        .map(|(code, _)| code)
        .min()
        .map_or_else(String::new, |code| format!(", such as {code} ({}),", in_words(field.name(), *code, reference)))
}
