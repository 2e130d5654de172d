//! `/v1/jobs`: files that are too large to wait for.

use super::access::Owner;
use super::error::{ApiError, Problem};
use super::job_answer::JobAnswer;
use super::job_body::take_in;
use super::job_events::events;
use super::job_order::{Asked, JobQuery};
use super::job_refusal::{JobRefusal, too_large};
use super::job_result;
use super::job_result::name_decision;
use super::state::App;
use crate::jobs::record::State as JobState;
use crate::jobs::{JobError, Jobs, View};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::spawn_blocking;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What the paths of jobs begin with.
pub(super) const PATH: &str = "/v1/jobs";

/// The routes of jobs.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_job))
        .routes(routes!(get_job, delete_job))
        .routes(routes!(job_events))
        .merge(job_result::router())
}

/// Send a file to be grouped, compared or looked at, and come back for the result.
///
/// The file is CSV, NDJSON or a JSON array, plain or packed with gzip or zstd, of up to 512 MiB as sent. To compare, each
/// line of NDJSON is a spell; to check, the file is CSV. The same `Idempotency-Key` with the same query and body is the same
/// job.
#[utoipa::path(
    post,
    path = "/v1/jobs",
    operation_id = "create_job",
    tag = "jobs",
    params(JobQuery, ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters")),
    request_body(content((String = "text/csv"), (String = "application/x-ndjson"), (String = "application/json"))),
    responses(
        (status = 202, description = "The job, which waits for its turn", body = JobAnswer, headers(("Location" = String), ("Retry-After" = u32))),
        (status = 400, description = "The body was broken off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such release", body = Problem, content_type = "application/problem+json"),
        (status = 408, description = "The body stopped arriving", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "A request with that key is on its way in", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The content type or encoding is none of those taken", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The query is wrong, or the key was used for another request", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many jobs", body = Problem, content_type = "application/problem+json"),
        (status = 501, description = "The service has no folder for jobs", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Jobs cannot be kept just now", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn create_job(
    State(app): State<App>,
    owner: Owner,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let jobs = jobs_of(&app)?;
    let key = idempotency_key(&headers)?;
    let asked = Asked::read(&app, query.unwrap_or_default(), &headers)?;
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > jobs.settings().sent_bytes) {
        return Err(too_large(Some(jobs.settings().sent_bytes)));
    }
    let (taking, client) = (Arc::clone(&jobs), Arc::clone(&owner.0));
    let upload = blocking(move || taking.upload(&client, key.as_deref())).await?;
    let upload = take_in(upload, body, Duration::from_secs(app.limits.job_stall_seconds)).await?;
    let Asked { order, releases, definition, request } = asked;
    let submitted = blocking(move || upload.submit(order, releases, definition.as_deref(), &request)).await?;
    let id = submitted.record.id.clone();
    let view = find(&jobs, &owner, id.clone()).await?;
    let mut response = (StatusCode::ACCEPTED, Json(JobAnswer::of(&view))).into_response();
    let headers = response.headers_mut();
    if let Ok(location) = HeaderValue::from_str(&format!("/v1/jobs/{id}")) {
        headers.insert(header::LOCATION, location);
    }
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    name_decision(&view.record, headers);
    Ok(unkept(response))
}

/// How a job stands: counts, rate and time left.
#[utoipa::path(
    get,
    path = "/v1/jobs/{id}",
    operation_id = "get_job",
    tag = "jobs",
    params(("id" = String, Path, description = "Id of the job")),
    responses(
        (status = 200, description = "The job", body = JobAnswer),
        (status = 404, description = "No such job", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "The job's time is over", body = Problem, content_type = "application/problem+json"),
        (status = 501, description = "The service has no folder for jobs", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get_job(State(app): State<App>, owner: Owner, Path(id): Path<String>) -> Result<Response, ApiError> {
    let view = find(&jobs_of(&app)?, &owner, id).await?;
    Ok(unkept(Json(JobAnswer::of(&view)).into_response()))
}

/// Cancel a job and erase its files, whatever its state.
#[utoipa::path(
    delete,
    path = "/v1/jobs/{id}",
    operation_id = "delete_job",
    tag = "jobs",
    params(("id" = String, Path, description = "Id of the job")),
    responses(
        (status = 204, description = "Its files and their key are erased"),
        (status = 404, description = "No such job", body = Problem, content_type = "application/problem+json"),
        (status = 501, description = "The service has no folder for jobs", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "It could not be erased", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn delete_job(State(app): State<App>, owner: Owner, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    let jobs = jobs_of(&app)?;
    let removed = blocking(move || jobs.remove(&owner.0, &id)).await?;
    if removed { Ok(StatusCode::NO_CONTENT) } else { Err(JobRefusal::Unknown.into()) }
}

/// One server-sent event.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of what is written, for the document")]
struct JobEvent {
    /// What happened: `progress`, `finished`, `failed`, `interrupted`, `deleted` or `stopping`.
    event: String,
    /// The job as JSON.
    data: String,
}

/// How a job stands, told as it goes: server-sent events at least every second, until nothing more comes of it.
///
/// The events are `progress`, then one of `finished`, `failed`, `interrupted` and `deleted`, or `stopping` where the service
/// stops before the job begins. Each holds the job as `GET /v1/jobs/{id}` gives it.
#[utoipa::path(
    get,
    path = "/v1/jobs/{id}/events",
    operation_id = "job_events",
    tag = "jobs",
    params(("id" = String, Path, description = "Id of the job")),
    responses(
        (status = 200, description = "The events", body = JobEvent, content_type = "text/event-stream"),
        (status = 404, description = "No such job", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "The job's time is over", body = Problem, content_type = "application/problem+json"),
        (status = 501, description = "The service has no folder for jobs", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn job_events(State(app): State<App>, owner: Owner, Path(id): Path<String>) -> Result<Response, ApiError> {
    let jobs = jobs_of(&app)?;
    // Before the look at the job: what changes in between is told.
    let told = jobs.watch(&id);
    find(&jobs, &owner, id.clone()).await?;
    Ok(unkept(events(&app, jobs, owner, id, told)))
}

pub(super) fn jobs_of(app: &App) -> Result<Arc<Jobs>, ApiError> {
    app.jobs().ok_or_else(|| JobRefusal::NotConfigured.into())
}

/// Results and what is said of jobs are not to be kept on the way.
pub(super) fn unkept(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The store is on a disk, which may make a thread wait.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, JobError> + Send + 'static,
) -> Result<T, ApiError> {
    Ok(spawn_blocking(work).await.map_err(|_| ApiError::Internal)??)
}

/// A job of the caller that is there.
pub(super) async fn find(jobs: &Arc<Jobs>, owner: &Owner, id: String) -> Result<View, ApiError> {
    let (jobs, client) = (Arc::clone(jobs), Arc::clone(&owner.0));
    let view = blocking(move || jobs.get(&client, &id)).await?.ok_or(JobRefusal::Unknown)?;
    if view.record.state == JobState::Expired { Err(JobRefusal::Expired.into()) } else { Ok(view) }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let key =
        key.to_str().ok().filter(|key| (1..=255).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()));
    key.map(|key| Some(key.to_owned())).ok_or_else(|| JobRefusal::BadKey.into())
}
