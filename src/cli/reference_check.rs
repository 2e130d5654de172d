//! `hrg reference check`: every finding of release folders, those of loading and those of table hygiene.

use super::releases::own_name;
use crate::bundle;
use crate::reference::check::shared_keys;
use crate::reference::hygiene::hygiene;
use crate::reference::{Finding, Severity};
use crate::trace::counted;
use clap::{Args, ValueEnum};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// How many rows of a code are shown where not all are asked for.
const FIRST: usize = 3;

/// Arguments of `hrg reference check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Release folders.
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// How to write the findings; JSON always holds all of them.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Fail on warnings too.
    #[arg(long)]
    strict: bool,
    /// Show every finding, in place of the first few of each code.
    #[arg(long)]
    all: bool,
}

/// How findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// A folder with what was found in it.
struct Checked {
    folder: PathBuf,
    /// The digest of the release, where it is accepted.
    digest: Option<String>,
    findings: Vec<Finding>,
}

/// Runs the command; gives the exit code.
pub fn run(args: &CheckArgs, out: &mut impl Write) -> std::io::Result<u8> {
    let mut folders: Vec<(&Path, PathBuf)> = Vec::new();
    for folder in &args.folders {
        // The same folder twice is one release, however its path is written.
        let place = folder.canonicalize().unwrap_or_else(|_| folder.clone());
        if !folders.iter().any(|(_, other)| *other == place) {
            folders.push((folder, place));
        }
    }
    let checked: Vec<Checked> = folders.iter().map(|(folder, place)| check(folder, &own_name(place))).collect();
    let names: Vec<String> = folders.iter().map(|(_, place)| own_name(place)).collect();
    let shared = shared_keys(names.iter().map(String::as_str));
    let all: Vec<&Finding> = checked.iter().flat_map(|c| &c.findings).chain(&shared).collect();
    match args.format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &all)?;
            writeln!(out)?;
        }
        Format::Text => {
            for checked in &checked {
                write_folder(checked, args.all, out)?;
            }
            for finding in &shared {
                writeln!(out, "{finding}")?;
            }
        }
    }
    let fails = |finding: &&Finding| finding.severity == Severity::Error || args.strict;
    Ok(u8::from(all.iter().any(fails)))
}

/// Loads the folder; a release that is accepted is checked for hygiene too.
fn check(folder: &Path, name: &str) -> Checked {
    let result = bundle::read_folder(folder).map_err(|f| vec![f]).and_then(|files| bundle::load(&files, name));
    let (digest, findings) = match result {
        Ok(mut reference) => {
            let mut findings = std::mem::take(&mut reference.findings);
            findings.extend(hygiene(&reference));
            (Some(reference.identity.digest), findings)
        }
        Err(findings) => (None, findings),
    };
    Checked { folder: folder.to_owned(), digest, findings }
}

/// The findings of a folder by severity and code, and the verdict.
fn write_folder(checked: &Checked, all: bool, out: &mut impl Write) -> std::io::Result<()> {
    let mut by_code: BTreeMap<(Severity, &str), Vec<&Finding>> = BTreeMap::new();
    for finding in &checked.findings {
        by_code.entry((finding.severity, finding.code)).or_default().push(finding);
    }
    let folder = checked.folder.display();
    for ((severity, code), findings) in by_code {
        writeln!(out, "{folder}: {severity} {code}: {}", findings.len())?;
        let shown = if all { findings.len() } else { FIRST };
        for finding in findings.iter().take(shown) {
            let row = finding.row.map(|row| format!(":{row}")).unwrap_or_default();
            writeln!(out, "    {}{row}: {}", finding.file, finding.message)?;
        }
        let rest = findings.len().saturating_sub(shown);
        if rest > 0 {
            writeln!(out, "    and {rest} more; --all shows them")?;
        }
    }
    let errors = checked.findings.iter().filter(|f| f.severity == Severity::Error).count();
    let warnings = counted(checked.findings.len() - errors, "warning", "warnings");
    let errors = counted(errors, "error", "errors");
    let verdict = checked.digest.as_ref().map_or("refused".to_owned(), |digest| format!("accepted, {digest}"));
    writeln!(out, "{folder}: {verdict}; {errors}, {warnings}")
}
