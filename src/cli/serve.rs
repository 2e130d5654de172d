//! `hrg serve` and `hrg openapi`.

use super::log::Log;
use super::releases::ReleaseArgs;
use crate::bundle::signature::Policy;
use crate::bundle::{Shelf, Stock};
use crate::files::rdf::Rdf;
use crate::http::{self, App};
use crate::jobs::{Jobs, Settings};
use clap::Args;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;

/// Arguments of `hrg serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Address to listen on: an IP address and a port.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", env = "HRG_LISTEN")]
    listen: SocketAddr,
    #[command(flatten)]
    releases: ReleaseArgs,
    /// Listen beyond the loopback although callers are not authenticated: only behind a proxy that does it.
    #[arg(long, env = "HRG_ALLOW_UNAUTHENTICATED", value_parser = clap::builder::BoolishValueParser::new())]
    allow_unauthenticated: bool,
    /// How many hours a job and its results are kept from its end.
    #[arg(long, value_name = "HOURS", default_value_t = 24, env = "HRG_JOB_HOURS", value_parser = clap::value_parser!(u16).range(1..=720))]
    job_hours: u16,
    /// A file with 32 bytes as base64, kept elsewhere than the state folder: keys of jobs lie there sealed with it.
    #[arg(long, value_name = "FILE", env = "HRG_JOB_KEY_FILE")]
    job_key_file: Option<PathBuf>,
    /// A folder of record definition files (`.rdf`), which a CSV batch may name without the ending.
    #[arg(long, value_name = "DIR", env = "HRG_DEFINITIONS")]
    definitions: Option<PathBuf>,
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
    #[arg(long, env = "HRG_ADMIN_ALLOW_UNAUTHENTICATED", value_parser = clap::builder::BoolishValueParser::new())]
    admin_allow_unauthenticated: bool,
    /// A folder for uploaded releases, for what is active, and for jobs; without one nothing can be changed, and no job sent.
    #[arg(long, value_name = "DIR", env = "HRG_STATE_DIR")]
    state_dir: Option<PathBuf>,
    /// A file of public keys; a signature of an uploaded release must be by one of them.
    #[arg(long, value_name = "FILE", env = "HRG_TRUSTED_KEYS")]
    trusted_keys: Option<PathBuf>,
    /// Refuse uploaded releases that are not signed.
    #[arg(long, env = "HRG_REQUIRE_SIGNATURE", value_parser = clap::builder::BoolishValueParser::new())]
    require_signature: bool,
}

impl AdminArgs {
    fn policy(&self) -> io::Result<Policy> {
        let Some(file) = &self.trusted_keys else {
            if self.require_signature {
                return Err(io::Error::other("--require-signature needs --trusted-keys to check signatures by"));
            }
            return Ok(Policy::default());
        };
        let named = |words: String| io::Error::other(format!("{}: {words}", file.display()));
        let text = std::fs::read_to_string(file).map_err(|fault| named(fault.to_string()))?;
        Policy::read(&text, self.require_signature).map_err(named)
    }
}

/// Runs the service until it is told to stop.
pub fn run(args: &ServeArgs) -> io::Result<u8> {
    if !args.listen.ip().is_loopback() && !args.allow_unauthenticated {
        return Err(io::Error::other(
            "the service does not authenticate its callers, so it listens on the loopback only; behind a proxy that does, start it with --allow-unauthenticated",
        ));
    }
    if args.admin.admin_listen.is_some_and(|a| !a.ip().is_loopback()) && !args.admin.admin_allow_unauthenticated {
        return Err(io::Error::other(
            "the admin interface does not authenticate operators, so it listens on the loopback only; behind a proxy that does, start it with --admin-allow-unauthenticated",
        ));
    }
    let log = Log::open()?;
    let (shelf, refused) = args.releases.load()?;
    for release in &refused {
        for finding in &release.findings {
            tracing::error!(reference.folder = release.folder, finding = %finding, "release refused");
        }
    }
    let shelf = Arc::new(shelf);
    let stock = Stock::open(Arc::clone(&shelf), args.admin.state_dir.as_deref(), args.admin.policy()?)?;
    log_refused_uploads(&stock);
    let definitions = args.definitions.as_deref().map(definitions).transpose()?.unwrap_or_default();
    for release in shelf.all().values() {
        let identity = &release.identity;
        tracing::info!(
            reference.id = identity.id,
            reference.status = %identity.status,
            reference.digest = identity.digest,
            "release loaded"
        );
    }
    let jobs = args.admin.state_dir.as_deref().map(|state| jobs(state, &shelf, args));
    let runtime = http::runtime(args.threads.map_or_else(http::threads, usize::from))?;
    let served = runtime.block_on(async {
        let stop = stop_signal()?;
        let listener = TcpListener::bind(args.listen).await?;
        let admin_listener = match args.admin.admin_listen {
            Some(address) => Some(TcpListener::bind(address).await?),
            None => None,
        };
        tracing::info!(listen = %listener.local_addr()?, loopback_only = args.listen.ip().is_loopback(), "serving");
        let app = App::new(shelf).with_definitions(definitions);
        let app = jobs.iter().fold(app, |app, jobs| app.with_jobs(Arc::clone(jobs)));
        let mut doors = vec![(listener, http::router(app.clone()))];
        if let Some(listener) = admin_listener {
            tracing::info!(listen = %listener.local_addr()?, "serving the admin interface");
            doors.push((listener, http::admin::router(stock)));
        }
        http::serve(app, doors, stop).await.map_err(io::Error::other)
    });
    if let Some(jobs) = jobs {
        jobs.stop();
    }
    log.flush();
    served.map(|()| 0)
}

/// The jobs below the state folder, which is this service's alone. Whatever its disk does, single records are grouped.
fn jobs(state: &Path, shelf: &Arc<Shelf>, args: &ServeArgs) -> Arc<Jobs> {
    let keep = jiff::SignedDuration::from_hours(args.job_hours.into());
    let settings = Settings { keep, master: args.job_key_file.clone(), ..Settings::default() };
    let jobs = Jobs::new(&state.join("jobs"), Arc::clone(shelf), settings);
    if let Err(fault) = jobs.open() {
        tracing::error!(%fault, "the folder of jobs cannot be used; it is tried again at every request for a job");
    }
    Arc::new(jobs)
}

/// The record definitions of a folder, by their names without the ending; one that cannot be used stops the start.
fn definitions(folder: &Path) -> io::Result<BTreeMap<String, Rdf>> {
    let mut definitions = BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("rdf")) {
            let named = |fault| io::Error::other(format!("{}: {fault}", path.display()));
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            definitions.insert(name, Rdf::load(&path, true).map_err(named)?);
        }
    }
    Ok(definitions)
}

/// What was uploaded and can no longer be used is said once, at the start.
fn log_refused_uploads(stock: &Stock) {
    for (id, holdings) in stock.inventory() {
        for (digest, holding) in &holdings.uploads {
            for finding in holding.content.as_ref().err().into_iter().flatten() {
                tracing::error!(reference.id = id, reference.digest = digest, %finding, "uploaded release refused");
            }
        }
    }
}

/// Resolves on Ctrl-C, and on SIGTERM where there is such a thing. Whoever is told that the service serves may stop it at
/// once, so the signals are listened for from here on, not when the answer is first awaited.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping");
    })
}

/// Resolves on Ctrl-C.
#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        tracing::info!("stopping");
    })
}

/// Prints the document of one of the two interfaces.
pub fn openapi(admin: bool, out: &mut impl Write) -> io::Result<u8> {
    let document = if admin { http::openapi::admin_document() } else { http::openapi::document() };
    out.write_all(document.as_bytes())?;
    Ok(0)
}
