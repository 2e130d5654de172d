//! What every request shares.

use super::limits;
use crate::bundle::Shelf;
use crate::files::rdf::Rdf;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Semaphore;

/// The shared state.
#[derive(Clone, Debug)]
pub struct App {
    /// The loaded releases.
    pub shelf: Arc<Shelf>,
    /// Record definitions that a request may name.
    pub definitions: Arc<BTreeMap<String, Rdf>>,
    /// Room for streams.
    pub streams: Arc<Semaphore>,
    draining: Arc<AtomicBool>,
}

impl App {
    /// The state over a shelf.
    pub fn new(shelf: impl Into<Arc<Shelf>>) -> App {
        App {
            shelf: shelf.into(),
            definitions: Arc::default(),
            streams: Arc::new(Semaphore::new(limits::STREAMS)),
            draining: Arc::new(AtomicBool::new(false)),
        }
    }

    /// The same with record definitions by name.
    #[must_use]
    pub fn with_definitions(self, definitions: BTreeMap<String, Rdf>) -> App {
        App { definitions: Arc::new(definitions), ..self }
    }

    /// Whether a release is loaded and the service is not shutting down.
    pub fn is_ready(&self) -> bool {
        !self.draining.load(Ordering::Relaxed) && !self.shelf.all().is_empty()
    }

    /// From here on the service is not ready, so that no new requests are sent to it.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }
}
