//! A service of this process that listens, and callers who are slow, many or gone.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::{get, post};
use hrg_grouper::bundle::Shelf;
pub use hrg_grouper::http::limits::Limits;
use hrg_grouper::http::{App, Door, Tls, serve};
use http_body_util::BodyExt;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A service that listens.
pub struct Hall {
    pub address: SocketAddr,
    pub runtime: tokio::runtime::Runtime,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<()>>,
}

/// Times so short that a test need not wait, and so long that a busy machine keeps them.
pub fn short() -> Limits {
    Limits { header_seconds: 1, idle_seconds: 2, ..Limits::default() }
}

impl Hall {
    /// The service itself over no release.
    pub fn open(limits: Limits) -> Hall {
        Hall::with(limits, None, hrg_grouper::http::router)
    }

    /// Routes that read slowly, answer slowly or answer much.
    pub fn of_slow_routes(limits: Limits) -> Hall {
        let slow = || async {
            tokio::time::sleep(Duration::from_secs(4)).await;
            "slow"
        };
        let read = |body: Body| async { body.collect().await.map_or(0, |body| body.to_bytes().len()).to_string() };
        let routes =
            Router::new().route("/slow", get(slow)).route("/read", post(read)).route("/", get(|| async { "at once" }));
        Hall::with(limits, None, |_| routes)
    }

    /// With TLS.
    pub fn with(limits: Limits, tls: Option<Tls>, routes: impl FnOnce(App) -> Router) -> Hall {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let app = App::new(Shelf::default()).with_access(None, limits);
        let door = Door { listener, routes: routes(app.clone()), tls };
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = runtime.spawn(async move {
            let stopped = async {
                _ = stopped.await;
            };
            serve(app, vec![door], stopped).await.expect("it serves");
        });
        Hall { address, runtime, stop: Some(stop), serving: Some(serving) }
    }

    /// A connection of a caller that waits at most that long for bytes.
    pub fn connect(&self) -> TcpStream {
        let line = TcpStream::connect(self.address).expect("it listens");
        line.set_read_timeout(Some(Duration::from_secs(20))).expect("a time");
        line
    }

    /// Tells it to stop; gives whoever awaits its end.
    pub fn stop(&mut self) -> JoinHandle<()> {
        _ = self.stop.take().expect("it was not told before").send(());
        self.serving.take().expect("it serves")
    }
}

/// Sends a request without a body.
pub fn ask(line: &mut TcpStream, path: &str) {
    line.write_all(format!("GET {path} HTTP/1.1\r\nHost: here\r\n\r\n").as_bytes()).expect("sent");
}

/// Reads one answer, of which the head says the length; none where the line has ended.
pub fn answer(line: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if line.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.extend(byte);
    }
    let head = String::from_utf8(head).expect("a head").to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    line.read_exact(&mut body).expect("a body");
    Some((head, body))
}

/// Whether the other side ends the line, and after how long.
pub fn ends_after(line: &mut TcpStream) -> Duration {
    let begun = std::time::Instant::now();
    let mut rest = Vec::new();
    // An end that is not orderly is one as well; running out of time is none.
    if let Err(fault) = line.read_to_end(&mut rest) {
        assert_ne!(fault.kind(), std::io::ErrorKind::WouldBlock, "the line stays open");
    }
    begun.elapsed()
}

/// Asks over HTTP/2; gives the status and the body.
pub async fn ask_h2(line: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, paths: &[&str]) -> Vec<(u16, String)> {
    let (sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(line)).await.expect("HTTP/2");
    tokio::spawn(connection);
    let asked = paths.iter().map(|path| {
        let mut sender = sender.clone();
        let request = Request::builder().uri(format!("http://here{path}")).body(Body::empty()).expect("a request");
        async move {
            let response = sender.send_request(request).await.expect("an answer");
            let status = response.status().as_u16();
            let body = response.into_body().collect().await.expect("a body").to_bytes();
            (status, String::from_utf8(body.to_vec()).expect("text"))
        }
    });
    futures_util::future::join_all(asked).await
}
