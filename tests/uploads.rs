//! Uploads that were tampered with are refused, each with its code, and leave the service and its state folder alone.

mod support;

use axum::body::Body;
use axum::http::{Request, header};
use hrg_grouper::bundle::Files;
use hrg_grouper::bundle::manifest::MANIFEST;
use hrg_grouper::bundle::signature::{Policy, SIGNATURE, SecretKey};
use std::collections::BTreeSet;
use std::path::Path;
use support::archives::{
    below, gzip, gzip_bomb, patched, put, put_entry, replaced, stored, tar_gz, tar_with, zip, zip_with,
};
use support::desk::{Desk, GZIP, REFERENCES, ZIP};
use support::tampered::{append, edited, replace, sealed, toy};
use support::{TOY, files_below, toy as toy_release};
use tar::EntryType;

/// What is in a file that somebody sent by mistake. No answer may repeat it.
const CANARY: &[u8] = b"k9canary";

/// An upload that must be refused.
struct Tampered {
    name: &'static str,
    kind: &'static str,
    archive: Vec<u8>,
    status: u16,
    code: &'static str,
    /// The code of one of its findings.
    finding: &'static str,
}

/// What is tampered with in the archive.
fn archive(name: &'static str, kind: &'static str, finding: &'static str, archive: Vec<u8>) -> Tampered {
    Tampered { name, kind, archive, status: 422, code: "archive-refused", finding }
}

/// What is tampered with in the release.
fn release(name: &'static str, finding: &'static str, files: Files) -> Tampered {
    Tampered { name, kind: ZIP, archive: zip(&files), status: 422, code: "release-refused", finding }
}

/// What is tampered with in the signature.
fn signature(name: &'static str, finding: &'static str, files: Files) -> Tampered {
    Tampered { name, kind: GZIP, archive: tar_gz(&files), status: 422, code: "signature-refused", finding }
}

fn with(mut files: Files, name: &str, content: impl Into<Vec<u8>>) -> Files {
    files.insert(name.to_owned(), content.into());
    files
}

fn without(mut files: Files, name: &str) -> Files {
    files.remove(name).expect("there");
    files
}

/// The manifest with one text replaced by another.
fn manifest(from: &str, to: &str) -> Files {
    let text = String::from_utf8(toy()[MANIFEST].clone()).expect("UTF-8");
    assert!(text.contains(from), "the manifest holds {from}");
    with(toy(), MANIFEST, text.replacen(from, to, 1))
}

fn altered_byte(name: &str) -> Files {
    let mut content = toy()[name].clone();
    let last = content.len() - 2;
    content[last] ^= 1;
    with(toy(), name, content)
}

/// A zip archive with one more file.
fn zip_and(name: &str) -> Vec<u8> {
    zip_with(&toy(), |zip| put(zip, name, b"x"))
}

/// A compressed tar archive with one more entry.
fn tar_and(name: &str, kind: EntryType) -> Vec<u8> {
    gzip(&tar_with(&toy(), |tar| put_entry(tar, name, kind, b"")))
}

fn half(archive: &[u8]) -> Vec<u8> {
    archive[..archive.len() / 2].to_vec()
}

fn and_then(mut archive: Vec<u8>, more: &[u8]) -> Vec<u8> {
    archive.extend_from_slice(more);
    archive
}

fn unreadable() -> Vec<Tampered> {
    let many: Files = (0..201).map(|n| (format!("NOTE-{n}.md"), Vec::new())).collect();
    let mut wrong_checksum = tar_gz(&toy());
    let crc = wrong_checksum.len() - 8;
    wrong_checksum[crc] ^= 1;
    vec![
        archive("nothing at all", ZIP, "broken-archive", Vec::new()),
        archive("nothing at all, compressed", GZIP, "truncated-archive", Vec::new()),
        archive("text in place of a zip archive", ZIP, "broken-archive", CANARY.repeat(1000)),
        archive("a tar archive that says it is a zip archive", ZIP, "broken-archive", tar_gz(&toy())),
        archive("a zip archive that says it is a tar archive", GZIP, "broken-archive", zip(&toy())),
        archive("a tar archive that is not compressed", GZIP, "broken-archive", tar_with(&toy(), |_| {})),
        archive("compressed text in place of a tar archive", GZIP, "broken-archive", gzip(&CANARY.repeat(1000))),
        archive("a zip archive without files", ZIP, "empty-archive", zip(&Files::new())),
        archive("a tar archive without files", GZIP, "empty-archive", tar_gz(&Files::new())),
        archive("half a zip archive", ZIP, "truncated-archive", half(&zip(&toy()))),
        archive("half a tar archive", GZIP, "truncated-archive", half(&tar_gz(&toy()))),
        archive("a tar archive that ends in a file", GZIP, "truncated-archive", gzip(&tar_with(&toy(), |_| {})[..700])),
        archive("a checksum of the stream that is wrong", GZIP, "broken-archive", wrong_checksum),
        archive(
            "a checksum of a file that is wrong",
            ZIP,
            "broken-archive",
            replaced(zip_with(&toy(), |zip| put(zip, "NOTE.md", b"as it was")), b"as it was", b"as it is."),
        ),
        archive("a second stream after the first", GZIP, "trailing-data", and_then(tar_gz(&toy()), &tar_gz(&toy()))),
        archive(
            "a second tar archive after the first",
            GZIP,
            "trailing-data",
            gzip(&and_then(tar_with(&toy(), |_| {}), &tar_with(&toy(), |_| {}))),
        ),
        archive("201 files in a zip archive", ZIP, "too-many-entries", zip(&many)),
        archive("201 files in a tar archive", GZIP, "too-many-entries", tar_gz(&many)),
    ]
}

fn bombs() -> Vec<Tampered> {
    let mut large = tar::Header::new_ustar();
    large.set_size(1 << 30);
    large.set_path("NOTE.md").expect("a name");
    large.set_cksum();
    let note = zip_with(&toy(), |zip| put(zip, "NOTE.md", b"x"));
    vec![
        archive("a gigabyte of zeros in a tar archive", GZIP, "unpacks-too-large", gzip_bomb(large.as_bytes(), 1024)),
        archive(
            "65 megabytes of zeros in a zip archive",
            ZIP,
            "unpacks-too-large",
            zip_with(&toy(), |zip| {
                zip.start_file("NOTE.md", stored().compression_method(zip::CompressionMethod::Deflated)).expect("new");
                std::io::copy(&mut std::io::Read::take(std::io::repeat(0), 65 << 20), zip).expect("written");
            }),
        ),
        archive(
            "a zip archive that says it holds 4 gigabytes",
            ZIP,
            "unpacks-too-large",
            patched(note.clone(), Some(22), Some(24), &0xffff_fff0_u32.to_le_bytes()),
        ),
        archive(
            "a zip archive that says one size in its directory and another in its place",
            ZIP,
            "broken-archive",
            patched(note, None, Some(24), &2_u32.to_le_bytes()),
        ),
        archive(
            "two files of a zip archive in the same place",
            ZIP,
            "broken-archive",
            zip_with(&toy(), |zip| {
                put(zip, "NOTE-1.md", &[0; 1000]);
                zip.shallow_copy_file("NOTE-1.md", "NOTE-2.md").expect("copied");
            }),
        ),
    ]
}

fn names() -> Vec<Tampered> {
    let link = zip_with(&toy(), |zip| zip.add_symlink("NOTE.md", "/etc/passwd", stored()).expect("a link"));
    let device = zip_with(&toy(), |zip| put(zip, "NOTE.md", b""));
    let twice = zip_with(&toy(), |zip| {
        put(zip, "NOTE-1.md", b"1");
        put(zip, "NOTE-2.md", b"2");
    });
    let hidden = zip_with(&toy(), |zip| put(zip, "NOTE-1.md", b"1"));
    let encrypted = patched(zip_and("NOTE.md"), Some(6), Some(8), &1_u16.to_le_bytes());
    let compressed = patched(zip_and("NOTE.md"), Some(8), Some(10), &14_u16.to_le_bytes());
    vec![
        archive("a zip archive that leads out of itself", ZIP, "path-escape", zip_and("../NOTE.md")),
        archive(
            "a tar archive that leads out of itself",
            GZIP,
            "path-escape",
            tar_and("../NOTE.md", EntryType::Regular),
        ),
        archive("a way out by a folder of the release", ZIP, "path-escape", zip_and("tables/../../NOTE.md")),
        archive("a folder that leads out", GZIP, "path-escape", tar_and("../", EntryType::Directory)),
        archive("an absolute path in a zip archive", ZIP, "absolute-path", zip_and("/etc/cron.d/NOTE.md")),
        archive(
            "an absolute path in a tar archive",
            GZIP,
            "absolute-path",
            tar_and("/etc/cron.d/NOTE.md", EntryType::Regular),
        ),
        archive("a path with a drive", ZIP, "absolute-path", zip_and("C:/NOTE.md")),
        archive("a path with backslashes", ZIP, "bad-name", zip_and("tables\\..\\..\\NOTE.md")),
        archive("a name with a control character", GZIP, "bad-name", tar_and("NO\nTE.md", EntryType::Regular)),
        archive("a name that is not plain text", ZIP, "bad-name", zip_and("NÖTE.md")),
        archive("a name that is too long", ZIP, "bad-name", zip_and(&format!("{}.md", "N".repeat(300)))),
        archive("a hidden file", ZIP, "bad-name", zip_and(".profile")),
        archive("a program", ZIP, "bad-name", zip_and("tables/run.sh")),
        archive("a release within a release", ZIP, "bad-name", zip_and("a/b/tables/splits.csv")),
        archive(
            "two releases in one archive",
            ZIP,
            "several-folders",
            zip(&below("a", &toy()).into_iter().chain(below("b", &toy())).collect()),
        ),
        archive("a symbolic link in a zip archive", ZIP, "link", link),
        archive("a symbolic link in a tar archive", GZIP, "link", tar_and("NOTE.md", EntryType::Symlink)),
        archive("a hard link", GZIP, "link", tar_and("NOTE.md", EntryType::Link)),
        archive("a device in a tar archive", GZIP, "special-file", tar_and("NOTE.md", EntryType::Char)),
        archive("a pipe", GZIP, "special-file", tar_and("NOTE.md", EntryType::Fifo)),
        archive(
            "a device in a zip archive",
            ZIP,
            "special-file",
            // Its attributes, and that they are those of Unix.
            patched(patched(device, None, Some(38), &(0o020_644_u32 << 16).to_le_bytes()), None, Some(5), &[3]),
        ),
        archive("a file twice in a zip archive", ZIP, "duplicate-entry", replaced(twice, b"NOTE-2.md", b"NOTE-1.md")),
        archive("a file twice in a tar archive", GZIP, "duplicate-entry", tar_and(MANIFEST, EntryType::Regular)),
        archive(
            "a file twice, once with ./ before it",
            GZIP,
            "duplicate-entry",
            tar_and("./manifest.toml", EntryType::Regular),
        ),
        archive(
            "a name in the directory that is not the one in its place",
            ZIP,
            "broken-archive",
            patched(hidden, None, Some(46), b"NOTE-2.md"),
        ),
        archive("an encrypted zip archive", ZIP, "encrypted", encrypted),
        archive("a compression that is not known", ZIP, "broken-archive", compressed),
    ]
}

fn releases() -> Vec<Tampered> {
    let mut contradiction = toy();
    replace(&mut contradiction, "root_max_los", "root,days\nXX99,2\n");
    let mut twice = toy();
    append(&mut twice, "root_max_los", "TM01,2\n");
    vec![
        release("no manifest", "missing-file", without(toy(), MANIFEST)),
        release("a manifest that is not text", "not-utf8", with(toy(), MANIFEST, [0xff, 0xfe])),
        release("a manifest that is not TOML", "bad-manifest", with(toy(), MANIFEST, "nonsense")),
        release(
            "a manifest with a key that is not known",
            "bad-manifest",
            manifest("[options]", "[options]\ncolour = 1"),
        ),
        release("another format", "unknown-format", manifest("format = 1", "format = 2")),
        release(
            "an id that is not year and purpose",
            "wrong-id",
            manifest("id = \"2099-00.payment\"", "id = \"../../etc\""),
        ),
        release("a digest that is another table's", "wrong-digest", altered_byte("tables/cc_scores.csv")),
        release("a table that is missing", "missing-file", without(toy(), "tables/splits.csv")),
        release("a table that is not known", "unknown-table", with(toy(), "tables/prices.csv", "x\n")),
        release(
            "a table that the manifest does not list",
            "extra-file",
            manifest("\"pbc.csv\" = ", "# \"pbc.csv\" = "),
        ),
        release(
            "options after the tables, where no digest covers them",
            "tables-not-last",
            with(
                manifest("[options]\n", ""),
                MANIFEST,
                [manifest("[options]\n", "")[MANIFEST].as_slice(), b"\n[options]\nuz02_scope = \"always\"\n"].concat(),
            ),
        ),
        release("a table that is not text", "not-utf8", {
            let mut files = toy();
            files.get_mut("tables/pbc.csv").expect("there").extend([0xff, b'\n']);
            sealed(files)
        }),
        release("a table with a column too many", "unknown-column", edited("root_max_los", "root,days", "root,days,x")),
        release("a row twice", "duplicate-row", sealed(twice)),
        release("a root that there is not", "dangling-root", sealed(contradiction)),
        release("a gap in a split", "split-gap", edited("splits", "RA10,,RA10B,2-4", "RA10,,RA10B,3-4")),
    ]
}

fn signatures(ours: &SecretKey) -> Vec<Tampered> {
    let digest = toy_release().identity.digest;
    let forger = SecretKey::generate("ours").expect("a key");
    let stranger = SecretKey::generate("theirs").expect("a key");
    let signed = |text: String| with(toy(), SIGNATURE, text);
    let other = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
    // A sound signature, and a change that its owner never saw, digests written anew.
    let changed = with(edited("hrgs", "Toy disorder A", "Another name"), SIGNATURE, ours.sign(&digest));
    vec![
        signature("no signature", "missing-signature", toy()),
        signature("the signature of another release", "wrong-signature", signed(ours.sign(other))),
        signature("the signature of the release before it was changed", "wrong-signature", changed),
        signature("a signature by another key of the same name", "wrong-signature", signed(forger.sign(&digest))),
        signature("a signature by a key that nobody trusts", "unknown-key", signed(stranger.sign(&digest))),
        signature(
            "a signature that is none",
            "bad-signature-file",
            signed("key = \"ours\"\nsignature = \"AAAA\"\n".into()),
        ),
        signature("a signature that is not text", "bad-signature-file", with(toy(), SIGNATURE, [0xff])),
    ]
}

/// What is in the state folder: every file with its content.
fn state(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let files = files_below(folder, "toml").into_iter().chain(files_below(folder, "csv"));
    files.map(|path| (path.clone(), std::fs::read(&path).expect("readable"))).collect()
}

#[test]
fn tampered_uploads_are_refused_with_their_codes_and_change_nothing() {
    let place = tempfile::tempdir().expect("a folder");
    let ours = SecretKey::generate("ours").expect("a key");
    let policy = Policy::read(&ours.public_file(), true).expect("a trusted key");
    let desk = Desk::open(Some(place.path()), policy);
    let sound = |files: Files| {
        let release = hrg_grouper::bundle::load(&files, TOY).expect("a sound release");
        let digest = release.identity.digest;
        (digest.clone(), with(files, SIGNATURE, ours.sign(&digest)))
    };
    // One release is there before, so that there is something to harm.
    let (first, files) = sound(edited("hrgs", "Toy disorder A", "First name"));
    let answer = desk.upload("?activate=true", ZIP, zip(&files));
    assert_eq!(answer.status, 201, "{}", answer.json);
    assert_eq!(answer.json["signedBy"], "ours");
    let (list, kept, grouped) = (desk.lists(), state(place.path()), desk.group(TOY).expect("grouped"));
    assert_eq!(grouped.0, first);
    assert!(kept.len() > 20, "the state folder holds the release and its record");

    let groups = [unreadable(), bombs(), names(), releases(), signatures(&ours)];
    let all: Vec<Tampered> = groups.into_iter().flatten().collect();
    let distinct: BTreeSet<&str> = all.iter().map(|upload| upload.name).collect();
    assert_eq!(distinct.len(), all.len(), "each is named once");
    let mut differences = Vec::new();
    for upload in &all {
        // Also a refused one that asks to be activated at once.
        let answer = desk.upload("?activate=true", upload.kind, upload.archive.clone());
        let findings = answer.json["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        let codes: BTreeSet<&str> = findings.iter().filter_map(|finding| finding["code"].as_str()).collect();
        if answer.status != upload.status || answer.json["code"] != upload.code || !codes.contains(upload.finding) {
            let (code, detail) = (&answer.json["code"], &answer.json["detail"]);
            let expected = (upload.code, upload.finding);
            differences.push(format!("{}: {code} {codes:?} {detail}, not {expected:?}", upload.name));
        }
        let alone = upload.code != "release-refused";
        if alone && findings.len() != 1 {
            differences.push(format!("{}: {} findings", upload.name, findings.len()));
        }
        if answer.json.to_string().contains("canary") {
            differences.push(format!("{}: the answer repeats what was sent", upload.name));
        }
        if desk.lists() != list || state(place.path()) != kept || desk.group(TOY).as_ref() != Ok(&grouped) {
            differences.push(format!("{}: something has changed", upload.name));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    println!("{} tampered uploads refused, nothing changed", all.len());

    let (second, files) = sound(edited("hrgs", "Toy disorder A", "Second name"));
    let answer = desk.upload("?activate=true", GZIP, tar_gz(&below("any folder", &files)));
    assert_eq!(answer.status, 201, "a sound one is still taken: {}", answer.json);
    assert_eq!(desk.group(TOY).expect("grouped").0, second);
}

#[test]
fn every_finding_of_a_refused_release_is_told_with_its_file_and_row() {
    let place = tempfile::tempdir().expect("a folder");
    let desk = Desk::open(Some(place.path()), Policy::default());
    let mut files = edited("splits", "RA10,,RA10B,2-4", "RA10,,RA10B,3-4");
    append(&mut files, "root_max_los", "XX99,2\n");
    let files = with(sealed(files), "tables/prices.csv", "x\n");
    let answer = desk.upload("", ZIP, zip(&files));
    let errors = answer.json["errors"].as_array().expect("errors");
    let told: BTreeSet<(&str, &str)> =
        errors.iter().filter_map(|e| Some((e["pointer"].as_str()?, e["code"].as_str()?))).collect();
    for expected in [
        ("tables/splits.csv", "split-gap"),
        ("tables/root_max_los.csv", "dangling-root"),
        ("tables/prices.csv", "unknown-table"),
    ] {
        assert!(told.contains(&expected), "{expected:?}: {}", answer.json);
    }
    assert!(errors.iter().any(|e| e["message"].as_str().is_some_and(|m| m.starts_with("row "))), "{}", answer.json);
    let offline = hrg_grouper::bundle::load(&files, TOY).expect_err("refused");
    assert_eq!(errors.len(), offline.len(), "as many as the check finds");
}

#[test]
fn an_archive_beyond_the_limit_is_refused_announced_or_not() {
    let place = tempfile::tempdir().expect("a folder");
    let desk = Desk::open(Some(place.path()), Policy::default());
    let limit = hrg_grouper::bundle::archive::MAX_SENT;
    let request = || Request::builder().method("POST").uri(REFERENCES).header(header::CONTENT_TYPE, ZIP);
    let announced = request().header(header::CONTENT_LENGTH, limit + 1).body(Body::empty());
    let streamed = request().body(Body::from(vec![0; limit + 1]));
    for request in [announced, streamed] {
        let answer = desk.send(&desk.admin, request.expect("a request"));
        assert_eq!((answer.status.as_u16(), &answer.json["code"]), (413, &"too-large".into()), "{}", answer.json);
    }
}

#[test]
fn only_archives_are_taken_and_never_from_a_browser() {
    let place = tempfile::tempdir().expect("a folder");
    let desk = Desk::open(Some(place.path()), Policy::default());
    for kind in ["application/json", "multipart/form-data", "application/octet-stream", ""] {
        let answer = desk.upload("", kind, zip(&toy()));
        assert_eq!((answer.status.as_u16(), &answer.json["code"]), (415, &"unsupported-media-type".into()));
    }
    let answer = desk.upload("?activate=perhaps", ZIP, zip(&toy()));
    assert_eq!((answer.status.as_u16(), &answer.json["code"]), (422, &"invalid-query".into()));
    let request = Request::builder().method("POST").uri(REFERENCES).header(header::ORIGIN, "https://example.org");
    let request = request.header(header::CONTENT_TYPE, ZIP).body(Body::from(zip(&toy()))).expect("a request");
    let answer = desk.send(&desk.admin, request);
    assert_eq!((answer.status.as_u16(), &answer.json["code"]), (403, &"browser-refused".into()));
    assert_eq!(desk.list()["references"][0]["versions"].as_array().map(Vec::len), Some(1));
}
