//! Room 7, **the front door**: the service. One file a resource, each with its `router()`.

pub mod access;
pub mod access_refusal;
pub mod admin;
mod answer;
pub mod body;
pub mod check;
pub mod choose;
pub mod compare;
pub mod conditional;
mod decision;
pub mod diff;
pub mod envelope;
pub mod error;
mod farewell;
pub mod group;
pub mod group_record;
pub mod health;
pub mod job_answer;
mod job_body;
mod job_events;
mod job_order;
pub mod job_refusal;
mod job_result;
pub mod jobs;
pub mod limits;
mod limits_route;
pub mod lookup;
mod meters;
mod metrics;
mod minder;
pub mod openapi;
mod openapi_access;
mod pace;
mod rate;
mod reach;
pub mod references;
pub mod refusal;
mod sent;
mod serve;
pub mod state;
mod stream;
mod tls;
mod what_if;
mod work;

pub use serve::{Door, serve};
pub use state::App;
pub use tls::Tls;

use crate::workbench;
use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use envelope::{EnvelopeLayer, Limit};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tower::layer::util::Stack;
use utoipa_swagger_ui::SwaggerUi;

/// The whole service.
pub fn router(app: App) -> Router {
    let (routes, _) = openapi::routes();
    let text = openapi::document();
    let routes = routes
        .route("/openapi.json", get(move || async move { openapi_json(text) }))
        .merge(SwaggerUi::new("/docs").config(utoipa_swagger_ui::Config::new(["/openapi.json"])));
    // Files of jobs take as long as they take; what stalls has a bound of its own.
    let limit = Limit { time: Some(Duration::from_secs(app.limits.seconds)), but: Some(jobs::PATH) };
    let service = enveloped(routes.clone(), layer(&app, limit)).with_state(app.clone());
    let routes = routes.merge(workbench::router(&app, service));
    // As one layer: each costs a request some memory of its own.
    let around = Stack::new(layer(&app, limit), reach::packing());
    reach::open_to(refusing(routes).layer(around), &app.origins).with_state(app)
}

/// What is around every request of the service.
fn layer(app: &App, limit: Limit) -> EnvelopeLayer {
    EnvelopeLayer { gate: Arc::clone(&app.gate), meters: app.meters.clone(), book: app.book.clone(), limit }
}

/// The routes with what is around each: refusals of paths and methods that are not there, and the envelope.
fn enveloped<S: Clone + Send + Sync + 'static>(routes: Router<S>, envelope: EnvelopeLayer) -> Router<S> {
    refusing(routes).layer(envelope)
}

/// The routes with the refusals of paths and methods that are not there.
fn refusing<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    routes
        .fallback(|| async { error::ApiError::NotFound })
        .method_not_allowed_fallback(|| async { error::ApiError::MethodNotAllowed })
}

fn openapi_json(text: String) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], text).into_response()
}

/// Threads of the service where nobody says otherwise: one fewer than there are processors. The one that is left takes the
/// system's work for the network, the proxy that stands in front, and batches; with a thread for each processor those
/// push the service's threads aside, and the slowest answers take several times as long.
pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, |processors| processors.get().saturating_sub(1).max(1))
}

/// What the service runs on.
pub fn runtime(threads: usize) -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()
}
