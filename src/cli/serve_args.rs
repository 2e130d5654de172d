//! The flags of `hrg serve`, and the configuration that comes of them, of the environment and of a file.

use crate::config::{Config, Layer, read};
use clap::Args;
use clap::builder::BoolishValueParser;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Arguments of `hrg serve`. Each lies over what the file says.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The configuration, as TOML. The environment lies over it, and flags over both.
    #[arg(long, value_name = "FILE", env = "HRG_CONFIG")]
    config: Option<PathBuf>,
    /// Any key of the configuration, such as limits.seconds=10; in the environment HRG_LIMITS__SECONDS.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
    /// Address to listen on: an IP address and a port; without one 127.0.0.1:8080.
    #[arg(long, value_name = "ADDRESS", env = "HRG_LISTEN")]
    listen: Option<SocketAddr>,
    /// A folder that holds release folders, beside those in the program.
    #[arg(long, value_name = "DIR", env = "HRG_REFERENCE_DIR")]
    reference_dir: Option<String>,
    /// Listen beyond the loopback although callers are not authenticated: only behind a proxy that does it.
    #[arg(long, env = "HRG_ALLOW_UNAUTHENTICATED", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = BoolishValueParser::new())]
    allow_unauthenticated: Option<bool>,
    /// The list of API keys (`hrg key`) by which callers are recognised.
    #[arg(long, value_name = "FILE", env = "HRG_KEYS_FILE")]
    keys_file: Option<String>,
    /// How many hours a job and its results are kept from its end; without it 24.
    #[arg(long, value_name = "HOURS", env = "HRG_JOB_HOURS", value_parser = clap::value_parser!(u16).range(1..=720))]
    job_hours: Option<u16>,
    /// A file with 32 bytes as base64, kept elsewhere than the state folder: keys of jobs lie there sealed with it.
    #[arg(long, value_name = "FILE", env = "HRG_JOB_KEY_FILE")]
    job_key_file: Option<String>,
    /// A folder of record definition files (`.rdf`), which a CSV batch may name without the ending.
    #[arg(long, value_name = "DIR", env = "HRG_DEFINITIONS")]
    definitions: Option<String>,
    /// Threads that answer requests; without it one fewer than there are processors, so that a proxy on the same machine
    /// and batches do not push them aside. As many as there are processors where the machine does nothing else.
    #[arg(long, value_name = "N", env = "HRG_THREADS", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    #[command(flatten)]
    admin: AdminArgs,
}

/// Arguments of the admin interface.
#[derive(Debug, Args)]
struct AdminArgs {
    /// Serve the admin interface, on an address of its own; without one on 127.0.0.1:8081.
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = "127.0.0.1:8081", env = "HRG_ADMIN_LISTEN")]
    admin_listen: Option<SocketAddr>,
    /// Serve the admin interface beyond the loopback although operators are not authenticated: only behind a proxy that
    /// does it.
    #[arg(long, env = "HRG_ADMIN_ALLOW_UNAUTHENTICATED", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = BoolishValueParser::new())]
    admin_allow_unauthenticated: Option<bool>,
    /// A folder for uploaded releases, for what is active, and for jobs; without one nothing can be changed, and no job sent.
    #[arg(long, value_name = "DIR", env = "HRG_STATE_DIR")]
    state_dir: Option<String>,
    /// A file of public keys; a signature of an uploaded release must be by one of them.
    #[arg(long, value_name = "FILE", env = "HRG_TRUSTED_KEYS")]
    trusted_keys: Option<String>,
    /// Refuse uploaded releases that are not signed.
    #[arg(long, env = "HRG_REQUIRE_SIGNATURE", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = BoolishValueParser::new())]
    require_signature: Option<bool>,
}

impl ServeArgs {
    /// The configuration.
    pub fn config(&self) -> io::Result<Config> {
        let layers = self.layers().map_err(io::Error::other)?;
        read(self.config.as_deref(), &layers).map_err(io::Error::other)
    }

    /// What lies over the file, lowest first. Flags and their variables have one name each; of them the flag counts.
    fn layers(&self) -> Result<Vec<Layer>, String> {
        let mut variables: Vec<(String, String)> = std::env::vars_os()
            .filter_map(|(name, text)| Some((name.into_string().ok()?, text.into_string().ok()?)))
            .collect();
        variables.sort();
        let mut layers: Vec<Layer> =
            variables.iter().filter_map(|(name, text)| Layer::of_variable(name, text)).collect();
        layers.extend(self.flags());
        for setting in &self.settings {
            layers.push(Layer::of_setting(setting)?);
        }
        Ok(layers)
    }

    fn flags(&self) -> impl Iterator<Item = Layer> {
        let address = |address: Option<SocketAddr>| address.map(|address| address.to_string());
        let path = |path: &Option<String>| path.clone().filter(|path| !path.is_empty());
        let (number, admin) = (|number: Option<u16>| number.map(i64::from), &self.admin);
        [
            Layer::of_flag("--listen", "listen", address(self.listen)),
            Layer::of_flag("--reference-dir", "reference_dir", path(&self.reference_dir)),
            Layer::of_flag("--allow-unauthenticated", "allow_unauthenticated", self.allow_unauthenticated),
            Layer::of_flag("--keys-file", "access.keys_file", path(&self.keys_file)),
            Layer::of_flag("--job-hours", "jobs.hours", number(self.job_hours)),
            Layer::of_flag("--job-key-file", "jobs.key_file", path(&self.job_key_file)),
            Layer::of_flag("--definitions", "definitions", path(&self.definitions)),
            Layer::of_flag("--threads", "threads", number(self.threads)),
            Layer::of_flag("--admin-listen", "admin.listen", address(admin.admin_listen)),
            Layer::of_flag(
                "--admin-allow-unauthenticated",
                "admin.allow_unauthenticated",
                admin.admin_allow_unauthenticated,
            ),
            Layer::of_flag("--state-dir", "state_dir", path(&admin.state_dir)),
            Layer::of_flag("--trusted-keys", "admin.trusted_keys", path(&admin.trusted_keys)),
            Layer::of_flag("--require-signature", "admin.require_signature", admin.require_signature),
        ]
        .into_iter()
        .flatten()
    }
}
