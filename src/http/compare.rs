//! `POST /v1/compare`: one spell with several releases.

use super::body::{json_bytes, read};
use super::choose::{ChooseBy, Chosen, Purpose, choose};
use super::error::{ApiError, Fault, Problem};
use super::group::faults_of_size;
use super::limits;
use super::state::App;
use crate::grouper::compare::{Comparison, compare};
use crate::record::RawSpell;
use crate::record::object::{Object, object};
use crate::reference::Dataset;
use crate::trace::Explain;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of comparing.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(compare_apc))
}

/// A spell to compare.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct CompareRequest {
    /// Ids of the releases, as in grouping; the others are compared with the first. `auto` may be one of them.
    #[schema(min_items = 2, max_items = 6, example = json!(["2024-25.payment", "2024-25.costing"]))]
    pub references: Vec<String>,
    /// What `auto` chooses by, with the discharge date.
    #[serde(default)]
    pub purpose: Option<Purpose>,
    /// What `auto` chooses by: the day of discharge, `YYYY-MM-DD`.
    #[serde(default)]
    #[schema(format = Date, example = "2024-06-30")]
    pub discharge_date: Option<String>,
    /// How much of each trace to send; nothing where it is left out. The first differing step is always sent in full.
    #[serde(default = "nothing")]
    pub explain: Explain,
    /// The spell.
    #[serde(deserialize_with = "object")]
    #[schema(value_type = RawSpell)]
    pub spell: RawSpell<'static>,
}

fn nothing() -> Explain {
    Explain::None
}

/// Compare the grouping of one admitted patient care spell under two to six releases.
///
/// The results stand side by side, with the first step at which the explanations part.
#[utoipa::path(
    post,
    path = "/v1/compare",
    operation_id = "compare_apc",
    tag = "group",
    request_body(content = CompareRequest, content_type = "application/json"),
    responses(
        (status = 200, description = "The results side by side", body = Comparison),
        (status = 400, description = "The body is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such release", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The content type is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has not the form asked for, or no release covers the discharge date", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn compare_apc(State(app): State<App>, headers: HeaderMap, body: Body) -> Result<Response, ApiError> {
    let bytes = json_bytes(&headers, body, app.limits.single_bytes).await?;
    let Object(request) = read::<Object<CompareRequest>>(&bytes, "")?;
    let faults: Vec<Fault> =
        number_faults(&request.references).into_iter().chain(faults_of_size(&request.spell, "/spell")).collect();
    if !faults.is_empty() {
        return Err(ApiError::Invalid(faults));
    }
    let ids: Vec<&str> = request.references.iter().map(String::as_str).collect();
    let by = ChooseBy { purpose: request.purpose, discharge_date: request.discharge_date.as_deref() };
    let chosen = choose(&app, &ids, Dataset::Apc, by)?;
    let mut response = app.at_work(move || Ok(answer(&request.spell, &chosen, request.explain))).await?;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn answer(spell: &RawSpell<'_>, chosen: &[Chosen], explain: Explain) -> Response {
    let releases: Vec<_> = chosen.iter().map(|chosen| chosen.release.clone()).collect();
    let mut comparison = compare(spell, &releases, explain);
    for (result, chosen) in comparison.results.iter_mut().zip(chosen) {
        result.answer.reference = chosen.named();
    }
    Json(comparison).into_response()
}

fn number_faults(references: &[String]) -> Vec<Fault> {
    let (least, most) = limits::COMPARED;
    let (code, message) = match references.len() {
        n if n < least => ("too-few", format!("at least {least} releases are compared")),
        n if n > most => ("too-many", format!("at most {most} releases are compared")),
        _ => return Vec::new(),
    };
    vec![Fault { pointer: "/references".to_owned(), code, message }]
}
