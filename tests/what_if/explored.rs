//! Explorations held against brute force: every code of the classification's shape, every stay and every age.

use crate::spells::{PAYMENT, episode, release, service, several, spell, stroke, timed};
use hrg_grouper::grouper::case::{known_diagnosis, known_procedure};
use hrg_grouper::grouper::{Workspace, group};
use hrg_grouper::record::{Icd10, Opcs4, RawEpisode, RawSpell, Text};
use hrg_grouper::reference::Reference;
use hrg_grouper::trace::Off;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// One of the lists of codes of an episode.
type List = for<'e> fn(&'e mut RawEpisode<'static>) -> &'e mut Vec<Text<'static>>;

const DIAGNOSES: List = |episode| &mut episode.diag;
const PROCEDURES: List = |episode| &mut episode.oper;

const ALL: [&str; 4] = ["secondary-diagnoses", "stay", "age", "procedures"];

fn read(spell: &Json) -> RawSpell<'static> {
    serde_json::from_value(spell.clone()).expect("a spell")
}

fn hrg(spell: &RawSpell<'_>, release: &Reference) -> String {
    group(spell, release, &mut Off).spell.hrg.to_string()
}

/// Every code of one letter and three digits.
fn every_code() -> impl Iterator<Item = String> {
    (b'A'..=b'Z').flat_map(|letter| (0..1000).map(move |number| format!("{}{number:03}", char::from(letter))))
}

/// Whether the release accepts a code.
type Accepted = fn(&str, &Reference) -> bool;

fn diagnosis(code: &str, release: &Reference) -> bool {
    Icd10::parse(code).is_some_and(|code| known_diagnosis(release, code).is_some())
}

fn procedure(code: &str, release: &Reference) -> bool {
    Opcs4::parse(code).is_some_and(|code| known_procedure(release, code).is_some())
}

fn explored(spell: &Json) -> Json {
    explored_as(spell, &ALL)
}

fn explored_as(spell: &Json, explore: &[&str]) -> Json {
    let answer = service().post("/v1/what-if", &json!({ "reference": PAYMENT, "spell": spell, "explore": explore }));
    assert_eq!(answer.status, 200, "{}", answer.json);
    answer.json["explored"].clone()
}

fn items(list: &Json) -> &[Json] {
    list.as_array().expect("a list")
}

fn outcomes(list: &Json) -> BTreeSet<String> {
    items(list).iter().map(|item| item["hrg"].as_str().expect("an HRG").to_owned()).collect()
}

/// The HRGs that one code more gives besides the one without it, by trying each that the release accepts.
fn by_force(
    base: &RawSpell<'static>,
    place: usize,
    release: &Reference,
    (list, accepted): (List, Accepted),
) -> BTreeSet<String> {
    let (before, mut changed) = (hrg(base, release), base.clone());
    let (mut workspace, mut found) = (Workspace::default(), BTreeSet::new());
    for code in every_code() {
        if accepted(&code, release) {
            list(&mut changed.episodes[place]).push(Text::from(code));
            let hrg = workspace.group(&changed, release, &mut Off).spell.hrg;
            list(&mut changed.episodes[place]).pop();
            found.insert(hrg);
        }
    }
    found.into_iter().map(|hrg| hrg.to_string()).filter(|hrg| *hrg != before).collect()
}

#[test]
fn codes_found_are_all_that_brute_force_finds() {
    let release = release();
    let mut found_any = [0, 0];
    for (name, json) in several() {
        let (base, explored) = (read(&json), explored(&json));
        let (diagnoses, procedures) = (&explored["secondaryDiagnoses"], &explored["procedures"]);
        for (kind, found) in [diagnoses, procedures].into_iter().enumerate() {
            assert_eq!((&found["complete"], &found["tried"]), (&json!(true), &found["of"]), "{name}");
            let place = usize::try_from(found["episode"].as_u64().expect("a place")).expect("a place") - 1;
            let forced =
                by_force(&base, place, &release, [(DIAGNOSES, diagnosis as Accepted), (PROCEDURES, procedure)][kind]);
            assert_eq!(outcomes(&found["added"]), forced, "{name}, {}", ["diagnoses", "procedures"][kind]);
            found_any[kind] += forced.len();
        }
        let removed = |list: List, first: usize| {
            let mut others = Vec::new();
            for place in 0..base.episodes.len() {
                for position in first..list(&mut base.clone().episodes[place]).len() {
                    let mut changed = base.clone();
                    list(&mut changed.episodes[place]).remove(position);
                    let after = hrg(&changed, &release);
                    if after != hrg(&base, &release) {
                        others.push(json!([place + 1, position + 1, after]));
                    }
                }
            }
            others
        };
        let listed = |found: &Json| -> Vec<Json> {
            items(&found["removed"]).iter().map(|r| json!([r["episode"], r["position"], r["hrg"]])).collect()
        };
        assert_eq!(listed(diagnoses), removed(DIAGNOSES, 1), "{name}");
        assert_eq!(listed(procedures), removed(PROCEDURES, 0), "{name}");
    }
    assert!(found_any[0] > 3 && found_any[1] > 300, "{found_any:?}");
}

#[test]
fn stays_and_ages_found_are_the_nearest_that_brute_force_finds() {
    let release = release();
    let mut found_any = 0;
    for (name, json) in several().into_iter().chain(timed()) {
        let (base, explored) = (read(&json), explored(&json));
        let before = hrg(&base, &release);
        let days = |e: &RawEpisode<'_>| e.epidur.as_str().parse::<u32>().expect("days");
        let stay = base.episodes.iter().map(days).sum::<u32>();
        let longest = (0..base.episodes.len()).rev().max_by_key(|i| days(&base.episodes[*i])).expect("an episode");
        let others = stay - days(&base.episodes[longest]);
        let with_stay = |stay: u32| {
            let mut changed = base.clone();
            changed.episodes[longest].epidur = Text::from((stay - others).to_string());
            hrg(&changed, &release)
        };
        let age: u32 = base.episodes[0].startage.as_str().parse().expect("an age");
        let with_age = |age: u32| {
            let mut changed = base.clone();
            changed.episodes.iter_mut().for_each(|episode| episode.startage = Text::from(age.to_string()));
            hrg(&changed, &release)
        };
        for (number, now, lowest, highest, give) in
            [("stay", stay, others, 500, &with_stay as &dyn Fn(u32) -> String), ("age", age, 0, 130, &with_age)]
        {
            let nearest = |values: &mut dyn Iterator<Item = u32>| {
                let found = values.map(|value| (value, give(value))).find(|(_, hrg)| *hrg != before);
                found.map(|(value, hrg)| json!([value, hrg]))
            };
            let (below, above) = (nearest(&mut (lowest..now).rev()), nearest(&mut (now + 1..=highest)));
            found_any += below.iter().chain(&above).count();
            let found = &explored[number];
            let side = |side: &Json| (!side.is_null()).then(|| json!([side["value"], side["hrg"]]));
            assert_eq!((&found["now"], &found["complete"]), (&json!(now), &json!(true)), "{name}, {number}");
            assert_eq!((side(&found["below"]), side(&found["above"])), (below, above), "{name}, {number}");
        }
    }
    assert!(found_any >= 8, "{found_any}");
}

#[test]
fn every_outcome_comes_about_by_its_changes() {
    let service = service();
    for (name, json) in several() {
        let explored = explored(&json);
        let mut outcomes: Vec<Json> = Vec::new();
        for kind in ["secondaryDiagnoses", "procedures"] {
            for list in ["added", "removed"] {
                outcomes.extend(items(&explored[kind][list]).iter().take(60).cloned());
            }
        }
        for number in ["stay", "age"] {
            outcomes.extend([&explored[number]["below"], &explored[number]["above"]].into_iter().cloned());
        }
        outcomes.retain(|outcome| !outcome.is_null());
        outcomes.truncate(200);
        let edits: Vec<Json> =
            outcomes.iter().map(|outcome| json!({ "name": outcome["hrg"], "changes": outcome["changes"] })).collect();
        let answer = service.post("/v1/what-if", &json!({ "reference": PAYMENT, "spell": json, "edits": edits }));
        assert_eq!(answer.status, 200, "{name}: {}", answer.json);
        for (outcome, variant) in outcomes.iter().zip(items(&answer.json["variants"])) {
            assert_eq!(outcome["hrg"], variant["spell"]["hrg"], "{name}: {}", outcome["changes"]);
            assert_eq!(variant["spellChanged"], true);
            if let Some(parting) = outcome.get("firstDifference") {
                assert_eq!(*parting, variant["firstDifference"], "{name}: {}", outcome["changes"]);
            }
        }
    }
}

#[test]
fn the_same_request_gives_the_same_bytes() {
    let answers = [explored(&stroke()), explored(&stroke())];
    assert_eq!(answers[0].to_string(), answers[1].to_string());
}

#[test]
fn what_is_cut_short_says_so() {
    let long: Vec<Json> = (1..=100).map(|i| episode(&json!({ "epiorder": i, "diag": ["I639", "N179"] }))).collect();
    for (kind, asked) in [("secondaryDiagnoses", ALL[0]), ("procedures", ALL[3])] {
        let found = &explored_as(&spell(&long), &[asked])[kind];
        let (tried, of) = (found["tried"].as_u64().expect("a number"), found["of"].as_u64().expect("a number"));
        assert_eq!(found["complete"], false, "{kind}");
        assert!(tried == 500 && of > 2000, "{kind}: {tried} of {of}");
    }
    // No position is left for one more.
    let full = episode(&json!({ "diag": vec!["I639"; 99] }));
    let found = explored_as(&spell(&[full]), &ALL[..1])["secondaryDiagnoses"].clone();
    assert_eq!((&found["complete"], &found["added"], &found["tried"]), (&json!(false), &json!([]), &json!(98)));
}

#[test]
fn a_number_that_is_no_number_is_not_explored() {
    let unknown = episode(&json!({ "startage": "", "epidur": "x" }));
    let explored = explored(&spell(&[unknown]));
    for number in ["stay", "age"] {
        assert_eq!((&explored[number]["now"], &explored[number]["tried"]), (&Json::Null, &json!(0)), "{number}");
    }
}
