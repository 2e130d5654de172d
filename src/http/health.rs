//! `GET /health/live` and `GET /health/ready`.

use super::state::App;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of health.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_live)).routes(routes!(get_ready))
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
