//! A caller that writes its own bytes, and sees whether an answer ended or was cut off.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A connection.
pub struct Line(pub BufReader<TcpStream>);

/// An answer whose end was seen.
#[derive(Debug, Default)]
pub struct Whole {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Line {
    pub fn to(address: &str) -> io::Result<Line> {
        let line = TcpStream::connect(address)?;
        line.set_nodelay(true)?;
        line.set_read_timeout(Some(Duration::from_secs(30)))?;
        line.set_write_timeout(Some(Duration::from_secs(30)))?;
        Ok(Line(BufReader::new(line)))
    }

    pub fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.get_mut().write_all(bytes)
    }

    /// One piece of a body that is sent in pieces; the empty one ends it.
    pub fn say_piece(&mut self, piece: &[u8]) -> io::Result<()> {
        let piece = [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
        self.say(&piece)
    }

    /// The head of an answer; an error where there is none, or none to its end.
    pub fn head(&mut self) -> io::Result<(u16, String)> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.0.read_line(&mut head)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        Ok((status.ok_or(io::ErrorKind::InvalidData)?, head.to_ascii_lowercase()))
    }

    /// An answer to its end; an error where it was cut off.
    pub fn answer(&mut self) -> io::Result<Whole> {
        let (status, head) = self.head()?;
        let mut body = Vec::new();
        if head.contains("transfer-encoding: chunked") {
            loop {
                let mut length = String::new();
                self.0.read_line(&mut length)?;
                let length = u64::from_str_radix(length.trim(), 16).map_err(|_| io::ErrorKind::UnexpectedEof)?;
                let before = body.len() as u64;
                (&mut self.0).take(length + 2).read_to_end(&mut body)?;
                if body.len() as u64 != before + length + 2 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                body.truncate(body.len() - 2);
                if length == 0 {
                    break;
                }
            }
        } else {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            body.resize(length.unwrap_or(0), 0);
            self.0.read_exact(&mut body)?;
        }
        Ok(Whole { status, head, body: String::from_utf8_lossy(&body).into_owned() })
    }
}

/// A request on a connection of its own, and all that comes back.
pub fn ask(address: &str, method: &str, path: &str, head: &str, body: &[u8]) -> io::Result<Whole> {
    let mut line = Line::to(address)?;
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Length: {length}\r\n{head}\r\n"
    );
    line.say(&[head.as_bytes(), body].concat())?;
    line.answer()
}

/// Asks over HTTP/2, with a string in a header, in the path and in the body.
pub fn over_http2(address: &str, key: &str, canary: &str) {
    use axum::body::Body;
    use http_body_util::BodyExt;
    use hyper_util::rt::{TokioExecutor, TokioIo};
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let line = tokio::net::TcpStream::connect(address).await.expect("it listens");
        let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(line)).await;
        let (mut sender, connection) = handshake.expect("HTTP/2");
        tokio::spawn(connection);
        for path in ["/v1/group/apc".to_owned(), format!("/v1/references?{canary}={canary}"), format!("/{canary}")] {
            let request = hyper::Request::builder().method("POST").uri(format!("http://{canary}{path}"));
            let request = request.header("x-api-key", key).header("cookie", canary).header("user-agent", canary);
            let request = request.header("content-type", "application/json").header(canary.to_lowercase(), canary);
            let request = request.body(Body::from(format!("{{\"{canary}\":1}}"))).expect("a request");
            let answer = sender.send_request(request).await.expect("an answer");
            assert!(answer.status().is_client_error());
            let body = answer.into_body().collect().await.expect("a body").to_bytes();
            assert!(!String::from_utf8_lossy(&body).contains(canary), "{body:?}");
        }
    });
}
