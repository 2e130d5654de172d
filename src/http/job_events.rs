//! How a job goes, as server-sent events.

use super::access::Owner;
use super::job_answer::JobAnswer;
use super::job_refusal::JobRefusal;
use super::jobs::find;
use super::state::App;
use crate::http::error::ApiError;
use crate::jobs::Jobs;
use crate::jobs::record::State;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often progress is told; the promise is a second at most.
const TELL: Duration = Duration::from_millis(500);

/// Someone who listens.
struct Listener {
    jobs: Arc<Jobs>,
    owner: Owner,
    id: String,
    /// None where nothing more comes of the job.
    told: Option<watch::Receiver<()>>,
    stopping: watch::Receiver<bool>,
    first: bool,
    last: bool,
}

/// The events of a job, until nothing more comes of it or the service stops.
pub(super) fn events(
    app: &App,
    jobs: Arc<Jobs>,
    owner: Owner,
    id: String,
    told: Option<watch::Receiver<()>>,
) -> Response {
    let listener = Listener { jobs, owner, id, told, stopping: app.stopping(), first: true, last: false };
    let events = futures_util::stream::unfold(listener, |mut listener| async {
        let event = listener.next().await?;
        Some((Ok::<Event, Infallible>(event), listener))
    });
    Sse::new(events).into_response()
}

impl Listener {
    async fn next(&mut self) -> Option<Event> {
        if self.last {
            return None;
        }
        let stopping = *self.stopping.borrow();
        if !std::mem::take(&mut self.first) && !stopping {
            tokio::select! {
                () = tokio::time::sleep(TELL) => {}
                () = changed(&mut self.told) => {}
                _ = self.stopping.changed() => {}
            }
        }
        if *self.stopping.borrow() {
            // A job that runs is about to be interrupted, and says so.
            _ = tokio::time::timeout(TELL, changed(&mut self.told)).await;
        }
        let view = match find(&self.jobs, &self.owner, self.id.clone()).await {
            Ok(view) => view,
            Err(fault) => {
                self.last = true;
                let gone = matches!(fault, ApiError::Job(JobRefusal::Unknown));
                return Some(Event::default().event(if gone { "deleted" } else { "ended" }).data("{}"));
            }
        };
        self.last = !view.is_live || *self.stopping.borrow();
        let name = match view.record.state {
            State::Finished => "finished",
            State::Failed => "failed",
            State::Interrupted => "interrupted",
            State::Queued | State::Running | State::Expired if self.last => "stopping",
            State::Queued | State::Running | State::Expired => "progress",
        };
        let data = serde_json::to_string(&JobAnswer::of(&view)).unwrap_or_default();
        Some(Event::default().event(name).data(data))
    }
}

/// Resolves when the state of the job is another; never where nobody tells.
async fn changed(told: &mut Option<watch::Receiver<()>>) {
    let heard = match told {
        Some(receiver) => receiver.changed().await.is_ok(),
        None => std::future::pending().await,
    };
    if !heard {
        // The job has ended, and nobody is left to tell.
        *told = None;
    }
}
