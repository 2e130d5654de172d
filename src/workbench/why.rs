//! The trace as a path that a reader can walk: sections for the spell and its episodes, each step with what it read, what it
//! turned down, and the rows that decided.

use super::answer::{Fact, Step};
use super::scale::{Scale, scales};
use crate::reference::Reference;
use askama::Template;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use std::collections::BTreeMap;

/// Sections that a path shows at once, the spell and its first episodes: the longest spells have a hundred.
const AT_ONCE: usize = 4;

/// A part of the path.
#[derive(Debug)]
pub(super) struct Section {
    /// Its heading.
    pub(super) title: String,
    /// Its name in the page.
    pub(super) id: String,
    /// Its steps.
    pub(super) steps: Vec<StepView>,
}

/// A step as the page shows it.
#[derive(Debug)]
pub(super) struct StepView {
    /// Step and rule.
    pub(super) name: String,
    /// `applied`, `passed` or `failed`.
    pub(super) outcome: &'static str,
    /// Its sentence.
    pub(super) sentence: String,
    /// What it read, unless a table below shows it.
    pub(super) facts: Vec<Seen>,
    /// The procedures that competed.
    pub(super) ranks: Vec<Rank>,
    /// The diagnoses that were looked at as complications.
    pub(super) complications: Vec<Complication>,
    /// Where values fall among bands.
    pub(super) scales: Vec<Scale>,
    /// What was turned down, unless a table above shows it.
    pub(super) turned_down: Vec<Lost>,
    /// What would have changed the answer.
    pub(super) would_change: Vec<String>,
    /// The rows that decided.
    pub(super) rows: Vec<RowLink>,
}

impl StepView {
    /// Whether there is anything to open.
    pub(super) fn opens(&self) -> bool {
        !(self.facts.is_empty() && self.turned_down.is_empty() && self.rows.is_empty())
    }
}

/// A fact in words.
#[derive(Debug)]
pub(super) struct Seen {
    /// Where and what.
    pub(super) of: String,
    /// Its value.
    pub(super) value: String,
}

/// A procedure among those that competed.
#[derive(Debug)]
pub(super) struct Rank {
    pub(super) place: String,
    pub(super) code: String,
    pub(super) label: String,
    pub(super) hierarchy: String,
    pub(super) won: bool,
    /// Why it lost.
    pub(super) why: String,
}

/// A diagnosis with its score, or the reason for none.
#[derive(Debug)]
pub(super) struct Complication {
    pub(super) place: String,
    pub(super) code: String,
    pub(super) label: String,
    pub(super) score: String,
    pub(super) reason: String,
}

/// An alternative that was turned down.
#[derive(Debug)]
pub(super) struct Lost {
    pub(super) candidate: String,
    pub(super) why: String,
    pub(super) row: Option<RowLink>,
}

/// A row, with where the service and the reference browser have it.
#[derive(Debug)]
pub(super) struct RowLink {
    /// As traces cite it.
    pub(super) cited: String,
    /// Its path in the service.
    pub(super) path: String,
    /// Its address in the reference browser.
    pub(super) browser: String,
}

/// Codes with their labels, as a trace tells them.
pub(super) type Labels = BTreeMap<String, String>;

/// What a trace says that codes mean.
pub(super) fn labels(steps: &[Step]) -> Labels {
    let known = steps.iter().filter(|step| step.step == "A3").flat_map(|step| &step.facts);
    let label = |fact: &Fact| {
        let (label, _) = fact.value.split_once("; hierarchy")?;
        Some((fact.code.clone()?, label.to_owned()))
    };
    known.filter_map(label).collect()
}

/// The path, or a part of it.
#[derive(Debug, Default, Template)]
#[template(path = "parts/why.html")]
pub(super) struct Why {
    /// The sections that are shown.
    pub(super) sections: Vec<Section>,
    /// Names and titles of those that are asked for when they are opened.
    pub(super) others: Vec<(String, String)>,
    /// What codes mean, for the form.
    pub(super) labels: Labels,
    /// Whether it is a page's path as a whole, and not one section of it.
    pub(super) whole: bool,
}

/// Which sections of the path are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All.
    All,
    /// The first few; the others when they are opened.
    First,
    /// One.
    Only(String),
}

/// A section whose steps have not been looked at.
#[derive(Debug)]
pub(super) struct Unread {
    id: String,
    title: String,
    steps: Vec<Step>,
}

/// The sections of a trace: the spell first, since that is what was asked.
pub(super) fn unread(steps: Vec<Step>, whole: &str) -> Vec<Unread> {
    let mut sections: BTreeMap<Option<usize>, Unread> = BTreeMap::new();
    for step in steps {
        let section = sections.entry(step.episode).or_insert_with(|| {
            let title = step.episode.map_or_else(|| whole.to_owned(), |place| format!("Episode {place}"));
            Unread { id: title.to_lowercase().replace([' ', ','], "-"), title, steps: Vec::new() }
        });
        section.steps.push(step);
    }
    sections.into_values().collect()
}

impl Why {
    /// The sections that are wanted, in words.
    pub(super) fn of(unread: Vec<Unread>, labels: Labels, wanted: &Wanted, release: &Reference) -> Why {
        let mut why = Why { whole: !matches!(wanted, Wanted::Only(_)), ..Why::default() };
        for Unread { id, title, steps } in unread {
            let shown = match wanted {
                Wanted::All => true,
                Wanted::First => why.sections.len() < AT_ONCE,
                Wanted::Only(one) => *one == id,
            };
            if shown {
                let steps = steps.iter().map(|step| view(step, &labels, release)).collect();
                why.sections.push(Section { title, id, steps });
            } else if why.whole {
                why.others.push((id, title));
            }
        }
        why.labels = labels;
        why
    }
}

fn view(step: &Step, labels: &Labels, release: &Reference) -> StepView {
    let id = &release.identity.id;
    let ranks = if step.applies() == "A9" { ranks(step, labels) } else { Vec::new() };
    let complications = if step.applies() == "A14" { complications(step, labels) } else { Vec::new() };
    let splits = if step.applies() == "A16" { splits(step, release) } else { Vec::new() };
    let in_table = |fact: &&Fact| {
        let ranked = !ranks.is_empty() && matches!(fact.name.as_str(), "hierarchy" | "dominant");
        !ranked && (complications.is_empty() || fact.name != "cc")
    };
    let turned_down = step.turned_down.iter().filter(|_| ranks.is_empty()).map(|other| Lost {
        candidate: other.candidate.clone(),
        why: format!("{} does not hold: found {}", other.failed, other.found),
        row: other.row.as_deref().map(|row| link(row, id)),
    });
    StepView {
        name: step.rule.as_ref().map_or_else(|| step.step.clone(), |rule| format!("{} ({rule})", step.step)),
        outcome: match step.outcome.as_str() {
            "applied" => "applied",
            "failed" => "failed",
            _ => "passed",
        },
        sentence: step.sentence.clone(),
        facts: step.facts.iter().filter(in_table).map(|fact| seen(fact, labels)).collect(),
        turned_down: turned_down.collect(),
        would_change: step.would_change.clone(),
        rows: step.rows.iter().map(|row| link(row, id)).collect(),
        scales: splits,
        ranks,
        complications,
    }
}

fn place(fact: &Fact) -> String {
    let episode = fact.episode.map(|place| format!("episode {place} ")).unwrap_or_default();
    format!("{episode}{}", fact.field.as_deref().unwrap_or_default())
}

fn label(code: &str, labels: &Labels) -> String {
    labels.get(code).cloned().unwrap_or_default()
}

fn seen(fact: &Fact, labels: &Labels) -> Seen {
    let code = fact.code.as_deref().unwrap_or_default();
    let place = place(fact);
    let words = [place.as_str(), code].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let name = fact.name.replace('_', " ");
    let of = if words.is_empty() { name } else { format!("{words}: {name}") };
    let meaning = label(code, labels);
    let value = if meaning.is_empty() || fact.value.contains(&meaning) {
        fact.value.clone()
    } else {
        format!("{} ({meaning})", fact.value)
    };
    Seen { of, value }
}

fn ranks(step: &Step, labels: &Labels) -> Vec<Rank> {
    let dominant = step.facts.iter().find(|fact| fact.name == "dominant");
    let mut lost: Vec<_> = step.turned_down.iter().collect();
    let competed = step.facts.iter().filter(|fact| fact.name == "hierarchy");
    competed
        .map(|fact| {
            let code = fact.code.clone().unwrap_or_default();
            let won = dominant.is_some_and(|won| (won.episode, &won.field) == (fact.episode, &fact.field));
            let of_code = lost.iter().position(|other| !won && other.candidate == code);
            let why = of_code.map(|place| lost.remove(place));
            let why = why.map(|other| format!("{} does not hold: found {}", other.failed, other.found));
            Rank {
                place: place(fact),
                label: label(&code, labels),
                hierarchy: fact.value.clone(),
                why: if won { "dominant".to_owned() } else { why.unwrap_or_default() },
                won,
                code,
            }
        })
        .collect()
}

fn complications(step: &Step, labels: &Labels) -> Vec<Complication> {
    let scored = step.facts.iter().filter(|fact| fact.name == "cc");
    scored
        .map(|fact| {
            let code = fact.code.clone().unwrap_or_default();
            let (score, reason) = fact.value.split_once(", ").unwrap_or((&fact.value, ""));
            let (score, reason) = (score.to_owned(), reason.to_owned());
            Complication { place: place(fact), label: label(&code, labels), code, score, reason }
        })
        .collect()
}

fn splits(step: &Step, release: &Reference) -> Vec<Scale> {
    let value = |name: &str| step.fact(name).and_then(|value| value.parse().ok());
    step.fact("hrg").map(|hrg| scales(hrg, value, release)).unwrap_or_default()
}

/// Where a row is. The reference browser reads what stands behind the number sign, which no server sees.
pub(super) fn link(row: &str, release: &str) -> RowLink {
    RowLink {
        cited: row.to_owned(),
        path: format!("/v1/references/{}/rows/{}", encoded(release), encoded(row)),
        browser: format!("/reference#release={}&row={}", encoded(release), encoded(row)),
    }
}

/// A text as a part of an address.
pub(super) fn encoded(text: &str) -> PercentEncode<'_> {
    /// RFC 3986, 2.3: what stands for itself everywhere.
    const MARKED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(text, &MARKED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_one_part_of_an_address() {
        let link = link("splits:HT12/HT12B", "2024-25.payment");
        assert_eq!(link.path, "/v1/references/2024-25.payment/rows/splits%3AHT12%2FHT12B");
        assert_eq!(link.browser, "/reference#release=2024-25.payment&row=splits%3AHT12%2FHT12B");
    }
}
