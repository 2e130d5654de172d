//! From a folder's files to a loaded release: digests, parse, check, index; all findings at once.

use super::cells::Reading;
use super::manifest::{MANIFEST, Manifest, sha256};
use super::signature::SIGNATURE;
use super::tables::{self, TableTexts};
use crate::reference::schema::Need;
use crate::reference::{Dataset, Finding, Reference, Severity, TableId, check};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// The largest file a release may hold, in bytes.
pub(super) const MAX_FILE: u64 = 64 * 1024 * 1024;

/// The files of a release folder: path below the folder, with `/`, and content.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Reads the files of a folder on disk. What is not a table, the manifest or notes is listed too, so that it is found
/// to be extra.
pub fn read_folder(folder: &Path) -> Result<Files, Finding> {
    let mut files = Files::new();
    let mut read = |directory: &Path, prefix: &str| -> std::io::Result<()> {
        for entry in std::fs::read_dir(directory)? {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let metadata = entry.metadata()?;
            if metadata.is_dir() {
                if name != "tables" {
                    files.insert(format!("{name}/"), Vec::new());
                }
            } else if metadata.len() > MAX_FILE {
                return Err(std::io::Error::other(format!("{name} is larger than {MAX_FILE} bytes")));
            } else {
                files.insert(name, std::fs::read(entry.path())?);
            }
        }
        Ok(())
    };
    let unreadable = |fault: std::io::Error| {
        Finding::error("unreadable", folder.display().to_string(), None, format!("the folder cannot be read: {fault}"))
    };
    read(folder, "").map_err(unreadable)?;
    read(&folder.join("tables"), "tables/").map_err(unreadable)?;
    Ok(files)
}

/// Loads a release from its files; `folder` is the name of its folder. An error holds every finding.
pub fn load(files: &Files, folder: &str) -> Result<Reference, Vec<Finding>> {
    let Some(text) = files.get(MANIFEST) else {
        return Err(vec![Finding::error("missing-file", MANIFEST, None, "the release has no manifest")]);
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return Err(vec![Finding::error("not-utf8", MANIFEST, None, "the manifest is not UTF-8 text")]);
    };
    let (manifest, mut findings) = Manifest::read(text, folder);
    let Some(manifest) = manifest else { return Err(findings) };
    findings.extend(check_files(files, &manifest));

    let texts: TableTexts<'_> = TableId::ALL
        .iter()
        .filter_map(|table| files.get(&format!("tables/{}", table.file())).map(|text| (*table, text.as_slice())))
        .collect();
    let mut reading = Reading::default();
    let named_lists = tables::named_lists(&mut reading, &texts);
    let mut reference = Reference {
        identity: manifest.identity(text),
        options: manifest.options,
        labels: tables::labels(&mut reading, &texts),
        named_lists,
        codes: tables::codes(&mut reading, &texts),
        splits: tables::splits(&mut reading, &texts),
        max_stays: tables::max_stays(&mut reading, &texts),
        complications: tables::complications(&mut reading, &texts),
        trauma: tables::trauma(&mut reading, &texts),
        burns: tables::burns(&mut reading, &texts),
        unbundling: tables::unbundling(&mut reading, &texts),
        other: tables::other(&mut reading, &texts),
        row_ids: reading.row_ids,
        texts: texts.iter().map(|(table, text)| (*table, Arc::from(*text))).collect(),
        findings: Vec::new(),
    };
    findings.extend(reading.findings);
    findings.extend(check::check(&reference));
    findings.sort_by(|a, b| (a.severity, &a.file, a.row, a.code).cmp(&(b.severity, &b.file, b.row, b.code)));
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        return Err(findings);
    }
    reference.findings = findings;
    Ok(reference)
}

/// Missing, extra and altered files.
fn check_files(files: &Files, manifest: &Manifest) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut error = |code, file: &str, message: &str| findings.push(Finding::error(code, file, None, message));
    for name in files.keys() {
        let table = name.strip_prefix("tables/");
        match table {
            None if name == MANIFEST || name == SIGNATURE || is_notes(name) => {}
            Some(table) if TableId::of_file(table).is_none() => error("unknown-table", name, "no such table is known"),
            Some(table) if !manifest.tables.contains_key(table) => {
                error("extra-file", name, "the manifest does not list this file");
            }
            Some(_) => {}
            None => error("extra-file", name, "a release folder holds no such file"),
        }
    }
    for (table, digest) in &manifest.tables {
        let name = format!("tables/{table}");
        match files.get(&name) {
            None => error("missing-file", &name, "the manifest lists this file, but it is not there"),
            Some(text) if sha256(text) != *digest => {
                error("wrong-digest", &name, "the file is not the one whose SHA-256 the manifest gives");
            }
            Some(_) => {}
        }
    }
    for table in TableId::ALL.iter().filter(|table| is_needed(**table, &manifest.datasets)) {
        let name = format!("tables/{}", table.file());
        if !manifest.tables.contains_key(&table.file()) && !files.contains_key(&name) {
            error("missing-file", &name, "the datasets of this release need this table");
        }
    }
    findings
}

fn is_notes(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|e| e == "md") && !name.contains('/')
}

/// Whether the datasets need the table. Outpatients are grouped with the tables of admitted patient care.
fn is_needed(table: TableId, datasets: &[Dataset]) -> bool {
    let any = |wanted: &[Dataset]| datasets.iter().any(|d| wanted.contains(d));
    match table.need() {
        Need::Every => true,
        Need::Optional => false,
        Need::Apc => any(&[Dataset::Apc, Dataset::Nac]),
        Need::Nac => any(&[Dataset::Nac]),
        Need::Em => any(&[Dataset::Em]),
        Need::Nrd => any(&[Dataset::Nrd]),
        Need::Acc => any(&[Dataset::Acc]),
        Need::Pcc => any(&[Dataset::Pcc]),
        Need::Ncc => any(&[Dataset::Ncc]),
        Need::CriticalCareDays => any(&[Dataset::Pcc, Dataset::Ncc]),
    }
}
