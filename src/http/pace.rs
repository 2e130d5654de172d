//! The pace of a connection: whether a head is on its way, whether requests run, and whether anything moves. Whoever
//! watches looks at it now and then, so that a request costs no reading of a clock.

use super::farewell::Farewell;
use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use hyper::rt::{Read, ReadBufCursor, Write};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// How often a connection is looked at within the shortest of its times.
const LOOKS: u32 = 10;

/// How long a connection may do what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// Send the head of a request.
    pub(super) head: Duration,
    /// Stay without a request.
    pub(super) idle: Duration,
    /// Move nothing while requests run.
    pub(super) stall: Duration,
}

impl Patience {
    /// How often to look.
    pub(super) fn look(self) -> Duration {
        (self.head.min(self.idle) / LOOKS).max(Duration::from_millis(10))
    }
}

/// What a connection does.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// Requests whose answers are not yet sent to the end.
    running: AtomicU32,
    /// Something came while none ran: the head of the next one.
    head: AtomicBool,
    /// Something moved since the last look.
    moved: AtomicBool,
    /// Several requests share the connection (HTTP/2), and what comes between them is no head.
    shared: AtomicBool,
    /// A request came since the last look.
    asked: AtomicBool,
}

/// What to do with a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Leave it.
    Keep,
    /// Let it end.
    End,
    /// End it.
    Drop,
}

/// For how long a connection has been as it is.
#[derive(Debug, Default)]
pub(super) struct Watch {
    head: Duration,
    still: Duration,
    unused: Duration,
}

impl Watch {
    /// Judges the connection, `since` the last look.
    pub(super) fn look(&mut self, pace: &Pace, patience: Patience, since: Duration) -> Verdict {
        let (moved, asked) = (pace.moved.swap(false, Relaxed), pace.asked.swap(false, Relaxed));
        self.still = if moved { Duration::ZERO } else { self.still + since };
        let is_running = pace.running.load(Relaxed) > 0;
        self.unused = if asked || is_running { Duration::ZERO } else { self.unused + since };
        let in_head = !is_running && pace.head.load(Relaxed);
        self.head = if in_head && !asked { self.head + since } else { Duration::ZERO };
        if is_running {
            return if self.still >= patience.stall { Verdict::Drop } else { Verdict::Keep };
        }
        if self.head >= patience.head || self.unused >= 2 * patience.idle {
            Verdict::Drop
        } else if self.unused >= patience.idle {
            Verdict::End
        } else {
            Verdict::Keep
        }
    }
}

impl Pace {
    /// A connection that is new: it owes the head of its first request.
    pub(super) fn new() -> Arc<Pace> {
        Arc::new(Pace { head: AtomicBool::new(true), ..Pace::default() })
    }

    /// A request has come; it runs until what is given is dropped.
    pub(super) fn begin(self: &Arc<Self>, shared: bool) -> Running {
        self.running.fetch_add(1, Relaxed);
        self.head.store(false, Relaxed);
        self.asked.store(true, Relaxed);
        if shared {
            self.shared.store(true, Relaxed);
        }
        Running(Arc::clone(self))
    }

    fn came(&self) {
        self.moved.store(true, Relaxed);
        if self.running.load(Relaxed) == 0 && !self.shared.load(Relaxed) {
            self.head.store(true, Relaxed);
        }
    }
}

/// A request that runs.
#[derive(Debug)]
pub(super) struct Running(Arc<Pace>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Relaxed);
    }
}

/// A connection that tells its pace.
pub(super) struct Paced<S> {
    inner: S,
    pace: Arc<Pace>,
    /// Once everything was said.
    farewell: Option<Farewell>,
}

impl<S> Paced<S> {
    pub(super) fn new(inner: S, pace: &Arc<Pace>) -> Paced<S> {
        Paced { inner, pace: Arc::clone(pace), farewell: None }
    }
}

impl<S: Read + Unpin> Read for Paced<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.inner).poll_read(context, into);
        if read.is_ready() {
            self.pace.came();
        }
        read
    }
}

impl<S: Read + Write + Unpin> Write for Paced<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(context, bytes);
        if written.is_ready() {
            self.pace.moved.store(true, Relaxed);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Paced { inner, farewell, .. } = &mut *self;
        if farewell.is_none() {
            ready!(Pin::new(&mut *inner).poll_shutdown(context))?;
        }
        farewell.get_or_insert_default().poll(Pin::new(inner), context).map(Ok)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(context, pieces);
        if written.is_ready() {
            self.pace.moved.store(true, Relaxed);
        }
        written
    }
}

/// The body of an answer: its request runs until the last of it is sent.
pub(super) struct Answered {
    pub(super) body: Body,
    pub(super) _running: Running,
}

impl HttpBody for Answered {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience =
        Patience { head: Duration::from_secs(10), idle: Duration::from_secs(60), stall: Duration::from_secs(80) };
    const SECOND: Duration = Duration::from_secs(1);

    /// After how many looks, a second apart, the verdict is another than to keep.
    fn looks(watch: &mut Watch, pace: &Arc<Pace>, mut before: impl FnMut(&Arc<Pace>)) -> Option<(u32, Verdict)> {
        (1..200).find_map(|look| {
            before(pace);
            let verdict = watch.look(pace, PATIENCE, SECOND);
            (verdict != Verdict::Keep).then_some((look, verdict))
        })
    }

    #[test]
    fn a_head_must_come_in_its_time_also_drop_by_drop() {
        let pace = Pace::new();
        assert_eq!(looks(&mut Watch::default(), &pace, |_| {}), Some((10, Verdict::Drop)));
        let pace = Pace::new();
        assert_eq!(looks(&mut Watch::default(), &pace, |pace| pace.came()), Some((10, Verdict::Drop)));
        let (pace, mut watch) = (Pace::new(), Watch::default());
        drop(pace.begin(false));
        assert_eq!(watch.look(&pace, PATIENCE, SECOND), Verdict::Keep);
        pace.came();
        assert_eq!(looks(&mut watch, &pace, |_| {}), Some((10, Verdict::Drop)));
    }

    #[test]
    fn a_connection_without_a_request_ends_after_a_while_and_a_shared_one_whatever_comes_between() {
        for shared in [false, true] {
            let (pace, mut watch) = (Pace::new(), Watch::default());
            drop(pace.begin(shared));
            watch.look(&pace, PATIENCE, SECOND);
            let between = |pace: &Arc<Pace>| {
                if shared {
                    pace.came();
                }
            };
            assert_eq!(looks(&mut watch, &pace, between), Some((60, Verdict::End)));
        }
    }

    #[test]
    fn a_request_that_runs_may_take_its_time_while_something_moves() {
        let (pace, mut watch) = (Pace::new(), Watch::default());
        let running = pace.begin(false);
        assert_eq!(looks(&mut watch, &pace, |pace| pace.came()), None);
        assert_eq!(looks(&mut watch, &pace, |_| {}), Some((80, Verdict::Drop)));
        drop(running);
    }
}
