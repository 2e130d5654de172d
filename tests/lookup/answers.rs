//! What every look-up owes: its tag, 304 where the tag is held, one problem where there is no answer.

use crate::support::service::Service;
use crate::{PAYMENT, RELEASES, ask, path, payment, service};
use axum::body::Body;
use axum::http::{HeaderMap, Request, header};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

/// One path of every resource of a release.
const RESOURCES: [&str; 9] = [
    "",
    "/codes/icd10?q=pneu",
    "/codes/icd10/I10X",
    "/codes/opcs4/W371",
    "/hrgs?q=hip",
    "/hrgs/HN22A",
    "/lists",
    "/lists/cc_aa",
    "/rows/roots:HN22",
];

fn get_holding(service: &Service, path: &str, lines: &[&str]) -> (u16, HeaderMap, Vec<u8>) {
    let mut request = Request::builder().uri(path);
    for line in lines {
        request = request.header(header::IF_NONE_MATCH, *line);
    }
    let (status, headers, body) = service.raw(request.body(Body::empty()).expect("a request"));
    (status.as_u16(), headers, body)
}

#[test]
fn the_etag_of_every_resource_is_the_releases_digest_and_304_answers_who_holds_it() {
    let service = service();
    for release in RELEASES.iter() {
        let digest = &release.identity.digest;
        assert!(digest.starts_with("sha256:") && digest.len() == 71, "{digest}");
        let tag = format!("\"{digest}\"");
        for resource in RESOURCES {
            let path = format!("/v1/references/{}{resource}", release.identity.id);
            for lines in [vec![], vec!["\"another\""], vec![digest.as_str()]] {
                let (status, headers, body) = get_holding(&service, &path, &lines);
                assert_eq!((status, headers[header::ETAG].as_bytes()), (200, tag.as_bytes()), "{path} {lines:?}");
                assert_eq!(headers[header::CACHE_CONTROL], "private, max-age=3600");
                assert!(!body.is_empty());
            }
            let (weak, listed) = (format!("W/{tag}"), format!("\"another\", W/{tag}"));
            for lines in [vec![tag.as_str()], vec![&weak], vec![&listed], vec!["\"another\"", &tag], vec!["*"]] {
                let (status, headers, body) = get_holding(&service, &path, &lines);
                assert_eq!((status, headers[header::ETAG].as_bytes()), (304, tag.as_bytes()), "{path} {lines:?}");
                assert!(body.is_empty(), "{path}: 304 has no body");
            }
        }
    }
}

#[test]
fn the_tag_of_another_release_is_not_held() {
    let service = service();
    let [one, other] = [&RELEASES[0], &RELEASES[1]];
    let tag = format!("\"{}\"", other.identity.digest);
    let (status, headers, _) = get_holding(&service, &path(one, "hrgs/HN22A"), &[&tag]);
    assert_eq!(status, 200);
    assert_eq!(headers[header::ETAG].to_str().ok(), Some(format!("\"{}\"", one.identity.digest).as_str()));
}

#[test]
fn what_is_not_there_is_not_unchanged_either() {
    for below in ["hrgs/ZZ99Z", "codes/icd10/none", "lists/none", "hrgs?cursor=none"] {
        let (status, headers, _) = get_holding(&service(), &path(payment(), below), &["*"]);
        assert!(matches!(status, 404 | 422), "{below}: {status}");
        assert!(!headers.contains_key(header::ETAG), "{below}");
        assert_eq!(headers[header::CACHE_CONTROL], "no-store", "{below}");
    }
}

#[test]
fn a_release_may_be_pinned_by_its_digest() {
    let service = service();
    let pinned = |digest: &str| service.get(&format!("/v1/references/{PAYMENT}@{digest}/hrgs/HN22A"));
    let answer = pinned(&payment().identity.digest);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json, ask(&service, payment(), "hrgs/HN22A"));
    assert_eq!(pinned("sha256:00").json["code"], "unknown-reference");
}

#[test]
fn what_cannot_be_answered_is_one_problem_with_a_stable_code() {
    let service = service();
    for (below, status, code) in [
        ("codes/icd11/A01", 404, "unknown-classification"),
        ("codes/ICD10/A010", 404, "unknown-classification"),
        ("codes/icd10/ZZ9", 404, "unknown-code"),
        ("codes/icd10/1", 404, "unknown-code"),
        ("codes/icd10/U999", 404, "unknown-code"),
        ("codes/icd10/A01000000000000000", 404, "unknown-code"),
        ("codes/opcs4/I10X", 404, "unknown-code"),
        ("codes/opcs4/%F0%9F%A6%B4", 404, "unknown-code"),
        ("codes/icd10/%FF", 400, "refused"),
        ("codes/snomed?q=hip", 404, "unknown-classification"),
        ("codes/icd10?cursor=1", 404, "invalid-cursor"),
        ("codes/icd10?limit=0", 422, "invalid-query"),
        ("codes/opcs4?query=hip", 422, "invalid-query"),
        ("codes/icd10/A010/more", 404, "not-found"),
        ("hrgs/ZZ99Z", 404, "unknown-hrg"),
        ("hrgs/HN22", 404, "unknown-hrg"),
        ("hrgs/hip", 404, "unknown-hrg"),
        ("hrgs?cursor=1", 404, "invalid-cursor"),
        ("hrgs?cursor=", 404, "invalid-cursor"),
        ("hrgs?limit=0", 422, "invalid-query"),
        ("hrgs?limit=201", 422, "invalid-query"),
        ("hrgs?limit=-1", 422, "invalid-query"),
        ("hrgs?limit=ten", 422, "invalid-query"),
        ("hrgs?limit=99999999999999999999", 422, "invalid-query"),
        ("hrgs?q=hip&q=knee", 422, "invalid-query"),
        ("hrgs?query=hip", 422, "invalid-query"),
        ("rows/roots", 404, "unknown-row"),
        ("rows/roots:ZZ99", 404, "unknown-row"),
        ("rows/none:HN22", 404, "unknown-row"),
        ("rows/splits:HN22/HN22A", 404, "not-found"),
        ("lists?q=cc", 422, "invalid-query"),
        ("lists?cursor=1", 404, "invalid-cursor"),
        ("lists/nothing", 404, "unknown-list"),
        ("lists/cc_scores:nothing", 404, "unknown-list"),
        ("lists/nothing:cc_aa", 404, "unknown-list"),
        ("lists/cc_aa?cursor=1", 404, "invalid-cursor"),
    ] {
        let answer = service.get(&path(payment(), below));
        assert_eq!((answer.status.as_u16(), answer.json["code"].as_str()), (status, Some(code)), "{below}");
        assert_eq!(answer.json["type"], format!("urn:hrg-grouper:problem:{code}"), "{below}");
    }
    let long = format!("hrgs?q={}", "a".repeat(201));
    assert_eq!(service.get(&path(payment(), &long)).json["code"], "invalid-query");
    assert_eq!(service.get(&path(payment(), &long[..long.len() - 1])).status, 200);
    for below in ["codes/icd10", "codes/icd10/I10X", "hrgs", "hrgs/HN22A", "lists", "lists/cc_aa", "rows/roots:HN22"] {
        let answer = service.get(&format!("/v1/references/1066-67.payment/{below}"));
        assert_eq!((answer.status.as_u16(), answer.json["code"].as_str()), (404, Some("unknown-reference")), "{below}");
    }
}

/// Any text as a part of a path or a query.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof!["[A-Za-z][0-9]{2}[0-9Xx.]{0,3}", "[A-Z]{2}[0-9]{2}[A-Z]", "[a-z_:]{0,12}", "\\PC{0,9}", any::<String>()]
}

/// Any bytes, percent-encoded where they must be.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

fn any_path() -> impl Strategy<Value = String> {
    let segment = prop_oneof![
        4 => proptest::sample::select(vec!["codes", "icd10", "opcs4", "hrgs", "lists", "HN22A", "cc_aa", "I10X"]).prop_map(str::to_owned),
        4 => any_text().prop_map(|text| encoded(&text)),
        1 => Just("%FF".to_owned()),
    ];
    let id = prop_oneof![8 => Just(PAYMENT.to_owned()), 1 => any_text().prop_map(|text| encoded(&text))];
    let parameter = (
        prop_oneof![proptest::sample::select(vec!["q", "cursor", "limit"]).prop_map(str::to_owned), any_text()],
        prop_oneof![any_text(), (0..300u32).prop_map(|n| n.to_string()), "[0-9a-f]{8,40}"],
    );
    let query = proptest::collection::vec(parameter, 0..3);
    (id, proptest::collection::vec(segment, 0..4), query).prop_map(|(id, segments, query)| {
        let mut path = format!("/v1/references/{id}");
        for segment in segments {
            path.push_str(&format!("/{segment}"));
        }
        let query: Vec<String> = query.iter().map(|(k, v)| format!("{}={}", encoded(k), encoded(v))).collect();
        if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
    })
}

#[test]
fn whatever_is_looked_up_gets_an_answer_or_a_problem() {
    let service = service();
    let listed = hrg_grouper::http::error::CODES;
    let statuses = std::cell::RefCell::new(std::collections::BTreeMap::<u16, u32>::new());
    let config = ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() };
    // The envelope of every answer is checked where it is read.
    let held = TestRunner::new(config).run(&any_path(), |path| {
        let answer = service.get(&path);
        let status = answer.status.as_u16();
        *statuses.borrow_mut().entry(status).or_default() += 1;
        prop_assert!(matches!(status, 200 | 400 | 404 | 422), "{} for {}", status, path);
        let code = answer.json["code"].as_str().unwrap_or_default();
        prop_assert!(status == 200 || listed.contains(&code), "{} for {}", code, path);
        Ok(())
    });
    held.unwrap_or_else(|fault| panic!("{fault}"));
    println!("{:?}", statuses.borrow());
    assert!([200, 404, 422].iter().all(|status| statuses.borrow().contains_key(status)), "{:?}", statuses.borrow());
}
