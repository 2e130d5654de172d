//! HTTP/1.1 and HTTP/2, with TLS and without.

use super::authority::Authority;
use super::hall::{Hall, Limits, answer, ask, ask_h2, ends_after, short};
use hrg_grouper::http::Tls;
use rustls::pki_types::ServerName;
use std::io::Write;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const LIVE: &str = "{\"status\":\"pass\"}";

#[test]
fn both_versions_are_spoken_without_tls() {
    let hall = Hall::open(Limits::default());
    let mut line = hall.connect();
    for _ in 0..2 {
        ask(&mut line, "/health/live");
        assert_eq!(answer(&mut line).expect("an answer").1, LIVE.as_bytes());
    }
    let answers = hall.runtime.block_on(async {
        let line = tokio::net::TcpStream::connect(hall.address).await.expect("it listens");
        ask_h2(line, &["/health/live", "/v1/nothing", "/health/live"]).await
    });
    assert_eq!(answers.iter().map(|(status, _)| *status).collect::<Vec<_>>(), [200, 404, 200]);
    assert_eq!(answers[2].1, LIVE);
}

#[test]
fn both_versions_are_spoken_with_tls_and_nothing_without() {
    let authority = Authority::new();
    let tls = Tls::load(&authority.file("server.pem"), &authority.file("server.key")).expect("they can be read");
    let hall = Hall::with(short(), Some(tls), hrg_grouper::http::router);
    let connect = async |protocols: &[&[u8]]| {
        let line = tokio::net::TcpStream::connect(hall.address).await.expect("it listens");
        let name = ServerName::try_from("localhost").expect("a name");
        let connector = tokio_rustls::TlsConnector::from(authority.client(protocols));
        connector.connect(name, line).await.expect("TLS")
    };
    hall.runtime.block_on(async {
        let line = connect(&[b"h2", b"http/1.1"]).await;
        assert_eq!(line.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        assert_eq!(ask_h2(line, &["/health/live"]).await, [(200, LIVE.to_owned())]);
        let mut line = connect(&[b"http/1.1"]).await;
        line.write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .await
            .expect("sent");
        let mut text = String::new();
        _ = line.read_to_string(&mut text).await;
        assert!(text.starts_with("HTTP/1.1 200") && text.ends_with(LIVE), "{text}");
    });
    let mut plain = hall.connect();
    plain.write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("sent");
    assert!(ends_after(&mut plain) < Duration::from_secs(10));
    // Nor may a handshake take for ever.
    assert!(ends_after(&mut hall.connect()) < Duration::from_secs(10));
}

#[test]
fn a_certificate_that_is_not_its_keys_is_refused() {
    let (one, other) = (Authority::new(), Authority::new());
    let fault = Tls::load(&one.file("server.pem"), &other.file("server.key")).expect_err("refused");
    assert!(fault.contains("server.key"), "{fault}");
    assert!(Tls::load(&one.file("none.pem"), &one.file("server.key")).expect_err("refused").contains("none.pem"));
    assert!(Tls::load(&one.file("server.key"), &one.file("server.key")).is_err());
}
