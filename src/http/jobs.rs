//! `/v1/jobs`: files that are too large to wait for.

use super::body::kind as media_type;
use super::choose::{ChooseBy, Chosen, Purpose, choose};
use super::error::{ApiError, Problem};
use super::job_answer::{Accepted, JobAnswer, wanted};
use super::job_events::events;
use super::job_refusal::{JobRefusal, too_large};
use super::limits;
use super::state::App;
use crate::files::Rdf;
use crate::files::layout::missing;
use crate::files::rdf::RdfField;
use crate::jobs::record::{Kind, Order, Packed, ReleaseName, Sent, State as JobState};
use crate::jobs::{JobError, Jobs, Opener, Upload, View};
use crate::reference::{Dataset, Reference};
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use serde::Deserialize;
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Whose jobs they are, until callers are authenticated.
pub(super) const ANYBODY: &str = "anonymous";
/// Pieces of a body that wait to be written.
const PIECES: usize = 8;
/// Bytes of a result that are opened at a time.
const PIECE_BYTES: u64 = 64 * 1024;

/// The routes of jobs.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_job))
        .routes(routes!(get_job, delete_job))
        .routes(routes!(job_events))
        .routes(routes!(get_job_result))
}

/// In which order records are grouped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum RowOrder {
    /// As they come: rows of a spell are one spell where they come together.
    #[default]
    Input,
    /// By provider, spell and episode.
    Sort,
}

/// Query of a job.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct JobQuery {
    /// What is to be done.
    #[param(inline)]
    kind: Kind,
    /// The dataset.
    #[param(inline)]
    dataset: Dataset,
    /// Id of the release, such as `2024-25.payment`, or `auto`; to compare, two to six of them with commas between.
    reference: String,
    /// What `auto` chooses by, with the discharge date.
    #[param(inline)]
    purpose: Option<Purpose>,
    /// What `auto` chooses by: a day, `YYYY-MM-DD`, for all of the file.
    #[param(format = Date)]
    discharge_date: Option<String>,
    /// A record definition: its name, where the service has it, or the text of an RDF file. Without one the header of a CSV
    /// names its columns.
    definition: Option<String>,
    /// Whether a file with a definition begins with a header line.
    #[serde(default)]
    header: bool,
    /// In which order records are grouped. Kind group only.
    #[serde(default)]
    #[param(inline)]
    order: RowOrder,
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
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let jobs = jobs_of(&app)?;
    let query = query.unwrap_or_default();
    let mut asked: JobQuery = serde_urlencoded::from_str(&query).map_err(|_| {
        ApiError::Query(
            "the query takes `kind` as group, compare or check, `dataset`, `reference`, `purpose` as payment or costing, `dischargeDate`, `definition`, `header` as true or false, and `order` as input or sort"
                .to_owned(),
        )
    })?;
    asked.definition = asked.definition.map(|definition| in_full(&app, definition)).transpose()?;
    let key = idempotency_key(&headers)?;
    let (sent, packed) = (sent(&headers)?, packed(&headers)?);
    let (order, releases) = order(&app, &asked, sent, packed)?;
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > jobs.settings().sent_bytes) {
        return Err(too_large());
    }
    let taking = Arc::clone(&jobs);
    let upload = blocking(move || taking.upload(ANYBODY, key.as_deref())).await?;
    let upload = take_in(upload, body).await?;
    let request = format!("{query}\n{sent:?}\n{packed:?}");
    let submitted = blocking(move || upload.submit(order, releases, asked.definition.as_deref(), &request)).await?;
    let id = submitted.record.id.clone();
    let view = find(&jobs, id.clone()).await?;
    let mut response = (StatusCode::ACCEPTED, Json(JobAnswer::of(&view))).into_response();
    let headers = response.headers_mut();
    if let Ok(location) = HeaderValue::from_str(&format!("/v1/jobs/{id}")) {
        headers.insert(header::LOCATION, location);
    }
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
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
async fn get_job(State(app): State<App>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let view = find(&jobs_of(&app)?, id).await?;
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
async fn delete_job(State(app): State<App>, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    let jobs = jobs_of(&app)?;
    let removed = blocking(move || jobs.remove(ANYBODY, &id)).await?;
    if removed { Ok(StatusCode::NO_CONTENT) } else { Err(JobRefusal::Unknown.into()) }
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
        (status = 200, description = "The events", body = String, content_type = "text/event-stream"),
        (status = 404, description = "No such job", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "The job's time is over", body = Problem, content_type = "application/problem+json"),
        (status = 501, description = "The service has no folder for jobs", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn job_events(State(app): State<App>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let jobs = jobs_of(&app)?;
    let told = jobs.watch(&id);
    find(&jobs, id.clone()).await?;
    Ok(unkept(events(&app, jobs, id, told)))
}

/// Query of a result.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ResultQuery {
    /// The form, where Accept does not say it.
    #[param(inline)]
    format: Option<crate::jobs::record::Format>,
}

/// The result of a finished job.
#[utoipa::path(
    get,
    path = "/v1/jobs/{id}/result",
    operation_id = "get_job_result",
    tag = "jobs",
    params(("id" = String, Path, description = "Id of the job"), ResultQuery),
    responses(
        (status = 200, description = "The result", content((String = "application/x-ndjson"), (String = "text/csv"))),
        (status = 404, description = "No such job", body = Problem, content_type = "application/problem+json"),
        (status = 406, description = "The job has no result of that form", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The job has not finished", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "The job's time is over", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The query is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 501, description = "The service has no folder for jobs", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get_job_result(
    State(app): State<App>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let jobs = jobs_of(&app)?;
    let query: ResultQuery = serde_urlencoded::from_str(query.as_deref().unwrap_or_default())
        .map_err(|_| ApiError::Query("the query takes `format` as ndjson, csv or zip".to_owned()))?;
    let View { record, .. } = find(&jobs, id).await?;
    match record.state {
        JobState::Finished => {}
        JobState::Failed => return Err(JobRefusal::Failed.into()),
        _ => return Err(JobRefusal::NotFinished.into()),
    }
    let wanted = Accepted { format: query.format, accept: headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()) };
    let format = wanted_format(&wanted, &record.results)?;
    let kept = record.clone();
    let (opener, kept) = blocking(move || jobs.open_result(&kept, format)).await?;
    let mut response = Response::new(Body::from_stream(pieces(opener)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(kept.bytes));
    let names: [fn(&ReleaseName) -> &str; 2] = [|name| &name.id, |name| &name.digest];
    let joined = names.map(|of| record.order.references.iter().map(of).collect::<Vec<_>>().join(","));
    let disposition = format!("attachment; filename=\"{}.{}\"", record.id, format.name());
    for (name, value) in ["hrg-reference", "hrg-reference-digest", "content-disposition"]
        .into_iter()
        .zip(joined.into_iter().chain([disposition]))
    {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    Ok(unkept(response))
}

fn wanted_format(
    asked: &Accepted<'_>,
    results: &[crate::jobs::record::Kept],
) -> Result<crate::jobs::record::Format, ApiError> {
    let there: Vec<_> = results.iter().map(|kept| kept.format).collect();
    wanted(asked, &there).ok_or_else(|| JobRefusal::NotAcceptable.into())
}

fn jobs_of(app: &App) -> Result<Arc<Jobs>, ApiError> {
    app.jobs().ok_or_else(|| JobRefusal::NotConfigured.into())
}

/// Results and what is said of jobs are not to be kept on the way.
fn unkept(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The store is on a disk, which may make a thread wait.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, JobError> + Send + 'static,
) -> Result<T, ApiError> {
    Ok(spawn_blocking(work).await.map_err(|_| ApiError::Internal)??)
}

/// A job that is there.
pub(super) async fn find(jobs: &Arc<Jobs>, id: String) -> Result<View, ApiError> {
    let jobs = Arc::clone(jobs);
    let view = blocking(move || jobs.get(ANYBODY, &id)).await?.ok_or(JobRefusal::Unknown)?;
    if view.record.state == JobState::Expired { Err(JobRefusal::Expired.into()) } else { Ok(view) }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let key =
        key.to_str().ok().filter(|key| (1..=255).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()));
    key.map(|key| Some(key.to_owned())).ok_or_else(|| JobRefusal::BadKey.into())
}

fn sent(headers: &HeaderMap) -> Result<Sent, ApiError> {
    match media_type(headers).as_str() {
        "text/csv" => Ok(Sent::Csv),
        "application/x-ndjson" => Ok(Sent::Ndjson),
        "application/json" => Ok(Sent::Json),
        _ => Err(ApiError::UnsupportedMediaType),
    }
}

fn packed(headers: &HeaderMap) -> Result<Packed, ApiError> {
    let encoding = headers.get(header::CONTENT_ENCODING).map(|v| v.to_str().unwrap_or("?").trim().to_ascii_lowercase());
    match encoding.as_deref() {
        None | Some("identity") => Ok(Packed::Plain),
        Some("gzip" | "x-gzip") => Ok(Packed::Gzip),
        Some("zstd") => Ok(Packed::Zstd),
        Some(_) => Err(ApiError::UnsupportedEncoding),
    }
}

/// A definition as text, whether it was sent or named. A job keeps it, whatever the service is started with next.
fn in_full(app: &App, definition: String) -> Result<String, ApiError> {
    if definition.contains('\n') {
        return Ok(definition);
    }
    let named = app.definitions.get(&definition);
    let rdf = named.ok_or_else(|| ApiError::Query("no record definition of that name is loaded".to_owned()))?;
    let first = match rdf.delimiter {
        b'\t' => "TAB",
        b'|' => "PIPE",
        _ => "COMMA",
    };
    let line = |field: &RdfField| {
        let RdfField { name, title, position, picture, extract } = field;
        format!("{name},{title},{position},,,{picture},{extract}\n")
    };
    Ok(std::iter::once(format!("{first} DELIMITED\n")).chain(rdf.fields.iter().map(line)).collect())
}

/// What is to be done, and by which releases.
fn order(app: &App, asked: &JobQuery, sent: Sent, packed: Packed) -> Result<(Order, Vec<Arc<Reference>>), ApiError> {
    let wrong = |words: &str| Err(ApiError::Query(words.to_owned()));
    let ids: Vec<&str> = asked.reference.split(',').collect();
    let (least, most) = limits::COMPARED;
    match asked.kind {
        Kind::Compare if asked.dataset != Dataset::Apc => return wrong("spells alone are compared: dataset is apc"),
        Kind::Compare if !(least..=most).contains(&ids.len()) => {
            return wrong("two to six releases are compared: reference names them with commas between");
        }
        Kind::Compare if sent == Sent::Json => {
            return wrong("to compare, send CSV, or NDJSON with a spell on each line");
        }
        Kind::Group | Kind::Check if ids.len() != 1 => return wrong("reference names one release"),
        Kind::Check if sent != Sent::Csv => return wrong("to check, send CSV"),
        _ => {}
    }
    if asked.order == RowOrder::Sort && asked.kind != Kind::Group {
        return wrong("order is asked of the kind group alone");
    }
    if (asked.definition.is_some() || asked.header) && sent != Sent::Csv {
        return wrong("definition and header go with CSV");
    }
    if asked.header && asked.definition.is_none() {
        return wrong("header goes with a definition: without one the first line of a CSV always is the header");
    }
    let by = ChooseBy { purpose: asked.purpose, discharge_date: asked.discharge_date.as_deref() };
    let chosen = choose(app, &ids, asked.dataset, by).map_err(|fault| match fault {
        ApiError::Invalid(_) => ApiError::Query(
            "purpose and dischargeDate, as YYYY-MM-DD, stand there where reference is auto, and only there".to_owned(),
        ),
        other => other,
    })?;
    let releases: Vec<Arc<Reference>> = chosen.into_iter().map(|Chosen { release, .. }| release).collect();
    if let (Some(text), Some(first)) = (&asked.definition, releases.first()) {
        let rdf = Rdf::parse(text, first.options.rdf_other_delimiters);
        let Ok(rdf) = rdf else { return wrong("definition is none; `hrg check` says what is wrong with it") };
        let lacking = missing(&rdf, asked.dataset);
        if !lacking.is_empty() {
            return wrong(&format!("definition lacks mandatory fields of {}: {}", asked.dataset, lacking.join(", ")));
        }
    }
    let name = |release: &Arc<Reference>| ReleaseName {
        id: release.identity.id.clone(),
        digest: release.identity.digest.clone(),
    };
    let order = Order {
        kind: asked.kind,
        dataset: asked.dataset,
        references: releases.iter().map(name).collect(),
        sent,
        packed,
        header: asked.header,
        definition: asked.definition.is_some(),
        sort: asked.order == RowOrder::Sort,
    };
    Ok((order, releases))
}

/// Writes the body to the disk as it arrives: a few pieces of it are in memory, never more.
async fn take_in(mut upload: Upload, mut body: Body) -> Result<Upload, ApiError> {
    let (pass, mut pieces) = mpsc::channel::<Bytes>(PIECES);
    let writing = spawn_blocking(move || {
        while let Some(piece) = pieces.blocking_recv() {
            upload.write(&piece)?;
        }
        Ok::<Upload, JobError>(upload)
    });
    let stall = Duration::from_secs(limits::STALL_SECONDS);
    loop {
        let frame = tokio::time::timeout(stall, body.frame()).await.map_err(|_| ApiError::Timeout)?;
        let Some(frame) = frame else { break };
        let broken = |_| ApiError::Malformed("the body ended before its announced length".to_owned());
        if let Ok(piece) = frame.map_err(broken)?.into_data()
            && pass.send(piece).await.is_err()
        {
            break; // the writer has ended, and says why
        }
    }
    drop(pass);
    Ok(writing.await.map_err(|_| ApiError::Internal)??)
}

/// Opens a result piece by piece; no thread waits for a slow reader.
fn pieces(opener: Opener) -> impl futures_util::Stream<Item = std::io::Result<Bytes>> {
    futures_util::stream::unfold(Some(opener), |opener| async {
        let mut opener = opener?;
        let piece = spawn_blocking(move || {
            let mut piece = Vec::new();
            let read = (&mut opener).take(PIECE_BYTES).read_to_end(&mut piece);
            (read.map(|_| Bytes::from(piece)), opener)
        });
        match piece.await {
            Ok((Ok(piece), _)) if piece.is_empty() => None,
            Ok((Ok(piece), opener)) => Some((Ok(piece), Some(opener))),
            Ok((Err(fault), _)) => {
                tracing::error!(fault = %fault.kind(), "a result could not be read");
                Some((Err(fault), None))
            }
            Err(fault) => Some((Err(std::io::Error::other(fault)), None)),
        }
    })
}
