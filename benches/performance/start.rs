//! From the start of the process to the first 200 of `/health/ready`, with the four releases of the program.

use super::figure::{Bound, Figure};
use super::median::median;
use super::server::{free_port, plain};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn is_ready(address: &str) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream.write_all(b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer.starts_with("HTTP/1.1 200"))
    };
    ask().unwrap_or(false)
}

/// One start, in milliseconds.
fn start() -> f64 {
    let address = format!("127.0.0.1:{}", free_port());
    let mut command = Command::new(env!("CARGO_BIN_EXE_hrg"));
    command.args(["serve", "--listen", &address]).stdin(Stdio::null()).stderr(Stdio::null());
    plain(&mut command);
    let begun = Instant::now();
    let mut child = command.spawn().expect("the service starts");
    while !is_ready(&address) {
        assert!(begun.elapsed() < Duration::from_secs(20), "the service is not ready");
        std::thread::sleep(Duration::from_millis(1));
    }
    let taken = begun.elapsed();
    let _ = child.kill();
    let _ = child.wait();
    taken.as_secs_f64() * 1000.0
}

/// The figure of the table.
pub fn figures(rounds: usize) -> Vec<Figure> {
    let taken = median((0..rounds).map(|_| start()));
    let milliseconds = |value: f64| format!("{value:.0} ms");
    let what = "from the start to ready, with four releases";
    vec![Figure::bound("Start", what, taken, Bound::Most(300.0), milliseconds)]
}
