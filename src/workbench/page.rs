//! What every page shares: its frame, and the headers that keep everything on this origin.

use super::assets;
use crate::http::App;
use crate::http::error::ApiError;
use crate::reference::Status;
use askama::Template;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

/// The pages, in the order of the navigation.
pub(super) const PAGES: [(&str, &str); 5] = [
    ("/", "Single spell"),
    ("/what-if", "What if"),
    ("/batch", "Batch"),
    ("/reference", "Reference"),
    ("/service", "Service"),
];

/// Nothing of another origin, nothing inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The frame of a page.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    /// Its path, as [`PAGES`] has it.
    pub(super) at: &'static str,
    /// Its title.
    pub(super) title: &'static str,
    /// What stands in the address of every asset.
    pub(super) assets: &'static str,
    /// The version of the program.
    pub(super) version: &'static str,
    /// Whether results need a key or a token.
    pub(super) asks_for_key: bool,
    /// How many of the releases are demonstrations.
    pub(super) demonstrations: Demonstrations,
}

/// How many of the releases are demonstrations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Demonstrations {
    /// None, or none is loaded.
    None,
    /// Some.
    Some,
    /// Every one.
    All,
}

impl Frame {
    /// The frame of the page at a path.
    pub(super) fn of(app: &App, at: &'static str) -> Frame {
        let title = PAGES.iter().find(|(path, _)| *path == at).map_or("", |(_, title)| title);
        let releases = app.shelf.all();
        let count = releases.values().filter(|release| release.identity.status == Status::Demonstration).count();
        let demonstrations = match count {
            0 => Demonstrations::None,
            count if count == releases.len() => Demonstrations::All,
            _ => Demonstrations::Some,
        };
        Frame {
            at,
            title,
            assets: assets::version(),
            version: env!("CARGO_PKG_VERSION"),
            asks_for_key: app.knows_callers(),
            demonstrations,
        }
    }

    /// Whether this is the page at a path.
    pub(super) fn is_at(&self, path: &str) -> bool {
        self.at == path
    }

    /// The navigation.
    #[expect(clippy::unused_self, reason = "a template asks its values, not types")]
    pub(super) fn pages(&self) -> [(&'static str, &'static str); 5] {
        PAGES
    }
}

/// A page, or a part of one, that shows what was sent: it is kept nowhere.
pub(super) fn shown(status: StatusCode, template: &impl Template) -> Response {
    with_cache(status, template, "no-store")
}

/// A page that shows nothing that was sent: it may be kept, and is asked for anew.
pub(super) fn blank(template: &impl Template) -> Response {
    with_cache(StatusCode::OK, template, "no-cache")
}

fn with_cache(status: StatusCode, template: &impl Template, cache: &'static str) -> Response {
    let Ok(text) = template.render() else { return ApiError::Internal.into_response() };
    let cache = [(header::CACHE_CONTROL, HeaderValue::from_static(cache))];
    secured((status, cache, Html(text)).into_response())
}

/// The headers of everything that a browser shows or runs.
pub(super) fn secured(mut response: Response) -> Response {
    const HEADERS: [(HeaderName, &str); 5] = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
