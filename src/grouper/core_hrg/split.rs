//! A16 (S13): from root to HRG, and what would have changed it.
//!
//! Source: 03 A16.

use crate::grouper::case::{Case, CaseFacts};
use crate::reference::row::Row;
use crate::reference::splits::{Dimension, RootSplits, Split, SplitValues};
use crate::reference::{Hrg, Reference};
use crate::trace::{Draft, Joined, Recorder, say};

/// The HRG of the split that the record reaches.
pub fn choose<'r, R: Recorder<'r>>(
    case: &Case<'r>,
    splits: &'r RootSplits,
    cc: Option<u32>,
    interventions: Option<u32>,
    reference: &'r Reference,
    recorder: &mut R,
) -> Option<Hrg> {
    let values =
        SplitValues { cc: cc.unwrap_or(0), age: case.age, stay: case.stay, interventions: interventions.unwrap_or(0) };
    let facts = facts_of(case, &values);
    let row = splits.find(&values, &facts)?;
    recorder.step(|step| {
        let hrg = row.value.hrg;
        let used = || Dimension::ALL.into_iter().filter(|d| splits.uses(*d));
        let read = Joined(", ", used().map(|d| say!("{} {} in {}", words(d), d.of(&values), row.value.band(d))));
        let not_split = used().next().is_none().then_some("the root is not split");
        let sentence = say!("{} ({}): {}{}", hrg, reference.labels.hrg(hrg), read, not_split);
        let step = step.applied("A16", sentence).cite(Some(row.cite()));
        let step = used().fold(step, |step, d| step.fact(d.name(), d.of(&values))).fact("hrg", hrg);
        let others = splits.rows.iter().filter(|other| !std::ptr::eq(*other, row));
        let step = others.fold(step, |step, other| turned_down(step, other, &values, &facts));
        used().fold(step, |step, dimension| changes(step, case, splits, &values, hrg, dimension))
    });
    Some(row.value.hrg)
}

fn facts_of<'c, 'r>(case: &'c Case<'r>, values: &SplitValues) -> CaseFacts<'c, 'r> {
    CaseFacts { cc_score: Some(values.cc), interventions: Some(values.interventions), ..CaseFacts::of(case) }
}

fn words(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Cc => "CC score",
        Dimension::Age => "age",
        Dimension::Stay => "stay",
        Dimension::Interventions => "interventions",
    }
}

/// A row that is not reached, with the first band or part of its condition that does not hold.
fn turned_down<'p, 'r>(
    step: Draft<'p, 'r>,
    other: &'r Row<Split>,
    values: &SplitValues,
    facts: &CaseFacts<'_, 'r>,
) -> Draft<'p, 'r> {
    let (hrg, row) = (other.value.hrg, Some(other.cite()));
    if let Some(d) = other.value.outside(values) {
        return step.turn_down(hrg, row, say!("{} in {}", d.name(), other.value.band(d)), d.of(values));
    }
    match other.value.when.failing(facts) {
        Some(failed) => step.not_met(hrg, row, failed, facts),
        None => step,
    }
}

/// The nearest value of a dimension below and above that leads elsewhere: "2 more CC points would give AA22E".
fn changes<'p, 'r>(
    step: Draft<'p, 'r>,
    case: &Case<'r>,
    splits: &RootSplits,
    values: &SplitValues,
    hrg: Hrg,
    dimension: Dimension,
) -> Draft<'p, 'r> {
    let now = dimension.of(values);
    let bands = || splits.rows.iter().map(|row| row.value.band(dimension));
    let leads_to = |value: &u32| {
        let moved = dimension.with(values, *value);
        let row = splits.find(&moved, &facts_of(case, &moved))?;
        (row.value.hrg != hrg).then_some(row.value.hrg)
    };
    let above = |v: &u32| bands().flat_map(|b| [Some(b.min), b.max.map(|m| m + 1)]).flatten().filter(|e| e > v).min();
    let below = |v: &u32| bands().flat_map(|b| [b.min.checked_sub(1), b.max]).flatten().filter(|e| e < v).max();
    let above = std::iter::successors(above(&now), above).find_map(|value| Some((value, leads_to(&value)?)));
    let below = std::iter::successors(below(&now), below).find_map(|value| Some((value, leads_to(&value)?)));
    [above, below].into_iter().flatten().fold(step, |step, (then, other)| {
        let by = now.abs_diff(then);
        let more = if then > now { "more" } else { "fewer" };
        let by = |one: &'static str, many: &'static str| say!("{} {} {}", by, more, if by == 1 { one } else { many });
        match dimension {
            Dimension::Cc => step.would_change(say!("{} would give {}", by("CC point", "CC points"), other)),
            Dimension::Stay => step.would_change(say!("{} of stay would give {}", by("day", "days"), other)),
            Dimension::Interventions => {
                step.would_change(say!("{} would give {}", by("intervention", "interventions"), other))
            }
            Dimension::Age => step.would_change(say!("an age of {} would give {}", then, other)),
        }
    })
}
