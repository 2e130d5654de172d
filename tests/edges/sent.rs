//! Records and files in which every value is a string of its own that nothing else holds.

use crate::support::seven;
use hrg_grouper::reference::Dataset;
use hrg_grouper::sample::{Order, Sample, columns};
use serde_json::{Map, Value as Json, json};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What each of the strings begins with.
pub const MARK: &str = "Qz7Canary";
/// The release that is asked.
pub const REFERENCE: &str = "2024-25.payment";

/// A string that was never there before.
pub fn canary() -> String {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    format!("{MARK}{:05}", MADE.fetch_add(1, Ordering::Relaxed))
}

/// The names of a dataset's columns.
pub fn names(dataset: Dataset) -> Vec<String> {
    columns(dataset).iter().map(ToString::to_string).collect()
}

/// A sound row.
pub fn sound(dataset: Dataset) -> Vec<String> {
    let order = Order { dataset, records: 1, seed: 7, errors: 0.0 };
    Sample::new(order, seven::release()).next().expect("a row")
}

/// A row that holds nothing but canaries.
pub fn canaries(dataset: Dataset) -> Vec<String> {
    names(dataset).iter().map(|_| canary()).collect()
}

/// A row as an object; repeated fields are lists.
pub fn object(dataset: Dataset, row: &[String]) -> Map<String, Json> {
    let mut object = Map::new();
    for (name, value) in names(dataset).iter().zip(row) {
        match name.rsplit_once('_').filter(|(_, place)| place.bytes().all(|byte| byte.is_ascii_digit())) {
            Some((stem, _)) => {
                let list = object.entry(stem.to_lowercase()).or_insert_with(|| json!([]));
                list.as_array_mut().expect("a list").push(json!(value));
            }
            None => drop(object.insert(name.to_lowercase(), json!(value))),
        }
    }
    object
}

/// A spell of one episode.
pub fn spell(row: &[String]) -> Json {
    let mut episode = object(Dataset::Apc, row);
    let names = ["procodet", "provspno"].map(|name| episode.remove(name).unwrap_or_default());
    json!({"procodet": names[0], "provspno": names[1], "episodes": [episode]})
}

/// The body of a single request.
pub fn single(dataset: Dataset, row: &[String]) -> Json {
    let mut body = json!({"reference": REFERENCE, "explain": "full"});
    match dataset {
        Dataset::Apc => body["spell"] = spell(row),
        Dataset::Pcc | Dataset::Ncc => body["days"] = json!([object(dataset, row)]),
        _ => body["record"] = object(dataset, row).into(),
    }
    body
}

/// Rows as a table, as lines and as an array, each with a column of the sender's own where its form may have one.
pub fn forms(dataset: Dataset, rows: &[Vec<String>]) -> [(&'static str, String); 3] {
    let own = canary();
    let header = names(dataset).join(",") + "," + &own + "\n";
    let table = rows.iter().map(|row| row.join(",") + "," + &canary() + "\n").collect::<String>();
    let line = |row: &Vec<String>| {
        let mut line = object(dataset, row);
        line.insert(own.clone(), canary().into());
        line.insert("key".to_owned(), canary().into());
        Json::Object(line).to_string() + "\n"
    };
    let item = |row: &Vec<String>| if dataset == Dataset::Apc { spell(row) } else { object(dataset, row).into() };
    let array = Json::Array(rows.iter().map(item).collect()).to_string();
    [
        ("text/csv", header + &table),
        ("application/x-ndjson", rows.iter().map(line).collect()),
        ("application/json", array),
    ]
}

/// A record definition whose first field is the sender's own.
pub fn definition(dataset: Dataset) -> String {
    hrg_grouper::sample::definition(dataset) + &format!("{},X,{},,,,\n", canary(), names(dataset).len() + 1)
}
