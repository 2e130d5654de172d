//! The episode pass, A0 to A18: one episode grouped by itself.

use super::case::Case;
use super::core_hrg::{self, Ask, Core, TraumaPass};
use super::grouping::{EpisodeResult, Message, Method, Unbundled};
use super::normalise::changes;
use super::unbundle::unbundle;
use super::validate::{age_is_valid, validate};
use crate::record::{Episode, Icd10, RawEpisode, RawSpell, Word};
use crate::reference::{Hrg, Reference};
use crate::trace::{Recorder, Step, counted};

/// An episode with what the spell pass still needs of it.
#[derive(Debug)]
pub struct Grouped<'e, 'r> {
    /// Normalised.
    pub episode: &'e Episode,
    /// With unbundling done.
    pub case: Case<'r>,
    /// DominantProcedure to show, by index into the case.
    pub dominant: Option<usize>,
    /// Its result.
    pub result: EpisodeResult,
}

/// An episode as the spell pass hands it over.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'s> {
    /// The spell as sent.
    pub spell: &'s RawSpell<'s>,
    /// The episode as sent.
    pub raw: &'s RawEpisode<'s>,
    /// Its place in EPIORDER order, from 0.
    pub place: usize,
    /// Its place as sent, from 0.
    pub sent_as: usize,
}

/// Groups one episode. `spell_messages` are the findings of the spell's consistency that this episode carries.
pub fn group_episode<'e, 'r, R: Recorder>(
    sent: Sent<'_>,
    episode: &'e Episode,
    spell_messages: Vec<Message>,
    reference: &'r Reference,
    recorder: &mut R,
) -> Grouped<'e, 'r> {
    let calc_epidur = episode.calc_epidur();
    recorder.step(|| durations(episode, calc_epidur));
    recorder.step(|| normalisation(sent.raw, episode));

    let mut case = Case::of_episode(episode, sent.place, reference);
    let mut messages = validate(sent.spell, sent.raw, episode, &case, reference);
    messages.extend(spell_messages);
    recorder.step(|| validation(&messages));

    recorder.step(|| look_up(&case));
    let (unbundled, poorly_coded) = unbundle(&mut case, Some(episode), reference, recorder);
    messages.extend(poorly_coded);

    let age_known = episode.age.value().is_some_and(|age| age_is_valid(age, reference));
    let primary = core_hrg::check_primary(&case, age_known, reference);
    core_hrg::record_primary_checks(&primary, recorder);
    messages.extend(primary.into_iter().map(|(_, message)| message));

    let core = if messages.iter().any(|message| message.fatal) {
        None
    } else {
        let ask = Ask { trauma: TraumaPass::Trigger, exceptions: true };
        Some(core_hrg::group(&case, ask, reference, recorder))
    };
    let dominant = core.as_ref().and_then(|core| core.dominant);
    let result = emit(sent, episode, &case, core, unbundled, messages, reference, recorder);
    Grouped { episode, case, dominant, result }
}

/// A17 and A18.
#[expect(clippy::too_many_arguments, reason = "the last step gathers what all others made")]
fn emit<R: Recorder>(
    sent: Sent<'_>,
    episode: &Episode,
    case: &Case<'_>,
    core: Option<Core>,
    unbundled: Vec<Unbundled>,
    mut messages: Vec<Message>,
    reference: &Reference,
    recorder: &mut R,
) -> EpisodeResult {
    let (hrg, method, dominant) = match core {
        Some(core) => {
            messages.extend(core.messages.into_iter().map(|(_, message)| message));
            (core.hrg, core.method, core.dominant)
        }
        None => (Hrg::INVALID, Method::Error, None),
    };
    let pbc = programme_budgeting("A17", case.primary().map(|d| d.code), reference, recorder);
    let dominant_procedure = dominant.and_then(|i| case.procedures.get(i)).map(|p| p.code);
    recorder.step(|| {
        let label = reference.labels.hrg(hrg);
        let sentence = format!("FCE_HRG {hrg} ({label}), {} ({})", method.flag(), method.words());
        let step = if method == Method::Error { Step::failed("A18", sentence) } else { Step::applied("A18", sentence) };
        let step = step.fact("hrg", hrg).fact("grouping_method", method.flag());
        unbundled.iter().fold(step, |step, unbundled| step.fact("unbundled", unbundled))
    });
    EpisodeResult {
        sent_as: sent.sent_as,
        epiorder: episode.epiorder.value(),
        hrg,
        method,
        dominant_procedure,
        pbc,
        calc_epidur: episode.epidur.value().map(|_| episode.calc_epidur()),
        report_flag: false,
        unbundled,
        messages,
    }
}

/// A17 and S15: the programme budgeting category of the primary diagnosis.
pub fn programme_budgeting<R: Recorder>(
    step: &'static str,
    primary: Option<Icd10>,
    reference: &Reference,
    recorder: &mut R,
) -> Option<Word> {
    let row = primary.and_then(|code| reference.codes.pbc.find(code.word()));
    recorder.step(|| match row {
        Some(row) => {
            let category = &row.value.fact;
            Step::applied(step, format!("Programme budgeting category {category}"))
                .fact("pbc", category)
                .cite(Some(row.cite()))
        }
        None => Step::passed(step, "No programme budgeting category is known for the primary diagnosis"),
    });
    row.map(|row| row.value.fact)
}

fn durations(episode: &Episode, calc_epidur: u32) -> Step {
    let (epidur, critical) = (episode.epidur.or_zero(), episode.critical_care_days.or_zero());
    let (rehabilitation, palliative) = (episode.rehabilitation_days.or_zero(), episode.spc_days.or_zero());
    let deductions = u64::from(critical) + u64::from(rehabilitation) + u64::from(palliative);
    let floor =
        if deductions > u64::from(epidur) { ", set to zero because the deductions exceed the duration" } else { "" };
    Step::applied(
        "A0",
        format!(
            "Stay {calc_epidur}: {} less critical care {critical}, rehabilitation {rehabilitation} and specialist palliative care {palliative}{floor}",
            counted(epidur, "day", "days")
        ),
    )
    .fact("epidur", epidur)
    .fact("criticalcaredays", critical)
    .fact("rehabilitationdays", rehabilitation)
    .fact("spcdays", palliative)
    .fact("calc_epidur", calc_epidur)
}

fn normalisation(raw: &RawEpisode<'_>, episode: &Episode) -> Step {
    let changes = changes(raw, episode);
    if changes.is_empty() {
        return Step::passed("A1", "Every value was read as sent");
    }
    let step = Step::applied("A1", format!("Normalised: {}", counted(changes.len(), "value", "values")));
    changes.iter().fold(step, |step, change| step.about("normalised", change.field, &change.from, &change.to))
}

fn validation(messages: &[Message]) -> Step {
    if messages.is_empty() {
        return Step::passed("A2", "Every field is valid");
    }
    let fatal: Vec<_> = messages.iter().filter(|m| m.fatal).map(|m| format!("{}: {}", m.field, m.text)).collect();
    let step = if fatal.is_empty() {
        Step::applied("A2", "There are findings, none of which makes the episode ungroupable")
    } else {
        Step::failed("A2", format!("The episode cannot be grouped: {}", fatal.join("; ")))
    };
    messages.iter().fold(step, |step, message| step.about("message", message.field, &message.code, &message.text))
}

fn look_up(case: &Case<'_>) -> Step {
    let mut step = Step::applied(
        "A3",
        format!(
            "The release knows {} and {}",
            counted(case.diagnoses.len(), "diagnosis", "diagnoses"),
            counted(case.procedures.len(), "procedure", "procedures")
        ),
    );
    for diagnosis in &case.diagnoses {
        let fact = &diagnosis.row.value.fact;
        let root = fact.root.map_or_else(|| "none".to_owned(), |root| root.to_string());
        let known = format!("{}; hierarchy {}, base root {root}", fact.label, fact.dh);
        step = step.of("diagnosis", diagnosis, known).cite(Some(diagnosis.row.cite()));
    }
    for procedure in &case.procedures {
        let fact = &procedure.row.value.fact;
        let root = fact.root.map_or_else(|| "none".to_owned(), |root| root.to_string());
        let known = format!("{}; hierarchy {}, base root {root}", fact.label, fact.ph);
        step = step.of("procedure", procedure, known).cite(Some(procedure.row.cite()));
    }
    step
}
