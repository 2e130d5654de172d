//! The program itself, started and stopped, over one state folder.

use crate::support::archives::zip;
use crate::support::desk::{REFERENCES, ZIP, spell};
use crate::support::{
    TOY, folder,
    tampered::{digest, named, toy},
    toy as toy_release,
};
use serde_json::{Value as Json, json};
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The program, without the settings of the caller's shell.
fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hrg"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("HRG_")) {
        command.env_remove(name);
    }
    command.env_remove("RUST_LOG");
    command
}

/// Runs a command in a folder; gives its exit code and what it said.
pub fn hrg(args: &[impl AsRef<OsStr>], place: &Path) -> (i32, String) {
    let output = command().args(args).current_dir(place).output().expect("the command runs");
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&said).into_owned())
}

/// A running service.
struct Running {
    child: Child,
    public: String,
    admin: String,
}

impl Running {
    /// Starts it on free ports and reads from its log which they are.
    fn start(state: &Path) -> Running {
        let mut command = command();
        command.args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--state-dir"]).arg(state);
        command.arg("--reference-dir").arg(folder("tests/reference"));
        let mut child = command.stderr(Stdio::piped()).spawn().expect("the service starts");
        let mut log = BufReader::new(child.stderr.take().expect("a log")).lines();
        let mut address = |message: &str| loop {
            let line = log.next().expect("the service runs").expect("a line");
            let line: Json = serde_json::from_str(&line).unwrap_or_else(|_| panic!("the service said {line}"));
            if line["fields"]["message"] == message {
                break line["fields"]["listen"].as_str().expect("an address").to_owned();
            }
        };
        let (public, admin) = (address("serving"), address("serving the admin interface"));
        // The log must not fill up.
        std::thread::spawn(move || log.for_each(drop));
        Running { child, public, admin }
    }

    fn group(&self) -> (u16, Json) {
        let body = json!({"reference": TOY, "spell": spell()}).to_string();
        http(&self.public, "POST", "/v1/group/apc", "application/json", body.as_bytes())
    }

    fn admin(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> (u16, Json) {
        http(&self.admin, method, path, kind, body)
    }

    /// The digest that answers.
    fn digest(&self) -> String {
        let (status, answer) = self.group();
        assert_eq!(status, 200, "{answer}");
        answer["reference"]["digest"].as_str().expect("a digest").to_owned()
    }

    /// Stops it without a warning.
    fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }

    /// Asks it to stop; gives its exit code.
    #[cfg(unix)]
    fn stop(mut self) -> Option<i32> {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(asked.expect("kill runs").success());
        self.child.wait().expect("ended").code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One request on a connection of its own.
fn http(address: &str, method: &str, path: &str, kind: &str, body: &[u8]) -> (u16, Json) {
    let mut stream = TcpStream::connect(address).expect("connected");
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )
    .expect("sent");
    stream.write_all(body).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, serde_json::from_str(body).unwrap_or_default())
}

#[test]
fn release_state_survives_a_restart() {
    let place = tempfile::tempdir().expect("a folder");
    let state = place.path().join("state");
    let start = toy_release().identity.digest;
    let [first, second] = ["First", "Second"].map(|name| digest(&named(name)));

    let service = Running::start(&state);
    assert_eq!(service.digest(), start);
    for (name, query) in [("First", ""), ("Second", "?activate=true")] {
        let path = format!("{REFERENCES}{query}");
        let (status, answer) = service.admin("POST", &path, ZIP, &zip(&named(name)));
        assert_eq!(status, 201, "{answer}");
    }
    let body = json!({"digest": first}).to_string();
    let path = format!("{REFERENCES}/{TOY}/activate");
    assert_eq!(service.admin("POST", &path, "application/json", body.as_bytes()).0, 200);
    assert_eq!(service.digest(), first);
    assert_eq!(service.admin("POST", REFERENCES, ZIP, b"nonsense").0, 422);
    service.kill(); // the harder of the two ways to end

    let service = Running::start(&state);
    assert_eq!(service.digest(), first, "the same digest answers");
    let rollback = format!("{REFERENCES}/{TOY}/rollback");
    assert_eq!(service.admin("POST", &rollback, "", b"").0, 200);
    assert_eq!(service.digest(), second, "rolled back to what was active before, in the run before");
    service.kill();
    assert_eq!(Running::start(&state).digest(), second);
}

#[test]
fn a_state_folder_serves_one_service_at_a_time() {
    let place = tempfile::tempdir().expect("a folder");
    let service = Running::start(place.path());
    let state = place.path().display().to_string();
    let (code, said) = hrg(&["serve", "--listen", "127.0.0.1:0", "--state-dir", &state], place.path());
    assert_eq!(code, 1);
    assert!(said.contains("another service uses it"), "{said}");
    assert_eq!(service.group().0, 200, "the first is not disturbed");
}

#[cfg(unix)]
#[test]
fn both_listeners_end_when_the_service_is_told_to_stop() {
    let place = tempfile::tempdir().expect("a folder");
    let service = Running::start(place.path());
    let addresses = [service.public.clone(), service.admin.clone()];
    assert_eq!(service.stop(), Some(0));
    for address in addresses {
        assert!(TcpStream::connect(&address).is_err(), "{address} is still open");
    }
}

#[test]
fn the_service_does_not_start_on_settings_that_would_let_anybody_in() {
    let place = tempfile::tempdir().expect("a folder");
    std::fs::write(place.path().join("empty.toml"), "[keys]\n").expect("written");
    std::fs::create_dir(place.path().join("state")).expect("made");
    std::fs::write(place.path().join("state/state.toml"), "nonsense").expect("written");
    for (args, words) in [
        (vec!["--admin-listen", "0.0.0.0:0"], "loopback only"),
        (vec!["--require-signature"], "--trusted-keys"),
        (vec!["--trusted-keys", "nowhere.toml"], "nowhere.toml"),
        (vec!["--trusted-keys", "empty.toml"], "holds no key"),
        (vec!["--state-dir", "state"], "state.toml"),
    ] {
        let all = [vec!["serve", "--listen", "127.0.0.1:0"], args].concat();
        let (code, said) = hrg(&all, place.path());
        assert_eq!(code, 1, "{all:?}: {said}");
        assert!(said.contains(words), "{all:?}: {said}");
    }
}

#[test]
fn the_files_that_are_kept_are_a_release_that_can_be_checked_by_hand() {
    let place = tempfile::tempdir().expect("a folder");
    let service = Running::start(place.path());
    assert_eq!(service.admin("POST", REFERENCES, ZIP, &zip(&toy())).0, 201);
    let digest = toy_release().identity.digest;
    let kept = place.path().join("releases").join(digest.trim_start_matches("sha256:"));
    assert_eq!(hrg_grouper::bundle::read_folder(&kept), Ok(toy()));
}
