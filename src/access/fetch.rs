//! Where the public keys of an OAuth 2 server come from: a file, or an address that is asked again and again in the
//! background. No request of a caller waits for it.

use super::key_set::KeySet;
use super::settings::OauthSettings;
use super::token::Tokens;
use axum::body::Body;
use axum::http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Limited};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// Bytes of the largest set of keys.
const MAX_BYTES: usize = 1024 * 1024;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// When to ask again after a failure: at first, and at most.
const RETRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// Where keys come from.
#[derive(Debug)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// An address.
    Address(Box<Address>),
}

impl Source {
    /// As configured.
    pub fn of(settings: &OauthSettings) -> Result<Source, String> {
        match (&settings.jwks_file, &settings.jwks_url) {
            (Some(file), _) => Ok(Source::File(file.clone())),
            (None, Some(url)) => Ok(Source::Address(Box::new(Address::new(url, settings)?))),
            (None, None) => Err("access.oauth: there is one of jwks_file and jwks_url".to_owned()),
        }
    }
}

/// The keys in a file.
pub fn of_file(file: &Path) -> Result<KeySet, String> {
    let named = |words: String| format!("{}: {words}", file.display());
    let text = std::fs::read(file).map_err(|fault| named(fault.to_string()))?;
    KeySet::read(&text).map_err(named)
}

/// What is wrong with an address, where something is. Keys that come over an open line could be anybody's.
pub fn fault(url: &str) -> Option<&'static str> {
    let Ok(uri) = url.parse::<Uri>() else { return Some("access.oauth.jwks_url: this is no address") };
    let is_named = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
    let is_near = matches!(uri.host(), Some("127.0.0.1" | "[::1]" | "localhost"));
    match uri.scheme_str() {
        _ if is_named => Some("access.oauth.jwks_url: it bears no name and no password"),
        Some("https") => None,
        Some("http") if is_near => None,
        _ => Some("access.oauth.jwks_url: it begins with https, or with http where the server is on this machine"),
    }
}

/// An address that gives out keys.
#[derive(Debug)]
pub struct Address {
    uri: Uri,
    every: Duration,
    tls: Option<Arc<ClientConfig>>,
}

impl Address {
    fn new(url: &str, settings: &OauthSettings) -> Result<Address, String> {
        let uri: Uri = url.parse().map_err(|_| "access.oauth.jwks_url: this is no address".to_owned())?;
        let is_tls = uri.scheme_str() == Some("https");
        let tls = is_tls.then(|| client(settings.jwks_authorities.as_deref())).transpose()?;
        Ok(Address { uri, every: Duration::from_secs(settings.jwks_seconds), tls })
    }

    /// Asks for the keys again and again, for ever. Until it has answered once no token is good; where it does not answer
    /// later, the keys it gave last stay in force.
    pub async fn follow(&self, tokens: &Tokens) {
        let mut wait = RETRY.0;
        loop {
            let keys = tokio::time::timeout(PATIENCE, self.keys()).await;
            match keys.unwrap_or_else(|_| Err("it did not answer in time".to_owned())) {
                Ok(keys) => {
                    tracing::info!(keys = keys.len(), "public keys fetched");
                    tokens.replace_keys(keys);
                    wait = RETRY.0;
                    tokio::time::sleep(self.every).await;
                }
                Err(fault) => {
                    tracing::error!(fault, "public keys cannot be fetched; the ones before stay in force");
                    tokio::time::sleep(wait.min(self.every)).await;
                    wait = RETRY.1.min(wait * 2);
                }
            }
        }
    }

    async fn keys(&self) -> Result<KeySet, String> {
        let host = self.uri.host().ok_or("the address has no host")?;
        let port = self.uri.port_u16().unwrap_or(if self.tls.is_some() { 443 } else { 80 });
        let bare = host.trim_matches(['[', ']']);
        let line = TcpStream::connect((bare, port)).await.map_err(|fault| fault.to_string())?;
        match &self.tls {
            None => self.ask(line).await,
            Some(tls) => {
                let name = ServerName::try_from(bare.to_owned()).map_err(|fault| fault.to_string())?;
                let line = tokio_rustls::TlsConnector::from(Arc::clone(tls)).connect(name, line).await;
                self.ask(line.map_err(|fault| fault.to_string())?).await
            }
        }
    }

    async fn ask(&self, line: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Result<KeySet, String> {
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(line)).await.map_err(|fault| fault.to_string())?;
        let host = self.uri.authority().map_or_else(String::new, ToString::to_string);
        let path = self.uri.path_and_query().map_or("/", |path| path.as_str());
        let request = Request::get(path).header(header::HOST, host).header(header::ACCEPT, "application/json");
        let request = request.body(Body::empty()).map_err(|fault| fault.to_string())?;
        let answer = async {
            let response = sender.send_request(request).await.map_err(|fault| fault.to_string())?;
            if response.status() != StatusCode::OK {
                return Err(format!("it answered with status {}", response.status().as_u16()));
            }
            let body =
                Limited::new(response.into_body(), MAX_BYTES).collect().await.map_err(|fault| fault.to_string())?;
            KeySet::read(&body.to_bytes())
        };
        tokio::pin!(answer);
        // The connection does the work while the answer is awaited, and ends with it.
        tokio::select! {
            answer = &mut answer => answer,
            _ = connection => answer.await,
        }
    }
}

fn client(authorities: Option<&Path>) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    if let Some(file) = authorities {
        let named = |fault: String| format!("{}: {fault}", file.display());
        let given = rustls::pki_types::CertificateDer::pem_file_iter(file).map_err(|fault| named(fault.to_string()))?;
        for authority in given {
            let authority = authority.map_err(|fault| named(fault.to_string()))?;
            roots.add(authority).map_err(|fault| named(fault.to_string()))?;
        }
    } else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    if roots.is_empty() {
        return Err("access.oauth.jwks_url: there is no authority to know its server by".to_owned());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|fault| fault.to_string())?.with_root_certificates(roots).with_no_client_auth();
    Ok(Arc::new(config))
}
