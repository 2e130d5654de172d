//! One job after another: does it, and writes down what came of it.

use super::bench::{Bench, Done, Ended};
use super::error::JobError;
use super::live::{Live, Stop};
use super::queue::{Entry, Inner};
use super::record::{Ending, Failure, Kind, Record, State};
use super::{check, compare, group};
use crate::reference::Reference;
use jiff::Timestamp;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

impl Inner {
    /// Does a job of the queue, unless it was cancelled.
    pub(super) fn run(&self, id: &str) {
        let Some(entry) = self.entries().get(id).cloned() else { return };
        if let Err(fault) = self.run_to_end(id, &entry) {
            // The record says that it runs; without an entry it is shown as interrupted, and begins anew at the next start.
            tracing::error!(job.id = id, %fault, "what came of a job could not be written down");
        }
        self.dequeue(id);
        entry.live.tell();
    }

    fn run_to_end(&self, id: &str, entry: &Entry) -> Result<(), JobError> {
        let live = &entry.live;
        let begun = self.store.change(id, |record| {
            record.state = State::Running;
            record.started = Some(Timestamp::now());
            record.attempts += 1;
        })?;
        let Some(record) = begun else { return Ok(()) };
        live.begin(match record.order.kind {
            Kind::Group => group::parts(&record.order),
            Kind::Compare | Kind::Check => 1,
        });
        live.tell();
        let ended = catch_unwind(AssertUnwindSafe(|| self.done(&record, entry)));
        let ended = ended.unwrap_or_else(|_| Err(Ended::Failed(Failure::internal())));
        match (ended, live.stopped()) {
            // What is erased stays so, whatever was written in the meantime.
            (_, Some(Stop::Cancelled)) => self.folder.of(id).erase()?,
            (Ok(done), _) => self.keep(&record, live, done)?,
            (Err(_), Some(Stop::Shutdown)) => {
                self.folder.of(id).remove_parts()?;
                self.store.change(id, |record| {
                    record.state = State::Interrupted;
                    record.attempts = record.attempts.saturating_sub(1);
                })?;
            }
            (Err(Ended::Failed(failure)), None) => drop(self.end(id, Ending::Failed(failure))?),
            (Err(Ended::Broken(fault)), None) => {
                // The fault names no file of the client's, and none of ours but by its kind.
                tracing::error!(job.id = id, fault = %fault.kind(), "a job broke");
                self.end(id, Ending::Failed(Failure::disk()))?;
            }
        }
        Ok(())
    }

    fn done(&self, record: &Record, entry: &Entry) -> Result<Done, Ended> {
        let place = self.folder.of(&record.id);
        let key = place.key()?;
        let bench = Bench {
            place: &place,
            key: &key,
            record,
            order: &record.order,
            releases: &entry.releases,
            live: &entry.live,
            settings: &self.settings,
            faults: Arc::default(),
        };
        match record.order.kind {
            Kind::Group => group::run(&bench),
            Kind::Compare => compare::run(&bench),
            Kind::Check => check::run(&bench, &self.others(record)),
        }
    }

    /// The releases that a file is not checked for: a code may be one of theirs.
    fn others(&self, record: &Record) -> Vec<Arc<Reference>> {
        let chosen = record.order.references.first().map(|name| name.id.as_str());
        let all = self.shelf.all();
        all.iter().filter(|(id, _)| Some(id.as_str()) != chosen).map(|(_, release)| Arc::clone(release)).collect()
    }

    /// First the files, on the disk under their names, then the record: a result that can be seen is whole.
    fn keep(&self, record: &Record, live: &Live, done: Done) -> Result<(), JobError> {
        self.records.fetch_add(done.counts.read, Ordering::Relaxed);
        if let Some(tally) = &done.tally {
            let mut tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
            tallies.push((record.order.dataset, tally.clone()));
        }
        let (place, expires) = (self.folder.of(&record.id), self.expiry());
        let kept = live.with_files(|| {
            for kept in &done.results {
                place.keep_result(kept.format)?;
            }
            place.sync()?;
            let kept = self.store.change(&record.id, |record| {
                record.state = State::Finished;
                record.ended = Some(Timestamp::now());
                record.expires = expires;
                record.attempts = record.attempts.saturating_sub(1);
                record.counts = Some(done.counts);
                record.results = done.results;
            });
            kept.map_err(io::Error::other)
        });
        match kept {
            Err(_) if live.stopped() == Some(Stop::Cancelled) => place.erase()?,
            kept => {
                kept?;
                // Nobody needs it any more.
                place.remove_input()?;
            }
        }
        Ok(())
    }
}
