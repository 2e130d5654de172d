//! TLS of the service's own, where no proxy does it: TLS 1.2 and 1.3, with HTTP/2 offered.

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// The service's certificate and its key.
#[derive(Clone)]
pub struct Tls(pub(super) TlsAcceptor);

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

impl Tls {
    /// Reads them. The error is one sentence.
    pub fn load(certificate: &Path, key: &Path) -> Result<Tls, String> {
        let named = |file: &Path, fault: &dyn fmt::Display| format!("{}: {fault}", file.display());
        let chain = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let chain = chain.map_err(|fault| named(certificate, &fault))?;
        if chain.is_empty() {
            return Err(named(certificate, &"it holds no certificate"));
        }
        let private = PrivateKeyDer::from_pem_file(key).map_err(|fault| named(key, &fault))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.map_err(|fault| fault.to_string())?.with_no_client_auth();
        let mut config = config.with_single_cert(chain, private).map_err(|fault| named(key, &fault))?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Tls(TlsAcceptor::from(Arc::new(config))))
    }
}
