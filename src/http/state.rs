//! What every request shares.

use super::access::Gate;
use super::limits::Limits;
use super::meters::Meters;
use super::work::Places;
use crate::access::Lodge;
use crate::audit::Book;
use crate::bundle::Shelf;
use crate::files::rdf::Rdf;
use crate::jobs::Jobs;
use axum::http::HeaderValue;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;
use tokio::sync::{Semaphore, watch};

/// The shared state. A request clones it several times on its way through the routes, which costs one count.
#[derive(Clone, Debug)]
pub struct App(Arc<Shared>);

/// What is shared.
#[derive(Clone, Debug)]
pub struct Shared {
    /// The loaded releases.
    pub shelf: Arc<Shelf>,
    /// Record definitions that a request may name.
    pub definitions: Arc<BTreeMap<String, Rdf>>,
    /// Room for streams.
    pub streams: Arc<Semaphore>,
    /// Room for work that takes long.
    pub work: Places,
    /// The limits.
    pub limits: Arc<Limits>,
    /// Who is let in.
    pub gate: Arc<Gate>,
    /// Who is let in to the admin interface: operators get in however many callers there are.
    pub admin_gate: Arc<Gate>,
    /// What is counted.
    pub meters: Meters,
    /// The book of decisions, where there is one.
    pub book: Option<Arc<Book>>,
    /// Pages of other origins that may call.
    pub origins: Arc<[HeaderValue]>,
    callers_are_known: bool,
    jobs: Option<Arc<Jobs>>,
    draining: watch::Sender<bool>,
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl App {
    /// The state over a shelf, without jobs.
    pub fn new(shelf: impl Into<Arc<Shelf>>) -> App {
        let limits = Limits::default();
        App(Arc::new(Shared {
            shelf: shelf.into(),
            definitions: Arc::default(),
            streams: Arc::new(Semaphore::new(limits.streams)),
            work: Places::new(limits.work()),
            gate: Arc::new(Gate::new(None, None, limits.requests)),
            admin_gate: Arc::new(Gate::new(None, None, limits.requests)),
            limits: Arc::new(limits),
            meters: Meters::default(),
            book: None,
            origins: Arc::default(),
            callers_are_known: false,
            jobs: None,
            draining: watch::Sender::new(false),
        }))
    }

    /// The same with something else in it.
    fn with(mut self, change: impl FnOnce(&mut Shared)) -> App {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// The same with record definitions by name.
    #[must_use]
    pub fn with_definitions(self, definitions: BTreeMap<String, Rdf>) -> App {
        self.with(|shared| shared.definitions = Arc::new(definitions))
    }

    /// The same with these limits, and callers that are known where there is a lodge.
    #[must_use]
    pub fn with_access(self, lodge: Option<Arc<Lodge>>, limits: Limits) -> App {
        let callers_are_known = lodge.is_some();
        let gate = |lodge| Arc::new(Gate::new(lodge, limits.rate(callers_are_known), limits.requests));
        let (gate, admin_gate) = (gate(lodge.clone()), gate(lodge));
        self.with(|shared| {
            (shared.gate, shared.admin_gate) = (gate, admin_gate);
            shared.streams = Arc::new(Semaphore::new(limits.streams));
            shared.work = Places::new(limits.work());
            shared.callers_are_known = callers_are_known;
            shared.limits = Arc::new(limits);
        })
    }

    /// Requests a second and at once that each client may make; none where there is no such limit.
    pub fn rate(&self) -> Option<(u32, u32)> {
        self.limits.rate(self.callers_are_known)
    }

    /// Whether callers must say who they are.
    pub fn knows_callers(&self) -> bool {
        self.callers_are_known
    }

    /// The same with a book of decisions.
    #[must_use]
    pub fn with_book(self, book: Option<Arc<Book>>) -> App {
        self.with(|shared| shared.book = book)
    }

    /// The same for pages of these origins too.
    #[must_use]
    pub fn with_origins(self, origins: &[String]) -> App {
        let origins = origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect();
        self.with(|shared| shared.origins = origins)
    }

    /// The same with jobs.
    #[must_use]
    pub fn with_jobs(self, jobs: Arc<Jobs>) -> App {
        self.with(|shared| shared.jobs = Some(jobs))
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
