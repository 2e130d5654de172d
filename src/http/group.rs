//! `POST /v1/group/apc` and its batch.

use super::body::{json_bytes, read};
use super::choose::{ChooseBy, Chosen, Purpose, choose};
use super::error::{ApiError, Fault, Problem};
use super::limits;
use super::state::App;
use crate::grouper::answer::{EpisodeAnswer, ReferenceAnswer, SpellAnswer};
use crate::grouper::{Answer, Method, answer};
use crate::record::RawSpell;
use crate::record::object::{Object, object};
use crate::record::size::{SizeFault, size_faults};
use crate::reference::{Dataset, Reference};
use crate::trace::{Explain, Trace};
use axum::Json;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use rayon::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of grouping.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(group_apc)).routes(routes!(group_apc_batch))
}

/// A spell to group.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GroupRequest {
    /// Id of the release, such as `2024-25.payment`, or `id@digest` for exactly that content, or `auto`.
    #[schema(example = "2024-25.payment")]
    pub reference: String,
    /// What `auto` chooses by, with the discharge date.
    #[serde(default)]
    pub purpose: Option<Purpose>,
    /// What `auto` chooses by: the day of discharge, `YYYY-MM-DD`. Its financial year runs from 1 April to 31 March.
    #[serde(default)]
    #[schema(format = Date, example = "2024-06-30")]
    pub discharge_date: Option<String>,
    /// How much of the trace to send.
    #[serde(default)]
    pub explain: Explain,
    /// The spell.
    #[serde(deserialize_with = "object")]
    #[schema(value_type = RawSpell)]
    pub spell: RawSpell<'static>,
}

/// Group one admitted patient care spell.
///
/// Bad patient data is a result: `UZ01Z` with messages, status 200.
#[utoipa::path(
    post,
    path = "/v1/group/apc",
    operation_id = "group_apc",
    tag = "group",
    request_body(content = GroupRequest, content_type = "application/json"),
    responses(
        (status = 200, description = "The grouping", body = Answer),
        (status = 400, description = "The body is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such release", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The content type is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has not the form asked for, or no release covers the discharge date", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn group_apc(State(app): State<App>, headers: HeaderMap, body: Body) -> Result<Response, ApiError> {
    let bytes = json_bytes(&headers, body, limits::SINGLE_BYTES).await?;
    let Object(request) = read::<Object<GroupRequest>>(&bytes, "")?;
    let by = ChooseBy { purpose: request.purpose, discharge_date: request.discharge_date.as_deref() };
    let chosen = choose_one(&app, &request.reference, Dataset::Apc, by)?;
    let faults = faults_of_size(&request.spell, "/spell");
    if !faults.is_empty() {
        return Err(ApiError::Invalid(faults));
    }
    let answer = Answer { reference: chosen.named(), ..answer(&request.spell, &chosen.release, request.explain) };
    Ok(with_reference(&chosen.release, Json(answer)))
}

/// Query of a batch.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(super) struct BatchQuery {
    /// Id of the release, such as `2024-25.payment`, or `auto`.
    reference: String,
    /// What `auto` chooses by, with the discharge date.
    #[param(inline)]
    purpose: Option<Purpose>,
    /// What `auto` chooses by: a day of discharge or attendance, `YYYY-MM-DD`, for all of the batch.
    #[param(format = Date)]
    discharge_date: Option<String>,
    /// How much of each trace to send; nothing where it is left out.
    #[param(inline)]
    explain: Option<Explain>,
}

/// What became of one item of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RecordStatus {
    /// It has an HRG.
    Grouped,
    /// Its data are invalid for grouping: UZ01Z.
    Invalid,
    /// It could not be read.
    Rejected,
}

/// The result of one spell of a batch.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchResult {
    /// Place in the array, from 1.
    pub line: usize,
    /// What became of it.
    pub status: RecordStatus,
    /// The spell, unless it was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spell: Option<SpellAnswer>,
    /// The episodes, unless it was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub episodes: Option<Vec<EpisodeAnswer>>,
    /// Why, as far as it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<Trace>,
    /// Why it was rejected.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Fault>,
}

/// Counts over a batch. An answer without it is not complete.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchSummary {
    /// Spells or records read.
    pub read: usize,
    /// Those with an HRG.
    pub grouped: usize,
    /// Those that are UZ01Z.
    pub invalid: usize,
    /// Those that could not be read.
    pub rejected: usize,
    /// Id of the release.
    pub reference: String,
    /// Digest of the release.
    pub digest: String,
}

/// The answer to a batch.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchAnswer {
    /// Which release answered.
    pub reference: ReferenceAnswer,
    /// One result for each spell, in input order.
    pub results: Vec<BatchResult>,
    /// Counts.
    pub summary: BatchSummary,
}

/// Group an array of admitted patient care spells.
///
/// Each spell has its own outcome: one that cannot be read is rejected, the others are grouped.
#[utoipa::path(
    post,
    path = "/v1/group/apc/batch",
    operation_id = "group_apc_batch",
    tag = "group",
    params(BatchQuery),
    request_body(content = Vec<RawSpell>, content_type = "application/json"),
    responses(
        (status = 200, description = "One result for each spell, and a summary", body = BatchAnswer),
        (status = 400, description = "The body is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such release", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large, or holds too many spells", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The content type is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body or the query has not the form asked for, or no release covers the discharge date", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn group_apc_batch(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let (chosen, explain) = of_query(&app, query.as_deref(), Dataset::Apc)?;
    let bytes = json_bytes(&headers, body, limits::BATCH_BYTES).await?;
    let kept = Arc::clone(&chosen.release);
    let batch = tokio::task::spawn_blocking(move || group_batch(&bytes, &kept, explain));
    let batch = batch.await.map_err(|_| ApiError::Internal)??;
    Ok(with_reference(&chosen.release, Json(BatchAnswer { reference: chosen.named(), ..batch })))
}

/// The release and the view that a batch's query asks for.
pub(super) fn of_query(app: &App, query: Option<&str>, dataset: Dataset) -> Result<(Chosen, Explain), ApiError> {
    let query: BatchQuery = serde_urlencoded::from_str(query.unwrap_or_default()).map_err(|_| {
        ApiError::Query(
            "the query takes `reference`, `explain` as none, summary, misses or full, `purpose` as payment or costing, and `dischargeDate`"
                .to_owned(),
        )
    })?;
    let by = ChooseBy { purpose: query.purpose, discharge_date: query.discharge_date.as_deref() };
    let chosen = choose_one(app, &query.reference, dataset, by).map_err(|fault| match fault {
        ApiError::Invalid(faults) => ApiError::Query(
            faults
                .iter()
                .map(|f| format!("{}: {}", f.pointer.trim_start_matches('/'), f.message))
                .collect::<Vec<_>>()
                .join("; "),
        ),
        other => other,
    })?;
    Ok((chosen, query.explain.unwrap_or(Explain::None)))
}

/// The items of a batch's array, within the limit.
pub(super) fn items(bytes: &[u8], explain: Explain) -> Result<Vec<Box<RawValue>>, ApiError> {
    let items: Vec<Box<RawValue>> = read(bytes, "")?;
    let most = if explain == Explain::None { limits::BATCH_SPELLS } else { limits::BATCH_SPELLS_EXPLAINED };
    if items.len() > most {
        return Err(ApiError::TooLarge(format!("a batch may hold {most} spells or records; send fewer at once")));
    }
    Ok(items)
}

/// An item of a batch, or why it is rejected.
pub(super) fn item<T: DeserializeOwned>(item: &RawValue, below: &str) -> Result<T, Vec<Fault>> {
    match read::<Object<T>>(item.get().as_bytes(), below) {
        Ok(Object(item)) => Ok(item),
        Err(ApiError::Invalid(faults)) => Err(faults),
        Err(_) => {
            let message = "this is not JSON that can be read".to_owned();
            Err(vec![Fault { pointer: below.to_owned(), code: "malformed-json", message }])
        }
    }
}

impl BatchSummary {
    /// Counts what became of each item.
    pub(super) fn of(statuses: &[RecordStatus], reference: &Reference) -> BatchSummary {
        let count = |wanted| statuses.iter().filter(|status| **status == wanted).count();
        BatchSummary {
            read: statuses.len(),
            grouped: count(RecordStatus::Grouped),
            invalid: count(RecordStatus::Invalid),
            rejected: count(RecordStatus::Rejected),
            reference: reference.identity.id.clone(),
            digest: reference.identity.digest.clone(),
        }
    }
}

fn group_batch(bytes: &[u8], reference: &Reference, explain: Explain) -> Result<BatchAnswer, ApiError> {
    let spells = items(bytes, explain)?;
    let results: Vec<BatchResult> =
        spells.par_iter().enumerate().map(|(i, spell)| group_one(i, spell, reference, explain)).collect();
    let statuses: Vec<RecordStatus> = results.iter().map(|result| result.status).collect();
    let summary = BatchSummary::of(&statuses, reference);
    Ok(BatchAnswer { reference: ReferenceAnswer::of(reference), results, summary })
}

fn group_one(index: usize, spell: &RawValue, reference: &Reference, explain: Explain) -> BatchResult {
    let below = format!("/{index}");
    let rejected = |errors| BatchResult {
        line: index + 1,
        status: RecordStatus::Rejected,
        spell: None,
        episodes: None,
        trace: None,
        errors,
    };
    let spell: RawSpell<'static> = match item(spell, &below) {
        Ok(spell) => spell,
        Err(faults) => return rejected(faults),
    };
    let faults = faults_of_size(&spell, &below);
    if !faults.is_empty() {
        return rejected(faults);
    }
    let Answer { spell, episodes, trace, .. } = answer(&spell, reference, explain);
    let invalid = spell.grouping_method == Method::Error.flag();
    BatchResult {
        line: index + 1,
        status: if invalid { RecordStatus::Invalid } else { RecordStatus::Grouped },
        spell: Some(spell),
        episodes: Some(episodes),
        trace,
        errors: Vec::new(),
    }
}

pub(super) fn choose_one(app: &App, id: &str, dataset: Dataset, by: ChooseBy<'_>) -> Result<Chosen, ApiError> {
    choose(app, &[id], dataset, by)?.pop().ok_or(ApiError::Internal)
}

/// What of the spell is outside the bounds, placed within the body.
pub(super) fn faults_of_size(spell: &RawSpell<'_>, below: &str) -> Vec<Fault> {
    placed(size_faults(spell), below)
}

/// Faults of size, placed within the body.
pub(super) fn placed(faults: Vec<SizeFault>, below: &str) -> Vec<Fault> {
    let placed = |fault: SizeFault| Fault {
        pointer: format!("{below}{}", fault.pointer),
        code: fault.code,
        message: fault.message,
    };
    faults.into_iter().map(placed).collect()
}

/// The headers that name the release, and the word that results are not to be kept.
pub(super) fn with_reference(reference: &Reference, answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    let headers = response.headers_mut();
    for (name, value) in
        [("hrg-reference", &reference.identity.id), ("hrg-reference-digest", &reference.identity.digest)]
    {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
