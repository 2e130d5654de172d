//! `GET /v1/references/{a}/diff/{b}`: what differs between two releases.

use super::conditional::{holds, not_modified, tagged};
use super::error::{ApiError, Problem};
use super::limits;
use super::state::App;
use crate::bundle::shelf::find;
use crate::reference::diff::{Difference, csv, diff, is_table, tables};
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of differences.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(diff_references))
}

/// Which rows of a difference are sent. The counts are always of all.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DiffQuery {
    /// Only the rows of this table, such as `procedures` or `manifest options`.
    #[param(schema_with = table_names)]
    table: Option<String>,
    /// At most so many rows; 1000 where it is left out. `leftOut` says how many there are besides.
    #[param(maximum = 4_294_967_295_u64)]
    limit: Option<u32>,
}

/// The names that `table` takes.
fn table_names() -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(tables())).build()
}

/// Compare two releases.
///
/// Counts first: HRGs and roots added, removed and relabelled, codes whose hierarchy, root or unbundling changed, and
/// changed splits, lists and scores. Then the rows.
#[utoipa::path(
    get,
    path = "/v1/references/{a}/diff/{b}",
    operation_id = "diff_references",
    tag = "references",
    params(
        ("a" = String, Path, description = "Id of the one release, or id@digest", example = "2024-25.payment"),
        ("b" = String, Path, description = "Id of the other", example = "2024-25.costing"),
        DiffQuery
    ),
    responses(
        (status = 200, description = "What differs; CSV where Accept prefers it. The ETag holds both digests", content(
            (Difference = "application/json"),
            (String = "text/csv"),
        )),
        (status = 304, description = "Not changed since the ETag sent in If-None-Match"),
        (status = 404, description = "No such release", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A query parameter is wrong", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn diff_references(
    State(app): State<App>,
    Path((a, b)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let query: DiffQuery = serde_urlencoded::from_str(query.as_deref().unwrap_or_default())
        .map_err(|_| ApiError::Query("the query takes `table` and `limit`, a whole number".to_owned()))?;
    if query.table.as_deref().is_some_and(|table| !is_table(table)) {
        return Err(ApiError::Query("there is no such table; reference/README.md names them".to_owned()));
    }
    let releases = app.shelf.all(); // once, lest a swap come between the two
    let named = |id: &str| find(&releases, id).map(Arc::clone).ok_or(ApiError::UnknownReference);
    let (a, b) = (named(&a)?, named(&b)?);
    let as_csv = prefers_csv(&headers);
    let form = if as_csv { "csv" } else { "json" };
    let tag = format!("{}+{}+{form}", a.identity.digest, b.identity.digest);
    let mut response = if holds(&headers, &tag) {
        not_modified(&tag)
    } else {
        let made = app.at_work(move || {
            let mut difference = diff(&a, &b);
            let rows = query.limit.map_or(limits::DIFF_ROWS, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
            difference.keep(query.table.as_deref(), rows);
            Ok(if as_csv {
                ([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], csv(&difference)).into_response()
            } else {
                Json(difference).into_response()
            })
        });
        tagged(made.await?, &tag)
    };
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

/// Whether the caller would rather have CSV than JSON: a higher weight, or the same and named before it.
fn prefers_csv(headers: &HeaderMap) -> bool {
    let accept: Vec<&str> = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|v| v.split(','))
        .collect();
    let mut best = (0.0, false);
    for range in accept {
        let mut parts = range.split(';').map(str::trim);
        let is_csv = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "text/csv" | "text/*" => true,
            "application/json" | "application/*" | "*/*" => false,
            _ => continue,
        };
        let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
        if weight > best.0 {
            best = (weight, is_csv);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_is_sent_to_those_who_would_rather_have_it() {
        for (accept, csv) in [
            ("text/csv", true),
            ("text/csv, application/json", true),
            ("application/json, text/csv", false),
            ("application/json;q=0.5, text/csv", true),
            ("text/csv;q=0.4, application/json;q=0.5", false),
            ("text/csv;q=0", false),
            ("*/*", false),
            ("text/html", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            assert_eq!(prefers_csv(&headers), csv, "{accept}");
        }
        assert!(!prefers_csv(&HeaderMap::new()));
    }
}
