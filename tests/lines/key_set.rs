//! The public keys of an OAuth 2 server, fetched in the background.

use super::authority::Authority;
use super::hall::{Hall, Limits};
use axum::Router;
use axum::routing::get;
use hrg_grouper::access::{AccessSettings, Lodge, Shown};
use hrg_grouper::http::Tls;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use p256::elliptic_curve::sec1::ToEncodedPoint;
use p256::pkcs8::EncodePrivateKey;
use serde_json::json;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What the server answers: its keys, a fault, or what is no set of keys.
static ANSWER: AtomicU8 = AtomicU8::new(FAULT);
const KEYS: u8 = 0;
const FAULT: u8 = 1;
const NONSENSE: u8 = 2;

fn wait(words: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{words}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The server at its address, known by an authority.
fn settings(server: &Hall, authority: &Authority) -> AccessSettings {
    let settings = toml::Table::try_from(json!({"oauth": {
        "issuer": "issuer", "audience": "audience", "jwks_seconds": 1,
        "jwks_url": format!("https://localhost:{}/keys", server.address.port()),
        "jwks_authorities": authority.file("ca.pem")
    }}));
    settings.expect("a table").try_into().expect("settings")
}

#[test]
fn keys_are_fetched_again_and_again_and_outlast_a_server_that_is_away() {
    use base64::Engine;
    let secret = p256::SecretKey::from_slice(&[5; 32]).expect("a key");
    let point = secret.public_key().to_encoded_point(false);
    let part = |bytes: Option<&p256::FieldBytes>| {
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes.expect("a point"))
    };
    let set = json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": "k", "x": part(point.x()), "y": part(point.y())}]});
    let (text, asked) = (set.to_string(), Arc::new(Mutex::new(0)));
    let counted = Arc::clone(&asked);
    let routes = Router::new().route(
        "/keys",
        get(move || {
            *counted.lock().expect("sound") += 1;
            let answer = match ANSWER.load(Ordering::Relaxed) {
                KEYS => Ok(text.clone()),
                NONSENSE => Ok("{\"keys\":[]}".to_owned()),
                _ => Err(axum::http::StatusCode::SERVICE_UNAVAILABLE),
            };
            async { answer }
        }),
    );
    let authority = Authority::new();
    let tls = Tls::load(&authority.file("server.pem"), &authority.file("server.key")).expect("they can be read");
    let server = Hall::with(Limits::default(), Some(tls), |_| routes);
    let settings = settings(&server, &authority);
    assert_eq!(settings.fault(), None);
    let lodge = Arc::new(Lodge::open(&settings).expect("sound").expect("callers are known"));
    let keeping = server.runtime.spawn(Arc::clone(&lodge).keep_up());

    let der = secret.to_pkcs8_der().expect("a key");
    let now = jiff::Timestamp::now().as_second();
    let claims =
        json!({"iss": "issuer", "aud": "audience", "iat": now, "exp": now + 500, "sub": "a", "scope": "group"});
    let header = Header { kid: Some("k".to_owned()), ..Header::new(Algorithm::ES256) };
    let token = encode(&header, &claims, &EncodingKey::from_ec_der(der.as_bytes())).expect("signed");
    let is_known = || lodge.caller(Shown::Token(&token)).is_ok();

    wait("the server is not asked", || *asked.lock().expect("sound") > 0);
    assert!(!is_known(), "without keys no token is good");
    ANSWER.store(KEYS, Ordering::Relaxed);
    wait("the keys are not fetched once the server is back", is_known);
    for answer in [FAULT, NONSENSE] {
        ANSWER.store(answer, Ordering::Relaxed);
        let before = *asked.lock().expect("sound");
        wait("the server is not asked again", || *asked.lock().expect("sound") > before + 1);
        assert!(is_known(), "the keys before stay in force");
    }
    keeping.abort();
}

#[test]
fn a_server_that_the_authorities_do_not_vouch_for_gives_no_keys() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let tls = Tls::load(&authority.file("server.pem"), &authority.file("server.key")).expect("they can be read");
    let asked = Arc::new(AtomicU8::new(0));
    let counted = Arc::clone(&asked);
    let routes = Router::new().route(
        "/keys",
        get(move || {
            counted.fetch_add(1, Ordering::Relaxed);
            async { "{}" }
        }),
    );
    let server = Hall::with(Limits::default(), Some(tls), |_| routes);
    let settings = settings(&server, &stranger);
    let lodge = Arc::new(Lodge::open(&settings).expect("sound").expect("callers are known"));
    let keeping = server.runtime.spawn(lodge.keep_up());
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(asked.load(Ordering::Relaxed), 0, "it is not even asked");
    keeping.abort();
}
