//! Looking releases up: codes, HRGs and lists below `/v1/references/{id}`. What is answered is made in
//! [`crate::reference::lookup`].

use super::conditional::conditional;
use super::error::{ApiError, Problem};
use super::state::App;
use crate::reference::Reference;
use crate::reference::lookup::{
    CodeAnswer, CodeSearch, DEFAULT_LIMIT, Extract, Fault, HrgAnswer, HrgSearch, ListAnswer, ListIndex, MAX_LIMIT,
    MAX_QUERY, RowAnswer, System, list_lists, look_up_code, look_up_hrg, look_up_list, look_up_row, search_codes,
    search_hrgs,
};
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of looking up.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(search_release_codes))
        .routes(routes!(get_code))
        .routes(routes!(search_release_hrgs))
        .routes(routes!(get_hrg))
        .routes(routes!(get_lists))
        .routes(routes!(get_list))
        .routes(routes!(get_row))
}

impl From<Fault> for ApiError {
    fn from(fault: Fault) -> ApiError {
        ApiError::LookUp(fault)
    }
}

/// Which part of a long listing is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PageQuery {
    /// `next` of the page before; the first page where it is left out.
    cursor: Option<String>,
    /// The most items on the page.
    #[serde(default = "default_limit")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: usize,
}

/// What is searched for, and which part of what is found is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SearchQuery {
    /// Words; each must begin the code or a word of the label, whatever the case. Everything where it is left out.
    #[serde(default)]
    #[param(max_length = 200, example = "hip")]
    q: String,
    /// `next` of the page before; the first page where it is left out.
    cursor: Option<String>,
    /// The most items on the page.
    #[serde(default = "default_limit")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: usize,
}

fn default_limit() -> usize {
    DEFAULT_LIMIT
}

fn within(limit: usize) -> Result<(), ApiError> {
    let fits = (1..=MAX_LIMIT).contains(&limit);
    fits.then_some(()).ok_or_else(|| ApiError::Query(format!("`limit` is a whole number from 1 to {MAX_LIMIT}")))
}

impl PageQuery {
    fn read(query: Option<&str>) -> Result<PageQuery, ApiError> {
        let query: PageQuery = serde_urlencoded::from_str(query.unwrap_or_default())
            .map_err(|_| ApiError::Query("the query takes `cursor`, and `limit`, a whole number".to_owned()))?;
        within(query.limit)?;
        Ok(query)
    }

    fn extract(&self) -> Extract<'_> {
        Extract { cursor: self.cursor.as_deref(), limit: self.limit }
    }
}

impl SearchQuery {
    fn read(query: Option<&str>) -> Result<SearchQuery, ApiError> {
        let query: SearchQuery = serde_urlencoded::from_str(query.unwrap_or_default())
            .map_err(|_| ApiError::Query("the query takes `q`, `cursor`, and `limit`, a whole number".to_owned()))?;
        within(query.limit)?;
        if query.q.chars().count() > MAX_QUERY {
            return Err(ApiError::Query(format!("`q` has at most {MAX_QUERY} characters")));
        }
        Ok(query)
    }

    fn extract(&self) -> Extract<'_> {
        Extract { cursor: self.cursor.as_deref(), limit: self.limit }
    }
}

/// The answer that a release gives, under the release's digest. It is made off the threads that take requests: a look-up
/// may pass every rule of the release.
async fn answer<T: Serialize + Send + 'static>(
    app: &App,
    id: &str,
    headers: &HeaderMap,
    ask: impl FnOnce(&Reference) -> Result<T, Fault> + Send + 'static,
) -> Result<Response, ApiError> {
    let release = app.shelf.find(id).ok_or(ApiError::UnknownReference)?;
    let asked = Arc::clone(&release);
    let answer = app.at_work(move || Ok(ask(&asked)?)).await?;
    Ok(conditional(headers, &release.identity.digest, Json(answer)))
}

/// Find codes by code or label.
///
/// Every word of `q` must begin the code or a word of its label, whatever the case: `J18.9` and `pneu` both find. A code
/// that ends in `*` stands for every code that begins so.
#[utoipa::path(
    get,
    path = "/v1/references/{id}/codes/{system}",
    operation_id = "search_codes",
    tag = "look-up",
    params(
        ("id" = String, Path, description = "Id of the release, or id@digest", example = "2024-25.payment"),
        ("system" = System, Path, description = "The classification", example = "icd10"),
        SearchQuery,
    ),
    responses(
        (status = 200, description = "Codes found, in order; the ETag is the release's digest", body = CodeSearch),
        (status = 304, description = "Not changed since the ETag sent in If-None-Match"),
        (status = 400, description = "The path is not UTF-8", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such release, or no such classification (`unknown-classification`)", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The query is wrong", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn search_release_codes(
    State(app): State<App>,
    Path((id, name)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let system = System::of_name(&name).ok_or(ApiError::UnknownClassification)?;
    let query = SearchQuery::read(query.as_deref())?;
    answer(&app, &id, &headers, move |release| search_codes(system, &query.q, query.extract(), release)).await
}

/// Get everything a release says of a code.
///
/// A retired code has its label and its row, and `valid` is false.
#[utoipa::path(
    get,
    path = "/v1/references/{id}/codes/{system}/{code}",
    operation_id = "get_code",
    tag = "look-up",
    params(
        ("id" = String, Path, description = "Id of the release, or id@digest", example = "2024-25.payment"),
        ("system" = System, Path, description = "The classification", example = "icd10"),
        ("code" = String, Path, description = "The code, with or without full stop, in any case", example = "A01.0"),
    ),
    responses(
        (status = 200, description = "What the release says of it; the ETag is the release's digest", body = CodeAnswer),
        (status = 304, description = "Not changed since the ETag sent in If-None-Match"),
        (status = 400, description = "The path is not UTF-8", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such release, no such classification (`unknown-classification`), or no such code (`unknown-code`)", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get_code(
    State(app): State<App>,
    Path((id, name, code)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let system = System::of_name(&name).ok_or(ApiError::UnknownClassification)?;
    answer(&app, &id, &headers, move |release| look_up_code(system, &code, release)).await
}

/// Find HRGs by code or label.
///
/// Every word of `q` must begin the HRG or a word of its label, whatever the case: `hip` and `HN22` both find.
#[utoipa::path(
    get,
    path = "/v1/references/{id}/hrgs",
    operation_id = "search_hrgs",
    tag = "look-up",
    params(
        ("id" = String, Path, description = "Id of the release, or id@digest", example = "2024-25.payment"),
        SearchQuery,
    ),
    responses(
        (status = 200, description = "HRGs found, in order; the ETag is the release's digest", body = HrgSearch),
        (status = 304, description = "Not changed since the ETag sent in If-None-Match"),
        (status = 400, description = "The path is not UTF-8", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such release", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The query is wrong", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn search_release_hrgs(
    State(app): State<App>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let query = SearchQuery::read(query.as_deref())?;
    answer(&app, &id, &headers, move |release| search_hrgs(&query.q, query.extract(), release)).await
}

/// Get everything a release says of an HRG.
#[utoipa::path(
    get,
    path = "/v1/references/{id}/hrgs/{hrg}",
    operation_id = "get_hrg",
    tag = "look-up",
    params(
        ("id" = String, Path, description = "Id of the release, or id@digest", example = "2024-25.payment"),
        ("hrg" = String, Path, description = "The HRG, in any case", example = "AA22C"),
    ),
    responses(
        (status = 200, description = "What the release says of it; the ETag is the release's digest", body = HrgAnswer),
        (status = 304, description = "Not changed since the ETag sent in If-None-Match"),
        (status = 400, description = "The path is not UTF-8", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such release, or no such HRG in it (`unknown-hrg`)", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get_hrg(
    State(app): State<App>,
    Path((id, hrg)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    answer(&app, &id, &headers, move |release| look_up_hrg(&hrg, release)).await
}

/// List the lists of a release.
///
/// Named lists, lists of complications, interventions of subchapters, body sites of multiple trauma.
#[utoipa::path(
    get,
    path = "/v1/references/{id}/lists",
    operation_id = "list_lists",
    tag = "look-up",
    params(
        ("id" = String, Path, description = "Id of the release, or id@digest", example = "2024-25.payment"),
        PageQuery,
    ),
    responses(
        (status = 200, description = "The lists, by table and name; the ETag is the release's digest", body = ListIndex),
        (status = 304, description = "Not changed since the ETag sent in If-None-Match"),
        (status = 400, description = "The path is not UTF-8", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such release", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The query is wrong", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get_lists(
    State(app): State<App>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let query = PageQuery::read(query.as_deref())?;
    answer(&app, &id, &headers, move |release| list_lists(query.extract(), release)).await
}

/// Get one list with its codes.
#[utoipa::path(
    get,
    path = "/v1/references/{id}/lists/{name}",
    operation_id = "get_list",
    tag = "look-up",
    params(
        ("id" = String, Path, description = "Id of the release, or id@digest", example = "2024-25.payment"),
        ("name" = String, Path, description = "Table and name; the name alone where no other table has it", example = "cc_scores:cc_aa"),
        PageQuery,
    ),
    responses(
        (status = 200, description = "The list, its codes in order; the ETag is the release's digest", body = ListAnswer),
        (status = 304, description = "Not changed since the ETag sent in If-None-Match"),
        (status = 400, description = "The path is not UTF-8", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such release, or no such list in it (`unknown-list`)", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Lists of several tables have that name (`ambiguous-list`), or the query is wrong", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get_list(
    State(app): State<App>,
    Path((id, name)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let query = PageQuery::read(query.as_deref())?;
    answer(&app, &id, &headers, move |release| look_up_list(&name, query.extract(), release)).await
}

/// Get one row of a table, as traces cite it.
#[utoipa::path(
    get,
    path = "/v1/references/{id}/rows/{row}",
    operation_id = "get_row",
    tag = "look-up",
    params(
        ("id" = String, Path, description = "Id of the release, or id@digest", example = "2024-25.payment"),
        ("row" = String, Path, description = "Table and row; a stroke in it is written %2F", example = "splits:HT12/HT12B"),
    ),
    responses(
        (status = 200, description = "The row, cell by cell; the ETag is the release's digest", body = RowAnswer),
        (status = 304, description = "Not changed since the ETag sent in If-None-Match"),
        (status = 400, description = "The path is not UTF-8", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such release, or no such row in it (`unknown-row`)", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get_row(
    State(app): State<App>,
    Path((id, row)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    answer(&app, &id, &headers, move |release| look_up_row(&row, release)).await
}
