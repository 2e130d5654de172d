//! A file under the environment under flags.

use super::settings::Config;
use serde::de::DeserializeOwned;
use std::path::Path;
use toml::{Table, Value};

/// One key and its value, from the environment or a flag.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// What it was called there, for the words of a refusal.
    pub from: String,
    /// Where it belongs, such as `limits.seconds`.
    pub path: Vec<String>,
    /// Its value.
    pub value: Value,
}

impl Layer {
    /// A variable `HRG_SECTION__KEY`; none where the name has no double underscore: such a name may be anything, and those
    /// that mean something here are flags.
    pub fn of_variable(name: &str, text: &str) -> Option<Layer> {
        let path: Vec<String> = name.strip_prefix("HRG_")?.split("__").map(str::to_ascii_lowercase).collect();
        (path.len() > 1).then(|| Layer { from: name.to_owned(), path, value: value(text) })
    }

    /// A flag `--set section.key=value`.
    pub fn of_setting(text: &str) -> Result<Layer, String> {
        let (path, text) = text.split_once('=').ok_or("--set takes KEY=VALUE, such as limits.seconds=10")?;
        let (from, path) = (format!("--set {path}"), path.split('.').map(str::to_owned).collect());
        Ok(Layer { from, path, value: value(text) })
    }

    /// A flag of its own, where it was given.
    pub fn of_flag(flag: &str, path: &str, value: Option<impl Into<Value>>) -> Option<Layer> {
        let path = path.split('.').map(str::to_owned).collect();
        value.map(|value| Layer { from: flag.to_owned(), path, value: value.into() })
    }
}

/// A value as TOML, or else the text itself: paths and addresses need no quotes.
fn value(text: &str) -> Value {
    let parsed = toml::from_str::<Table>(&format!("value = {text}")).ok().filter(|table| table.len() == 1);
    parsed.and_then(|mut table| table.remove("value")).unwrap_or_else(|| Value::String(text.to_owned()))
}

/// The configuration of a file, where there is one, with what lies over it; the last layer is uppermost. The error is one
/// sentence that names the key, and no secret.
pub fn read(file: Option<&Path>, layers: &[Layer]) -> Result<Config, String> {
    let mut table = match file {
        Some(file) => of_file(file)?,
        None => Table::new(),
    };
    for layer in layers {
        put(&mut table, &layer.path, layer.value.clone()).map_err(|fault| format!("{}: {fault}", layer.from))?;
        typed::<Config>(&table).map_err(|fault| format!("{}: {fault}", layer.from))?;
    }
    let config: Config = typed(&table)?;
    config.fault().map_or(Ok(config), Err)
}

fn of_file(file: &Path) -> Result<Table, String> {
    let named = |words: &str| format!("{}: {words}", file.display());
    let text = std::fs::read_to_string(file).map_err(|fault| named(&fault.to_string()))?;
    // The words alone: the fault's own text repeats the line, which may hold a secret.
    let table: Table = toml::from_str(&text).map_err(|fault| {
        let line =
            fault.span().map_or(0, |span| text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1);
        named(&format!("line {line}: {}", fault.message()))
    })?;
    typed::<Config>(&table).map_err(|fault| named(&fault))?;
    Ok(table)
}

fn typed<T: DeserializeOwned>(table: &Table) -> Result<T, String> {
    serde_path_to_error::deserialize(Value::Table(table.clone())).map_err(|fault| {
        let path = fault.path().to_string();
        format!("{path}: {}", fault.into_inner().message())
    })
}

fn put(table: &mut Table, path: &[String], value: Value) -> Result<(), String> {
    match path {
        [] => Err("there is no key".to_owned()),
        [key] => {
            table.insert(key.clone(), value);
            Ok(())
        }
        [section, below @ ..] => {
            let section = table.entry(section.clone()).or_insert_with(|| Value::Table(Table::new()));
            put(section.as_table_mut().ok_or("this is no section")?, below, value)
        }
    }
}
