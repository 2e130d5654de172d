//! Archives of releases, sound and spoilt.

use flate2::Compression;
use flate2::write::GzEncoder;
use hrg_grouper::bundle::Files;
use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A zip archive, still open.
pub type OpenZip = ZipWriter<Cursor<Vec<u8>>>;
/// A tar archive, still open.
pub type OpenTar = tar::Builder<Vec<u8>>;

/// Entries that stand in the archive as they are, so that their bytes can be found again.
pub fn stored() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored)
}

/// A zip archive of the files, and of what is added.
pub fn zip_with(files: &Files, add: impl FnOnce(&mut OpenZip)) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(name.as_str(), SimpleFileOptions::default()).expect("a new entry");
        zip.write_all(content).expect("written");
    }
    add(&mut zip);
    zip.finish().expect("finished").into_inner()
}

/// A zip archive of the files.
pub fn zip(files: &Files) -> Vec<u8> {
    zip_with(files, |_| {})
}

/// Adds a file to a zip archive.
pub fn put(zip: &mut OpenZip, name: &str, content: &[u8]) {
    zip.start_file(name, stored()).expect("a new entry");
    zip.write_all(content).expect("written");
}

/// Compresses.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).expect("compressed");
    gzip.finish().expect("finished")
}

/// A tar archive of the files, and of what is added.
pub fn tar_with(files: &Files, add: impl FnOnce(&mut OpenTar)) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, content) in files {
        put_entry(&mut tar, name, tar::EntryType::Regular, content);
    }
    add(&mut tar);
    tar.into_inner().expect("finished")
}

/// A compressed tar archive of the files.
pub fn tar_gz(files: &Files) -> Vec<u8> {
    gzip(&tar_with(files, |_| {}))
}

/// Adds an entry of any kind and name to a tar archive, also names that the library would not write.
pub fn put_entry(tar: &mut OpenTar, name: &str, kind: tar::EntryType, content: &[u8]) {
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(content.len() as u64);
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    if kind.is_symlink() || kind.is_hard_link() {
        header.set_link_name_literal("/etc/passwd").expect("a link");
    }
    header.set_cksum();
    tar.append(&header, content).expect("appended");
}

/// The files below a folder.
pub fn below(folder: &str, files: &Files) -> Files {
    files.iter().map(|(name, content)| (format!("{folder}/{name}"), content.clone())).collect()
}

/// Replaces every occurrence of some bytes by as many others; there must be one at least.
pub fn replaced(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let places: Vec<usize> =
        bytes.windows(from.len()).enumerate().filter(|(_, w)| *w == from).map(|(place, _)| place).collect();
    assert!(!places.is_empty(), "the bytes are there");
    for place in places {
        bytes[place..place + from.len()].copy_from_slice(to);
    }
    bytes
}

/// Writes bytes into the last entry of a zip archive: at `local` bytes into the header before the file, and at `central`
/// bytes into the one of the directory.
pub fn patched(mut zip: Vec<u8>, local: Option<usize>, central: Option<usize>, with: &[u8]) -> Vec<u8> {
    let last = |bytes: &[u8], mark: &[u8]| bytes.windows(4).rposition(|four| four == mark).expect("an entry");
    let places = [
        local.map(|offset| last(&zip, b"PK\x03\x04") + offset),
        central.map(|offset| last(&zip, b"PK\x01\x02") + offset),
    ];
    for place in places.into_iter().flatten() {
        zip[place..place + with.len()].copy_from_slice(with);
    }
    zip
}

/// A gzip stream that begins with some bytes and goes on with that many megabytes of zeros. Made without compressing
/// them: a flushed block of zeros can stand any number of times. Its end and checksum are missing.
pub fn gzip_bomb(start: &[u8], megabytes: usize) -> Vec<u8> {
    let deflate = |content: &[u8]| {
        let mut out = Vec::with_capacity(64 * 1024);
        let mut compress = flate2::Compress::new(Compression::fast(), false);
        compress.compress_vec(content, &mut out, flate2::FlushCompress::Full).expect("compressed");
        assert_eq!(compress.total_in(), content.len() as u64);
        out
    };
    let mut bomb = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    bomb.extend(deflate(start));
    let zeros = deflate(&vec![0; 1 << 20]);
    bomb.extend(std::iter::repeat_n(zeros, megabytes).flatten());
    bomb
}
