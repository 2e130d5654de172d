//! `GET /v1/references` and `GET /v1/references/{id}`.

use super::conditional::conditional;
use super::error::{ApiError, Problem};
use super::state::App;
use crate::reference::{Finding, Identity, Options, Reference};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of the releases.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_references)).routes(routes!(get_reference))
}

/// The releases that answer.
#[derive(Debug, Serialize, ToSchema)]
struct ReferenceList {
    /// By id.
    references: Vec<Identity>,
}

/// A release in full.
#[derive(Debug, Serialize, ToSchema)]
struct ReferenceDetail {
    /// Who it is.
    #[serde(flatten)]
    identity: Identity,
    /// Its options.
    options: Options,
    /// What it holds.
    counts: Counts,
    /// Warnings found on loading.
    findings: Vec<Finding>,
}

/// Sizes of a release.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReferenceCounts)]
struct Counts {
    /// HRGs, core and unbundled.
    hrgs: usize,
    /// Roots.
    roots: usize,
    /// Rows for procedures: codes and categories.
    procedures: usize,
    /// Rows for diagnoses: codes and categories.
    diagnoses: usize,
}

/// List the releases.
#[utoipa::path(
    get,
    path = "/v1/references",
    operation_id = "list_references",
    tag = "references",
    responses((status = 200, description = "The releases, by id", body = ReferenceList))
)]
async fn list_references(State(app): State<App>) -> Json<ReferenceList> {
    let references = app.shelf.all().values().map(|release| release.identity.clone()).collect();
    Json(ReferenceList { references })
}

/// Get one release.
#[utoipa::path(
    get,
    path = "/v1/references/{id}",
    operation_id = "get_reference",
    tag = "references",
    params(("id" = String, Path, description = "Id of the release, or id@digest", example = "2024-25.payment")),
    responses(
        (status = 200, description = "The release; its ETag is its digest", body = ReferenceDetail),
        (status = 304, description = "Not changed since the ETag sent in If-None-Match"),
        (status = 404, description = "No such release", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get_reference(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let release = app.shelf.find(&id).ok_or(ApiError::UnknownReference)?;
    Ok(conditional(&headers, &release.identity.digest, Json(detail(&release))))
}

fn detail(release: &Reference) -> ReferenceDetail {
    ReferenceDetail {
        identity: release.identity.clone(),
        options: release.options.clone(),
        counts: Counts {
            hrgs: release.labels.hrgs.len(),
            roots: release.splits.len(),
            procedures: release.codes.procedures.rows().len(),
            diagnoses: release.codes.diagnoses.rows().len(),
        },
        findings: release.findings.clone(),
    }
}
