//! Which releases a command works with: those of the program, and those of a folder.

use crate::bundle::{self, Refused, Shelf};
use crate::reference::Reference;
use clap::Args;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Where releases are looked for.
#[derive(Debug, Args)]
pub struct ReleaseArgs {
    /// A folder that holds release folders, beside those in the program.
    #[arg(long, value_name = "DIR", env = "HRG_REFERENCE_DIR")]
    reference_dir: Option<OsString>,
}

/// Which release a command uses.
#[derive(Debug, Args)]
pub struct ChosenRelease {
    /// Id of the release, such as 2024-25.payment; needed where there are several.
    #[arg(long, value_name = "ID", env = "HRG_REFERENCE")]
    reference: Option<String>,
    #[command(flatten)]
    from: ReleaseArgs,
}

impl ReleaseArgs {
    /// The loaded releases, and those that were refused.
    pub fn load(&self) -> io::Result<(Shelf, Vec<Refused>)> {
        Shelf::load(self.folder())
    }

    /// The one release of that id; none where it is not there, or is refused.
    pub fn load_one(&self, id: &str) -> io::Result<Option<Arc<Reference>>> {
        Shelf::load_one(self.folder(), id)
    }

    /// The release of that id or, where there is none, of that folder.
    pub fn id_or_folder(&self, name: &str) -> io::Result<Arc<Reference>> {
        if let Some(release) = self.load_one(name)? {
            return Ok(release);
        }
        let folder = Path::new(name);
        if !folder.is_dir() {
            let known = self.load()?.0.all().keys().cloned().collect::<Vec<_>>().join(", ");
            return Err(io::Error::other(format!("{name} is neither a release nor a folder; there are {known}")));
        }
        let id = own_name(&folder.canonicalize()?);
        let loaded =
            bundle::read_folder(folder).map_err(|finding| vec![finding]).and_then(|files| bundle::load(&files, &id));
        loaded.map(Arc::new).map_err(|findings| {
            let first = findings.first().map(ToString::to_string).unwrap_or_default();
            io::Error::other(format!("{name} was refused, see `hrg reference check`: {first}"))
        })
    }

    fn folder(&self) -> Option<&Path> {
        self.reference_dir.as_ref().filter(|folder| !folder.is_empty()).map(Path::new)
    }
}

/// A folder's own name, which is the id of its release.
pub(super) fn own_name(place: &Path) -> String {
    place.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

impl ChosenRelease {
    /// The release, and the others there are.
    pub fn choose_among(&self) -> Result<(Arc<Reference>, Vec<Arc<Reference>>), String> {
        let (shelf, refused) = self.from.load().map_err(|fault| fault.to_string())?;
        let release = self.find(&shelf, &refused)?;
        let all = shelf.all();
        let others = all.values().filter(|other| other.identity.id != release.identity.id).map(Arc::clone).collect();
        Ok((release, others))
    }

    /// The release, and where none is named a warning for each that was refused. The error is one sentence.
    pub fn choose(&self) -> Result<(Arc<Reference>, Vec<String>), String> {
        if let Some(id) = self.named() {
            let release = self.from.load_one(id).map_err(|fault| fault.to_string())?;
            if let Some(release) = release {
                return Ok((release, Vec::new()));
            }
        }
        let (shelf, refused) = self.from.load().map_err(|fault| fault.to_string())?;
        let warnings = refused
            .iter()
            .map(|release| {
                let first = release.findings.first().map(ToString::to_string).unwrap_or_default();
                format!("warning: the release {} was refused: {first}", release.folder)
            })
            .collect();
        self.find(&shelf, &refused).map(|release| (release, warnings))
    }

    fn named(&self) -> Option<&str> {
        self.reference.as_deref().filter(|id| !id.is_empty())
    }

    fn find(&self, shelf: &Shelf, refused: &[Refused]) -> Result<Arc<Reference>, String> {
        let all = shelf.all();
        let known = || all.keys().cloned().collect::<Vec<_>>().join(", ");
        match self.named() {
            Some(id) => shelf.find(id).ok_or_else(|| {
                let refused = refused.iter().any(|r| r.folder == id);
                let why = if refused { "was refused, see `hrg reference check`" } else { "is not there" };
                format!("the release {id} {why}; there are {}", known())
            }),
            None if all.len() == 1 => all.values().next().map(Arc::clone).ok_or_else(String::new),
            None => Err(format!("choose a release with --reference; there are {}", known())),
        }
    }
}
