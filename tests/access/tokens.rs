//! Tokens in detail: keys that change, kinds of keys, and lists of scopes.

use super::cast::{ALL, Guarded, Server, claims_with};
use axum::http::header;
use hrg_grouper::access::settings::OauthSettings;
use hrg_grouper::http::limits::Limits;
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};

const READ: &str = "/v1/references";

#[test]
fn a_good_token_is_taken_again_and_again_and_scopes_may_be_a_list() {
    let guarded = Guarded::by_tokens(Limits::default());
    let token = guarded.server.token("trust-a", "openid reference:read");
    for _ in 0..3 {
        assert_eq!(guarded.get(READ, &token).status, 200);
    }
    let list = guarded.server.sign(&claims_with("", &json!({"scope": null, "scp": ["reference:read"]})), "one");
    assert_eq!(guarded.get(READ, &list).status, 200);
    let limits = guarded.get("/v1/limits", &token);
    assert_eq!(limits.json["client"], "oauth:trust-a");
}

#[test]
fn two_credentials_are_none() {
    let guarded = Guarded::by_tokens(Limits::default());
    let bearer = format!("Bearer {}", guarded.server.token("trust-a", ALL));
    let two = [
        axum::http::Request::builder().uri(READ).header(header::AUTHORIZATION, &bearer).header("X-API-Key", "hrg_a_b"),
        axum::http::Request::builder()
            .uri(READ)
            .header(header::AUTHORIZATION, &bearer)
            .header(header::AUTHORIZATION, &bearer),
    ];
    for request in two {
        let answer = guarded.send(&guarded.public, request.body(axum::body::Body::empty()).expect("a request"));
        assert_eq!(answer.status, 401);
    }
}

#[test]
fn keys_that_change_are_read_again_and_old_tokens_are_forgotten() {
    let guarded = Guarded::by_tokens(Limits::default());
    let (old, new) = (guarded.server.token("trust-a", ALL), Server::new(9).token("trust-a", ALL));
    assert_eq!((guarded.get(READ, &old).status.as_u16(), guarded.get(READ, &new).status.as_u16()), (200, 401));
    let lodge = Arc::clone(guarded.lodge.as_ref().expect("callers are known"));
    let keeping = guarded.runtime.spawn(lodge.keep_up());
    let file = guarded.path().join("jwks.json");
    // A file that is no list changes nothing.
    std::fs::write(&file, "{}").expect("written");
    std::thread::sleep(Duration::from_millis(2500));
    assert_eq!(guarded.get(READ, &old).status, 200, "the keys before stay in force");
    std::fs::write(&file, Server::new(9).key_set().to_string()).expect("written");
    let begun = Instant::now();
    while guarded.get(READ, &new).status != 200 {
        assert!(begun.elapsed() < Duration::from_secs(20), "the new keys are not read");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(guarded.get(READ, &old).status, 401, "a token of the old key, though it was found good before");
    keeping.abort();
}

#[test]
fn algorithms_that_share_a_secret_and_keys_over_open_lines_are_not_configured() {
    let settings = |others: &str| {
        let text = format!("issuer = \"a\"\naudience = \"b\"\n{others}");
        toml::from_str::<OauthSettings>(&text).map_err(|fault| fault.message().to_owned())
    };
    let shared = settings("jwks_file = \"c\"\nalgorithms = [\"ES256\", \"HS256\"]").expect_err("refused");
    assert!(shared.contains("HS256 is not taken"), "{shared}");
    assert!(settings("jwks_file = \"c\"\nalgorithms = [\"none\"]").is_err());
    for (others, words) in [
        ("jwks_url = \"http://auth.example/keys\"", "https"),
        ("jwks_url = \"https://name:word@auth.example/keys\"", "password"),
        ("", "one of jwks_file and jwks_url"),
        ("jwks_file = \"c\"\njwks_url = \"https://auth.example/keys\"", "one of jwks_file and jwks_url"),
        ("jwks_file = \"c\"\nalgorithms = []", "at least"),
    ] {
        let oauth = Some(settings(others).expect("read"));
        let fault = hrg_grouper::access::AccessSettings { oauth, ..Default::default() }.fault().expect("a fault");
        assert!(fault.contains(words), "{fault}");
    }
}
