//! Batches that are none, and batches of which a part is bad.

use crate::service::{BATCH, CANARY, Received, Sent, are_faults, episode, faults_of, spell};
use crate::support::TOY;
use serde_json::{Value as Json, json};

fn valid() -> Json {
    spell(&[episode()])
}

/// A batch of one valid spell, with a query of its own.
fn query(query: &str) -> Sent {
    Sent::post(&format!("{BATCH}{query}"), json!([valid()]).to_string())
}

macro_rules! refused {
    ($($name:ident: $sent:expr => $status:literal $code:literal;)+) => {
        $(#[test] fn $name() { $sent.send().is_refused($status, $code); })+
    };
}

refused! {
    a_batch_without_a_query_is_refused: query("") => 422 "invalid-query";
    a_batch_without_a_release_is_refused: query("?explain=none") => 422 "invalid-query";
    a_batch_with_an_unknown_parameter_is_refused: query(&format!("?reference={TOY}&{CANARY}=1")) => 422 "invalid-query";
    a_batch_with_an_unknown_explanation_is_refused: query(&format!("?reference={TOY}&explain={CANARY}")) => 422 "invalid-query";
    a_batch_with_a_blank_explanation_is_refused: query(&format!("?reference={TOY}&explain=")) => 422 "invalid-query";
    a_batch_with_two_releases_is_refused: query(&format!("?reference={TOY}&reference={CANARY}")) => 422 "invalid-query";
    a_batch_with_an_unknown_release_is_refused: query(&format!("?reference={CANARY}")) => 404 "unknown-reference";
    a_batch_with_a_blank_release_is_refused: query("?reference=") => 404 "unknown-reference";
    a_batch_with_a_release_that_is_not_utf_8_is_refused: query("?reference=%FF%FE") => 404 "unknown-reference";
    a_batch_pinned_to_another_digest_is_refused: query(&format!("?reference={TOY}@sha256:0000")) => 404 "unknown-reference";

    a_batch_of_another_content_type_is_refused: Sent::batch("[]").header("content-type", b"text/plain") => 415 "unsupported-media-type";
    an_empty_batch_body_is_refused: Sent::batch("") => 400 "malformed-json";
    a_batch_cut_between_spells_is_refused: Sent::batch(format!("[{},", valid())) => 400 "malformed-json";
    a_batch_cut_within_a_spell_is_refused: Sent::batch(format!("[{},{}", valid(), valid()).trim_end_matches('}')) => 400 "malformed-json";
    a_batch_with_more_after_its_end_is_refused: Sent::batch(format!("[{}]{CANARY}", valid())) => 400 "malformed-json";
    a_batch_of_lines_is_refused: Sent::batch(format!("[{}]\n[{}]", valid(), valid())) => 400 "malformed-json";
    a_batch_of_ten_thousand_open_brackets_is_refused: Sent::batch("[".repeat(10_000)) => 400 "malformed-json";
    a_batch_of_10_001_spells_is_refused: Sent::batch(format!("[{}0]", "0,".repeat(10_000))) => 413 "too-large";
    a_batch_of_501_spells_with_traces_is_refused: Sent::post(&format!("{BATCH}?reference={TOY}&explain=summary"), format!("[{}0]", "0,".repeat(500))) => 413 "too-large";
    a_batch_over_the_limit_of_bytes_is_refused: Sent::batch("[]".to_owned() + &" ".repeat(16_777_215)) => 413 "too-large";
}

macro_rules! faulty {
    ($($name:ident: $body:expr;)+) => {
        $(#[test] fn $name() { Sent::batch($body).send().has_faults(&[" wrong-type"]); })+
    };
}

faulty! {
    a_batch_that_is_one_spell_is_refused: valid();
    a_batch_that_is_a_text_is_refused: json!(CANARY);
    a_batch_that_is_a_number_is_refused: "5";
    a_batch_that_is_null_is_refused: "null";
}

/// That the counts are those of the results, and that every line is there in order.
#[track_caller]
fn results(received: &Received) -> &[Json] {
    assert_eq!(received.status, 200, "{received:?}");
    let results = received.json["results"].as_array().map(Vec::as_slice).unwrap_or_default();
    let lines: Vec<_> = results.iter().filter_map(|result| result["line"].as_u64()).collect();
    assert_eq!(lines, (1..=results.len() as u64).collect::<Vec<_>>());
    let count = |status| results.iter().filter(|result| result["status"] == status).count();
    let summary = &received.json["summary"];
    assert_eq!(summary["read"], results.len(), "{summary}");
    for status in ["grouped", "invalid", "rejected"] {
        assert_eq!(summary[status], count(status), "{status}: {summary}");
    }
    for result in results {
        let rejected = result["status"] == "rejected";
        assert_eq!(rejected, !result["errors"].is_null(), "{result}");
        assert_eq!(rejected, result["spell"].is_null() && result["episodes"].is_null(), "{result}");
        are_faults(&result["errors"]);
    }
    results
}

macro_rules! rejected {
    ($($name:ident: $bad:expr => $faults:expr;)+) => {
        $(
            #[test]
            fn $name() {
                let received = Sent::batch(format!("[{},{},{}]", valid(), $bad, valid())).send();
                let results = results(&received);
                let statuses: Vec<_> = results.iter().filter_map(|result| result["status"].as_str()).collect();
                assert_eq!(statuses, ["grouped", "rejected", "grouped"]);
                assert_eq!(faults_of(&results[1]), $faults);
                for place in [0, 2] {
                    assert_eq!(results[place]["spell"]["hrg"], "RA10C");
                }
            }
        )+
    };
}

rejected! {
    a_number_among_spells_is_rejected_alone: 5 => ["/1 wrong-type"];
    a_text_among_spells_is_rejected_alone: json!(CANARY) => ["/1 wrong-type"];
    null_among_spells_is_rejected_alone: Json::Null => ["/1 wrong-type"];
    a_list_among_spells_is_rejected_alone: json!(["TOY", "1", [episode()]]) => ["/1 wrong-type"];
    an_empty_object_among_spells_is_rejected_alone: json!({}) => ["/1 missing-field"];
    a_whole_request_among_spells_is_rejected_alone: json!({"reference": TOY, "spell": valid()}) => ["/1/reference unknown-field"];
    a_spell_with_an_unknown_field_is_rejected_alone: json!({CANARY: CANARY, "episodes": [{}]}) => ["/1 unknown-field"];
    a_spell_with_a_field_given_twice_is_rejected_alone: "{\"procodet\":\"A\",\"procodet\":\"B\",\"episodes\":[{}]}" => ["/1 duplicate-field"];
    a_spell_with_a_wrong_type_is_rejected_alone: json!({"episodes": [{}, {"sex": 1.5}]}) => ["/1/episodes/1/sex wrong-type"];
    a_spell_that_mimics_the_parser_is_rejected_unrepeated: json!({"episodes": ["x, expected k9canary7f3e"]}) => ["/1/episodes/0 wrong-type"];
    a_spell_of_no_episodes_is_rejected_alone: json!({"episodes": []}) => ["/1/episodes too-few"];
    a_spell_of_201_episodes_is_rejected_alone: json!({"episodes": vec![json!({}); 201]}) => ["/1/episodes too-many"];
    a_spell_with_100_diagnoses_is_rejected_alone: json!({"episodes": [{"diag": vec![CANARY; 100]}]}) => ["/1/episodes/0/diag too-many"];
    ten_thousand_nested_lists_among_spells_are_rejected_alone: format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)) => ["/1 wrong-type"];
    a_spell_with_half_a_surrogate_pair_is_rejected_alone: "{\"procodet\":\"\\ud83d\",\"episodes\":[{}]}" => ["/1 malformed-json"];
    a_spell_with_a_number_beyond_all_bounds_is_rejected_alone: "{\"procodet\":1e999,\"episodes\":[{}]}" => ["/1 malformed-json"];
}

#[test]
fn a_mixed_batch_keeps_every_spell_in_its_place() {
    let mut unknown = episode();
    unknown["diag"] = json!(["Q999"]);
    let body = json!([valid(), {}, spell(&[unknown]), valid(), null, {"episodes": [{}]}, 1]);
    let received = Sent::batch(body).send();
    let statuses: Vec<_> = results(&received).iter().map(|result| &result["status"]).collect();
    assert_eq!(statuses, ["grouped", "rejected", "invalid", "grouped", "rejected", "invalid", "rejected"]);
}

#[test]
fn an_empty_batch_has_no_results_and_a_summary() {
    let received = Sent::batch("[]").send();
    assert_eq!(results(&received).len(), 0);
}

#[test]
fn ten_thousand_bad_spells_have_ten_thousand_results() {
    let received = Sent::batch(format!("[{}0]", "0,".repeat(9_999))).send();
    let results = results(&received);
    assert_eq!(results.len(), 10_000);
    assert_eq!(faults_of(&results[9_999]), ["/9999 wrong-type"]);
}
