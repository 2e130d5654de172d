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
            let ending = if record.is_final() { Ending::Expired } else { Ending::Failed(Failure::disk()) };
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

    /// Whether a job's time is over, or its result was erased when the store could not be told. What waits or runs has
    /// time.
    pub(super) fn is_over(&self, record: &Record) -> bool {
        let over = match record.state {
            State::Expired => false,
            State::Finished if !self.folder.of(&record.id).has_key() => true,
            _ => record.expires <= Timestamp::now(),
        };
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

#[cfg(test)]
mod tests {
    use super::super::folder::Folder;
    use super::super::record::{Counts, Format, Kept, Kind, Order, Packed, Sent};
    use super::super::settings::Settings;
    use super::super::store::Store;
    use super::*;
    use crate::bundle::{Releases, Shelf};
    use crate::reference::Dataset;
    use std::path::Path;
    use std::sync::Arc;

    /// As it is when a service begins that has no releases.
    fn inner(place: &Path) -> Inner {
        let folder = Folder::open(place, None).expect("a folder");
        let store = Store::open(&folder.store()).expect("a store");
        Inner::new(Arc::new(Shelf::new(Releases::new())), store, folder, Settings::default())
    }

    /// Puts a finished job there.
    fn add(inner: &Inner, id: &str, change: impl FnOnce(&mut Record)) {
        let (place, key) = inner.folder.make(id).expect("a folder");
        for sealer in [place.seal_input(&key), place.seal_result(&key, Format::Csv)] {
            sealer.and_then(|sealer| sealer.finish()).expect("written");
        }
        place.keep_result(Format::Csv).expect("kept");
        let mut record = Record {
            id: id.to_owned(),
            client: "c".to_owned(),
            order: Order {
                kind: Kind::Group,
                dataset: Dataset::Apc,
                references: vec![ReleaseName { id: "gone".to_owned(), digest: String::new() }],
                sent: Sent::Csv,
                packed: Packed::Plain,
                header: false,
                definition: false,
                sort: false,
            },
            state: State::Finished,
            sent_bytes: 0,
            created: Timestamp::now(),
            started: None,
            ended: None,
            expires: inner.expiry(),
            attempts: 0,
            counts: Some(Counts::default()),
            results: vec![Kept { format: Format::Csv, bytes: 0 }],
            failure: None,
            ending: None,
            key: Some(id.to_owned()),
            request: String::new(),
        };
        change(&mut record);
        inner.store.add(&record).expect("added");
    }

    #[test]
    fn what_a_service_that_died_was_about_to_do_is_done_at_the_next_start() {
        let place = tempfile::tempdir().expect("a folder");
        let before = inner(place.path());
        add(&before, "whole", |_| {});
        add(&before, "deleted", |record| record.ending = Some(Ending::Deleted));
        add(&before, "expired", |record| record.ending = Some(Ending::Expired));
        add(&before, "failed", |record| {
            record.state = State::Running;
            record.ending = Some(Ending::Failed(Failure::new("wrong-columns", "")));
        });
        add(&before, "erased", |record| record.state = State::Running);
        before.folder.of("erased").erase().expect("erased");
        add(&before, "old", |record| (record.state, record.attempts) = (State::Running, 3));
        add(&before, "homeless", |record| record.state = State::Queued);
        drop(before);

        let after = inner(place.path());
        after.take_up().expect("taken up");
        let state = |id: &str| after.store.get(id).expect("readable").map(|record| record.state);
        let code = |id: &str| after.store.get(id).expect("readable").and_then(|r| r.failure).map(|f| f.code);
        for (id, expected, why) in [
            ("whole", Some(State::Finished), None),
            ("deleted", None, None),
            ("expired", Some(State::Expired), None),
            ("failed", Some(State::Failed), Some("wrong-columns")),
            ("erased", Some(State::Failed), Some("job-store-unwritable")),
            ("old", Some(State::Interrupted), Some("interrupted-too-often")),
            ("homeless", Some(State::Failed), Some("reference-gone")),
        ] {
            assert_eq!((state(id), code(id).as_deref()), (expected, why), "{id}");
            assert_eq!(after.folder.of(id).path().exists(), id == "whole", "{id}");
            // The same request may be sent again where the fault was not its own.
            let keeps = ["whole", "failed"].contains(&id);
            assert_eq!(after.store.by_key(id).expect("readable").is_some(), keeps, "{id}");
        }
        assert!(!after.folder.of("whole").path().join("input").exists(), "nobody needs it any more");
        assert!(after.folder.of("whole").path().join("result.csv").exists());
    }

    #[test]
    fn two_who_erase_a_job_at_once_both_find_it_erased() {
        let place = tempfile::tempdir().expect("a folder");
        let inner = inner(place.path());
        for number in 0..100 {
            let id = number.to_string();
            let (place, key) = inner.folder.make(&id).expect("a folder");
            for format in [Format::Csv, Format::Ndjson] {
                place.seal_result(&key, format).and_then(|sealer| sealer.finish()).expect("written");
            }
            let erased = std::thread::scope(|scope| {
                let both = [(); 2].map(|()| scope.spawn(|| inner.folder.of(&id).erase()));
                both.map(|one| one.join().expect("it ends"))
            });
            assert!(erased.iter().all(Result::is_ok), "{erased:?}");
            assert!(!place.path().exists());
        }
    }

    #[test]
    fn a_job_is_its_clients_alone() {
        let place = tempfile::tempdir().expect("a folder");
        let inner = inner(place.path());
        add(&inner, "job", |_| {});
        assert!(inner.own("other", "job").expect("readable").is_none());
        assert!(!inner.delete("other", "job").expect("readable"));
        assert!(inner.own("c", "job").expect("readable").is_some());
        assert!(inner.delete("c", "job").expect("erased"));
        assert!(inner.store.get("job").expect("readable").is_none());
    }
}
