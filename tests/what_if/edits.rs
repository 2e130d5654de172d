//! Edits: each kind gives what grouping the changed spell gives, and what cannot be made is refused with its place.

use crate::spells::{PAYMENT, episode, service, spell, stroke};
use crate::support::service::{Answer, Service};
use hrg_grouper::what_if::{MAX_EDITS, MAX_EPISODES_TRIED};
use serde_json::{Value as Json, json};

fn ask(service: &Service, spell: &Json, edits: &Json) -> Answer {
    service.post("/v1/what-if", &json!({ "reference": PAYMENT, "spell": spell, "edits": edits }))
}

fn grouped(service: &Service, spell: &Json) -> Json {
    let answer = service.post("/v1/group/apc", &json!({ "reference": PAYMENT, "explain": "none", "spell": spell }));
    assert_eq!(answer.status, 200, "{}", answer.json);
    answer.json
}

#[test]
#[expect(clippy::too_many_lines, reason = "a list of changes")]
fn every_kind_of_change_gives_what_grouping_the_changed_spell_gives() {
    let service = service();
    let first = episode(&json!({ "diag": ["I639", "N179", "E119"], "oper": ["U051", "Y983"] }));
    let second = episode(&json!({ "epiorder": 2, "epidur": 9, "diag": ["J189", "I639"] }));
    let base = spell(&[first.clone(), second.clone()]);
    let with = |episodes: &[Json]| spell(episodes);
    let of_first = |differs: Json| {
        let mut changed = first.clone();
        for (field, value) in differs.as_object().expect("an object") {
            changed[field] = value.clone();
        }
        with(&[changed, second.clone()])
    };
    let third = episode(&json!({ "epiorder": 3, "epidur": 4, "diag": ["S7200"], "oper": ["W461"] }));
    let cases = [
        (json!([{ "change": "set", "field": "startage", "value": 17 }]), of_first(json!({ "startage": 17 }))),
        (json!([{ "change": "set", "episode": 1, "field": "sex", "value": null }]), of_first(json!({ "sex": null }))),
        (
            json!([{ "change": "set", "field": "diag", "position": 5, "value": "I500" }]),
            of_first(json!({ "diag": ["I639", "N179", "E119", null, "I500"] })),
        ),
        (
            json!([{ "change": "insert", "field": "diag", "position": 1, "value": "J189" }]),
            of_first(json!({ "diag": ["J189", "I639", "N179", "E119"] })),
        ),
        (
            json!([{ "change": "insert", "field": "oper", "value": "A011" }]),
            of_first(json!({ "oper": ["U051", "Y983", "A011"] })),
        ),
        (
            json!([{ "change": "remove", "field": "diag", "position": 2 }]),
            of_first(json!({ "diag": ["I639", "E119"] })),
        ),
        (
            json!([{ "change": "move", "field": "diag", "position": 3, "to": 1 }]),
            of_first(json!({ "diag": ["E119", "I639", "N179"] })),
        ),
        (json!([{ "change": "add-episode", "values": third }]), with(&[first.clone(), second.clone(), third.clone()])),
        (
            json!([{ "change": "add-episode", "episode": 1, "values": third }]),
            with(&[third.clone(), first.clone(), second.clone()]),
        ),
        (json!([{ "change": "remove-episode", "episode": 2 }]), with(std::slice::from_ref(&first))),
        (
            json!([
                { "change": "remove-episode", "episode": 1 },
                { "change": "set", "field": "epiorder", "value": "1" },
                { "change": "set", "field": "epidur", "value": 40 }
            ]),
            with(&[episode(&json!({ "epidur": 40, "diag": ["J189", "I639"] }))]),
        ),
    ];
    let edits: Vec<Json> = cases
        .iter()
        .enumerate()
        .map(|(i, (changes, _))| json!({ "name": format!("n{i}"), "changes": changes }))
        .collect();
    let answer = ask(&service, &base, &json!(edits));
    assert_eq!(answer.status, 200, "{}", answer.json);
    let before = grouped(&service, &base);
    assert_eq!(
        (&answer.json["base"]["spell"], &answer.json["base"]["episodes"]),
        (&before["spell"], &before["episodes"])
    );
    let mut changed = 0;
    for (i, (changes, by_hand)) in cases.iter().enumerate() {
        let (variant, expected) = (&answer.json["variants"][i], grouped(&service, by_hand));
        assert_eq!(variant["name"], format!("n{i}"));
        assert_eq!(variant["spell"], expected["spell"], "{changes}");
        assert_eq!(variant["episodes"], expected["episodes"], "{changes}");
        assert_eq!(variant["spellChanged"], expected["spell"]["hrg"] != before["spell"]["hrg"], "{changes}");
        if variant["changed"] == true {
            changed += 1;
            let parting = &variant["firstDifference"];
            assert_eq!(parting["decides"], true, "{changes}");
            assert_ne!(parting["from"], parting["to"], "{changes}");
        }
    }
    assert!(changed >= 6, "only {changed} of the variants change an HRG");
    for header in ["hrg-reference", "hrg-reference-digest", "hrg-decision-id"] {
        assert!(answer.headers.contains_key(header), "{header}");
    }
    assert!(answer.json["note"].as_str().expect("a note").contains("Coding follows the record, not the tariff"));
    assert!(answer.json.get("explored").is_none(), "nothing was to be explored");
}

#[test]
fn a_change_that_changes_nothing_says_so_and_still_shows_what_was_read_otherwise() {
    let service = service();
    let edits = json!([{ "name": "a day more", "changes": [{ "change": "set", "field": "epidur", "value": 4 }] }]);
    let variant = &ask(&service, &stroke(), &edits).json["variants"][0];
    assert_eq!((&variant["changed"], &variant["spellChanged"]), (&json!(false), &json!(false)));
    assert_eq!(
        (&variant["firstDifference"]["step"], &variant["firstDifference"]["decides"]),
        (&json!("A0"), &json!(false))
    );
    let same = json!([{ "name": "as it is", "changes": [{ "change": "set", "field": "epidur", "value": 3 }] }]);
    assert_eq!(ask(&service, &stroke(), &same).json["variants"][0]["firstDifference"], Json::Null);
}

#[test]
fn a_change_that_cannot_be_made_is_refused_with_its_place_and_without_its_values() {
    let service = service();
    let cases = [
        (json!({ "change": "set", "field": "CANARY", "value": "1" }), "field", "unknown-value"),
        (json!({ "change": "set", "value": "CANARY" }), "field", "missing-field"),
        (json!({ "change": "set", "field": "sex" }), "value", "missing-field"),
        (json!({ "change": "set", "field": "sex", "position": 1, "value": "1" }), "position", "not-used"),
        (json!({ "change": "set", "field": "diag", "value": "CANARY" }), "position", "missing-field"),
        (json!({ "change": "set", "field": "diag", "position": 0, "value": "I10" }), "position", "out-of-range"),
        (json!({ "change": "set", "field": "diag", "position": 100, "value": "I10" }), "position", "out-of-range"),
        (json!({ "change": "set", "episode": 2, "field": "sex", "value": "1" }), "episode", "out-of-range"),
        (json!({ "change": "set", "field": "sex", "value": "1", "to": 2 }), "to", "not-used"),
        (json!({ "change": "insert", "field": "sex", "value": "1" }), "field", "unknown-value"),
        (json!({ "change": "insert", "field": "diag", "position": 5, "value": "I10" }), "position", "out-of-range"),
        (json!({ "change": "remove", "field": "diag", "position": 4 }), "position", "out-of-range"),
        (json!({ "change": "remove", "field": "oper", "position": 1 }), "position", "out-of-range"),
        (json!({ "change": "remove", "field": "diag", "position": 1, "value": "I10" }), "value", "not-used"),
        (json!({ "change": "move", "field": "diag", "position": 1 }), "to", "missing-field"),
        (json!({ "change": "move", "field": "diag", "position": 1, "to": 4 }), "to", "out-of-range"),
        (json!({ "change": "add-episode" }), "values", "missing-field"),
        (json!({ "change": "add-episode", "field": "sex", "values": {} }), "field", "not-used"),
        (json!({ "change": "add-episode", "episode": 3, "values": {} }), "episode", "out-of-range"),
        (json!({ "change": "add-episode", "values": { "sex": 1.5 } }), "values/sex", "wrong-type"),
        (json!({ "change": "remove-episode" }), "episode", "missing-field"),
        (json!({ "change": "CANARY" }), "change", "unknown-value"),
        (json!({ "change": { "set": null } }), "change", "wrong-type"),
        (json!({ "change": "set", "field": "sex", "position": "CANARY", "value": "1" }), "position", "wrong-type"),
    ];
    for (change, member, code) in cases {
        let good = json!({ "change": "set", "field": "sex", "value": "2" });
        let edits = json!([{ "name": "good", "changes": [good] }, { "name": "CANARY", "changes": [good, change] }]);
        let answer = ask(&service, &stroke(), &edits);
        assert_eq!((answer.status.as_u16(), &answer.json["code"]), (422, &json!("invalid-body")), "{change}");
        let fault = &answer.json["errors"][0];
        let pointer = format!("/edits/1/changes/1/{member}");
        assert_eq!((&fault["pointer"], &fault["code"]), (&json!(pointer), &json!(code)), "{change}: {}", answer.json);
        assert!(!answer.json.to_string().contains("CANARY"), "{}", answer.json);
    }
}

#[test]
fn requests_outside_the_bounds_are_refused() {
    let service = service();
    let sex = json!([{ "change": "set", "field": "sex", "value": "2" }]);
    let many = |count: usize| json!(vec![json!({ "name": "n", "changes": sex }); count]);
    let refused = |spell: &Json, edits: &Json, pointer: &str, code: &str| {
        let answer = ask(&service, spell, edits);
        let fault = &answer.json["errors"][0];
        let found = (answer.status.as_u16(), &fault["pointer"], &fault["code"]);
        assert_eq!(found, (422, &json!(pointer), &json!(code)), "{}", answer.json);
    };
    refused(&stroke(), &json!([]), "/edits", "missing-field");
    refused(&stroke(), &many(MAX_EDITS + 1), "/edits", "too-many");
    assert_eq!(ask(&service, &stroke(), &many(MAX_EDITS)).status, 200);
    refused(&stroke(), &json!([{ "name": "n", "changes": [] }]), "/edits/0/changes", "too-few");
    let last = json!([{ "name": "n", "changes": [{ "change": "remove-episode", "episode": 1 }] }]);
    refused(&stroke(), &last, "/edits/0", "too-few");
    let long: Vec<Json> = (1..=30).map(|i| episode(&json!({ "epiorder": i }))).collect();
    refused(&spell(&long), &many(MAX_EPISODES_TRIED / 30 + 1), "/edits", "too-many");
    refused(&json!({ "episodes": [] }), &many(1), "/spell/episodes", "too-few");
    let explore = service.post("/v1/what-if", &json!({ "reference": PAYMENT, "spell": stroke(), "explore": ["all"] }));
    assert_eq!((explore.status.as_u16(), &explore.json["errors"][0]["pointer"]), (422, &json!("/explore/0")));
    let unknown = service.post("/v1/what-if", &json!({ "reference": "no", "spell": stroke(), "explore": ["age"] }));
    assert_eq!((unknown.status.as_u16(), &unknown.json["code"]), (404, &json!("unknown-reference")));
}
