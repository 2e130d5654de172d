//! From an archive, `.zip` or `.tar.gz`, to the files of a release: in memory, within bounds, and under no name but those
//! that a release may hold. Nothing is written here, so that a refused archive leaves nothing behind.

use super::manifest::MANIFEST;
use super::read::{Files, MAX_FILE};
use super::signature::SIGNATURE;
use crate::reference::Finding;
use flate2::bufread::GzDecoder;
use std::borrow::Cow;
use std::collections::btree_map::Entry;
use std::io::{Cursor, ErrorKind, Read};
use zip::ZipArchive;
use zip::result::ZipError;

/// The largest archive that is taken, in bytes.
pub const MAX_SENT: usize = 64 * 1024 * 1024;
/// The most that an archive may unpack to, in bytes.
const MAX_UNPACKED: u64 = 256 * 1024 * 1024;
/// The most entries an archive may have, folders among them.
const MAX_ENTRIES: usize = 200;
/// Bytes after the last entry of a tar archive: blocks that are filled up, of which the largest in use has a megabyte.
const MAX_PADDING: usize = 2 * 1024 * 1024;
/// The longest name of an entry.
const MAX_NAME: usize = 200;
/// What begins a file of a zip archive.
const ZIP_FILE: &[u8] = b"PK\x03\x04";
/// What begins the end of a zip archive's directory.
const ZIP_DIRECTORY_END: &[u8] = b"PK\x05\x06";
/// What begins each entry of a zip archive's directory.
const ZIP_DIRECTORY_ENTRY: &[u8] = b"PK\x01\x02";

/// What sort of archive it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `.zip`
    Zip,
    /// `.tar.gz`
    TarGz,
}

/// What an entry of an archive is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum EntryKind {
    File,
    Folder,
    Link,
    /// A device, a pipe, and whatever else is no file.
    Special,
}

/// The files of the release in the archive. The names are those of a release folder, either at the top of the archive
/// or all in one folder, whatever that is called.
pub fn unpack(bytes: &[u8], kind: Kind) -> Result<Files, Finding> {
    let mut unpacking = Unpacking { files: Files::new(), top: None, entries: 0, left: MAX_UNPACKED };
    match kind {
        Kind::Zip => unzip(bytes, &mut unpacking)?,
        Kind::TarGz => untar(bytes, &mut unpacking)?,
    }
    if unpacking.files.is_empty() {
        return Err(refusal("empty-archive", "", "the archive holds no file"));
    }
    Ok(unpacking.files)
}

fn refusal(code: &'static str, file: &str, message: impl Into<String>) -> Finding {
    Finding::error(code, file, None, message)
}

/// What a reader says of a fault may repeat what it read, which need not be a release at all; so it is put in words of ours.
fn broken(words: &str) -> Finding {
    refusal("broken-archive", "", format!("the archive cannot be read: {words}"))
}

fn cut_short() -> Finding {
    refusal("truncated-archive", "", "the archive ends too early")
}

fn damaged(fault: &std::io::Error) -> Finding {
    match fault.kind() {
        ErrorKind::UnexpectedEof => cut_short(),
        _ => broken("it is not of the kind announced, or damaged"),
    }
}

fn no_sound_zip(fault: ZipError) -> Finding {
    match fault {
        ZipError::Io(fault) => damaged(&fault),
        ZipError::InvalidArchive(Cow::Borrowed(words)) | ZipError::UnsupportedArchive(words) => broken(words),
        ZipError::CompressionMethodNotSupported(_) => broken("only stored and deflated files are read"),
        _ => broken("it is no sound zip archive"),
    }
}

fn too_large() -> Finding {
    let (file, all) = (MAX_FILE >> 20, MAX_UNPACKED >> 20);
    refusal("unpacks-too-large", "", format!("a file may hold {file} MiB, and all files together {all} MiB"))
}

/// The files so far, and how much more may come.
struct Unpacking {
    files: Files,
    /// The folder that holds the release within the archive; none until the first file is seen.
    top: Option<String>,
    entries: usize,
    left: u64,
}

impl Unpacking {
    /// Checks the next entry; gives the name in the release of a file, and none for a folder.
    fn entry(&mut self, raw: &[u8], kind: EntryKind) -> Result<Option<String>, Finding> {
        self.entries += 1;
        if self.entries > MAX_ENTRIES {
            return Err(too_many());
        }
        // A name with anything unusual in it is not repeated.
        let plain = |b: &u8| b.is_ascii_graphic() || *b == b' ';
        let Some(name) = std::str::from_utf8(raw).ok().filter(|n| n.len() <= MAX_NAME && n.bytes().all(|b| plain(&b)))
        else {
            let entry = format!("entry {}", self.entries);
            return Err(refusal("bad-name", &entry, "the name is too long or not plain text"));
        };
        match kind {
            EntryKind::Link => return Err(refusal("link", name, "an archive of a release holds no links")),
            EntryKind::Special => {
                return Err(refusal("special-file", name, "an archive of a release holds files and folders only"));
            }
            EntryKind::File | EntryKind::Folder => {}
        }
        let (top, inner) = within_release(name, kind)?;
        if kind == EntryKind::Folder {
            return Ok(None);
        }
        if *self.top.get_or_insert_with(|| top.to_owned()) != top {
            return Err(refusal("several-folders", name, "the files of the release are not all in one folder"));
        }
        if self.files.contains_key(&inner) {
            return Err(refusal("duplicate-entry", name, "the archive holds this file twice"));
        }
        Ok(Some(inner))
    }

    /// Reads a file's content to its end, which is also where its checksum is compared.
    fn content(&mut self, name: String, reader: impl Read) -> Result<(), Finding> {
        let most = self.left.min(MAX_FILE);
        let mut content = Vec::new();
        reader.take(most + 1).read_to_end(&mut content).map_err(|fault| damaged(&fault))?;
        let length = content.len() as u64;
        if length > most {
            return Err(too_large());
        }
        self.left -= length;
        match self.files.entry(name) {
            Entry::Vacant(place) => _ = place.insert(content),
            Entry::Occupied(place) => {
                return Err(refusal("duplicate-entry", place.key(), "the archive holds this file twice"));
            }
        }
        Ok(())
    }
}

fn too_many() -> Finding {
    refusal("too-many-entries", "", format!("an archive of a release has at most {MAX_ENTRIES} entries"))
}

/// The folder of the archive that holds the release, empty for none, and the name within the release.
fn within_release(name: &str, kind: EntryKind) -> Result<(&str, String), Finding> {
    if name.contains('\\') {
        return Err(refusal("bad-name", name, "names of an archive are parted by / alone"));
    }
    if name.starts_with('/') || name.as_bytes().get(1) == Some(&b':') {
        return Err(refusal("absolute-path", name, "names of an archive do not begin at a root"));
    }
    let name_within = name.strip_prefix("./").unwrap_or(name);
    let path = if kind == EntryKind::Folder { name_within.trim_end_matches('/') } else { name_within };
    let parts: Vec<&str> = path.split('/').collect();
    if parts.contains(&"..") {
        return Err(refusal("path-escape", name, "names of an archive do not lead out of it"));
    }
    let is_folder_name =
        |part: &str| !part.starts_with('.') && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._- ".contains(&b));
    let known = match (kind, parts.as_slice()) {
        // `./`, as tar writes it.
        (EntryKind::Folder, ["" | "."]) => Some(("", "")),
        (EntryKind::Folder, [top] | [top, "tables"]) if is_folder_name(top) => Some((*top, "")),
        (EntryKind::File, [file]) if is_root_file(file) => Some(("", *file)),
        (EntryKind::File, ["tables", file]) if is_table_file(file) => Some(("", path)),
        (EntryKind::File, [top, file]) if is_folder_name(top) && *top != "tables" && is_root_file(file) => {
            Some((*top, *file))
        }
        (EntryKind::File, [top, "tables", file]) if is_folder_name(top) && is_table_file(file) => {
            path.get(top.len() + 1..).map(|inner| (*top, inner))
        }
        _ => None,
    };
    known.map(|(top, inner)| (top, inner.to_owned())).ok_or_else(|| {
        let words =
            "a release holds manifest.toml, signature.toml, notes (*.md) and tables/*.csv, at the top or in one folder";
        refusal("bad-name", name, words)
    })
}

fn is_root_file(name: &str) -> bool {
    name == MANIFEST || name == SIGNATURE || name.strip_suffix(".md").is_some_and(is_plain)
}

fn is_table_file(name: &str) -> bool {
    name.strip_suffix(".csv").is_some_and(is_plain)
}

fn is_plain(stem: &str) -> bool {
    !stem.is_empty() && stem.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

fn unzip(bytes: &[u8], unpacking: &mut Unpacking) -> Result<(), Finding> {
    // Reading the directory takes memory for each of its entries, so they are counted first. The bytes may also occur
    // by chance, hence twice the limit.
    if bytes.windows(4).filter(|four| *four == ZIP_DIRECTORY_ENTRY).nth(2 * MAX_ENTRIES).is_some() {
        return Err(too_many());
    }
    // The directory stands at the end, so an archive that begins well and has no end of it was cut short.
    let is_cut = || bytes.starts_with(ZIP_FILE) && !bytes.windows(4).any(|four| four == ZIP_DIRECTORY_END);
    let archive = ZipArchive::new(Cursor::new(bytes));
    let mut archive = archive.map_err(|fault| if is_cut() { cut_short() } else { no_sound_zip(fault) })?;
    let mut names = Vec::new();
    let mut declared: u64 = 0;
    for index in 0..archive.len() {
        let entry = archive.by_index_data(index).map_err(no_sound_zip)?;
        let name = unpacking.entry(entry.name_raw(), zip_kind(entry.unix_mode(), entry.is_dir()))?;
        if entry.encrypted() {
            return Err(refusal("encrypted", name.as_deref().unwrap_or_default(), "the archive is encrypted"));
        }
        declared = declared.saturating_add(entry.size());
        names.extend(name.map(|name| (index, name)));
    }
    if archive.has_duplicate_names() {
        return Err(refusal("duplicate-entry", "", "the archive holds a file twice"));
    }
    if declared > MAX_UNPACKED {
        return Err(too_large());
    }
    // Overlapping entries, and entries that say one thing in the directory and another in their place.
    archive.validate_header_consistency().map_err(no_sound_zip)?;
    for (index, name) in names {
        let entry = archive.by_index(index).map_err(no_sound_zip)?;
        unpacking.content(name, entry)?;
    }
    Ok(())
}

fn zip_kind(mode: Option<u32>, is_folder: bool) -> EntryKind {
    match mode.map_or(0, |mode| mode & 0o170_000) {
        0o120_000 => EntryKind::Link,
        0o040_000 => EntryKind::Folder,
        0 | 0o100_000 if is_folder => EntryKind::Folder,
        0 | 0o100_000 => EntryKind::File,
        _ => EntryKind::Special,
    }
}

fn untar(bytes: &[u8], unpacking: &mut Unpacking) -> Result<(), Finding> {
    // Bounded as a whole, since the reader also takes in long names and extended headers.
    let mut archive = tar::Archive::new(GzDecoder::new(bytes).take(MAX_UNPACKED));
    let read = read_tar(&mut archive, unpacking);
    let mut rest = archive.into_inner();
    let read = read.and_then(|()| drain(&mut rest));
    if rest.limit() == 0 {
        return Err(too_large());
    }
    read?;
    if rest.into_inner().into_inner().is_empty() { Ok(()) } else { Err(trailing()) }
}

fn read_tar(archive: &mut tar::Archive<impl Read>, unpacking: &mut Unpacking) -> Result<(), Finding> {
    for entry in archive.entries().map_err(|fault| damaged(&fault))? {
        let entry = entry.map_err(|fault| damaged(&fault))?;
        let kind = match entry.header().entry_type() {
            tar::EntryType::Regular => EntryKind::File,
            tar::EntryType::Directory => EntryKind::Folder,
            tar::EntryType::Symlink | tar::EntryType::Link => EntryKind::Link,
            // A remark on the whole archive; `git archive` writes one.
            tar::EntryType::XGlobalHeader => continue,
            _ => EntryKind::Special,
        };
        if let Some(name) = unpacking.entry(&entry.path_bytes(), kind)? {
            let announced = entry.size();
            unpacking.content(name.clone(), entry)?;
            if unpacking.files.get(&name).is_none_or(|content| content.len() as u64 != announced) {
                return Err(cut_short());
            }
        }
    }
    Ok(())
}

/// What follows the last entry is padding. It is read to its end, where the checksum of the whole is compared.
fn drain(rest: &mut impl Read) -> Result<(), Finding> {
    let (mut block, mut padding) = (vec![0; 64 * 1024], 0);
    loop {
        let length = rest.read(&mut block).map_err(|fault| damaged(&fault))?;
        padding += length;
        if padding > MAX_PADDING {
            return Err(too_large());
        }
        if length == 0 {
            return Ok(());
        }
        if block.iter().take(length).any(|byte| *byte != 0) {
            return Err(trailing());
        }
    }
}

fn trailing() -> Finding {
    refusal("trailing-data", "", "something follows the end of the archive")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn name(name: &str, kind: EntryKind) -> Result<String, &'static str> {
        within_release(name, kind).map(|(top, inner)| format!("{top}|{inner}")).map_err(|finding| finding.code)
    }

    #[test]
    fn a_release_stands_at_the_top_or_in_one_folder() {
        for (path, expected) in [
            ("manifest.toml", "|manifest.toml"),
            ("./manifest.toml", "|manifest.toml"),
            ("signature.toml", "|signature.toml"),
            ("RELEASE-NOTES.md", "|RELEASE-NOTES.md"),
            ("tables/splits.csv", "|tables/splits.csv"),
            ("2024-25.payment/manifest.toml", "2024-25.payment|manifest.toml"),
            ("2024-25.payment/tables/splits.csv", "2024-25.payment|tables/splits.csv"),
            ("my release (2)/manifest.toml", "bad-name"),
            ("my release/manifest.toml", "my release|manifest.toml"),
        ] {
            assert_eq!(name(path, EntryKind::File).unwrap_or_else(str::to_owned), expected, "{path}");
        }
        for path in ["./", "tables/", "./tables/", "2024-25.payment/", "2024-25.payment/tables/"] {
            assert!(name(path, EntryKind::Folder).is_ok(), "{path}");
        }
    }

    #[test]
    fn every_other_name_is_refused() {
        for (path, code) in [
            ("", "bad-name"),
            ("/manifest.toml", "absolute-path"),
            ("C:/manifest.toml", "absolute-path"),
            ("../manifest.toml", "path-escape"),
            ("tables/../manifest.toml", "path-escape"),
            ("a/tables/../../x.csv", "path-escape"),
            ("tables\\splits.csv", "bad-name"),
            ("tables/splits.csv/", "bad-name"),
            ("tables//splits.csv", "bad-name"),
            ("tables/.csv", "bad-name"),
            ("tables/manifest.toml", "bad-name"),
            ("Manifest.toml", "bad-name"),
            (".hidden/manifest.toml", "bad-name"),
            ("a/b/manifest.toml", "bad-name"),
            ("a/b/tables/splits.csv", "bad-name"),
            ("tables/splits.csv.bak", "bad-name"),
            ("run.sh", "bad-name"),
        ] {
            assert_eq!(name(path, EntryKind::File), Err(code), "{path}");
        }
        for (path, code) in [("a/b/", "bad-name"), ("../", "path-escape"), ("/", "absolute-path")] {
            assert_eq!(name(path, EntryKind::Folder), Err(code), "{path}");
        }
    }
}
