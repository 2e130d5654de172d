//! What several test programs share.
#![allow(dead_code, reason = "every test program uses a part of it")]

pub mod archives;
pub mod desk;
pub mod files;
pub mod notes;
pub mod other;
pub mod place;
pub mod program;
pub mod records;
pub mod sample;
pub mod service;
pub mod seven;
pub mod spell;
pub mod tampered;
pub mod worked;

use hrg_grouper::bundle;
use hrg_grouper::reference::Reference;
use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// Id of the toy release of the worked examples.
pub const TOY: &str = "2099-00.payment";

/// A folder of the project.
pub fn folder(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(below)
}

/// Loads a release from a folder that holds release folders.
pub fn release(below: &str, id: &str) -> Reference {
    let files = bundle::read_folder(&folder(below).join(id)).expect("the release folder is readable");
    bundle::load(&files, id).unwrap_or_else(|findings| panic!("{id} is refused: {findings:?}"))
}

/// The toy release.
pub fn toy() -> Reference {
    release("tests/reference", TOY)
}

/// Every file with that ending below a folder, in order.
pub fn files_below(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder is readable").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_below(&path, ending));
        } else if path.extension().is_some_and(|e| e == ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The official material beside the project, where it is there; where not, one line says so.
pub fn shared(below: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(below);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {below} is not beside this clone");
    None
}

/// Notes every expectation that the answer does not meet.
pub fn compare(place: &str, expected: &Table, answer: &Json, differences: &mut Vec<String>) {
    for (key, value) in expected {
        let found = &answer[key.as_str()];
        let same = match (key.as_str(), value) {
            ("unbundled", Value::Array(list)) => list_of(found, unbundled) == texts(list),
            ("messages", Value::Array(list)) => list_of(found, message) == texts(list),
            (_, Value::String(text)) => found.as_str().unwrap_or_default() == text,
            (_, Value::Integer(number)) => found.as_i64() == Some(*number),
            (_, other) => panic!("{place}: {key} = {other} cannot be compared"),
        };
        if !same {
            differences.push(format!("{place}: {key} is {found}, not {value}"));
        }
    }
}

fn texts(list: &[Value]) -> Vec<String> {
    list.iter().map(|v| v.as_str().unwrap_or_default().to_owned()).collect()
}

fn list_of(found: &Json, text: fn(&Json) -> String) -> Vec<String> {
    found.as_array().map(Vec::as_slice).unwrap_or_default().iter().map(text).collect()
}

fn unbundled(hrg: &Json) -> String {
    let code = hrg["hrg"].as_str().unwrap_or_default();
    hrg["days"].as_u64().map_or_else(|| code.to_owned(), |days| format!("{code}*{days}"))
}

fn message(message: &Json) -> String {
    let part = |key: &str| message[key].as_str().unwrap_or_default();
    format!("{}|{}|{}", part("field"), part("code"), part("message"))
}
