//! Cases of dataset `file`: one value through a record definition, or a run of `hrg group`.

use super::TOY;
use hrg_grouper::files::rdf::RdfField;
use libtest_mimic::Failed;
use std::path::Path;
use std::process::Command;
use toml::{Table, Value};

/// Runs a case with the toy release of that folder.
pub fn run(case: &Table, releases: &Path) -> Result<(), Failed> {
    if case.contains_key("rdf") { file_run(case, releases) } else { one_value(case) }
}

fn text<'t>(case: &'t Table, key: &str) -> &'t str {
    case.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn one_value(case: &Table) -> Result<(), Failed> {
    let field = RdfField {
        name: "X".to_owned(),
        title: "X".to_owned(),
        position: 1,
        picture: text(case, "picture").to_owned(),
        extract: text(case, "extract").to_owned(),
    };
    let found = field.apply(text(case, "value"));
    let expected = text(case, "expect_value");
    if found == expected { Ok(()) } else { Err(format!("`{found}`, not `{expected}`").into()) }
}

fn file_run(case: &Table, releases: &Path) -> Result<(), Failed> {
    let place = tempfile::tempdir()?;
    let path = |name: &str| place.path().join(name);
    std::fs::write(path("in.csv"), text(case, "input").trim_start())?;
    std::fs::write(path("in.rdf"), text(case, "rdf").trim_start())?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_hrg"));
    command.args(["group", "-l", text(case, "logic"), "--reference", TOY, "--reference-dir"]);
    command.arg(releases);
    command.arg("-i").arg(path("in.csv")).arg("-o").arg(path("out")).arg("-d").arg(path("in.rdf"));
    if case.get("header").and_then(Value::as_bool) == Some(true) {
        command.arg("-h");
    }
    let code = command.output()?.status.code();
    let expect = case.get("expect").and_then(Value::as_table).ok_or("the case expects nothing")?;
    let mut differences = Vec::new();
    let mut check = |key: &str, found: Value| {
        if let Some(expected) = expect.get(key).filter(|expected| **expected != found) {
            differences.push(format!("{key} is {found}, not {expected}"));
        }
    };
    check("exit_code", Value::Integer(code.unwrap_or(-1).into()));
    if code == Some(0) {
        let sort = Rows::read(&path("out_sort.csv"))?;
        check("rowno_order", strings(sort.column("EPIORDER")));
        let spell = Rows::read(&path("out_spell.csv"))?;
        let keys = ["PROCODET", "PROVSPNO", "SpellHRG"].map(|name| spell.column(name));
        let spells = (0..spell.rows.len()).map(|i| keys.iter().map(|k| k[i].clone()).collect::<Vec<_>>().join("|"));
        check("spells", strings(spells.collect()));
        check("spell_los", numbers(&spell.column("SpellLOS")));
        let fce = Rows::read(&path("out_FCE.csv"))?;
        let sum: i64 = fce.column("SpellLOS").iter().filter_map(|v| v.parse::<i64>().ok()).sum();
        check("fce_sum_of_spell_los", Value::Integer(sum));
    }
    if differences.is_empty() { Ok(()) } else { Err(differences.join("\n").into()) }
}

fn strings(values: Vec<String>) -> Value {
    Value::Array(values.into_iter().map(Value::String).collect())
}

fn numbers(values: &[String]) -> Value {
    Value::Array(values.iter().map(|v| Value::Integer(v.parse().unwrap_or(-1))).collect())
}

/// An output file with its header; rows may differ in length.
pub struct Rows {
    /// Column names.
    pub header: Vec<String>,
    /// Values.
    pub rows: Vec<Vec<String>>,
}

impl Rows {
    /// Reads an output file.
    pub fn read(path: &Path) -> std::io::Result<Rows> {
        let text = std::fs::read_to_string(path)?;
        let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
        let header = lines.next().unwrap_or_default();
        Ok(Rows { header, rows: lines.collect() })
    }

    /// The values of a column, by name.
    pub fn column(&self, name: &str) -> Vec<String> {
        let index = self.header.iter().position(|h| h == name).unwrap_or_else(|| panic!("no column {name}"));
        self.rows.iter().map(|row| row.get(index).cloned().unwrap_or_default()).collect()
    }
}
