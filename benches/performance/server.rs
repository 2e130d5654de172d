//! A service under load: started as a process of its own, driven by wrk, and asked how much processor time it took.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running service.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: String,
}

/// What came of one run of load.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Answers a second.
    pub rate: f64,
    /// 99 of 100 answers took no longer, in milliseconds.
    pub p99: f64,
    /// Processor time of the service for one request, in microseconds.
    pub cpu: f64,
}

impl Server {
    /// Starts a service and waits until it accepts connections.
    pub fn start(command: &mut Command, port: u16) -> Server {
        let address = format!("127.0.0.1:{port}");
        let child = plain(command).stdin(Stdio::null()).spawn().expect("the service starts");
        let server = Server { child, address };
        let begun = Instant::now();
        while TcpStream::connect(&server.address).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(10), "the service does not listen");
            std::thread::sleep(Duration::from_millis(5));
        }
        server
    }

    /// Sends one request by hand and gives status and body.
    pub fn ask(&self, method: &str, path: &str, body: &[u8]) -> std::io::Result<(u16, Vec<u8>)> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_nodelay(true)?;
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.address,
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        stream.write_all(&request)?;
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        while reader.read_line(&mut line)? > 2 {}
        let mut body = Vec::new();
        std::io::copy(&mut reader, &mut body)?;
        Ok((status, body))
    }

    /// Runs wrk against it.
    pub fn load(&self, script: &Path, connections: usize, seconds: u64) -> Load {
        let before = self.ticks();
        let wrk = Command::new("wrk")
            .args(["-t1", &format!("-c{connections}"), &format!("-d{seconds}s"), "-s"])
            .arg(script)
            .arg(format!("http://{}/v1/group/apc", self.address))
            .output()
            .expect("wrk runs; benches/setup.sh installs it");
        let ticks = self.ticks() - before;
        let words = String::from_utf8_lossy(&wrk.stdout);
        let line = words.lines().find_map(|line| line.strip_prefix("counted ")).expect("wrk's script has counted");
        let counts: Vec<f64> = line.split(' ').filter_map(|count| count.parse().ok()).collect();
        let [requests, microseconds, p99, errors] = counts[..] else { panic!("wrk's script said: {line}") };
        assert!(errors == 0.0 && requests > 0.0, "{errors} of {requests} requests failed");
        Load { rate: requests / microseconds * 1e6, p99: p99 / 1000.0, cpu: ticks * 10_000.0 / requests }
    }

    /// Processor time so far, in hundredths of a second, as Linux counts it.
    fn ticks(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("Linux");
        let after_name = stat.rsplit_once(") ").expect("a name in brackets").1;
        after_name.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The command without the settings of the caller's shell.
pub fn plain(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("HRG_")) {
        command.env_remove(name);
    }
    command.env_remove("RUST_LOG")
}

/// A port that was free a moment ago, below those that the system gives to clients.
pub fn free_port() -> u16 {
    let first = 20_000 + u16::try_from(std::process::id() % 5_000).unwrap_or(0);
    let free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    (first..first + 5_000).find(free).expect("a free port")
}

/// wrk's script: the same POST again and again, and the counts on one line.
pub fn script(body: &str) -> String {
    format!(
        "wrk.method = \"POST\"\nwrk.headers[\"Content-Type\"] = \"application/json\"\nwrk.body = [==[{body}]==]\n\
         done = function(summary, latency)\n  local e = summary.errors\n  \
         print(string.format(\"counted %d %d %d %d\", summary.requests, summary.duration, latency:percentile(99), \
         e.connect + e.read + e.write + e.status + e.timeout))\nend\n"
    )
}
