//! The program as it is run: with access configured, and without.

use serde_json::Value as Json;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

/// The program as it runs.
struct Running {
    child: Child,
    addresses: Vec<String>,
    log: Arc<Mutex<String>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

fn hrg(args: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hrg"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("HRG_")) {
        command.env_remove(name);
    }
    command.current_dir(folder).env("RUST_LOG", "debug").args(args);
    command
}

impl Running {
    /// Starts it with both interfaces.
    fn start(folder: &Path, args: &[&str]) -> Running {
        let all = [&["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"], args].concat();
        let mut child = hrg(&all, folder).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut lines = BufReader::new(child.stderr.take().expect("a log")).lines().map_while(Result::ok);
        let (mut said, mut addresses) = (String::new(), Vec::new());
        while addresses.len() < 2 {
            let line = lines.next().unwrap_or_else(|| panic!("it ended: {said}"));
            said.push_str(&line);
            let line: Json = serde_json::from_str(&line).unwrap_or_default();
            if line["fields"]["message"].as_str().is_some_and(|message| message.starts_with("serving")) {
                addresses.push(line["fields"]["listen"].as_str().expect("an address").to_owned());
            }
        }
        let log = Arc::new(Mutex::new(said));
        let kept = Arc::clone(&log);
        std::thread::spawn(move || lines.for_each(|line| kept.lock().expect("the log").push_str(&line)));
        Running { child, addresses, log }
    }

    /// The status of the answer to a GET.
    fn status(&self, door: usize, path: &str, head: &str) -> u16 {
        let mut line = TcpStream::connect(&self.addresses[door]).expect("it listens");
        write!(line, "GET {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n{head}\r\n").expect("sent");
        let mut text = String::new();
        line.read_to_string(&mut text).expect("an answer");
        text.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
    }

    fn log(&self) -> String {
        std::thread::sleep(std::time::Duration::from_millis(500));
        self.log.lock().expect("the log").clone()
    }
}

#[test]
fn with_a_list_of_keys_both_interfaces_know_their_callers_and_the_log_knows_no_key() {
    let place = tempfile::tempdir().expect("a folder");
    let make = |client: &str, scope: &str| {
        let args = ["key", "new", "--client", client, "--scope", scope, "--keys-file", "keys.toml"];
        let output = hrg(&args, place.path()).output().expect("it runs");
        String::from_utf8(output.stdout).expect("text").trim().to_owned()
    };
    let (reader, operator) = (make("trust-a", "reference:read"), make("ops", "reference:admin"));
    std::fs::write(place.path().join("hrg.toml"), "[access]\nkeys_file = \"keys.toml\"\n").expect("written");
    let running = Running::start(place.path(), &["--config", "hrg.toml"]);
    let shown = |key: &str| format!("X-API-Key: {key}\r\n");
    for (door, path, good, scopeless) in
        [(0, "/v1/references", &reader, &operator), (1, "/admin/references", &operator, &reader)]
    {
        assert_eq!(running.status(door, path, ""), 401);
        assert_eq!(running.status(door, path, &shown("hrg_0123456789abcdef_canary")), 401);
        assert_eq!(running.status(door, path, &shown(scopeless)), 403);
        assert_eq!(running.status(door, path, &shown(good)), 200);
    }
    assert_eq!(running.status(0, "/health/ready", ""), 200);
    let log = running.log();
    assert!(log.contains("callers must be known") && log.contains("\"client\":\"key:trust-a\""), "{log}");
    for secret in [reader.as_str(), &operator, "canary"] {
        let secret = secret.splitn(3, '_').last().expect("a part");
        assert!(!log.contains(secret), "the log holds a key: {log}");
    }
}

#[test]
fn without_access_the_service_says_that_anybody_may_use_it() {
    let place = tempfile::tempdir().expect("a folder");
    let running = Running::start(place.path(), &[]);
    assert_eq!(running.status(0, "/v1/references", ""), 200);
    assert!(running.log().contains("no access is configured: whoever reaches the service may use it"));
    for (args, words) in [
        (&["--listen", "0.0.0.0:0"][..], "loopback"),
        (&["--listen", "0.0.0.0:0", "--keys-file", "missing.toml"], "missing.toml"),
    ] {
        let output = hrg(&[&["serve"], args].concat(), place.path()).output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(1) && said.contains(words), "{said}");
    }
}
