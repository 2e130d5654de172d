//! A string of its own in every field, header, query and file name: it is in answers to its sender, and nowhere else.

use crate::line::{Line, Whole, ask};
use crate::sent::*;
use crate::support::program::Running;
use crate::support::records::all_below;
use hrg_grouper::reference::Dataset;
use serde_json::{Value as Json, json};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

/// The service, all that it writes, and what it should not have said.
struct Watched {
    service: Running,
    admin: String,
    place: tempfile::TempDir,
    key: String,
    faults: Vec<String>,
    /// Answers in which something of what was sent came back to its sender.
    returned: usize,
    jobs: Vec<String>,
}

impl Watched {
    fn start() -> Watched {
        let place = tempfile::tempdir().expect("a folder");
        let path = |name: &str| place.path().join(name);
        for name in ["temp", "state"] {
            std::fs::create_dir(path(name)).expect("made");
        }
        let text = |path: PathBuf| path.to_str().expect("text").to_owned();
        let keys = text(path("keys.toml"));
        let scopes = "group,jobs,reference:read,reference:admin";
        let make = Command::new(env!("CARGO_BIN_EXE_hrg"))
            .args(["key", "new", "--client", "sender", "--scope", scopes, "--keys-file", &keys])
            .output()
            .expect("a key");
        let key = String::from_utf8(make.stdout).expect("text").trim().to_owned();
        let mut command = Command::new(env!("CARGO_BIN_EXE_hrg"));
        command.env("RUST_LOG", "trace").env("TMPDIR", path("temp")).stdout(Stdio::piped());
        let book = format!("audit.file={}", text(path("book.ndjson")));
        let mut flags = vec!["--admin-listen", "127.0.0.1:0", "--keys-file", &keys];
        let settings = [book.as_str(), "admin.open_metrics=true", "limits.rate_per_second=0", "limits.jobs_kept=200"];
        flags.extend(settings.iter().flat_map(|setting| ["--set", *setting]));
        let service = Running::start_with(command, &path("state"), &flags);
        let admin = service.admin();
        Watched { service, admin, place, key, faults: Vec::new(), returned: 0, jobs: Vec::new() }
    }

    /// Sends a request with the sender's key. What is refused is not repeated.
    fn send(&mut self, method: &str, path: &str, head: &str, body: &[u8]) -> Whole {
        let head = format!("X-API-Key: {}\r\n{head}", self.key);
        let address = if path.starts_with("/admin") { &self.admin } else { &self.service.address };
        let answer = ask(address, method, path, &head, body).expect("an answer");
        let place = format!("{method} {path} {head} {}", String::from_utf8_lossy(&body[..body.len().min(300)]));
        self.judge(&place, &answer);
        answer
    }

    fn judge(&mut self, place: &str, answer: &Whole) {
        let mirrored = |line: &&str| !line.starts_with("x-correlation-id: ");
        let head: String = answer.head.lines().filter(mirrored).collect();
        let holds = has_mark(answer.body.as_bytes()) || has_mark(head.as_bytes());
        if answer.status >= 400 && holds {
            self.faults.push(format!("an error repeats what was sent: {place}: {} {}", answer.status, answer.body));
        }
        self.returned += usize::from(holds);
    }

    fn post(&mut self, path: &str, kind: &str, body: &str) -> Whole {
        self.send("POST", path, &format!("Content-Type: {kind}\r\n"), body.as_bytes())
    }

    /// Sends a file as a job, and waits until it has ended.
    fn job(&mut self, query: &str, kind: &str, body: &str) {
        let name = format!("Content-Type: {kind}\r\nIdempotency-Key: {}\r\n", canary());
        let name = format!("{name}Content-Disposition: attachment; filename=\"{}.csv\"\r\n", canary());
        let answer = self.send("POST", &format!("/v1/jobs?{query}"), &name, body.as_bytes());
        let job: Json = serde_json::from_str(&answer.body).expect("JSON");
        let Some(id) = job["id"].as_str() else { return };
        self.jobs.push(id.to_owned());
        for _ in 0..3_000 {
            let job: Json =
                serde_json::from_str(&self.send("GET", &format!("/v1/jobs/{id}"), "", b"").body).expect("JSON");
            match job["state"].as_str() {
                Some("queued" | "running") => std::thread::sleep(Duration::from_millis(10)),
                Some("finished") => {
                    self.send("GET", &format!("/v1/jobs/{id}/result?format=ndjson"), "", b"");
                    return;
                }
                Some("failed") if has_mark(job.to_string().as_bytes()) => {
                    return self.faults.push(format!("a job repeats what was sent: {job}"));
                }
                _ => return,
            }
        }
        panic!("job {id} does not end");
    }

    /// Looks for canaries in everything that the service has written, and in its metrics.
    fn look(&mut self, when: &str) {
        let metrics = ask(&self.admin, "GET", "/metrics", "", b"").expect("metrics");
        assert!(metrics.status == 200 && metrics.body.contains("/v1/group/apc"), "{}", metrics.body);
        // Names of files too.
        let files = all_below(self.place.path());
        let files = files.iter().map(|file| (file.display().to_string(), std::fs::read(file).unwrap_or_default()));
        let log = self.service.log.lock().expect("the log").clone();
        let all = files.chain([("the metrics".to_owned(), metrics.body.into()), ("the log".to_owned(), log.into())]);
        for (name, bytes) in all {
            if has_mark(&bytes) || has_mark(name.as_bytes()) {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let lines: Vec<&str> = text.lines().filter(|line| has_mark(line.as_bytes())).take(3).collect();
                self.faults.push(format!("{when}: {name} holds what was sent: {lines:?}"));
            }
        }
    }
}

/// Whether bytes hold any of the canaries, in capitals or not.
fn has_mark(bytes: &[u8]) -> bool {
    String::from_utf8_lossy(bytes).to_ascii_lowercase().contains(&MARK.to_ascii_lowercase())
}

#[test]
fn what_is_sent_is_in_answers_to_its_sender_and_nowhere_else() {
    let mut watched = Watched::start();
    for dataset in Dataset::ALL {
        fields(&mut watched, dataset);
    }
    files(&mut watched);
    queries(&mut watched);
    headers(&mut watched);
    nonsense(&mut watched);
    crate::line::over_http2(&watched.service.address, &watched.key, &canary());

    assert!(watched.returned > 20, "what comes back to its sender is found: {}", watched.returned);
    assert!(watched.jobs.len() >= 20, "{} jobs", watched.jobs.len());
    let book = std::fs::read_to_string(watched.place.path().join("book.ndjson")).expect("a book");
    assert!(book.lines().count() > 100, "the book is written");
    for id in &watched.jobs {
        assert!(book.contains(&format!("\"decision\":\"{id}\"")), "a job has its line");
    }
    watched.look("while jobs are kept");
    for id in std::mem::take(&mut watched.jobs) {
        assert_eq!(watched.send("DELETE", &format!("/v1/jobs/{id}"), "", b"").status, 204);
    }
    watched.look("after the jobs are deleted");
    let jobs = watched.place.path().join("state/jobs");
    assert_eq!(all_below(&jobs), [jobs.join("jobs.redb")], "the store alone is left");
    watched.service.tell_to_stop();
    assert_eq!(watched.service.child.wait().expect("ended").code(), Some(0));
    std::thread::sleep(Duration::from_millis(300)); // its last lines are on their way
    let log = watched.service.log.lock().expect("the log").clone();
    assert!(log.contains("\"stopping\"") && log.contains("\"TRACE\""), "all of the log is here");
    let secret = watched.key.rsplit('_').next().expect("a secret");
    let of_end = log.lines().filter(|line| has_mark(line.as_bytes()) || line.contains(secret)).take(5);
    watched.faults.extend(of_end.map(|line| format!("the log holds what was sent: {line}")));
    assert!(watched.faults.is_empty(), "{}", watched.faults.join("\n"));
}

/// Every field of a dataset, all of them at once and each alone in a sound record, on every route that takes records.
fn fields(watched: &mut Watched, dataset: Dataset) {
    let (name, sound) = (dataset.to_string().to_lowercase(), sound(dataset));
    let alone = (0..sound.len()).map(|place| {
        let mut row = sound.clone();
        row[place] = canary();
        row
    });
    let rows: Vec<Vec<String>> = [canaries(dataset)].into_iter().chain(alone).collect();
    // Each alone is in the batches; of singles some are enough.
    for row in rows.iter().step_by(5) {
        let answer = watched.post(&format!("/v1/group/{name}"), "application/json", &single(dataset, row).to_string());
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    let batch = format!("/v1/group/{name}/batch?reference={REFERENCE}");
    for (kind, body) in forms(dataset, &rows) {
        let is_table = kind == "text/csv";
        for more in ["", "&order=sort", "&onError=stop"].iter().take(if is_table { 3 } else { 1 }) {
            watched.post(&(batch.clone() + more), kind, &body);
        }
        if is_table || dataset == Dataset::Apc {
            watched.job(&format!("kind=group&dataset={name}&reference={REFERENCE}"), kind, &body);
        }
        if is_table {
            watched.job(&format!("kind=check&dataset={name}&reference={REFERENCE}"), kind, &body);
            watched.post(&format!("/v1/check/{name}?reference={REFERENCE}&header=true"), kind, &body);
            let body = json!({"definition": definition(dataset), "data": body}).to_string();
            watched.post(&format!("/v1/check/{name}?reference={REFERENCE}&header=true"), "application/json", &body);
        }
        if dataset == Dataset::Apc {
            let query = format!("kind=compare&dataset=apc&reference={REFERENCE},2024-25.costing");
            watched.job(&query, kind, &body);
        }
    }
    if dataset == Dataset::Apc {
        let body = json!({"references": [REFERENCE, "2024-25.costing"], "explain": "full", "spell": spell(&rows[0])});
        watched.post("/v1/compare", "application/json", &body.to_string());
    }
}

/// Values, names and files that are not what is asked for.
fn files(watched: &mut Watched) {
    let strange = [
        json!({canary(): canary()}),
        json!({"reference": canary(), "spell": {"episodes": [{}]}}),
        json!({"reference": REFERENCE, "spell": canary()}),
        json!({"reference": REFERENCE, "explain": canary(), "spell": {"episodes": [{}]}}),
        json!({"reference": "auto", "purpose": canary(), "dischargeDate": canary(), "spell": {"episodes": [{}]}}),
        json!({"reference": REFERENCE, "spell": {"episodes": [{"sex": {canary(): canary()}}]}}),
        json!({"reference": REFERENCE, "spell": {"episodes": [{"diag": [[canary()]], canary(): 1}]}}),
        json!({"reference": REFERENCE, "spell": {"episodes": [{"diag": canary()}]}}),
        json!({"references": [canary(), canary()], "spell": {"episodes": [{}]}}),
        json!({"definition": canary(), "data": canary()}),
        json!([{canary(): [canary()]}, canary()]),
        json!(canary()),
    ];
    let broken = ["{\"reference\":\"Qz7Canary", "{Qz7Canary", "Qz7Canary", "{\"Qz7Canary\":\"\u{0}\"}"];
    let texts = strange.iter().map(Json::to_string).chain(broken.map(str::to_owned));
    let paths = ["/v1/group/apc", "/v1/group/em", "/v1/group/ncc", "/v1/compare"].map(str::to_owned);
    let more =
        ["group/apc/batch", "group/em/batch", "check/apc"].map(|path| format!("/v1/{path}?reference={REFERENCE}"));
    let paths: Vec<String> = paths.into_iter().chain(more).collect();
    let mut kinds = ["application/json", "application/x-ndjson", "text/csv", "application/json"].into_iter().cycle();
    for text in texts {
        for path in &paths {
            watched.post(path, kinds.next().expect("endless"), &text);
        }
        watched.send("POST", "/admin/references", "Content-Type: application/json\r\n", text.as_bytes());
        watched.send(
            "POST",
            &format!("/admin/references/{REFERENCE}/activate"),
            "Content-Type: application/json\r\n",
            text.as_bytes(),
        );
    }
    for query in ["kind=group&dataset=apc", "kind=check&dataset=em", "kind=compare&dataset=apc"] {
        let query = format!("{query}&reference={REFERENCE}");
        let text = format!("{},{}\n{},{}\n", canary(), canary(), canary(), canary());
        watched.job(&query, "text/csv", &text);
        watched.job(&query, "application/x-ndjson", &json!({canary(): canary()}).to_string());
    }
    let mut files = hrg_grouper::bundle::Files::new();
    files.insert(format!("{}.csv", canary()), canary().into_bytes());
    let archive = crate::support::archives::zip(&files);
    let head = format!("Content-Type: application/zip\r\nContent-Disposition: filename={}\r\n", canary());
    // An operator is told which of the files was wrong.
    let head = format!("X-API-Key: {}\r\n{head}", watched.key);
    let answer = ask(&watched.admin, "POST", "/admin/references", &head, &archive).expect("an answer");
    assert_eq!(answer.status, 422, "{}", answer.body);
}

/// Every part of a path, every parameter and every value.
fn queries(watched: &mut Watched) {
    let known = "reference purpose dischargeDate explain onError order definition header kind dataset format q cursor limit table activate";
    let paths = [
        "POST /v1/group/apc",
        "POST /v1/group/apc/batch",
        "POST /v1/group/em/batch",
        "POST /v1/check/apc",
        "POST /v1/jobs",
        "POST /v1/compare",
        "GET /v1/references",
        "GET /v1/limits",
        "GET /_ping",
        "GET /_status",
        "GET /health/ready",
        "GET /v1/references/2024-25.payment/hrgs",
        "GET /v1/references/2024-25.payment/diff/2024-25.costing",
        "GET /v1/references/2024-25.payment/lists",
        "POST /admin/references",
        "GET /openapi.json",
        "GET /docs",
    ];
    for path in paths {
        let (method, path) = path.split_once(' ').expect("a method");
        for name in known.split(' ') {
            let more = if name == "reference" { String::new() } else { format!("&reference={REFERENCE}") };
            watched.send(method, &format!("{path}?{name}={}{more}", canary()), "", b"{}");
        }
        watched.send(method, &format!("{path}?{}={}", canary(), canary()), "", b"{}");
        watched.send(method, &format!("{path}/{}", canary()), "", b"");
    }
    let c = canary;
    for path in [
        format!("/{}", c()),
        format!("/v1/{}", c()),
        format!("/v1/group/{}", c()),
        format!("/v1/check/{}", c()),
        format!("/v1/jobs/{}", c()),
        format!("/v1/jobs/{}/events", c()),
        format!("/v1/jobs/{}/result", c()),
        format!("/v1/references/{}", c()),
        format!("/v1/references/{REFERENCE}/codes/{}/A00", c()),
        format!("/v1/references/{REFERENCE}/codes/icd10/{}", c()),
        format!("/v1/references/{REFERENCE}/hrgs/{}", c()),
        format!("/v1/references/{REFERENCE}/lists/{}", c()),
        format!("/v1/references/{}/diff/{}", c(), c()),
        format!("/admin/references/{}/{}", c(), c()),
        format!("/admin/{}", c()),
        format!("/docs/{}", c()),
    ] {
        for method in ["GET", "POST", "DELETE", "OPTIONS"] {
            watched.send(method, &path, "", b"");
        }
    }
}

/// Every header that the service reads, those that proxies add, and names that nobody knows.
fn headers(watched: &mut Watched) {
    let names = "X-Correlation-ID X-Request-ID traceparent tracestate baggage User-Agent Cookie Referer From Accept \
        Content-Type Content-Encoding Content-Language Content-Disposition Idempotency-Key If-None-Match If-Range Range \
        Origin Access-Control-Request-Method Forwarded X-Forwarded-For X-Real-IP X-Client-Verify X-Client-Subject \
        X-Proxy-Secret X-API-Key Authorization Accept-Encoding Prefer NHSD-End-User-Organisation Via Trailer Upgrade Expect";
    let body = single(Dataset::Apc, &sound(Dataset::Apc)).to_string();
    for name in names.split_whitespace() {
        for (method, path) in [("POST", "/v1/group/apc"), ("GET", "/v1/references"), ("POST", "/v1/jobs?kind=group")] {
            let kind = if name == "Content-Type" { "" } else { "Content-Type: application/json\r\n" };
            watched.send(method, path, &format!("{kind}{name}: Bearer {0}.{0}.{0}\r\n", canary()), body.as_bytes());
        }
    }
    watched.send("POST", "/v1/group/apc", &format!("{}: 1\r\n", canary()), body.as_bytes());
    // Of strangers, whatever they show.
    for head in [format!("X-API-Key: {}", canary()), format!("Authorization: Basic {}", canary())] {
        let address = watched.service.address.clone();
        let answer = ask(&address, "POST", "/v1/group/apc", &(head + "\r\n"), body.as_bytes()).expect("an answer");
        assert_eq!(answer.status, 401);
        watched.judge("a stranger", &answer);
    }
}

/// What is no HTTP, or breaks off.
fn nonsense(watched: &mut Watched) {
    let key = format!("X-API-Key: {}\r\n", watched.key);
    for text in [
        format!("{} / HTTP/1.1\r\nHost: here\r\n\r\n", canary().to_uppercase()),
        format!("GET / {}\r\n\r\n", canary()),
        format!("GET / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", canary()),
        format!("GET / HTTP/1.1\r\nHost: here\r\n{} {}\r\n\r\n", canary(), canary()),
        format!("{}\r\n\r\n", canary()),
        format!("POST /v1/group/apc HTTP/1.1\r\nHost: here\r\n{key}Content-Length: 9999\r\n\r\n{{\"{}", canary()),
        format!(
            "POST /v1/jobs?kind=group&dataset=apc&reference={REFERENCE} HTTP/1.1\r\nHost: here\r\n{key}Content-Type: text/csv\r\nContent-Length: 9999\r\n\r\n{}",
            canary()
        ),
        format!(
            "POST /v1/group/apc HTTP/1.1\r\nHost: here\r\n{key}Transfer-Encoding: chunked\r\n\r\n5;{}\r\n{}",
            canary(),
            canary()
        ),
    ] {
        let mut line = Line::to(&watched.service.address).expect("it listens");
        line.say(text.as_bytes()).expect("sent");
        line.0.get_ref().shutdown(std::net::Shutdown::Write).expect("broken off");
        if let Ok(answer) = line.answer() {
            watched.judge(&text, &answer);
        }
    }
}
