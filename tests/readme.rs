//! The README's examples give what the README says.

mod support;

use support::service::Service;

fn text(path: &str) -> String {
    std::fs::read_to_string(support::folder("").join(path)).expect("the file is readable")
}

#[test]
fn the_readmes_request_gets_the_readmes_answer() {
    let service = Service::over(vec![support::release("reference", "2024-25.payment")]);
    let request: serde_json::Value = serde_json::from_str(&text("tests/examples/request.json")).expect("JSON");
    let answer = service.post("/v1/group/apc", &request);
    assert_eq!(answer.status, 200);
    let readme = text("README.md");
    let spell = &answer.json["spell"];
    for key in ["hrg", "label", "groupingMethod", "dominantProcedure", "primaryDiagnosis"] {
        let line = format!("\"{key}\": {}", spell[key]);
        assert!(readme.contains(&line), "the README does not say {line}");
    }
    let last = answer.json["trace"]["steps"].as_array().expect("steps").iter().find(|s| s["rule"] == "A16");
    let sentence = last.and_then(|step| step["sentence"].as_str()).expect("a split");
    assert!(readme.contains(sentence), "the README does not say: {sentence}");
}

#[test]
fn the_readmes_emergency_record_gets_the_readmes_answer() {
    let service = Service::over(vec![support::release("reference", "2024-25.payment")]);
    let request: serde_json::Value = serde_json::from_str(&text("tests/examples/emergency.json")).expect("JSON");
    let answer = service.post("/v1/group/em", &request);
    assert_eq!(answer.status, 200, "{}", answer.json);
    let readme = text("README.md");
    let step = answer.json["trace"]["steps"].as_array().expect("steps").iter().find(|s| s["step"] == "E5");
    let step = step.expect("a cell");
    let said = |place: &serde_json::Value, key: &str| format!("\"{key}\": {}", place[key]);
    let mut lines = vec![said(&answer.json, "hrg"), said(&answer.json, "label"), said(step, "sentence")];
    let [message] = &answer.json["messages"].as_array().expect("messages")[..] else { panic!("one message") };
    lines.extend(["field", "code", "message", "situation"].map(|key| said(message, key)));
    lines.extend(["rows", "wouldChange"].map(|key| said(step, key).replace("\",\"", "\", \"")));
    for line in lines {
        assert!(readme.contains(&line), "the README does not say {line}");
    }
}

#[test]
fn the_example_spell_is_the_one_of_the_example_request() {
    let request: serde_json::Value = serde_json::from_str(&text("tests/examples/request.json")).expect("JSON");
    let spell: serde_json::Value = serde_json::from_str(&text("tests/examples/spell.json")).expect("JSON");
    assert_eq!(request["spell"], spell);
}
