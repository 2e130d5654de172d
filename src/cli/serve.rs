//! `hrg serve` and `hrg openapi`.

use super::releases::ReleaseArgs;
use crate::http::{self, App};
use clap::Args;
use std::io::{self, Write};
use std::net::SocketAddr;

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
}

/// Runs the service until it is told to stop.
pub fn run(args: &ServeArgs) -> io::Result<u8> {
    if !args.listen.ip().is_loopback() && !args.allow_unauthenticated {
        return Err(io::Error::other(
            "the service does not authenticate its callers, so it listens on the loopback only; behind a proxy that does, start it with --allow-unauthenticated",
        ));
    }
    tracing_subscriber::fmt()
        .json()
        .with_writer(io::stderr)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info")),
        )
        .init();
    let (shelf, refused) = args.releases.load()?;
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
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(args.listen).await?;
        tracing::info!(listen = %listener.local_addr()?, loopback_only = args.listen.ip().is_loopback(), "serving");
        http::serve(App::new(shelf), listener, stop_signal()).await.map_err(io::Error::other)
    })?;
    Ok(0)
}

/// Resolves on Ctrl-C, and on SIGTERM where there is such a thing.
async fn stop_signal() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => _ = signal.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
    tracing::info!("stopping");
}

/// Prints the interface's document.
pub fn openapi(out: &mut impl Write) -> io::Result<u8> {
    out.write_all(http::openapi::document().as_bytes())?;
    Ok(0)
}
