//! What operators do to the releases of a running service, what of it is refused, and that it outlasts the service.

mod support;

#[path = "operators/process.rs"]
mod process;
#[path = "operators/signing.rs"]
mod signing;

use axum::body::Body;
use axum::http::Request;
use hrg_grouper::bundle::signature::Policy;
use serde_json::{Value as Json, json};
use std::path::Path;
use support::archives::{tar_gz, zip};
use support::desk::{Desk, GZIP, REFERENCES, ZIP};
use support::tampered::{digest, named, toy};
use support::{TOY, toy as toy_release};

fn open(state: &Path) -> Desk {
    Desk::open(Some(state), Policy::default())
}

/// Each release of the toy id as `state source digest`.
fn standings(desk: &Desk) -> Vec<String> {
    let list = desk.list();
    let toy = list["references"].as_array().into_iter().flatten().find(|reference| reference["id"] == TOY);
    let versions = toy.and_then(|toy| toy["versions"].as_array()).map(Vec::as_slice).unwrap_or_default();
    let text = |version: &Json, key: &str| version[key].as_str().unwrap_or_default().to_owned();
    versions.iter().map(|v| format!("{} {} {}", text(v, "state"), text(v, "source"), text(v, "digest"))).collect()
}

fn roll_back(desk: &Desk) -> support::service::Answer {
    desk.ask("POST", &format!("{REFERENCES}/{TOY}/rollback"), None)
}

fn remove(desk: &Desk, query: &str) -> (u16, Json) {
    let answer = desk.ask("DELETE", &format!("{REFERENCES}/{TOY}{query}"), None);
    (answer.status.as_u16(), answer.json["code"].clone())
}

#[test]
fn a_release_is_staged_activated_rolled_back_and_removed() {
    let place = tempfile::tempdir().expect("a folder");
    let desk = open(place.path());
    let start = toy_release().identity.digest;
    let (files, first) = (named("First"), digest(&named("First")));

    let answer = desk.upload("", ZIP, zip(&files));
    assert_eq!(answer.status, 201, "{}", answer.json);
    assert_eq!((&answer.json["state"], &answer.json["digest"]), (&json!("staged"), &json!(first)));
    assert_eq!(answer.json["identity"]["id"], TOY);
    assert_eq!(answer.json["findings"], json!([]));
    assert_eq!(desk.group(TOY).expect("grouped").0, start, "what is staged does not answer");
    assert_eq!(standings(&desk), [format!("active start {start}"), format!("staged upload {first}")]);

    let answer = desk.activate(&first);
    assert_eq!((answer.status.as_u16(), &answer.json["active"]), (200, &json!(first)));
    assert_eq!(desk.group(TOY).expect("grouped"), (first.clone(), "First".to_owned()));
    assert_eq!(standings(&desk), [format!("active upload {first}"), format!("previous start {start}")]);
    assert_eq!(desk.activate(&first).status, 200, "again, which changes nothing");
    assert_eq!(standings(&desk)[1], format!("previous start {start}"));

    assert_eq!(roll_back(&desk).json["active"], json!(start));
    assert_eq!(desk.group(TOY).expect("grouped").0, start);
    assert_eq!(roll_back(&desk).json["active"], json!(first), "rolling back twice comes back");

    assert_eq!(remove(&desk, &format!("?digest={first}")), (409, json!("release-active")));
    assert_eq!(remove(&desk, ""), (409, json!("release-active")));
    assert_eq!(remove(&desk, &format!("?digest={start}")), (409, json!("not-uploaded")));
    assert_eq!(desk.group(TOY).expect("grouped").0, first, "refused removals change nothing");
    assert_eq!(remove(&desk, "?force=true"), (204, Json::Null));
    assert_eq!(desk.group(TOY), Err("unknown-reference".to_owned()), "nothing takes the place of what was removed");
    assert_eq!(standings(&desk), [format!("previous start {start}")]);
    assert_eq!(roll_back(&desk).status, 200);
    assert_eq!(desk.group(TOY).expect("grouped").0, start);
    let kept = std::fs::read_dir(place.path().join("releases")).expect("readable").count();
    assert_eq!(kept, 0, "the files of a removed release are gone");
}

#[test]
fn what_is_not_there_is_said() {
    let place = tempfile::tempdir().expect("a folder");
    let desk = open(place.path());
    let code = |answer: support::service::Answer| (answer.status.as_u16(), answer.json["code"].clone());
    assert_eq!(code(roll_back(&desk)), (409, json!("nothing-to-roll-back")));
    assert_eq!(code(desk.activate("sha256:00")), (404, json!("unknown-digest")));
    assert_eq!(remove(&desk, "?digest=sha256:00&force=true"), (404, json!("unknown-digest")));
    assert_eq!(remove(&desk, "?nonsense=1"), (422, json!("invalid-query")));
    let path = format!("{REFERENCES}/1066-67.payment");
    assert_eq!(code(desk.ask("POST", &format!("{path}/rollback"), None)), (404, json!("unknown-reference")));
    let body = json!({"digest": "sha256:00"});
    assert_eq!(code(desk.ask("POST", &format!("{path}/activate"), Some(&body))), (404, json!("unknown-reference")));
    assert_eq!(code(desk.ask("DELETE", &path, None)), (404, json!("unknown-reference")));
    let activate = format!("{REFERENCES}/{TOY}/activate");
    assert_eq!(code(desk.ask("POST", &activate, Some(&json!({})))), (422, json!("invalid-body")));
    assert_eq!(code(desk.ask("POST", &activate, None)), (415, json!("unsupported-media-type")));
    assert_eq!(code(desk.ask("PUT", REFERENCES, None)), (405, json!("method-not-allowed")));
    assert_eq!(code(desk.ask("GET", "/v1/references", None)), (404, json!("not-found")), "this is not the public door");
}

#[test]
fn an_upload_may_be_activated_in_the_same_movement() {
    let place = tempfile::tempdir().expect("a folder");
    let desk = open(place.path());
    let answer = desk.upload("?activate=true", GZIP, tar_gz(&named("First")));
    assert_eq!((answer.status.as_u16(), &answer.json["state"]), (201, &json!("active")));
    assert_eq!(desk.group(TOY).expect("grouped").1, "First");
}

#[test]
fn an_upload_that_is_there_already_is_not_taken_again() {
    let place = tempfile::tempdir().expect("a folder");
    let desk = open(place.path());
    assert_eq!(desk.upload("", ZIP, zip(&named("First"))).status, 201);
    let before = desk.list();
    let answer = desk.upload("", GZIP, tar_gz(&named("First")));
    assert_eq!((answer.status.as_u16(), &answer.json["state"]), (200, &json!("staged")));
    assert_eq!(desk.list(), before);
    assert_eq!(desk.upload("?activate=true", ZIP, zip(&named("First"))).json["state"], "active");
}

#[test]
fn a_pinned_digest_answers_only_while_it_is_active() {
    let place = tempfile::tempdir().expect("a folder");
    let desk = open(place.path());
    let (start, first) = (toy_release().identity.digest, digest(&named("First")));
    let pinned = |digest: &str| format!("{TOY}@{digest}");
    desk.upload("", ZIP, zip(&named("First")));
    assert_eq!(desk.group(&pinned(&first)), Err("unknown-reference".to_owned()));
    assert!(desk.group(&pinned(&start)).is_ok());
    desk.activate(&first);
    assert!(desk.group(&pinned(&first)).is_ok());
    assert_eq!(desk.group(&pinned(&start)), Err("unknown-reference".to_owned()));
}

#[test]
fn without_a_state_folder_nothing_can_be_changed_and_the_refusal_says_why() {
    let desk = Desk::open(None, Policy::default());
    let before = desk.list();
    let digest = toy_release().identity.digest;
    for answer in [
        desk.upload("?activate=true", ZIP, zip(&named("First"))),
        desk.activate(&digest),
        roll_back(&desk),
        desk.ask("DELETE", &format!("{REFERENCES}/{TOY}?force=true"), None),
    ] {
        assert_eq!((answer.status.as_u16(), &answer.json["code"]), (409, &json!("no-state-dir")));
        assert!(answer.json["detail"].as_str().is_some_and(|detail| detail.contains("--state-dir")));
    }
    assert_eq!(desk.list(), before);
    assert!(desk.group(TOY).is_ok());
}

#[test]
fn a_change_that_cannot_be_written_leaves_everything_as_it_was() {
    let place = tempfile::tempdir().expect("a folder");
    let state = place.path().join("state");
    let desk = open(&state);
    desk.upload("", ZIP, zip(&named("First")));
    let (before, grouped) = (desk.list(), desk.group(TOY));
    // As good as a full disk, and it fails for the superuser too.
    std::fs::remove_dir_all(&state).expect("removed");
    for answer in [
        desk.upload("?activate=true", ZIP, zip(&named("Second"))),
        desk.activate(&digest(&named("First"))),
        desk.ask("DELETE", &format!("{REFERENCES}/{TOY}?digest={}", digest(&named("First"))), None),
    ] {
        assert_eq!((answer.status.as_u16(), &answer.json["code"]), (503, &json!("state-unwritable")));
    }
    assert_eq!((desk.list(), desk.group(TOY)), (before, grouped));
}

#[test]
fn the_public_door_knows_no_admin_path() {
    let place = tempfile::tempdir().expect("a folder");
    let desk = open(place.path());
    for (method, path) in [
        ("GET", REFERENCES.to_owned()),
        ("POST", REFERENCES.to_owned()),
        ("POST", format!("{REFERENCES}/{TOY}/activate")),
        ("POST", format!("{REFERENCES}/{TOY}/rollback")),
        ("DELETE", format!("{REFERENCES}/{TOY}")),
    ] {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).expect("a request");
        assert_eq!(desk.send(&desk.public, request).status, 404);
    }
}

#[test]
fn state_outlasts_the_service() {
    let place = tempfile::tempdir().expect("a folder");
    let [first, second] = ["First", "Second"].map(|name| digest(&named(name)));
    let before = {
        let desk = open(place.path());
        for name in ["First", "Second", "Third"] {
            assert_eq!(desk.upload("", ZIP, zip(&named(name))).status, 201);
        }
        desk.activate(&first);
        desk.activate(&second);
        standings(&desk)
    };
    let desk = open(place.path());
    assert_eq!(standings(&desk)[..2], before[..2]);
    assert_eq!(standings(&desk).len(), 4);
    assert_eq!(desk.group(TOY).expect("grouped"), (second, "Second".to_owned()));
    assert_eq!(roll_back(&desk).json["active"], json!(first));
    drop(desk);
    assert_eq!(open(place.path()).group(TOY).expect("grouped").0, first);
}

#[test]
fn a_removal_outlasts_the_service_too() {
    let place = tempfile::tempdir().expect("a folder");
    assert_eq!(remove(&open(place.path()), "?force=true"), (204, Json::Null));
    let desk = open(place.path());
    assert_eq!(desk.group(TOY), Err("unknown-reference".to_owned()));
    assert_eq!(desk.activate(&toy_release().identity.digest).status, 200);
    drop(desk);
    assert!(open(place.path()).group(TOY).is_ok());
}

#[test]
fn an_upload_that_was_altered_on_disk_does_not_answer_and_nothing_answers_in_its_place() {
    let place = tempfile::tempdir().expect("a folder");
    let first = digest(&named("First"));
    open(place.path()).upload("?activate=true", ZIP, zip(&named("First")));
    let folder = place.path().join("releases").join(first.trim_start_matches("sha256:"));
    // Sealed anew, so that only the digest of the whole tells.
    let other = named("Another");
    for (name, content) in &other {
        std::fs::write(folder.join(name), content).expect("written");
    }
    let desk = open(place.path());
    assert_eq!(desk.group(TOY), Err("unknown-reference".to_owned()));
    assert!(standings(&desk).contains(&format!("refused upload {first}")), "{:?}", standings(&desk));
    let answer = desk.activate(&first);
    assert_eq!((answer.status.as_u16(), &answer.json["errors"][0]["code"]), (422, &json!("wrong-digest")));

    assert_eq!(desk.upload("", ZIP, zip(&named("First"))).json["state"], "active", "sending it again mends it");
    assert_eq!(desk.group(TOY).expect("grouped").0, first);
}

#[test]
fn there_is_an_end_to_what_is_kept() {
    let place = tempfile::tempdir().expect("a folder");
    let desk = open(place.path());
    for number in 0..32 {
        assert_eq!(desk.upload("", ZIP, zip(&named(&format!("Number {number}")))).status, 201);
    }
    let answer = desk.upload("", ZIP, zip(&named("One more")));
    assert_eq!((answer.status.as_u16(), &answer.json["code"]), (409, &json!("too-many-releases")));
    assert_eq!(desk.upload("", ZIP, zip(&named("Number 0"))).status, 200, "one that is there");
    assert_eq!(remove(&desk, &format!("?digest={}", digest(&named("Number 0")))).0, 204);
    assert_eq!(desk.upload("", ZIP, zip(&named("One more"))).status, 201);
}

#[test]
fn the_same_content_as_at_the_start_may_be_uploaded_to_keep_it() {
    let place = tempfile::tempdir().expect("a folder");
    let desk = open(place.path());
    let start = toy_release().identity.digest;
    assert_eq!(desk.upload("?activate=true", ZIP, zip(&toy())).status, 201);
    assert_eq!(standings(&desk), [format!("active upload {start}"), format!("previous start {start}")]);
}
