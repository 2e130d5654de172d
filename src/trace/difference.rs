//! Where two explanations of one record part: the first step that decided otherwise.
//!
//! Row ids, labels and wordings belong to a release and differ between any two, so they are not compared. Neither is
//! what a step merely looked at: a hierarchy that changed without another procedure winning, or a maximum stay that is
//! kept in both, has not parted anything.

use super::step::{Fact, Outcome, Step};
use serde::Serialize;
use utoipa::ToSchema;

/// The first step at which two explanations differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Parting {
    /// The step of the specification.
    #[schema(example = "A9")]
    pub step: &'static str,
    /// The rule of the episode pass that the step applied, where it is a step of the spell that shares it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<&'static str>,
    /// EPIORDER place of the episode, from 1, or none for the spell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub episode: Option<u32>,
    /// Whether the step decides over the HRGs; otherwise only what was read or reported differs.
    pub decides: bool,
    /// That step in the one explanation, or, where it has none, what stands in its place.
    pub from: Option<Step>,
    /// That step in the other explanation, likewise.
    pub to: Option<Step>,
}

impl Parting {
    /// The step with its rule: `A9`, `S13 (A14)`.
    pub fn name(&self) -> String {
        self.rule.map_or_else(|| self.step.to_owned(), |rule| format!("{} ({rule})", self.step))
    }

    /// Sorts partings: deciding ones first, then as grouping goes.
    pub fn order(&self) -> impl Ord + use<> {
        (!self.decides, self.episode.unwrap_or(u32::MAX), number(self.step), self.rule.map(number))
    }
}

/// The first step at which two explanations of the same record differ: the first that decided otherwise, or, where all
/// decided alike, the first that read or reported something else.
pub fn first_difference(from: &[Step], to: &[Step]) -> Option<Parting> {
    let deciding = |steps| positions(steps, |step| step.outcome != Outcome::NotApplicable, decisive);
    let reading = |steps| positions(steps, |_| true, evidence);
    part(from, to, &deciding(from), &deciding(to), true).or_else(|| part(from, to, &reading(from), &reading(to), false))
}

/// What of a fact is compared: name, field, code, value.
type Read<'s> = (&'s str, Option<&'s str>, Option<&'s str>, &'s str);

/// A step as it is compared.
struct Compared<'s> {
    step: &'s Step,
    facts: Vec<Read<'s>>,
}

impl PartialEq for Compared<'_> {
    fn eq(&self, other: &Self) -> bool {
        place(self.step) == place(other.step) && self.step.outcome == other.step.outcome && self.facts == other.facts
    }
}

/// Steps that list what others then use; a difference there shows again where it matters.
const LISTS: [&str; 2] = ["A3", "A5"];

fn positions<'s>(
    steps: &'s [Step],
    keep: impl Fn(&Step) -> bool,
    facts: impl Fn(&'s Step) -> Vec<Read<'s>>,
) -> Vec<Compared<'s>> {
    let compared = steps.iter().filter(|step| !LISTS.contains(&step.step) && keep(step));
    compared.map(|step| Compared { step, facts: facts(step) }).collect()
}

/// The facts that say what a step decided. Where it names an HRG, that alone counts: the scores that led to it were
/// decided before, or lie within the same cell of a matrix.
fn decisive(step: &Step) -> Vec<Read<'_>> {
    let names_hrg = step.facts.iter().any(|fact| fact.name == "hrg");
    let decides = |fact: &&Fact| match fact.name {
        "hrg" | "unbundled" => true,
        "root" | "dominant" | "spell_primary" | "message" | "cc_score" | "interventions" | "normalised" => !names_hrg,
        _ => false,
    };
    let read = |fact| match read(fact) {
        // Which code it is decides; its hierarchy, or the wording, does not.
        (name @ ("dominant" | "spell_primary" | "message"), field, code, _) => (name, field, code, ""),
        read => read,
    };
    step.facts.iter().filter(decides).map(read).collect()
}

fn evidence(step: &Step) -> Vec<Read<'_>> {
    step.facts.iter().map(read).collect()
}

fn read(fact: &Fact) -> Read<'_> {
    (fact.name, fact.field.as_deref(), fact.code.as_deref(), &fact.value)
}

/// Where a step stands: episode, step, rule.
type Place = (Option<u32>, &'static str, Option<&'static str>);

fn place(step: &Step) -> Place {
    (step.episode, step.step, step.rule)
}

/// The number of a step: 9 of `A9` and `S9`.
fn number(step: &str) -> u32 {
    step.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(u32::MAX)
}

fn part(from: &[Step], to: &[Step], one: &[Compared<'_>], other: &[Compared<'_>], decides: bool) -> Option<Parting> {
    let same = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let (here, there) = (one.get(same).map(|c| c.step), other.get(same).map(|c| c.step));
    // The one that stopped, or else came first in the order of the specification, is where they part: a stay that was
    // too long is the reason, and the diagnosis that the other side never asked is the consequence.
    let rank = |step: &&Step| {
        let rule = step.rule.map(number);
        (step.episode.unwrap_or(u32::MAX), step.outcome != Outcome::Failed, number(step.step), rule)
    };
    let parting = [here, there].into_iter().flatten().min_by_key(rank)?;
    let at = place(parting);
    let counterpart = |steps: &[Step], found: Option<&Step>| {
        let same_place = |step: &&Step| place(step) == at;
        found.filter(same_place).or_else(|| steps.iter().find(same_place)).or(found).cloned()
    };
    Some(Parting {
        step: parting.step,
        rule: parting.rule,
        episode: parting.episode,
        decides,
        from: counterpart(from, here),
        to: counterpart(to, there),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Field, FieldRef};
    use crate::reference::TableId;
    use crate::reference::row::RowRef;
    use crate::trace::{Blank, Draft, Recorder, Recording, say};

    fn step(make: impl for<'p> FnOnce(Blank<'p, 'static>) -> Draft<'p, 'static>) -> Step {
        let mut recording = Recording::default();
        recording.step(make);
        recording.into_steps().in_words().remove(0)
    }

    fn rank(code: &'static str, hierarchy: u32) -> Step {
        let field = FieldRef::at(Field::Oper, 1);
        step(|step| step.applied("A9", say!("{} leads", code)).about("dominant", field, code, hierarchy))
    }

    fn split(hrg: &'static str, cc: u32) -> Step {
        step(|step| step.applied("A16", "x").fact("cc_score", cc).fact("hrg", hrg))
    }

    fn passed(name: &'static str, sentence: &'static str) -> Step {
        step(|step| step.passed(name, sentence))
    }

    #[test]
    fn rows_wordings_hierarchies_and_scores_within_a_band_part_nothing() {
        let cited = |row: &str| Step {
            rows: vec![RowRef { table: TableId::Splits, row: row.to_owned() }],
            ..split("AA22C", 5)
        };
        let kept = |max: u32| step(|step| step.passed("A11", "kept").fact("max_stay", max));
        let one = [rank("M459", 8), kept(5), cited("AA22/AA22C")];
        let mut other = [rank("M459", 10), kept(8), cited("AA22/AA22C/1")];
        other[2].sentence = "in other words".to_owned();
        let parting = first_difference(&one, &other).expect("what was read differs");
        assert_eq!((parting.name().as_str(), parting.decides), ("A9", false));
        assert_eq!(first_difference(&one, &one), None);
    }

    #[test]
    fn the_first_step_that_decides_otherwise_is_found_behind_those_that_read_otherwise() {
        let one = [rank("M459", 8), split("AA22C", 5)];
        let other = [rank("M459", 10), split("AA22D", 5)];
        let parting = first_difference(&one, &other).expect("the split differs");
        assert_eq!((parting.step, parting.decides), ("A16", true));
        assert_eq!((parting.from, parting.to), (Some(one[1].clone()), Some(other[1].clone())));
    }

    #[test]
    fn a_step_passed_by_on_one_side_is_shown_on_both() {
        let kept = [passed("A11", "within"), step(|step| step.applied("A12", "drives"))];
        let by_diagnosis = step(|step| step.applied("A13", "by diagnosis").fact("root", "AA22"));
        let flipped = [step(|step| step.applied("A11", "too long")), by_diagnosis];
        for (one, other) in [(&kept, &flipped), (&flipped, &kept)] {
            let parting = first_difference(one, other).expect("one flips");
            assert_eq!((parting.step, parting.decides), ("A11", true));
            assert_eq!((parting.from.expect("shown"), parting.to.expect("shown")), (one[0].clone(), other[0].clone()));
        }
    }

    #[test]
    fn an_error_is_where_they_part_and_not_what_the_other_side_did_instead() {
        let field = FieldRef::at(Field::Diag, 1);
        let failed = [step(|step| step.failed("A13", "not as primary").about("message", field, "R69X", "UZ01"))];
        let went_on = [rank("M459", 8)];
        let parting = first_difference(&failed, &went_on).expect("one fails");
        assert_eq!(parting.step, "A13");
        assert_eq!(parting.to.map(|step| step.step), Some("A9"));
    }

    #[test]
    fn steps_of_episodes_come_before_those_of_the_spell() {
        let of = |episode, hrg| Step { episode, ..split(hrg, 0) };
        let one = [of(Some(2), "AA22C"), of(None, "AA22C")];
        let other = [of(Some(2), "AA22D"), of(None, "AA22D")];
        let parting = first_difference(&one, &other).expect("both differ");
        assert_eq!(parting.episode, Some(2));
        let later = Parting { episode: None, ..parting.clone() };
        assert!(parting.order() < later.order());
        let reported = Parting { decides: false, episode: Some(1), ..parting.clone() };
        assert!(later.order() < reported.order());
    }
}
