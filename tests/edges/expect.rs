//! Whoever asks for leave to send a body (`Expect: 100-continue`) gets it at once, on every route that takes one.

use crate::line::Line;
use crate::sent::{REFERENCE, forms, names, single, sound, spell};
use crate::support::program::Running;
use hrg_grouper::reference::Dataset;
use serde_json::json;
use std::process::Command;
use std::time::{Duration, Instant};

/// What asking may take beyond not asking.
const ADDED: Duration = Duration::from_millis(50);
/// Each way is tried so often, in turn; the quickest of each says what it takes where nothing else is in the way.
const TIMES: usize = 3;

/// Sends a request; gives how long it took and the status. Leave that does not come is waited for as long as usual.
fn timed(address: &str, path: &str, kind: &str, body: &str, asks: bool) -> (Duration, u16) {
    let mut line = Line::to(address).expect("it listens");
    let begun = Instant::now();
    let (length, expect) = (body.len(), if asks { "Expect: 100-continue\r\n" } else { "" });
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{expect}\r\n"
    );
    line.say(head.as_bytes()).expect("sent");
    if asks {
        line.0.get_ref().set_read_timeout(Some(Duration::from_secs(1))).expect("a time");
        match line.head() {
            Ok((100, _)) | Err(_) => {}
            Ok((status, _)) => return (begun.elapsed(), status), // refused before anything was sent
        }
        line.0.get_ref().set_read_timeout(Some(Duration::from_secs(30))).expect("a time");
    }
    line.say(body.as_bytes()).expect("sent");
    let answer = line.answer().expect("an answer");
    (begun.elapsed(), answer.status)
}

/// Every route with a body, on either interface, and a body for it.
fn routes() -> Vec<(bool, String, &'static str, String)> {
    let mut routes = Vec::new();
    for dataset in Dataset::ALL {
        let (name, row) = (dataset.to_string().to_lowercase(), sound(dataset));
        routes.push((false, format!("/v1/group/{name}"), "application/json", single(dataset, &row).to_string()));
        for (kind, body) in forms(dataset, std::slice::from_ref(&row)) {
            routes.push((false, format!("/v1/group/{name}/batch?reference={REFERENCE}"), kind, body.clone()));
            let job = format!("/v1/jobs?kind=group&dataset={name}&reference={REFERENCE}");
            routes.push((false, job, kind, body));
        }
        let table = format!("{}\n{}\n", names(dataset).join(","), row.join(","));
        routes.push((false, format!("/v1/check/{name}?reference={REFERENCE}&header=true"), "text/csv", table));
    }
    let compare = json!({"references": [REFERENCE, "2024-25.costing"], "spell": spell(&sound(Dataset::Apc))});
    routes.push((false, "/v1/compare".to_owned(), "application/json", compare.to_string()));
    routes.push((true, "/admin/references".to_owned(), "application/zip", "no archive".to_owned()));
    let activate = format!("/admin/references/{REFERENCE}/activate");
    routes.push((true, activate, "application/json", json!({"digest": "sha256:0"}).to_string()));
    routes
}

#[test]
fn leave_to_send_is_given_at_once_on_every_route_that_takes_a_body() {
    let place = tempfile::tempdir().expect("a folder");
    let mut flags = vec!["--admin-listen", "127.0.0.1:0"];
    for setting in ["limits.jobs_waiting=1000", "limits.jobs_kept=1000"] {
        flags.extend(["--set", setting]);
    }
    let service = Running::start_with(Command::new(env!("CARGO_BIN_EXE_hrg")), place.path(), &flags);
    let admin = service.admin();
    let (mut faults, mut most) = (Vec::new(), Duration::ZERO);
    for (is_admin, path, kind, body) in routes() {
        let address = if is_admin { &admin } else { &service.address };
        let (mut without, mut with) = (Vec::new(), Vec::new());
        for _ in 0..TIMES {
            without.push(timed(address, &path, kind, &body, false));
            with.push(timed(address, &path, kind, &body, true));
        }
        let (without, with) = (without.iter().min().expect("one"), with.iter().min().expect("one"));
        let added = with.0.saturating_sub(without.0);
        most = most.max(added);
        let taken = is_admin || (200..300).contains(&with.1);
        if added > ADDED || with.1 != without.1 || !taken {
            faults.push(format!("{path} {kind}: {without:?} without asking, {with:?} with"));
        }
    }
    println!("asking adds {most:?} at the most");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
