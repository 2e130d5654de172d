//! Work that takes long enough to keep others from the processors: off the threads that take requests, and no more of it at a
//! time than the processors can do. What finds no place waits for one as long as nobody notices, and is refused then: to let
//! it wait longer would make everything wait.

use super::access_refusal::AccessRefusal;
use super::error::ApiError;
use super::state::App;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// Bytes of a single request that is still answered where it came: a spell of some twenty episodes. It takes less time than it
/// would to hand it over.
pub(super) const SHORT: usize = 8 * 1024;

/// How long work waits for a place: a page that asks for some things at once must not be refused one of them.
const WAIT: Duration = Duration::from_millis(50);

/// How much work is done at a time where nobody says otherwise: enough to keep the processors busy while answers are written.
pub(super) fn places() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from) + 2
}

impl App {
    /// Does work that takes long, where there is a place for it.
    pub(super) async fn at_work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let Ok(Ok(place)) = timeout(WAIT, Arc::clone(&self.work).acquire_owned()).await else {
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
        work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        if bytes <= SHORT { work() } else { self.at_work(work).await }
    }
}
