//! What is tried with bytes of any kind: one function for each door that bytes come in by. None may panic, and each checks
//! what it was given back: an answer of a known form, and the same again where what was read is written and read anew.
//!
//! `make fuzz` runs them in libFuzzer, `tests/fuzz.rs` on the seeds and a few thousand changes of each.

mod condition;
mod json_spell;
mod lines;
mod manifest;
mod ndjson;
mod rdf;
mod stream;

pub use condition::condition;
pub use json_spell::json_spell;
pub use lines::csv;
pub use manifest::manifest;
pub use ndjson::ndjson;
pub use rdf::rdf;

use hrg_grouper::bundle::{Files, load, read_folder};
use hrg_grouper::reference::{Dataset, Reference};
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// Id of the release that everything is tried with.
const TOY: &str = "2099-00.payment";

/// The files of the toy release.
fn toy_files() -> &'static Files {
    static FILES: OnceLock<Files> = OnceLock::new();
    FILES.get_or_init(|| {
        // The targets are compiled in two crates, of which one stands in a folder of the other.
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folders = [here, &here.join("..")].map(|root| root.join("tests/reference").join(TOY));
        let folder = folders.iter().find(|folder| folder.exists()).expect("the toy release is there");
        read_folder(folder).expect("it can be read")
    })
}

/// The toy release.
fn toy() -> Arc<Reference> {
    static TOY_RELEASE: OnceLock<Arc<Reference>> = OnceLock::new();
    Arc::clone(TOY_RELEASE.get_or_init(|| Arc::new(load(toy_files(), TOY).expect("it is sound"))))
}

/// The first byte, which chooses what is tried, and the others.
fn choice(bytes: &[u8]) -> (usize, &[u8]) {
    bytes.split_first().map_or((0, bytes), |(first, rest)| (usize::from(*first), rest))
}

/// The dataset of a choice.
fn dataset(choice: usize) -> Dataset {
    Dataset::ALL[choice % Dataset::ALL.len()]
}

/// Whether a name is one of those that programs rely on: small letters and hyphens.
fn is_stable(code: &str) -> bool {
    !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}
