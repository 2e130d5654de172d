//! Room 7, **the front door**: the service. One file a resource, each with its `router()`.

pub mod admin;
mod answer;
pub mod body;
pub mod check;
pub mod choose;
pub mod compare;
pub mod conditional;
pub mod diff;
pub mod envelope;
pub mod error;
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
pub mod lookup;
pub mod openapi;
pub mod references;
pub mod refusal;
pub mod state;
mod stream;

pub use state::App;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{BoxError, Router};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use utoipa_swagger_ui::SwaggerUi;

/// The whole service.
pub fn router(app: App) -> Router {
    let (routes, _) = openapi::routes();
    let text = openapi::document();
    let routes = routes
        .route("/openapi.json", get(move || async move { openapi_json(text) }))
        .merge(SwaggerUi::new("/docs").config(utoipa_swagger_ui::Config::new(["/openapi.json"])));
    // Files of jobs take as long as they take; what stalls has a bound of its own.
    let limit = |route: &str| (!route.starts_with(jobs::PATH)).then_some(Duration::from_secs(limits::SECONDS));
    enveloped(routes, limit).with_state(app)
}

/// The routes with what is around each: refusals of paths and methods that are not there, and the envelope with the limit
/// of time of each route.
fn enveloped<S: Clone + Send + Sync + 'static>(routes: Router<S>, limit: fn(&str) -> Option<Duration>) -> Router<S> {
    routes
        .fallback(|| async { error::ApiError::NotFound })
        .method_not_allowed_fallback(|| async { error::ApiError::MethodNotAllowed })
        .layer(envelope::EnvelopeLayer { limit })
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

/// Serves each listener with its routes until `stop` resolves, then lets running requests end.
pub async fn serve(
    app: App,
    doors: Vec<(TcpListener, Router)>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), BoxError> {
    let (stopped, is_stopped) = tokio::sync::watch::channel(false);
    let mut serving = JoinSet::new();
    for (listener, routes) in doors {
        let mut is_stopped = is_stopped.clone();
        let signal = async move {
            let _ = is_stopped.wait_for(|stopped| *stopped).await;
        };
        serving.spawn(axum::serve(listener, routes).with_graceful_shutdown(signal).into_future());
    }
    // A connection that never ends its request must not keep the process.
    let limit = async move {
        stop.await;
        app.drain();
        stopped.send_replace(true);
        tokio::time::sleep(Duration::from_secs(limits::DRAIN_SECONDS)).await;
    };
    let all = async {
        while let Some(ended) = serving.join_next().await {
            ended??;
        }
        Ok(())
    };
    tokio::select! {
        result = all => result,
        () = limit => Ok(()),
    }
}
