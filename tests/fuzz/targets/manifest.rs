//! Releases as they are uploaded: the manifest, archives, and the tables behind them.

use super::{TOY, choice, is_stable, toy_files};
use flate2::Compression;
use flate2::write::GzEncoder;
use hrg_grouper::bundle::archive::{Kind, unpack};
use hrg_grouper::bundle::manifest::{MANIFEST, Manifest, sha256, without_tables};
use hrg_grouper::bundle::{Files, load};
use hrg_grouper::reference::{Finding, Severity};
use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Whatever is uploaded is a release or is refused with findings. The first byte chooses what the others are.
pub fn manifest(bytes: &[u8]) {
    let (first, bytes) = choice(bytes);
    match first % 5 {
        0 => text(bytes),
        1 => archive(bytes, Kind::Zip),
        2 => archive(bytes, Kind::TarGz),
        // Packed here, since no change of packed bytes keeps their checksum.
        3 => archive(&gzip(bytes), Kind::TarGz),
        _ => table(bytes, first / 5),
    }
}

fn are_findings(findings: &[Finding]) {
    for finding in findings {
        assert!(is_stable(finding.code) && !finding.message.is_empty(), "{finding}");
    }
}

/// A manifest alone; one that is sound has the same identity once its digests are written anew.
fn text(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (manifest, findings) = Manifest::read(text, TOY);
    are_findings(&findings);
    let Some(manifest) = manifest else {
        return assert!(!findings.is_empty(), "it is refused for nothing");
    };
    let identity = manifest.identity(text);
    assert!(identity.digest.strip_prefix("sha256:").is_some_and(|digest| digest.len() == 64));
    if !findings.is_empty() || without_tables(text).len() == text.trim_end().len() {
        return;
    }
    let tables = manifest.tables.iter().map(|(name, digest)| format!("{} = {}\n", toml_text(name), toml_text(digest)));
    let written = format!("{}\n\n[tables]\n{}", without_tables(text), tables.collect::<String>());
    let (again, findings) = Manifest::read(&written, TOY);
    assert_eq!(findings, [], "{written}");
    assert_eq!(again.expect("it is sound").identity(&written).digest, identity.digest, "{written}");
}

/// A text in quotes.
fn toml_text(text: &str) -> String {
    serde_json::to_string(text).expect("a text").replace('\u{7f}', "\\u007f")
}

/// An archive; what comes out of it can be packed again and comes out the same, and is loaded or refused.
fn archive(bytes: &[u8], kind: Kind) {
    let files = match unpack(bytes, kind) {
        Ok(files) => files,
        Err(finding) => return are_findings(&[finding]),
    };
    for name in files.keys() {
        let plain = |part: &str| !part.is_empty() && part != "." && part != "..";
        assert!(name.split('/').all(plain) && name.split('/').count() <= 2, "{name}");
    }
    assert_eq!(unpack(&zip(&files), Kind::Zip).expect("what was packed can be unpacked"), files);
    loaded(&files);
}

/// One table of the toy release replaced, and its digest with it.
fn table(bytes: &[u8], which: usize) {
    let mut files = toy_files().clone();
    let names: Vec<String> = files.keys().filter(|name| name.starts_with("tables/")).cloned().collect();
    files.insert(names[which % names.len()].clone(), bytes.to_vec());
    let text = std::str::from_utf8(&files[MANIFEST]).expect("text");
    let digests = names.iter().map(|name| {
        let file = name.trim_start_matches("tables/");
        format!("\"{file}\" = \"{}\"\n", sha256(&files[name]))
    });
    let sealed = format!("{}\n\n[tables]\n{}", without_tables(text), digests.collect::<String>());
    files.insert(MANIFEST.to_owned(), sealed.into_bytes());
    loaded(&files);
}

/// A release that is loaded has warnings at the most, one that is not an error at the least.
fn loaded(files: &Files) {
    let is_error = |finding: &Finding| finding.severity == Severity::Error;
    match load(files, TOY) {
        Ok(release) => {
            are_findings(&release.findings);
            assert!(!release.findings.iter().any(is_error));
        }
        Err(findings) => {
            are_findings(&findings);
            assert!(findings.iter().any(is_error));
        }
    }
}

fn zip(files: &Files) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(name.as_str(), SimpleFileOptions::default()).expect("a new entry");
        zip.write_all(content).expect("written");
    }
    zip.finish().expect("finished").into_inner()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::none());
    gzip.write_all(bytes).expect("packed");
    gzip.finish().expect("finished")
}
