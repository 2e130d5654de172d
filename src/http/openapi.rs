//! The interface's document, made from the routes themselves.

use super::error::{CODES, Problem};
use super::state::App;
use super::{compare, diff, group, group_record, health, references};
use axum::Router;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "hrg-grouper",
        description = "Groups patient care of all seven datasets into Healthcare Resource Groups (HRG4+), with an explanation that a clinical coder can redo by hand. Every answer names the release of reference data that was used; one whose status is `demonstration` is never an official result.",
        license(name = "MIT", identifier = "MIT")
    ),
    components(schemas(Problem)),
    tags(
        (name = "group", description = "Grouping"),
        (name = "references", description = "Releases of reference data"),
        (name = "health", description = "Is the service up?")
    )
)]
struct Document;

/// The routes, and the document they make.
pub fn routes() -> (Router<App>, utoipa::openapi::OpenApi) {
    let (router, mut document) = OpenApiRouter::with_openapi(Document::openapi())
        .merge(group::router())
        .merge(group_record::router())
        .merge(compare::router())
        .merge(references::router())
        .merge(diff::router())
        .merge(health::router())
        .split_for_parts();
    document.info.version = env!("CARGO_PKG_VERSION").to_owned();
    let codes = format!("Errors bear one of the codes: {}.", CODES.join(", "));
    document.info.description = document.info.description.map(|text| format!("{text}\n\n{codes}"));
    (router, document)
}

/// The document as it is committed: JSON, two spaces, a line end at the end.
pub fn document() -> String {
    let (_, document) = routes();
    let mut text = document.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}
