//! The stock behind the shelf: which releases are staged, active and previous for each id, and the changes an operator
//! makes. Every change is first written to the state folder, then put on the shelf in one movement; a change that fails
//! leaves both as they were. Changes wait for one another.

use super::archive::{Kind, unpack};
use super::manifest::{MANIFEST, Manifest};
use super::read::{Files, load};
use super::shelf::{Releases, Shelf};
use super::signature::Policy;
use super::state::{Choice, Line, Record, StateDir};
use crate::reference::{Finding, Reference};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The most uploaded releases that are kept. Each is held in memory, so that none has to be read when it is needed.
const MAX_UPLOADS: usize = 32;

/// A release that could answer to an id.
#[derive(Clone, Debug)]
pub struct Holding {
    /// When the release came in: the start of the service, or the upload.
    pub loaded_at: String,
    /// The trusted key that signed it.
    pub signed_by: Option<String>,
    /// The release; findings where an upload could no longer be used when the service started.
    pub content: Result<Arc<Reference>, Vec<Finding>>,
}

/// Everything that could answer to one id.
#[derive(Clone, Debug, Default)]
pub struct Holdings {
    /// The release of the program, or of the folder named at the start.
    pub start: Option<Holding>,
    /// Uploads by digest.
    pub uploads: BTreeMap<String, Holding>,
    /// What answers.
    pub active: Option<Choice>,
    /// What answered before.
    pub previous: Option<Choice>,
}

/// Holdings by release id.
pub type Inventory = BTreeMap<String, Holdings>;

/// Why a change was refused. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// There is no folder to keep anything in.
    #[error("the service was started without a state folder (--state-dir), so no change would outlast it")]
    NoStateDir,
    /// The archive is not one of a release.
    #[error("the archive was refused")]
    Archive(Finding),
    /// The release has faults.
    #[error("the release was refused")]
    Release(Vec<Finding>),
    /// The signature is missing or does not hold.
    #[error("the signature was refused")]
    Signature(Finding),
    /// No release has that id.
    #[error("no release has that id")]
    UnknownReference,
    /// No release of that id has that digest.
    #[error("no release of that id has that digest")]
    UnknownDigest,
    /// No release answered to the id before.
    #[error("no other release answered to this id before, or it is no longer there")]
    NothingToRollBack,
    /// The release answers now.
    #[error(
        "the release is active; with force it is removed, and nothing answers to its id until another is activated"
    )]
    Active,
    /// The release was not uploaded.
    #[error("the release was not uploaded: it belongs to the program or to the folder named at the start")]
    NotUploaded,
    /// There are as many uploads as may be.
    #[error("{MAX_UPLOADS} uploaded releases are kept; remove one first")]
    Full,
    /// The state folder cannot be written.
    #[error("the state folder cannot be written")]
    State(#[from] io::Error),
}

/// What came of an upload.
#[derive(Clone, Debug)]
pub struct Uploaded {
    /// The release's id.
    pub id: String,
    /// The release's digest.
    pub digest: String,
    /// Whether it was new: one that is there already is left alone.
    pub is_new: bool,
    /// Everything of its id after the upload.
    pub holdings: Holdings,
}

/// What is in stock. The shelf is changed through it alone.
#[derive(Debug)]
pub struct Stock {
    shelf: Arc<Shelf>,
    state: Option<StateDir>,
    policy: Policy,
    inventory: Mutex<Inventory>,
}

impl Stock {
    /// Opens the state folder, if any, and puts on the shelf what was active when it was last used. An upload that can
    /// no longer be used is not replaced by another release: nothing answers in its place.
    pub fn open(shelf: Arc<Shelf>, state: Option<&Path>, policy: Policy) -> io::Result<Stock> {
        let now = now();
        let start = |release: &Arc<Reference>| Holdings {
            start: Some(Holding { loaded_at: now.clone(), signed_by: None, content: Ok(Arc::clone(release)) }),
            active: Some(Choice::Start),
            ..Holdings::default()
        };
        let mut inventory: Inventory = shelf.all().iter().map(|(id, release)| (id.clone(), start(release))).collect();
        let state = match state.map(StateDir::open).transpose()? {
            Some((state, record)) => {
                for (id, line) in record.references {
                    let holdings = inventory.entry(id.clone()).or_default();
                    holdings.active = line.active;
                    holdings.previous = line.previous;
                    for (digest, loaded_at) in line.uploads {
                        let holding = restored(&state, &policy, &id, &digest, loaded_at);
                        holdings.uploads.insert(digest, holding);
                    }
                }
                Some(state)
            }
            None => None,
        };
        shelf.swap(active_of(&inventory));
        Ok(Stock { shelf, state, policy, inventory: Mutex::new(inventory) })
    }

    /// What is there. It may have to wait for a change that is being written.
    pub fn inventory(&self) -> Inventory {
        self.lock().clone()
    }

    /// Whether changes can be made: an answer before a large body is read.
    pub fn can_change(&self) -> Result<(), Refusal> {
        self.state().map(|_| ())
    }

    /// Takes in a release.
    pub fn upload(&self, bytes: &[u8], kind: Kind, activate: bool) -> Result<Uploaded, Refusal> {
        let state = self.state()?;
        let files = unpack(bytes, kind).map_err(Refusal::Archive)?;
        let release = load(&files, &id_of(&files)).map_err(Refusal::Release)?;
        let (id, digest) = (release.identity.id.clone(), release.identity.digest.clone());
        let signed_by = self.policy.check(&files, &digest).map_err(Refusal::Signature)?;

        let mut inventory = self.lock();
        let mut next = inventory.clone();
        let kept: usize = next.values().map(|holdings| holdings.uploads.len()).sum();
        let holdings = next.entry(id.clone()).or_default();
        let known = holdings.uploads.get(&digest);
        if known.is_none() && kept >= MAX_UPLOADS {
            return Err(Refusal::Full);
        }
        // One that could not be read again at the start is mended by sending it again; one that was not signed may be.
        let is_better = |known: &Holding| known.content.is_err() || (known.signed_by.is_none() && signed_by.is_some());
        let (is_unknown, is_new) = (known.is_none(), known.is_none_or(is_better));
        if is_new {
            let holding = Holding { loaded_at: now(), signed_by, content: Ok(Arc::new(release)) };
            holdings.uploads.insert(digest.clone(), holding);
        }
        if activate {
            holdings.activate(Choice::Upload(digest.clone()));
        }
        if is_new {
            state.store(&digest, &files)?;
        }
        match self.commit(state, &mut inventory, next, &id) {
            Ok(holdings) => Ok(Uploaded { id, digest, is_new, holdings }),
            Err(fault) => {
                if is_unknown {
                    let _ = state.discard(&digest); // the fault that counts is the first
                }
                Err(fault)
            }
        }
    }

    /// Lets the release of that digest answer to the id from now on. Gives everything of the id after the change.
    pub fn activate(&self, id: &str, digest: &str) -> Result<Holdings, Refusal> {
        let state = self.state()?;
        let mut inventory = self.lock();
        let mut next = inventory.clone();
        let holdings = next.get_mut(id).ok_or(Refusal::UnknownReference)?;
        let choice = holdings.find(digest).ok_or(Refusal::UnknownDigest)?;
        if let Some(Holding { content: Err(findings), .. }) = holdings.get(&choice) {
            return Err(Refusal::Release(findings.clone()));
        }
        holdings.activate(choice);
        self.commit(state, &mut inventory, next, id)
    }

    /// Lets the release answer that answered before. Doing it twice comes back to where it began.
    pub fn roll_back(&self, id: &str) -> Result<Holdings, Refusal> {
        let state = self.state()?;
        let mut inventory = self.lock();
        let mut next = inventory.clone();
        let holdings = next.get_mut(id).ok_or(Refusal::UnknownReference)?;
        let previous = holdings.previous.take().ok_or(Refusal::NothingToRollBack)?;
        if holdings.get(&previous).is_none_or(|holding| holding.content.is_err()) {
            return Err(Refusal::NothingToRollBack);
        }
        holdings.previous = holdings.active.replace(previous);
        self.commit(state, &mut inventory, next, id)
    }

    /// Removes the release of that digest, or the active one where none is named. With `force` also the active one:
    /// then nothing answers to the id until another is activated. A release that was not uploaded can only be taken off
    /// the shelf.
    pub fn remove(&self, id: &str, digest: Option<&str>, force: bool) -> Result<(), Refusal> {
        let state = self.state()?;
        let mut inventory = self.lock();
        let mut next = inventory.clone();
        let holdings = next.get_mut(id).ok_or(Refusal::UnknownReference)?;
        let choice = match digest {
            Some(digest) => holdings.find(digest),
            None => holdings.active.clone(),
        };
        let choice = choice.ok_or(Refusal::UnknownDigest)?;
        let is_active = holdings.active.as_ref() == Some(&choice);
        if is_active && !force {
            return Err(Refusal::Active);
        }
        if choice == Choice::Start && !is_active {
            return Err(Refusal::NotUploaded);
        }
        if is_active {
            holdings.active = None;
        }
        if let Choice::Upload(digest) = &choice {
            holdings.uploads.remove(digest);
            if holdings.previous.as_ref() == Some(&choice) {
                holdings.previous = None;
            }
        }
        if holdings.start.is_none() && holdings.uploads.is_empty() {
            next.remove(id);
        }
        self.commit(state, &mut inventory, next, id)?;
        if let Choice::Upload(digest) = &choice
            && let Err(fault) = state.discard(digest)
        {
            // The record no longer names it, so it counts for nothing.
            tracing::warn!(reference.digest = digest, %fault, "the folder of a removed release is left");
        }
        Ok(())
    }

    fn state(&self) -> Result<&StateDir, Refusal> {
        self.state.as_ref().ok_or(Refusal::NoStateDir)
    }

    /// A change works on a copy and puts it in place last, so what a panic leaves behind is whole.
    fn lock(&self) -> MutexGuard<'_, Inventory> {
        self.inventory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Record, then shelf. Gives what there is now of the id.
    fn commit(&self, state: &StateDir, stock: &mut Inventory, next: Inventory, id: &str) -> Result<Holdings, Refusal> {
        state.write(&record_of(&next))?;
        self.shelf.swap(active_of(&next));
        *stock = next;
        Ok(stock.get(id).cloned().unwrap_or_default())
    }
}

impl Holdings {
    /// A holding.
    pub fn get(&self, choice: &Choice) -> Option<&Holding> {
        match choice {
            Choice::Start => self.start.as_ref(),
            Choice::Upload(digest) => self.uploads.get(digest),
        }
    }

    /// The release that answers.
    pub fn answering(&self) -> Option<&Arc<Reference>> {
        self.active.as_ref().and_then(|choice| self.get(choice)).and_then(|holding| holding.content.as_ref().ok())
    }

    /// The holding of that digest, an upload before the release of the start.
    fn find(&self, digest: &str) -> Option<Choice> {
        if self.uploads.contains_key(digest) {
            return Some(Choice::Upload(digest.to_owned()));
        }
        let release = self.start.as_ref()?.content.as_ref().ok()?;
        (release.identity.digest == digest).then_some(Choice::Start)
    }

    fn activate(&mut self, choice: Choice) {
        if self.active.as_ref() != Some(&choice)
            && let Some(before) = self.active.replace(choice)
        {
            self.previous = Some(before);
        }
    }
}

/// An upload of an earlier run, checked anew: its folder may have been touched, and the keys may be others.
fn restored(state: &StateDir, policy: &Policy, id: &str, digest: &str, loaded_at: String) -> Holding {
    let read = || -> Result<(Arc<Reference>, Option<String>), Vec<Finding>> {
        let files = state.files(digest).map_err(|finding| vec![finding])?;
        let release = load(&files, id)?;
        if release.identity.digest != digest {
            let words = "the release is not the one that was uploaded: its digest is another";
            return Err(vec![Finding::error("wrong-digest", MANIFEST, None, words)]);
        }
        let signed_by = policy.check(&files, digest).map_err(|finding| vec![finding])?;
        Ok((Arc::new(release), signed_by))
    };
    match read() {
        Ok((release, signed_by)) => Holding { loaded_at, signed_by, content: Ok(release) },
        Err(findings) => Holding { loaded_at, signed_by: None, content: Err(findings) },
    }
}

/// The id that the manifest gives. An archive's folder may have any name, so it is the manifest that says.
fn id_of(files: &Files) -> String {
    let text = files.get(MANIFEST).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default();
    Manifest::read(text, "").0.map(|manifest| manifest.id().to_owned()).unwrap_or_default()
}

fn active_of(inventory: &Inventory) -> Releases {
    let active = |(id, holdings): (&String, &Holdings)| Some((id.clone(), Arc::clone(holdings.answering()?)));
    inventory.iter().filter_map(active).collect()
}

/// What is to be remembered: nothing of an id that answers as it did at the start.
fn record_of(inventory: &Inventory) -> Record {
    let lines = inventory.iter().filter(|(_, h)| !h.uploads.is_empty() || h.active != Some(Choice::Start));
    let line = |holdings: &Holdings| Line {
        active: holdings.active.clone(),
        previous: holdings.previous.clone(),
        uploads: holdings.uploads.iter().map(|(digest, h)| (digest.clone(), h.loaded_at.clone())).collect(),
    };
    Record::new(lines.map(|(id, holdings)| (id.clone(), line(holdings))).collect())
}

fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
