//! Takes the NHS design system's stylesheet into the program, without what would ask another server for a file.
//!
//! The package is the one that `src/workbench/vendor/package-lock.json` names. It lies there after `npm ci`; where it does
//! not, it is fetched into the build folder. Where that cannot be done either the program is built all the same, and its
//! pages have their own stylesheet alone.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

const VENDOR: &str = "src/workbench/vendor";
/// What says which package in which version.
const NAMED: [&str; 2] = ["package.json", "package-lock.json"];
const STYLES: &str = "node_modules/nhsuk-frontend/dist/nhsuk/nhsuk-frontend.min.css";

fn main() {
    for path in ["build.rs", "askama.toml", "src/workbench/assets", "src/workbench/templates"] {
        println!("cargo::rerun-if-changed={path}");
    }
    for name in NAMED {
        println!("cargo::rerun-if-changed={VENDOR}/{name}");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo names the build folder"));
    let vendor = Path::new(VENDOR);
    let there = fs::read_to_string(vendor.join(STYLES)).ok();
    let fetched = if there.is_some() { None } else { fetched(vendor, &out.join("vendor")) };
    // A file that is missing counts as changed: beside a fetched one, every build would be a whole one.
    if fetched.is_none() {
        println!("cargo::rerun-if-changed={VENDOR}/{STYLES}");
    }
    let styles = there.or(fetched);
    if styles.is_none() {
        println!("cargo::warning=the pages are built without the NHS design system: npm could not fetch it");
    }
    let styles = styles.map(|styles| local(&styles)).unwrap_or_default();
    fs::write(out.join("nhsuk.css"), styles).expect("the build folder can be written to");
}

/// The stylesheet, once npm has put the package into a folder of the build.
fn fetched(vendor: &Path, folder: &Path) -> Option<String> {
    fs::create_dir_all(folder).ok()?;
    for name in NAMED {
        fs::copy(vendor.join(name), folder.join(name)).ok()?;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(folder);
    let ended = npm.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
    ended.success().then(|| fs::read_to_string(folder.join(STYLES)).ok()).flatten()
}

/// The styles without fonts, imports, source maps, and pictures, which all are files of their own.
fn local(styles: &str) -> String {
    let styles = without(styles, "@font-face", '}');
    let styles = without(&styles, "@import", ';');
    let styles = without(&styles, "/*#", '/');
    let mut rest = styles.as_str();
    let mut kept = String::with_capacity(rest.len());
    while let Some((before, after)) = rest.split_once("url(") {
        kept.push_str(before);
        kept.push_str("none");
        rest = after.split_once(')').map_or("", |(_, rest)| rest);
    }
    kept.push_str(rest);
    kept
}

/// The text without each part from the beginning to the end.
fn without(text: &str, beginning: &str, end: char) -> String {
    let mut rest = text;
    let mut kept = String::with_capacity(rest.len());
    while let Some((before, after)) = rest.split_once(beginning) {
        kept.push_str(before);
        rest = after.split_once(end).map_or("", |(_, rest)| rest);
    }
    kept.push_str(rest);
    kept
}
