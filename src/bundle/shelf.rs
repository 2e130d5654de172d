//! The shelf of loaded releases: those in the program, and those of a folder. One pointer, swapped as a whole.

use super::read::{Files, load, read_folder};
use crate::reference::{Finding, Reference};
use arc_swap::{ArcSwap, Guard};
use include_dir::{Dir, include_dir};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The releases that the program carries with it.
static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/reference");

/// Releases by id.
pub type Releases = BTreeMap<String, Arc<Reference>>;

/// A release that was refused.
#[derive(Clone, Debug)]
pub struct Refused {
    /// The folder's name.
    pub folder: String,
    /// Everything wrong with it.
    pub findings: Vec<Finding>,
}

/// The loaded releases. Readers take an `Arc` and keep it as long as they need it.
#[derive(Debug, Default)]
pub struct Shelf {
    releases: ArcSwap<Releases>,
}

impl Shelf {
    /// A shelf with these releases.
    pub fn new(releases: Releases) -> Shelf {
        Shelf { releases: ArcSwap::from_pointee(releases) }
    }

    /// Loads the releases of the program and, where given, of a folder that holds release folders. A release of the
    /// folder takes the place of one of the program with the same id, even where it is refused: then nothing answers
    /// to that id. An error says that the folder itself cannot be read.
    pub fn load(folder: Option<&Path>) -> std::io::Result<(Shelf, Vec<Refused>)> {
        // Beside one another, since the service waits for all of them when it starts.
        let loaded: Vec<_> = sources(folder)?.into_par_iter().map(Source::load).collect();
        let mut releases = Releases::new();
        let mut refused = Vec::new();
        for (folder, release) in loaded {
            match release {
                Ok(reference) => {
                    releases.insert(reference.identity.id.clone(), Arc::new(reference));
                }
                Err(findings) => {
                    // What stood under this id before must not answer in its place.
                    releases.remove(&folder);
                    refused.push(Refused { folder, findings });
                }
            }
        }
        Ok((Shelf::new(releases), refused))
    }

    /// The one release of that id, or of `id@digest`, without the time that the others take; none where it is not there or
    /// is refused, which [`Shelf::load`] tells apart.
    pub fn load_one(folder: Option<&Path>, id: &str) -> std::io::Result<Option<Arc<Reference>>> {
        let name = id.split_once('@').map_or(id, |(name, _)| name);
        // The last of that name takes the place of those before it.
        let source = sources(folder)?.into_iter().rfind(|source| source.name() == name);
        let Some((_, Ok(reference))) = source.map(Source::load) else { return Ok(None) };
        let one = Releases::from([(reference.identity.id.clone(), Arc::new(reference))]);
        Ok(find(&one, id).map(Arc::clone))
    }

    /// The release of that id, as [`find`] has it. Who needs more than one release takes [`Shelf::all`] once, lest a swap
    /// come between them.
    pub fn find(&self, id: &str) -> Option<Arc<Reference>> {
        find(&self.look(), id).map(Arc::clone)
    }

    /// Puts other releases in the place of all that are there, at once. Whoever holds a release keeps it.
    pub(crate) fn swap(&self, releases: Releases) {
        self.releases.store(Arc::new(releases));
    }

    /// Every release, by id.
    pub fn all(&self) -> Arc<Releases> {
        self.releases.load_full()
    }

    /// The same for a short look, which costs less.
    pub fn look(&self) -> Guard<Arc<Releases>> {
        self.releases.load()
    }
}

/// The releases of the program, then those of a folder in order of their names.
fn sources(folder: Option<&Path>) -> std::io::Result<Vec<Source>> {
    let is_release = |dir: &&Dir<'_>| dir.contains(dir.path().join(super::manifest::MANIFEST));
    let mut sources: Vec<Source> = EMBEDDED.dirs().filter(is_release).map(Source::Program).collect();
    if let Some(folder) = folder {
        let unreadable = |fault: std::io::Error| {
            std::io::Error::new(fault.kind(), format!("the release folder {}: {fault}", folder.display()))
        };
        sources.extend(release_folders(folder).map_err(unreadable)?.into_iter().map(Source::Folder));
    }
    Ok(sources)
}

/// Where a release comes from.
enum Source {
    /// A folder in the program.
    Program(&'static Dir<'static>),
    /// A folder on disk.
    Folder(PathBuf),
}

impl Source {
    /// The name of the folder, which is the release's id.
    fn name(&self) -> String {
        let path = match self {
            Source::Program(dir) => dir.path(),
            Source::Folder(path) => path,
        };
        path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// The name of the folder, and the release.
    fn load(self) -> (String, Result<Reference, Vec<Finding>>) {
        let name = self.name();
        let files = match self {
            Source::Program(dir) => Ok(embedded(dir)),
            Source::Folder(path) => read_folder(&path),
        };
        let release = files.map_err(|finding| vec![finding]).and_then(|files| load(&files, &name));
        (name, release)
    }
}

/// The release of that id, or of `id@digest` where the digest must be the release's.
pub fn find<'r>(releases: &'r Releases, id: &str) -> Option<&'r Arc<Reference>> {
    let (id, digest) = match id.split_once('@') {
        Some((id, digest)) => (id, Some(digest)),
        None => (id, None),
    };
    releases.get(id).filter(|release| digest.is_none_or(|digest| digest == release.identity.digest))
}

/// Folders that hold a manifest, in order of their names.
fn release_folders(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.join(super::manifest::MANIFEST).is_file() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

/// The files of a release in the program, by their paths within its folder.
fn embedded(release: &Dir<'_>) -> Files {
    fn gather(dir: &Dir<'_>, root: &Path, files: &mut Files) {
        for file in dir.files() {
            let path = file.path().strip_prefix(root).unwrap_or(file.path());
            files.insert(path.to_string_lossy().replace('\\', "/"), file.contents().to_vec());
        }
        for inner in dir.dirs() {
            gather(inner, root, files);
        }
    }
    let mut files = Files::new();
    gather(release, release.path(), &mut files);
    files
}
