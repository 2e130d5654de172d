//! Tokens of an OAuth 2 server: JWTs of the client-credentials grant, checked without asking the server.

use super::caller::{Caller, is_name};
use super::key_set::KeySet;
use super::scope::Scopes;
use super::seen::Seen;
use super::settings::OauthSettings;
use jiff::Timestamp;
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde::Deserialize;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// Bytes of the longest token.
const MAX_BYTES: usize = 8 * 1024;
/// How far the clocks may be apart, in seconds.
const LEEWAY: i64 = 30;
/// For how long a token may be good, in seconds.
const LONGEST: i64 = 600;
/// The algorithms that may be configured: those of which the service need not share a secret with the server.
pub const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// What is read of a token, beside what [`Validation`] checks.
#[derive(Deserialize)]
struct Claims {
    exp: i64,
    iat: i64,
    client_id: Option<String>,
    azp: Option<String>,
    sub: Option<String>,
    #[serde(default, alias = "scp")]
    scope: ScopeList,
}

/// Servers write scopes as one text or as a list.
#[derive(Default, Deserialize)]
#[serde(untagged)]
enum ScopeList {
    #[default]
    None,
    Text(String),
    List(Vec<String>),
}

impl ScopeList {
    fn scopes(&self) -> Scopes {
        match self {
            ScopeList::None => Scopes::default(),
            ScopeList::Text(text) => Scopes::among(text),
            ScopeList::List(list) => Scopes::among(&list.join(" ")),
        }
    }
}

/// Checks tokens.
pub struct Tokens {
    /// What holds for each algorithm that is taken.
    rules: Vec<(Algorithm, Validation)>,
    keys: RwLock<Arc<Held>>,
}

/// The keys of the server, and the tokens that were found good by them.
#[derive(Default)]
struct Held {
    keys: KeySet,
    seen: Seen,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("keys", &self.held().keys.len()).finish_non_exhaustive()
    }
}

impl Tokens {
    /// By these rules, still without keys: no token is good.
    pub fn new(settings: &OauthSettings) -> Tokens {
        let rule = |algorithm: &Algorithm| {
            let mut rule = Validation::new(*algorithm);
            rule.leeway = LEEWAY.cast_unsigned();
            rule.validate_nbf = true;
            rule.set_issuer(&[&settings.issuer]);
            rule.set_audience(&[&settings.audience]);
            rule.set_required_spec_claims(&["exp", "aud", "iss"]);
            (*algorithm, rule)
        };
        Tokens { rules: settings.algorithms.iter().map(rule).collect(), keys: RwLock::default() }
    }

    /// From here on the server has these keys; what was found good by others is forgotten.
    pub fn replace_keys(&self, keys: KeySet) {
        let held = Arc::new(Held { keys, seen: Seen::default() });
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = held;
    }

    fn held(&self) -> Arc<Held> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whose token it is. The error is for the log, and holds nothing of the token.
    pub fn caller(&self, token: &str, now: Timestamp) -> Result<Caller, &'static str> {
        if token.len() > MAX_BYTES {
            return Err("token-too-long");
        }
        let (held, now) = (self.held(), now.as_second());
        if let Some(caller) = held.seen.find(token, now) {
            return Ok(caller);
        }
        let (caller, until) = self.check(&held.keys, token, now)?;
        held.seen.remember(token, &caller, until, now);
        Ok(caller)
    }

    /// The caller, and until when the token is good.
    fn check(&self, keys: &KeySet, token: &str, now: i64) -> Result<(Caller, i64), &'static str> {
        let header = decode_header(token).map_err(|_| "no-token")?;
        // An extension that must be understood, and is not.
        if header.crit.is_some() {
            return Err("critical-extension");
        }
        let (_, rule) = self.rules.iter().find(|(algorithm, _)| *algorithm == header.alg).ok_or("wrong-algorithm")?;
        let key = keys.find(header.kid.as_deref(), header.alg).ok_or("unknown-key")?;
        let claims = decode::<Claims>(token, &key.key, rule).map_err(|fault| reason(&fault))?.claims;
        let is_too_long = claims.exp.saturating_sub(claims.iat) > LONGEST;
        if claims.exp > now + LONGEST + LEEWAY || is_too_long {
            return Err("too-long-lived");
        }
        let name = [claims.client_id, claims.azp, claims.sub].into_iter().flatten().find(|name| is_name(name));
        let caller = Caller::new("oauth", &name.ok_or("no-client")?, claims.scope.scopes());
        Ok((caller, claims.exp + LEEWAY))
    }
}

fn reason(fault: &Error) -> &'static str {
    match fault.kind() {
        ErrorKind::ExpiredSignature => "expired",
        ErrorKind::ImmatureSignature => "not-yet-good",
        ErrorKind::InvalidAudience => "wrong-audience",
        ErrorKind::InvalidIssuer => "wrong-issuer",
        ErrorKind::InvalidSignature => "wrong-signature",
        ErrorKind::MissingRequiredClaim(_) => "missing-claim",
        _ => "no-token",
    }
}
