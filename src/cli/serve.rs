//! `hrg serve` and `hrg openapi`.

use super::log::Log;
use super::serve_args::ServeArgs;
use crate::access::Lodge;
use crate::audit::Book;
use crate::bundle::signature::Policy;
use crate::bundle::{Shelf, Stock};
use crate::config::{Admin, Config};
use crate::files::rdf::Rdf;
use crate::http::{self, App, Door, Tls};
use crate::jobs::Jobs;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Runs the service until it is told to stop.
pub fn run(args: &ServeArgs) -> io::Result<u8> {
    let config = args.config()?;
    let policy = policy(&config.admin)?;
    let lodge = Lodge::open(&config.access).map_err(io::Error::other)?.map(Arc::new);
    let tls = config.tls.as_ref().map(|tls| Tls::load(&tls.certificate, &tls.key)).transpose();
    let tls = tls.map_err(io::Error::other)?;
    let book = Book::open(&config.audit)?.map(Arc::new);
    let spans = super::telemetry::Spans::open(&config.telemetry)?;
    let log = Log::open(&spans)?;
    let shelf = Arc::new(shelf(config.reference_dir.as_deref())?);
    let stock = Stock::open(Arc::clone(&shelf), config.state_dir.as_deref(), policy)?;
    log_refused_uploads(&stock);
    let definitions = config.definitions.as_deref().map(definitions).transpose()?.unwrap_or_default();
    let jobs = config.state_dir.as_deref().map(|state| jobs(state, &shelf, &config));
    let runtime = http::runtime(config.threads.map_or_else(http::threads, usize::from))?;
    let served = runtime.block_on(async {
        let stop = stop_signal()?;
        let listener = TcpListener::bind(config.listen).await?;
        let admin_listener = match config.admin.listen {
            Some(address) => Some(TcpListener::bind(address).await?),
            None => None,
        };
        say_who_may_call(&config);
        let is_local = config.listen.ip().is_loopback();
        tracing::info!(listen = %listener.local_addr()?, loopback_only = is_local, tls = tls.is_some(), "serving");
        let app = App::new(shelf).with_definitions(definitions).with_access(lodge.clone(), config.limits.clone());
        let app = app.with_book(book.clone()).with_origins(&config.cors.origins);
        let app = jobs.iter().fold(app, |app, jobs| app.with_jobs(Arc::clone(jobs)));
        if config.admin.open_metrics {
            app.admin_gate.open_metrics();
        }
        let mut doors = vec![Door { listener, routes: http::router(app.clone()), tls: tls.clone() }];
        if let Some(listener) = admin_listener {
            tracing::info!(listen = %listener.local_addr()?, "serving the admin interface");
            let routes = http::admin::router(stock, &app);
            doors.push(Door { listener, routes, tls });
        }
        if let Some(lodge) = lodge {
            tokio::spawn(lodge.keep_up());
        }
        http::serve(app, doors, stop).await.map_err(io::Error::other)
    });
    if let Some(jobs) = jobs {
        jobs.stop();
    }
    if let Some(book) = book {
        book.close();
    }
    spans.close();
    log.flush();
    served.map(|()| 0)
}

/// Whose signatures of uploaded releases are trusted.
fn policy(admin: &Admin) -> io::Result<Policy> {
    let Some(file) = &admin.trusted_keys else { return Ok(Policy::default()) };
    let named = |words: String| io::Error::other(format!("{}: {words}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|fault| named(fault.to_string()))?;
    Policy::read(&text, admin.require_signature).map_err(named)
}

/// The releases; what is loaded and what is refused is said once.
fn shelf(folder: Option<&Path>) -> io::Result<Shelf> {
    let (shelf, refused) = Shelf::load(folder)?;
    for release in &refused {
        for finding in &release.findings {
            tracing::error!(reference.folder = release.folder, finding = %finding, "release refused");
        }
    }
    for release in shelf.all().values() {
        let identity = &release.identity;
        tracing::info!(
            reference.id = identity.id,
            reference.status = %identity.status,
            reference.digest = identity.digest,
            "release loaded"
        );
    }
    Ok(shelf)
}

/// Whoever runs the service is told once whom it knows.
fn say_who_may_call(config: &Config) {
    let access = &config.access;
    if !access.is_configured() {
        tracing::warn!(
            "no access is configured: whoever reaches the service may use it, so it belongs on the loopback"
        );
        return;
    }
    let (keys, tokens, certificates) = (access.keys_file.is_some(), access.oauth.is_some(), access.proxy.is_some());
    tracing::info!(keys, tokens, certificates, "callers must be known");
    if config.tls.is_none() && !config.listen.ip().is_loopback() {
        tracing::warn!("keys and tokens cross the network in the clear unless a proxy in front does TLS");
    }
}

/// The jobs below the state folder, which is this service's alone. Whatever its disk does, single records are grouped.
fn jobs(state: &Path, shelf: &Arc<Shelf>, config: &Config) -> Arc<Jobs> {
    let jobs = Jobs::new(&state.join("jobs"), Arc::clone(shelf), config.job_settings());
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
