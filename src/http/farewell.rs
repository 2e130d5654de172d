//! The end of a connection whose caller is still sending. To close it at once makes the system throw away the answer that is on
//! its way, so that a caller who reads only once all is sent never sees why it was refused.

use hyper::rt::{Read, ReadBuf};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Sleep, sleep};

/// Bytes that are still taken, to be thrown away.
const BYTES: usize = 64 * 1024 * 1024;
/// How long they are.
const TIME: Duration = Duration::from_secs(2);
/// Bytes that are taken at once.
const PIECE: usize = 16 * 1024;

/// What is still taken of a connection after its last answer.
#[derive(Debug, Default)]
pub(super) struct Farewell {
    taken: usize,
    /// Until when, where something came.
    end: Option<Pin<Box<Sleep>>>,
}

impl Farewell {
    /// Takes what comes, until the caller has read the end of the answer and ends too, or has had time enough for it. A caller
    /// who sends nothing is not waited for.
    pub(super) fn poll(&mut self, mut line: Pin<&mut impl Read>, context: &mut Context<'_>) -> Poll<()> {
        let mut piece = [0; PIECE];
        while self.taken < BYTES && !self.is_over(context) {
            let mut came = ReadBuf::new(&mut piece);
            match line.as_mut().poll_read(context, came.unfilled()) {
                Poll::Ready(Ok(())) if !came.filled().is_empty() => {
                    self.taken += came.filled().len();
                    self.end.get_or_insert_with(|| Box::pin(sleep(TIME)));
                }
                Poll::Pending if self.end.is_some() => return Poll::Pending,
                Poll::Ready(_) | Poll::Pending => break,
            }
        }
        Poll::Ready(())
    }

    fn is_over(&mut self, context: &mut Context<'_>) -> bool {
        self.end.as_mut().is_some_and(|end| end.as_mut().poll(context).is_ready())
    }
}
