//! The spell pass, S1 to S16: not a vote over the episodes' HRGs, but grouping again over the pooled record.

mod consistency;
pub mod pool;

use super::case::emptied;
use super::core_hrg::{self, Ask, Core, TraumaPass};
use super::episode::{Grouped, Sent, add, group_episode, programme_budgeting};
use super::grouping::{EpisodeResult, Grouping, Message, Method, SpellResult};
use super::normalise::normalise_into;
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
            normalise_into(raw, &mut grouped.episode);
        }
        let in_order = episodes.is_sorted_by_key(|grouped| sort_key(grouped.episode.epiorder));
        if !in_order {
            episodes.sort_by_key(|grouped| sort_key(grouped.episode.epiorder));
        }
        let findings = consistency::check(episodes, reference);
        // What is there is written over.
        let Grouping { spell: of_spell, episodes: results } = &mut self.grouping;
        results.resize_with(count, EpisodeResult::default);
        for (place, (grouped, result)) in episodes.iter_mut().zip(&mut *results).enumerate() {
            let Some(raw) = spell.episodes.get(grouped.sent_as) else { continue };
            let own = findings.iter().filter(|(of, _)| *of == place).map(|(_, message)| message.clone());
            let mut within = Within::episode(recorder, u32::try_from(place + 1).unwrap_or(u32::MAX));
            group_episode(Sent { spell, raw, place }, grouped, result, own, reference, &mut within);
        }
        recorder.step(|step| gather(step, count, in_order));
        of_spell.messages.clear();
        add(&mut of_spell.messages, findings);
        let reported = finish(Done { episodes, results }, &mut self.pooled, of_spell, reference, recorder);
        if let Some(result) = results.get_mut(reported) {
            result.report_flag = true;
        }
        &self.grouping
    }

    /// What the last spell came to, to keep.
    pub fn take(&mut self) -> Grouping {
        std::mem::take(&mut self.grouping)
    }

    /// The room with nothing left in it, for whoever keeps it until a spell comes that may ask another release.
    #[must_use]
    pub fn emptied<'o>(self: Box<Self>) -> Box<Workspace<'o>> {
        let Workspace { mut episodes, pooled, grouping: Grouping { spell, episodes: results } } = *self;
        episodes.truncate(KEPT);
        let spell = SpellResult { unbundled: emptied(spell.unbundled), ..SpellResult::default() };
        let grouping = Grouping { spell, episodes: emptied(results) };
        let episodes = episodes.into_iter().map(Grouped::emptied).collect();
        Box::new(Workspace { episodes, pooled: pooled.emptied(), grouping })
    }
}

/// Episodes for which an empty room keeps the place: most spells have no more.
const KEPT: usize = 4;

/// The order of episodes: numbers first, in order; what is no number stays where it was sent, at the end.
pub fn sort_key(epiorder: Number) -> (bool, u32) {
    epiorder.value().map_or((true, 0), |order| (false, order))
}

/// The episodes of a spell, and their results.
#[derive(Clone, Copy)]
struct Done<'d, 'r> {
    episodes: &'d [Grouped<'r>],
    results: &'d [EpisodeResult],
}

/// S2 to S16 over the grouped episodes. The result is written over what is there, but for the messages; gives the place of
/// the episode that the spell was grouped by.
fn finish<'r, R: Recorder<'r>>(
    done: Done<'_, 'r>,
    room: &mut pool::Room<'r>,
    spell: &mut SpellResult,
    reference: &'r Reference,
    recorder: &mut R,
) -> usize {
    let Done { episodes, results } = done;
    recorder.step(|step| consistency_step(step, &spell.messages));

    let stay = episodes.iter().fold(0u32, |sum, g| sum.saturating_add(g.episode.calc_epidur()));
    let critical = episodes.iter().fold(0u32, |sum, g| sum.saturating_add(g.episode.critical_care_days.or_zero()));
    let pool = room.pool(episodes, stay, reference);

    let sunk = results.iter().any(|result| result.method == Method::Error);
    recorder.step(|step| cascade(step, done, &pool, reference));
    recorder.step(|step| {
        let over = counted(episodes.len(), "episode", "episodes");
        step.applied("S4", say!("SpellLOS {} and SpellCCDays {} over {}", stay, critical, over))
            .fact("spell_los", stay)
            .fact("spell_cc_days", critical)
            .fact("episode_count", episodes.len())
    });

    let core = if sunk { Core::failed(Vec::new()) } else { group_pool(done, &pool, reference, recorder) };
    let failed = core.method == Method::Error;
    let reported = if sunk { first_error(results) } else { reported(episodes, &pool, &core, reference) };
    recorder.step(|step| step.applied("S14", say!("SpellReportFlag 1 on episode {}", reported + 1)));

    let is_trauma = core.method == Method::Trauma;
    let primary = if is_trauma { pool.primaries.first().copied() } else { pool.case.primary };
    let primary = primary.and_then(|i| pool.case.diagnoses.get(i)).map(|d| d.code).filter(|_| !failed);
    let pbc = if failed { None } else { programme_budgeting("S15", primary, reference, recorder) };
    let Core { hrg, method, dominant, messages, .. } = core;
    add(&mut spell.messages, messages);
    recorder.step(|step| emit_step(step, hrg, method, results, reference));
    spell.hrg = hrg;
    spell.method = method;
    spell.dominant_procedure = dominant.and_then(|i| pool.case.procedures.get(i)).map(|p| p.code);
    spell.primary_diagnosis = primary;
    spell.secondary_diagnosis = if failed { None } else { pool::secondary(&pool, reference) };
    spell.episode_count = episodes.len();
    spell.length_of_stay = stay;
    spell.critical_care_days = critical;
    spell.pbc = pbc;
    spell.unbundled.clear();
    for result in results {
        spell.unbundled.extend_from_slice(&result.unbundled);
    }
    reported
}

/// S6 to S13: core grouping over the pool.
fn group_pool<'r, R: Recorder<'r>>(
    Done { episodes, results }: Done<'_, 'r>,
    pool: &Pool<'_, 'r>,
    reference: &'r Reference,
    recorder: &mut R,
) -> Core {
    if !R::ON
        && let ([only], [result]) = (episodes, results)
    {
        // The pooled record of one episode is that episode's, and so is its answer; only a trace wants the steps again.
        return Core { dominant: only.dominant, ..Core::found(result.hrg, result.method, 0) };
    }
    let trauma = trauma_pass(results, reference);
    recorder.step(|step| {
        let age = pool.case.age;
        step.applied("S5", say!("Pooled over the episodes; age {}, discharge details of the last", age))
            .fact("age", age)
            .fact("procedures", pool.case.procedures.len())
            .fact("diagnoses", pool.case.diagnoses.len())
    });
    recorder.step(|step| trauma_step(step, results, trauma));
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
fn trauma_pass(results: &[EpisodeResult], reference: &Reference) -> TraumaPass {
    match results.first() {
        Some(first) if first.method == Method::Trauma => match reference.options.spell_trauma_scope {
            SpellTraumaScope::WholeSpell => TraumaPass::Forced,
            SpellTraumaScope::FirstEpisode => TraumaPass::TakeOver(first.hrg),
        },
        _ => TraumaPass::Never,
    }
}

/// S14: the episode that holds the variable by which the spell was grouped.
fn reported(episodes: &[Grouped<'_>], pool: &Pool<'_, '_>, core: &Core, reference: &Reference) -> usize {
    match core.method {
        Method::Procedure | Method::Diagnosis => pool.driving,
        Method::GlobalException => {
            episodes.iter().position(|g| core_hrg::rule_holds(&g.case, core.hrg, reference)).unwrap_or(0)
        }
        Method::Burns | Method::Trauma | Method::OutpatientDefault | Method::Error => core.episode,
    }
}

/// S14 where an episode is an error: the first that is.
fn first_error(results: &[EpisodeResult]) -> usize {
    results.iter().position(|result| result.method == Method::Error).unwrap_or(0)
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
    Done { results, .. }: Done<'_, 'r>,
    pool: &Pool<'_, 'r>,
    reference: &'r Reference,
) -> Draft<'p, 'r> {
    let sunk = || (1usize..).zip(results).filter(|(_, result)| result.method == Method::Error);
    let faults = || sunk().flat_map(|(place, r)| r.messages.iter().filter(|m| m.fatal).map(move |m| (place, m)));
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
        let trauma = trauma_pass(results, reference);
        let mended = core_hrg::group(pool.case, Ask { trauma, exceptions: true }, reference, &mut Off);
        if mended.method != Method::Error {
            let label = reference.labels.hrg(mended.hrg);
            let change = "this is the only fault; without it the spell might group to";
            step = step.would_change(say!("{} {} ({})", change, mended.hrg, label));
        }
    }
    step
}

fn trauma_step<'p, 'r>(step: Blank<'p, 'r>, results: &[EpisodeResult], pass: TraumaPass) -> Draft<'p, 'r> {
    let later = results.iter().skip(1).position(|result| result.method == Method::Trauma).map(|i| i + 2);
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
    results: &[EpisodeResult],
    reference: &'r Reference,
) -> Draft<'p, 'r> {
    let label = reference.labels.hrg(hrg);
    let outcome = if method == Method::Error { Outcome::Failed } else { Outcome::Applied };
    let sentence = say!("SpellHRG {} ({}), {} ({})", hrg, label, method.flag(), method.words());
    let step = step.came_to("S16", outcome, sentence).fact("hrg", hrg);
    results.iter().zip(1u32..).fold(step, |step, (result, place)| {
        let own = result.hrg;
        let relation = if own == hrg { "the same" } else { "differs: the spell groups the pooled record" };
        step.fact("episode", say!("{}: {}, {}", place, own, relation))
    })
}
