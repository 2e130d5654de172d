//! What the service is compared with: an axum handler that reads the same body into the same type and answers bytes made
//! beforehand, served by the same code on the same number of threads.

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use hrg_grouper::bundle::Shelf;
use hrg_grouper::http::group::GroupRequest;
use hrg_grouper::http::{self, App};
use std::hint::black_box;
use tokio::net::TcpListener;

/// Serves on `port` with `threads` threads until the process ends; answers have `size` bytes.
pub fn serve(port: u16, threads: usize, size: usize) {
    let answer = Bytes::from(vec![b' '; size]);
    let handler = move |body: Bytes| {
        let answer = answer.clone();
        async move { handle(&body, answer) }
    };
    let router = Router::new().route("/v1/group/apc", post(handler));
    let runtime = http::runtime(threads).expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("a free port");
        let never = std::future::pending();
        http::serve(App::new(Shelf::default()), vec![http::Door::new(listener, router)], never).await.expect("serving");
    });
}

fn handle(body: &[u8], answer: Bytes) -> Response {
    match serde_json::from_slice::<GroupRequest>(body) {
        Ok(request) => {
            black_box(request);
            ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], answer).into_response()
        }
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}
