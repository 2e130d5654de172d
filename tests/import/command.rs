//! The command: arguments, exit codes, both forms of the report.

use crate::support::{TOY, folder};
use crate::workbook;
use serde_json::Value as Json;
use std::path::Path;
use std::process::{Command, Output};

fn hrg(source: &Path, out: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hrg"));
    command.args(["reference", "import", "--id", TOY, "--profile"]);
    command.arg(folder("reference/profiles/code-to-group.toml"));
    command.arg("--base").arg(folder("tests/reference").join(TOY));
    command.arg("-o").arg(out).arg(source).args(more).output().expect("the program runs")
}

#[test]
fn a_workbook_is_imported_and_the_result_passes_the_check_command() {
    let place = tempfile::tempdir().expect("a folder");
    let (source, out) = (place.path().join("toy.xlsx"), place.path().join("out"));
    workbook::toy().write(&source);
    let run = hrg(&source, &out, &[]);
    let text = String::from_utf8_lossy(&run.stdout);
    assert_eq!(run.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&run.stderr));
    assert!(text.ends_with("notes\n") && text.contains("2099-00.payment: imported, sha256:"), "{text}");
    let mut check = Command::new(env!("CARGO_BIN_EXE_hrg"));
    let run = check.args(["reference", "check"]).arg(out.join(TOY)).output().expect("the program runs");
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stdout));
}

#[test]
fn a_refusal_is_exit_code_1_and_json_says_where() {
    let place = tempfile::tempdir().expect("a folder");
    let (source, out) = (place.path().join("toy.xlsx"), place.path().join("out"));
    let mut book = workbook::toy();
    *book.sheet("CC Lists").at(2, 2) = workbook::Value::Number(1.0);
    book.write(&source);
    let run = hrg(&source, &out, &["--format", "json"]);
    assert_eq!(run.status.code(), Some(1));
    let report: Json = serde_json::from_slice(&run.stdout).expect("JSON");
    let first = &report["remarks"][0];
    assert_eq!(report["id"], TOY);
    assert!(report["digest"].is_null());
    assert_eq!(first["level"], "error");
    assert_eq!(first["code"], "numeric-cell");
    assert_eq!(
        (&first["file"], &first["sheet"], &first["cell"]),
        (&"toy.xlsx".into(), &"CC Lists".into(), &"B2".into())
    );
    assert!(!out.exists());
}

#[test]
fn arguments_that_are_missing_are_exit_code_2_and_files_that_are_missing_1() {
    let run = Command::new(env!("CARGO_BIN_EXE_hrg")).args(["reference", "import"]).output().expect("the program runs");
    assert_eq!(run.status.code(), Some(2));
    let place = tempfile::tempdir().expect("a folder");
    let run = hrg(&place.path().join("missing.xlsx"), &place.path().join("out"), &[]);
    assert_eq!(run.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&run.stdout).contains("error unreadable-file missing.xlsx"));
    let mut nowhere = Command::new(env!("CARGO_BIN_EXE_hrg"));
    nowhere.args(["reference", "import", "--id", TOY, "--profile", "nowhere.toml", "-o", "out", "x.csv"]);
    let run = nowhere.output().expect("the program runs");
    assert_eq!(run.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&run.stderr).contains("nowhere.toml"));
}
