//! The program itself, as a process that can be stopped and killed.

use super::folder;
use serde_json::Value as Json;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Where jobs are sent.
pub const GROUP: &str = "/v1/jobs?kind=group&dataset=apc&reference=2099-00.payment";

/// A running service.
pub struct Running {
    pub child: Child,
    pub address: String,
    pub log: Arc<Mutex<String>>,
}

/// An answer's status and body.
pub type Answer = (u16, Vec<u8>);

impl Running {
    /// Starts the program.
    pub fn start(state: &Path) -> Running {
        Running::start_as(Command::new(env!("CARGO_BIN_EXE_hrg")), state)
    }

    /// Starts the program by a command that runs it.
    pub fn start_as(command: Command, state: &Path) -> Running {
        Running::start_with(command, state, &[])
    }

    /// Starts the program by a command that runs it, with further flags.
    pub fn start_with(mut command: Command, state: &Path, flags: &[&str]) -> Running {
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("HRG_")) {
            command.env_remove(name);
        }
        if command.get_envs().all(|(name, _)| name != "RUST_LOG") {
            command.env("RUST_LOG", "debug");
        }
        command.args(["serve", "--listen", "127.0.0.1:0", "--state-dir"]).arg(state);
        command.arg("--reference-dir").arg(folder("tests/reference")).args(flags);
        let mut child = command.stderr(Stdio::piped()).spawn().expect("the service starts");
        let mut lines = BufReader::new(child.stderr.take().expect("a log")).lines().map_while(Result::ok);
        let mut said = String::new();
        let address = loop {
            let line = lines.next().unwrap_or_else(|| panic!("the service ended: {said}"));
            said.push_str(&(line.clone() + "\n"));
            let line: Json = serde_json::from_str(&line).unwrap_or_default();
            if line["fields"]["message"] == "serving" {
                break line["fields"]["listen"].as_str().expect("an address").to_owned();
            }
        };
        let log = Arc::new(Mutex::new(said));
        keep(lines, &log);
        if let Some(said) = child.stdout.take() {
            keep(BufReader::new(said).lines().map_while(Result::ok), &log);
        }
        Running { child, address, log }
    }

    /// The address of the admin interface, which is told after that of the other.
    pub fn admin(&self) -> String {
        let line = self.said("an admin interface", |log| {
            log.lines().find(|line| line.contains("\"serving the admin interface\"")).map(str::to_owned)
        });
        let line: Json = serde_json::from_str(&line).expect("JSON");
        line["fields"]["listen"].as_str().expect("an address").to_owned()
    }

    /// What is found in the log, once it is there: lines about requests wait for others before they are written.
    pub fn said<T>(&self, what: &str, find: impl Fn(&str) -> Option<T>) -> T {
        for _ in 0..500 {
            if let Some(found) = find(&self.log.lock().expect("the log")) {
                return found;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the log does not say: {what}");
    }

    /// Tells it to stop, as a supervisor does.
    #[cfg(unix)]
    pub fn tell_to_stop(&self) {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(told.expect("kill runs").success());
    }

    /// Sends a request; gives the status and the body, unread.
    pub fn open(&self, method: &str, path: &str, head: &str, body: &[u8]) -> io::Result<(u16, BufReader<TcpStream>)> {
        send(&self.address, method, path, head, body)
    }

    /// Sends a request whose answer comes.
    pub fn ask(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> Answer {
        let head = format!("Content-Type: {kind}\r\n");
        let (status, mut stream) = self.open(method, path, &head, body).expect("answered");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("read");
        (status, answer)
    }

    /// Sends a file; gives the id of its job.
    pub fn submit(&self, body: &[u8]) -> String {
        submit(&self.address, "", body).expect("taken")
    }

    /// The events of a job to their end, and the longest time without one.
    pub fn follow(&self, id: &str) -> (Vec<(String, Json)>, Duration) {
        Running::listen(self.events(id))
    }

    /// The stream of a job's events, whose head has come.
    pub fn events(&self, id: &str) -> BufReader<TcpStream> {
        self.open("GET", &format!("/v1/jobs/{id}/events"), "", b"").expect("answered").1
    }

    /// The events of a stream to its end, and the longest time without one.
    pub fn listen(mut stream: BufReader<TcpStream>) -> (Vec<(String, Json)>, Duration) {
        let mut heard = Instant::now();
        let (mut text, mut longest) = (String::new(), Duration::ZERO);
        let mut line = String::new();
        while stream.read_line(&mut line).expect("a line") > 0 {
            if line.starts_with("event:") {
                longest = longest.max(heard.elapsed());
                heard = Instant::now();
            }
            text.push_str(&std::mem::take(&mut line));
        }
        (read_events(&text).into_iter().filter(|(name, _)| !name.is_empty()).collect(), longest)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Keeps lines as they come, since whoever writes them must not wait.
fn keep(lines: impl Iterator<Item = String> + Send + 'static, log: &Arc<Mutex<String>>) {
    let log = Arc::clone(log);
    std::thread::spawn(move || lines.for_each(|line| log.lock().expect("the log").push_str(&(line + "\n"))));
}

/// Sends a file; gives the id of its job, unless the service ends meanwhile.
pub fn submit(address: &str, head: &str, body: &[u8]) -> io::Result<String> {
    let head = format!("Content-Type: text/csv\r\n{head}");
    let (status, mut stream) = send(address, "POST", GROUP, &head, body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer: Json = serde_json::from_slice(&answer)?;
    assert_eq!(status, 202, "{answer}");
    Ok(answer["id"].as_str().expect("an id").to_owned())
}

/// HTTP/1.0, so that bodies come as they are.
fn send(address: &str, method: &str, path: &str, head: &str, body: &[u8]) -> io::Result<(u16, BufReader<TcpStream>)> {
    let mut stream = TcpStream::connect(address)?;
    let length = body.len();
    let head = format!("{method} {path} HTTP/1.0\r\nHost: {address}\r\nContent-Length: {length}\r\n{head}\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    let mut stream = BufReader::with_capacity(256 * 1024, stream);
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or(io::ErrorKind::UnexpectedEof)?;
    while stream.read_line(&mut line)? > "\r\n".len() {} // the head ends with a blank line
    Ok((status, stream))
}

/// Names and data of server-sent events.
pub fn read_events(text: &str) -> Vec<(String, Json)> {
    let event = |block: &str| {
        let line =
            |start: &str| block.lines().find_map(|line| line.strip_prefix(start)).unwrap_or_default().trim().to_owned();
        (line("event:"), serde_json::from_str(&line("data:")).unwrap_or_default())
    };
    text.split("\n\n").filter(|block| !block.trim().is_empty()).map(event).collect()
}
