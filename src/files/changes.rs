//! Which records of a file change HRG from one release to another, from what to what, and where their explanations part.

use super::error::RunError;
use super::run::open;
use super::spells::Sorted;
use crate::grouper::compare::{explained, hrgs};
use crate::grouper::{EpisodeResult, Grouping, Unbundled, group};
use crate::record::RawSpell;
use crate::reference::diff::defused;
use crate::reference::{Dataset, Reference};
use crate::trace::{Off, Parting, Step, first_difference};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// The records that change.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordChanges {
    /// Id and digest of the one release.
    pub from: ReleaseName,
    /// Id and digest of the other.
    pub to: ReleaseName,
    /// How many.
    pub counts: Counts,
    /// Spells of which any HRG changes, in the order of the output files.
    pub spells: Vec<SpellChange>,
}

/// A release by name.
#[derive(Debug, Serialize)]
pub struct ReleaseName {
    /// Its id.
    pub id: String,
    /// Its digest.
    pub digest: String,
}

/// Counts over a file.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Spells read.
    pub spells: usize,
    /// Episodes read.
    pub episodes: usize,
    /// Spells of which any HRG changes: the spell's, an episode's, or an unbundled one.
    pub spells_changed: usize,
    /// Spells whose SpellHRG changes.
    pub spell_hrgs_changed: usize,
    /// Episodes whose FCE_HRG changes.
    pub episode_hrgs_changed: usize,
    /// Changed spells by the first step that decides otherwise.
    pub by_first_step: BTreeMap<String, usize>,
    /// Rows that were shorter than the record definition and were read with blanks at their end.
    pub short_rows: usize,
}

/// The HRGs of a spell or an episode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hrgs {
    /// The core HRG.
    pub hrg: String,
    /// The unbundled HRGs, in order.
    pub unbundled: Vec<String>,
}

/// A spell that changes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SpellChange {
    /// PROCODET.
    pub procodet: String,
    /// PROVSPNO.
    pub provspno: String,
    /// With the one release.
    pub from: Hrgs,
    /// With the other.
    pub to: Hrgs,
    /// Where the explanations part.
    pub first_difference: Option<Parting>,
    /// The episodes that change; none where the spell's own grouping alone does.
    pub episodes: Vec<EpisodeChange>,
}

/// An episode that changes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EpisodeChange {
    /// EPIORDER.
    pub epiorder: Option<u32>,
    /// With the one release.
    pub from: Hrgs,
    /// With the other.
    pub to: Hrgs,
    /// Where the explanations of this episode part.
    pub first_difference: Option<Parting>,
}

/// Groups every spell of a file with both releases.
pub fn changes(
    input: &Path,
    definition: &Path,
    header: bool,
    (from, to): (&Reference, &Reference),
) -> Result<RecordChanges, RunError> {
    let delimiters = from.options.rdf_other_delimiters || to.options.rdf_other_delimiters;
    let (input, layout) = open(input, definition, header, Dataset::Apc, delimiters)?;
    let (episodes, short_rows) = (input.rows(), input.short_rows);
    let sorted = Sorted::new(input.lines(), &layout);
    let all: Vec<Option<SpellChange>> = sorted.spells(&layout).map(|(_, spell)| change(&spell, from, to)).collect();
    let read = all.len();
    let spells: Vec<SpellChange> = all.into_iter().flatten().collect();
    let mut by_first_step = BTreeMap::new();
    for spell in &spells {
        let step = spell.first_difference.as_ref().map_or_else(|| "none".to_owned(), Parting::name);
        *by_first_step.entry(step).or_default() += 1;
    }
    let name =
        |release: &Reference| ReleaseName { id: release.identity.id.clone(), digest: release.identity.digest.clone() };
    let counts = Counts {
        spells: read,
        episodes,
        spells_changed: spells.len(),
        spell_hrgs_changed: spells.iter().filter(|spell| spell.from.hrg != spell.to.hrg).count(),
        episode_hrgs_changed: spells
            .iter()
            .flat_map(|spell| &spell.episodes)
            .filter(|e| e.from.hrg != e.to.hrg)
            .count(),
        by_first_step,
        short_rows,
    };
    Ok(RecordChanges { from: name(from), to: name(to), counts, spells })
}

/// What changes of a spell; most do not, and are grouped without a trace.
fn change(spell: &RawSpell<'_>, from: &Reference, to: &Reference) -> Option<SpellChange> {
    if hrgs(&group(spell, from, &mut Off)) == hrgs(&group(spell, to, &mut Off)) {
        return None;
    }
    let ((one, one_steps), (other, other_steps)) = (explained(spell, from), explained(spell, to));
    let (one_steps, other_steps) = (one_steps.in_words(), other_steps.in_words());
    let episodes = (1u32..).zip(one.episodes.iter().zip(&other.episodes)).filter_map(|(place, (a, b))| {
        let (from, to) = (of_episode(a), of_episode(b));
        (from != to).then(|| EpisodeChange {
            epiorder: a.epiorder,
            from,
            to,
            first_difference: first_difference(&only(&one_steps, place), &only(&other_steps, place)),
        })
    });
    Some(SpellChange {
        procodet: spell.procodet.as_str().to_owned(),
        provspno: spell.provspno.as_str().to_owned(),
        episodes: episodes.collect(),
        from: of_spell(&one),
        to: of_spell(&other),
        first_difference: first_difference(&one_steps, &other_steps),
    })
}

fn only(steps: &[Step], place: u32) -> Vec<Step> {
    steps.iter().filter(|step| step.episode == Some(place)).cloned().collect()
}

fn of_spell(grouping: &Grouping) -> Hrgs {
    Hrgs { hrg: grouping.spell.hrg.to_string(), unbundled: words(&grouping.spell.unbundled) }
}

fn of_episode(episode: &EpisodeResult) -> Hrgs {
    Hrgs { hrg: episode.hrg.to_string(), unbundled: words(&episode.unbundled) }
}

fn words(unbundled: &[Unbundled]) -> Vec<String> {
    unbundled.iter().map(ToString::to_string).collect()
}

impl RecordChanges {
    /// For a reader at a terminal: counts first, then the records.
    pub fn text(&self) -> String {
        let counts = &self.counts;
        let mut text = format!("{} to {}\n\n", self.from.id, self.to.id);
        for (count, words) in [
            (counts.spells, "spells"),
            (counts.episodes, "episodes"),
            (counts.spells_changed, "spells of which any HRG changes"),
            (counts.spell_hrgs_changed, "spells whose SpellHRG changes"),
            (counts.episode_hrgs_changed, "episodes whose FCE_HRG changes"),
            (counts.short_rows, "rows shorter than the record definition"),
        ] {
            _ = writeln!(text, "{count:>7} {words}");
        }
        if !self.spells.is_empty() {
            text.push_str("\nChanged spells by the first step that decides otherwise\n");
        }
        for (step, count) in &counts.by_first_step {
            _ = writeln!(text, "{count:>7} {step}");
        }
        for spell in &self.spells {
            _ = writeln!(text, "\n{} {}: {}", spell.procodet, spell.provspno, moved(&spell.from, &spell.to));
            parting(&mut text, "  ", spell.first_difference.as_ref());
            for episode in &spell.episodes {
                let order = episode.epiorder.map_or_else(|| "?".to_owned(), |order| order.to_string());
                _ = writeln!(text, "  episode {order}: {}", moved(&episode.from, &episode.to));
                if episode.first_difference != spell.first_difference {
                    parting(&mut text, "    ", episode.first_difference.as_ref());
                }
            }
        }
        text
    }

    /// As CSV: counts first, then a line for each spell and each episode that changes.
    pub fn csv(&self) -> String {
        let counts = &self.counts;
        let mut lines: Vec<Vec<String>> = vec![COLUMNS.map(str::to_owned).to_vec()];
        let mut count =
            |name: &str, count: usize| lines.push(vec!["count".to_owned(), name.to_owned(), count.to_string()]);
        count("spells", counts.spells);
        count("episodes", counts.episodes);
        count("spells-changed", counts.spells_changed);
        count("spell-hrgs-changed", counts.spell_hrgs_changed);
        count("episode-hrgs-changed", counts.episode_hrgs_changed);
        count("short-rows", counts.short_rows);
        for (step, number) in &counts.by_first_step {
            count(&format!("first-step {step}"), *number);
        }
        for spell in &self.spells {
            let key = [spell.procodet.clone(), spell.provspno.clone()];
            lines.push(line("spell", &key, "", (&spell.from, &spell.to), spell.first_difference.as_ref()));
            for episode in &spell.episodes {
                let order = episode.epiorder.map(|order| order.to_string()).unwrap_or_default();
                lines.push(line(
                    "episode",
                    &key,
                    &order,
                    (&episode.from, &episode.to),
                    episode.first_difference.as_ref(),
                ));
            }
        }
        let mut writer = csv::Writer::from_writer(Vec::new());
        for mut line in lines {
            line.resize(COLUMNS.len(), String::new());
            // Writing to memory does not fail.
            _ = writer.write_record(line.iter().map(|cell| defused(cell).into_owned()));
        }
        writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

/// The columns of the CSV form.
const COLUMNS: [&str; 13] = [
    "part",
    "name",
    "count",
    "PROCODET",
    "PROVSPNO",
    "EPIORDER",
    "from_hrg",
    "to_hrg",
    "from_unbundled",
    "to_unbundled",
    "first_step",
    "from_sentence",
    "to_sentence",
];

fn line(
    part: &str,
    [procodet, provspno]: &[String; 2],
    epiorder: &str,
    (from, to): (&Hrgs, &Hrgs),
    parting: Option<&Parting>,
) -> Vec<String> {
    let sentence = |step: Option<&Option<Step>>| {
        step.and_then(Option::as_ref).map(|step| step.sentence.clone()).unwrap_or_default()
    };
    vec![
        part.to_owned(),
        String::new(),
        String::new(),
        procodet.clone(),
        provspno.clone(),
        epiorder.to_owned(),
        from.hrg.clone(),
        to.hrg.clone(),
        from.unbundled.join("|"),
        to.unbundled.join("|"),
        parting.map(Parting::name).unwrap_or_default(),
        sentence(parting.map(|parting| &parting.from)),
        sentence(parting.map(|parting| &parting.to)),
    ]
}

fn moved(from: &Hrgs, to: &Hrgs) -> String {
    let core = if from.hrg == to.hrg { format!("{} stays", from.hrg) } else { format!("{} -> {}", from.hrg, to.hrg) };
    if from.unbundled == to.unbundled {
        return core;
    }
    let list = |unbundled: &[String]| if unbundled.is_empty() { "none".to_owned() } else { unbundled.join(" ") };
    format!("{core}; unbundled {} -> {}", list(&from.unbundled), list(&to.unbundled))
}

fn parting(text: &mut String, indent: &str, parting: Option<&Parting>) {
    let Some(parting) = parting else { return };
    let place = parting.episode.map_or_else(|| "the spell".to_owned(), |place| format!("episode {place}"));
    _ = writeln!(text, "{indent}they part at {} of {place}", parting.name());
    for (step, mark) in [(&parting.from, '<'), (&parting.to, '>')] {
        let sentence = step.as_ref().map_or("this step was not reached", |step| &step.sentence);
        let other = step.as_ref().filter(|step| step.step != parting.step).map(|step| format!("{}: ", step.step));
        _ = writeln!(text, "{indent}{mark} {}{sentence}", other.unwrap_or_default());
    }
}
