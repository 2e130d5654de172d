//! Certificates that a proxy has checked: believed of the proxy alone.

use super::cast::{Guarded, request};
use axum::body::Body;
use hrg_grouper::access::AccessSettings;
use hrg_grouper::http::access::Peer;
use hrg_grouper::http::limits::Limits;
use std::net::IpAddr;

const SUBJECT: &str = "CN=pas.trust-a.example,O=Trust A";

fn settings(others: &str) -> AccessSettings {
    let text = format!(
        r#"
        [proxy]
        from = ["10.1.0.0/16", "::1/128"]
        {others}
        [[proxy.client]]
        subject = "{SUBJECT}"
        name = "trust-a"
        scopes = ["reference:read"]
        "#
    );
    toml::from_str(&text).expect("settings")
}

fn status(guarded: &Guarded, peer: Option<&str>, headers: &[(&str, &str)]) -> (u16, String) {
    let mut request = request("GET", "/v1/limits");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::empty()).expect("a request");
    if let Some(peer) = peer {
        request.extensions_mut().insert(Peer(peer.parse::<IpAddr>().expect("an address")));
    }
    let answer = guarded.send(&guarded.public, request);
    (answer.status.as_u16(), answer.json["client"].as_str().unwrap_or_default().to_owned())
}

const GOOD: [(&str, &str); 2] = [("X-Client-Verify", "SUCCESS"), ("X-Client-Subject", SUBJECT)];

#[test]
fn a_certificate_is_believed_of_the_proxy_alone() {
    let guarded =
        Guarded::open(&settings("address_alone = true"), Limits::default(), tempfile::tempdir().expect("a folder"));
    for peer in ["10.1.2.3", "::1", "::ffff:10.1.2.3"] {
        assert_eq!(status(&guarded, Some(peer), &GOOD), (200, "certificate:trust-a".to_owned()), "{peer}");
    }
    for peer in [None, Some("10.2.0.1"), Some("127.0.0.1"), Some("::2")] {
        let forwarded = [GOOD[0], GOOD[1], ("X-Forwarded-For", "10.1.2.3"), ("Forwarded", "for=10.1.2.3")];
        assert_eq!(status(&guarded, peer, &forwarded).0, 401, "{peer:?}");
    }
    for headers in [
        &[][..],
        &[GOOD[1]],
        &[GOOD[0]],
        &[("X-Client-Verify", "NONE"), GOOD[1]],
        &[("X-Client-Verify", "FAILED:expired"), GOOD[1]],
        &[GOOD[0], ("X-Client-Subject", "CN=other")],
        &[GOOD[0], GOOD[1], GOOD[1]],
        &[GOOD[0], ("X-Client-Subject", "CN=other"), GOOD[1]],
    ] {
        assert_eq!(status(&guarded, Some("10.1.2.3"), headers).0, 401, "{headers:?}");
    }
}

#[test]
fn a_proxy_with_a_secret_must_say_it() {
    let settings = settings("secret = \"0123456789abcdef0123\"");
    let guarded = Guarded::open(&settings, Limits::default(), tempfile::tempdir().expect("a folder"));
    let said = [GOOD[0], GOOD[1], ("X-Proxy-Secret", "0123456789abcdef0123")];
    assert_eq!(status(&guarded, Some("10.1.2.3"), &said).0, 200);
    assert_eq!(status(&guarded, Some("10.1.2.3"), &GOOD).0, 401);
    assert_eq!(
        status(&guarded, Some("10.1.2.3"), &[GOOD[0], GOOD[1], ("X-Proxy-Secret", "0123456789abcdef0124")]).0,
        401
    );
}
