//! Whether the service is up and ready: `/health/live` and `/health/ready` for those who start it, `/_ping` and `/_status`
//! in the shape of the NHS API platform.

use super::state::App;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of health.
pub fn router() -> OpenApiRouter<App> {
    let routes = OpenApiRouter::new().routes(routes!(get_live)).routes(routes!(get_ready));
    routes.routes(routes!(get_ping)).routes(routes!(get_status))
}

/// Pass or fail.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    /// `pass` or `fail`.
    status: &'static str,
}

/// The process is up.
#[utoipa::path(
    get,
    path = "/health/live",
    operation_id = "get_live",
    tag = "health",
    responses((status = 200, description = "Up", body = Health))
)]
async fn get_live() -> Json<Health> {
    Json(Health { status: "pass" })
}

/// At least one release is loaded and the service is not shutting down.
#[utoipa::path(
    get,
    path = "/health/ready",
    operation_id = "get_ready",
    tag = "health",
    responses(
        (status = 200, description = "Ready", body = Health),
        (status = 503, description = "Not ready", body = Health),
    )
)]
async fn get_ready(State(app): State<App>) -> (StatusCode, Json<Health>) {
    if app.is_ready() {
        (StatusCode::OK, Json(Health { status: "pass" }))
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, Json(Health { status: "fail" }))
    }
}

/// Which program answers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Program {
    /// The version of the program.
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// The version of the interface.
    #[schema(example = "v1")]
    revision: &'static str,
    /// The releases that answer, by id and digest.
    release_id: String,
    /// The commit that the program was built from; `unknown` where the build did not say.
    commit_id: &'static str,
}

impl Program {
    fn of(app: &App) -> Program {
        let releases = app.shelf.all();
        let names = releases.values().map(|release| format!("{}@{}", release.identity.id, release.identity.digest));
        Program {
            version: env!("CARGO_PKG_VERSION"),
            revision: "v1",
            release_id: names.collect::<Vec<_>>().join(" "),
            commit_id: option_env!("HRG_COMMIT_ID").unwrap_or("unknown"),
        }
    }
}

/// Which program answers, for whoever wants to know that it does.
#[utoipa::path(
    get,
    path = "/_ping",
    operation_id = "get_ping",
    tag = "health",
    responses((status = 200, description = "Which program answers", body = Program))
)]
async fn get_ping(State(app): State<App>) -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store")], Json(Program::of(&app)))
}

/// How the service is, part by part.
#[derive(Debug, Serialize, ToSchema)]
struct ServiceReport {
    /// `pass`, `warn` where a part is not well but grouping is, or `fail`.
    status: &'static str,
    /// Which program answers.
    #[serde(flatten)]
    program: Program,
    /// The parts.
    checks: BTreeMap<&'static str, Vec<PartCheck>>,
}

/// One look at one part.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PartCheck {
    /// `pass`, `warn` or `fail`.
    status: &'static str,
    /// What was counted.
    observed_value: usize,
    /// What it counts.
    observed_unit: &'static str,
}

/// How the service is, part by part: releases, whether it is shutting down, jobs, the book of decisions.
#[utoipa::path(
    get,
    path = "/_status",
    operation_id = "get_status",
    tag = "health",
    responses(
        (status = 200, description = "It groups", body = ServiceReport),
        (status = 503, description = "It does not, or is shutting down", body = ServiceReport),
    )
)]
async fn get_status(State(app): State<App>) -> impl IntoResponse {
    let checks = checks(&app);
    let is_any = |wanted| checks.values().flatten().any(|check| check.status == wanted);
    let (code, status) = if is_any("fail") {
        (StatusCode::SERVICE_UNAVAILABLE, "fail")
    } else {
        (StatusCode::OK, if is_any("warn") { "warn" } else { "pass" })
    };
    (code, [(header::CACHE_CONTROL, "no-store")], Json(ServiceReport { status, program: Program::of(&app), checks }))
}

fn checks(app: &App) -> BTreeMap<&'static str, Vec<PartCheck>> {
    let check = |status, observed_value, observed_unit| vec![PartCheck { status, observed_value, observed_unit }];
    let releases = app.shelf.all().len();
    let is_draining = *app.stopping().borrow();
    let mut checks = BTreeMap::from([
        ("references:loaded", check(if releases > 0 { "pass" } else { "fail" }, releases, "releases")),
        ("service:requests", check(if is_draining { "fail" } else { "pass" }, app.gate.running(), "requests")),
    ]);
    if let Some(jobs) = app.jobs() {
        // Whatever becomes of jobs, single records are grouped.
        let is_open = jobs.open().is_ok();
        checks.insert("jobs:store", check(if is_open { "pass" } else { "warn" }, usize::from(is_open), "stores"));
    }
    if let Some(book) = &app.book {
        checks.insert("audit:queue", check(if book.is_sound() { "pass" } else { "warn" }, book.waiting(), "lines"));
    }
    checks
}
