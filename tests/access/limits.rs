//! How much and how fast: what `/v1/limits` says, the rate of each client, and requests beyond those there is room for.

use super::cast::{ALL, Guarded, request};
use crate::support::service::Answer;
use axum::body::Body;
use axum::http::header;
use hrg_grouper::access::AccessSettings;
use hrg_grouper::http::limits::Limits;
use serde_json::json;

fn header_of<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).map_or("", |value| value.to_str().expect("text"))
}

#[test]
fn each_client_has_its_own_rate_and_is_told_how_it_stands() {
    let guarded = Guarded::by_tokens(Limits { rate_per_second: Some(1), rate_burst: 3, ..Limits::default() });
    let (one, other) = (guarded.server.token("trust-a", ALL), guarded.server.token("trust-b", ALL));
    for left in [2, 1, 0] {
        let answer = guarded.get("/v1/references", &one);
        assert_eq!(answer.status, 200);
        assert_eq!(header_of(&answer, "ratelimit-policy"), "\"client\";q=3;w=3");
        assert_eq!(header_of(&answer, "ratelimit"), format!("\"client\";r={left};t={}", 3 - left));
        assert_eq!(header_of(&answer, "retry-after"), "");
    }
    // Another token of the same client is no other client.
    let answer = guarded.get("/v1/references", &guarded.server.token("trust-a", "reference:read"));
    answer.check_envelope();
    assert_eq!((answer.status.as_u16(), &answer.json["code"]), (429, &json!("rate-limited")));
    assert_eq!(header_of(&answer, "retry-after"), "1");
    assert_eq!(header_of(&answer, "ratelimit"), "\"client\";r=0;t=1");
    assert_eq!(guarded.get("/v1/references", &other).status, 200, "another client is not its business");
    let health = guarded.send(&guarded.public, request("GET", "/health/live").body(Body::empty()).expect("a request"));
    assert_eq!((health.status.as_u16(), header_of(&health, "ratelimit")), (200, ""));
    assert_eq!(guarded.get("/v1/references", "garbage").status, 401, "nobody has no rate");
}

#[test]
fn a_refused_request_says_how_the_client_stands_too() {
    let guarded = Guarded::by_tokens(Limits::default());
    let answer = guarded.get("/v1/references", &guarded.server.token("trust-a", "group"));
    assert_eq!(answer.status, 403);
    assert_eq!(header_of(&answer, "ratelimit-policy"), "\"client\";q=200;w=4");
    assert_eq!(header_of(&answer, "ratelimit"), "\"client\";r=199;t=1");
}

#[test]
fn limits_are_those_of_the_service_and_of_the_client() {
    let set = Limits { single_bytes: 1000, seconds: 7, streams: 3, ..Limits::default() };
    let guarded = Guarded::by_tokens(set.clone());
    let answer = guarded.get("/v1/limits", &guarded.server.token("trust-a", "")).json;
    assert_eq!(answer["client"], "oauth:trust-a");
    assert_eq!(answer["single"]["bytes"], 1000);
    assert_eq!(answer["service"]["requestSeconds"], 7);
    assert_eq!(answer["stream"]["atOnce"], 3);
    assert_eq!(answer["rate"], json!({"perSecond": 50, "burst": 200}));
    assert_eq!(answer["jobs"]["keptHours"], 24);
    let request = |bytes: usize| {
        let token = guarded.server.token("trust-a", "group");
        let request = request("POST", "/v1/group/apc").header(header::AUTHORIZATION, format!("Bearer {token}"));
        let request = request.header(header::CONTENT_TYPE, "application/json");
        guarded.send(&guarded.public, request.body(Body::from(vec![b' '; bytes])).expect("a request")).status.as_u16()
    };
    assert_eq!((request(1000), request(1001)), (400, 413), "what it says is what holds");

    let open = Guarded::open(&AccessSettings::default(), set, tempfile::tempdir().expect("a folder"));
    let ask = super::cast::request("GET", "/v1/limits").body(Body::empty()).expect("a request");
    let answer = open.send(&open.public, ask);
    assert_eq!((&answer.json["client"], &answer.json["rate"]), (&json!("anonymous"), &json!(null)));
    assert_eq!(header_of(&answer, "ratelimit-policy"), "", "nobody is known, so nobody is counted");
}

#[test]
fn requests_beyond_those_there_is_room_for_are_refused_at_once() {
    let limits = Limits { requests: 1, ..Limits::default() };
    let open = Guarded::open(&AccessSettings::default(), limits, tempfile::tempdir().expect("a folder"));
    // A body that never comes keeps its request's place.
    let (hold, held) = tokio::sync::mpsc::channel::<Result<axum::body::Bytes, std::io::Error>>(1);
    let body = futures_util::stream::unfold(held, |mut held| async { held.recv().await.map(|piece| (piece, held)) });
    let slow = request("POST", "/v1/group/apc").header(header::CONTENT_TYPE, "application/json");
    let slow = slow.body(Body::from_stream(body)).expect("a request");
    let mut slow = Box::pin(tower::ServiceExt::oneshot(open.public.clone(), slow));
    open.runtime.block_on(std::future::poll_fn(|context| {
        assert!(slow.as_mut().poll(context).is_pending(), "it waits for its body");
        std::task::Poll::Ready(())
    }));
    let ask = |path| open.send(&open.public, request("GET", path).body(Body::empty()).expect("a request"));
    let refused = ask("/v1/references");
    refused.check_envelope();
    assert_eq!((refused.status.as_u16(), &refused.json["code"]), (503, &json!("overloaded")));
    assert_eq!(header_of(&refused, "retry-after"), "1");
    assert_eq!(ask("/health/ready").status, 200, "health is answered all the same");
    drop(hold);
    let answer = open.runtime.block_on(slow).expect("an answer");
    assert_eq!(answer.status(), 400);
    assert_eq!(ask("/v1/references").status, 200, "its place is free again");
}
