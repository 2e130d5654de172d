//! Every route of both interfaces, as their documents list them, against everything that is no good credential. A route
//! that is new is in the document, and so it is here.

use super::cast::{ALL, Guarded, Server, claims, claims_with, request, written};
use crate::support::TOY;
use crate::support::service::Answer;
use axum::Router;
use axum::body::Body;
use axum::http::header;
use hrg_grouper::http::limits::Limits;
use hrg_grouper::http::openapi;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value as Json, json};

/// Open to everybody. Whoever adds a line here opens a route.
const PUBLIC: [&str; 7] = ["/", "/_ping", "/_status", "/docs", "/health/live", "/health/ready", "/openapi.json"];

/// Method, path and the scope it asks for; none where it is enough to be known.
struct Route {
    method: String,
    path: String,
    scope: Option<String>,
}

/// The guarded routes of a document.
fn routes(document: &str) -> Vec<Route> {
    let document: Json = serde_json::from_str(document).expect("JSON");
    let mut routes = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let security = operation["security"].as_array().expect("every operation says whom it serves");
            if PUBLIC.contains(&path.as_str()) {
                assert!(security.is_empty(), "{path} is open, and its document says otherwise");
                continue;
            }
            let scopes = security[0]["token"].as_array().unwrap_or_else(|| panic!("{method} {path} is open"));
            for status in ["401", "429", "503"] {
                assert!(operation["responses"][status].is_object(), "{method} {path} does not list {status}");
            }
            let scope = scopes.first().map(|scope| scope.as_str().expect("text").to_owned());
            assert_eq!(operation["responses"]["403"].is_object(), scope.is_some(), "{method} {path}");
            let filled = path
                .replace("{id}", TOY)
                .replace("{a}", TOY)
                .replace("{b}", TOY)
                .replace("{dataset}", "apc")
                .replace("{system}", "icd10");
            let filled = filled
                .replace("{code}", "D100")
                .replace("{hrg}", "RA10A")
                .replace("{name}", "any")
                .replace("{row}", "any");
            assert!(!filled.contains('{'), "{path} has a parameter that is not filled here");
            routes.push(Route { method: method.to_uppercase(), path: filled, scope });
        }
    }
    routes
}

/// Everything that is no good credential, by name; each is what stands in `Authorization`.
fn bad_credentials(server: &Server) -> Vec<(&'static str, Option<String>)> {
    let now = jiff::Timestamp::now().as_second();
    let signed = |others: Json| Some(format!("Bearer {}", server.sign(&claims_with(ALL, &others), "one")));
    let header = |algorithm: &str| json!({"alg": algorithm, "typ": "JWT", "kid": "one"});
    let good = claims("trust-a", ALL);
    let mut hmac = Header::new(Algorithm::HS256);
    hmac.kid = Some("one".to_owned());
    let confused = encode(&hmac, &good, &EncodingKey::from_secret(server.public_pem().as_bytes())).expect("signed");
    let mut altered = server.sign(&good, "one");
    altered.replace_range(altered.len() - 6..altered.len() - 2, "AAAA");
    let other = |key| Some(format!("Bearer {}", Server::new(8).sign(&good, key)));
    vec![
        ("none", None),
        ("an empty scheme", Some("Bearer ".to_owned())),
        ("garbage", Some("Bearer garbage".to_owned())),
        ("three parts of garbage", Some("Bearer a.b.c".to_owned())),
        ("another scheme", Some(format!("Basic {}", server.sign(&good, "one")))),
        ("expired", signed(json!({"iat": now - 700, "exp": now - 120}))),
        ("not yet good", signed(json!({"nbf": now + 200}))),
        ("too long-lived", signed(json!({"exp": now + 3600}))),
        ("too long-lived, near its end", signed(json!({"iat": now - 3600, "exp": now + 60}))),
        ("without an end", signed(json!({"exp": null}))),
        ("without a beginning", signed(json!({"iat": null}))),
        ("wrong audience", signed(json!({"aud": "another-service"}))),
        ("without an audience", signed(json!({"aud": null}))),
        ("wrong issuer", signed(json!({"iss": "https://elsewhere.example"}))),
        ("without an issuer", signed(json!({"iss": null}))),
        ("without a client", signed(json!({"client_id": null}))),
        ("HS256 with the public key", Some(format!("Bearer {confused}"))),
        ("algorithm none", Some(format!("Bearer {}", written(&header("none"), &good, b"")))),
        ("algorithm of another kind", Some(format!("Bearer {}", written(&header("RS256"), &good, &[1; 256])))),
        ("unknown key id", Some(format!("Bearer {}", server.sign(&good, "two")))),
        ("another server's key", other("one")),
        ("altered signature", Some(format!("Bearer {altered}"))),
        (
            "a key where none are taken",
            Some("Bearer hrg_0123456789abcdef_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned()),
        ),
    ]
}

/// What every refusal of a caller looks like.
#[track_caller]
fn check_refusal(what: &str, answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{what}: {}", answer.json);
    answer.check_envelope();
    assert_eq!(answer.json["code"], code, "{what}");
    let keys: Vec<&String> = answer.json.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["code", "detail", "instance", "requestId", "status", "title", "type"], "{what}");
    let challenge = answer.headers[header::WWW_AUTHENTICATE].to_str().expect("text");
    assert!(challenge.starts_with("Bearer realm=\"hrg-grouper\""), "{what}: {challenge}");
}

fn refused_everywhere(guarded: &Guarded, to: &Router, routes: &[Route]) -> usize {
    let mut details = std::collections::BTreeSet::new();
    let bad = bad_credentials(&guarded.server);
    for Route { method, path, .. } in routes {
        for (what, shown) in &bad {
            let mut request = request(method, path);
            if let Some(shown) = shown {
                request = request.header(header::AUTHORIZATION, shown);
            }
            let answer = guarded.send(to, request.body(Body::empty()).expect("a request"));
            check_refusal(&format!("{method} {path}, {what}"), &answer, 401, "unauthenticated");
            details.insert(answer.json["detail"].to_string());
        }
    }
    assert_eq!(details.len(), 1, "a refusal does not say what was wrong: {details:?}");
    routes.len() * bad.len()
}

fn unlimited() -> Limits {
    Limits { rate_per_second: Some(0), ..Limits::default() }
}

#[test]
fn no_route_takes_a_credential_that_is_not_good() {
    let guarded = Guarded::by_tokens(unlimited());
    let (public, admin) = (routes(&openapi::document()), routes(&openapi::admin_document()));
    assert!(public.len() >= 28 && admin.len() >= 5, "{} and {} routes", public.len(), admin.len());
    let refused =
        refused_everywhere(&guarded, &guarded.public, &public) + refused_everywhere(&guarded, &guarded.admin, &admin);
    println!("{refused} requests refused");
}

#[test]
fn every_route_asks_for_its_scope_and_for_no_other() {
    let guarded = Guarded::by_tokens(unlimited());
    for (to, document) in [(&guarded.public, openapi::document()), (&guarded.admin, openapi::admin_document())] {
        for Route { method, path, scope } in routes(&document) {
            let Some(scope) = scope else { continue };
            let others: Vec<&str> = ALL.split(' ').filter(|other| *other != scope).collect();
            let ask = |scopes: &str| {
                let shown = format!("Bearer {}", guarded.server.token("trust-a", scopes));
                let request = request(&method, &path).header(header::AUTHORIZATION, shown);
                guarded.send(to, request.body(Body::empty()).expect("a request"))
            };
            for lacking in ["", &others.join(" ")] {
                let answer = ask(lacking);
                check_refusal(&format!("{method} {path} with `{lacking}`"), &answer, 403, "insufficient-scope");
                let challenge = answer.headers[header::WWW_AUTHENTICATE].to_str().expect("text");
                assert!(
                    challenge.ends_with(&format!("error=\"insufficient_scope\", scope=\"{scope}\"")),
                    "{challenge}"
                );
            }
            let status = ask(&scope).status.as_u16();
            assert!(![401, 403, 500].contains(&status), "{method} {path} with {scope}: {status}");
        }
    }
}

#[test]
fn what_is_open_is_open_and_nothing_else() {
    let guarded = Guarded::by_tokens(unlimited());
    for path in PUBLIC {
        let answer = guarded.send(&guarded.public, request("GET", path).body(Body::empty()).expect("a request"));
        assert!(![401, 403].contains(&answer.status.as_u16()), "{path}: {}", answer.status);
    }
    // A path that is not there is not there for anybody, and a method that is not there is no way in.
    let ask =
        |method, path| guarded.send(&guarded.public, request(method, path).body(Body::empty()).expect("a request"));
    assert_eq!(ask("GET", "/v1/nothing").status, 404);
    assert_eq!(ask("PUT", "/v1/jobs").status, 401);
    assert_eq!(ask("GET", "/admin/references").status, 404, "the admin interface is not on the public port");
    assert_eq!(ask("GET", "/metrics").status, 404);
}

#[test]
fn a_job_is_its_clients_alone() {
    let guarded = Guarded::by_tokens(unlimited());
    let (owner, other) = (guarded.server.token("trust-a", "jobs"), guarded.server.token("trust-b", "jobs"));
    let ask = |token: &str, method: &str, path: &str, body: &'static str| {
        let request = request(method, path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        let request = request.header(header::CONTENT_TYPE, "application/x-ndjson").body(Body::from(body));
        guarded.send(&guarded.public, request.expect("a request"))
    };
    let order = format!("/v1/jobs?kind=group&dataset=apc&reference={TOY}");
    let sent = ask(&owner, "POST", &order, "{\"provspno\":\"1\",\"episodes\":[]}\n");
    assert_eq!(sent.status, 202, "{}", sent.json);
    let job = format!("/v1/jobs/{}", sent.json["id"].as_str().expect("an id"));
    let nobody = "/v1/jobs/00000000-0000-4000-8000-000000000000";
    for (method, below) in [("GET", ""), ("GET", "/events"), ("GET", "/result"), ("DELETE", "")] {
        let answer = ask(&other, method, &format!("{job}{below}"), "");
        assert_eq!((answer.status.as_u16(), &answer.json["code"]), (404, &json!("unknown-job")), "{method} {below}");
        // As if it were not there at all.
        let mut none = ask(&other, method, &format!("{nobody}{below}"), "");
        none.json["requestId"] = answer.json["requestId"].clone();
        assert_eq!(answer.json, none.json);
    }
    assert_eq!(ask(&owner, "GET", &job, "").status, 200, "its owner has it still");
    let begun = std::time::Instant::now();
    while ask(&owner, "GET", &job, "").json["state"] != "finished" {
        assert!(begun.elapsed().as_secs() < 20, "the job does not end");
    }
    let erased = ask(&owner, "DELETE", &job, "");
    assert_eq!(erased.status, 204, "{}", erased.json);
}
