//! An invented authority with the certificate of a service on this machine.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::path::PathBuf;
use std::sync::Arc;

/// The authority and the files of a service.
pub struct Authority {
    place: tempfile::TempDir,
}

impl Authority {
    /// With a certificate for `localhost`.
    pub fn new() -> Authority {
        let mut about = CertificateParams::new(Vec::<String>::new()).expect("no names");
        about.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(about, KeyPair::generate().expect("a key")).expect("an authority");
        let key = KeyPair::generate().expect("a key");
        let certificate = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
        let certificate = certificate.signed_by(&key, &issuer).expect("signed");
        let authority = Authority { place: tempfile::tempdir().expect("a folder") };
        for (name, text) in
            [("ca.pem", issuer.pem()), ("server.pem", certificate.pem()), ("server.key", key.serialize_pem())]
        {
            std::fs::write(authority.file(name), text).expect("written");
        }
        authority
    }

    /// One of `ca.pem`, `server.pem` and `server.key`.
    pub fn file(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// How a caller speaks to whom the authority vouches for, in one of these protocols.
    pub fn client(&self, protocols: &[&[u8]]) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.file("ca.pem")).expect("a certificate")).expect("an authority");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config =
            ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        Arc::new(config)
    }
}
