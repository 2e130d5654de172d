//! The toy release with something in it altered.

use super::{TOY, folder};
use hrg_grouper::bundle::manifest::{MANIFEST, sha256, without_tables};
use hrg_grouper::bundle::{Files, load, read_folder};

/// The files of the toy release.
pub fn toy() -> Files {
    read_folder(&folder("tests/reference").join(TOY)).expect("the toy release is readable")
}

/// Writes the digests anew, so that only the tables' content is at fault.
pub fn sealed(mut files: Files) -> Files {
    let manifest = String::from_utf8(files[MANIFEST].clone()).expect("UTF-8");
    let mut text = format!("{}\n\n[tables]\n", without_tables(&manifest));
    for (name, content) in files.iter().filter_map(|(name, c)| Some((name.strip_prefix("tables/")?, c))) {
        text.push_str(&format!("\"{name}\" = \"{}\"\n", sha256(content)));
    }
    files.insert(MANIFEST.to_owned(), text.into_bytes());
    files
}

/// The release with one text of a table replaced by another.
pub fn edited(table: &str, from: &str, to: &str) -> Files {
    let mut files = toy();
    edit(&mut files, table, from, to);
    sealed(files)
}

/// Replaces one text of a table by another.
pub fn edit(files: &mut Files, table: &str, from: &str, to: &str) {
    let name = format!("tables/{table}.csv");
    let text = String::from_utf8(files[&name].clone()).expect("UTF-8");
    assert!(text.contains(from), "{table} holds {from}");
    files.insert(name, text.replacen(from, to, 1).into_bytes());
}

/// Puts a whole table in place of the release's, header included.
pub fn replace(files: &mut Files, table: &str, text: &str) {
    let name = format!("tables/{table}.csv");
    assert!(files.insert(name, text.as_bytes().to_vec()).is_some(), "{table} is a table of the release");
}

/// Adds rows at the end of a table.
pub fn append(files: &mut Files, table: &str, rows: &str) {
    let text = files.get_mut(&format!("tables/{table}.csv")).expect("a table of the release");
    text.extend_from_slice(rows.as_bytes());
}

/// Writes the release below a folder, under its own name; gives where it stands.
pub fn write(files: &Files, below: &std::path::Path) -> std::path::PathBuf {
    let release = below.join(TOY);
    std::fs::create_dir_all(release.join("tables")).expect("a folder");
    for (name, content) in files {
        std::fs::write(release.join(name), content).expect("a file");
    }
    release
}

/// The toy release with another name for `RA10C`, the HRG of a spell of one episode with the diagnosis D100 alone.
pub fn named(name: &str) -> Files {
    edited("hrgs", "\"Toy disorder A, with CC Score 0-1\"", name)
}

/// The digest of a sound release.
pub fn digest(files: &Files) -> String {
    load(files, TOY).expect("a sound release").identity.digest
}
