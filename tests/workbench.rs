//! The pages without a browser: their headers, their form with scripts off, and that nothing is shown to a caller who may
//! not see it.

mod support;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use hrg_grouper::access::{AccessSettings, Lodge};
use hrg_grouper::bundle::Shelf;
use hrg_grouper::http::limits::Limits;
use hrg_grouper::http::{App, router};
use http_body_util::BodyExt;
use serde_json::Value;
use std::fmt::Write;
use std::process::Command;
use std::sync::Arc;
use tower::ServiceExt;

/// The service with its pages.
struct Bench {
    router: axum::Router,
    runtime: tokio::runtime::Runtime,
}

/// An answer of it.
struct Page {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Bench {
    fn of(lodge: Option<Lodge>) -> Bench {
        let (shelf, refused) = Shelf::load(None).expect("the releases of the program load");
        assert!(refused.is_empty(), "{refused:?}");
        let app = App::new(shelf).with_access(lodge.map(Arc::new), Limits::default());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Bench { router: router(app), runtime }
    }

    /// One that knows no callers.
    fn open() -> Bench {
        Bench::of(None)
    }

    /// One that does, with a key that has the scopes.
    fn known(scopes: &str) -> (Bench, String) {
        let place = tempfile::tempdir().expect("a folder");
        let file = place.path().join("keys.toml");
        let mut command = Command::new(env!("CARGO_BIN_EXE_hrg"));
        command.args(["key", "new", "--client", "reader", "--scope", scopes, "--days", "1", "--keys-file"]).arg(&file);
        let key = String::from_utf8(command.output().expect("the command runs").stdout).expect("text");
        let settings = AccessSettings { keys_file: Some(file), ..AccessSettings::default() };
        let lodge = Lodge::open(&settings).expect("the list reads").expect("callers are known");
        (Bench::of(Some(lodge)), key.trim().to_owned())
    }

    fn send(&self, request: Request<Body>) -> Page {
        let response = self.runtime.block_on(self.router.clone().oneshot(request)).expect("the service answers");
        let (parts, body) = response.into_parts();
        let bytes = self.runtime.block_on(body.collect()).expect("the body arrives").to_bytes();
        let text = String::from_utf8(bytes.into()).expect("text");
        Page { status: parts.status, headers: parts.headers, text }
    }

    fn get(&self, path: &str) -> Page {
        self.send(Request::builder().uri(path).body(Body::empty()).expect("a request"))
    }

    fn form(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let request = Request::builder().method(Method::POST).uri(path);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let body = serde_urlencoded::to_string(fields).expect("a form");
        self.send(request.body(Body::from(body)).expect("a request"))
    }
}

impl Page {
    fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    #[track_caller]
    fn shows(&self, words: &str) {
        assert!(self.text.contains(words), "{words} is not on the page: {}", self.text);
    }
}

/// The example of the README as the form sends it.
fn example() -> Vec<(String, String)> {
    let text = std::fs::read_to_string(support::folder("tests/examples/request.json")).expect("the example");
    let request: Value = serde_json::from_str(&text).expect("JSON");
    let field = |name: &str, value: &Value| (name.to_owned(), value.as_str().unwrap_or_default().to_owned());
    let mut fields = vec![field("reference", &request["reference"])];
    fields.extend(["procodet", "provspno"].map(|name| field(&format!("spell.{name}"), &request["spell"][name])));
    for (place, episode) in request["spell"]["episodes"].as_array().expect("episodes").iter().enumerate() {
        for (name, value) in episode.as_object().expect("fields").iter().filter(|(name, _)| *name != "epiorder") {
            let mut text = value.as_str().unwrap_or_default().to_owned();
            for code in value.as_array().into_iter().flatten() {
                _ = writeln!(text, "{}", code.as_str().unwrap_or_default());
            }
            fields.push((format!("{place}.{name}"), text));
        }
    }
    fields
}

/// The same with some fields changed or added.
fn with<'f>(fields: &'f [(String, String)], others: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    let kept = fields.iter().filter(|(name, _)| !others.iter().any(|(other, _)| other == name));
    kept.map(|(name, value)| (name.as_str(), value.as_str())).chain(others.iter().copied()).collect()
}

#[test]
fn every_page_lets_nothing_of_another_origin_or_inline_in() {
    let bench = Bench::open();
    for path in ["/", "/?dataset=em", "/service", "/parts/service"] {
        let page = bench.get(path);
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(page.header(header::CONTENT_TYPE), "text/html; charset=utf-8", "{path}");
        let policy = page.header(header::CONTENT_SECURITY_POLICY);
        assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"), "{path}: {policy}");
        for part in
            ["script-src 'self'", "style-src 'self'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"]
        {
            assert!(policy.split("; ").any(|own| own == part), "{path}: {part} is not in {policy}");
        }
        assert_eq!(page.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert_eq!(page.header(header::REFERRER_POLICY), "no-referrer");
        for inline in [" style=", "<style", " onclick=", " onload=", "javascript:", "http://", "https://"] {
            assert!(!page.text.contains(inline), "{path} holds {inline}");
        }
        for script in page.text.split("<script").skip(1) {
            assert!(script.contains(" src=\"/assets/") && script.contains("></script>"), "{path}: {script}");
        }
    }
}

#[test]
fn what_a_page_needs_is_there_under_an_address_of_its_content_and_kept_for_good() {
    let bench = Bench::open();
    let page = bench.get("/");
    let paths: Vec<&str> = page.text.split('"').filter(|part| part.starts_with("/assets/")).collect();
    assert!(paths.len() >= 4, "{paths:?}");
    for path in paths {
        let asset = bench.get(path);
        assert_eq!(asset.status, 200, "{path}");
        assert_eq!(asset.header(header::CACHE_CONTROL), "public, max-age=31536000, immutable", "{path}");
        let tag = asset.header(header::ETAG).to_owned();
        assert!(tag.starts_with('"') && tag.len() > 10, "{path}: {tag} is strong");
        let held = Request::builder().uri(path).header(header::IF_NONE_MATCH, &tag).body(Body::empty());
        assert_eq!(bench.send(held.expect("a request")).status, 304, "{path}");
        let another = path.replacen("/assets/", "/assets/0", 1);
        assert_eq!(bench.get(&another).status, 404, "{another}");
    }
    assert_eq!(bench.get("/assets/0/../Cargo.toml").status, 404);
}

#[test]
fn the_form_without_scripts_is_answered_with_the_result_and_why() {
    let bench = Bench::open();
    let page = bench.form("/?dataset=apc", &with(&example(), &[("do", "group")]));
    assert_eq!((page.status, page.header(header::CACHE_CONTROL)), (StatusCode::OK, "no-store"));
    page.shows("HT12A");
    page.shows("Very Major Hip Procedures for Trauma with CC Score 12+");
    page.shows("CC score 17 on the list cc_he");
    page.shows("6 fewer CC points would give HT12B");
    page.shows("demonstration");
    let part = bench.form("/parts/single?dataset=apc", &with(&example(), &[]));
    assert_eq!((part.status, part.header(header::CACHE_CONTROL)), (StatusCode::OK, "no-store"));
    assert!(page.text.contains(part.text.trim()), "with scripts and without, the same part is shown");
}

#[test]
fn messages_stand_beside_their_fields_and_in_the_summary() {
    let bench = Bench::open();
    let page = bench.form("/?dataset=apc", &with(&example(), &[("1.sex", "7"), ("do", "group")]));
    assert_eq!(page.status, 200, "bad data is a result");
    page.shows("UZ01Z");
    page.shows("href=\"#i1-sex\"");
    let field = page.text.split("data-field=\"sex\"").nth(2).expect("the second episode's field");
    let field = field.split("data-field=").next().unwrap_or_default();
    assert!(field.contains("Sex is invalid (7)"), "{field}");
}

#[test]
fn buttons_without_scripts_add_move_and_remove_episodes() {
    let bench = Bench::open();
    let items = |page: &Page| page.text.split("<template").next().unwrap_or_default().matches("data-item>").count();
    let page = bench.form("/?dataset=apc", &with(&example(), &[("do", "add")]));
    assert_eq!(items(&page), 3);
    let page = bench.form("/?dataset=apc", &with(&example(), &[("do", "up-1")]));
    page.shows("name=\"0.mainspef\" value=\"430\"");
    let page = bench.form("/?dataset=apc", &with(&example(), &[("do", "remove-0")]));
    assert_eq!(items(&page), 1);
    page.shows("name=\"0.mainspef\" value=\"430\"");
}

#[test]
fn what_was_entered_is_shown_again_as_text_and_nothing_else() {
    let bench = Bench::open();
    let evil = "\"><script>alert(1)</script>";
    let fields = [
        ("0.sex", evil),
        ("0.diag", evil),
        ("spell.procodet", evil),
        ("reference", "2024-25.payment"),
        ("do", "group"),
    ];
    let page = bench.form("/?dataset=apc", &fields);
    assert!(!page.text.contains("<script>"), "{}", page.text);
    page.shows("&#60;script&#62;alert(1)");
}

#[test]
fn a_form_that_cannot_be_answered_says_why() {
    let bench = Bench::open();
    let page = bench.form("/?dataset=apc", &with(&example(), &[("reference", "1066-67.payment"), ("do", "group")]));
    assert_eq!(page.status, 404);
    page.shows("There is a problem");
    page.shows("No such release");
    let page = bench.form("/?dataset=apc", &with(&example(), &[("0.nothing", "1"), ("do", "group")]));
    assert_eq!(page.status, 422);
    let long = "A".repeat(300_000);
    let page = bench.form("/?dataset=apc", &[("0.diag", &long)]);
    assert_eq!(page.status, 413);
    assert_eq!(bench.get("/?dataset=none").status, 422);
    for (path, body) in [("/parts/codes", "{}"), ("/parts/codes", "no JSON")] {
        let request = Request::builder().method(Method::POST).uri(path).body(Body::from(body)).expect("a request");
        assert_eq!(bench.send(request).status, 400, "{path} {body}");
    }
}

#[test]
fn codes_are_completed_from_the_body_of_a_request() {
    let bench = Bench::open();
    let body = r#"{"reference": "2024-25.payment", "system": "icd10", "q": "pneumonia unsp"}"#;
    let request =
        Request::builder().method(Method::POST).uri("/parts/codes").body(Body::from(body)).expect("a request");
    let answer = bench.send(request);
    assert_eq!((answer.status, answer.header(header::CACHE_CONTROL)), (StatusCode::OK, "no-store"));
    let found: Value = serde_json::from_str(&answer.text).expect("JSON");
    assert!(found["codes"].as_array().expect("codes").iter().any(|code| code["code"] == "J189"), "{found}");
}

#[test]
fn a_page_needs_no_account_and_whatever_shows_results_does() {
    let (bench, key) = Bench::known("group,reference:read");
    for path in ["/", "/service"] {
        let page = bench.get(path);
        assert_eq!(page.status, 200, "{path}");
        assert!(!page.text.contains("<datalist"), "{path} tells of no release's values");
        page.shows("API key or access token");
    }
    let form = example();
    for (path, keyed, status) in [
        ("/?dataset=apc", "", 401),
        ("/parts/single?dataset=apc", "", 401),
        ("/service", "", 401),
        ("/?dataset=apc", "hrg_0123456789abcdef_wrong", 401),
        ("/?dataset=apc", key.as_str(), 200),
        ("/service", key.as_str(), 200),
    ] {
        let page = bench.form(path, &with(&form, &[("do", "group"), ("key", keyed)]));
        assert_eq!(page.status, status, "{path} with {keyed:?}");
        assert!(!page.text.contains("HT12A") || status == 200, "{path}");
        assert_eq!(page.headers.contains_key(header::WWW_AUTHENTICATE), status == 401, "{path}");
        assert!(keyed.is_empty() || !page.text.contains(keyed), "{path}: a key is shown to nobody");
    }
    // In the body a key counts for forms alone; parts of a page have it in a header.
    assert_eq!(bench.form("/parts/single?dataset=apc", &with(&form, &[("key", key.as_str())])).status, 401);
    let request = Request::builder().uri("/parts/service").header("X-API-Key", &key).body(Body::empty());
    let page = bench.send(request.expect("a request"));
    assert_eq!(page.status, 200);
    page.shows("2024-25.payment");
    assert_eq!(bench.get("/parts/service").status, 401);
}

#[test]
fn a_scope_that_is_lacking_is_refused_on_a_page_too() {
    let (bench, key) = Bench::known("reference:read");
    let page = bench.form("/?dataset=apc", &with(&example(), &[("do", "group"), ("key", &key)]));
    assert_eq!(page.status, 403);
    assert!(!page.text.contains("HT12A"));
    page.shows("There is a problem");
}
