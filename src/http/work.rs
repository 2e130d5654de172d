//! Work that takes long enough to keep others from the processors: off the threads that take requests, and no more of it at a
//! time than the processors can do. What finds no place waits for one as long as nobody notices, and is refused then. Once
//! somebody was refused nobody waits at all, until a second has gone by without a refusal: a crowd that comes at once is
//! served, and where more comes than can be done the wait would only make every answer late.

use super::access_refusal::AccessRefusal;
use super::error::ApiError;
use super::state::App;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout};

/// Bytes of a single request that is still answered where it came: a spell of some twenty episodes. It takes less time than it
/// would to hand it over.
pub(super) const SHORT: usize = 8 * 1024;

/// How long work waits for a place: a page that asks for some things at once must not be refused one of them.
const WAIT: Duration = Duration::from_millis(50);

/// How long after a refusal nobody waits.
const HASTE: Duration = Duration::from_secs(1);

/// How much work is done at a time where nobody says otherwise: as much as there are processors, for more only share them and
/// all end later.
pub(super) fn places() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Room for work that takes long.
#[derive(Clone, Debug)]
pub struct Places {
    free: Arc<Semaphore>,
    /// Until when nobody waits.
    hasty_until: Arc<Mutex<Instant>>,
}

impl Places {
    /// Room for so much work at a time.
    pub fn new(places: usize) -> Places {
        Places { free: Arc::new(Semaphore::new(places)), hasty_until: Arc::new(Mutex::new(Instant::now())) }
    }

    /// A place, or none where there is none soon enough.
    async fn take(&self) -> Option<OwnedSemaphorePermit> {
        let free = Arc::clone(&self.free);
        let hasty_until = || self.hasty_until.lock().unwrap_or_else(PoisonError::into_inner);
        let is_hasty = Instant::now() < *hasty_until();
        let place = if is_hasty {
            free.try_acquire_owned().ok()
        } else {
            timeout(WAIT, free.acquire_owned()).await.ok().and_then(Result::ok)
        };
        if place.is_none() {
            *hasty_until() = Instant::now() + HASTE;
        }
        place
    }
}

impl App {
    /// Does work that takes long, where there is a place for it.
    pub(super) async fn at_work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let Some(place) = self.work.take().await else {
            self.gate.count_shed();
            return Err(AccessRefusal::Overloaded.into());
        };
        let done = spawn_blocking(move || {
            let done = work();
            drop(place);
            done
        });
        done.await.map_err(|_| ApiError::Internal)?
    }

    /// The same for the body of a single request, unless it is short.
    pub(super) async fn at_work_if_long<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce(&App) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        if bytes <= SHORT {
            return work(self);
        }
        let app = self.clone();
        self.at_work(move || work(&app)).await
    }
}

#[cfg(test)]
mod tests {
    use super::{HASTE, Places, WAIT};
    use tokio::time::{Instant, sleep};

    #[tokio::test]
    async fn a_crowd_waits_and_is_served() {
        let places = Places::new(1);
        let first = places.take().await.expect("a place");
        let waiting = tokio::spawn({
            let places = places.clone();
            async move { places.take().await.is_some() }
        });
        sleep(WAIT / 5).await;
        drop(first);
        assert!(waiting.await.expect("no panic"));
    }

    #[tokio::test]
    async fn once_somebody_is_refused_nobody_waits_for_a_second() {
        let places = Places::new(1);
        let held = places.take().await.expect("a place");
        let begun = Instant::now();
        assert!(places.take().await.is_none());
        assert!(begun.elapsed() >= WAIT, "the first one waited");

        let begun = Instant::now();
        for _ in 0..100 {
            assert!(places.take().await.is_none());
        }
        assert!(begun.elapsed() < WAIT * 10, "the next hundred did not");

        drop(held);
        let held = places.take().await.expect("what is free is given at once all the same");
        sleep(HASTE + WAIT).await;
        let begun = Instant::now();
        assert!(places.take().await.is_none());
        assert!(begun.elapsed() >= WAIT, "patience is back");
        drop(held);
    }
}
