//! The desk at which pages ask the service, as any other caller would: through the same routes, with what the reader showed
//! of themselves, under the same limits, with the same line in the log and the same entry in the book of decisions.

use super::page::shown;
use crate::http::App;
use crate::http::access::Peer;
use crate::http::error::ApiError;
use askama::Template;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tower::Service;

const KEY: HeaderName = HeaderName::from_static("x-api-key");
/// The largest answer that a page is made of.
const ANSWER_BYTES: usize = 16 * 1024 * 1024;
/// What a reader's request says of its own body and of how its own answer is wanted.
const OF_THE_BODY: [HeaderName; 7] = [
    header::ACCEPT,
    header::ACCEPT_ENCODING,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::IF_NONE_MATCH,
    header::TRANSFER_ENCODING,
];

/// The state of the pages.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    /// What every request shares.
    pub(super) app: App,
    service: Router,
}

/// What a reader shows of themselves: headers, and the address at the other end.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    headers: HeaderMap,
    peer: Option<Peer>,
}

impl Reader {
    /// What came with a request.
    pub(super) fn of(request: &Request) -> Reader {
        let mut headers = request.headers().clone();
        for name in OF_THE_BODY {
            headers.remove(name);
        }
        Reader { headers, peer: request.extensions().get::<Peer>().copied() }
    }

    /// The same with a key or token that came in a form; a token has two full stops.
    pub(super) fn with_key(mut self, key: &str) -> Reader {
        let key = key.trim();
        let is_token = key.split('.').count() == 3;
        let (name, value) =
            if is_token { (header::AUTHORIZATION, format!("Bearer {key}")) } else { (KEY, key.to_owned()) };
        if !key.is_empty()
            && let Ok(mut value) = HeaderValue::from_str(&value)
        {
            value.set_sensitive(true);
            self.headers.insert(name, value);
        }
        self
    }
}

/// Why the service did not answer: what its error says.
#[derive(Debug, Default, Deserialize, Template)]
#[template(path = "parts/refusal.html")]
pub(super) struct Refusal {
    /// The status.
    #[serde(skip)]
    pub(super) status: StatusCode,
    /// What it says to browsers: how callers are recognised, and when to come again.
    #[serde(skip)]
    pub(super) headers: HeaderMap,
    /// The kind of error.
    pub(super) title: String,
    /// What is wrong.
    pub(super) detail: String,
    /// The error's code.
    pub(super) code: String,
    /// Where in the request.
    #[serde(default)]
    pub(super) errors: Vec<Fault>,
}

impl Refusal {
    /// The answer that shows it, alone or within a page.
    pub(super) fn on(&self, page: &impl Template) -> Response {
        let mut response = shown(self.status, page);
        response.headers_mut().extend(self.headers.clone());
        response
    }
}

/// One fault of a request.
#[derive(Debug, Deserialize)]
pub(super) struct Fault {
    /// Where, as a JSON pointer.
    pub(super) pointer: String,
    /// What.
    pub(super) message: String,
}

impl Desk {
    /// The desk before a service.
    pub(super) fn new(app: &App, service: Router) -> Desk {
        Desk { app: app.clone(), service }
    }

    /// Asks for what is at a path.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        reader: &Reader,
        path: &str,
    ) -> Result<Result<T, Refusal>, ApiError> {
        self.ask(reader, Method::GET, path, Body::empty()).await
    }

    /// Sends JSON to a path. A body that is passed on unread is read by the service once it has decided on access.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        reader: &Reader,
        path: &str,
        json: Body,
    ) -> Result<Result<T, Refusal>, ApiError> {
        self.ask(reader, Method::POST, path, json).await
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        reader: &Reader,
        method: Method,
        path: &str,
        body: Body,
    ) -> Result<Result<T, Refusal>, ApiError> {
        let mut request = Request::builder().method(method).uri(path).body(body).map_err(|_| ApiError::NotFound)?;
        *request.headers_mut() = reader.headers.clone();
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(peer) = reader.peer {
            request.extensions_mut().insert(peer);
        }
        let Ok(response) = self.service.clone().call(request).await;
        let (status, mut headers) = (response.status(), HeaderMap::new());
        for name in [header::WWW_AUTHENTICATE, header::RETRY_AFTER] {
            if let Some(value) = response.headers().get(&name) {
                headers.insert(name, value.clone());
            }
        }
        let bytes = to_bytes(response.into_body(), ANSWER_BYTES).await.map_err(|_| ApiError::Internal)?;
        if status.is_success() {
            return Ok(Ok(serde_json::from_slice(&bytes).map_err(|_| ApiError::Internal)?));
        }
        let refusal: Refusal = serde_json::from_slice(&bytes).map_err(|_| ApiError::Internal)?;
        Ok(Err(Refusal { status, headers, ..refusal }))
    }
}
