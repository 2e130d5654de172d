//! Every key of the configuration.

use crate::access::AccessSettings;
use crate::audit::AuditSettings;
use crate::http::limits::Limits;
use crate::jobs;
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// The configuration of the service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Listen beyond the loopback although callers are not known.
    pub allow_unauthenticated: bool,
    /// Threads that answer requests; without it one fewer than there are processors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threads: Option<u16>,
    /// A folder that holds release folders, beside those in the program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_dir: Option<PathBuf>,
    /// A folder of record definition files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub definitions: Option<PathBuf>,
    /// A folder for uploaded releases, for what is active, and for jobs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_dir: Option<PathBuf>,
    /// The admin interface.
    pub admin: Admin,
    /// Jobs.
    pub jobs: JobConfig,
    /// TLS of both interfaces; none where a proxy does it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsFiles>,
    /// How callers are recognised.
    pub access: AccessSettings,
    /// Limits.
    pub limits: Limits,
    /// The book of decisions.
    pub audit: AuditSettings,
    /// Pages of other origins that may call.
    pub cors: Cors,
    /// Spans of requests for a collector.
    pub telemetry: Telemetry,
}

/// Spans of requests, sent to an OpenTelemetry collector; none where it names no endpoint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Telemetry {
    /// The collector's address for OTLP over HTTP, such as `http://127.0.0.1:4318`; spans go to `/v1/traces` below it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
}

impl Telemetry {
    fn fault(&self) -> Option<String> {
        let endpoint = self.endpoint.as_ref()?;
        if !cfg!(feature = "otel") {
            return Some("telemetry.endpoint: this program was built without the feature `otel`".to_owned());
        }
        let host = endpoint.strip_prefix("http://").and_then(|rest| rest.split('/').next());
        let is_plain = host.is_some_and(|host| !host.is_empty() && !host.contains('@'));
        (!is_plain).then(|| {
            "telemetry.endpoint: it begins with http://, such as http://127.0.0.1:4318, and bears no password; a \
             collector on the same machine takes spans on over TLS"
                .to_owned()
        })
    }
}

/// Pages of other origins that may call the service from a browser; none where it names none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cors {
    /// Origins in full, such as `https://dashboard.trust.nhs.uk`.
    pub origins: Vec<String>,
}

impl Cors {
    fn fault(&self) -> Option<String> {
        let is_origin = |text: &String| {
            let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
            rest.is_some_and(|rest| {
                !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic() && b != b'/' && b != b'*')
            })
        };
        let wrong = self.origins.iter().find(|text| !is_origin(text));
        wrong.map(|text| format!("cors.origins: `{text}` is no origin; write https://host, without a path"))
    }
}

impl Default for Config {
    fn default() -> Config {
        Config {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            allow_unauthenticated: false,
            threads: None,
            reference_dir: None,
            definitions: None,
            state_dir: None,
            admin: Admin::default(),
            jobs: JobConfig::default(),
            tls: None,
            access: AccessSettings::default(),
            limits: Limits::default(),
            audit: AuditSettings::default(),
            cors: Cors::default(),
            telemetry: Telemetry::default(),
        }
    }
}

/// The admin interface.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Admin {
    /// The address of its own; none where it is not served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
    /// Listen beyond the loopback although operators are not known.
    pub allow_unauthenticated: bool,
    /// A file of public keys; a signature of an uploaded release must be by one of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusted_keys: Option<PathBuf>,
    /// Refuse uploaded releases that are not signed.
    pub require_signature: bool,
    /// Let whoever reaches the admin listener read `/metrics`, where callers are known: Prometheus has no credential then.
    pub open_metrics: bool,
}

/// Jobs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JobConfig {
    /// How many hours a job and its results are kept from its end, 1 to 720.
    pub hours: u16,
    /// A file with the key that keys of jobs are sealed with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_file: Option<PathBuf>,
}

impl Default for JobConfig {
    fn default() -> JobConfig {
        JobConfig { hours: 24, key_file: None }
    }
}

/// TLS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// The certificate and those above it, as PEM.
    pub certificate: PathBuf,
    /// Its private key, as PEM.
    pub key: PathBuf,
}

impl Config {
    /// What is wrong with values that are sound in themselves.
    pub fn fault(&self) -> Option<String> {
        let beyond = |address: &SocketAddr, allowed: bool| {
            !address.ip().is_loopback() && !allowed && !self.access.is_configured()
        };
        if beyond(&self.listen, self.allow_unauthenticated) {
            return Some("no access is configured, so the service does not authenticate its callers and listens on the loopback only; behind a proxy that authenticates them, start it with --allow-unauthenticated".to_owned());
        }
        if self.admin.listen.is_some_and(|address| beyond(&address, self.admin.allow_unauthenticated)) {
            return Some("no access is configured, so the admin interface does not authenticate operators and listens on the loopback only; behind a proxy that authenticates them, start it with --admin-allow-unauthenticated".to_owned());
        }
        if self.threads.is_some_and(|threads| !(1..=1024).contains(&threads)) {
            return Some("threads: 1 to 1024".to_owned());
        }
        if !(1..=720).contains(&self.jobs.hours) {
            return Some("jobs.hours: 1 to 720".to_owned());
        }
        if self.admin.require_signature && self.admin.trusted_keys.is_none() {
            return Some("--require-signature needs --trusted-keys to check signatures by".to_owned());
        }
        let parts = self.access.fault().or_else(|| self.limits.fault()).or_else(|| self.audit.fault());
        parts.or_else(|| self.cors.fault()).or_else(|| self.telemetry.fault())
    }

    /// The bounds of jobs.
    pub fn job_settings(&self) -> jobs::Settings {
        let limits = &self.limits;
        jobs::Settings {
            keep: jiff::SignedDuration::from_hours(self.jobs.hours.into()),
            master: self.jobs.key_file.clone(),
            waiting: limits.jobs_waiting,
            kept: limits.jobs_kept,
            uploads: limits.job_uploads,
            sent_bytes: limits.job_bytes,
            unpacked_bytes: limits.job_unpacked_bytes,
            lines: limits.job_lines,
            ..jobs::Settings::default()
        }
    }
}
