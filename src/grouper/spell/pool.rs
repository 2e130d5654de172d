//! S5, S9, S10 and S12: the pooled record of a spell, its dominant procedure, its primary diagnosis, and the order of its
//! secondary diagnoses.

use crate::grouper::case::{Case, emptied};
use crate::grouper::core_hrg::dominant;
use crate::grouper::episode::Grouped;
use crate::record::{Field, Icd10};
use crate::reference::Reference;
use crate::reference::options::{EpisodeChoice, SpellSdiagRule};
use crate::reference::row::Tens;
use crate::trace::{Recorder, counted, say};

/// The hierarchy from which a procedure drives.
const THRESHOLD: u8 = 5;

/// Room for a pooled record, used again from spell to spell.
#[derive(Debug, Default)]
pub struct Room<'r> {
    case: Case<'r>,
    primaries: Vec<usize>,
}

/// The pooled record with its primary diagnosis chosen.
pub struct Pool<'p, 'r> {
    /// Everything of all episodes, in EPIORDER order then recorded order.
    pub case: &'p Case<'r>,
    /// The dominant procedure, by index.
    pub dominant: Option<usize>,
    /// The candidates for primary diagnosis: the first diagnosis of each episode, by index.
    pub primaries: &'p [usize],
    /// Place of the episode that drives, from 0.
    pub driving: usize,
}

impl<'r> Room<'r> {
    /// The room with nothing left in it.
    #[inline]
    pub(super) fn emptied<'o>(self) -> Room<'o> {
        Room { case: self.case.emptied(), primaries: emptied(self.primaries) }
    }

    /// Pools the episodes.
    ///
    /// **The rule for the spell's primary diagnosis (S10)** [documented: CC-DC]: with a dominant procedure it is the DIAG_01 of
    /// the episode that holds the procedure, whether or not its maximum stay then makes the spell flip; otherwise the
    /// DIAG_01 of the highest diagnosis hierarchy, the first of equals.
    pub fn pool<'p>(&'p mut self, episodes: &'p [Grouped<'r>], stay: u32, reference: &'r Reference) -> Pool<'p, 'r> {
        let Room { case, primaries } = self;
        primaries.clear();
        if let [Grouped { case, .. }] = episodes {
            // The record of one episode is the pooled one.
            primaries.extend(case.primary);
            return Pool { case, dominant: dominant(case, THRESHOLD), primaries, driving: 0 };
        }
        case.diagnoses.clear();
        case.procedures.clear();
        case.unbundled.clear();
        case.tens = Tens::default();
        case.diagnoses.reserve(episodes.iter().map(|g| g.case.diagnoses.len()).sum());
        case.procedures.reserve(episodes.iter().map(|g| g.case.procedures.len()).sum());
        for Grouped { case: own, .. } in episodes {
            primaries.extend(own.primary.map(|primary| case.diagnoses.len() + primary));
            case.diagnoses.extend_from_slice(&own.diagnoses);
            case.tens.join(&own.tens);
            case.procedures.extend_from_slice(&own.procedures);
            case.unbundled.extend_from_slice(&own.unbundled);
        }
        let dominant = dominant(case, THRESHOLD);
        let holder = dominant.and_then(|i| case.procedures.get(i)).map(|p| p.episode);
        case.primary = match holder {
            Some(holder) => primary_of(case, primaries, holder),
            None => highest(case, primaries),
        };
        let driving = holder.or_else(|| case.primary().map(|d| d.episode)).unwrap_or(0);
        case.stay = stay;
        case.age = choose(reference.options.spell_age, driving, episodes).map_or(0, |g| g.episode.age.or_zero());
        // SEX, CLASSPAT, ADMISORC and ADMIMETH agree; DISDEST and DISMETH are the last episode's; the specialties and
        // the level of neonatal care are those of the episode that drives (S5).
        if let (Some(first), Some(last), Some(drives)) = (episodes.first(), episodes.last(), episodes.get(driving)) {
            case.fields = first.episode.fields;
            for field in [Field::Disdest, Field::Dismeth] {
                case.fields.set(field, last.episode.fields.get(field));
            }
            for field in [Field::Mainspef, Field::Tretspef, Field::Neocare] {
                case.fields.set(field, drives.episode.fields.get(field));
            }
        }
        Pool { case, dominant, primaries, driving }
    }
}

/// The DIAG_01 of an episode.
fn primary_of(case: &Case<'_>, primaries: &[usize], place: usize) -> Option<usize> {
    primaries.iter().copied().find(|i| case.diagnoses.get(*i).is_some_and(|d| d.episode == place))
}

/// The DIAG_01 of the highest hierarchy, the first of equals.
fn highest(case: &Case<'_>, primaries: &[usize]) -> Option<usize> {
    let dh = |i: &usize| case.diagnoses.get(*i).map(|d| d.row.value.fact.dh);
    primaries.iter().copied().rev().max_by_key(|i| dh(i))
}

/// The episode that an option names.
pub fn choose<'g, 'r>(choice: EpisodeChoice, driving: usize, episodes: &'g [Grouped<'r>]) -> Option<&'g Grouped<'r>> {
    match choice {
        EpisodeChoice::FirstEpisode => episodes.first(),
        EpisodeChoice::LastEpisode => episodes.last(),
        EpisodeChoice::DrivingEpisode => episodes.get(driving),
    }
}

/// S12: the secondary diagnoses of the spell by index, each with what puts it after others; sorted, they are in order.
/// Position does not change any score; it decides
/// SpellSDiag.
fn secondaries(pool: &Pool<'_, '_>, reference: &Reference) -> impl Iterator<Item = (bool, usize)> {
    let driving_first = reference.options.spell_sdiag_rule == SpellSdiagRule::DrivingEpisodeFirst;
    pool.case.secondaries().map(move |(i, diagnosis)| (driving_first && diagnosis.episode != pool.driving, i))
}

/// The first of them: SpellSDiag.
pub fn secondary(pool: &Pool<'_, '_>, reference: &Reference) -> Option<Icd10> {
    let as_recorded = || secondaries(pool, reference);
    let (_, first) = as_recorded().find(|(after, _)| !after).or_else(|| as_recorded().next())?;
    pool.case.diagnoses.get(first).map(|diagnosis| diagnosis.code)
}

/// The step of S10.
pub fn record_primary<'r, R: Recorder<'r>>(pool: &Pool<'_, 'r>, recorder: &mut R) {
    recorder.step(|step| {
        let Some(primary) = pool.case.primary() else {
            return step.passed("S10", "No episode has a primary diagnosis");
        };
        let holder = pool.dominant.and_then(|i| pool.case.procedures.get(i));
        let (code, episode, dh) = (primary.code, primary.episode + 1, primary.row.value.fact.dh);
        let step = match holder {
            Some(p) => step.applied(
                "S10",
                say!(
                    "The spell's primary diagnosis is {} of episode {}: episode {} holds the dominant procedure {}",
                    code,
                    episode,
                    p.episode + 1,
                    p.code
                ),
            ),
            None => step.applied(
                "S10",
                say!(
                    "The spell's primary diagnosis is {} of episode {}: its hierarchy {} is the highest of the episodes' primaries",
                    code,
                    episode,
                    dh
                ),
            ),
        };
        let mut step = step.of("spell_primary", primary, dh);
        for diagnosis in pool.primaries.iter().filter_map(|i| pool.case.diagnoses.get(*i)) {
            let value = say!("hierarchy {}", diagnosis.row.value.fact.dh);
            step = step.of("primary", diagnosis, value).cite(Some(diagnosis.row.cite()));
        }
        step
    });
}

/// The step of S12.
pub fn record_secondaries<'r, R: Recorder<'r>>(pool: &Pool<'_, 'r>, reference: &'r Reference, recorder: &mut R) {
    recorder.step(|step| {
        let mut order: Vec<(bool, usize)> = secondaries(pool, reference).collect();
        order.sort_unstable();
        if order.is_empty() {
            return step.passed("S12", "The spell has no secondary diagnosis");
        }
        let many = counted(order.len(), "secondary diagnosis", "secondary diagnoses");
        let step = step.applied("S12", say!("{}, those of the other episodes included", many));
        let diagnoses = order.iter().filter_map(|(_, i)| pool.case.diagnoses.get(*i));
        diagnoses.fold(step, |step, diagnosis| step.of("secondary", diagnosis, &diagnosis.row.value.fact.label))
    });
}
