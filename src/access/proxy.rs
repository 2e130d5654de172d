//! Certificates that a proxy has checked (mutual TLS). The proxy is believed by its address, and where it has one by its
//! secret; what anybody else says in its headers is as good as nothing.

use super::caller::Caller;
use super::settings::ProxySettings;
use axum::http::HeaderName;
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::net::IpAddr;
use subtle::ConstantTimeEq;

/// What the proxy's headers say.
#[derive(Clone, Copy, Debug, Default)]
pub struct Said<'h> {
    /// Whether it found the certificate good.
    pub verified: Option<&'h str>,
    /// Whose it is.
    pub subject: Option<&'h str>,
    /// That it is the proxy.
    pub secret: Option<&'h str>,
}

/// The proxy, and the clients whose certificates it checks.
#[derive(Debug)]
pub struct Proxy {
    from: Vec<IpNet>,
    headers: (HeaderName, HeaderName),
    secret: Option<super::secret::Secret>,
    clients: BTreeMap<String, Caller>,
}

impl Proxy {
    /// As configured.
    pub fn new(settings: &ProxySettings) -> Result<Proxy, String> {
        let header =
            |name: &str| HeaderName::try_from(name).map_err(|_| format!("access.proxy: {name} is no name of a header"));
        let headers = (header(&settings.verified_header)?, header(&settings.subject_header)?);
        let caller = |client: &super::settings::CertificateClient| {
            let caller = Caller::new("certificate", &client.name, client.scopes.iter().copied().collect());
            (client.subject.clone(), caller)
        };
        Ok(Proxy {
            from: settings.from.clone(),
            headers,
            secret: settings.secret.clone(),
            clients: settings.clients.iter().map(caller).collect(),
        })
    }

    /// The headers that say whether it found the certificate good, and whose it is.
    pub fn headers(&self) -> &(HeaderName, HeaderName) {
        &self.headers
    }

    /// Whether the proxy has that address.
    pub fn is_at(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.from.iter().any(|net| net.contains(&peer))
    }

    /// Whose certificate it is. The error is for the log.
    pub fn caller(&self, said: Said<'_>) -> Result<Caller, &'static str> {
        if let Some(secret) = &self.secret {
            let sent = said.secret.unwrap_or_default();
            if !bool::from(sent.as_bytes().ct_eq(secret.reveal().as_bytes())) {
                return Err("not-the-proxy");
            }
        }
        if said.verified != Some("SUCCESS") {
            return Err("no-certificate");
        }
        let subject = said.subject.ok_or("no-certificate")?;
        self.clients.get(subject).cloned().ok_or("unknown-certificate")
    }
}
