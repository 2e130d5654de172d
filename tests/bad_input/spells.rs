//! Spells whose episodes do not agree: the findings of the spell and of the episode that carries each.

use crate::patients::messages;
use crate::service::{Sent, episode, request, spell};
use serde_json::{Value as Json, json};

/// Groups a spell; each episode is the valid one, numbered in order, with its fields changed.
fn group(changes: &Json) -> Json {
    let all = changes.as_array().expect("a list");
    let episodes: Vec<Json> = all.iter().zip(1..).map(|(own, number)| with(own, number)).collect();
    let received = Sent::single(request(&spell(&episodes))).send();
    assert_eq!(received.status, 200, "{received:?}");
    received.json
}

fn with(changes: &Json, number: i64) -> Json {
    let mut episode = episode();
    episode["epiorder"] = json!(number);
    for (field, value) in changes.as_object().expect("an object") {
        episode[field] = value.clone();
    }
    episode
}

macro_rules! inconsistent {
    ($($name:ident: $episodes:tt => $messages:tt;)+) => {
        $(
            #[test]
            fn $name() {
                let json = group(&json!($episodes));
                let expected: Vec<Vec<String>> = serde_json::from_value(json!($messages)).expect("lists of texts");
                let episodes = json["episodes"].as_array().expect("episodes");
                let found: Vec<Vec<String>> = episodes.iter().map(messages).collect();
                assert_eq!(found, expected);
                assert_eq!(json["spell"]["hrg"], "UZ01Z");
                for (episode, own) in episodes.iter().zip(&expected) {
                    assert_eq!(episode["hrg"] == "UZ01Z", !own.is_empty(), "the others stay grouped: {episode}");
                }
                assert_eq!(messages(&json["spell"]), expected.concat());
            }
        )+
    };
}

inconsistent! {
    another_sex_is_inconsistent: [{"sex": "1"}, {"sex": "2"}] => [[], ["SEX||Sex is inconsistent in spell"]];
    another_classification_is_inconsistent: [{}, {"classpat": "2"}] => [[], ["CLASSPAT||Patient classification is inconsistent in spell"]];
    another_source_of_admission_is_inconsistent: [{}, {}, {"admisorc": "29"}] => [[], [], ["ADMISORC||Source of admission is inconsistent in spell"]];
    another_admission_method_is_inconsistent: [{}, {"admimeth": "21"}] => [[], ["ADMIMETH||Admission method is inconsistent in spell"]];
    an_age_that_rises_by_two_is_named: [{"startage": "40"}, {"startage": "42"}] => [[], ["STARTAGE||Age rises by more than expected in the spell"]];
    an_age_that_rises_by_three_within_a_year_and_more_is_named: [{"epidur": "730"}, {"startage": "44"}] => [[], ["STARTAGE||Age rises by more than expected in the spell"]];
    an_age_that_falls_is_named: [{"startage": "40"}, {"startage": "39"}] => [[], ["STARTAGE||Age falls in the spell"]];
    a_repeated_episode_number_is_named: [{}, {"epiorder": "1"}] => [[], ["EPIORDER|1|Episode number is duplicated in spell"]];
    episode_number_98_after_others_is_named: [{}, {"epiorder": "98"}] => [[], ["EPIORDER|98|Episode number is invalid"]];
    episode_number_99_twice_is_invalid_and_duplicated: [{"epiorder": "99"}, {"epiorder": "99"}] => [
        ["EPIORDER|99|Episode number is invalid"],
        ["EPIORDER|99|Episode number is invalid", "EPIORDER|99|Episode number is duplicated in spell"]
    ];
    every_finding_of_a_spell_is_told_at_once: [
        {}, {"epiorder": "1", "sex": "2", "classpat": "2", "admisorc": "29", "admimeth": "21", "startage": "60"}
    ] => [[], [
        "EPIORDER|1|Episode number is duplicated in spell", "SEX||Sex is inconsistent in spell",
        "CLASSPAT||Patient classification is inconsistent in spell",
        "ADMISORC||Source of admission is inconsistent in spell", "ADMIMETH||Admission method is inconsistent in spell",
        "STARTAGE||Age rises by more than expected in the spell"
    ]];
}

#[test]
fn faults_of_an_episode_and_findings_of_its_spell_are_told_together() {
    let json = group(&json!([{}, {"sex": "2", "disdest": "", "diag": ["Q999"]}]));
    let expected = [
        "DISDEST||Discharge destination is blank",
        "DIAG_01|Q999|Diagnosis is invalid",
        "SEX||Sex is inconsistent in spell",
    ];
    assert_eq!(messages(&json["episodes"][1]), expected);
    assert_eq!(messages(&json["episodes"][0]), [""; 0]);
    assert_eq!(messages(&json["spell"]), ["SEX||Sex is inconsistent in spell"]);
    assert_eq!(json["spell"]["hrg"], "UZ01Z");
}

#[test]
fn an_episode_number_of_letters_comes_last_and_sinks_the_spell() {
    let json = group(&json!([{"epiorder": "second"}, {"epiorder": "1"}]));
    assert_eq!(messages(&json["episodes"][1]), ["EPIORDER|second|Episode number is invalid"]);
    assert_eq!((&json["episodes"][0]["hrg"], &json["spell"]["hrg"]), (&json!("RA10C"), &json!("UZ01Z")));
}

#[test]
fn an_unknown_age_among_known_ones_is_no_finding() {
    let json = group(&json!([{"startage": "40"}, {"startage": "999"}, {"startage": "41"}]));
    assert_eq!(json["spell"]["hrg"], "RA10C");
}
