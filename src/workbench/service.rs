//! `GET /service`: what support needs to know of the service. Where callers must be known, the parts that only they may
//! read are asked for with their key.

use super::desk::{Desk, Reader, Refusal};
use super::page::{Demonstrations, Frame, blank, shown};
use crate::http::error::ApiError;
use askama::Template;
use axum::Router;
use axum::extract::{Form, FromRequest, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use serde_json::Value;

/// The page and its part.
pub(super) fn router() -> Router<Desk> {
    Router::new().route("/service", get(get_service).post(post_service)).route("/parts/service", get(get_part))
}

#[derive(Template)]
#[template(path = "service.html")]
struct ServicePage {
    frame: Frame,
    state: Result<ServiceState, Refusal>,
}

/// What callers may know.
#[derive(Debug, Template)]
#[template(path = "parts/service.html")]
struct ServiceState {
    releases: Vec<Release>,
    limits: Vec<(String, String)>,
}

/// The releases as the service lists them.
#[derive(Deserialize)]
struct Listed {
    references: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

/// A release as the service describes it.
#[derive(Debug, Deserialize)]
struct Release {
    id: String,
    status: String,
    version: String,
    year: String,
    purpose: String,
    digest: String,
    icd10: String,
    opcs4: String,
    datasets: Vec<String>,
    provenance: String,
    findings: Vec<Finding>,
}

/// Something that was found when the release was loaded.
#[derive(Debug, Deserialize)]
struct Finding {
    code: String,
    file: String,
    message: String,
}

/// A key or token, where scripts do not send it.
#[derive(Deserialize)]
struct Keyed {
    #[serde(default)]
    key: String,
}

async fn get_service(State(desk): State<Desk>, request: Request) -> Result<Response, ApiError> {
    let frame = Frame::of(&desk.app, "/service");
    let reader = Reader::of(&request);
    // Whoever must show a key has had no chance to.
    let state = if frame.asks_for_key { Err(Refusal::default()) } else { state(&desk, reader).await? };
    Ok(blank(&ServicePage { frame, state }))
}

async fn post_service(State(desk): State<Desk>, request: Request) -> Result<Response, ApiError> {
    let reader = Reader::of(&request);
    let Form(Keyed { key }) = Form::from_request(request, &()).await.map_err(|_| ApiError::Unreadable)?;
    let state = state(&desk, reader.with_key(&key)).await?;
    let page = ServicePage { frame: Frame::of(&desk.app, "/service"), state };
    Ok(match &page.state {
        Ok(_) => shown(StatusCode::OK, &page),
        Err(refusal) => refusal.on(&page),
    })
}

async fn get_part(State(desk): State<Desk>, request: Request) -> Result<Response, ApiError> {
    let reader = Reader::of(&request);
    Ok(match state(&desk, reader).await? {
        Ok(state) => shown(StatusCode::OK, &state),
        Err(refusal) => refusal.on(&refusal),
    })
}

/// What the service says of itself, or why it does not.
async fn state(desk: &Desk, reader: Reader) -> Result<Result<ServiceState, Refusal>, ApiError> {
    let limits: Value = match desk.get(&reader, "/v1/limits").await? {
        Ok(limits) => limits,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let listed: Listed = match desk.get(&reader, "/v1/references").await? {
        Ok(listed) => listed,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut releases = Vec::new();
    for Named { id } in listed.references {
        // One that was removed in between is no longer there.
        if let Ok(release) = desk.get::<Release>(&reader, &format!("/v1/references/{id}")).await? {
            releases.push(release);
        }
    }
    let mut lines = Vec::new();
    flatten("", &limits, &mut lines);
    Ok(Ok(ServiceState { releases, limits: lines }))
}

/// Every value with the names above it.
fn flatten(above: &str, value: &Value, lines: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let name = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
                flatten(&name, member, lines);
            }
        }
        Value::Null => lines.push((above.to_owned(), "no limit".to_owned())),
        Value::String(text) => lines.push((above.to_owned(), text.clone())),
        other => lines.push((above.to_owned(), other.to_string())),
    }
}
