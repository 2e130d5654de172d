//! The body of a request to group one spell, up to the written answer.

use super::{TOY, is_stable, toy};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hrg_grouper::bundle::{Releases, Shelf};
use hrg_grouper::http::{App, router};
use http_body_util::BodyExt;
use serde_json::Value as Json;
use std::sync::OnceLock;
use tokio::runtime::Runtime;
use tower::ServiceExt;

/// Any bytes get an answer of the contract, and the same JSON written otherwise the same answer: it is read by another way
/// where values cannot be lent from the body.
pub fn json_spell(body: &[u8]) {
    let (status, answer) = post(body.to_vec());
    let json: Json = serde_json::from_slice(&answer).expect("an answer is JSON");
    if status != 200 {
        return is_problem(status, &json);
    }
    let episodes = json["episodes"].as_array().expect("episodes");
    assert_eq!(json["spell"]["episodeCount"], episodes.len());
    for result in episodes.iter().chain([&json["spell"]]) {
        assert_eq!(result["hrg"] == "UZ01Z", result["groupingMethod"] == "U", "{result}");
        assert!(result["hrg"].as_str().is_some_and(|hrg| hrg.len() == 5), "{result}");
    }
    let sent: Json = serde_json::from_slice(body).expect("what was answered was JSON");
    assert_eq!(post(sent.to_string().into_bytes()), (200, answer.clone()), "written closely");
    let mut escaped = String::new();
    write_escaped(&sent, &mut escaped);
    assert_eq!(post(escaped.into_bytes()), (200, answer), "written with escapes");
}

fn is_problem(status: u16, problem: &Json) {
    assert!(matches!(status, 400 | 404 | 413 | 422), "{status}: {problem}");
    assert_eq!(problem["status"], status);
    let code = problem["code"].as_str().expect("a code");
    assert!(is_stable(code), "{code}");
    for fault in problem["errors"].as_array().into_iter().flatten() {
        assert!(fault["code"].as_str().is_some_and(is_stable) && fault["pointer"].is_string(), "{fault}");
    }
}

/// Sends a body; gives the status and the answer's.
fn post(body: Vec<u8>) -> (u16, Vec<u8>) {
    static SERVICE: OnceLock<Router> = OnceLock::new();
    let service = SERVICE.get_or_init(|| router(App::new(Shelf::new(Releases::from([(TOY.to_owned(), toy())])))));
    thread_local! {
        static RUNTIME: Runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    }
    let request = Request::builder().method("POST").uri("/v1/group/apc").header("content-type", "application/json");
    let request = request.body(Body::from(body)).expect("a request");
    RUNTIME.with(|runtime| {
        runtime.block_on(async {
            let response = service.clone().oneshot(request).await.expect("the service never fails");
            let status = response.status().as_u16();
            (status, response.into_body().collect().await.expect("a whole body").to_bytes().into())
        })
    })
}

/// Writes every character of every text as an escape.
fn write_escaped(json: &Json, out: &mut String) {
    let text = |text: &str, out: &mut String| {
        out.push('"');
        for unit in text.encode_utf16() {
            out.push_str(&format!("\\u{unit:04x}"));
        }
        out.push('"');
    };
    let mut first = true;
    let mut comma = |out: &mut String| {
        if !std::mem::take(&mut first) {
            out.push_str(" , ");
        }
    };
    match json {
        Json::String(value) => text(value, out),
        Json::Array(list) => {
            out.push('[');
            for value in list {
                comma(out);
                write_escaped(value, out);
            }
            out.push(']');
        }
        Json::Object(object) => {
            out.push('{');
            for (name, value) in object {
                comma(out);
                text(name, out);
                out.push(':');
                write_escaped(value, out);
            }
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
}
