//! One job after another: does it, and writes down what came of it.

use super::bench::{Bench, Done, Ended};
use super::live::{Live, Stop};
use super::queue::{Inner, JobError};
use super::record::{Failure, Kind, Order, Record, State};
use super::{check, compare, group};
use jiff::Timestamp;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// How often a job reads its input.
fn passes(order: &Order) -> u64 {
    match order.kind {
        Kind::Group => group::passes(order),
        Kind::Compare | Kind::Check => 1,
    }
}

impl Inner {
    /// Does a job of the queue, unless it was cancelled.
    pub(super) fn run(&self, id: &str) {
        let Some(entry) = self.entries().get(id).cloned() else { return };
        if let Err(fault) = self.run_to_end(id, &entry.live, &entry.releases) {
            // The record says that it runs; without an entry it is shown as interrupted, and begins anew at the next start.
            tracing::error!(job.id = id, %fault, "what came of a job could not be written down");
        }
        self.entries().remove(id);
        entry.live.tell();
    }

    fn run_to_end(
        &self,
        id: &str,
        live: &Arc<Live>,
        releases: &[Arc<crate::reference::Reference>],
    ) -> Result<(), JobError> {
        let begun = self.store.change(id, |record| {
            record.state = State::Running;
            record.started = Some(Timestamp::now());
            record.attempts += 1;
        })?;
        let Some(record) = begun else { return Ok(()) };
        live.begin(record.sent_bytes * passes(&record.order));
        live.tell();
        let ended = catch_unwind(AssertUnwindSafe(|| self.done(&record, live, releases)));
        let ended = ended.unwrap_or_else(|_| Err(Ended::Failed(Failure::new("internal", "something broke here"))));
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
            (Err(Ended::Failed(failure)), None) => self.fail(id, failure)?,
            (Err(Ended::Broken(fault)), None) => {
                // The fault names no file of the sender's, and none of ours but by its kind.
                tracing::error!(job.id = id, fault = %fault.kind(), "a job broke");
                let detail = "its files could not be read or written here; send it again";
                self.fail(id, Failure::new("job-store-unwritable", detail))?;
            }
        }
        Ok(())
    }

    fn done(
        &self,
        record: &Record,
        live: &Arc<Live>,
        releases: &[Arc<crate::reference::Reference>],
    ) -> Result<Done, Ended> {
        let place = self.folder.of(&record.id);
        let key = place.key()?;
        let others: Vec<_> = match record.order.kind {
            Kind::Check => {
                let chosen = record.order.references.first().map(|name| name.id.as_str());
                let all = self.shelf.all();
                all.iter()
                    .filter(|(id, _)| Some(id.as_str()) != chosen)
                    .map(|(_, release)| Arc::clone(release))
                    .collect()
            }
            Kind::Group | Kind::Compare => Vec::new(),
        };
        let bench = Bench {
            place: &place,
            key: &key,
            order: &record.order,
            releases,
            others: &others,
            live,
            settings: &self.settings,
            too_large: Arc::new(AtomicBool::new(false)),
        };
        match record.order.kind {
            Kind::Group => group::run(&bench),
            Kind::Compare => compare::run(&bench),
            Kind::Check => check::run(&bench),
        }
    }

    /// First the files, on the disk under their names, then the record: a result that can be seen is whole.
    fn keep(&self, record: &Record, live: &Live, done: Done) -> Result<(), JobError> {
        let (place, expires) = (self.folder.of(&record.id), self.expiry());
        let kept = live.with_files(|| {
            for kept in &done.results {
                place.keep_result(kept.format.name(), kept.format)?;
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
