//! The interface's document, made from the routes themselves.

use super::access_refusal::ACCESS_CODES;
use super::admin::{self, Admin};
use super::error::{CODES, Problem};
use super::job_refusal::JOB_CODES;
use super::refusal::ADMIN_CODES;
use super::state::App;
use super::{
    check, compare, diff, group, group_record, health, jobs, limits_route, lookup, openapi_access, references, what_if,
};
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
        (name = "jobs", description = "Files that are too large to wait for"),
        (name = "references", description = "Releases of reference data"),
        (name = "limits", description = "What a caller may send"),
        (name = "look-up", description = "What a release says of codes, HRGs and lists"),
        (name = "health", description = "Is the service up?")
    )
)]
struct Document;

/// The routes, and the document they make.
pub fn routes() -> (Router<App>, utoipa::openapi::OpenApi) {
    let (router, mut document) = OpenApiRouter::with_openapi(Document::openapi())
        .merge(group::router())
        .merge(group_record::router())
        .merge(check::router())
        .merge(compare::router())
        .merge(what_if::router())
        .merge(references::router())
        .merge(diff::router())
        .merge(lookup::router())
        .merge(health::router())
        .merge(jobs::router())
        .merge(limits_route::router())
        .split_for_parts();
    complete(&mut document, &format!("{}, {}", CODES.join(", "), JOB_CODES.join(", ")));
    (router, document)
}

/// The document as it is committed: JSON, two spaces, a line end at the end.
pub fn document() -> String {
    printed(&routes().1)
}

fn printed(document: &utoipa::openapi::OpenApi) -> String {
    let mut text = document.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// Adds the program's version, the codes that errors bear, and what there is to say of access.
fn complete(document: &mut utoipa::openapi::OpenApi, codes: &str) {
    document.info.version = env!("CARGO_PKG_VERSION").to_owned();
    let text = document.info.description.take().unwrap_or_default();
    let access = ACCESS_CODES.join(", ");
    document.info.description = Some(format!("{text}\n\nErrors bear one of the codes: {codes}, {access}."));
    openapi_access::describe(document);
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "hrg-grouper, admin interface",
        description = "Changes the releases of a running service. It is served on a listener of its own, which operators alone should reach. Where access is configured, they need the scope reference:admin.",
        license(name = "MIT", identifier = "MIT")
    ),
    components(schemas(Problem)),
    tags((name = "admin", description = "Releases of reference data: upload, activate, roll back, remove"))
)]
struct AdminDocument;

/// The routes of the admin interface, and the document they make.
pub fn admin_routes() -> (Router<Admin>, utoipa::openapi::OpenApi) {
    let (router, mut document) =
        OpenApiRouter::with_openapi(AdminDocument::openapi()).merge(admin::routes()).split_for_parts();
    let codes = format!("{}, or one of the public interface: {}", ADMIN_CODES.join(", "), CODES.join(", "));
    complete(&mut document, &codes);
    (router, document)
}

/// The document of the admin interface as it is committed.
pub fn admin_document() -> String {
    printed(&admin_routes().1)
}
