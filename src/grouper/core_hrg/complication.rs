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
use crate::trace::{Recorder, Step};

/// The CC score, or none where the root's splits do not look at it.
pub fn score<R: Recorder>(
    case: &Case<'_>,
    (root, splits): (Root, &RootSplits),
    reference: &Reference,
    recorder: &mut R,
) -> Option<u32> {
    if !splits.uses(Dimension::Cc) {
        recorder
            .step(|| Step::passed("A14", format!("The splits of {root} do not look at the CC score: none computed")));
        return None;
    }
    match reference.complications.proxies.get(&root) {
        Some(proxies) => Some(by_proxy(case, root, proxies, recorder)),
        None => Some(by_list(case, root, reference, recorder)),
    }
}

/// Why a diagnosis scores what it does.
struct Scored {
    index: usize,
    value: u32,
    reason: &'static str,
    rows: Vec<RowRef>,
}

fn by_list<R: Recorder>(case: &Case<'_>, root: Root, reference: &Reference, recorder: &mut R) -> u32 {
    let complications = &reference.complications;
    let Some(list) = complications.list_of_subchapter.get(&root.subchapter()) else { return 0 };
    let primary = case.primary().map(|d| d.code);
    let skip_primary = reference.options.cc_same_as_primary == CcSameAsPrimary::NotCounted;
    let scores = complications.lists.get(&list.value);
    let excluding = primary.map(|p| complications.exclusions.beside(p.word())).unwrap_or_default();
    let mut seen = Seen::default();
    let mut total = 0;
    let mut table: Vec<Scored> = Vec::new();
    for (index, diagnosis) in case.secondaries() {
        let code = diagnosis.code;
        let on_list = scores.and_then(|scores| scores.find(diagnosis.key));
        if on_list.is_none() && !R::ON {
            continue;
        }
        let excluded = excluding.iter().find(|row| row.value.cc.matches(code.word()));
        let (value, reason) = match on_list {
            _ if !seen.insert(code) => (0, "recorded before"),
            _ if skip_primary && Some(code) == primary => (0, "the same as the primary"),
            None => (0, "not on the list"),
            Some(_) if excluded.is_some() => (0, "excluded beside this primary"),
            Some(row) => (row.value.fact, "on the list"),
        };
        total += value;
        if R::ON {
            let rows = match reason {
                "on the list" => on_list.map(|row| row.cite()).into_iter().collect(),
                "excluded beside this primary" => excluded.map(|row| row.cite()).into_iter().collect(),
                _ => Vec::new(),
            };
            table.push(Scored { index, value, reason, rows });
        }
    }
    let inherent = primary.and_then(|p| complications.inherent(&list.value, p.word()));
    total += inherent.map_or(0, |row| row.value.fact.score);
    recorder.step(|| {
        let name = &list.value;
        let mut step = Step::applied("A14", format!("CC score {total} on the list {name}"))
            .fact("cc_score", total)
            .fact("list", name)
            .cite(Some(list.cite()));
        for scored in table {
            if let Some(diagnosis) = case.diagnoses.get(scored.index) {
                let value = format!("{}, {}", scored.value, scored.reason);
                step = step.of("cc", diagnosis, value);
                step = scored.rows.into_iter().fold(step, |step, row| step.cite(Some(row)));
            }
        }
        if let (Some(row), Some(primary)) = (inherent, case.primary()) {
            let value = format!("{}, stated by the primary itself", row.value.fact.score);
            step = step.of("inherent_cc", primary, value).cite(Some(row.cite()));
        }
        step
    });
    total
}

fn by_proxy<R: Recorder>(case: &Case<'_>, root: Root, proxies: &[Row<Proxy>], recorder: &mut R) -> u32 {
    let mut seen = Seen::default();
    let distinct: Vec<_> = case.secondaries().map(|(_, d)| d).filter(|d| seen.insert(d.code)).collect();
    let points = |proxy: &Proxy| {
        let hits = distinct.iter().filter(|d| proxy.codes.contains(d.code.word())).count();
        proxy.score * u32::try_from(hits).unwrap_or(u32::MAX)
    };
    let total = proxies.iter().map(|row| points(&row.value)).sum();
    recorder.step(|| {
        let lists: Vec<_> = proxies.iter().map(|row| row.value.list.to_string()).collect();
        let mut step = Step::applied(
            "A14",
            format!("{root} counts diagnoses on {} in place of a CC list: {total}", lists.join(" and ")),
        )
        .fact("cc_score", total);
        for row in proxies {
            step = step.cite(Some(row.cite()));
            for diagnosis in distinct.iter().filter(|d| row.value.codes.contains(d.code.word())) {
                let value = format!("{}, on {}", row.value.score, row.value.list);
                step = step.of("cc", *diagnosis, value);
            }
        }
        step
    });
    total
}
