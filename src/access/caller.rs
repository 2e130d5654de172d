//! Who asks.

use super::scope::Scopes;
use std::sync::Arc;

/// Longest name of a client.
pub const MAX_NAME: usize = 128;

/// A caller that has been recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The client. What it is preceded by says how it was recognised, so that a name of one list is never taken for the
    /// same name of another: `oauth:`, `key:` or `certificate:`.
    pub client: Arc<str>,
    /// What it may do.
    pub scopes: Scopes,
}

impl Caller {
    /// A caller of a list.
    pub fn new(list: &str, name: &str, scopes: Scopes) -> Caller {
        Caller { client: format!("{list}:{name}").into(), scopes }
    }
}

/// Whether a name can stand for a client: it stands in the log and on jobs.
pub fn is_name(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic())
}
