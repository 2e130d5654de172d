//! Diagnoses and procedures: every one that the release tells apart put in, and each that is there taken out.

use super::candidates::{self, Candidate};
use super::change::Change;
use super::explore::{Bench, EXPLAINED, Outcome};
use crate::grouper::Method;
use crate::record::size::MAX_POSITIONS;
use crate::record::{RawEpisode, Text, Word};
use crate::reference::lookup::System;
use crate::reference::{Hrg, Reference};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Codes named for one outcome.
const EXAMPLES: usize = 5;

/// One code more or less.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CodesExplored {
    /// Whether every code was tried; not where the spell is so long that its exploration was cut short, or where there is
    /// no position left for another code.
    pub complete: bool,
    /// How many codes were tried, put in or taken out.
    pub tried: usize,
    /// How many there are.
    pub of: usize,
    /// Place of the episode, as sent and from 1, that codes were put into: the one that the spell was grouped by.
    pub episode: usize,
    /// One code more, at the end of the episode: the outcomes by HRG.
    pub added: Vec<Added>,
    /// One code less, in the order they were recorded.
    pub removed: Vec<Removed>,
}

/// Codes of which any one more gives the same.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Added {
    /// What they give; the changes are those of the first example.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Their CC score on the list of the spell's root as it was sent; none of procedures, and none where it scores
    /// nothing there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cc_score: Option<u32>,
    /// Whether the procedure becomes the dominant one; none of diagnoses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dominant: Option<bool>,
    /// How many of them there are, as the release lists them.
    pub codes: usize,
    /// The first of them.
    pub examples: Vec<Example>,
}

/// A code that stands for an entry of the release.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Example {
    /// The entry: a code, or the beginning of codes.
    #[schema(example = "N17*")]
    pub entry: String,
    /// The code that was tried.
    #[schema(example = "N179")]
    pub code: String,
    /// Its label.
    pub label: String,
}

/// A code without which the spell groups elsewhere.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Removed {
    /// Place of its episode as sent, from 1.
    pub episode: usize,
    /// Its position, from 1.
    pub position: usize,
    /// The code as sent.
    pub code: String,
    /// Its label; empty for a code that the release does not accept.
    pub label: String,
    /// What is given without it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What makes two codes do the same: the HRG, the method, the CC score, and whether the code becomes the dominant one.
type Effect = (Hrg, &'static str, Option<u32>, Option<bool>);

/// What is asked of one kind of codes.
struct Kind {
    system: System,
    field: &'static str,
    /// Positions that stay: the primary diagnosis.
    first: usize,
}

impl Kind {
    fn list<'e>(&self, episode: &'e mut RawEpisode<'static>) -> &'e mut Vec<Text<'static>> {
        match self.system {
            System::Icd10 => &mut episode.diag,
            System::Opcs4 => &mut episode.oper,
        }
    }

    fn label<'r>(&self, code: Word, reference: &'r Reference) -> &'r str {
        match self.system {
            System::Icd10 => reference.codes.diagnoses.find_current(code).map_or("", |row| &row.value.fact.label),
            System::Opcs4 => reference.codes.procedures.find_current(code).map_or("", |row| &row.value.fact.label),
        }
    }
}

/// One secondary diagnosis more or less.
pub(super) fn secondary_diagnoses(bench: Bench<'_>) -> CodesExplored {
    let mut candidates = candidates::diagnoses(bench.reference);
    // Those that score come first, the highest before the others: a long spell is not explored to the end.
    let hrg = bench.hrg();
    candidates.sort_by_cached_key(|candidate| std::cmp::Reverse(cc_score(candidate.code, hrg, bench.reference)));
    explore(bench, &Kind { system: System::Icd10, field: "diag", first: 1 }, &candidates)
}

/// One procedure more or less.
pub(super) fn procedures(bench: Bench<'_>) -> CodesExplored {
    let mut candidates = candidates::procedures(bench.reference);
    let table = &bench.reference.codes.procedures;
    candidates.sort_by_cached_key(|candidate| {
        std::cmp::Reverse(table.find_current(candidate.code).map(|row| row.value.fact.ph))
    });
    explore(bench, &Kind { system: System::Opcs4, field: "oper", first: 0 }, &candidates)
}

fn explore(mut bench: Bench<'_>, kind: &Kind, candidates: &[Candidate]) -> CodesExplored {
    let reported = bench.base.grouping.episodes.get(bench.base.grouping.reported()).map_or(0, |e| e.sent_as);
    let (removed, present) = taken_out(&mut bench, kind);
    let added = put_in(&mut bench, kind, reported, candidates);
    let of = candidates.len() + present;
    CodesExplored { complete: bench.tried == of, tried: bench.tried, of, episode: reported + 1, added, removed }
}

/// Each code that is there taken out; and how many there are.
fn taken_out(bench: &mut Bench<'_>, kind: &Kind) -> (Vec<Removed>, usize) {
    let (mut removed, mut present) = (Vec::new(), 0);
    for place in 0..bench.spell.episodes.len() {
        let mut position = kind.first;
        while let Some(list) = bench.spell.episodes.get_mut(place).map(|episode| kind.list(episode)) {
            if position >= list.len() {
                break;
            }
            let code = list.remove(position);
            if !code.is_blank() {
                present += 1;
                removed.extend(without(bench, kind, (place, position), code.trimmed(), removed.len() < EXPLAINED));
            }
            if let Some(list) = bench.spell.episodes.get_mut(place).map(|episode| kind.list(episode)) {
                list.insert(position, code);
            }
            position += 1;
        }
    }
    (removed, present)
}

/// What the spell as it now is, without a code, groups to, where that is another HRG.
fn without(
    bench: &mut Bench<'_>,
    kind: &Kind,
    (place, position): (usize, usize),
    code: &str,
    explained: bool,
) -> Option<Removed> {
    let spell = &bench.group()?.spell;
    let (hrg, method) = (spell.hrg, spell.method.flag());
    (hrg != bench.hrg()).then(|| Removed {
        episode: place + 1,
        position: position + 1,
        code: code.to_owned(),
        label: Word::new(code).map_or("", |word| kind.label(word, bench.reference)).to_owned(),
        outcome: bench.outcome(hrg, method, vec![Change::remove(place, kind.field, position)], explained),
    })
}

/// Each candidate put in behind the last code of the episode, by what it gives.
fn put_in(bench: &mut Bench<'_>, kind: &Kind, place: usize, candidates: &[Candidate]) -> Vec<Added> {
    let base = bench.hrg();
    let Some(list) = bench.spell.episodes.get_mut(place).map(|episode| kind.list(episode)) else { return Vec::new() };
    let position = list.iter().rposition(|code| !code.is_blank()).map_or(0, |last| last + 1).max(kind.first);
    if position >= MAX_POSITIONS {
        return Vec::new();
    }
    list.resize_with(list.len().max(position + 1), Text::default);
    let mut effects: BTreeMap<Effect, Vec<Candidate>> = BTreeMap::new();
    for candidate in candidates {
        write(bench, kind, (place, position), candidate.code);
        let Some(spell) = bench.group().map(|grouping| &grouping.spell) else { break };
        if spell.hrg == base {
            continue;
        }
        let dominant =
            spell.method == Method::Procedure && spell.dominant_procedure.map(|p| p.word()) == Some(candidate.code);
        let (hrg, method) = (spell.hrg, spell.method.flag());
        let (score, dominant) = match kind.system {
            System::Icd10 => (cc_score(candidate.code, base, bench.reference), None),
            System::Opcs4 => (None, Some(dominant)),
        };
        effects.entry((hrg, method, score, dominant)).or_default().push(*candidate);
    }
    let outcomes = effects.into_iter().enumerate();
    outcomes.map(|(i, (effect, codes))| added(bench, kind, (place, position), effect, codes, i < EXPLAINED)).collect()
}

fn write(bench: &mut Bench<'_>, kind: &Kind, (place, position): (usize, usize), code: Word) {
    let list = bench.spell.episodes.get_mut(place).map(|episode| kind.list(episode));
    if let Some(text) = list.and_then(|list| list.get_mut(position)) {
        *text = Text::from(code.to_string());
    }
}

fn added(
    bench: &mut Bench<'_>,
    kind: &Kind,
    (place, position): (usize, usize),
    (hrg, method, cc_score, dominant): Effect,
    mut codes: Vec<Candidate>,
    explained: bool,
) -> Added {
    codes.sort_by_key(|candidate| candidate.code);
    let mut changes = Vec::new();
    if let Some(first) = codes.first() {
        write(bench, kind, (place, position), first.code);
        changes.push(Change::put(place, kind.field, position, &first.code.to_string()));
    }
    let example = |candidate: &Candidate| Example {
        entry: candidate.pattern.to_string(),
        code: candidate.code.to_string(),
        label: kind.label(candidate.code, bench.reference).to_owned(),
    };
    Added {
        cc_score,
        dominant,
        codes: codes.len(),
        examples: codes.iter().take(EXAMPLES).map(example).collect(),
        outcome: bench.outcome(hrg, method, changes, explained),
    }
}

/// What a secondary diagnosis scores with the root of the HRG: on its own lists, or on that of its subchapter.
fn cc_score(code: Word, hrg: Hrg, reference: &Reference) -> Option<u32> {
    let complications = &reference.complications;
    if let Some(proxies) = complications.proxies.get(&hrg.root()) {
        let score = proxies.iter().filter(|row| row.value.codes.contains(code)).map(|row| row.value.score).sum();
        return (score > 0).then_some(score);
    }
    let list = complications.list_of_subchapter.get(&hrg.subchapter())?;
    list.value.scores.find(code).map(|row| row.value.fact)
}
