//! Paths, methods and headers that are wrong.

use crate::service::{BATCH, CANARY, Received, SINGLE, Sent, episode, request, spell};
use crate::support::TOY;

fn get(path: &str) -> Sent {
    Sent::new("GET", path)
}

macro_rules! refused {
    ($($name:ident: $sent:expr => $status:literal $code:literal $instance:literal;)+) => {
        $(
            #[test]
            fn $name() {
                let received = $sent.send();
                received.is_refused($status, $code);
                assert_eq!(received.json["instance"], $instance);
            }
        )+
    };
}

refused! {
    an_unknown_path_is_refused_and_not_repeated: get("/k9canary7f3e") => 404 "not-found" "";
    an_unknown_path_below_a_known_one_is_refused: get("/v1/group/apc/k9canary7f3e") => 404 "not-found" "";
    an_unknown_logic_is_refused: Sent::post("/v1/group/k9canary7f3e", "{}") => 404 "not-found" "";
    an_unknown_version_of_the_interface_is_refused: Sent::post("/v2/group/apc", "{}") => 404 "not-found" "";
    a_path_that_climbs_is_refused: get("/v1/../../k9canary7f3e") => 404 "not-found" "";
    a_slash_too_many_is_refused: Sent::post("/v1/group/apc/", "{}") => 404 "not-found" "";
    an_unknown_page_of_the_documents_is_refused: get("/docs/k9canary7f3e") => 404 "not-found" "/docs/{*rest}";
    an_unknown_release_in_a_path_is_refused: get("/v1/references/k9canary7f3e") => 404 "unknown-reference" "/v1/references/{id}";
    a_release_in_a_path_pinned_to_another_digest_is_refused: get(&format!("/v1/references/{TOY}@sha256:00")) => 404 "unknown-reference" "/v1/references/{id}";
    a_release_in_a_path_with_an_escaped_slash_is_refused: get("/v1/references/..%2F..%2Fk9canary7f3e") => 404 "unknown-reference" "/v1/references/{id}";
    a_release_in_a_path_with_an_escaped_nul_is_refused: get("/v1/references/%00") => 404 "unknown-reference" "/v1/references/{id}";
    a_release_in_a_path_that_is_not_utf_8_is_refused: get("/v1/references/%FFk9canary7f3e") => 400 "refused" "/v1/references/{id}";
    reading_where_grouping_is_asked_is_refused: get(SINGLE) => 405 "method-not-allowed" "/v1/group/apc";
    reading_where_a_batch_is_asked_is_refused: get(BATCH) => 405 "method-not-allowed" "/v1/group/apc/batch";
    deleting_the_releases_is_refused: Sent::new("DELETE", "/v1/references") => 405 "method-not-allowed" "/v1/references";
    writing_a_release_is_refused: Sent::new("PUT", "/v1/references/k9canary7f3e") => 405 "method-not-allowed" "/v1/references/{id}";
    a_method_that_nobody_knows_is_refused: Sent::new("K9CANARY7F3E", SINGLE) => 405 "method-not-allowed" "/v1/group/apc";
}

#[test]
fn a_wrong_method_is_answered_with_the_right_ones() {
    for (method, path, allowed) in
        [("GET", SINGLE, "POST"), ("PATCH", BATCH, "POST"), ("POST", "/v1/references", "GET,HEAD")]
    {
        assert_eq!(Sent::new(method, path).send().header("allow"), allowed, "{method} {path}");
    }
}

#[test]
fn a_query_where_none_is_asked_changes_nothing() {
    assert_eq!(get("/v1/references?k9canary7f3e=k9canary7f3e").send().json["references"][0]["id"], TOY);
}

/// A valid request with a header.
fn with(name: &'static str, value: &[u8]) -> Received {
    let received = Sent::single(request(&spell(&[episode()]))).header(name, value).send();
    assert_eq!(received.status, 200, "{received:?}");
    received
}

const SENT_ID: &str = "0b6c2a52-3f0e-4b53-9f5e-0c4d1e6c7a11";

#[test]
fn a_request_id_is_mirrored() {
    assert_eq!(with("x-request-id", SENT_ID.as_bytes()).header("x-request-id"), SENT_ID);
    assert_eq!(get("/k9canary7f3e").header("x-request-id", SENT_ID.as_bytes()).send().json["requestId"], SENT_ID);
}

macro_rules! replaced {
    ($($name:ident: $value:expr;)+) => {
        // The contract asks of every answer that its id is a UUID and that it does not hold the canary.
        $(#[test] fn $name() { with("x-request-id", $value); })+
    };
}

replaced! {
    a_request_id_that_is_a_word_is_replaced: CANARY.as_bytes();
    a_blank_request_id_is_replaced: b"";
    a_request_id_one_digit_short_is_replaced: b"0b6c2a52-3f0e-4b53-9f5e-0c4d1e6c7a1";
    a_request_id_with_text_after_it_is_replaced: b"0b6c2a52-3f0e-4b53-9f5e-0c4d1e6c7a11k9canary7f3e";
    a_request_id_that_is_not_text_is_replaced: b"\xff\xfe";
    a_request_id_of_ten_thousand_letters_is_replaced: "a".repeat(10_000).as_bytes();
}

#[test]
fn a_plain_correlation_id_is_mirrored() {
    assert_eq!(with("x-correlation-id", b"a-b_c.d:1").header("x-correlation-id"), "a-b_c.d:1");
}

macro_rules! dropped {
    ($($name:ident: $value:expr;)+) => {
        $(
            #[test]
            fn $name() {
                assert!(with("x-correlation-id", $value).headers.get("x-correlation-id").is_none());
            }
        )+
    };
}

dropped! {
    a_correlation_id_with_a_blank_is_dropped: b"k9canary7f3e 1";
    a_correlation_id_with_markup_is_dropped: b"<b>k9canary7f3e</b>";
    a_correlation_id_that_is_not_text_is_dropped: b"k9canary7f3e\xff";
    a_correlation_id_of_129_letters_is_dropped: "a".repeat(129).as_bytes();
}
