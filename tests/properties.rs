//! Properties over generated spells: determinism, batch and singles, order of secondary diagnoses, and that a trace
//! tells the truth.

mod support;

use hrg_grouper::grouper::case::{Case, CaseFacts};
use hrg_grouper::grouper::normalise::normalise;
use hrg_grouper::grouper::unbundle::unbundle;
use hrg_grouper::grouper::{Answer, answer};
use hrg_grouper::record::{RawEpisode, RawSpell, Text};
use hrg_grouper::reference::condition::Condition;
use hrg_grouper::reference::pattern::Pattern;
use hrg_grouper::reference::row::{ByCode, Row, Rule};
use hrg_grouper::reference::splits::Dimension;
use hrg_grouper::reference::{Reference, RowRef, TableId};
use hrg_grouper::trace::{Explain, Off, Outcome, Step};
use proptest::prelude::*;
use std::sync::LazyLock;
use support::service::Service;

static REFERENCE: LazyLock<Reference> = LazyLock::new(|| support::release("reference", "2024-25.payment"));

/// A code in full for a pattern of the release.
fn in_full(pattern: Pattern) -> String {
    let mut code = pattern.to_string().replace('*', "");
    while code.len() < 4 {
        code.push(if code.len() < 3 { '1' } else { '8' });
    }
    code
}

static DIAGNOSES: LazyLock<Vec<String>> =
    LazyLock::new(|| REFERENCE.codes.diagnoses.rows().iter().map(|row| in_full(row.value.pattern)).collect());
static PROCEDURES: LazyLock<Vec<String>> =
    LazyLock::new(|| REFERENCE.codes.procedures.rows().iter().map(|row| in_full(row.value.pattern)).collect());

fn diagnosis() -> impl Strategy<Value = String> {
    prop_oneof![60 => any::<prop::sample::Index>().prop_map(|i| i.get(&DIAGNOSES).clone()), 1 => "[A-Z0-9. ]{0,6}"]
}

fn procedure() -> impl Strategy<Value = String> {
    prop_oneof![60 => any::<prop::sample::Index>().prop_map(|i| i.get(&PROCEDURES).clone()), 1 => "[A-Z0-9. ]{0,6}"]
}

fn days() -> impl Strategy<Value = String> {
    prop_oneof![8 => (0u32..40).prop_map(|d| d.to_string()), 1 => Just(String::new())]
}

fn age() -> impl Strategy<Value = String> {
    prop_oneof![20 => (0u32..105).prop_map(|a| a.to_string()), 1 => Just("999".to_owned()), 1 => "[0-9]{0,4}"]
}

prop_compose! {
    fn episode()(
        diag in prop::collection::vec(diagnosis(), 1..9),
        oper in prop::collection::vec(procedure(), 0..7),
        epidur in days(),
        rehabilitation in prop_oneof![6 => Just(String::new()), 1 => days()],
        mainspef in prop::sample::select(vec!["100", "110", "300", "315", "420", "501"]),
        classpat in prop::sample::select(vec!["1", "2"]),
        dismeth in prop::sample::select(vec!["1", "2", "4", "8"]),
    ) -> RawEpisode<'static> {
        let texts = |codes: Vec<String>| codes.into_iter().map(Text::from).collect();
        RawEpisode {
            sex: "2".into(),
            classpat: classpat.into(),
            admisorc: "19".into(),
            admimeth: "21".into(),
            disdest: "19".into(),
            dismeth: dismeth.into(),
            epidur: epidur.into(),
            mainspef: mainspef.into(),
            neocare: "8".into(),
            tretspef: mainspef.into(),
            diag: texts(diag),
            oper: texts(oper),
            rehabilitationdays: rehabilitation.into(),
            ..RawEpisode::default()
        }
    }
}

prop_compose! {
    fn spell()(age in age(), mut episodes in prop::collection::vec(episode(), 1..4)) -> RawSpell<'static> {
        let classpat = episodes.first().map(|e| e.classpat.clone()).unwrap_or_default();
        for (episode, order) in episodes.iter_mut().zip(1..) {
            episode.epiorder = Text::from(order.to_string());
            episode.startage = Text::from(age.clone());
            episode.classpat = classpat.clone();
        }
        RawSpell { procodet: "RXX".into(), provspno: "1".into(), episodes }
    }
}

fn full(spell: &RawSpell<'_>) -> Answer<'static> {
    answer(spell, &REFERENCE, Explain::Full)
}

fn steps(answer: &Answer<'_>) -> Vec<Step> {
    answer.trace.as_ref().map(|trace| trace.steps.in_words()).unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_input_gives_the_same_bytes(spell in spell()) {
        let bytes = |answer: &Answer<'_>| serde_json::to_vec(answer).expect("an answer is JSON");
        prop_assert_eq!(bytes(&full(&spell)), bytes(&full(&spell)));
    }

    #[test]
    fn the_trace_changes_nothing_in_the_answer(spell in spell()) {
        let mut traced = full(&spell);
        traced.trace = None;
        prop_assert_eq!(traced, answer(&spell, &REFERENCE, Explain::None));
    }

    #[test]
    fn the_order_of_secondary_diagnoses_changes_no_hrg(spell in spell(), turn in 0usize..8) {
        // Burns are the exception that the rules themselves make: a surface area code must come after its burn.
        let mut spell = spell;
        for diagnosis in spell.episodes.iter_mut().flat_map(|e| &mut e.diag) {
            if diagnosis.trimmed().starts_with("T2") || diagnosis.trimmed().starts_with("T3") {
                *diagnosis = "I10X".into();
            }
        }
        let mut turned = spell.clone();
        for episode in &mut turned.episodes {
            if episode.diag.len() > 2 {
                let secondaries = &mut episode.diag[1..];
                let by = turn % secondaries.len();
                secondaries.rotate_left(by);
            }
        }
        let hrgs = |spell: &RawSpell<'_>| {
            let answer = answer(spell, &REFERENCE, Explain::None);
            let mut unbundled: Vec<_> = answer.spell.unbundled.iter().map(|u| u.hrg.clone()).collect();
            unbundled.sort();
            (answer.spell.hrg, answer.episodes.iter().map(|e| e.hrg.clone()).collect::<Vec<_>>(), unbundled)
        };
        prop_assert_eq!(hrgs(&spell), hrgs(&turned));
    }

    #[test]
    fn the_order_in_which_episodes_are_sent_changes_nothing(spell in spell()) {
        let mut turned = spell.clone();
        turned.episodes.reverse();
        let without_trace = |spell: &RawSpell<'_>| answer(spell, &REFERENCE, Explain::None);
        prop_assert_eq!(without_trace(&spell), without_trace(&turned));
    }

    #[test]
    fn exactly_one_episode_bears_the_report_flag_and_errors_cascade(spell in spell()) {
        let answer = answer(&spell, &REFERENCE, Explain::None);
        prop_assert_eq!(answer.episodes.iter().filter(|e| e.report_flag == 1).count(), 1);
        if answer.episodes.iter().any(|e| e.hrg == "UZ01Z") {
            prop_assert_eq!(&answer.spell.hrg, "UZ01Z");
        }
        for episode in answer.episodes.iter().filter(|e| e.hrg == "UZ01Z") {
            prop_assert!(!episode.messages.is_empty(), "an error has its message");
        }
    }

    #[test]
    fn every_row_that_a_trace_cites_exists_and_its_condition_holds(spell in spell()) {
        let answer = full(&spell);
        for step in steps(&answer) {
            for row in step.rows.iter().chain(step.turned_down.iter().filter_map(|t| t.row.as_ref())) {
                let known = REFERENCE.row_ids.get(&row.table).is_some_and(|ids| ids.contains(row.row.as_str()));
                prop_assert!(known, "{} cites {row}, which is not in the release", step.step);
            }
            if let Some(fault) = untrue(&step, &spell) {
                prop_assert!(false, "{fault} in {step:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_batch_is_its_singles(spells in prop::collection::vec(spell(), 1..12)) {
        let service = Service::over(vec![REFERENCE.clone()]);
        let id = &REFERENCE.identity.id;
        let body = serde_json::to_value(&spells).expect("spells are JSON");
        let batch = service.post(&format!("/v1/group/apc/batch?reference={id}&explain=full"), &body);
        prop_assert_eq!(batch.status, 200);
        prop_assert_eq!(&batch.json["summary"]["read"], &serde_json::json!(spells.len()));
        for (spell, result) in spells.iter().zip(batch.json["results"].as_array().expect("results")) {
            let body = serde_json::json!({ "reference": id, "explain": "full", "spell": spell });
            let single = service.post("/v1/group/apc", &body);
            for key in ["spell", "episodes", "trace"] {
                prop_assert_eq!(&single.json[key], &result[key]);
            }
        }
    }
}

/// What a step of an episode says that does not hold for the record.
fn untrue(step: &Step, spell: &RawSpell<'_>) -> Option<String> {
    if let Some(fault) = step.rows.iter().find_map(|row| outside_split(step, row)) {
        return Some(fault);
    }
    let raw = spell.episodes.get(usize::try_from(step.episode?).ok()?.checked_sub(1)?)?;
    let episode = normalise(raw);
    let mut case = Case::default();
    case.read(raw, &episode, 0, &REFERENCE);
    unbundle(&mut case, Some(&episode), &REFERENCE, &mut Off, &mut Vec::new(), &mut Vec::new());
    let about = step.facts.first().and_then(|fact| fact.field.clone());
    let subject = case.procedures.iter().position(|p| Some(p.field.to_string()) == about);
    let facts = CaseFacts { subject, ..CaseFacts::of(&case) };
    for row in step.rows.iter().filter(|_| step.outcome != Outcome::NotApplicable) {
        if let Some(condition) = condition(row)
            && !condition.holds(&facts)
        {
            return Some(format!("the condition of {row} does not hold"));
        }
    }
    for other in &step.turned_down {
        if let Some(condition) = other.row.as_ref().and_then(condition)
            && condition.holds(&facts)
            && subject.is_some()
        {
            return Some(format!("{} was turned down although it holds", other.candidate));
        }
    }
    None
}

/// A split that is cited must hold the values that the step read.
fn outside_split(step: &Step, row: &RowRef) -> Option<String> {
    if row.table != TableId::Splits {
        return None;
    }
    let split = REFERENCE.splits.values().flat_map(|root| &root.rows).find(|r| *r.id == *row.row)?;
    let value = |d: Dimension| step.facts.iter().find(|f| f.name == d.name()).and_then(|f| f.value.parse::<u32>().ok());
    let outside = Dimension::ALL.into_iter().find(|d| value(*d).is_some_and(|v| !split.value.band(*d).contains(v)));
    outside.map(|d| format!("{} lies outside {row}", d.name()))
}

/// The condition of a cited rule.
fn condition(row: &RowRef) -> Option<&'static Condition> {
    fn by_code<T>(rows: &'static [Row<ByCode<Rule<T>>>], id: &str) -> Option<&'static Condition> {
        rows.iter().find(|r| &*r.id == id).map(|r| &r.value.fact.when)
    }
    let reference: &'static Reference = &REFERENCE;
    let (codes, unbundling) = (&reference.codes, &reference.unbundling);
    match row.table {
        TableId::ProcedureRootRules => by_code(codes.procedure_rules.rows(), &row.row),
        TableId::DiagnosisRootRules => by_code(codes.diagnosis_rules.rows(), &row.row),
        TableId::UnbundlingRules => {
            by_code(unbundling.procedures.rows(), &row.row).or_else(|| by_code(unbundling.diagnoses.rows(), &row.row))
        }
        TableId::GlobalExceptions => {
            unbundling.global_exceptions.iter().find(|r| *r.id == *row.row).map(|r| &r.value.when)
        }
        _ => None,
    }
}
