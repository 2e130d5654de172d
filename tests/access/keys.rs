//! API keys: made, listed and revoked by the command, and taken by the service.

use super::cast::{Guarded, request};
use axum::body::Body;
use hrg_grouper::access::AccessSettings;
use hrg_grouper::http::limits::Limits;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Runs `hrg key`; gives what it printed, or what it complained of.
fn key(file: &Path, args: &[&str]) -> Result<String, String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hrg"));
    let output = command.arg("key").args(args).arg("--keys-file").arg(file).output().expect("the command runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text").trim().to_owned();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

/// The part of a key that nobody else knows.
fn secret_of(key: &str) -> &str {
    key.splitn(3, '_').nth(2).expect("a key has three parts")
}

fn status(guarded: &Guarded, path: &str, key: &str) -> u16 {
    let request = request("GET", path).header("X-API-Key", key).body(Body::empty()).expect("a request");
    let answer = guarded.send(&guarded.public, request);
    answer.check_envelope();
    answer.status.as_u16()
}

#[test]
fn a_key_is_shown_once_and_only_its_hash_is_kept() {
    let place = tempfile::tempdir().expect("a folder");
    let file = place.path().join("keys.toml");
    let made =
        key(&file, &["new", "--client", "trust-a", "--scope", "group,reference:read", "--days", "30"]).expect("made");
    let secret = secret_of(&made);
    let kept = std::fs::read_to_string(&file).expect("the list");
    assert!(secret.len() >= 40 && !kept.contains(secret), "{kept}");
    assert!(kept.contains("sha256") && kept.contains("trust-a"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).expect("the list").permissions().mode() & 0o077, 0, "for its owner alone");
    }
    let listed = key(&file, &["list"]).expect("listed");
    assert!(listed.contains("trust-a  group,reference:read") && listed.contains("until "), "{listed}");
    assert!(!listed.contains(secret));
    for args in [
        &["new", "--client", "a b", "--scope", "group"][..],
        &["new", "--client", "a", "--scope", "everything"],
        &["new", "--client", "a"],
        &["revoke", "0000000000000000"],
    ] {
        assert!(key(&file, args).is_err(), "{args:?}");
    }
    assert_eq!(std::fs::read_to_string(&file).expect("the list"), kept, "what is refused changes nothing");
}

#[test]
fn a_revoked_key_is_refused_by_a_service_that_runs() {
    let place = tempfile::tempdir().expect("a folder");
    let file = place.path().join("keys.toml");
    let new = |client: &str, scope: &str| key(&file, &["new", "--client", client, "--scope", scope]).expect("made");
    let (one, other) = (new("trust-a", "reference:read"), new("trust-b", "group"));
    let settings = AccessSettings { keys_file: Some(file.clone()), ..AccessSettings::default() };
    let guarded = Guarded::open(&settings, Limits::default(), place);
    assert_eq!(status(&guarded, "/v1/references", &one), 200);
    assert_eq!(status(&guarded, "/v1/references", &other), 403);
    assert_eq!(status(&guarded, "/v1/limits", &other), 200);
    let (head, tail) = one.split_at(one.len() - 1);
    let nearly = format!("{head}{}", if tail == "A" { "B" } else { "A" });
    let id = one.split('_').nth(1).expect("an id");
    let mixed = format!("hrg_{id}_{}", secret_of(&other));
    for wrong in ["", "hrg_", "hrg_0123456789abcdef_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &nearly, &mixed, id] {
        assert_eq!(status(&guarded, "/v1/references", wrong), 401, "{wrong}");
    }

    let lodge = Arc::clone(guarded.lodge.as_ref().expect("callers are known"));
    let keeping = guarded.runtime.spawn(lodge.keep_up());
    assert!(key(&file, &["revoke", id]).expect("revoked").contains("is revoked"));
    let begun = Instant::now();
    while status(&guarded, "/v1/references", &one) != 401 {
        assert!(begun.elapsed() < Duration::from_secs(20), "a revoked key is still taken");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(status(&guarded, "/v1/limits", &other), 200, "the others are taken as before");
    keeping.abort();
}

#[test]
fn a_key_whose_days_are_over_is_refused() {
    let place = tempfile::tempdir().expect("a folder");
    let file = place.path().join("keys.toml");
    let made = key(&file, &["new", "--client", "trust-a", "--scope", "group", "--days", "1"]).expect("made");
    let text = std::fs::read_to_string(&file).expect("the list");
    let line = text.lines().find(|line| line.starts_with("expires")).expect("an end").to_owned();
    std::fs::write(&file, text.replace(&line, "expires = \"2020-01-01T00:00:00Z\"")).expect("written");
    let settings = AccessSettings { keys_file: Some(file.clone()), ..AccessSettings::default() };
    let guarded = Guarded::open(&settings, Limits::default(), place);
    assert_eq!(status(&guarded, "/v1/limits", &made), 401);
    assert!(key(&file, &["list"]).expect("listed").contains("expired 2020"));
}
