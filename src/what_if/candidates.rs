//! The codes that a release tells apart: one for each entry of each table that speaks of diagnoses or procedures.

use super::thresholds::conditions;
use crate::grouper::case::{known_diagnosis, known_procedure};
use crate::record::{Icd10, Opcs4, Word};
use crate::reference::Reference;
use crate::reference::condition::{Condition, Scope, Test};
use crate::reference::pattern::Pattern;
use crate::reference::row::CodeTable;
use std::collections::BTreeSet;

/// A code to try, and the entry of the release that it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) code: Word,
    pub(super) pattern: Pattern,
}

/// Diagnoses that the release accepts.
pub(super) fn diagnoses(reference: &Reference) -> Vec<Candidate> {
    let (codes, complications) = (&reference.codes, &reference.complications);
    let (trauma, burns) = (&reference.trauma, &reference.burns);
    let mut all = BTreeSet::new();
    add(&mut all, &codes.diagnoses);
    complications.lists.values().for_each(|list| add(&mut all, list));
    all.extend(complications.exclusions.rows().iter().map(|row| row.value.cc));
    all.extend(complications.proxies.values().flatten().flat_map(|row| row.value.codes.patterns()).copied());
    add(&mut all, &trauma.sites);
    add(&mut all, &trauma.diagnosis_scores);
    add(&mut all, &burns.diagnoses);
    add(&mut all, &burns.surface_areas);
    add(&mut all, &reference.unbundling.diagnoses);
    all.extend(asked(reference, &[Scope::Diagnoses, Scope::Secondary]));
    let accepted = |word| Icd10::from_word(word).is_some_and(|code| known_diagnosis(reference, code).is_some());
    in_full(&all, accepted)
}

/// Procedures that the release accepts.
pub(super) fn procedures(reference: &Reference) -> Vec<Candidate> {
    let codes = &reference.codes;
    let mut all = BTreeSet::new();
    add(&mut all, &codes.procedures);
    add(&mut all, &codes.procedure_rules);
    reference.complications.interventions.values().for_each(|list| add(&mut all, list));
    add(&mut all, &reference.trauma.procedure_scores);
    add(&mut all, &reference.burns.procedures);
    add(&mut all, &reference.unbundling.procedures);
    all.extend(asked(reference, &[Scope::Procedures, Scope::Candidates, Scope::OtherProcedures, Scope::Following]));
    let accepted = |word| Opcs4::from_word(word).is_some_and(|code| known_procedure(reference, code).is_some());
    in_full(&all, accepted)
}

fn add<T>(all: &mut BTreeSet<Pattern>, table: &CodeTable<T>) {
    all.extend(table.rows().iter().map(|row| row.value.pattern));
}

/// What conditions look for among such codes.
fn asked<'r>(reference: &'r Reference, scopes: &'r [Scope]) -> impl Iterator<Item = Pattern> + 'r {
    let sets = conditions(reference).flat_map(Condition::tests).filter_map(|test| match test {
        Test::Has(scope, codes) | Test::Count(scope, codes, ..) if scopes.contains(scope) => Some(codes),
        _ => None,
    });
    sets.flat_map(|codes| codes.set.patterns()).copied()
}

/// A code for each pattern: itself, or one that no longer pattern takes away.
fn in_full(all: &BTreeSet<Pattern>, accepted: impl Fn(Word) -> bool) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::with_capacity(all.len());
    for pattern in all {
        found.extend(
            codes_of(*pattern, all).filter(|code| accepted(*code)).map(|code| Candidate { code, pattern: *pattern }),
        );
    }
    found.sort_by_key(|candidate| (candidate.code, !candidate.pattern.is_open()));
    found.dedup_by_key(|candidate| candidate.code);
    found
}

/// Characters that end a code in full where only its beginning is listed: the unspecified one first.
const ENDINGS: &[u8; 11] = b"9801234567X";

fn codes_of(pattern: Pattern, all: &BTreeSet<Pattern>) -> impl Iterator<Item = Word> {
    let mut beginnings = vec![pattern.word()];
    if pattern.is_open() {
        for _ in pattern.word().len()..3 {
            // Categories that have an entry of their own are not this one's.
            let longer = beginnings.iter().flat_map(|word| (b'0'..=b'9').filter_map(|digit| word.push(digit)));
            beginnings = longer.filter(|word| !has(all, *word, true)).collect();
        }
    }
    let full = move |word: Word| {
        if !pattern.is_open() {
            return Some(word);
        }
        let ends = ENDINGS.iter().filter_map(|end| word.push(*end));
        ends.clone().find(|code| !has(all, *code, false) && !has(all, *code, true))
    };
    let found: Vec<Word> = beginnings.into_iter().filter_map(full).collect();
    found.into_iter()
}

fn has(all: &BTreeSet<Pattern>, word: Word, open: bool) -> bool {
    all.contains(&if open { Pattern::beginning(word) } else { Pattern::full(word) })
}
