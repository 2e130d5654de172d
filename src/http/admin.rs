//! The admin interface, for a listener of its own: upload, activate, roll back and remove releases. Never on the port
//! that groups.

use super::body::{json_bytes, raw_bytes, read};
use super::envelope::{EnvelopeLayer, Limit};
use super::error::{ApiError, Problem};
use super::limits::{self, Limits};
use super::metrics::{self, Measured};
use super::openapi;
use super::refusal::AdminRefusal;
use super::state::App;
use crate::bundle::Stock;
use crate::bundle::archive::{Kind, MAX_SENT};
use crate::bundle::state::Choice;
use crate::bundle::stock::{Holding, Holdings, Refusal, Uploaded};
use crate::reference::{Finding, Identity};
use axum::body::Body;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What the requests of operators share.
#[derive(Clone, Debug)]
pub struct Admin {
    stock: Arc<Stock>,
    /// Uploads take turns: one alone may fill some hundreds of megabytes.
    turn: Arc<tokio::sync::Mutex<()>>,
    limits: Arc<Limits>,
    /// What is measured.
    pub(super) measured: Arc<Measured>,
}

/// The whole admin interface of a service.
pub fn router(stock: Stock, app: &App) -> Router {
    let (routes, _) = openapi::admin_routes();
    let text = openapi::admin_document();
    let routes = routes.route("/openapi.json", axum::routing::get(move || async move { super::openapi_json(text) }));
    let (limits, measured) = (Arc::clone(&app.limits), Arc::new(Measured::of(app.clone())));
    let admin = Admin { stock: Arc::new(stock), turn: Arc::default(), limits, measured };
    super::enveloped(
        routes.layer(from_fn(refuse_browsers)),
        EnvelopeLayer { gate: Arc::clone(&app.admin_gate), ..super::layer(app, Limit::default()) },
    )
    .with_state(admin)
}

/// The routes, each with its part of the document.
pub fn routes() -> OpenApiRouter<Admin> {
    OpenApiRouter::new()
        .routes(routes!(metrics::get_metrics))
        .routes(routes!(list_versions, upload_reference))
        .routes(routes!(activate_reference))
        .routes(routes!(roll_back_reference))
        .routes(routes!(remove_reference))
}

/// A page that an operator has open could otherwise reach the loopback. Browsers add `Origin` to whatever changes things.
async fn refuse_browsers(request: Request, next: Next) -> Response {
    if request.headers().contains_key(header::ORIGIN) {
        return AdminRefusal::browser().into_response();
    }
    next.run(request).await
}

/// Where a release stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Standing {
    /// It answers to its id.
    Active,
    /// It answered before: rolling back brings it again.
    Previous,
    /// It waits.
    Staged,
    /// It was uploaded, but could not be used when the service started. Where it was active, nothing answers to the id.
    Refused,
}

/// Where a release came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Source {
    /// From the program, or the folder named at the start.
    Start,
    /// From an upload.
    Upload,
}

/// One release of an id.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Version {
    /// `sha256:` and 64 hexadecimal digits.
    digest: String,
    /// Where it stands.
    state: Standing,
    /// Where it came from.
    source: Source,
    /// When it came in: the upload, or the start of the service.
    #[schema(example = "2030-01-15T12:00:00Z")]
    loaded_at: String,
    /// The trusted key that signed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_by: Option<String>,
    /// Who it is; not known of one that is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<Identity>,
    /// Warnings, or why it is refused.
    findings: Vec<Finding>,
}

/// Every release of an id.
#[derive(Debug, Serialize, ToSchema)]
struct ReferenceVersions {
    /// `2024-25.payment`.
    id: String,
    /// The digest that answers; none where nothing does.
    active: Option<String>,
    /// The active one first, then the previous, then the others by time.
    versions: Vec<Version>,
}

/// Every release of every id.
#[derive(Debug, Serialize, ToSchema)]
struct ReferenceVersionList {
    /// By id.
    references: Vec<ReferenceVersions>,
}

/// Query of an upload.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct UploadQuery {
    /// Let the release answer at once, in the same movement.
    #[serde(default)]
    activate: bool,
}

/// Which release is to answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Activation {
    /// Its digest.
    #[schema(example = "sha256:...")]
    digest: String,
}

/// Query of a removal.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RemovalQuery {
    /// The digest to remove; the active one where it is left out.
    digest: Option<String>,
    /// Remove it although it is active: then nothing answers to the id until another release is activated.
    #[serde(default)]
    force: bool,
}

/// List every release of every id.
#[utoipa::path(
    get,
    path = "/admin/references",
    operation_id = "list_versions",
    tag = "admin",
    responses((status = 200, description = "Staged, active and previous releases, by id", body = ReferenceVersionList))
)]
async fn list_versions(State(admin): State<Admin>) -> Result<Json<ReferenceVersionList>, ApiError> {
    let inventory = blocking(&admin, Stock::inventory).await?;
    let references = inventory.into_iter().map(|(id, holdings)| versions(id, &holdings)).collect();
    Ok(Json(ReferenceVersionList { references }))
}

/// Upload a release.
///
/// The body is an archive of the release folder. It is checked as a whole; a refused one leaves everything as it was. A
/// release that is there already is not taken again: the answer is then 200.
#[utoipa::path(
    post,
    path = "/admin/references",
    operation_id = "upload_reference",
    tag = "admin",
    params(UploadQuery),
    request_body(content(
        (Vec<u8> = "application/zip"),
        (Vec<u8> = "application/gzip"),
    )),
    responses(
        (status = 201, description = "Taken in", body = Version),
        (status = 200, description = "It was there already", body = Version),
        (status = 403, description = "A browser sent it", body = Problem, content_type = "application/problem+json"),
        (status = 408, description = "The body took too long", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "There is no state folder, or too many releases are kept", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The archive is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The content type is not one of an archive", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The archive, the release or its signature was refused; `errors` holds every finding, its pointer being the file", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The state folder cannot be written", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn upload_reference(
    State(admin): State<Admin>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let UploadQuery { activate } = parse(query, "the query takes `activate` as true or false")?;
    let kind = archive_kind(&headers)?;
    admin.stock.can_change()?;
    let turn = Arc::clone(&admin.turn).lock_owned().await;
    let too_large = || ApiError::TooLarge(format!("an archive may hold {MAX_SENT} bytes"));
    let receive = raw_bytes(&headers, body, MAX_SENT, too_large);
    let limit = Duration::from_secs(admin.limits.upload_seconds);
    let bytes = tokio::time::timeout(limit, receive).await.map_err(|_| ApiError::Timeout)??;
    let Uploaded { id, digest, is_new, holdings } = change(&admin, "upload", move |stock| {
        let _turn = turn; // kept to the end, also where the caller has gone
        stock.upload(&bytes, kind, activate)
    })
    .await?;
    tracing::info!(reference.id = id, reference.digest = digest, activate, is_new, "release uploaded");
    let choice = Choice::Upload(digest);
    let version = holdings.get(&choice).map(|holding| version(&choice, holding, &holdings));
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    version.map(|version| (status, Json(version)).into_response()).ok_or(ApiError::Internal)
}

/// Let a release answer to its id.
#[utoipa::path(
    post,
    path = "/admin/references/{id}/activate",
    operation_id = "activate_reference",
    tag = "admin",
    params(("id" = String, Path, description = "Id of the release", example = "2024-25.payment")),
    request_body(content = Activation, content_type = "application/json"),
    responses(
        (status = 200, description = "It answers", body = ReferenceVersions),
        (status = 400, description = "The body is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "A browser sent it", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such release, or no such digest", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "There is no state folder", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The content type is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has not the form asked for, or the release cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The state folder cannot be written", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn activate_reference(
    State(admin): State<Admin>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ReferenceVersions>, ApiError> {
    let bytes = json_bytes(&headers, body, limits::ADMIN_BYTES).await?;
    let Activation { digest } = read(&bytes, "")?;
    let wanted = id.clone();
    let holdings = change(&admin, "activate", move |stock| stock.activate(&wanted, &digest)).await?;
    Ok(answer(id, &holdings, "release activated"))
}

/// Let the release answer that answered before. Doing it again takes that back.
#[utoipa::path(
    post,
    path = "/admin/references/{id}/rollback",
    operation_id = "roll_back_reference",
    tag = "admin",
    params(("id" = String, Path, description = "Id of the release", example = "2024-25.payment")),
    responses(
        (status = 200, description = "The release before answers", body = ReferenceVersions),
        (status = 403, description = "A browser sent it", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such release", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "There is nothing to roll back to, or no state folder", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The state folder cannot be written", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn roll_back_reference(
    State(admin): State<Admin>,
    Path(id): Path<String>,
) -> Result<Json<ReferenceVersions>, ApiError> {
    let wanted = id.clone();
    let holdings = change(&admin, "rollback", move |stock| stock.roll_back(&wanted)).await?;
    Ok(answer(id, &holdings, "release rolled back"))
}

/// Remove a release.
#[utoipa::path(
    delete,
    path = "/admin/references/{id}",
    operation_id = "remove_reference",
    tag = "admin",
    params(("id" = String, Path, description = "Id of the release", example = "2024-25.payment"), RemovalQuery),
    responses(
        (status = 204, description = "Removed"),
        (status = 403, description = "A browser sent it", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such release, or no such digest", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is active, was not uploaded, or there is no state folder", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A query parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The state folder cannot be written", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn remove_reference(
    State(admin): State<Admin>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<StatusCode, ApiError> {
    let RemovalQuery { digest, force } = parse(query, "the query takes `digest`, and `force` as true or false")?;
    let wanted = id.clone();
    change(&admin, "remove", move |stock| stock.remove(&wanted, digest.as_deref(), force)).await?;
    tracing::info!(reference.id = id, force, "release removed");
    Ok(StatusCode::NO_CONTENT)
}

/// Works where it may take its time, away from the threads that answer callers.
async fn blocking<T: Send + 'static>(
    admin: &Admin,
    work: impl FnOnce(&Stock) -> T + Send + 'static,
) -> Result<T, ApiError> {
    let stock = Arc::clone(&admin.stock);
    tokio::task::spawn_blocking(move || work(&stock)).await.map_err(|_| ApiError::Internal)
}

/// Makes a change: it unpacks, loads and writes.
async fn change<T: Send + 'static>(
    admin: &Admin,
    action: &'static str,
    work: impl FnOnce(&Stock) -> Result<T, Refusal> + Send + 'static,
) -> Result<T, ApiError> {
    blocking(admin, work).await?.map_err(|refusal| {
        tracing::warn!(action, why = %refusal, "change refused");
        ApiError::from(refusal)
    })
}

fn parse<T: DeserializeOwned>(query: Option<String>, words: &str) -> Result<T, ApiError> {
    serde_urlencoded::from_str(query.as_deref().unwrap_or_default()).map_err(|_| ApiError::Query(words.to_owned()))
}

fn archive_kind(headers: &HeaderMap) -> Result<Kind, ApiError> {
    match headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()) {
        Some("application/zip") => Ok(Kind::Zip),
        Some("application/gzip") => Ok(Kind::TarGz),
        _ => Err(AdminRefusal::not_an_archive()),
    }
}

/// The releases of the id, after a change that is logged in these words.
fn answer(id: String, holdings: &Holdings, words: &'static str) -> Json<ReferenceVersions> {
    let versions = versions(id, holdings);
    tracing::info!(reference.id = versions.id, reference.digest = versions.active.as_deref(), "{words}");
    Json(versions)
}

fn versions(id: String, holdings: &Holdings) -> ReferenceVersions {
    let start = holdings.start.iter().map(|holding| (Choice::Start, holding));
    let uploads = holdings.uploads.iter().map(|(digest, holding)| (Choice::Upload(digest.clone()), holding));
    let mut all: Vec<(Choice, &Holding)> = start.chain(uploads).collect();
    let is = |chosen: &Option<Choice>, choice: &Choice| chosen.as_ref() == Some(choice);
    all.sort_by_key(|(choice, holding)| {
        (!is(&holdings.active, choice), !is(&holdings.previous, choice), holding.loaded_at.clone())
    });
    ReferenceVersions {
        id,
        active: holdings.answering().map(|release| release.identity.digest.clone()),
        versions: all.iter().map(|(choice, holding)| version(choice, holding, holdings)).collect(),
    }
}

fn version(choice: &Choice, holding: &Holding, holdings: &Holdings) -> Version {
    let release = holding.content.as_ref().ok();
    let (source, digest) = match choice {
        Choice::Start => (Source::Start, release.map(|r| r.identity.digest.clone()).unwrap_or_default()),
        Choice::Upload(digest) => (Source::Upload, digest.clone()),
    };
    let state = match &holding.content {
        Err(_) => Standing::Refused,
        Ok(_) if holdings.active.as_ref() == Some(choice) => Standing::Active,
        Ok(_) if holdings.previous.as_ref() == Some(choice) => Standing::Previous,
        Ok(_) => Standing::Staged,
    };
    Version {
        digest,
        state,
        source,
        loaded_at: holding.loaded_at.clone(),
        signed_by: holding.signed_by.clone(),
        identity: release.map(|release| release.identity.clone()),
        findings: match &holding.content {
            Ok(release) => release.findings.clone(),
            Err(findings) => findings.clone(),
        },
    }
}
