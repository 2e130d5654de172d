//! A thousand who connect and say nothing, and two hundred who send a body a byte at a time.

use crate::load::{Ask, Client};
use crate::process::{memory, one_after_another, service};
use crate::support::{TOY, desk};
use serde_json::json;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

/// Kilobytes that all of them together may take.
const GROWTH: u64 = 64 * 1024;

#[test]
fn a_thousand_idle_and_two_hundred_slow_callers_take_little_memory_and_keep_nobody_out() {
    let _turn = one_after_another();
    let place = tempfile::tempdir().expect("a folder");
    let service = service(place.path(), &[]);
    let address: std::net::SocketAddr = service.address.parse().expect("an address");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let ask = Ask::post("/v1/group/apc".to_owned(), json!({"reference": TOY, "spell": desk::spell()}).to_string());
        let mut client = Client::connect(address).await;
        for _ in 0..200 {
            assert_eq!(client.send(&ask).await.expect("an answer").0, 200);
        }
        let before = memory(&service);
        let mut idle = Vec::new();
        for _ in 0..1_000 {
            idle.push(TcpStream::connect(address).await.expect("connected"));
        }
        let mut slow = Vec::new();
        for number in 0..200 {
            let mut line = TcpStream::connect(address).await.expect("connected");
            let (path, kind) = match number % 3 {
                0 => ("/v1/group/apc".to_owned(), "application/json"),
                1 => (format!("/v1/group/apc/batch?reference={TOY}"), "application/json"),
                _ => (format!("/v1/check/apc?reference={TOY}&header=true"), "text/csv"),
            };
            let head = format!(
                "POST {path} HTTP/1.1\r\nHost: here\r\nContent-Type: {kind}\r\nContent-Length: 200000\r\n\r\n["
            );
            line.write_all(head.as_bytes()).await.expect("sent");
            slow.push(line);
        }
        let mut most = 0;
        for _ in 0..15 {
            for line in &mut slow {
                line.write_all(b" ").await.expect("it is still read");
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            assert_eq!(client.send(&ask).await.expect("an answer").0, 200, "others are answered");
            most = most.max(memory(&service));
        }
        let growth = most.saturating_sub(before);
        println!("\n1,000 idle and 200 slow callers: {} MiB more than {} MiB", growth / 1024, before / 1024);
        assert!(growth <= GROWTH, "{growth} kB");
        drop((idle, slow));
    });
}
