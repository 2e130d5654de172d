//! One loop that takes connections: HTTP/1.1 and HTTP/2, with TLS or without, no more of them than there is room for, each
//! for no longer than it is used.

use super::access::{Gate, Peer};
use super::access_refusal::AccessRefusal;
use super::envelope::{EnvelopeLayer, Limit};
use super::error::ApiError;
use super::health;
use super::limits::Limits;
use super::minder::Minder;
use super::pace::{Answered, Pace, Paced, Patience, Verdict};
use super::state::App;
use super::tls::Tls;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Version, header};
use axum::{BoxError, Router};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, watch};
use tower::Service;

/// Of the connections beyond those there is room for, how many are still told so: one for so many.
const TOLD: usize = 8;
/// How long no connection is taken after the system had none to give, in milliseconds.
const OUT_OF_FILES_MS: u64 = 50;
/// How often what is over is forgotten.
const TIDY: Duration = Duration::from_secs(60);
/// Bytes of the heads of a request in HTTP/2, and of its buffer in HTTP/1.1.
const HEAD_BYTES: u32 = 64 * 1024;
/// Requests that a connection of HTTP/2 may have at once.
const STREAMS: u32 = 100;

/// A listener and what is behind it.
#[derive(Debug)]
pub struct Door {
    /// Where connections come.
    pub listener: TcpListener,
    /// Who answers.
    pub routes: Router,
    /// Its TLS, where it does it itself.
    pub tls: Option<Tls>,
}

impl Door {
    /// A door without TLS.
    pub fn new(listener: TcpListener, routes: Router) -> Door {
        Door { listener, routes, tls: None }
    }
}

/// Serves each door until `stop` resolves, then lets running requests end.
pub async fn serve(
    app: App,
    doors: Vec<Door>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), BoxError> {
    let (stopped, is_stopped) = watch::channel(false);
    // Nothing is sent: it closes when the last connection has ended.
    let (open, mut all_ended) = mpsc::channel::<()>(1);
    let told = full(&app);
    for door in doors {
        let hall = Arc::new(Hall {
            routes: door.routes,
            told: told.clone(),
            tls: door.tls,
            http: http(),
            patience: patience(&app.limits),
            places: Arc::new(Semaphore::new(app.limits.connections)),
            told_places: Arc::new(Semaphore::new((app.limits.connections / TOLD).max(1))),
            names_peers: app.gate.asks_for_peers(),
            is_stopped: is_stopped.clone(),
            open: open.clone(),
        });
        tokio::spawn(hall.take_in(door.listener));
    }
    drop((open, is_stopped));
    let gate = Arc::clone(&app.gate);
    let tidying = tokio::spawn(async move {
        loop {
            tokio::time::sleep(TIDY).await;
            gate.tidy();
        }
    });
    stop.await;
    app.drain();
    // A connection that never ends its request must not keep the process.
    let limit = Duration::from_secs(app.limits.drain_seconds);
    let ended = async {
        // Whoever sends requests here is told by the look at readiness, and must still find somebody who tells it.
        tokio::time::sleep(Duration::from_millis(app.limits.notice_milliseconds)).await;
        stopped.send_replace(true);
        all_ended.recv().await
    };
    _ = tokio::time::timeout(limit, ended).await;
    tidying.abort();
    Ok(())
}

fn patience(limits: &Limits) -> Patience {
    let seconds = limits.seconds.max(limits.stream_stall_seconds).max(limits.stream_idle_seconds);
    Patience {
        head: Duration::from_secs(limits.header_seconds),
        idle: Duration::from_secs(limits.idle_seconds),
        // What runs has shorter times of its own; this is for what has none.
        stall: Duration::from_secs(seconds.max(limits.job_stall_seconds) + 30),
    }
}

fn http() -> Builder<TokioExecutor> {
    let mut http = Builder::new(TokioExecutor::new());
    http.http1().timer(TokioTimer::new()).max_buf_size(HEAD_BYTES as usize).header_read_timeout(None);
    http.http2().timer(TokioTimer::new()).max_header_list_size(HEAD_BYTES).max_concurrent_streams(STREAMS);
    http
}

/// What answers where there is no room: health as ever, and everything else that there is none.
fn full(app: &App) -> Router {
    let (health, _) = health::router().split_for_parts();
    let gate = Arc::new(Gate::new(None, None, app.limits.requests));
    let layer = EnvelopeLayer { gate, ..super::layer(app, Limit::default()) };
    health.fallback(|| async { ApiError::from(AccessRefusal::Overloaded) }).layer(layer).with_state(app.clone())
}

/// What is behind a door.
struct Hall {
    routes: Router,
    told: Router,
    tls: Option<Tls>,
    http: Builder<TokioExecutor>,
    patience: Patience,
    places: Arc<Semaphore>,
    told_places: Arc<Semaphore>,
    names_peers: bool,
    is_stopped: watch::Receiver<bool>,
    open: mpsc::Sender<()>,
}

impl Hall {
    /// Takes connections until the service stops. One for which there is no place is told so; where too many are told so
    /// already, it is dropped.
    async fn take_in(self: Arc<Self>, listener: TcpListener) {
        loop {
            let (line, peer) = tokio::select! {
                taken = listener.accept() => match taken {
                    Ok(taken) => taken,
                    // The caller has gone, or the system has no more files: neither is a reason to end.
                    Err(fault) => {
                        tracing::warn!(fault = %fault.kind(), "a connection could not be taken");
                        tokio::time::sleep(Duration::from_millis(OUT_OF_FILES_MS)).await;
                        continue;
                    }
                },
                () = stopped(self.is_stopped.clone()) => return,
            };
            let (place, is_told) = match Arc::clone(&self.places).try_acquire_owned() {
                Ok(place) => (place, false),
                Err(_) => match Arc::clone(&self.told_places).try_acquire_owned() {
                    Ok(place) => (place, true),
                    Err(_) => continue,
                },
            };
            let hall = Arc::clone(&self);
            tokio::spawn(async move {
                hall.greet(line, peer, is_told).await;
                drop(place);
            });
        }
    }

    async fn greet(&self, line: TcpStream, peer: SocketAddr, is_told: bool) {
        let _open = self.open.clone();
        // Answers are written whole; waiting to fill a packet only delays them.
        _ = line.set_nodelay(true);
        match &self.tls {
            None => self.attend(line, peer, is_told).await,
            // A handshake that fails is the caller's affair.
            Some(Tls(tls)) => {
                if let Ok(Ok(line)) = tokio::time::timeout(self.patience.head, tls.accept(line)).await {
                    self.attend(line, peer, is_told).await;
                }
            }
        }
    }

    /// Answers the requests of a connection.
    async fn attend(
        &self,
        line: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        peer: SocketAddr,
        is_told: bool,
    ) {
        let (pace, routes) = (Pace::new(), if is_told { self.told.clone() } else { self.routes.clone() });
        let paced = Paced::new(TokioIo::new(line), &pace);
        let names_peer = self.names_peers.then_some(Peer(peer.ip()));
        let service = service_fn(|request: Request<Incoming>| {
            let running = pace.begin(request.version() == Version::HTTP_2);
            let mut request = request.map(Body::new);
            if let Some(peer) = names_peer {
                request.extensions_mut().insert(peer);
            }
            let answer = routes.clone().call(request);
            async move {
                let mut response = answer.await?;
                if is_told {
                    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
                }
                Ok::<_, std::convert::Infallible>(response.map(|body| Answered { body, _running: running }))
            }
        });
        let mut connection = pin!(self.http.serve_connection(paced, service));
        let minder = Minder::spawn(&pace, self.patience, self.is_stopped.clone());
        poll_fn(|context| {
            // How a connection ended is its caller's affair: whatever ran has its line in the log.
            if connection.as_mut().poll(context).is_ready() {
                return Poll::Ready(());
            }
            match minder.order(context) {
                Verdict::Keep => Poll::Pending,
                Verdict::End => {
                    connection.as_mut().graceful_shutdown();
                    // What there is to be done now, the connection does when it is polled again.
                    connection.as_mut().poll(context).map(drop)
                }
                Verdict::Drop => Poll::Ready(()),
            }
        })
        .await;
    }
}

/// Resolves once the service stops.
pub(super) async fn stopped(mut is_stopped: watch::Receiver<bool>) {
    _ = is_stopped.wait_for(|stopped| *stopped).await;
}
