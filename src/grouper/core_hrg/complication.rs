//! A14 (S13): the CC score, over the distinct secondary diagnoses that count on the list of the root's subchapter.
//!
//! Source: 03 A14.

use crate::grouper::case::Case;
use crate::grouper::seen::Seen;
use crate::reference::complications::Proxy;
use crate::reference::options::CcSameAsPrimary;
use crate::reference::row::{Row, RowRef};
use crate::reference::splits::{Dimension, RootSplits};
use crate::reference::{Reference, Root};
use crate::trace::{Joined, Recorder, say};

/// The CC score, or none where the root's splits do not look at it.
pub fn score<'r, R: Recorder<'r>>(
    case: &Case<'r>,
    (root, splits): (Root, &'r RootSplits),
    reference: &'r Reference,
    recorder: &mut R,
) -> Option<u32> {
    if !splits.uses(Dimension::Cc) {
        recorder
            .step(|step| step.passed("A14", say!("The splits of {} do not look at the CC score: none computed", root)));
        return None;
    }
    match reference.complications.proxies.get(&root) {
        Some(proxies) => Some(by_proxy(case, root, proxies, recorder)),
        None => Some(by_list(case, root, reference, recorder)),
    }
}

/// Why a diagnosis scores what it does.
struct Scored<'r> {
    index: usize,
    value: u32,
    reason: &'static str,
    row: Option<RowRef<&'r str>>,
}

fn by_list<'r, R: Recorder<'r>>(case: &Case<'r>, root: Root, reference: &'r Reference, recorder: &mut R) -> u32 {
    let complications = &reference.complications;
    let Some(list) = complications.list_of_subchapter.get(&root.subchapter()) else { return 0 };
    let primary = case.primary();
    let skip_primary = reference.options.cc_same_as_primary == CcSameAsPrimary::NotCounted;
    let beside = primary.and_then(|primary| complications.exclusions.beside(primary.key));
    let mut seen = Seen::default();
    let mut total = 0;
    let mut table: Vec<Scored<'r>> = Vec::with_capacity(if R::ON { case.diagnoses.len() } else { 0 });
    for (index, diagnosis) in case.secondaries() {
        let code = diagnosis.code;
        let on_list = list.value.scores.find(diagnosis.key);
        if on_list.is_none() && !R::ON {
            continue;
        }
        let excluded = beside.and_then(|beside| beside.excluding(diagnosis.key));
        let (value, reason) = match on_list {
            _ if !seen.insert(code) => (0, "recorded before"),
            _ if skip_primary && Some(code) == primary.map(|p| p.code) => (0, "the same as the primary"),
            None => (0, "not on the list"),
            Some(_) if excluded.is_some() => (0, "excluded beside this primary"),
            Some(row) => (row.value.fact, "on the list"),
        };
        total += value;
        if R::ON {
            let row = match reason {
                "on the list" => on_list.map(|row| row.cite()),
                "excluded beside this primary" => excluded.map(|row| row.cite()),
                _ => None,
            };
            table.push(Scored { index, value, reason, row });
        }
    }
    let inherent = primary.and_then(|primary| complications.inherent(&list.value.name, primary.key));
    total += inherent.map_or(0, |row| row.value.fact.score);
    recorder.step(|step| {
        let name = &*list.value.name;
        let mut step = step
            .applied("A14", say!("CC score {} on the list {}", total, name))
            .fact("cc_score", total)
            .fact("list", name)
            .cite(Some(list.cite()));
        for scored in table {
            if let Some(diagnosis) = case.diagnoses.get(scored.index) {
                step = step.of("cc", diagnosis, say!("{}, {}", scored.value, scored.reason)).cite(scored.row);
            }
        }
        if let (Some(row), Some(primary)) = (inherent, case.primary()) {
            let value = say!("{}, stated by the primary itself", row.value.fact.score);
            step = step.of("inherent_cc", primary, value).cite(Some(row.cite()));
        }
        step
    });
    total
}

fn by_proxy<'r, R: Recorder<'r>>(case: &Case<'r>, root: Root, proxies: &'r [Row<Proxy>], recorder: &mut R) -> u32 {
    let mut seen = Seen::default();
    let distinct: Vec<_> = case.secondaries().map(|(_, d)| d).filter(|d| seen.insert(d.code)).collect();
    let points = |proxy: &Proxy| {
        let hits = distinct.iter().filter(|d| proxy.codes.contains(d.key)).count();
        proxy.score * u32::try_from(hits).unwrap_or(u32::MAX)
    };
    let total = proxies.iter().map(|row| points(&row.value)).sum();
    recorder.step(|step| {
        let lists = Joined(" and ", proxies.iter().map(|row| &*row.value.list));
        let sentence = say!("{} counts diagnoses on {} in place of a CC list: {}", root, lists, total);
        let mut step = step.applied("A14", sentence).fact("cc_score", total);
        for row in proxies {
            step = step.cite(Some(row.cite()));
            for diagnosis in distinct.iter().filter(|d| row.value.codes.contains(d.key)) {
                let value = say!("{}, on {}", row.value.score, &*row.value.list);
                step = step.of("cc", *diagnosis, value);
            }
        }
        step
    });
    total
}
