//! Room 7, **the front door**: the service. One file a resource, each with its `router()`.

pub mod body;
pub mod choose;
pub mod compare;
pub mod diff;
pub mod envelope;
pub mod error;
pub mod group;
pub mod group_record;
pub mod health;
pub mod limits;
pub mod openapi;
pub mod references;
pub mod state;

pub use state::App;

use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{BoxError, Router};
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa_swagger_ui::SwaggerUi;

/// The whole service.
pub fn router(app: App) -> Router {
    let (routes, document) = openapi::routes();
    let text = openapi::document();
    let routes = routes
        .route("/openapi.json", get(move || async move { openapi_json(text) }))
        .merge(SwaggerUi::new("/docs").config(utoipa_swagger_ui::Config::new(["/openapi.json"])))
        .fallback(|| async { error::ApiError::NotFound })
        .method_not_allowed_fallback(|| async { error::ApiError::MethodNotAllowed });
    drop(document);
    routes
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_secs(limits::SECONDS)))
        .layer(CatchPanicLayer::custom(|_| error::ApiError::Internal.into_response()))
        .layer(from_fn(envelope::envelope))
        .with_state(app)
}

fn openapi_json(text: String) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], text).into_response()
}

/// Serves until `stop` resolves, then lets running requests end.
pub async fn serve(
    app: App,
    listener: tokio::net::TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), BoxError> {
    let draining = app.clone();
    let (stopped, mut is_stopped) = tokio::sync::watch::channel(false);
    let stop = async move {
        stop.await;
        draining.drain();
        stopped.send_replace(true);
        std::future::pending::<()>().await; // keeps the sender until the server is done
    };
    let mut also_stopped = is_stopped.clone();
    let signal = async move {
        let _ = is_stopped.wait_for(|stopped| *stopped).await;
    };
    // A connection that never ends its request must not keep the process.
    let limit = async move {
        let _ = also_stopped.wait_for(|stopped| *stopped).await;
        tokio::time::sleep(Duration::from_secs(limits::DRAIN_SECONDS)).await;
    };
    tokio::select! {
        result = axum::serve(listener, router(app)).with_graceful_shutdown(signal) => result?,
        () = limit => {}
        () = stop => {}
    }
    Ok(())
}
