//! Room 7, **the front door**: the service. One file a resource, each with its `router()`.

pub mod admin;
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
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{BoxError, Router};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_swagger_ui::SwaggerUi;

/// The whole service.
pub fn router(app: App) -> Router {
    let (routes, _) = openapi::routes();
    let text = openapi::document();
    let routes = routes
        .route("/openapi.json", get(move || async move { openapi_json(text) }))
        .merge(SwaggerUi::new("/docs").config(utoipa_swagger_ui::Config::new(["/openapi.json"])));
    enveloped(routes).with_state(app)
}

/// The routes with what is around each: refusals of paths and methods that are not there, and the envelope.
fn enveloped<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    routes
        .fallback(|| async { error::ApiError::NotFound })
        .method_not_allowed_fallback(|| async { error::ApiError::MethodNotAllowed })
        .layer(CatchPanicLayer::custom(|_| error::ApiError::Internal.into_response()))
        .layer(from_fn(envelope::envelope))
}

fn openapi_json(text: String) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], text).into_response()
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
