//! Looks after a connection from beside it, so that nothing that waits for a clock or for the end of the service is asked
//! at every move of the connection.

use super::pace::{Pace, Patience, Verdict, Watch};
use super::serve::stopped;
use futures_util::task::AtomicWaker;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering::AcqRel, Ordering::Acquire};
use std::task::Context;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

const KEEP: u8 = 0;
const END: u8 = 1;
const DROP: u8 = 2;

/// What the minder has to say, and whom to wake when it says it.
#[derive(Debug, Default)]
struct Orders {
    next: AtomicU8,
    connection: AtomicWaker,
}

impl Orders {
    fn give(&self, order: u8) {
        self.next.fetch_max(order, AcqRel);
        self.connection.wake();
    }
}

/// Whoever looks after a connection, until the value is dropped.
#[derive(Debug)]
pub(super) struct Minder {
    orders: Arc<Orders>,
    task: JoinHandle<()>,
}

impl Minder {
    /// Begins to look after a connection.
    pub(super) fn spawn(pace: &Arc<Pace>, patience: Patience, is_stopped: watch::Receiver<bool>) -> Minder {
        let orders = Arc::<Orders>::default();
        let task = tokio::spawn(mind(Arc::clone(pace), patience, is_stopped, Arc::clone(&orders)));
        Minder { orders, task }
    }

    /// What the connection is to do. Each order is given once.
    pub(super) fn order(&self, context: &Context<'_>) -> Verdict {
        self.orders.connection.register(context.waker());
        if self.orders.next.load(Acquire) == KEEP {
            return Verdict::Keep;
        }
        match self.orders.next.swap(KEEP, AcqRel) {
            DROP => Verdict::Drop,
            END => Verdict::End,
            _ => Verdict::Keep,
        }
    }
}

impl Drop for Minder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn mind(pace: Arc<Pace>, patience: Patience, is_stopped: watch::Receiver<bool>, orders: Arc<Orders>) {
    let (mut looks, mut watch) = (interval(patience.look()), Watch::default());
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    looks.tick().await;
    let (mut stop, mut is_told) = (pin!(stopped(is_stopped)), false);
    loop {
        tokio::select! {
            () = stop.as_mut(), if !is_told => {
                is_told = true;
                orders.give(END);
            }
            _ = looks.tick() => match watch.look(&pace, patience, patience.look()) {
                Verdict::Keep => {}
                Verdict::End if is_told => {}
                Verdict::End => {
                    is_told = true;
                    orders.give(END);
                }
                Verdict::Drop => {
                    orders.give(DROP);
                    return;
                }
            }
        }
    }
}
