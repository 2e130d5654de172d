//! What stands before every route: is there room, who asks, does the client ask too often, and may it do this. All of it
//! is decided at once, without waiting, before anything of a body is read.

use super::access_refusal::{AccessRefusal, Ways};
use super::error::ApiError;
use super::rate::{Rate, Standing};
use crate::access::proxy::Said;
use crate::access::{Caller, Lodge, Scope, Shown};
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

const KEY: HeaderName = HeaderName::from_static("x-api-key");
const PROXY_SECRET: HeaderName = HeaderName::from_static("x-proxy-secret");
/// The route of the metrics, on the admin listener alone.
const METRICS: &str = "/metrics";
/// Who asks where callers are not known.
const ANYBODY: &str = "anonymous";

/// The address at the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// What a route asks of callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing: health, and what describes the service.
    Nothing,
    /// To be known.
    Known,
    /// A scope.
    Scope(Scope),
}

/// What a route asks. One that is not named here is for operators alone: nothing opens by being forgotten.
pub fn need(route: &str) -> Need {
    const PAGES: [&str; 4] = ["/what-if", "/batch", "/reference", "/service"];
    const PUBLIC: [&str; 5] = ["/", "/_ping", "/_status", "/docs", "/openapi.json"];
    let below = |path: &str| route.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    // A page holds nothing until it asks the service, which then decides as for every other caller.
    let is_page = PAGES.contains(&route) || below("/assets") || below("/parts");
    if PUBLIC.contains(&route) || below("/health") || below("/docs") || is_page {
        Need::Nothing
    } else if route == "/v1/limits" {
        Need::Known
    } else if below("/v1/group") || below("/v1/check") || below("/v1/compare") || below("/v1/what-if") {
        Need::Scope(Scope::Group)
    } else if below("/v1/jobs") {
        Need::Scope(Scope::Jobs)
    } else if below("/v1/references") {
        Need::Scope(Scope::ReferenceRead)
    } else {
        Need::Scope(Scope::ReferenceAdmin)
    }
}

/// What stands before the routes.
#[derive(Debug)]
pub struct Gate {
    lodge: Option<Arc<Lodge>>,
    proxy_headers: Option<(HeaderName, HeaderName)>,
    rate: Option<Rate>,
    running: AtomicUsize,
    most: usize,
    shed: AtomicU64,
    limited: AtomicU64,
    open_metrics: AtomicBool,
}

/// A request that may go on, or not.
#[derive(Debug, Default)]
pub struct Entered {
    /// Who asks, where callers are known.
    pub client: Option<Arc<str>>,
    standing: Option<Standing>,
    place: Option<Place>,
    /// Why it may not go on.
    pub refusal: Option<ApiError>,
}

/// A place among the requests that run.
#[derive(Debug)]
struct Place(Arc<Gate>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Gate {
    /// With callers that are known where there is a lodge, that many requests a second and at once of each where there is
    /// such a limit, and at most so many that run.
    pub fn new(lodge: Option<Arc<Lodge>>, rate: Option<(u32, u32)>, most: usize) -> Gate {
        let proxy_headers = lodge.as_ref().and_then(|lodge| lodge.proxy()).map(|proxy| proxy.headers().clone());
        let rate = rate.and_then(|(per_second, burst)| Rate::new(per_second, burst));
        Gate {
            lodge,
            proxy_headers,
            rate,
            running: AtomicUsize::new(0),
            most,
            shed: AtomicU64::new(0),
            limited: AtomicU64::new(0),
            open_metrics: AtomicBool::new(false),
        }
    }

    /// Whether it must know the address at the other end.
    pub fn asks_for_peers(&self) -> bool {
        self.proxy_headers.is_some()
    }

    /// From here on whoever reaches the admin listener may read the metrics.
    pub fn open_metrics(&self) {
        self.open_metrics.store(true, Ordering::Relaxed);
    }

    /// Requests that run.
    pub fn running(&self) -> usize {
        self.running.load(Ordering::Relaxed)
    }

    /// Requests that were refused since as many ran as may.
    pub fn shed(&self) -> u64 {
        self.shed.load(Ordering::Relaxed)
    }

    /// Counts a request that was refused since there was no room to compute it.
    pub fn count_shed(&self) {
        self.shed.fetch_add(1, Ordering::Relaxed);
    }

    /// Requests that were refused since their client sends too many.
    pub fn limited(&self) -> u64 {
        self.limited.load(Ordering::Relaxed)
    }

    /// Forgets what is over.
    pub fn tidy(&self) {
        if let Some(rate) = &self.rate {
            rate.tidy();
        }
    }

    /// Lets a request to a route in, or not. Whoever runs the service learns why not.
    pub fn enter(self: &Arc<Self>, route: Option<&str>, request: &mut Request) -> Entered {
        let need = route.map_or(Need::Nothing, need);
        if need == Need::Nothing {
            return Entered::default();
        }
        let mut entered = Entered::default();
        if route == Some(METRICS) && self.open_metrics.load(Ordering::Relaxed) {
            return entered;
        }
        match self.place() {
            Some(place) => entered.place = Some(place),
            None => {
                self.shed.fetch_add(1, Ordering::Relaxed);
                entered.refusal = Some(AccessRefusal::Overloaded.into());
            }
        }
        if entered.refusal.is_none()
            && let Err(refusal) = self.let_in(need, request, &mut entered)
        {
            entered.place = None;
            entered.refusal = Some(refusal.into());
        }
        entered
    }

    fn let_in(&self, need: Need, request: &mut Request, entered: &mut Entered) -> Result<(), AccessRefusal> {
        let known = match &self.lodge {
            Some(lodge) => Some((lodge, self.caller(lodge, request)?)),
            None => None,
        };
        if let Some(rate) = &self.rate {
            let client = known.as_ref().map_or_else(|| ANYBODY.into(), |(_, caller)| Arc::clone(&caller.client));
            let taken = rate.take(&client);
            entered.standing = Some(taken.unwrap_or_else(|full| full));
            taken.map_err(|full| {
                self.limited.fetch_add(1, Ordering::Relaxed);
                AccessRefusal::TooMany(full.seconds())
            })?;
        }
        if let Some((lodge, caller)) = known {
            entered.client = Some(Arc::clone(&caller.client));
            if let Need::Scope(scope) = need
                && !caller.scopes.hold(scope)
            {
                return Err(AccessRefusal::Scope(scope, Ways::of(lodge, false)));
            }
            request.extensions_mut().insert(caller);
        }
        Ok(())
    }

    fn place(self: &Arc<Self>) -> Option<Place> {
        if self.running.fetch_add(1, Ordering::Relaxed) < self.most {
            return Some(Place(Arc::clone(self)));
        }
        self.running.fetch_sub(1, Ordering::Relaxed);
        None
    }

    fn caller(&self, lodge: &Lodge, request: &Request) -> Result<Caller, AccessRefusal> {
        let shown = self.shown(lodge, request);
        lodge.caller(shown).map_err(|why| {
            tracing::info!(why, "caller refused");
            AccessRefusal::Unknown(Ways::of(lodge, matches!(shown, Shown::Token(_) | Shown::Unclear)))
        })
    }

    /// What the caller shows: a token, a key, or else the certificate that a proxy has seen.
    fn shown<'r>(&self, lodge: &Lodge, request: &'r Request) -> Shown<'r> {
        let headers = request.headers();
        match (headers.contains_key(header::AUTHORIZATION), headers.contains_key(KEY)) {
            (true, true) => Shown::Unclear,
            (true, false) => match only(headers, &header::AUTHORIZATION).and_then(bearer) {
                Some(token) => Shown::Token(token),
                None => Shown::Unclear,
            },
            (false, true) => only(headers, &KEY).map_or(Shown::Unclear, Shown::Key),
            (false, false) => self.certificate(lodge, request),
        }
    }

    fn certificate<'r>(&self, lodge: &Lodge, request: &'r Request) -> Shown<'r> {
        let (Some(proxy), Some((verified, subject))) = (lodge.proxy(), &self.proxy_headers) else {
            return Shown::Nothing;
        };
        if !request.extensions().get::<Peer>().is_some_and(|Peer(peer)| proxy.is_at(*peer)) {
            return Shown::Nothing;
        }
        let headers = request.headers();
        Shown::Certificate(Said {
            verified: only(headers, verified),
            subject: only(headers, subject),
            secret: only(headers, &PROXY_SECRET),
        })
    }

    /// Says on an answer how the client stands, and gives the request's place to the next.
    pub fn leave(&self, entered: Entered, headers: &mut HeaderMap) {
        if let (Some(rate), Some(standing)) = (&self.rate, entered.standing) {
            rate.add_headers(standing, headers);
        }
    }
}

/// The value of a header that is there once. One that is there twice may be half a caller's and half a proxy's.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() { None } else { value.to_str().ok() }
}

/// The token of `Authorization: Bearer TOKEN`.
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Whose a request is: the client, or `anonymous` where callers are not known.
#[derive(Clone, Debug)]
pub struct Owner(pub Arc<str>);

impl<S: Sync> FromRequestParts<S> for Owner {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Owner, Infallible> {
        let known = parts.extensions.get::<Caller>().map(|caller| Arc::clone(&caller.client));
        Ok(Owner(known.unwrap_or_else(|| ANYBODY.into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_that_is_not_named_is_for_operators_alone() {
        for route in [
            "/v1/new",
            "/v1",
            "/v1/groups",
            "/healthy",
            "/docsx",
            "/metrics",
            "/admin/references",
            "//",
            "/partsx",
            "/pages",
            "",
        ] {
            assert_eq!(need(route), Need::Scope(Scope::ReferenceAdmin), "{route}");
        }
        for route in [
            "/",
            "/service",
            "/parts/service",
            "/assets/{version}/{*path}",
            "/health/live",
            "/docs/{*rest}",
            "/openapi.json",
            "/_ping",
            "/_status",
        ] {
            assert_eq!(need(route), Need::Nothing, "{route}");
        }
        assert_eq!(need("/v1/references/{a}/diff/{b}"), Need::Scope(Scope::ReferenceRead));
        assert_eq!(need("/v1/limits"), Need::Known);
    }
}
