//! The check before grouping through its two doors: the command and the service.

mod support;

use axum::body::Body;
use axum::http::{Method, Request, header};
use hrg_grouper::reference::Dataset;
use serde_json::{Value as Json, json};
use std::process::Command;
use support::service::{Answer, Service};
use support::seven;

fn text(dataset: Dataset, ending: &str) -> String {
    std::fs::read_to_string(seven::sample(dataset, ending)).expect("a sample")
}

fn service() -> Service {
    Service::over(vec![seven::release().clone()])
}

fn id() -> &'static str {
    &seven::release().identity.id
}

fn csv(service: &Service, path: &str, body: String) -> Answer {
    let request = Request::builder().method(Method::POST).uri(path).header(header::CONTENT_TYPE, "text/csv");
    service.send(request.body(Body::from(body)).expect("a request"))
}

fn codes(report: &Json) -> Vec<&str> {
    report["findings"].as_array().expect("findings").iter().filter_map(|finding| finding["code"].as_str()).collect()
}

/// Runs `hrg check` over the sample of a dataset.
fn check(dataset: Dataset, args: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hrg"));
    command.arg("check").args(args).arg("-i").arg(seven::sample(dataset, "csv"));
    command.arg("-d").arg(seven::sample(dataset, "rdf"));
    seven::choose(&mut command);
    let output = command.output().expect("hrg runs");
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn the_command_tells_the_patterns_and_the_commonest_reasons() {
    let (code, said) = check(Dataset::Em, &["-h", "-l", "EM"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.starts_with("EM: 11 of 32 records would be UZ01Z (34.4%)\n"), "{said}");
    assert!(said.contains("error leading-zeros-lost TREAT: 1 ("), "{said}");
    assert!(said.contains("warning treatments-ambiguous TREAT: "), "{said}");
    let (code, said) = check(Dataset::Nrd, &["--format", "json"]);
    assert_eq!(code, Some(0), "{said}");
    let report: Json = serde_json::from_str(&said).expect("JSON");
    assert!(codes(&report).contains(&"header-not-declared"), "{said}");
    assert_eq!(report["dataset"], "nrd", "the definition tells the logic");
}

#[test]
fn the_readmes_check_says_what_the_readme_says() {
    let (_, said) = check(Dataset::Apc, &["-h"]);
    let readme = std::fs::read_to_string(support::folder("README.md")).expect("a README");
    assert!(readme.contains(&format!("```text\n{said}```")), "the README does not say:\n{said}");
}

#[test]
fn the_command_fails_with_the_codes_of_grouping() {
    assert_eq!(check(Dataset::Em, &["-l", "XYZ"]).0, Some(6));
    let (code, said) = check(Dataset::Em, &["-l", "APC"]);
    assert_eq!(code, Some(7), "{said}");
    assert!(said.contains("lacks mandatory fields of APC"), "{said}");
}

#[test]
fn the_service_takes_csv_by_its_header_and_json_with_a_definition_and_says_the_same() {
    let service = service();
    for dataset in Dataset::ALL {
        let name = dataset.to_string().to_lowercase();
        // The full stops that the definition extracts are dropped in any case.
        let path = format!("/v1/check/{name}?reference={}&header=true", id());
        let by_header = csv(&service, &path, text(dataset, "csv"));
        assert_eq!(by_header.status, 200, "{}", by_header.json);
        let body = json!({ "definition": text(dataset, "rdf"), "data": text(dataset, "csv") });
        let by_definition = service.post(&path, &body);
        assert_eq!(by_definition.status, 200, "{}", by_definition.json);
        assert_eq!(by_header.json, by_definition.json, "{dataset}");
        assert_eq!(by_header.json["reference"]["id"], id());
        assert!(by_header.json["failing"].as_u64() > Some(5), "{}", by_header.json);
        assert_eq!(by_header.json["reasons"].as_array().map(Vec::len), Some(3));
        assert_eq!(by_header.headers["hrg-reference"], id());
        assert_eq!(by_header.headers["cache-control"], "no-store");
    }
}

#[test]
fn what_cannot_be_looked_at_is_refused_without_repeating_it() {
    let service = service();
    let path = |dataset: &str, more: &str| format!("/v1/check/{dataset}?reference={}{more}", id());
    let body = |definition: &str, data: &str| json!({ "definition": definition, "data": data });
    let sound = text(Dataset::Nrd, "rdf");
    let refused: Vec<(Answer, u16, &str)> = vec![
        (service.post(&path("xyz", ""), &body(&sound, "1")), 404, "not-found"),
        (service.post("/v1/check/nrd?reference=none", &body(&sound, "1")), 404, "unknown-reference"),
        (service.post("/v1/check/nrd", &body(&sound, "1")), 422, "invalid-query"),
        (service.post(&path("nrd", "&header=maybe"), &body(&sound, "1")), 422, "invalid-query"),
        (csv(&service, &path("nrd", ""), "AGE\n1\n".to_owned()), 422, "invalid-query"),
        (csv(&service, &path("nrd", "&header=true"), "AGE\n1\n".to_owned()), 422, "invalid-body"),
        (csv(&service, &path("nrd", "&header=true"), String::new()), 422, "invalid-body"),
        (csv(&service, &path("nrd", "&header=true"), "AGE,RENALMOD,RENALSITE\n".to_owned()), 422, "invalid-body"),
        (service.post(&path("nrd", ""), &body("CANARY", "1")), 422, "invalid-body"),
        (service.post(&path("nrd", ""), &body("COMMA DELIMITED\nCANARY,CANARY,1,,,,\n", "1")), 422, "invalid-body"),
        (service.post(&path("nrd", ""), &json!({ "CANARY": "1" })), 422, "invalid-body"),
        (service.post(&path("nrd", ""), &body(&sound, "")), 422, "invalid-body"),
    ];
    for (answer, status, code) in refused {
        assert_eq!((answer.status.as_u16(), &answer.json["code"]), (status, &json!(code)), "{}", answer.json);
        assert!(!answer.json.to_string().contains("CANARY"), "{}", answer.json);
    }
    let request =
        Request::builder().method(Method::POST).uri(path("nrd", "")).header(header::CONTENT_TYPE, "text/plain");
    let answer = service.send(request.body(Body::from("x")).expect("a request"));
    assert_eq!(answer.json["code"], "unsupported-media-type");
}

#[test]
fn bytes_that_are_no_text_are_looked_at_too() {
    let mut body = text(Dataset::Nac, "csv").into_bytes();
    body.extend(b"\xff\xfe,\xe9,,,\n");
    let path = format!("/v1/check/nac?reference={}&header=true", id());
    let request = Request::builder().method(Method::POST).uri(path).header(header::CONTENT_TYPE, "text/csv; charset=x");
    let answer = service().send(request.body(Body::from(body)).expect("a request"));
    assert_eq!(answer.status, 200, "{}", answer.json);
    assert_eq!(answer.json["records"], 32);
}
