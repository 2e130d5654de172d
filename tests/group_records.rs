//! The six logics besides admitted patient care over HTTP, single and in batches, and by `hrg explain --dataset`.

mod support;

use hrg_grouper::reference::{Dataset, Reference};
use serde_json::{Value as Json, json};
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use support::service::{Answer, Service};

const PAYMENT: &str = "2024-25.payment";
const COSTING: &str = "2024-25.costing";
/// A release that serves admitted patient care alone.
const APC_ONLY: &str = "2022-23.payment";
const DATASETS: [&str; 6] = ["nac", "em", "nrd", "acc", "pcc", "ncc"];
const CANARY: &str = "k9canary7f3e";

static RELEASES: LazyLock<Vec<Reference>> = LazyLock::new(|| {
    let mut only = support::release("reference", APC_ONLY);
    only.identity.datasets = vec![Dataset::Apc];
    vec![support::release("reference", PAYMENT), support::release("reference", COSTING), only]
});

fn service() -> Service {
    Service::over(RELEASES.clone())
}

/// Sound records of each logic, with their HRGs; the days of one baby or child, in and out of order.
fn sound(dataset: &str) -> Vec<(Json, &'static str)> {
    match dataset {
        "nac" => {
            let attendance = |first: &str, oper: Json| json!({"startage": 40, "sex": "1", "mainspef": "100", "tretspef": "100", "firstatt": first, "oper": oper});
            vec![
                (attendance("1", json!([])), "WF01B"),
                (attendance("2", json!(["X622"])), "WF02A"),
                (attendance("1", json!(["", "W40.1"])), "HN22E"),
            ]
        }
        "em" => vec![
            (json!({"age": 40, "inv": ["11"], "treat": ["15"]}), "VB01Z"),
            (json!({"age": 40, "aepatientgroup": "70"}), "VB99Z"),
            (json!({"age": 40, "inv": [168_537_006, "04"], "treat": ["57485005"]}), "VB08Z"),
        ],
        "nrd" => vec![
            (json!({"renalmod": "01", "renalsite": "01", "renalaccess": "02", "hcv": "POS", "age": 40}), "LD03A"),
            (json!({"renalmod": "11", "renalsite": "03", "age": "18"}), "LD11B"),
        ],
        "acc" => vec![
            (
                json!({"ccuf": "01", "arsd": 2, "rsd": "1", "cc_start_date": "20240401", "cc_discharge_date": "20240403"}),
                "XC05Z",
            ),
            (json!({"ccuf": 1}), "XC07Z"),
        ],
        "pcc" => {
            let day = |date: &str, unit: &str, ccac: Json| {
                json!({"procodet": "RA1", "cclocalid": "7", "ccdate": date, "disdate": "20240410", "dismeth": "1",
                    "ccuf": unit, "ccac": ccac})
            };
            vec![
                (day("20240403", "16", json!([])), "XB09Z"),
                (day("20240401", "04", json!(["65"])), "XB01Z"),
                (day("20240402", "4", json!(["51", "6"])), "XB04Z"),
            ]
        }
        _ => {
            let day = |date: &str, unit: &str, ccac: Json| {
                json!({"procodet": "RA1", "cclocalid": "7", "ccdate": date, "disdate": "20240410", "dismeth": "1",
                    "ccuf": unit, "gestlen": 38, "perwt": "3.1", "ccac": ccac})
            };
            vec![
                (day("20240401", "13", json!(["01"])), "XA01Z"),
                (day("20240402", "13", json!(["10", "21"])), "XA04Z"),
                (day("20240402", "14", json!(["99"])), "XA05Z"),
            ]
        }
    }
}

fn records(dataset: &str) -> Vec<Json> {
    sound(dataset).into_iter().map(|(record, _)| record).collect()
}

fn is_daily(dataset: &str) -> bool {
    ["pcc", "ncc"].contains(&dataset)
}

fn body(dataset: &str, records: &[Json], reference: &str, explain: &str) -> Json {
    if is_daily(dataset) {
        json!({"reference": reference, "explain": explain, "days": records})
    } else {
        json!({"reference": reference, "explain": explain, "record": records[0]})
    }
}

fn post(service: &Service, dataset: &str, records: &[Json], explain: &str) -> Answer {
    service.post(&format!("/v1/group/{dataset}"), &body(dataset, records, PAYMENT, explain))
}

/// The results of one request: the one, or those of the days.
fn results(answer: &Json) -> Vec<Json> {
    answer["days"].as_array().cloned().unwrap_or_else(|| vec![answer.clone()])
}

/// Every record of a logic by itself, the days together.
fn singly(service: &Service, dataset: &str, records: &[Json], explain: &str) -> Vec<Json> {
    let requests: Vec<&[Json]> = if is_daily(dataset) { vec![records] } else { records.chunks(1).collect() };
    requests.into_iter().flat_map(|records| results(&post(service, dataset, records, explain).json)).collect()
}

#[test]
fn each_logic_answers_with_the_hrg_its_label_and_the_release() {
    let service = service();
    for dataset in DATASETS {
        for (result, (record, hrg)) in singly(&service, dataset, &records(dataset), "none").iter().zip(sound(dataset)) {
            assert_eq!(result["hrg"], hrg, "{dataset} {record} {result}");
            assert!(result["label"].as_str().is_some_and(|label| !label.is_empty()), "{result}");
            assert_eq!(result["unbundled"], json!([]));
            assert!(result["messages"].is_array() && result.get("trace").is_none(), "{result}");
        }
        let answer = post(&service, dataset, &records(dataset), "none");
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json["reference"]["id"], PAYMENT);
        assert_eq!(answer.json["reference"]["status"], "demonstration");
        assert_eq!(answer.headers["hrg-reference"], PAYMENT);
        assert_eq!(answer.headers["hrg-reference-digest"], answer.json["reference"]["digest"].as_str().expect("text"));
        assert_eq!(answer.headers["cache-control"], "no-store");
    }
}

#[test]
fn a_result_holds_what_its_logic_has_and_nothing_else() {
    let service = service();
    for dataset in DATASETS {
        for result in singly(&service, dataset, &records(dataset), "none") {
            let has = |key: &str| result.get(key).is_some();
            assert_eq!(has("groupingMethod"), dataset == "nac", "{dataset}");
            assert_eq!(has("attendanceHrg"), dataset == "nac");
            assert!(!has("dominantProcedure") || dataset == "nac");
            assert_eq!(has("calcCcDays") && has("ccWarningFlag"), dataset == "acc");
            assert_eq!(has("period"), is_daily(dataset));
        }
    }
    let nac = singly(&service, "nac", &records("nac"), "none");
    let part = |place: usize, key: &str| nac[place][key].as_str().map(str::to_owned);
    assert_eq!((part(0, "groupingMethod"), part(0, "dominantProcedure")), (Some("O".into()), None));
    assert_eq!((part(2, "groupingMethod"), part(2, "dominantProcedure")), (Some("P".into()), Some("W401".into())));
    assert_eq!(part(2, "attendanceHrg").as_deref(), Some("WF01B"), "what the attendance alone would give");
    let costing = service.post("/v1/group/nac", &body("nac", &records("nac"), COSTING, "none"));
    assert!(costing.json.get("attendanceHrg").is_none(), "costing leaves it out");
    let acc = singly(&service, "acc", &records("acc"), "none");
    assert_eq!(
        (&acc[0]["calcCcDays"], &acc[0]["ccWarningFlag"]),
        (&json!(3), &json!("F")),
        "no level days for two of support"
    );
    assert_eq!((&acc[1]["calcCcDays"], &acc[1]["ccWarningFlag"]), (&json!(-1), &json!("F")));
    let mut sound = records("acc")[0].clone();
    sound["ccl3d"] = json!(3);
    let answer = post(&service, "acc", &[sound], "none");
    assert_eq!((&answer.json["calcCcDays"], &answer.json["ccWarningFlag"]), (&json!(3), &json!("")));
}

#[test]
fn days_stand_in_input_order_with_the_number_of_their_period() {
    let service = service();
    let periods = |dataset: &str| -> Vec<u64> {
        let results = singly(&service, dataset, &records(dataset), "none");
        results.iter().map(|day| day["period"].as_u64().expect("a number")).collect()
    };
    assert_eq!(periods("pcc"), [2, 1, 1], "the third day is in another unit");
    assert_eq!(periods("ncc"), [1, 1, 2], "a day of transfer stands in both");
}

#[test]
fn outpatient_unbundled_hrgs_are_listed_each_time() {
    let mut record = records("nac")[0].clone();
    record["oper"] = json!(["U21.2", "Y98.1", "U212"]);
    let answer = post(&service(), "nac", &[record], "none");
    let unbundled = answer.json["unbundled"].as_array().expect("a list");
    assert!(
        unbundled.len() == 2 && unbundled.iter().all(|u| u["hrg"].as_str().is_some_and(|h| h.starts_with("RD"))),
        "{unbundled:?}"
    );
    assert!(unbundled.iter().all(|u| u["label"].as_str().is_some_and(|label| !label.is_empty())));
}

#[test]
fn bad_patient_data_is_an_answer_that_says_everything_at_once() {
    let service = service();
    for dataset in DATASETS {
        let answer = post(&service, dataset, &[json!({})], "summary");
        assert_eq!(answer.status, 200);
        let result = &results(&answer.json)[0];
        assert_eq!(result["hrg"], "UZ01Z", "{dataset}");
        let messages = result["messages"].as_array().expect("messages");
        assert!(messages.iter().all(|m| m["situation"] == "field_blank" && m["code"] == ""), "{messages:?}");
        let steps = result["trace"]["steps"].as_array().expect("steps");
        assert!(steps.iter().any(|step| step["outcome"] == "failed"), "{steps:?}");
    }
}

#[test]
fn a_trace_is_as_full_as_was_asked_for() {
    let service = service();
    for dataset in DATASETS {
        let steps = |explain: &str| {
            let result = singly(&service, dataset, &records(dataset), explain).swap_remove(0);
            assert_eq!(result["trace"]["view"], *explain, "{dataset}");
            assert_eq!(result["trace"]["reference"], PAYMENT);
            result["trace"]["steps"].as_array().expect("steps").clone()
        };
        let (summary, misses, full) = (steps("summary"), steps("misses"), steps("full"));
        assert!(!summary.is_empty() && summary.len() <= misses.len() && misses.len() <= full.len());
        assert!(summary.iter().all(|step| step.get("facts").is_none()));
        assert!(full.iter().any(|step| step["outcome"] == "not applicable"), "{dataset}");
        let episodes = full.iter().flat_map(|step| step["facts"].as_array().cloned().unwrap_or_default());
        assert!(
            episodes.clone().count() > 0 && episodes.clone().all(|fact| fact.get("episode").is_none()),
            "{dataset}"
        );
    }
}

#[test]
fn a_batch_is_its_singles_and_one_bad_record_spoils_no_other() {
    let service = service();
    for dataset in DATASETS {
        let mut batch = records(dataset);
        batch.insert(1, json!({ CANARY: "1" }));
        batch.push(json!({}));
        batch.push(json!([]));
        let path = format!("/v1/group/{dataset}/batch?reference={PAYMENT}&explain=full");
        let answer = service.post(&path, &Json::Array(batch.clone()));
        assert_eq!(answer.status, 200, "{dataset}");
        assert!(!answer.json.to_string().contains(CANARY));
        let summary = &answer.json["summary"];
        let grouped = records(dataset).len();
        assert_eq!(
            ["read", "grouped", "invalid", "rejected"].map(|key| summary[key].as_u64().unwrap_or_default()),
            [grouped as u64 + 3, grouped as u64, 1, 2]
        );
        let results = answer.json["results"].as_array().expect("results");
        let lines: Vec<_> = results.iter().map(|result| result["line"].as_u64().expect("a line")).collect();
        assert_eq!(lines, (1..=batch.len() as u64).collect::<Vec<_>>());
        let rejected = &results[1];
        assert_eq!(
            (&rejected["status"], &rejected["errors"][0]["code"]),
            (&json!("rejected"), &json!("unknown-field"))
        );
        assert_eq!(rejected["errors"][0]["pointer"], "/1");
        assert!(rejected.get("hrg").is_none());
        let read: Vec<Json> = results.iter().filter(|result| result["status"] != "rejected").cloned().collect();
        let mut sent = records(dataset);
        sent.push(json!({}));
        for (mut one, mut many) in singly(&service, dataset, &sent, "full").into_iter().zip(read) {
            let invalid = many["hrg"] == "UZ01Z";
            assert_eq!(many["status"], if invalid { "invalid" } else { "grouped" });
            for key in ["line", "status", "reference"] {
                many.as_object_mut().expect("an object").remove(key);
                one.as_object_mut().expect("an object").remove(key);
            }
            assert_eq!(one, many, "{dataset}");
        }
    }
}

#[test]
fn a_release_that_does_not_serve_the_logic_is_refused_by_name() {
    let service = service();
    for dataset in DATASETS {
        let single = service.post(&format!("/v1/group/{dataset}"), &body(dataset, &records(dataset), APC_ONLY, "none"));
        let batch = service.post(&format!("/v1/group/{dataset}/batch?reference={APC_ONLY}"), &json!([]));
        for answer in [single, batch] {
            assert_eq!((answer.status.as_u16(), answer.json["code"].as_str()), (422, Some("dataset-not-served")));
            let detail = answer.json["detail"].as_str().unwrap_or_default();
            assert!(detail.contains(&dataset.to_uppercase()) && detail.ends_with("it serves APC"), "{detail}");
        }
        let unknown =
            service.post(&format!("/v1/group/{dataset}"), &body(dataset, &records(dataset), "2001-02.payment", "none"));
        assert_eq!((unknown.status.as_u16(), unknown.json["code"].as_str()), (404, Some("unknown-reference")));
    }
}

#[test]
fn auto_takes_the_release_of_the_year_that_serves_the_logic() {
    let service = service();
    let ask = |dataset: &str, day: &str, purpose: &str| {
        let mut body = body(dataset, &records(dataset), "auto", "none");
        body["purpose"] = json!(purpose);
        body["dischargeDate"] = json!(day);
        service.post(&format!("/v1/group/{dataset}"), &body)
    };
    for dataset in DATASETS {
        let answer = ask(dataset, "2025-03-31", "costing");
        assert_eq!(answer.json["reference"]["id"], COSTING, "{}", answer.json);
        assert_eq!(answer.json["reference"]["chosenBy"], "auto");
        let answer = ask(dataset, "2022-06-30", "payment");
        assert_eq!(answer.json["code"], "no-release-for-date", "the release of 2022-23 does not serve {dataset}");
        let query = "reference=auto&purpose=payment&dischargeDate=2024-06-30";
        let batch = service.post(&format!("/v1/group/{dataset}/batch?{query}"), &json!([]));
        assert_eq!(batch.json["summary"]["reference"], PAYMENT);
    }
}

#[test]
fn a_body_of_another_form_is_refused_with_its_place_and_without_its_values() {
    let service = service();
    for dataset in DATASETS {
        let (key, one) = if is_daily(dataset) { ("days", "/days/0") } else { ("record", "/record") };
        let list = |items: Json| if is_daily(dataset) { json!([items]) } else { items };
        let faults = |change: &dyn Fn(&mut Json)| {
            let mut body = body(dataset, &records(dataset), PAYMENT, "none");
            change(&mut body);
            let answer = service.post(&format!("/v1/group/{dataset}"), &body);
            assert_eq!(answer.status, 422, "{}", answer.json);
            assert!(!answer.json.to_string().contains(CANARY), "{}", answer.json);
            let faults = answer.json["errors"].as_array().cloned().unwrap_or_default();
            let said =
                |fault: &Json| format!("{} {}", fault["pointer"].as_str().unwrap(), fault["code"].as_str().unwrap());
            faults.iter().map(said).collect::<Vec<_>>()
        };
        let wrong = format!("{one} wrong-type");
        assert_eq!(
            faults(&|body| body[key] = list(json!([CANARY]))),
            std::slice::from_ref(&wrong),
            "{dataset}: a list is no record"
        );
        assert_eq!(faults(&|body| body[key] = list(json!(CANARY))), [wrong]);
        assert_eq!(faults(&|body| body[key] = list(json!({ CANARY: CANARY }))), [format!("{one} unknown-field")]);
        assert_eq!(faults(&|body| _ = body.as_object_mut().expect("an object").remove(key)), [" missing-field"]);
        assert_eq!(faults(&|body| body[CANARY] = json!(1)), [" unknown-field"]);
        assert_eq!(faults(&|body| body["spell"] = json!({})), ["/spell unknown-field"]);
        let listed: &[&str] = match dataset {
            "nac" => &["oper"],
            "em" => &["inv", "treat"],
            "pcc" => &["ccac", "oper", "diag"],
            "ncc" => &["ccac"],
            _ => &[],
        };
        for name in listed {
            let long = faults(&|body| body[key] = list(json!({ *name: vec![""; 100] })));
            assert_eq!(long, [format!("{one}/{name} too-many")]);
            let wrong = faults(&|body| body[key] = list(json!({ *name: [{ "x": CANARY }] })));
            assert_eq!(wrong, [format!("{one}/{name}/0 wrong-type")]);
        }
        if is_daily(dataset) {
            assert_eq!(faults(&|body| body[key] = json!([])), ["/days too-few"]);
            assert_eq!(faults(&|body| body[key] = json!(vec![json!({}); 1001])), ["/days too-many"]);
        }
    }
}

#[test]
fn a_batch_is_held_to_its_limits() {
    let service = service();
    let path = |more: &str| format!("/v1/group/em/batch?reference={PAYMENT}{more}");
    let code = |path: String, count: usize| {
        let answer = service.post(&path, &json!(vec![json!({"age": 1}); count]));
        (answer.status.as_u16(), answer.json["code"].as_str().map(str::to_owned))
    };
    assert_eq!(code(path(""), 10_000), (200, None));
    assert_eq!(code(path(""), 10_001), (413, Some("too-large".into())));
    assert_eq!(code(path("&explain=summary"), 501), (413, Some("too-large".into())));
    assert_eq!(code(path(&format!("&{CANARY}=1")), 1), (422, Some("invalid-query".into())));
}

// --- hrg explain ---------------------------------------------------------------------------------------------------

fn explain(arguments: &[&str], input: &str) -> (Option<i32>, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hrg"))
        .args(["explain", "-", "--reference", PAYMENT])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("hrg runs");
    // A command that has seen enough is gone before it has read everything.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("hrg ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn hrg_explain_takes_a_record_days_or_a_request_of_each_dataset() {
    for dataset in DATASETS {
        let sent = records(dataset);
        let alone = if is_daily(dataset) { Json::Array(sent.clone()) } else { sent[0].clone() };
        let request = body(dataset, &sent, PAYMENT, "none");
        for input in [alone, request] {
            let (code, out, err) = explain(&["--dataset", dataset], &input.to_string());
            assert_eq!(code, Some(0), "{err}");
            assert!(out.contains(&format!("\n{} ", sound(dataset)[0].1)) && out.contains("rows: "), "{out}");
            assert_eq!(out.contains("Day 3, period "), is_daily(dataset), "{out}");
        }
        let (_, out, _) = explain(&["--dataset", dataset, "--json"], &sent[0].to_string());
        let answer: Json = serde_json::from_str(&out).expect("JSON");
        assert_eq!(results(&answer)[0]["hrg"], sound(dataset)[0].1, "one day needs no list");
    }
}

#[test]
fn hrg_explain_refuses_what_is_no_record_of_the_dataset() {
    let (code, _, err) = explain(&["--dataset", "em"], &records("nrd")[0].to_string());
    assert!(code == Some(1) && err.contains("the record cannot be read"), "{err}");
    let (code, _, err) = explain(&["--dataset", "ncc"], "[[]]");
    assert!(code == Some(1) && err.contains("the days cannot be read"), "{err}");
    let (code, _, err) = explain(&["--dataset", "dental"], "{}");
    assert!(code == Some(2) && err.contains("APC, NAC, EM"), "{err}");
    let folder = support::folder("tests/reference");
    let apc = ["--dataset", "em", "--reference-dir", &folder.to_string_lossy()];
    assert_eq!(explain(&apc, r#"{"age": 3}"#).0, Some(0));
}
