//! Requests at a rate that does not wait for answers, over connections that are kept.

use axum::body::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::sleep_until;

/// Connections that share the requests.
const CONNECTIONS: u64 = 256;

/// A request.
#[derive(Clone)]
pub struct Ask {
    pub method: &'static str,
    pub path: String,
    pub kind: &'static str,
    pub body: Bytes,
}

impl Ask {
    pub fn post(path: String, body: String) -> Ask {
        Ask { method: "POST", path, kind: "application/json", body: body.into() }
    }
}

/// Requests a second, for so long.
#[derive(Clone, Copy)]
pub struct Load {
    pub address: SocketAddr,
    pub rate: f64,
    pub time: Duration,
}

/// What came of them.
#[derive(Default)]
pub struct Seen {
    pub sent: usize,
    /// How long each that was answered took from when it was sent.
    latencies: Vec<Duration>,
    pub refused: usize,
    pub without_retry_after: usize,
    pub failed: Vec<String>,
    time: Duration,
}

#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "figures")]
impl Seen {
    pub fn answered(&self) -> usize {
        self.latencies.len()
    }

    pub fn rate(&self, number: usize) -> f64 {
        number as f64 / self.time.as_secs_f64()
    }

    /// Milliseconds.
    pub fn percentile(&self, share: f64) -> f64 {
        let index = (self.latencies.len().saturating_sub(1) as f64 * share).round() as usize;
        self.latencies.get(index).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
    }

    fn add(&mut self, other: Seen) {
        self.sent += other.sent;
        self.latencies.extend(other.latencies);
        self.refused += other.refused;
        self.without_retry_after += other.without_retry_after;
        self.failed.extend(other.failed);
    }

    async fn ask(&mut self, client: &mut Client, ask: &Ask) {
        self.sent += 1;
        let begun = Instant::now();
        match client.send(ask).await {
            Ok((200, _)) => self.latencies.push(begun.elapsed()),
            Ok((503 | 429, retry_after)) => {
                self.refused += 1;
                self.without_retry_after += usize::from(!retry_after);
            }
            Ok((status, _)) => self.failed.push(format!("status {status}")),
            Err(words) => {
                self.failed.push(words);
                *client = Client::connect(client.1).await;
            }
        }
    }
}

/// One connection that is kept.
pub struct Client(SendRequest<Full<Bytes>>, SocketAddr);

impl Client {
    pub async fn connect(address: SocketAddr) -> Client {
        let stream = TcpStream::connect(address).await.expect("connected");
        stream.set_nodelay(true).expect("no delay");
        let (sender, connection) = handshake(TokioIo::new(stream)).await.expect("an HTTP connection");
        tokio::spawn(connection);
        Client(sender, address)
    }

    /// The status of an answer that came whole, and whether it says when to come back.
    pub async fn send(&mut self, ask: &Ask) -> Result<(u16, bool), String> {
        let request = hyper::Request::builder().method(ask.method).uri(&ask.path).header("host", "here");
        let request = request.header("content-type", ask.kind).body(Full::new(ask.body.clone()));
        self.0.ready().await.map_err(|fault| format!("the connection is gone: {fault}"))?;
        let response = self.0.send_request(request.expect("a request")).await;
        let response = response.map_err(|fault| format!("no answer: {fault}"))?;
        let (status, retry) = (response.status().as_u16(), response.headers().contains_key("retry-after"));
        response.into_body().collect().await.map_err(|fault| format!("half an answer: {fault}"))?;
        Ok((status, retry))
    }
}

/// How many a second are answered where a few callers each send one after another.
pub async fn capacity(address: SocketAddr, ask: &Ask, time: Duration) -> f64 {
    let mut callers = JoinSet::new();
    for _ in 0..4 {
        let ask = ask.clone();
        callers.spawn(async move {
            let (mut client, mut seen, begun) = (Client::connect(address).await, Seen::default(), Instant::now());
            while begun.elapsed() < time {
                seen.ask(&mut client, &ask).await;
            }
            seen
        });
    }
    let mut all = Seen { time, ..Seen::default() };
    while let Some(seen) = callers.join_next().await {
        all.add(seen.expect("a caller ends"));
    }
    all.rate(all.answered())
}

/// Sends requests when they are due, whatever came of those before; where every connection still waits, they are late.
pub async fn open_loop(load: Load, ask: &Ask) -> Seen {
    let begun = tokio::time::Instant::now() + Duration::from_millis(100);
    let next = Arc::new(AtomicU64::new(0));
    let mut callers = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (ask, next) = (ask.clone(), Arc::clone(&next));
        callers.spawn(async move {
            let (mut client, mut seen) = (Client::connect(load.address).await, Seen::default());
            loop {
                #[allow(clippy::cast_precision_loss, reason = "few of them")]
                let due = next.fetch_add(1, Ordering::Relaxed) as f64 / load.rate;
                if due >= load.time.as_secs_f64() || begun.elapsed() >= load.time {
                    return seen;
                }
                sleep_until(begun + Duration::from_secs_f64(due)).await;
                seen.ask(&mut client, &ask).await;
            }
        });
    }
    let mut all = Seen { time: load.time, ..Seen::default() };
    while let Some(seen) = callers.join_next().await {
        all.add(seen.expect("a caller ends"));
    }
    all.latencies.sort();
    all
}
