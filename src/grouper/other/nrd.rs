//! Renal dialysis for chronic kidney disease, steps R1 to R5. Source: 04 NRD.
//!
//! Classes of modality, site and access, a blood-borne virus and the age choose a cell; no cell is UZ14.

use super::check::Checker;
use super::{RecordResult, are_fatal, failure, in_words, outcome, value_row};
use crate::grouper::grouping::Message;
use crate::record::{Field, FieldRef, RawNrd, Word};
use crate::reference::options::VirusUnknown;
use crate::reference::other::RenalCell;
use crate::reference::row::Row;
use crate::reference::{Hrg, Reference, Situation};
use crate::trace::{Blank, Draft, Joined, Recorder, say};

/// The youngest age of an adult, beside which the trace shows what a child would get.
const ADULT: u32 = 19;
/// A virus test that found the virus.
const POSITIVE: Word = Word::literal("POS");
/// A virus test whose result is not known.
const UNKNOWN: Word = Word::literal("UNK");

/// The record as the matrix asks for it.
struct Session {
    modality: Word,
    site: Word,
    access: Word,
    viruses: [(Field, Word); 3],
    age: u32,
}

/// What the matrix is asked.
#[derive(Clone, Copy)]
struct Question<'r> {
    modality: Option<&'r str>,
    site: Option<&'r str>,
    access: Option<&'r str>,
    /// `None` where the release takes an unknown status for an error.
    virus: Option<bool>,
    age: u32,
}

/// A test of one column of the matrix.
type CellTest<'t> = &'t dyn Fn(&RenalCell) -> bool;

impl Session {
    fn read<'t>(raw: &'t RawNrd<'_>, check: &mut Checker<'_, 't>) -> Session {
        Session {
            modality: check.coded(Field::Renalmod, &raw.renalmod, true),
            site: check.coded(Field::Renalsite, &raw.renalsite, true),
            access: check.coded(Field::Renalaccess, &raw.renalaccess, false),
            viruses: [(Field::Hbv, &raw.hbv), (Field::Hcv, &raw.hcv), (Field::Hiv, &raw.hiv)]
                .map(|(field, text)| (field, check.coded(field, text, false))),
            age: check.age(Field::Age, &raw.age),
        }
    }

    fn of(&self, field: Field) -> Word {
        match field {
            Field::Renalmod => self.modality,
            Field::Renalsite => self.site,
            Field::Renalaccess => self.access,
            field => self.viruses.iter().find(|(f, _)| *f == field).map_or(Word::EMPTY, |(_, value)| *value),
        }
    }

    fn with_status(&self, status: Word) -> impl Iterator<Item = Field> {
        self.viruses.iter().filter(move |(_, value)| *value == status).map(|(field, _)| *field)
    }

    /// Whether a blood-borne virus is present; blank counts as no, unknown as the release chooses.
    fn virus(&self, reference: &Reference) -> Option<bool> {
        let positive = self.with_status(POSITIVE).next().is_some();
        let undecided =
            reference.options.virus_unknown == VirusUnknown::Error && self.with_status(UNKNOWN).next().is_some();
        (positive || !undecided).then_some(positive)
    }
}

impl Question<'_> {
    /// The first cell that holds, or the field for which there is none.
    fn answer<'r>(&self, cells: &'r [Row<RenalCell>]) -> Result<&'r Row<RenalCell>, Field> {
        let fits = |wanted: &Option<Box<str>>, class: Option<&str>| wanted.is_none() || wanted.as_deref() == class;
        let tests: [(Field, CellTest<'_>); 5] = [
            (Field::Renalmod, &|cell| self.modality == Some(&*cell.modality)),
            (Field::Renalsite, &|cell| fits(&cell.site, self.site)),
            (Field::Renalaccess, &|cell| fits(&cell.access, self.access)),
            (Field::Hbv, &|cell| cell.virus.is_none() || cell.virus == self.virus),
            (Field::Age, &|cell| cell.age.contains(self.age)),
        ];
        let mut left: Vec<_> = cells.iter().collect();
        for (field, holds) in tests {
            left.retain(|row| holds(&row.value));
            if left.is_empty() {
                return Err(field);
            }
        }
        left.first().copied().ok_or(Field::Renalmod)
    }
}

/// Groups one dialysis session.
pub fn group_nrd<'r, R: Recorder<'r>>(raw: &RawNrd<'_>, reference: &'r Reference, recorder: &mut R) -> RecordResult {
    let mut check = Checker::new(reference, R::ON);
    let session = Session::read(raw, &mut check);
    let mut messages = check.finish("R1", recorder);
    if are_fatal(&messages) {
        return RecordResult::new(Hrg::INVALID, messages);
    }
    let question = Question {
        modality: class("R2", Field::Renalmod, &session, reference, recorder),
        site: class("R3", Field::Renalsite, &session, reference, recorder),
        access: class("R3", Field::Renalaccess, &session, reference, recorder),
        virus: session.virus(reference),
        age: session.age,
    };
    recorder.step(|step| viruses(step, &session, question.virus, reference));
    match question.answer(&reference.other.renal) {
        Ok(cell) => {
            recorder.step(|step| found(step, &question, cell, reference));
            RecordResult::new(cell.value.hrg, messages)
        }
        Err(field) => {
            let (about, code, why) = nothing_found(field, &session, raw);
            let message = Message::fatal(&reference.labels, Situation::Uz14, about, code);
            recorder.step(|step| failure(step, "R5", why, &message));
            messages.push(message);
            RecordResult::new(Hrg::INVALID, messages)
        }
    }
}

/// The class of a field, with its step.
fn class<'r, R: Recorder<'r>>(
    name: &'static str,
    field: Field,
    session: &Session,
    reference: &'r Reference,
    recorder: &mut R,
) -> Option<&'r str> {
    let code = session.of(field);
    let row = reference.other.renal_classes.get(&(field, code));
    recorder.step(|step| {
        let words = in_words(field.name(), code, reference);
        match row {
            Some(row) => step
                .applied(name, say!("{} {} ({}) is of class {}", field, code, words, &*row.value))
                .about("class", field, code, &*row.value)
                .cite(Some(row.cite())),
            None if code.is_empty() => step.passed(name, say!("{} is blank", field)),
            None => step.passed(name, say!("{} {} ({}) has no class in this release", field, code, words)),
        }
    });
    row.map(|row| &*row.value)
}

fn viruses<'p, 'r>(
    step: Blank<'p, 'r>,
    session: &Session,
    virus: Option<bool>,
    reference: &'r Reference,
) -> Draft<'p, 'r> {
    let step = match virus {
        Some(true) => {
            let named = Joined(" and ", session.with_status(POSITIVE));
            step.applied("R4", say!("Blood-borne virus: {} positive", named))
        }
        Some(false) => step.applied("R4", "No blood-borne virus is recorded; unknown and blank count as none"),
        None => step.applied("R4", "Whether there is a blood-borne virus is not known"),
    };
    session.viruses.iter().filter(|(_, value)| !value.is_empty()).fold(step, |step, (field, value)| {
        let words = in_words(field.name(), *value, reference);
        step.about("virus", *field, *value, words).cite(value_row(field.name(), *value, reference))
    })
}

/// R5: the cell, and what another age or virus status would have given.
fn found<'p, 'r>(
    step: Blank<'p, 'r>,
    question: &Question<'r>,
    cell: &'r Row<RenalCell>,
    reference: &'r Reference,
) -> Draft<'p, 'r> {
    let RenalCell { modality, site, access, virus, age, hrg } = &cell.value;
    let class = |class: &'r Option<Box<str>>| class.as_deref().map(|class| say!(", {}", class));
    let virus = match virus {
        Some(true) => ", with a virus",
        Some(false) => ", without a virus",
        None => "",
    };
    let how = say!("{}{}{}{}, age {} in {}", &**modality, class(site), class(access), virus, question.age, *age);
    let mut step = outcome(step, "R5", *hrg, how, reference).fact("age", question.age).cite(Some(cell.cite()));
    let other = |changed: Question<'_>| {
        let row = changed.answer(&reference.other.renal).ok()?;
        (row.value.hrg != *hrg).then_some(row.value.hrg)
    };
    let has_virus = question.virus == Some(true);
    if let Some(hrg) = other(Question { virus: Some(!has_virus), ..*question }) {
        let words = if has_virus { "no blood-borne virus" } else { "a blood-borne virus" };
        step = step.would_change(say!("{} would give {}", words, hrg));
    }
    let age = if question.age >= ADULT { ADULT - 1 } else { ADULT };
    if let Some(hrg) = other(Question { age, ..*question }) {
        step = step.would_change(say!("an age of {} would give {}", age, hrg));
    }
    step
}

/// The field that a UZ14 is reported on, and why.
fn nothing_found(field: Field, session: &Session, raw: &RawNrd<'_>) -> (FieldRef, String, &'static str) {
    let unknown = session.with_status(UNKNOWN).next().unwrap_or(Field::Hbv);
    let (field, why) = match field {
        Field::Renalmod => (field, "the modality is no dialysis of a known type"),
        Field::Renalsite => (field, "this dialysis needs a site that the matrix knows"),
        Field::Renalaccess => (field, "this dialysis needs an access by catheter, fistula or graft"),
        Field::Age => (field, "no cell serves this age"),
        _ => (unknown, "whether there is a blood-borne virus decides, and is not known"),
    };
    let code = if field == Field::Age { raw.age.trimmed().to_owned() } else { session.of(field).to_string() };
    (FieldRef::single(field), code, why)
}
