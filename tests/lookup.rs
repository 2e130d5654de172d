//! Looking a release up: every answer agrees with the tables, is found, paged, tagged and refused as the interface says.
//!
//! What is expected is read from the CSV text of each release in the program, by this test's own reading of it.

mod support;

#[path = "lookup/answers.rs"]
mod answers;
#[path = "lookup/codes.rs"]
mod codes;
#[path = "lookup/command.rs"]
mod command;
#[path = "lookup/hrgs.rs"]
mod hrgs;
#[path = "lookup/lists.rs"]
mod lists;
#[path = "lookup/pages.rs"]
mod pages;
#[path = "lookup/tables.rs"]
mod tables;

use hrg_grouper::bundle::Shelf;
use hrg_grouper::reference::Reference;
use serde_json::Value as Json;
use std::sync::{Arc, LazyLock};
use support::service::Service;

/// The release that single examples are asked of.
const PAYMENT: &str = "2024-25.payment";

/// Every release in the program.
static RELEASES: LazyLock<Vec<Arc<Reference>>> = LazyLock::new(|| {
    let (shelf, refused) = Shelf::load(None).expect("the releases of the program load");
    assert!(refused.is_empty(), "{refused:?}");
    shelf.all().values().map(Arc::clone).collect()
});

/// The service over every release in the program.
fn service() -> Service {
    let releases = RELEASES.iter().map(|release| (release.identity.id.clone(), Arc::clone(release)));
    Service::of(Shelf::new(releases.collect()))
}

/// The release of single examples.
fn payment() -> &'static Reference {
    RELEASES.iter().find(|release| release.identity.id == PAYMENT).expect("it is in the program")
}

/// Below the release of that id.
fn path(release: &Reference, below: &str) -> String {
    format!("/v1/references/{}/{below}", release.identity.id)
}

/// The answer to a path below a release, which must be 200.
fn ask(service: &Service, release: &Reference, below: &str) -> Json {
    let answer = service.get(&path(release, below));
    assert_eq!(answer.status, 200, "{below} of {}: {}", release.identity.id, answer.json);
    assert_eq!(answer.json["reference"]["id"], release.identity.id.as_str());
    assert_eq!(answer.json["reference"]["digest"], release.identity.digest.as_str());
    answer.json
}

/// Does something for every release in the program, side by side.
fn for_every_release(look: impl Fn(&Service, &Reference) + Sync) {
    assert!(RELEASES.len() >= 2, "the program carries releases");
    std::thread::scope(|scope| {
        for release in RELEASES.iter() {
            let look = &look;
            scope.spawn(move || look(&service(), release));
        }
    });
}

/// One field of every element of an array.
fn each<'j>(array: &'j Json, field: &str) -> Vec<&'j str> {
    let elements = array.as_array().map(Vec::as_slice).unwrap_or_default();
    elements
        .iter()
        .map(|element| element[field].as_str().unwrap_or_else(|| panic!("no {field} in {element}")))
        .collect()
}
