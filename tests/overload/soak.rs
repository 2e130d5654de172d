//! Everything at once for a long time: singles, streams, jobs, look-ups and nonsense. What it prints shows whether memory or open
//! files grow.

use crate::load::{Ask, Client};
use crate::process::{memory, one_after_another, open_files, service};
use crate::support::program::Running;
use crate::support::records::episodes;
use crate::support::{TOY, desk};
use axum::body::Bytes;
use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// How long it must go on for a slope to mean anything.
const LONG: Duration = Duration::from_secs(50);

/// How long it goes on, and how often it is looked at.
fn times() -> (Duration, Duration) {
    match std::env::var("SOAK_MINUTES").ok().and_then(|minutes| minutes.parse::<f64>().ok()) {
        Some(minutes) => (Duration::from_secs_f64(minutes * 60.0), Duration::from_secs(5)),
        None => (Duration::from_secs(3), Duration::from_millis(500)),
    }
}

/// What the callers count.
#[derive(Default)]
struct Counted {
    answered: AtomicU64,
    jobs: AtomicU64,
    faults: Mutex<Vec<String>>,
    is_over: AtomicBool,
}

impl Counted {
    fn goes_on(&self) -> bool {
        !self.is_over.load(Ordering::Relaxed)
    }

    fn count(&self, what: &str, expected: &[u16], answer: Result<(u16, bool), String>) {
        match answer {
            Ok((status, _)) if expected.contains(&status) => drop(self.answered.fetch_add(1, Ordering::Relaxed)),
            other => self.faults.lock().expect("no fault here").push(format!("{what}: {other:?}")),
        }
    }
}

/// Requests that are sent over and over, each with the statuses that it may have.
fn asks() -> Vec<(&'static str, Ask, &'static [u16])> {
    let single = json!({"reference": TOY, "explain": "full", "spell": desk::spell()}).to_string();
    let lines = (desk::spell().to_string() + "\n").repeat(500);
    let post = |path: &str, kind, body: &[u8]| Ask {
        method: "POST",
        path: path.to_owned(),
        kind,
        body: Bytes::copy_from_slice(body),
    };
    let get = |path: &str| Ask { method: "GET", path: path.to_owned(), kind: "text/plain", body: Bytes::new() };
    let batch = format!("/v1/group/apc/batch?reference={TOY}");
    vec![
        ("single", post("/v1/group/apc", "application/json", single.as_bytes()), &[200]),
        ("stream", post(&batch, "application/x-ndjson", lines.as_bytes()), &[200]),
        ("table", post(&batch, "text/csv", &episodes(200)), &[200]),
        ("check", post(&format!("/v1/check/apc?reference={TOY}&header=true"), "text/csv", &episodes(200)), &[200]),
        ("code", get(&format!("/v1/references/{TOY}/codes/icd10/D100")), &[200]),
        ("search", get(&format!("/v1/references/{TOY}/hrgs?q=toy")), &[200]),
        ("limits", get("/v1/limits"), &[200]),
        ("status", get("/_status"), &[200]),
        ("no JSON", post("/v1/group/apc", "application/json", b"{\"reference\":"), &[400]),
        ("no field", post("/v1/group/apc", "application/json", b"{\"nonsense\":[[[1]]]}"), &[422]),
        ("no gzip", post(&batch, "image/png", b"\x89PNG"), &[415]),
        ("no path", get("/nothing/here?at=all"), &[404]),
        ("no row", post(&batch, "text/csv", b"\xff\xfe\0\0\n\0"), &[422]),
    ]
}

async fn callers(address: SocketAddr, counted: Arc<Counted>) {
    let mut callers = JoinSet::new();
    for (what, ask, expected) in asks() {
        let counted = Arc::clone(&counted);
        callers.spawn(async move {
            let mut client = Client::connect(address).await;
            while counted.goes_on() {
                counted.count(what, expected, client.send(&ask).await);
                sleep(Duration::from_millis(20)).await;
                // Now and then somebody new.
                if fastrand::u8(..) == 0 {
                    client = Client::connect(address).await;
                }
            }
        });
    }
    while callers.join_next().await.is_some() {}
}

/// Jobs, each followed to its end and deleted, the last of them while it runs.
fn jobs(service: &Running, counted: &Counted) {
    let file = episodes(300);
    while counted.goes_on() {
        let id = service.submit(&file);
        if fastrand::bool() {
            let (events, _) = service.follow(&id);
            let last = events.last().map(|(name, _)| name.clone()).unwrap_or_default();
            if last != "finished" {
                counted.faults.lock().expect("no fault here").push(format!("a job {last}"));
            }
        }
        let (status, _) = service.ask("DELETE", &format!("/v1/jobs/{id}"), "", b"");
        counted.count("delete", &[204], Ok((status, false)));
        counted.jobs.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Kilobytes in ten minutes by which memory grows: the straight line nearest to what was seen.
#[allow(clippy::cast_precision_loss, reason = "a slope")]
fn slope(seen: &[(f64, u64)]) -> f64 {
    let number = seen.len().max(1) as f64;
    let (at, size) = seen.iter().fold((0.0, 0.0), |(at, size), (a, s)| (at + a / number, size + *s as f64 / number));
    let (over, under) = seen
        .iter()
        .fold((0.0, 0.0), |(over, under), (a, s)| (over + (a - at) * (*s as f64 - size), under + (a - at) * (a - at)));
    if under > 0.0 { over / under * 600.0 } else { 0.0 }
}

/// Leaves the service alone until it holds no more files than that.
fn settles(service: &Running, files: usize) -> usize {
    for _ in 0..100 {
        if open_files(service) <= files {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    open_files(service)
}

fn run(place: &Path) {
    // Room for all of the callers: whom it refuses when it is pushed is shown elsewhere.
    let service = service(place, &["--set", "limits.work=16"]);
    let address: SocketAddr = service.address.parse().expect("an address");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    // The first of everything opens what stays open.
    service.follow(&service.submit(&episodes(10)));
    let files = settles(&service, 0);
    let (counted, begun, (time, between)) = (Arc::new(Counted::default()), Instant::now(), times());
    let mut seen = Vec::new();
    std::thread::scope(|scope| {
        let load = runtime.spawn(callers(address, Arc::clone(&counted)));
        scope.spawn(|| jobs(&service, &counted));
        while begun.elapsed() < time {
            std::thread::sleep(between);
            seen.push((begun.elapsed().as_secs_f64(), memory(&service)));
        }
        counted.is_over.store(true, Ordering::Relaxed);
        runtime.block_on(load).expect("the callers end");
    });
    drop(runtime);
    let after = settles(&service, files);
    // What the first part brings in is not growth.
    let settled = &seen[seen.len() / 3..];
    let faults = counted.faults.lock().expect("no fault here");
    println!(
        "\nsoak of {:.1} minutes: {} answers, {} jobs, {} errors; memory {} to {} MiB, {:+.1} MiB in 10 minutes (none where it was too short); open files {files} to {after}",
        begun.elapsed().as_secs_f64() / 60.0,
        counted.answered.load(Ordering::Relaxed),
        counted.jobs.load(Ordering::Relaxed),
        faults.len(),
        settled.first().map_or(0, |(_, size)| size / 1024),
        settled.last().map_or(0, |(_, size)| size / 1024),
        if begun.elapsed() < LONG { f64::NAN } else { slope(settled) / 1024.0 },
    );
    assert!(faults.is_empty(), "{:?}", &faults[..faults.len().min(5)]);
    assert!(counted.answered.load(Ordering::Relaxed) > 100 && counted.jobs.load(Ordering::Relaxed) > 0);
    assert!(after <= files + 2, "open files: {files} before, {after} after");
}

#[test]
fn everything_at_once_fails_nothing_and_leaves_no_file_open() {
    let _turn = one_after_another();
    let place = tempfile::tempdir().expect("a folder");
    run(place.path());
}
