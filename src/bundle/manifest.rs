//! `manifest.toml`: identity, options, and the digest of every table.

use crate::reference::options::CoreStage;
use crate::reference::{Dataset, Finding, Identity, Options, Status};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The format that this program reads: `reference/README.md`.
const FORMAT: u32 = 1;

/// The file's name.
pub const MANIFEST: &str = "manifest.toml";

/// The manifest as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: u32,
    id: String,
    year: String,
    purpose: String,
    version: String,
    status: Status,
    icd10: String,
    opcs4: String,
    provenance: String,
    /// The grouping logics served.
    pub datasets: Vec<Dataset>,
    /// Release options.
    #[serde(default)]
    pub options: Options,
    /// The files that an imported release was built from.
    #[serde(default)]
    pub sources: Vec<SourceFile>,
    /// How an imported release was built.
    #[serde(default)]
    pub import: Option<ImportRecord>,
    /// SHA-256 of every table, by file name.
    pub tables: BTreeMap<String, String>,
}

/// A file that an imported release was built from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SourceFile {
    /// Its name.
    pub file: String,
    /// SHA-256 of its content.
    pub sha256: String,
}

/// How an imported release was built.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ImportRecord {
    /// Name of the mapping profile.
    pub profile: String,
    /// SHA-256 of the mapping profile.
    pub profile_sha256: String,
    /// SHA-256 of the override file.
    #[serde(default, rename = "override_sha256", skip_serializing_if = "Option::is_none")]
    pub overrides: Option<String>,
    /// Id of the release that supplied what the sources do not have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Its digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_digest: Option<String>,
    /// What stands behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_status: Option<Status>,
    /// The tables that it supplied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub base_tables: Vec<String>,
}

/// SHA-256 in lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// The manifest's text without its `[tables]` section, its end trimmed: the part that is written by hand.
pub fn without_tables(text: &str) -> &str {
    let end = if text.starts_with("[tables]") { Some(0) } else { text.find("\n[tables]") };
    end.and_then(|end| text.get(..end)).unwrap_or(text).trim_end()
}

impl Manifest {
    /// Reads the manifest and checks what can be checked of it alone; `folder` is the name of the release's folder.
    pub fn read(text: &str, folder: &str) -> (Option<Manifest>, Vec<Finding>) {
        let manifest: Manifest = match toml::from_str(text) {
            Ok(manifest) => manifest,
            Err(fault) => {
                let row = fault.span().map(|span| text.get(..span.start).unwrap_or_default().matches('\n').count());
                let row = row.and_then(|lines| u32::try_from(lines + 1).ok());
                return (None, vec![Finding::error("bad-manifest", MANIFEST, row, fault.message().to_owned())]);
            }
        };
        let mut findings = Vec::new();
        let mut error = |code, message: String| findings.push(Finding::error(code, MANIFEST, None, message));
        if manifest.format != FORMAT {
            error("unknown-format", format!("format {} is not the format {FORMAT} of this program", manifest.format));
        }
        if manifest.id != folder {
            error("wrong-id", format!("the id `{}` is not the folder's name `{folder}`", manifest.id));
        }
        if !matches!(manifest.purpose.as_str(), "payment" | "costing") {
            error("bad-purpose", format!("the purpose `{}` is neither payment nor costing", manifest.purpose));
        }
        if !is_financial_year(&manifest.year) {
            error("bad-year", format!("the year `{}` is no financial year such as 2024-25", manifest.year));
        }
        if manifest.id != format!("{}.{}", manifest.year, manifest.purpose) {
            error("wrong-id", format!("the id `{}` is not year and purpose joined by a full stop", manifest.id));
        }
        if !ends_with_tables(text) {
            error(
                "tables-not-last",
                "`[tables]` must be the last section: what follows it no digest covers".to_owned(),
            );
        }
        if manifest.datasets.is_empty() {
            error("no-dataset", "the release names no dataset".to_owned());
        }
        let order = &manifest.options.core_order;
        let all = [CoreStage::Trauma, CoreStage::Burns, CoreStage::GlobalExceptions];
        if order.len() != all.len() || !all.iter().all(|stage| order.contains(stage)) {
            error("bad-option", "`core_order` must name its three logics once each".to_owned());
        }
        (Some(manifest), findings)
    }

    /// The release's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Who the release is.
    pub fn identity(&self, text: &str) -> Identity {
        let mut content = without_tables(text).to_owned();
        content.push('\n');
        for (file, digest) in &self.tables {
            content.extend([file, " ", digest, "\n"]);
        }
        Identity {
            id: self.id.clone(),
            digest: format!("sha256:{}", sha256(content.as_bytes())),
            status: self.status,
            year: self.year.clone(),
            purpose: self.purpose.clone(),
            version: self.version.clone(),
            icd10: self.icd10.clone(),
            opcs4: self.opcs4.clone(),
            provenance: self.provenance.clone(),
            datasets: self.datasets.clone(),
        }
    }
}

/// Whether the digest stands for the whole text: before `[tables]` a text complete in itself, after it nothing else.
/// Otherwise options could be added behind a signature's back.
fn ends_with_tables(text: &str) -> bool {
    let head = without_tables(text);
    let tail = text.get(head.len()..).unwrap_or_default();
    let only_tables = |tail: &toml::Table| tail.keys().all(|key| key == "tables");
    head.parse::<toml::Table>().is_ok() && tail.parse().is_ok_and(|tail| only_tables(&tail))
}

/// `2024-25`: four digits, and the two that follow a year later.
fn is_financial_year(year: &str) -> bool {
    let Some((first, second)) = year.split_once('-') else { return false };
    let digits = |t: &str, n: usize| t.len() == n && t.bytes().all(|b| b.is_ascii_digit());
    let (Ok(from), Ok(to)) = (first.parse::<u32>(), second.parse::<u32>()) else { return false };
    digits(first, 4) && digits(second, 2) && (from + 1) % 100 == to
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn financial_years_are_two_years_that_follow() {
        for year in ["2024-25", "1999-00", "2099-00"] {
            assert!(is_financial_year(year), "{year}");
        }
        for year in ["2024", "2024-26", "24-25", "2024-2025", "2024/25", "abcd-ef"] {
            assert!(!is_financial_year(year), "{year}");
        }
    }

    #[test]
    fn nothing_stands_behind_the_tables() {
        for text in ["a = 1", "a = 1\n\n[tables]\n\"x.csv\" = \"0\"\n", "[options]\n\n[tables]\n# none\n"] {
            assert!(ends_with_tables(text), "{text}");
        }
        for text in [
            "a = 1\n[tables]\n\"x.csv\" = \"0\"\n[options]\nb = 1\n",
            "a = \"\"\"\n[tables]\n\"\"\"\n[options]\nb = 1\n",
        ] {
            assert!(!ends_with_tables(text), "{text}");
        }
    }

    #[test]
    fn the_hand_written_part_ends_before_the_tables() {
        assert_eq!(without_tables("a = 1\n\n[tables]\n\"x.csv\" = \"0\"\n"), "a = 1");
        assert_eq!(without_tables("a = 1\n"), "a = 1");
    }
}
