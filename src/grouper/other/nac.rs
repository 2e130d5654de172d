//! Non-admitted consultations, steps N1 to N8. Source: 04 NAC.
//!
//! The same procedures lead to the same HRGs as in admitted care; assessments, and attendances without a procedure,
//! give the WF HRGs of outpatients.

use super::check::Checker;
use super::{RecordResult, are_fatal, in_words, outcome, value_row};
use crate::grouper::case::{Case, CaseFacts, CaseProcedure};
use crate::grouper::core_hrg::{Core, procedure, split};
use crate::grouper::episode::root_or_none;
use crate::grouper::grouping::{Message, Method};
use crate::grouper::normalise::{MAX_POSITIONS, value};
use crate::grouper::unbundle::unbundle;
use crate::record::{CodedFields, Field, FieldRef, RawNac, Text, Value, Word};
use crate::reference::codes::NamedCode;
use crate::reference::options::{Firstatt5, MissingSplitValues};
use crate::reference::other::MULTI_PROFESSIONAL;
use crate::reference::row::{Misses, Row, first_match};
use crate::reference::splits::Dimension;
use crate::reference::{Hrg, Reference, Root, Situation};
use crate::trace::{Blank, Copied, Draft, Joined, Off, Recorder, Within, say};

/// The hierarchy from which a procedure drives a WF HRG.
const ASSESSMENT: u8 = 3;
/// The hierarchy from which a procedure drives as it does in admitted care.
const PROCEDURE: u8 = 5;
/// The category of assessments.
const ASSESSMENTS: Word = Word::literal("X62");
/// FIRSTATT of a follow-up, face to face.
const FOLLOW_UP: Word = Word::literal("2");
/// FIRSTATT of an administrative event.
const ADMINISTRATIVE: Word = Word::literal("5");
/// What a split needs that outpatients lack.
const MISSING: [Dimension; 3] = [Dimension::Cc, Dimension::Stay, Dimension::Interventions];

/// Groups one outpatient attendance.
pub fn group_nac<'r, R: Recorder<'r>>(raw: &RawNac<'_>, reference: &'r Reference, recorder: &mut R) -> RecordResult {
    let mut check = Checker::new(reference, R::ON);
    let mut case = read(raw, reference, &mut check);
    let mut messages = check.finish("N1", recorder);
    recorder.step(|step| known(step, &case, reference));
    let mut unbundled = Vec::new();
    let mut within = Within::record(recorder, step_name);
    unbundle(&mut case, None, reference, &mut within, &mut unbundled, &mut messages);

    let core = if are_fatal(&messages) { Core::failed(Vec::new()) } else { group(&case, true, reference, recorder) };
    messages.extend(core.messages.into_iter().map(|(_, message)| message));
    let attendance_hrg = (core.hrg != Hrg::INVALID).then(|| attendance_hrg(&case, reference)).flatten();
    RecordResult {
        method: Some(core.method),
        dominant_procedure: core.dominant.and_then(|i| case.procedures.get(i)).map(|p| p.code),
        attendance_hrg,
        unbundled,
        ..RecordResult::new(core.hrg, messages)
    }
}

/// The step of this logic that applies a rule of admitted care.
fn step_name(step: &'static str) -> &'static str {
    match step {
        "A4" | "A5" => "N2",
        "A9" => "N4",
        "A10" | "A16" => "N5",
        other => other,
    }
}

/// N1: the record as core grouping looks at it. There are no diagnoses and no stay.
fn read<'r, 't>(raw: &'t RawNac<'_>, reference: &'r Reference, check: &mut Checker<'r, 't>) -> Case<'r> {
    let age = check.age_or_unknown(Field::Startage, &raw.startage);
    let mut fields = CodedFields::default();
    for (field, text) in [(Field::Sex, &raw.sex), (Field::Mainspef, &raw.mainspef), (Field::Tretspef, &raw.tretspef)] {
        fields.set(field, Value::Word(check.coded(field, text, true)));
    }
    let firstatt = firstatt(&raw.firstatt, reference, check);
    let procedures = check.procedures(MAX_POSITIONS, &raw.oper).into_iter();
    let procedures = procedures.filter_map(|(position, code)| CaseProcedure::known(code, position, 0, reference));
    Case { age, fields, firstatt, procedures: procedures.collect(), ..Case::default() }
}

/// FIRSTATT; the administrative event 5 is a follow-up or invalid, as the release chooses.
fn firstatt<'t>(text: &'t Text<'_>, reference: &Reference, check: &mut Checker<'_, 't>) -> Word {
    let about = FieldRef::single(Field::Firstatt);
    if value(text) != Value::Word(ADMINISTRATIVE) {
        return check.coded(Field::Firstatt, text, true);
    }
    match reference.options.firstatt_5 {
        Firstatt5::FollowUp => {
            check.note(about, text, FOLLOW_UP);
            FOLLOW_UP
        }
        Firstatt5::Rejected => {
            check.fault(Situation::FieldInvalid, about, text.trimmed(), true);
            Word::EMPTY
        }
    }
}

fn known<'p, 'r>(step: Blank<'p, 'r>, case: &Case<'r>, reference: &'r Reference) -> Draft<'p, 'r> {
    let count = case.procedures.len();
    let step = match in_words(Field::Firstatt.name(), case.firstatt, reference) {
        "" => step.applied("N1", say!("Procedures known: {}", count)),
        words => step.applied("N1", say!("{}; procedures known: {}", words, count)),
    };
    let step = step.cite(value_row(Field::Firstatt.name(), case.firstatt, reference));
    case.procedures.iter().fold(step, |step, procedure| {
        let fact = &procedure.row.value.fact;
        let (field, code, label, ph, root) =
            (procedure.field, procedure.code, &fact.label, fact.ph, root_or_none(fact.root));
        let step = match ph {
            PROCEDURE.. => {
                let means = say!("{} or more, drives as in admitted care", PROCEDURE);
                step.about(
                    "procedure",
                    field,
                    code,
                    say!("{}; hierarchy {} ({}), base root {}", label, ph, means, root),
                )
            }
            ASSESSMENT.. => {
                let means = say!("{} or more and below {}, drives an attendance HRG", ASSESSMENT, PROCEDURE);
                step.about(
                    "procedure",
                    field,
                    code,
                    say!("{}; hierarchy {} ({}), base root {}", label, ph, means, root),
                )
            }
            _ => {
                let means = say!("below {}, drives nothing", ASSESSMENT);
                step.about(
                    "procedure",
                    field,
                    code,
                    say!("{}; hierarchy {} ({}), base root {}", label, ph, means, root),
                )
            }
        };
        step.cite(Some(procedure.row.cite()))
    })
}

/// N3 to N8; `exceptions` is off to see what a global exception replaced.
fn group<'r, R: Recorder<'r>>(case: &Case<'r>, exceptions: bool, reference: &'r Reference, recorder: &mut R) -> Core {
    if exceptions && let Some(core) = exception(case, reference, recorder) {
        return core;
    }
    let errors = procedure::zero_errors(case, reference);
    let winner = procedure::dominant(case, ASSESSMENT);
    let mut within = Within::record(recorder, step_name);
    within.step(|step| procedure::ranking(step, case, winner, ASSESSMENT, &errors));
    recorder.step(|step| match errors.first() {
        None => step.passed("N8", "No procedure of hierarchy 0 is an error here"),
        Some((_, message)) => {
            let (code, field, text) = (Copied(&message.code), message.field, Copied(&message.text));
            message.told(step.failed("N8", say!("{} in {} makes the record UZ01Z: {}", code, field, text)))
        }
    });
    if !errors.is_empty() {
        return Core::failed(errors);
    }
    match winner.and_then(|i| Some((i, case.procedures.get(i)?))) {
        Some((subject, procedure)) if procedure.ph() >= PROCEDURE => {
            by_procedure(case, subject, procedure, reference, recorder)
        }
        winner => attendance(case, winner, reference, recorder),
    }
}

/// N3: the first global exception that holds. Like A8, but what it replaced is what outpatients would get.
fn exception<'r, R: Recorder<'r>>(case: &Case<'r>, reference: &'r Reference, recorder: &mut R) -> Option<Core> {
    let mut misses = Misses::default();
    let rules = &reference.unbundling.global_exceptions;
    let Some(rule) = first_match(rules, &CaseFacts::of(case), R::ON.then_some(&mut misses)) else {
        recorder.step(|step| step.passed("N3", "No global exception holds").misses(&misses));
        return None;
    };
    recorder.step(|step| {
        let without = group(case, false, reference, &mut Off).hrg;
        let (id, when) = (&*rule.id, &rule.value.when);
        let how = say!("global exception {}: {}; without it the record would group to {}", id, when, without);
        flagged(outcome(step, "N3", rule.value.then, how, reference), Method::GlobalException)
            .fact("without", without)
            .cite(Some(rule.cite()))
            .misses(&misses)
    });
    Some(Core::found(rule.value.then, Method::GlobalException, 0))
}

fn flagged<'p, 'r>(step: Draft<'p, 'r>, method: Method) -> Draft<'p, 'r> {
    step.fact("grouping_method", method.flag())
}

/// N5: the root and its split. No diagnoses, stay or interventions: each counts as 0 where a split asks for it,
/// or is an error, as the release chooses. The maximum stay is not looked at.
fn by_procedure<'r, R: Recorder<'r>>(
    case: &Case<'r>,
    subject: usize,
    dominant: &CaseProcedure<'r>,
    reference: &'r Reference,
    recorder: &mut R,
) -> Core {
    let mut within = Within::record(recorder, step_name);
    let found = procedure::root(case, subject, reference, &mut within).and_then(|root| {
        let asked = missing(root, reference);
        if !asked.is_empty() && reference.options.nac_missing_split_values == MissingSplitValues::Error {
            return None;
        }
        let splits = reference.splits.get(&root)?;
        split::choose(case, splits, Some(0), Some(0), reference, &mut within).map(|hrg| (hrg, asked))
    });
    let (code, ph) = (dominant.code, dominant.ph());
    let Some((hrg, asked)) = found else {
        let message = Message::fatal(&reference.labels, Situation::Uz05, dominant.field, code);
        recorder.step(|step| {
            let sentence = say!("{} leads to a split by what an outpatient record does not have: UZ01Z", code);
            message.told(step.failed("N5", sentence))
        });
        return Core::failed(vec![(0, message)]);
    };
    recorder.step(|step| {
        let zero = (!asked.is_empty())
            .then(|| say!("; {} counts as 0 in outpatients", Joined(" and ", asked.iter().copied())));
        let how = say!(
            "driven by {}, whose hierarchy {} is {} or more{}; no maximum stay applies",
            code,
            ph,
            PROCEDURE,
            zero
        );
        flagged(outcome(step, "N5", hrg, how, reference), Method::Procedure).about(
            "dominant_procedure",
            dominant.field,
            code,
            ph,
        )
    });
    Core { dominant: Some(subject), ..Core::found(hrg, Method::Procedure, 0) }
}

/// What the splits of the root ask for and outpatients lack, by name.
fn missing(root: Root, reference: &Reference) -> Vec<&'static str> {
    let splits = reference.splits.get(&root);
    MISSING.into_iter().filter(|d| splits.is_some_and(|splits| splits.uses(*d))).map(Dimension::name).collect()
}

/// N6 and N7: the WF HRG of an assessment, or of an attendance at which nothing of weight was done.
fn attendance<'r, R: Recorder<'r>>(
    case: &Case<'r>,
    assessment: Option<(usize, &CaseProcedure<'r>)>,
    reference: &'r Reference,
    recorder: &mut R,
) -> Core {
    recorder.step(|step| step.passed("N5", say!("No procedure has a hierarchy of {} or more", PROCEDURE)));
    let (name, method) = match assessment {
        Some(_) => ("N6", Method::Procedure),
        None => ("N7", Method::OutpatientDefault),
    };
    let listed = assessment.and_then(|(_, p)| multi_professional(p.code.word(), reference));
    let multi = listed.is_some();
    let Some(row) = reference.other.wf.get(&(case.firstatt, multi)) else {
        let about = FieldRef::single(Field::Firstatt);
        let message = Message::fatal(&reference.labels, Situation::FieldInvalid, about, case.firstatt);
        recorder.step(|step| super::failure(step, name, "there is no WF HRG for it", &message));
        return Core::failed(vec![(0, message)]);
    };
    recorder.step(|step| {
        let kind = if multi { "multi-professional" } else { "uni-disciplinary" };
        let attended = in_words(Field::Firstatt.name(), case.firstatt, reference);
        let assessed = assessment.map(|(_, p)| {
            let listed = if multi { "it is on the list" } else { "it is not on the list" };
            let so = say!("{} {}, so {}", listed, MULTI_PROFESSIONAL, kind);
            let which = say!("its hierarchy {} is {} or more and below {}", p.ph(), ASSESSMENT, PROCEDURE);
            say!("{} is an assessment: {}; {}", p.code, which, so)
        });
        let default = assessment.is_none().then(|| {
            let why = "so the outpatient default applies";
            say!("no procedure has a hierarchy of {} or more, {}, {}", ASSESSMENT, why, kind)
        });
        let how = say!("{}{}; FIRSTATT {} ({})", assessed, default, case.firstatt, attended);
        let other = reference.other.wf.get(&(case.firstatt, !multi)).map(|row| row.value);
        let end = flagged(outcome(step, name, row.value, how, reference), method)
            .about("firstatt", Field::Firstatt, case.firstatt, attended)
            .cite(Some(row.cite()))
            .cite(listed.map(Row::cite));
        let end = match assessment {
            Some((_, p)) => end.about("dominant_procedure", p.field, p.code, p.ph()),
            None => end,
        };
        match other {
            Some(other) if multi => end.would_change(say!("a uni-disciplinary assessment would give {}", other)),
            Some(other) => end.would_change(say!("a multi-professional assessment would give {}", other)),
            None => end,
        }
    });
    Core { dominant: assessment.map(|(i, _)| i), ..Core::found(row.value, method, 0) }
}

/// The row of the list of multi-professional assessments that holds the code.
fn multi_professional(code: Word, reference: &Reference) -> Option<&Row<NamedCode>> {
    let of_list = |row: &&Row<NamedCode>| *row.value.list == *MULTI_PROFESSIONAL && row.value.pattern.matches(code);
    reference.named_lists.iter().find(of_list)
}

/// What the record would get with no procedures but assessments, for payment where the core HRG has no mandatory
/// price; costing releases leave it out.
fn attendance_hrg(case: &Case<'_>, reference: &Reference) -> Option<Hrg> {
    if reference.identity.purpose != "payment" {
        return None;
    }
    let assessments = case
        .procedures
        .iter()
        .enumerate()
        .filter(|(_, p)| !p.set_aside && p.ph() >= ASSESSMENT && p.code.word().starts_with(ASSESSMENTS));
    // max_by_key gives the last of equals, so the order is turned round.
    let winner = assessments.rev().max_by_key(|(_, p)| p.ph());
    Some(attendance(case, winner, reference, &mut Off).hrg)
}
