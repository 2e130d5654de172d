//! A16 (S13): from root to HRG, and what would have changed it.
//!
//! Source: 03 A16.

use crate::grouper::case::{Case, CaseFacts};
use crate::reference::splits::{Dimension, RootSplits, SplitValues};
use crate::reference::{Hrg, Reference};
use crate::trace::{Recorder, Step};

/// The HRG of the split that the record reaches.
pub fn choose<R: Recorder>(
    case: &Case<'_>,
    splits: &RootSplits,
    cc: Option<u32>,
    interventions: Option<u32>,
    reference: &Reference,
    recorder: &mut R,
) -> Option<Hrg> {
    let values =
        SplitValues { cc: cc.unwrap_or(0), age: case.age, stay: case.stay, interventions: interventions.unwrap_or(0) };
    let facts = facts_of(case, &values);
    let row = splits.find(&values, &facts)?;
    recorder.step(|| {
        let hrg = row.value.hrg;
        let used: Vec<Dimension> = Dimension::ALL.into_iter().filter(|d| splits.uses(*d)).collect();
        let read: Vec<String> =
            used.iter().map(|d| format!("{} {} in {}", words(*d), d.of(&values), row.value.band(*d))).collect();
        let how = if read.is_empty() { "the root is not split".to_owned() } else { read.join(", ") };
        let mut step =
            Step::applied("A16", format!("{hrg} ({}): {how}", reference.labels.hrg(hrg))).cite(Some(row.cite()));
        for dimension in &used {
            step = step.fact(dimension.name(), dimension.of(&values));
        }
        step = step.fact("hrg", hrg);
        for other in splits.rows.iter().filter(|other| !std::ptr::eq(*other, row)) {
            if let Some(failure) = other.value.failure(&values, &facts) {
                step = step.turn_down(other.value.hrg, Some(other.cite()), failure);
            }
        }
        for change in changes(case, splits, &values, hrg, &used) {
            step = step.would_change(change);
        }
        step
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

/// For each dimension the nearest value below and above that leads elsewhere: "2 more CC points would give AA22E".
fn changes(case: &Case<'_>, splits: &RootSplits, values: &SplitValues, hrg: Hrg, used: &[Dimension]) -> Vec<String> {
    let mut changes = Vec::new();
    for dimension in used {
        let now = dimension.of(values);
        let bands: Vec<_> = splits.rows.iter().map(|row| row.value.band(*dimension)).collect();
        let mut above: Vec<u32> =
            bands.iter().flat_map(|b| [Some(b.min), b.max.map(|m| m + 1)]).flatten().filter(|v| *v > now).collect();
        let mut below: Vec<u32> =
            bands.iter().flat_map(|b| [b.min.checked_sub(1), b.max]).flatten().filter(|v| *v < now).collect();
        above.sort_unstable();
        below.sort_unstable_by(|a, b| b.cmp(a));
        for candidates in [above, below] {
            let other = candidates.into_iter().find_map(|value| {
                let moved = dimension.with(values, value);
                let row = splits.find(&moved, &facts_of(case, &moved))?;
                (row.value.hrg != hrg).then_some((value, row.value.hrg))
            });
            if let Some((value, other)) = other {
                changes.push(in_words(*dimension, now, value, other));
            }
        }
    }
    changes
}

fn in_words(dimension: Dimension, now: u32, then: u32, hrg: Hrg) -> String {
    let by = now.abs_diff(then);
    let more = if then > now { "more" } else { "fewer" };
    let one_or_many = |one: &str, many: &str| if by == 1 { one.to_owned() } else { many.to_owned() };
    match dimension {
        Dimension::Cc => format!("{by} {more} CC {} would give {hrg}", one_or_many("point", "points")),
        Dimension::Stay => format!("{by} {more} {} of stay would give {hrg}", one_or_many("day", "days")),
        Dimension::Interventions => {
            format!("{by} {more} {} would give {hrg}", one_or_many("intervention", "interventions"))
        }
        Dimension::Age => format!("an age of {then} would give {hrg}"),
    }
}
