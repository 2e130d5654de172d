//! How callers are recognised, as the configuration says it.

use super::scope::Scope;
use super::secret::Secret;
use super::token::ALGORITHMS;
use ipnet::IpNet;
use jsonwebtoken::Algorithm;
use serde::{Deserialize, Deserializer, Serialize};
use std::path::PathBuf;

/// How callers are recognised. Each way that is configured is open; where none is, callers are not known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccessSettings {
    /// The list of API keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys_file: Option<PathBuf>,
    /// Tokens of an OAuth 2 server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oauth: Option<OauthSettings>,
    /// Certificates that a proxy has checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<ProxySettings>,
}

impl AccessSettings {
    /// Whether callers are known.
    pub fn is_configured(&self) -> bool {
        self.keys_file.is_some() || self.oauth.is_some() || self.proxy.is_some()
    }

    /// What is wrong with it, where something is.
    pub fn fault(&self) -> Option<String> {
        let oauth = self.oauth.as_ref().and_then(OauthSettings::fault);
        oauth.or_else(|| self.proxy.as_ref().and_then(ProxySettings::fault)).map(str::to_owned)
    }
}

/// An OAuth 2 server, and which of its tokens are taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OauthSettings {
    /// `iss` of its tokens.
    pub issuer: String,
    /// `aud` of the tokens for this service.
    pub audience: String,
    /// The algorithms that are taken. What a token says of itself chooses among them, and never beside them.
    #[serde(default = "default_algorithms", deserialize_with = "algorithms")]
    pub algorithms: Vec<Algorithm>,
    /// A file with its public keys (JWKS), which is read again when it changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_file: Option<PathBuf>,
    /// Where it gives out its public keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_url: Option<String>,
    /// A file with the authorities of that address, as PEM; without one those of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_authorities: Option<PathBuf>,
    /// How often its public keys are read again, in seconds.
    #[serde(default = "five_minutes")]
    pub jwks_seconds: u64,
}

impl OauthSettings {
    fn fault(&self) -> Option<&'static str> {
        match (&self.jwks_file, &self.jwks_url) {
            _ if self.issuer.is_empty() || self.audience.is_empty() => {
                Some("access.oauth: issuer and audience are not empty")
            }
            _ if self.algorithms.is_empty() => Some("access.oauth.algorithms: there is one at least"),
            _ if self.jwks_seconds == 0 => Some("access.oauth.jwks_seconds: it is more than 0"),
            (None, None) | (Some(_), Some(_)) => Some("access.oauth: there is one of jwks_file and jwks_url"),
            (None, Some(url)) => super::fetch::fault(url),
            (Some(_), None) => None,
        }
    }
}

/// A proxy that asks callers for certificates and says in headers what it found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProxySettings {
    /// The addresses it has. From any other these headers are nothing.
    pub from: Vec<IpNet>,
    /// The header that says `SUCCESS` where it found the certificate good.
    #[serde(default = "verified_header")]
    pub verified_header: String,
    /// The header with the certificate's subject.
    #[serde(default = "subject_header")]
    pub subject_header: String,
    /// What it sends in `X-Proxy-Secret`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<Secret>,
    /// That nobody but the proxy has these addresses, and it hands on no headers of callers: it needs no secret then.
    #[serde(default)]
    pub address_alone: bool,
    /// The clients, by the subjects of their certificates.
    #[serde(default, rename = "client")]
    pub clients: Vec<CertificateClient>,
}

impl ProxySettings {
    fn fault(&self) -> Option<&'static str> {
        let is_header = |name: &str| axum::http::HeaderName::try_from(name).is_ok();
        match self {
            _ if self.from.is_empty() => Some("access.proxy.from: there is one address at least"),
            _ if !is_header(&self.verified_header) || !is_header(&self.subject_header) => {
                Some("access.proxy: verified_header and subject_header are names of headers")
            }
            _ if self.secret.as_ref().is_some_and(|secret| secret.reveal().len() < 16) => {
                Some("access.proxy.secret: it has 16 characters at least")
            }
            _ if self.secret.is_none() && !self.address_alone && !self.from.iter().all(is_loopback) => Some(
                "access.proxy.secret: without one, whoever has an address of the proxy's may say that it is any client; where nobody else has, set access.proxy.address_alone = true",
            ),
            _ if self.clients.iter().any(|client| !super::caller::is_name(&client.name)) => {
                Some("access.proxy.client: a name has 1 to 128 visible ASCII characters")
            }
            _ => None,
        }
    }
}

fn is_loopback(net: &IpNet) -> bool {
    net.network().is_loopback() && net.broadcast().is_loopback()
}

/// A client with a certificate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateClient {
    /// The subject of its certificate, as the proxy writes it.
    pub subject: String,
    /// Its name.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
}

fn default_algorithms() -> Vec<Algorithm> {
    ALGORITHMS.to_vec()
}

fn five_minutes() -> u64 {
    300
}

fn verified_header() -> String {
    "X-Client-Verify".to_owned()
}

fn subject_header() -> String {
    "X-Client-Subject".to_owned()
}

fn algorithms<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Algorithm>, D::Error> {
    let algorithms = Vec::<Algorithm>::deserialize(deserializer)?;
    match algorithms.iter().find(|algorithm| !ALGORITHMS.contains(algorithm)) {
        Some(shared) => Err(serde::de::Error::custom(format!(
            "{shared:?} is not taken: it needs a secret that the service and the server share"
        ))),
        None => Ok(algorithms),
    }
}
