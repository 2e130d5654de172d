//! Refusals of callers as error answers. Whatever is wrong with what a caller shows, the answer is the same.

use super::error::ApiError;
use crate::access::{Lodge, Scope};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};

/// A refusal of a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessRefusal {
    /// Nobody who is known here.
    Unknown(Ways),
    /// Known, but the scope is lacking.
    Scope(Scope, Ways),
    /// Too many requests; in how many seconds there is room again.
    TooMany(u64),
    /// As many requests run as may.
    Overloaded,
}

/// The ways in which callers are recognised, which a refusal names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    tokens: bool,
    keys: bool,
    /// Whether a token was shown, and was not good.
    bad_token: bool,
}

/// Every code of these, for the interface's document.
pub const ACCESS_CODES: [&str; 4] = ["unauthenticated", "insufficient-scope", "rate-limited", "overloaded"];

impl Ways {
    /// Those of the lodge.
    pub fn of(lodge: &Lodge, bad_token: bool) -> Ways {
        let tokens = lodge.takes_tokens();
        Ways { tokens, keys: lodge.takes_keys(), bad_token: bad_token && tokens }
    }

    /// The challenges (RFC 9110, 11.6.1; RFC 6750, 3).
    fn challenge(self, error: &str) -> String {
        let mut ways = Vec::new();
        if self.tokens {
            ways.push(format!("Bearer realm=\"hrg-grouper\"{error}"));
        }
        if self.keys {
            ways.push("ApiKey realm=\"hrg-grouper\"".to_owned());
        }
        if ways.is_empty() {
            ways.push("Certificate realm=\"hrg-grouper\"".to_owned());
        }
        ways.join(", ")
    }
}

impl AccessRefusal {
    /// Status, code and the kind in words.
    pub fn parts(self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            AccessRefusal::Unknown(_) => (S::UNAUTHORIZED, "unauthenticated", "The caller is not known"),
            AccessRefusal::Scope(..) => (S::FORBIDDEN, "insufficient-scope", "The caller may not do this"),
            AccessRefusal::TooMany(_) => (S::TOO_MANY_REQUESTS, "rate-limited", "Too many requests"),
            AccessRefusal::Overloaded => (S::SERVICE_UNAVAILABLE, "overloaded", "As many requests run as may"),
        }
    }

    /// The refusal in one sentence.
    pub fn detail(self) -> String {
        match self {
            AccessRefusal::Unknown(_) => {
                "show a token, key or certificate that is good now; the header WWW-Authenticate names what is taken"
                    .to_owned()
            }
            AccessRefusal::Scope(scope, _) => format!("this needs the scope {scope}"),
            AccessRefusal::TooMany(_) => "Retry-After says when there is room again".to_owned(),
            AccessRefusal::Overloaded => "try again in a moment".to_owned(),
        }
    }

    /// The headers that go with it.
    pub fn add_headers(self, headers: &mut HeaderMap) {
        let mut set = |name, text: String| {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(name, value);
            }
        };
        match self {
            AccessRefusal::Unknown(ways) => {
                let error = if ways.bad_token { ", error=\"invalid_token\"" } else { "" };
                set(header::WWW_AUTHENTICATE, ways.challenge(error));
            }
            AccessRefusal::Scope(scope, ways) => {
                let error = format!(", error=\"insufficient_scope\", scope=\"{scope}\"");
                set(header::WWW_AUTHENTICATE, ways.challenge(&error));
            }
            AccessRefusal::TooMany(seconds) => set(header::RETRY_AFTER, seconds.to_string()),
            AccessRefusal::Overloaded => set(header::RETRY_AFTER, "1".to_owned()),
        }
    }
}

impl From<AccessRefusal> for ApiError {
    fn from(refusal: AccessRefusal) -> ApiError {
        ApiError::Access(refusal)
    }
}
