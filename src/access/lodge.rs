//! The lodge as a whole: what is shown goes to the one who can judge it, and lists that change are read again.

use super::caller::Caller;
use super::fetch::Source;
use super::key_file::Keys;
use super::proxy::{Proxy, Said};
use super::settings::AccessSettings;
use super::token::Tokens;
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

/// How often the lists in files are looked at: a key that was revoked is refused after that time at the latest.
pub const LOOK: Duration = Duration::from_secs(2);

/// What a caller shows.
#[derive(Clone, Copy, Debug)]
pub enum Shown<'h> {
    /// Nothing.
    Nothing,
    /// A token.
    Token(&'h str),
    /// An API key.
    Key(&'h str),
    /// What a proxy at a trusted address says.
    Certificate(Said<'h>),
    /// Something that no way of recognising takes, or several things at once.
    Unclear,
}

/// Recognises callers.
#[derive(Debug)]
pub struct Lodge {
    tokens: Option<(Tokens, Source)>,
    keys: Option<(PathBuf, RwLock<Arc<Keys>>)>,
    proxy: Option<Proxy>,
}

impl Lodge {
    /// As configured; none where callers are not known. A list in a file that cannot be used is refused.
    pub fn open(settings: &AccessSettings) -> Result<Option<Lodge>, String> {
        if !settings.is_configured() {
            return Ok(None);
        }
        let tokens = settings.oauth.as_ref().map(|oauth| {
            let (tokens, source) = (Tokens::new(oauth), Source::of(oauth)?);
            if let Source::File(file) = &source {
                tokens.replace_keys(super::fetch::of_file(file)?);
            }
            Ok::<_, String>((tokens, source))
        });
        let keys = settings.keys_file.as_ref().map(|file| {
            let keys = RwLock::new(Arc::new(Keys::load(file)?));
            Ok::<_, String>((file.clone(), keys))
        });
        Ok(Some(Lodge {
            tokens: tokens.transpose()?,
            keys: keys.transpose()?,
            proxy: settings.proxy.as_ref().map(Proxy::new).transpose()?,
        }))
    }

    /// Whether tokens are taken.
    pub fn takes_tokens(&self) -> bool {
        self.tokens.is_some()
    }

    /// Whether API keys are taken.
    pub fn takes_keys(&self) -> bool {
        self.keys.is_some()
    }

    /// The proxy that checks certificates.
    pub fn proxy(&self) -> Option<&Proxy> {
        self.proxy.as_ref()
    }

    /// Who it is. The error is for the log.
    pub fn caller(&self, shown: Shown<'_>) -> Result<Caller, &'static str> {
        match shown {
            Shown::Nothing => Err("nothing-shown"),
            Shown::Unclear => Err("unclear"),
            Shown::Token(token) => {
                let (tokens, _) = self.tokens.as_ref().ok_or("tokens-not-taken")?;
                tokens.caller(token, Timestamp::now())
            }
            Shown::Key(key) => {
                let (_, keys) = self.keys.as_ref().ok_or("keys-not-taken")?;
                let keys = Arc::clone(&keys.read().unwrap_or_else(PoisonError::into_inner));
                keys.caller(key, Timestamp::now())
            }
            Shown::Certificate(said) => self.proxy.as_ref().ok_or("certificates-not-taken")?.caller(said),
        }
    }

    /// Reads the lists again whenever they change, for ever. A list that cannot be read leaves the one before in force.
    pub async fn keep_up(self: Arc<Lodge>) {
        let keys = async {
            let Some((file, keys)) = &self.keys else { return };
            follow(file, || {
                let read = Keys::load(file)?;
                *keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(read);
                Ok(())
            })
            .await;
        };
        let tokens = async {
            match &self.tokens {
                Some((tokens, Source::File(file))) => {
                    follow(file, || super::fetch::of_file(file).map(|keys| tokens.replace_keys(keys))).await;
                }
                Some((tokens, Source::Address(address))) => address.follow(tokens).await,
                None => {}
            }
        };
        tokio::join!(keys, tokens);
    }
}

/// Reads a file again whenever it is another.
async fn follow(file: &Path, read: impl Fn() -> Result<(), String>) {
    // The first look reads it anew: it may have changed since the start.
    let mut before = None;
    loop {
        let now = mark(file);
        if before != Some(now) {
            match read() {
                Ok(()) => tracing::debug!(file = %file.display(), "list read"),
                Err(fault) => tracing::error!(fault, "the list cannot be read; the one before stays in force"),
            }
            before = Some(now);
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// What a file is told from another by.
fn mark(file: &Path) -> Option<(SystemTime, u64)> {
    let about = std::fs::metadata(file).ok()?;
    Some((about.modified().ok()?, about.len()))
}
