//! An invented OAuth 2 server, its tokens and the tokens of impostors, and a service that knows its callers.

use crate::support::service::Answer;
use crate::support::{TOY, release};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hrg_grouper::access::{AccessSettings, Lodge};
use hrg_grouper::bundle::signature::Policy;
use hrg_grouper::bundle::{Releases, Shelf, Stock};
use hrg_grouper::http::limits::Limits;
use hrg_grouper::http::{App, admin, router};
use hrg_grouper::jobs::{Jobs, Settings};
use http_body_util::BodyExt;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use p256::elliptic_curve::sec1::ToEncodedPoint;
use p256::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};
use serde_json::{Value as Json, json};
use std::path::Path;
use std::sync::Arc;
use tower::ServiceExt;

pub const ISSUER: &str = "https://auth.example/realms/trust";
pub const AUDIENCE: &str = "hrg-grouper";
pub const ALL: &str = "group jobs reference:read reference:admin";

/// The server, with one key.
pub struct Server {
    secret: p256::SecretKey,
}

impl Server {
    /// With a key from a seed.
    pub fn new(seed: u8) -> Server {
        Server { secret: p256::SecretKey::from_slice(&[seed; 32]).expect("a key") }
    }

    /// Its public keys.
    pub fn key_set(&self) -> Json {
        let point = self.secret.public_key().to_encoded_point(false);
        let part = |bytes: Option<&p256::FieldBytes>| URL_SAFE_NO_PAD.encode(bytes.expect("a point"));
        json!({"keys": [{
            "kty": "EC", "crv": "P-256", "kid": "one", "use": "sig", "alg": "ES256",
            "x": part(point.x()), "y": part(point.y())
        }]})
    }

    /// Its public key as everybody may have it.
    pub fn public_pem(&self) -> String {
        self.secret.public_key().to_public_key_pem(LineEnding::LF).expect("a key")
    }

    /// A token with these claims and this key id.
    pub fn sign(&self, claims: &Json, key_id: &str) -> String {
        let der = self.secret.to_pkcs8_der().expect("a key");
        let key = EncodingKey::from_ec_der(der.as_bytes());
        let header = Header { kid: Some(key_id.to_owned()), ..Header::new(Algorithm::ES256) };
        encode(&header, claims, &key).expect("signed")
    }

    /// A good token of a client.
    pub fn token(&self, client: &str, scopes: &str) -> String {
        self.sign(&claims(client, scopes), "one")
    }
}

/// The claims of a good token.
pub fn claims(client: &str, scopes: &str) -> Json {
    let now = jiff::Timestamp::now().as_second();
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + 300, "client_id": client, "scope": scopes
    })
}

/// The same with some claims replaced, or left out where they are null.
pub fn claims_with(scopes: &str, others: &Json) -> Json {
    let mut claims = claims("trust-a", scopes);
    let map = claims.as_object_mut().expect("an object");
    for (name, value) in others.as_object().expect("an object") {
        if value.is_null() {
            map.remove(name);
        } else {
            map.insert(name.clone(), value.clone());
        }
    }
    claims
}

/// A token whose header and claims are these, with any signature.
pub fn written(header: &Json, claims: &Json, signature: &[u8]) -> String {
    let part = |json: &Json| URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}.{}", part(header), part(claims), URL_SAFE_NO_PAD.encode(signature))
}

/// A service that knows its callers, with jobs and an admin interface.
pub struct Guarded {
    pub public: Router,
    pub admin: Router,
    pub server: Server,
    pub runtime: tokio::runtime::Runtime,
    pub lodge: Option<Arc<Lodge>>,
    jobs: Arc<Jobs>,
    pub place: tempfile::TempDir,
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.jobs.stop();
    }
}

impl Guarded {
    /// One that takes tokens of the server.
    pub fn by_tokens(limits: Limits) -> Guarded {
        let place = tempfile::tempdir().expect("a folder");
        let server = Server::new(7);
        let file = place.path().join("jwks.json");
        std::fs::write(&file, server.key_set().to_string()).expect("written");
        let settings = toml::Table::try_from(json!({
            "oauth": {"issuer": ISSUER, "audience": AUDIENCE, "jwks_file": file}
        }));
        let settings = settings.expect("a table").try_into().expect("settings");
        Guarded::open(&settings, limits, place)
    }

    /// As configured.
    pub fn open(settings: &AccessSettings, limits: Limits, place: tempfile::TempDir) -> Guarded {
        assert_eq!(settings.fault(), None);
        let lodge = Lodge::open(settings).expect("the lists can be read").map(Arc::new);
        let toy = Arc::new(release("tests/reference", TOY));
        let shelf = Arc::new(Shelf::new(Releases::from([(TOY.to_owned(), toy)])));
        let state = place.path().join("state");
        std::fs::create_dir(&state).expect("made");
        let stock = Stock::open(Arc::clone(&shelf), Some(&state), Policy::default()).expect("the state folder");
        let jobs = Arc::new(Jobs::new(&state.join("jobs"), Arc::clone(&shelf), Settings::default()));
        jobs.open().expect("the folder of jobs");
        let app = App::new(shelf).with_access(lodge.clone(), limits).with_jobs(Arc::clone(&jobs));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        Guarded {
            admin: admin::router(stock, &app),
            public: router(app),
            server: Server::new(7),
            runtime: runtime.expect("a runtime"),
            lodge,
            jobs,
            place,
        }
    }

    /// A file in its folder.
    pub fn path(&self) -> &Path {
        self.place.path()
    }

    /// Sends a request and checks the answer's envelope.
    #[track_caller]
    pub fn send(&self, to: &Router, request: Request<Body>) -> Answer {
        let response = self.runtime.block_on(to.clone().oneshot(request)).expect("the service answers");
        let (parts, body) = response.into_parts();
        let bytes = self.runtime.block_on(body.collect()).expect("the body arrives").to_bytes();
        let json = serde_json::from_slice(&bytes).unwrap_or_default();
        Answer { status: parts.status, headers: parts.headers, json }
    }

    /// A GET with a token.
    #[track_caller]
    pub fn get(&self, path: &str, token: &str) -> Answer {
        let request = Request::builder().uri(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.send(&self.public, request.body(Body::empty()).expect("a request"))
    }
}

/// A request without any credential.
pub fn request(method: &str, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path)
}
