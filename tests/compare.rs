//! One spell under several releases, and the choice of a release by purpose and discharge date.

mod support;

use hrg_grouper::grouper::compare::{compare, explained, hrgs};
use hrg_grouper::reference::Reference;
use hrg_grouper::trace::{Explain, first_difference};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use support::sample::Sample;
use support::service::Service;

const PAYMENT: &str = "2024-25.payment";
const COSTING: &str = "2024-25.costing";

fn release(id: &str) -> Reference {
    support::release("reference", id)
}

/// Every release of the project, by id.
fn releases() -> Vec<Arc<Reference>> {
    let folders = std::fs::read_dir(support::folder("reference")).expect("the folder is readable").flatten();
    let mut ids: Vec<String> = folders
        .filter(|entry| entry.path().join("manifest.toml").is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    ids.sort();
    ids.iter().map(|id| Arc::new(release(id))).collect()
}

fn service() -> Service {
    Service::over(vec![release(PAYMENT), release(COSTING)])
}

/// A stroke of unspecified cause, whose root differs between payment and costing.
fn stroke() -> Json {
    json!({
        "procodet": "R0A", "provspno": "1",
        "episodes": [{
            "epiorder": 1, "startage": 70, "sex": 1, "classpat": 1, "admisorc": 19, "admimeth": 21, "disdest": 19,
            "dismeth": 1, "epidur": 3, "mainspef": 300, "neocare": 8, "tretspef": 300, "diag": ["I639"], "oper": []
        }]
    })
}

#[test]
fn every_spell_of_the_sample_under_every_pair_of_releases_parts_where_the_counts_say() {
    let Some(sample) = Sample::read() else { return };
    let releases = releases();
    let (mut pairs, spells) = (0, sample.spells());
    assert_eq!(spells.len(), 478);
    for (i, from) in releases.iter().enumerate() {
        for to in releases.iter().skip(i + 1) {
            pairs += 1;
            let mut by_step: BTreeMap<String, usize> = BTreeMap::new();
            let mut changed = 0;
            for spell in &spells {
                let ((one, one_steps), (other, other_steps)) = (explained(spell, from), explained(spell, to));
                let parting = first_difference(&one_steps.in_words(), &other_steps.in_words());
                if hrgs(&one) == hrgs(&other) {
                    continue;
                }
                changed += 1;
                let parting = parting.unwrap_or_else(|| panic!("{}: no step differs", spell.provspno.as_str()));
                assert!(parting.decides, "{}: {parting:?}", spell.provspno.as_str());
                assert_ne!(parting.from, parting.to, "the sides differ");
                *by_step.entry(parting.name()).or_default() += 1;
            }
            let (from, to) = (&from.identity.id, &to.identity.id);
            println!(
                "{from} to {to}: {changed} of {} spells change, by first differing step {by_step:?}",
                spells.len()
            );
            assert_eq!(by_step.values().sum::<usize>(), changed);
            assert!(changed > 0, "{from} and {to} group the whole sample alike");
        }
    }
    assert_eq!(pairs, 6, "four releases");
}

#[test]
fn each_result_of_a_comparison_is_what_grouping_with_that_release_alone_gives() {
    let Some(sample) = Sample::read() else { return };
    let releases = releases();
    for spell in sample.spells().iter().take(100) {
        let comparison = compare(spell, &releases, Explain::Summary);
        let mut same = true;
        for (result, release) in comparison.results.iter().zip(&releases) {
            let alone = hrg_grouper::grouper::answer(spell, release, Explain::Summary);
            assert_eq!(result.answer, alone);
            same &= result.answer.spell.hrg == comparison.results[0].answer.spell.hrg;
        }
        assert!(same || !comparison.same_hrgs);
        assert!(comparison.results[0].parts_from_first_at.is_none());
        let first = comparison.first_difference.as_ref();
        assert_eq!(first.is_some(), comparison.results.iter().any(|r| r.parts_from_first_at.is_some()));
        assert!(comparison.same_hrgs || first.is_some_and(|first| first.at.decides));
    }
}

#[test]
fn a_comparison_names_the_step_at_which_the_releases_part_with_both_sides() {
    let body = json!({ "references": [PAYMENT, COSTING], "spell": stroke() });
    let answer = service().post("/v1/compare", &body);
    assert_eq!(answer.status, 200, "{}", answer.json);
    assert_eq!(answer.json["sameHrgs"], false);
    let first = &answer.json["firstDifference"];
    assert_eq!((&first["step"], &first["episode"], &first["decides"]), (&"A13".into(), &1.into(), &true.into()));
    let root = |i: usize| {
        assert_eq!(first["sides"][i]["reference"], [PAYMENT, COSTING][i]);
        let facts = first["sides"][i]["step"]["facts"].as_array().expect("facts");
        facts.iter().find(|fact| fact["name"] == "root").map(|fact| fact["value"].clone()).expect("a root")
    };
    assert_eq!((root(0), root(1)), ("AA35".into(), "AA22".into()));
    let results = answer.json["results"].as_array().expect("results");
    let ids: Vec<&Json> = results.iter().map(|result| &result["reference"]["id"]).collect();
    assert_eq!(ids, [PAYMENT, COSTING]);
    assert!(results[0]["spell"]["hrg"].as_str().is_some_and(|hrg| hrg.starts_with("AA35")));
    assert!(results[1]["spell"]["hrg"].as_str().is_some_and(|hrg| hrg.starts_with("AA22")));
    assert_eq!(results[1]["partsFromFirstAt"]["step"], "A13");
    assert!(results[0].get("trace").is_none(), "traces only where they are asked for");
    assert_eq!(answer.headers["cache-control"], "no-store");

    let same = service().post("/v1/compare", &json!({ "references": [PAYMENT, PAYMENT], "spell": stroke() }));
    assert_eq!((&same.json["sameHrgs"], &same.json["firstDifference"]), (&true.into(), &Json::Null));
}

#[test]
fn a_comparison_takes_two_to_six_known_releases() {
    let service = service();
    let send = |references: Json| service.post("/v1/compare", &json!({ "references": references, "spell": stroke() }));
    assert_eq!(send(json!([PAYMENT, COSTING, PAYMENT, COSTING, PAYMENT, COSTING])).status, 200);
    for (references, status, code, fault) in [
        (json!([]), 422, "invalid-body", "too-few"),
        (json!([PAYMENT]), 422, "invalid-body", "too-few"),
        (json!(vec![PAYMENT; 7]), 422, "invalid-body", "too-many"),
        (json!([PAYMENT, "2001-02.payment"]), 404, "unknown-reference", ""),
        (json!(PAYMENT), 422, "invalid-body", "wrong-type"),
    ] {
        let refused = send(references);
        assert_eq!((refused.status.as_u16(), &refused.json["code"]), (status, &code.into()), "{}", refused.json);
        assert_eq!(refused.json["errors"][0]["code"].as_str().unwrap_or_default(), fault);
    }
}

#[test]
fn auto_picks_the_release_of_the_purpose_whose_year_holds_the_discharge_and_says_so() {
    let service = service();
    for (purpose, date, id) in
        [("payment", "2024-04-01", PAYMENT), ("payment", "2025-03-31", PAYMENT), ("costing", "2024-12-31", COSTING)]
    {
        let asked = json!({ "reference": "auto", "purpose": purpose, "dischargeDate": date, "spell": stroke() });
        let auto = service.post("/v1/group/apc", &asked);
        assert_eq!(auto.status, 200, "{}", auto.json);
        assert_eq!((&auto.json["reference"]["id"], &auto.json["reference"]["chosenBy"]), (&id.into(), &"auto".into()));
        assert_eq!(auto.headers["hrg-reference"], id);
        let named = service.post("/v1/group/apc", &json!({ "reference": id, "spell": stroke() }));
        assert_eq!((&named.json["spell"], &named.json["episodes"]), (&auto.json["spell"], &auto.json["episodes"]));
        assert!(named.json["reference"].get("chosenBy").is_none(), "a release that was named was not chosen");

        let path = format!("/v1/group/apc/batch?reference=auto&purpose={purpose}&dischargeDate={date}");
        let batch = service.post(&path, &json!([stroke()]));
        assert_eq!(
            (&batch.json["reference"]["id"], &batch.json["reference"]["chosenBy"]),
            (&id.into(), &"auto".into())
        );
        assert_eq!(batch.json["summary"]["reference"], id);
    }
    let body = json!({
        "references": ["auto", COSTING], "purpose": "payment", "dischargeDate": "2024-06-30", "spell": stroke()
    });
    let compared = service.post("/v1/compare", &body);
    let chosen = |i: usize| compared.json["results"][i]["reference"]["chosenBy"].clone();
    assert_eq!((chosen(0), chosen(1)), ("auto".into(), Json::Null));
}

#[test]
fn a_date_that_no_release_covers_is_a_clear_refusal_that_does_not_repeat_it() {
    let service = service();
    for date in ["2024-03-31", "2025-04-01", "1899-12-31"] {
        let asked = json!({ "reference": "auto", "purpose": "payment", "dischargeDate": date, "spell": stroke() });
        let single = service.post("/v1/group/apc", &asked);
        let path = format!("/v1/group/apc/batch?reference=auto&purpose=payment&dischargeDate={date}");
        let batch = service.post(&path, &json!([stroke()]));
        let body = json!({
            "references": ["auto", COSTING], "purpose": "payment", "dischargeDate": date, "spell": stroke()
        });
        for refused in [single, batch, service.post("/v1/compare", &body)] {
            assert_eq!((refused.status.as_u16(), &refused.json["code"]), (422, &"no-release-for-date".into()));
            let detail = refused.json["detail"].as_str().expect("a detail");
            assert!(detail.contains("there are those of: 2024-25"), "{detail}");
            assert!(!refused.json.to_string().contains(date), "{}", refused.json);
        }
    }
}

#[test]
fn auto_without_both_of_its_fields_and_any_release_with_a_faulty_one_is_refused() {
    let service = service();
    for (fields, pointer, code) in [
        (json!({ "reference": PAYMENT, "dischargeDate": "30/06/2024" }), "/dischargeDate", "bad-date"),
        (json!({ "reference": PAYMENT, "dischargeDate": "" }), "/dischargeDate", "bad-date"),
        (json!({ "reference": "auto", "purpose": "payment" }), "/dischargeDate", "missing-field"),
        (json!({ "reference": "auto", "dischargeDate": "2024-06-30" }), "/purpose", "missing-field"),
        (
            json!({ "reference": "auto", "purpose": "payment", "dischargeDate": "30/06/2024" }),
            "/dischargeDate",
            "bad-date",
        ),
        (
            json!({ "reference": "auto", "purpose": "payment", "dischargeDate": "2024-06-31" }),
            "/dischargeDate",
            "bad-date",
        ),
        (
            json!({ "reference": "auto", "purpose": "CANARY", "dischargeDate": "2024-06-30" }),
            "/purpose",
            "unknown-value",
        ),
    ] {
        let mut body = fields.clone();
        body["spell"] = stroke();
        let refused = service.post("/v1/group/apc", &body);
        let fault = &refused.json["errors"][0];
        assert_eq!(
            (refused.status.as_u16(), &fault["pointer"], &fault["code"]),
            (422, &pointer.into(), &code.into()),
            "{fields}"
        );
        assert!(!refused.json.to_string().contains("CANARY"));
        let query: Vec<String> = fields
            .as_object()
            .expect("fields")
            .iter()
            .map(|(name, value)| format!("{name}={}", value.as_str().expect("text").replace('/', "%2F")))
            .collect();
        let batch = service.post(&format!("/v1/group/apc/batch?{}", query.join("&")), &json!([stroke()]));
        assert_eq!((batch.status.as_u16(), &batch.json["code"]), (422, &"invalid-query".into()), "{fields}");
    }
}
