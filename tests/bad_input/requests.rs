//! Bodies that are no request for one spell.

use crate::service::{CANARY, SINGLE, Sent, episode, request, spell};
use crate::support::TOY;
use axum::body::{Body, Bytes};
use http_body_util::{BodyExt, Full};
use serde_json::{Value as Json, json};
use std::future::ready;

/// A valid request.
fn valid() -> Json {
    request(&spell(&[episode()]))
}

/// A valid request with another value at a pointer, put in if it is not there.
fn with(pointer: &str, value: Json) -> Sent {
    let mut body = valid();
    let (above, name) = pointer.rsplit_once('/').expect("a pointer");
    body.pointer_mut(above).expect("the place is there")[name] = value;
    Sent::single(body)
}

/// A valid request with another value in a field of its episode.
fn field(name: &str, value: Json) -> Sent {
    with(&format!("/spell/episodes/0/{name}"), value)
}

/// A valid request as text, with one piece exchanged.
fn text(from: &str, to: &str) -> String {
    let body = valid().to_string();
    assert_eq!(body.matches(from).count(), 1, "{from} stands once in {body}");
    body.replace(from, to)
}

/// A valid request as bytes, the text `40` of the age exchanged.
fn age_bytes(bytes: &[u8]) -> Sent {
    let body = text("\"40\"", "\"?\"").into_bytes();
    let place = body.iter().position(|b| *b == b'?').expect("there");
    Sent::post(SINGLE, [&body[..place], bytes, &body[place + 1..]].concat())
}

fn brackets(count: usize) -> String {
    format!("{}{}", "[".repeat(count), "]".repeat(count))
}

/// A valid body that breaks off before its end.
fn broken_off() -> Body {
    let whole = Full::new(Bytes::from(valid().to_string())).map_err(|never| match never {});
    Body::new(whole.with_trailers(ready(Some(Err(std::io::Error::other(CANARY))))))
}

macro_rules! refused {
    ($($name:ident: $sent:expr => $status:literal $code:literal;)+) => {
        $(#[test] fn $name() { $sent.send().is_refused($status, $code); })+
    };
}

macro_rules! faulty {
    ($($name:ident: $sent:expr => $faults:expr;)+) => {
        $(#[test] fn $name() { $sent.send().has_faults(&$faults); })+
    };
}

refused! {
    a_body_without_a_content_type_is_refused: Sent::single(valid()).without("content-type") => 415 "unsupported-media-type";
    a_body_of_another_content_type_is_refused: Sent::single(valid()).header("content-type", b"text/csv") => 415 "unsupported-media-type";
    a_content_type_that_only_resembles_json_is_refused: Sent::single(valid()).header("content-type", b"application/jsonk9canary7f3e") => 415 "unsupported-media-type";
    a_content_type_that_is_not_text_is_refused: Sent::single(valid()).header("content-type", b"application/json\xff") => 415 "unsupported-media-type";

    an_empty_body_is_refused: Sent::single("") => 400 "malformed-json";
    a_body_of_blanks_is_refused: Sent::single(" \r\n\t ") => 400 "malformed-json";
    a_body_that_is_no_json_is_refused: Sent::single(CANARY) => 400 "malformed-json";
    a_body_cut_within_a_value_is_refused: Sent::single(valid().to_string().split_at(150).0) => 400 "malformed-json";
    a_body_cut_before_its_last_bracket_is_refused: Sent::single(valid().to_string().trim_end_matches('}')) => 400 "malformed-json";
    a_body_with_more_after_its_end_is_refused: Sent::single(format!("{} {CANARY}", valid())) => 400 "malformed-json";
    a_body_that_breaks_off_in_transit_is_refused: Sent::post(SINGLE, broken_off()) => 400 "malformed-json";
    a_byte_order_mark_before_the_json_is_refused: Sent::single(format!("\u{feff}{}", valid())) => 400 "malformed-json";
    a_body_in_utf_16_is_refused: Sent::post(SINGLE, valid().to_string().encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()) => 400 "malformed-json";
    single_quotes_are_refused: Sent::single(text("\"40\"", "'40'")) => 400 "malformed-json";
    a_trailing_comma_is_refused: Sent::single(text("\"oper\":[]", "\"oper\":[],")) => 400 "malformed-json";
    not_a_number_is_refused: Sent::single(text("\"40\"", "NaN")) => 400 "malformed-json";
    a_number_with_a_leading_zero_is_refused: Sent::single(text("\"40\"", "040")) => 400 "malformed-json";
    a_number_beyond_all_bounds_is_refused: Sent::single(text("\"40\"", "1e999")) => 400 "malformed-json";
    bytes_that_are_not_utf_8_are_refused: age_bytes(b"4\xff0") => 400 "malformed-json";
    latin_1_bytes_are_refused: age_bytes(b"\xe9") => 400 "malformed-json";
    an_overlong_utf_8_sequence_is_refused: age_bytes(b"\xc0\xaf") => 400 "malformed-json";
    a_bare_nul_in_a_value_is_refused: age_bytes(b"4\x000") => 400 "malformed-json";
    a_bare_line_end_in_a_value_is_refused: age_bytes(b"4\n0") => 400 "malformed-json";
    half_a_surrogate_pair_is_refused: Sent::single(text("\"40\"", "\"\\ud83d\"")) => 400 "malformed-json";

    a_body_over_the_limit_with_its_length_announced_is_refused: Sent::single(large()).header("content-length", large().len().to_string().as_bytes()) => 413 "too-large";
    a_body_over_the_limit_without_a_length_is_refused: Sent::single(large()) => 413 "too-large";
    an_announced_length_over_the_limit_is_refused_before_the_body_is_read: Sent::single(valid()).header("content-length", b"262145") => 413 "too-large";

    an_unknown_release_is_refused: with("/reference", json!(CANARY)) => 404 "unknown-reference";
    a_blank_release_is_refused: with("/reference", json!("")) => 404 "unknown-reference";
    a_release_named_in_another_case_is_refused: with("/reference", json!(TOY.to_uppercase())) => 404 "unknown-reference";
    a_release_pinned_to_another_digest_is_refused: with("/reference", json!(format!("{TOY}@sha256:{}", "0".repeat(64)))) => 404 "unknown-reference";
    a_release_pinned_to_no_digest_is_refused: with("/reference", json!(format!("{TOY}@"))) => 404 "unknown-reference";
    a_release_named_like_a_path_is_refused: with("/reference", json!(format!("../../{TOY}"))) => 404 "unknown-reference";
}

faulty! {
    a_request_that_is_a_text_is_refused: Sent::single(json!(CANARY)) => [" wrong-type"];
    a_request_that_is_null_is_refused: Sent::single(Json::Null) => [" wrong-type"];
    an_empty_request_is_refused: Sent::single("{}") => [" missing-field"];
    a_request_without_a_release_is_refused: Sent::single(json!({"spell": spell(&[episode()])})) => [" missing-field"];
    a_request_without_a_spell_is_refused: Sent::single(json!({"reference": TOY})) => [" missing-field"];
    a_spell_without_episodes_is_refused: with("/spell", json!({"provspno": CANARY})) => ["/spell missing-field"];
    a_release_that_is_a_number_is_refused: with("/reference", json!(2024)) => ["/reference wrong-type"];
    a_release_that_is_null_is_refused: with("/reference", Json::Null) => ["/reference wrong-type"];
    a_spell_that_is_a_text_is_refused: with("/spell", json!(CANARY)) => ["/spell wrong-type"];
    a_spell_that_is_null_is_refused: with("/spell", Json::Null) => ["/spell wrong-type"];
    a_provider_that_is_an_object_is_refused: with("/spell/procodet", json!({CANARY: 1})) => ["/spell/procodet wrong-type"];
    episodes_that_are_an_object_are_refused: with("/spell/episodes", json!({"0": {}})) => ["/spell/episodes wrong-type"];
    episodes_that_are_null_are_refused: with("/spell/episodes", Json::Null) => ["/spell/episodes wrong-type"];
    an_episode_that_is_a_text_is_refused: with("/spell/episodes", json!([episode(), CANARY])) => ["/spell/episodes/1 wrong-type"];
    an_episode_that_is_null_is_refused: with("/spell/episodes", json!([Json::Null])) => ["/spell/episodes/0 wrong-type"];
    a_request_that_is_a_list_is_refused: Sent::single(json!([TOY, "none", spell(&[episode()])])) => [" wrong-type"];
    a_spell_that_is_a_list_is_refused: with("/spell", json!(["TOY", "1", [episode()]])) => ["/spell wrong-type"];
    an_episode_that_is_a_list_is_refused: with("/spell/episodes", json!([["1", "40", "1"]])) => ["/spell/episodes/0 wrong-type"];

    an_age_with_a_fraction_is_refused: field("startage", json!(12.5)) => ["/spell/episodes/0/startage wrong-type"];
    an_age_of_twenty_digits_is_refused: Sent::single(text("\"40\"", "99999999999999999999")) => ["/spell/episodes/0/startage wrong-type"];
    an_age_with_an_exponent_that_leaves_a_fraction_is_refused: Sent::single(text("\"40\"", "405e-1")) => ["/spell/episodes/0/startage wrong-type"];
    a_sex_that_is_true_is_refused: field("sex", json!(true)) => ["/spell/episodes/0/sex wrong-type"];
    a_sex_that_is_a_list_is_refused: field("sex", json!(["1"])) => ["/spell/episodes/0/sex wrong-type"];
    a_sex_that_is_an_object_is_refused: field("sex", json!({"code": CANARY})) => ["/spell/episodes/0/sex wrong-type"];
    diagnoses_that_are_a_text_are_refused: field("diag", json!(CANARY)) => ["/spell/episodes/0/diag wrong-type"];
    diagnoses_that_are_null_are_refused: field("diag", Json::Null) => ["/spell/episodes/0/diag wrong-type"];
    a_diagnosis_that_is_a_list_is_refused: field("diag", json!(["D100", ["D181"]])) => ["/spell/episodes/0/diag/1 wrong-type"];
    a_procedure_that_is_a_fraction_is_refused: field("oper", json!(["P121", 5.1])) => ["/spell/episodes/0/oper/1 wrong-type"];
    ten_thousand_open_brackets_are_refused: Sent::single("{\"spell\":".to_owned() + &"[".repeat(10_000)) => ["/spell wrong-type"];
    ten_thousand_brackets_in_a_code_are_refused: Sent::single(text("\"D100\"", &brackets(10_000))) => ["/spell/episodes/0/diag/0 wrong-type"];

    an_unknown_field_of_the_request_is_refused: with("/k9canary7f3e", json!(1)) => [" unknown-field"];
    an_unknown_field_of_the_spell_is_refused: with("/spell/k9canary7f3e", json!(CANARY)) => ["/spell unknown-field"];
    an_unknown_field_of_an_episode_is_refused: field(CANARY, json!(CANARY)) => ["/spell/episodes/0 unknown-field"];
    a_field_name_in_upper_case_is_refused: field("SEX", json!("1")) => ["/spell/episodes/0 unknown-field"];
    a_numbered_diagnosis_field_is_refused: field("diag_01", json!("D100")) => ["/spell/episodes/0 unknown-field"];
    a_field_given_twice_is_refused: Sent::single(text("\"sex\":", "\"sex\":\"k9canary7f3e\",\"sex\":")) => ["/spell/episodes/0 duplicate-field"];
    diagnoses_given_twice_are_refused: Sent::single(text("\"diag\":", "\"diag\":[\"k9canary7f3e\"],\"diag\":")) => ["/spell/episodes/0 duplicate-field"];
    a_release_given_twice_is_refused: Sent::single(text("\"reference\":", "\"reference\":\"k9canary7f3e\",\"reference\":")) => [" duplicate-field"];

    an_unknown_explanation_is_refused: with("/explain", json!(CANARY)) => ["/explain unknown-value"];
    an_explanation_in_upper_case_is_refused: with("/explain", json!("FULL")) => ["/explain unknown-value"];
    an_explanation_that_is_a_number_is_refused: with("/explain", json!(5)) => ["/explain wrong-type"];
    an_explanation_that_is_true_is_refused: with("/explain", json!(true)) => ["/explain wrong-type"];
    an_explanation_that_is_null_is_refused: with("/explain", Json::Null) => ["/explain wrong-type"];
    an_explanation_that_is_a_list_is_refused: with("/explain", json!(["full"])) => ["/explain wrong-type"];
    an_explanation_that_is_an_object_is_refused: with("/explain", json!({"full": null})) => ["/explain wrong-type"];

    a_number_that_json_does_not_carry_to_its_last_digit_is_refused: field("startage", json!(9_007_199_254_740_992_u64)) => ["/spell/episodes/0/startage wrong-type"];
    a_number_below_all_that_json_carries_is_refused: field("startage", json!(-9_007_199_254_740_992_i64)) => ["/spell/episodes/0/startage wrong-type"];
    a_value_that_mimics_the_parser_is_not_repeated: field("diag", json!("x, expected k9canary7f3e")) => ["/spell/episodes/0/diag wrong-type"];
    a_value_that_mimics_the_whole_of_the_parsers_words_is_not_repeated: field("diag", json!("x, expected k9canary7f3e at line 1 column 1")) => ["/spell/episodes/0/diag wrong-type"];
    a_field_name_that_mimics_the_whole_of_the_parsers_words_is_not_repeated: field("x`, expected k9canary7f3e at line 1 column 1", json!(1)) => ["/spell/episodes/0 unknown-field"];
    a_field_name_that_mimics_the_parser_is_not_repeated: field("x, expected k9canary7f3e", json!(1)) => ["/spell/episodes/0 unknown-field"];
    an_explanation_that_mimics_the_parser_is_not_repeated: with("/explain", json!("x, expected k9canary7f3e")) => ["/explain unknown-value"];

    a_spell_of_no_episodes_is_refused: with("/spell/episodes", json!([])) => ["/spell/episodes too-few"];
    a_spell_of_201_episodes_is_refused: with("/spell/episodes", json!(vec![json!({}); 201])) => ["/spell/episodes too-many"];
    one_hundred_diagnoses_are_refused: field("diag", json!(vec!["D100"; 100])) => ["/spell/episodes/0/diag too-many"];
    one_hundred_procedures_are_refused: field("oper", json!(vec!["P121"; 100])) => ["/spell/episodes/0/oper too-many"];
    one_hundred_blanks_are_refused: field("diag", json!(vec![""; 100])) => ["/spell/episodes/0/diag too-many"];
    everything_that_is_too_many_is_listed: with("/spell/episodes", json!([
        {"diag": vec![CANARY; 100], "oper": vec![CANARY; 100]}, {}, {"oper": vec![""; 150]}
    ])) => ["/spell/episodes/0/diag too-many", "/spell/episodes/0/oper too-many", "/spell/episodes/2/oper too-many"];
}

/// A valid request that blanks bring over the limit of 256 KiB by one byte.
fn large() -> String {
    filled(262_145)
}

/// A valid request that blanks bring to that length.
fn filled(length: usize) -> String {
    let body = valid().to_string();
    let blanks = " ".repeat(length - body.len());
    body + &blanks
}

#[test]
fn a_body_of_exactly_the_limit_is_grouped() {
    assert_eq!(Sent::single(filled(262_144)).send().json["spell"]["hrg"], "RA10C");
}

#[test]
fn a_request_with_its_content_type_in_full_is_grouped() {
    let sent = Sent::single(valid()).header("content-type", b"Application/JSON; charset=utf-8");
    assert_eq!(sent.send().json["spell"]["hrg"], "RA10C");
}

#[test]
fn a_whole_number_is_one_however_json_writes_it() {
    for number in ["40", "40.0", "4e1", "4.0E+1"] {
        let received = Sent::single(text("\"40\"", number)).send();
        assert_eq!(received.json["spell"]["hrg"], "RA10C", "{number}");
    }
}

#[test]
fn the_limits_themselves_are_grouped() {
    let mut sent = episode();
    sent["diag"] = json!(vec!["D100"; 99]);
    sent["oper"] = json!(vec!["P121"; 99]);
    let episodes: Vec<Json> = (0..200).map(|_| sent.clone()).collect();
    let received = Sent::batch(json!([spell(&episodes)])).send();
    assert_eq!(received.json["results"][0]["spell"]["episodeCount"], 200);
    assert_eq!(received.json["results"][0]["status"], "invalid", "episode numbers repeat");
}
