//! The episode pass, A0 to A18: one episode grouped by itself.

use super::case::Case;
use super::core_hrg::{self, Ask, Core, PlacedMessage, TraumaPass};
use super::grouping::{EpisodeResult, Message, Method};
use super::normalise::changes;
use super::unbundle::unbundle;
use super::validate::{Looked, age_is_valid, validate};
use crate::record::{Episode, Icd10, RawEpisode, RawSpell, Word};
use crate::reference::{Reference, Root};
use crate::trace::say::Value;
use crate::trace::{Blank, Copied, Draft, Joined, Outcome, Recorder, counted, say};

/// An episode with what is made of it on the way.
#[derive(Debug, Default)]
pub struct Grouped<'r> {
    /// Its place as sent, from 0.
    pub sent_as: usize,
    /// Normalised.
    pub episode: Episode,
    /// With its codes, and unbundling done.
    pub case: Case<'r>,
    /// DominantProcedure to show, by index into the case.
    pub dominant: Option<usize>,
}

impl Grouped<'_> {
    /// Room for another episode, in the lists of this one.
    #[inline]
    pub(super) fn emptied<'o>(self) -> Grouped<'o> {
        Grouped { case: self.case.emptied(), ..Grouped::default() }
    }
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
}

/// Groups one episode, which is normalised. Its result is written over what is there. `findings` are those of the spell's
/// consistency that it carries.
pub fn group_episode<'r, R: Recorder<'r>>(
    sent: Sent<'_>,
    grouped: &mut Grouped<'r>,
    result: &mut EpisodeResult,
    findings: impl Iterator<Item = Message>,
    reference: &'r Reference,
    recorder: &mut R,
) {
    let Grouped { episode, case, .. } = grouped;
    let EpisodeResult { unbundled, messages, .. } = result;
    messages.clear();
    let calc_epidur = episode.calc_epidur();
    recorder.step(|step| durations(step, episode, calc_epidur));
    recorder.step(|step| normalisation(step, sent.raw, episode, reference));

    case.read(sent.raw, episode, sent.place, reference);
    validate(Looked { spell: sent.spell, raw: sent.raw, episode, case }, reference, messages);
    messages.extend(findings);
    recorder.step(|step| validation(step, messages));

    recorder.step(|step| look_up(step, case));
    unbundle(case, Some(episode), reference, recorder, unbundled, messages);

    let age_known = episode.age.value().is_some_and(|age| age_is_valid(age, reference));
    let primary = core_hrg::check_primary(case, age_known, reference);
    core_hrg::record_primary_checks(&primary, recorder);
    add(messages, primary);

    let core = if messages.iter().any(|message| message.fatal) {
        Core::failed(Vec::new())
    } else {
        let ask = Ask { trauma: TraumaPass::Trigger, exceptions: true };
        core_hrg::group(case, ask, reference, recorder)
    };
    grouped.dominant = core.dominant;
    emit(grouped, core, result, reference, recorder);
}

/// Adds messages of core grouping; mostly there are none.
pub(super) fn add(messages: &mut Vec<Message>, placed: Vec<PlacedMessage>) {
    if !placed.is_empty() {
        messages.extend(placed.into_iter().map(|(_, message)| message));
    }
}

/// A17 and A18.
fn emit<'r, R: Recorder<'r>>(
    grouped: &Grouped<'r>,
    core: Core,
    result: &mut EpisodeResult,
    reference: &'r Reference,
    recorder: &mut R,
) {
    let Grouped { sent_as, episode, case, .. } = grouped;
    let Core { hrg, method, dominant, messages, .. } = core;
    add(&mut result.messages, messages);
    let pbc = programme_budgeting("A17", case.primary().map(|d| d.code), reference, recorder);
    recorder.step(|step| {
        let label = reference.labels.hrg(hrg);
        let outcome = if method == Method::Error { Outcome::Failed } else { Outcome::Applied };
        let sentence = say!("FCE_HRG {} ({}), {} ({})", hrg, label, method.flag(), method.words());
        let step = step.came_to("A18", outcome, sentence).fact("hrg", hrg).fact("grouping_method", method.flag());
        result.unbundled.iter().fold(step, |step, unbundled| step.fact("unbundled", *unbundled))
    });
    result.sent_as = *sent_as;
    result.epiorder = episode.epiorder.value();
    result.hrg = hrg;
    result.method = method;
    result.dominant_procedure = dominant.and_then(|i| case.procedures.get(i)).map(|p| p.code);
    result.pbc = pbc;
    result.calc_epidur = episode.epidur.value().map(|_| episode.calc_epidur());
    result.report_flag = false;
}

/// A17 and S15: the programme budgeting category of the primary diagnosis.
pub fn programme_budgeting<'r, R: Recorder<'r>>(
    name: &'static str,
    primary: Option<Icd10>,
    reference: &'r Reference,
    recorder: &mut R,
) -> Option<Word> {
    let row = primary.and_then(|code| reference.codes.pbc.find(code.word()));
    recorder.step(|step| match row {
        Some(row) => {
            let category = row.value.fact;
            step.applied(name, say!("Programme budgeting category {}", category))
                .fact("pbc", category)
                .cite(Some(row.cite()))
        }
        None => step.passed(name, "No programme budgeting category is known for the primary diagnosis"),
    });
    row.map(|row| row.value.fact)
}

fn durations<'p, 'r>(step: Blank<'p, 'r>, episode: &Episode, calc_epidur: u32) -> Draft<'p, 'r> {
    let (epidur, critical) = (episode.epidur.or_zero(), episode.critical_care_days.or_zero());
    let (rehabilitation, palliative) = (episode.rehabilitation_days.or_zero(), episode.spc_days.or_zero());
    let deductions = u64::from(critical) + u64::from(rehabilitation) + u64::from(palliative);
    let floor =
        if deductions > u64::from(epidur) { ", set to zero because the deductions exceed the duration" } else { "" };
    let sentence = say!(
        "Stay {}: {} less critical care {}, rehabilitation {} and specialist palliative care {}{}",
        calc_epidur,
        counted(epidur, "day", "days"),
        critical,
        rehabilitation,
        palliative,
        floor
    );
    step.applied("A0", sentence)
        .fact("epidur", epidur)
        .fact("criticalcaredays", critical)
        .fact("rehabilitationdays", rehabilitation)
        .fact("spcdays", palliative)
        .fact("calc_epidur", calc_epidur)
}

fn normalisation<'p, 'r>(
    step: Blank<'p, 'r>,
    raw: &RawEpisode<'_>,
    episode: &Episode,
    reference: &Reference,
) -> Draft<'p, 'r> {
    let changes = changes(raw, episode, &reference.options);
    if changes.is_empty() {
        return step.passed("A1", "Every value was read as sent");
    }
    let step = step.applied("A1", say!("Normalised: {}", counted(changes.len(), "value", "values")));
    changes.iter().fold(step, |step, change| step.about("normalised", change.field, Copied(change.from), change.to))
}

fn validation<'p, 'r>(step: Blank<'p, 'r>, messages: &[Message]) -> Draft<'p, 'r> {
    if messages.is_empty() {
        return step.passed("A2", "Every field is valid");
    }
    let fatal = messages.iter().filter(|m| m.fatal);
    let step = if fatal.clone().next().is_none() {
        step.applied("A2", "There are findings, none of which makes the episode ungroupable")
    } else {
        let fatal = fatal.map(|m| say!("{}: {}", m.field, Copied(&m.text)));
        step.failed("A2", say!("The episode cannot be grouped: {}", Joined("; ", fatal)))
    };
    messages.iter().fold(step, |step, message| message.told(step))
}

fn look_up<'p, 'r>(step: Blank<'p, 'r>, case: &Case<'r>) -> Draft<'p, 'r> {
    let diagnoses = counted(case.diagnoses.len(), "diagnosis", "diagnoses");
    let procedures = counted(case.procedures.len(), "procedure", "procedures");
    let mut step = step.applied("A3", say!("The release knows {} and {}", diagnoses, procedures));
    for diagnosis in &case.diagnoses {
        let fact = &diagnosis.row.value.fact;
        let known = say!("{}; hierarchy {}, base root {}", &fact.label, fact.dh, root_or_none(fact.root));
        step = step.of("diagnosis", diagnosis, known).cite(Some(diagnosis.row.cite()));
    }
    for procedure in &case.procedures {
        let fact = &procedure.row.value.fact;
        let known = say!("{}; hierarchy {}, base root {}", &fact.label, fact.ph, root_or_none(fact.root));
        step = step.of("procedure", procedure, known).cite(Some(procedure.row.cite()));
    }
    step
}

/// A base root, where the code has one.
pub(super) fn root_or_none<'r>(root: Option<Root>) -> Value<'r> {
    root.map_or(Value::Text("none"), |root| Value::Word(root.word()))
}
