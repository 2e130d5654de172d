//! Lists that nothing uses, and rows of code tables that can never count for anything.

use super::reach::Reached;
use crate::reference::check::Findings;
use crate::reference::check::conditions::conditions;
use crate::reference::condition::{CodeSet, Test};
use crate::reference::options::CcSameAsPrimary;
use crate::reference::other::MULTI_PROFESSIONAL;
use crate::reference::pattern::Pattern;
use crate::reference::row::CodeTable;
use crate::reference::splits::Dimension;
use crate::reference::ways::DRIVES;
use crate::reference::{Dataset, Reference, Subchapter, TableId};
use rustc_hash::FxHashSet;

pub(super) fn check(reference: &Reference, reached: &Reached, findings: &mut Findings) {
    named_lists(reference, findings);
    complication_lists(reference, findings);
    exclusions(reference, findings);
    inherent(reference, findings);
    interventions(reference, reached, findings);
    scores(reference, findings);
}

/// Why a record never bears a diagnosis of the pattern.
fn no_diagnosis(reference: &Reference, pattern: Pattern) -> Option<&'static str> {
    let mut rows = reference.codes.diagnoses.rows_about(pattern).peekable();
    if rows.peek().is_none() {
        return Some("the release does not know the code");
    }
    rows.all(|row| row.value.fact.retired).then_some("the code is retired")
}

/// Why no groupable record bears a diagnosis of the pattern as its primary.
fn no_primary(reference: &Reference, pattern: Pattern) -> Option<&'static str> {
    let all_uz01 = reference.codes.diagnoses.rows_about(pattern).all(|row| row.value.fact.uz01);
    no_diagnosis(reference, pattern).or(all_uz01.then_some("its primary diagnosis is always UZ01"))
}

/// Why a record never bears a procedure of the pattern.
fn no_procedure(reference: &Reference, pattern: Pattern) -> Option<&'static str> {
    let mut rows = reference.codes.procedures.rows_about(pattern).peekable();
    if rows.peek().is_none() {
        return Some("the release does not know the code");
    }
    rows.all(|row| row.value.fact.retired).then_some("the code is retired")
}

fn never_applies(findings: &mut Findings, table: TableId, line: u32, id: &str, why: &str) {
    findings.warning("row-never-applies", table, Some(line), format!("{id} never applies: {why}"));
}

fn named_lists(reference: &Reference, findings: &mut Findings) {
    let mut used: FxHashSet<&str> = FxHashSet::default();
    for (_, _, condition) in conditions(reference) {
        used.extend(condition.tests().filter_map(|test| match test {
            Test::Has(_, CodeSet { text, .. }) | Test::Count(_, CodeSet { text, .. }, ..) => {
                text.strip_prefix('[')?.strip_suffix(']')
            }
            _ => None,
        }));
    }
    used.extend(reference.complications.proxies.values().flatten().map(|row| &*row.value.list));
    if reference.identity.datasets.contains(&Dataset::Nac) {
        used.insert(MULTI_PROFESSIONAL);
    }
    let mut said: FxHashSet<&str> = FxHashSet::default();
    for row in &reference.named_lists {
        let list = &*row.value.list;
        if !used.contains(list) && said.insert(list) {
            let message = format!("no condition and no proxy uses the list `{list}`");
            findings.warning("unused-list", row.table, Some(row.line), message);
        }
    }
}

/// Subchapters of which a root splits by CC score and counts on its list.
fn scored(reference: &Reference) -> FxHashSet<Subchapter> {
    let proxies = &reference.complications.proxies;
    let scored =
        reference.splits.iter().filter(|(root, splits)| splits.uses(Dimension::Cc) && !proxies.contains_key(root));
    scored.map(|(root, _)| root.subchapter()).collect()
}

/// The CC lists that some record's score is counted on.
fn used_lists(reference: &Reference) -> FxHashSet<&str> {
    let scored = scored(reference);
    let lists = reference.complications.list_of_subchapter.iter().filter(|(subchapter, _)| scored.contains(subchapter));
    lists.map(|(_, row)| &*row.value.name).collect()
}

fn complication_lists(reference: &Reference, findings: &mut Findings) {
    let complications = &reference.complications;
    let (scored, used) = (scored(reference), used_lists(reference));
    for (subchapter, row) in complications.list_of_subchapter.iter().filter(|(s, _)| !scored.contains(s)) {
        let why = format!("no root of {subchapter} splits by a CC score on a list");
        never_applies(findings, row.table, row.line, &row.id, &why);
    }
    for (list, table) in &complications.lists {
        let line = table.rows().iter().map(|row| row.line).min();
        if !used.contains(&**list) {
            let message = format!("no root counts on the CC list `{list}`");
            findings.warning("unused-cc-list", TableId::CcScores, line, message);
            continue;
        }
        for row in table.rows() {
            if let Some(why) = no_diagnosis(reference, row.value.pattern) {
                never_applies(findings, row.table, row.line, &row.id, why);
            }
        }
    }
    for (root, rows) in &complications.proxies {
        let uses = reference.splits.get(root).is_some_and(|splits| splits.uses(Dimension::Cc));
        for row in rows.iter().filter(|_| !uses) {
            never_applies(findings, row.table, row.line, &row.id, "its root does not split by CC score");
        }
    }
}

fn exclusions(reference: &Reference, findings: &mut Findings) {
    let complications = &reference.complications;
    let used = used_lists(reference);
    let on_a_list = |cc: Pattern| {
        let lists = complications.lists.iter().filter(|(list, _)| used.contains(&***list));
        lists.into_iter().any(|(_, table)| table.rows_about(cc).next().is_some())
    };
    let not_counted = reference.options.cc_same_as_primary == CcSameAsPrimary::NotCounted;
    for (i, row) in complications.exclusions.rows().iter().enumerate() {
        let (primary, cc) = (row.value.primary, row.value.cc);
        let wider = complications.exclusions.rows().iter().enumerate().find(|(j, other)| {
            let same = (other.value.primary, other.value.cc) == (primary, cc);
            *j != i && (!same || *j < i) && other.value.primary.covers(primary) && other.value.cc.covers(cc)
        });
        let itself = not_counted && primary == cc && !primary.is_open();
        let why = no_primary(reference, primary)
            .or_else(|| no_diagnosis(reference, cc))
            .or((!on_a_list(cc)).then_some("its complication is on no list that is used"))
            .or(itself.then_some("a diagnosis that is the primary counts nothing anyway"));
        if let Some(why) = why {
            never_applies(findings, row.table, row.line, &row.id, why);
        } else if let Some((_, other)) = wider {
            let message = format!("{} is needless: {} excludes the same pairs", row.id, other.id);
            findings.warning("needless-row", row.table, Some(row.line), message);
        }
    }
}

fn inherent(reference: &Reference, findings: &mut Findings) {
    let used = used_lists(reference);
    for row in reference.complications.inherent.rows() {
        let unused = !used.contains(&*row.value.fact.list);
        let why = no_primary(reference, row.value.pattern).or(unused.then_some("no root counts on its list"));
        if let Some(why) = why {
            never_applies(findings, row.table, row.line, &row.id, why);
        }
    }
}

fn interventions(reference: &Reference, reached: &Reached, findings: &mut Findings) {
    let counting =
        reference.splits.iter().filter(|(root, s)| s.uses(Dimension::Interventions) && reached.by_diagnosis(**root));
    let counting: FxHashSet<Subchapter> = counting.map(|(root, _)| root.subchapter()).collect();
    // A procedure that could drive counts beside a diagnosis only where the stay was too long for it, or for one that
    // outranked it.
    let too_long = reached.highest_that_can_be_too_long(reference);
    for (subchapter, table) in &reference.complications.interventions {
        for row in table.rows() {
            let pattern = row.value.pattern;
            let drives = || {
                let mut about = reference.codes.procedures.rows_about(pattern).map(|row| row.value.fact.ph);
                about.all(|ph| ph >= DRIVES && too_long.is_none_or(|most| ph > most))
            };
            let why = if counting.contains(subchapter) {
                no_procedure(reference, pattern)
                    .or_else(|| drives().then_some("the procedure always drives, and counts beside a diagnosis alone"))
            } else {
                Some("no diagnosis leads to a root of its subchapter that splits by interventions")
            };
            if let Some(why) = why {
                never_applies(findings, row.table, row.line, &row.id, why);
            }
        }
    }
}

/// Score, site and category rows of codes that no record bears.
fn scores(reference: &Reference, findings: &mut Findings) {
    fn rows<T>(table: &CodeTable<T>, findings: &mut Findings, why: impl Fn(Pattern) -> Option<&'static str>) {
        for row in table.rows() {
            if let Some(why) = why(row.value.pattern) {
                never_applies(findings, row.table, row.line, &row.id, why);
            }
        }
    }
    let (trauma, burns) = (&reference.trauma, &reference.burns);
    let diagnosis = |pattern| no_diagnosis(reference, pattern);
    let procedure = |pattern| no_procedure(reference, pattern);
    rows(&trauma.sites, findings, diagnosis);
    rows(&trauma.diagnosis_scores, findings, diagnosis);
    rows(&trauma.procedure_scores, findings, procedure);
    rows(&burns.diagnoses, findings, diagnosis);
    rows(&burns.surface_areas, findings, diagnosis);
    rows(&burns.procedures, findings, procedure);
    rows(&reference.codes.pbc, findings, diagnosis);
    rows(&reference.codes.site_conflicts, findings, |pattern| no_primary(reference, pattern));
}
