//! The spell pass, S1 to S16: not a vote over the episodes' HRGs, but grouping again over the pooled record.

mod consistency;
pub mod pool;

use super::core_hrg::{self, Ask, Core, TraumaPass};
use super::episode::{Grouped, Sent, group_episode, programme_budgeting};
use super::grouping::{Grouping, Message, Method, SpellResult};
use super::normalise::renormalise;
use crate::record::{Number, RawSpell};
use crate::reference::options::SpellTraumaScope;
use crate::reference::{Hrg, Reference};
use crate::trace::{Blank, Copied, Draft, Joined, Off, Outcome, Recorder, Within, counted, say};
use pool::Pool;

/// Room to group in. Used again from spell to spell, so that grouping takes no memory for each.
#[derive(Debug, Default)]
pub struct Workspace<'r> {
    /// The episodes of the spell in hand, and room of longer ones before it.
    episodes: Vec<Grouped<'r>>,
    pooled: pool::Room<'r>,
    grouping: Grouping,
}

impl<'r> Workspace<'r> {
    /// Groups a spell: every episode by itself, then the spell as a whole. Bad patient data is a result, never an error.
    pub fn group<R: Recorder<'r>>(
        &mut self,
        spell: &RawSpell<'_>,
        reference: &'r Reference,
        recorder: &mut R,
    ) -> &Grouping {
        let count = spell.episodes.len();
        if self.episodes.len() < count {
            self.episodes.resize_with(count, Grouped::default);
        }
        let episodes = self.episodes.get_mut(..count).unwrap_or_default();
        for (sent_as, (grouped, raw)) in episodes.iter_mut().zip(&spell.episodes).enumerate() {
            grouped.sent_as = sent_as;
            renormalise(&mut grouped.episode, raw);
        }
        let in_order = episodes.is_sorted_by_key(|grouped| sort_key(grouped.episode.epiorder));
        if !in_order {
            episodes.sort_by_key(|grouped| sort_key(grouped.episode.epiorder));
        }
        let findings = consistency::check(episodes, reference);
        for (place, grouped) in episodes.iter_mut().enumerate() {
            let Some(raw) = spell.episodes.get(grouped.sent_as) else { continue };
            let own = findings.iter().filter(|(of, _)| *of == place).map(|(_, message)| message.clone()).collect();
            let mut within = Within::episode(recorder, u32::try_from(place + 1).unwrap_or(u32::MAX));
            group_episode(Sent { spell, raw, place }, grouped, own, reference, &mut within);
        }
        recorder.step(|step| gather(step, count, in_order));
        let findings = findings.into_iter().map(|(_, message)| message).collect();
        self.grouping.spell = finish(episodes, &mut self.pooled, findings, reference, recorder);
        self.grouping.episodes.clear();
        self.grouping.episodes.extend(episodes.iter_mut().map(|grouped| std::mem::take(&mut grouped.result)));
        &self.grouping
    }

    /// What the last spell came to, to keep.
    pub fn take(&mut self) -> Grouping {
        std::mem::take(&mut self.grouping)
    }
}

/// The order of episodes: numbers first, in order; what is no number stays where it was sent, at the end.
pub fn sort_key(epiorder: Number) -> (bool, u32) {
    epiorder.value().map_or((true, 0), |order| (false, order))
}

/// S2 to S16 over the grouped episodes, of which one is marked as that which the spell was grouped by.
fn finish<'r, R: Recorder<'r>>(
    episodes: &mut [Grouped<'r>],
    room: &mut pool::Room<'r>,
    mut messages: Vec<Message>,
    reference: &'r Reference,
    recorder: &mut R,
) -> SpellResult {
    recorder.step(|step| consistency_step(step, &messages));

    let stay = episodes.iter().fold(0u32, |sum, g| sum.saturating_add(g.episode.calc_epidur()));
    let critical = episodes.iter().fold(0u32, |sum, g| sum.saturating_add(g.episode.critical_care_days.or_zero()));
    let pool = room.pool(episodes, stay, reference);

    let sunk = episodes.iter().any(|g| g.result.method == Method::Error);
    recorder.step(|step| cascade(step, episodes, &pool, reference));
    recorder.step(|step| {
        let over = counted(episodes.len(), "episode", "episodes");
        step.applied("S4", say!("SpellLOS {} and SpellCCDays {} over {}", stay, critical, over))
            .fact("spell_los", stay)
            .fact("spell_cc_days", critical)
            .fact("episode_count", episodes.len())
    });

    let core = if sunk { None } else { Some(group_pool(episodes, &pool, reference, recorder)) };
    let failed = core.as_ref().is_none_or(|core| core.method == Method::Error);
    let reported = reported(episodes, &pool, core.as_ref(), reference);
    recorder.step(|step| step.applied("S14", say!("SpellReportFlag 1 on episode {}", reported + 1)));

    let is_trauma = core.as_ref().is_some_and(|core| core.method == Method::Trauma);
    let primary = if is_trauma { pool.primaries.first().copied() } else { pool.case.primary };
    let primary = primary.and_then(|i| pool.case.diagnoses.get(i)).map(|d| d.code).filter(|_| !failed);
    let secondary = pool::secondary(&pool, reference).filter(|_| !failed);
    let pbc = if failed { None } else { programme_budgeting("S15", primary, reference, recorder) };
    let (hrg, method, dominant) = match core {
        Some(core) => {
            messages.extend(core.messages.into_iter().map(|(_, message)| message));
            (core.hrg, core.method, core.dominant)
        }
        None => (Hrg::INVALID, Method::Error, None),
    };
    recorder.step(|step| emit_step(step, hrg, method, episodes, reference));
    let spell = SpellResult {
        hrg,
        method,
        dominant_procedure: dominant.and_then(|i| pool.case.procedures.get(i)).map(|p| p.code),
        primary_diagnosis: primary,
        secondary_diagnosis: secondary,
        episode_count: episodes.len(),
        length_of_stay: stay,
        critical_care_days: critical,
        pbc,
        unbundled: episodes.iter().flat_map(|g| g.result.unbundled.iter().copied()).collect(),
        messages,
    };
    if let Some(grouped) = episodes.get_mut(reported) {
        grouped.result.report_flag = true;
    }
    spell
}

/// S6 to S13: core grouping over the pool.
fn group_pool<'r, R: Recorder<'r>>(
    episodes: &[Grouped<'r>],
    pool: &Pool<'_, 'r>,
    reference: &'r Reference,
    recorder: &mut R,
) -> Core {
    if !R::ON
        && let [only] = episodes
    {
        // The pooled record of one episode is that episode's, and so is its answer; only a trace wants the steps again.
        let core = Core::found(only.result.hrg, only.result.method, 0);
        return Core { dominant: only.dominant, ..core };
    }
    let trauma = trauma_pass(episodes, reference);
    recorder.step(|step| {
        let age = pool.case.age;
        step.applied("S5", say!("Pooled over the episodes; age {}, discharge details of the last", age))
            .fact("age", age)
            .fact("procedures", pool.case.procedures.len())
            .fact("diagnoses", pool.case.diagnoses.len())
    });
    recorder.step(|step| trauma_step(step, episodes, trauma));
    pool::record_primary(pool, recorder);
    pool::record_secondaries(pool, reference, recorder);
    let mut within = Within::spell(recorder, spell_step);
    core_hrg::group(pool.case, Ask { trauma, exceptions: true }, reference, &mut within)
}

/// The spell's step under which a rule of the episode pass is applied.
fn spell_step(rule: &'static str) -> &'static str {
    match rule {
        "A6" => "S6",
        "A7" => "S7",
        "A8" => "S8",
        "A9" => "S9",
        "A10" | "A11" | "A12" | "A13" => "S11",
        "A14" | "A15" | "A16" => "S13",
        other => other,
    }
}

/// S6: only the first episode can make the spell multiple trauma.
fn trauma_pass(episodes: &[Grouped<'_>], reference: &Reference) -> TraumaPass {
    match episodes.first() {
        Some(first) if first.result.method == Method::Trauma => match reference.options.spell_trauma_scope {
            SpellTraumaScope::WholeSpell => TraumaPass::Forced,
            SpellTraumaScope::FirstEpisode => TraumaPass::TakeOver(first.result.hrg),
        },
        _ => TraumaPass::Never,
    }
}

/// S14: the episode that holds the variable by which the spell was grouped.
fn reported(episodes: &[Grouped<'_>], pool: &Pool<'_, '_>, core: Option<&Core>, reference: &Reference) -> usize {
    let first_error = || episodes.iter().position(|g| g.result.method == Method::Error);
    match core {
        None => first_error().unwrap_or(0),
        Some(core) => match core.method {
            Method::Procedure | Method::Diagnosis => pool.driving,
            Method::GlobalException => {
                episodes.iter().position(|g| core_hrg::rule_holds(&g.case, core.hrg, reference)).unwrap_or(0)
            }
            Method::Burns | Method::Trauma | Method::OutpatientDefault | Method::Error => core.episode,
        },
    }
}

fn gather<'p, 'r>(step: Blank<'p, 'r>, episodes: usize, in_order: bool) -> Draft<'p, 'r> {
    let sorted = if in_order { "" } else { ", put in EPIORDER order" };
    let count = counted(episodes, "episode", "episodes");
    step.applied("S1", say!("{} of one provider and spell number{}", count, sorted)).fact("episode_count", episodes)
}

fn consistency_step<'p, 'r>(step: Blank<'p, 'r>, messages: &[Message]) -> Draft<'p, 'r> {
    if messages.is_empty() {
        return step.passed("S2", "The episodes agree with one another");
    }
    let sentence = say!(
        "The episodes contradict one another ({}): usually a spell identifier that is not unique, so that two patients have been merged",
        Joined("; ", messages.iter().map(|m| Copied(&m.text)))
    );
    messages.iter().fold(step.failed("S2", sentence), |step, message| message.told(step))
}

/// S3: an error of any episode is the spell's.
fn cascade<'p, 'r>(
    step: Blank<'p, 'r>,
    episodes: &[Grouped<'r>],
    pool: &Pool<'_, 'r>,
    reference: &'r Reference,
) -> Draft<'p, 'r> {
    let sunk = || (1usize..).zip(episodes).filter(|(_, g)| g.result.method == Method::Error);
    let faults = || sunk().flat_map(|(place, g)| g.result.messages.iter().filter(|m| m.fatal).map(move |m| (place, m)));
    if sunk().next().is_none() {
        return step.passed("S3", "No episode is UZ01Z");
    }
    let places = Joined(", ", sunk().map(|(place, _)| place));
    let mut step = step.failed("S3", say!("Episode {} is UZ01Z, and so is the spell", places));
    for (place, message) in faults() {
        let text = say!("episode {}: {}", place, Copied(&message.text));
        step = step.about("message", message.field, Copied(&message.code), text);
    }
    if sunk().count() == 1 && faults().count() == 1 {
        let trauma = trauma_pass(episodes, reference);
        let mended = core_hrg::group(pool.case, Ask { trauma, exceptions: true }, reference, &mut Off);
        if mended.method != Method::Error {
            let label = reference.labels.hrg(mended.hrg);
            let change = "this is the only fault; without it the spell might group to";
            step = step.would_change(say!("{} {} ({})", change, mended.hrg, label));
        }
    }
    step
}

fn trauma_step<'p, 'r>(step: Blank<'p, 'r>, episodes: &[Grouped<'r>], pass: TraumaPass) -> Draft<'p, 'r> {
    let later = episodes.iter().skip(1).position(|g| g.result.method == Method::Trauma).map(|i| i + 2);
    match (pass, later) {
        (TraumaPass::Never, Some(place)) => step.passed(
            "S6",
            say!("Episode {} is multiple trauma, which does not count: only the first episode decides", place),
        ),
        (TraumaPass::Never, None) => step.passed("S6", "The first episode is not multiple trauma"),
        _ => step.applied("S6", "The first episode is multiple trauma, and so the spell is"),
    }
}

fn emit_step<'p, 'r>(
    step: Blank<'p, 'r>,
    hrg: Hrg,
    method: Method,
    episodes: &[Grouped<'r>],
    reference: &'r Reference,
) -> Draft<'p, 'r> {
    let label = reference.labels.hrg(hrg);
    let outcome = if method == Method::Error { Outcome::Failed } else { Outcome::Applied };
    let sentence = say!("SpellHRG {} ({}), {} ({})", hrg, label, method.flag(), method.words());
    let step = step.came_to("S16", outcome, sentence).fact("hrg", hrg);
    episodes.iter().zip(1u32..).fold(step, |step, (grouped, place)| {
        let own = grouped.result.hrg;
        let relation = if own == hrg { "the same" } else { "differs: the spell groups the pooled record" };
        step.fact("episode", say!("{}: {}, {}", place, own, relation))
    })
}
