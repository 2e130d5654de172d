//! The worked examples: every file below `tests/cases` is one case, named by its sentence. Schema: `tests/cases/README.md`.

use hrg_grouper::grouper::answer;
use hrg_grouper::reference::Reference;
use hrg_grouper::trace::Explain;
use libtest_mimic::{Failed, Trial};
use serde_json::Value as Json;
use std::path::Path;
use std::sync::Arc;
use toml::{Table, Value};

/// Every case, by its name.
pub fn cases() -> Vec<(String, Table)> {
    let read = |path: std::path::PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a case is readable");
        let case: Table = text.parse().unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
        let stage = path.parent().and_then(Path::file_name).map(|n| n.to_string_lossy().into_owned());
        let stem = path.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        (format!("{} {}::{stem}", words(&case, "id"), stage.unwrap_or_default()), case)
    };
    super::files_below(&super::folder("tests/cases"), "toml").into_iter().map(read).collect()
}

/// Every case as a test over the release, which stands in the folder too.
pub fn trials(reference: &Arc<Reference>, releases: &Path) -> Vec<Trial> {
    let trial = |(name, case): (String, Table)| {
        let (reference, releases) = (Arc::clone(reference), releases.to_owned());
        Trial::test(name, move || run(&case, &reference, &releases))
    };
    cases().into_iter().map(trial).collect()
}

fn words(table: &Table, key: &str) -> String {
    table.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Runs a case with a release, which stands in the folder too.
pub fn run(case: &Table, reference: &Reference, releases: &Path) -> Result<(), Failed> {
    match words(case, "dataset").as_str() {
        "apc" => apc(case, reference),
        "file" => super::files::run(case, releases),
        _ => super::other::run(case, reference),
    }
}

fn apc(case: &Table, reference: &Reference) -> Result<(), Failed> {
    let answer = answer(&super::spell::of_case(case), reference, Explain::Full);
    let json = serde_json::to_value(&answer).map_err(|fault| fault.to_string())?;
    let expect = case.get("expect").and_then(Value::as_table).ok_or("the case expects nothing")?;
    let mut differences = Vec::new();
    if let Some(spell) = expect.get("spell").and_then(Value::as_table) {
        super::compare("spell", spell, &json["spell"], &mut differences);
    }
    let episodes = expect.get("episodes").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if !episodes.is_empty() && Some(episodes.len()) != json["episodes"].as_array().map(Vec::len) {
        differences.push(format!("{} episodes were expected", episodes.len()));
    }
    for (i, episode) in episodes.iter().enumerate() {
        let episode = episode.as_table().ok_or("an episode is a table")?;
        super::compare(&format!("episode {}", i + 1), episode, &json["episodes"][i], &mut differences);
    }
    for step in expect.get("steps").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default() {
        let step = step.as_table().ok_or("a step is a table")?;
        if !json["trace"]["steps"].as_array().is_some_and(|steps| steps.iter().any(|s| is_step(step, s))) {
            differences.push(format!("no step of the trace is {step}"));
        }
    }
    if differences.is_empty() { Ok(()) } else { Err(differences.join("\n").into()) }
}

fn is_step(expected: &Table, step: &Json) -> bool {
    let text = |key: &str| expected.get(key).and_then(Value::as_str);
    let of_scope = match expected.get("episode").and_then(Value::as_integer) {
        Some(place) => step["episode"].as_i64() == Some(place),
        None => step["episode"].is_null(),
    };
    let facts = expected.get("facts").and_then(Value::as_table);
    let has = |(name, value): (&String, &Value)| {
        step["facts"]
            .as_array()
            .is_some_and(|facts| facts.iter().any(|f| f["name"] == *name && f["value"].as_str() == value.as_str()))
    };
    step["step"].as_str() == text("step")
        && of_scope
        && text("outcome").is_none_or(|outcome| step["outcome"] == outcome)
        && facts.is_none_or(|facts| facts.iter().all(has))
}
