//! What every request shares.

use crate::bundle::Shelf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The shared state.
#[derive(Clone, Debug)]
pub struct App {
    /// The loaded releases.
    pub shelf: Arc<Shelf>,
    draining: Arc<AtomicBool>,
}

impl App {
    /// The state over a shelf.
    pub fn new(shelf: impl Into<Arc<Shelf>>) -> App {
        App { shelf: shelf.into(), draining: Arc::new(AtomicBool::new(false)) }
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
