//! How jobs end without a result, and what a service finds when it begins.
//!
//! The order is always the same: how a job ends is written down, its files are erased, and then its state says so. Whoever
//! is told that files are erased is told the truth, and a service that dies in between goes on from where it was.

use super::error::JobError;
use super::queue::Inner;
use super::record::{Ending, Failure, Record, ReleaseName, State};
use jiff::{SignedDuration, Timestamp};

/// How long the record of an expired job says so, after its files are gone.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(7 * 24);

impl Inner {
    /// Ends a job without a result; gives what is left of it.
    pub(super) fn end(&self, id: &str, ending: Ending) -> Result<Option<Record>, JobError> {
        let noted = self.store.change(id, |record| {
            // What its client deleted stays deleted.
            if record.ending != Some(Ending::Deleted) {
                record.ending = Some(ending);
            }
        });
        // A store that cannot be written, on a full disk, keeps nothing from being erased.
        self.folder.of(id).erase()?;
        let Some(Record { ending: Some(ending), .. }) = noted? else { return Ok(None) };
        if ending == Ending::Deleted {
            self.store.remove(id)?;
            return Ok(None);
        }
        let expires = self.expiry();
        Ok(self.store.change(id, |record| record.settle(ending, expires))?)
    }

    /// Cancels and erases a job of a client; false where there is none.
    pub(super) fn delete(&self, client: &str, id: &str) -> Result<bool, JobError> {
        let Some(record) = self.own(client, id)? else { return Ok(false) };
        let entry = self.entries().get(id).cloned();
        let erase = || self.end(&record.id, Ending::Deleted);
        match entry {
            Some(entry) => {
                entry.live.cancel(erase)?;
                self.dequeue(id);
                entry.live.tell();
            }
            None => drop(erase()?),
        }
        Ok(true)
    }

    /// What an earlier run left: jobs that had not ended begin anew, and what is of no job is erased.
    pub(super) fn take_up(&self) -> Result<(), JobError> {
        let mut records = self.store.all()?;
        records.sort_by_key(|record| record.created);
        let known: Vec<String> =
            records.iter().filter(|r| r.state != State::Expired).map(|record| record.id.clone()).collect();
        self.folder.erase_all_but(&known)?;
        for record in records {
            self.take_up_one(record)?;
        }
        Ok(())
    }

    fn take_up_one(&self, record: Record) -> Result<(), JobError> {
        let (id, place) = (record.id.as_str(), self.folder.of(&record.id));
        if let Some(ending) = record.ending {
            self.end(id, ending)?;
            return Ok(());
        }
        if matches!(record.state, State::Expired | State::Failed) || record.failure.is_some() {
            return Ok(());
        }
        if !place.has_key() {
            // It was being erased when the store could not be written.
            let ending =
                if record.is_final() { Ending::Expired } else { Ending::Failed(Failure::disk()) };
            self.end(id, ending)?;
            return Ok(());
        }
        place.key().map_err(JobError::Master)?;
        if record.state == State::Finished {
            return Ok(place.remove_input()?);
        }
        place.remove_parts()?;
        if record.attempts >= self.settings.attempts {
            self.end(id, Ending::Interrupted(Failure::interrupted()))?;
            return Ok(());
        }
        let found = |name: &ReleaseName| self.shelf.find(&name.pinned());
        match record.order.references.iter().map(found).collect::<Option<Vec<_>>>() {
            Some(releases) => {
                tracing::info!(job.id = id, job.attempts = record.attempts, "job taken up again");
                self.store.change(id, |record| record.state = State::Queued)?;
                self.enqueue(id, releases);
            }
            None => drop(self.end(id, Ending::Failed(Failure::reference()))?),
        }
        Ok(())
    }

    /// Whether a job's time is over. What waits or runs has time.
    pub(super) fn is_over(&self, record: &Record) -> bool {
        let over = record.state != State::Expired && record.expires <= Timestamp::now();
        over && !self.entries().contains_key(&record.id)
    }

    /// Ends the jobs whose time is over, and those whose files could not be erased before.
    pub(super) fn sweep_once(&self) -> Result<(), JobError> {
        for record in self.store.all()? {
            let left = record.ending.clone().filter(|_| !self.entries().contains_key(&record.id));
            if let Some(ending) = left.or_else(|| self.is_over(&record).then_some(Ending::Expired)) {
                self.end(&record.id, ending)?;
            }
            let forgotten = record.expires.checked_add(REMEMBERED).unwrap_or(Timestamp::MAX);
            if record.state == State::Expired && forgotten <= Timestamp::now() {
                self.store.remove(&record.id)?;
            }
        }
        Ok(())
    }
}
