//! What every request shares.

use super::limits;
use crate::bundle::Shelf;
use crate::files::rdf::Rdf;
use crate::jobs::Jobs;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::{Semaphore, watch};

/// The shared state.
#[derive(Clone, Debug)]
pub struct App {
    /// The loaded releases.
    pub shelf: Arc<Shelf>,
    /// Record definitions that a request may name.
    pub definitions: Arc<BTreeMap<String, Rdf>>,
    /// Room for streams.
    pub streams: Arc<Semaphore>,
    jobs: Option<Arc<Jobs>>,
    draining: watch::Sender<bool>,
}

impl App {
    /// The state over a shelf, without jobs.
    pub fn new(shelf: impl Into<Arc<Shelf>>) -> App {
        App {
            shelf: shelf.into(),
            definitions: Arc::default(),
            streams: Arc::new(Semaphore::new(limits::STREAMS)),
            jobs: None,
            draining: watch::Sender::new(false),
        }
    }

    /// The same with record definitions by name.
    #[must_use]
    pub fn with_definitions(self, definitions: BTreeMap<String, Rdf>) -> App {
        App { definitions: Arc::new(definitions), ..self }
    }

    /// The same with jobs.
    #[must_use]
    pub fn with_jobs(self, jobs: Arc<Jobs>) -> App {
        App { jobs: Some(jobs), ..self }
    }

    /// The jobs, where the service has a folder for them.
    pub fn jobs(&self) -> Option<Arc<Jobs>> {
        self.jobs.clone()
    }

    /// Whether a release is loaded and the service is not shutting down.
    pub fn is_ready(&self) -> bool {
        !*self.draining.borrow() && !self.shelf.all().is_empty()
    }

    /// True once the service is shutting down.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.draining.subscribe()
    }

    /// From here on the service is not ready, so that no new requests are sent to it; jobs that run are interrupted.
    pub fn drain(&self) {
        self.draining.send_replace(true);
        if let Some(jobs) = &self.jobs {
            jobs.tell_to_stop();
        }
    }
}
