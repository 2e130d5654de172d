//! Chunks of rows through all cores, and on in their order: one thread reads, one for each core groups, one writes.
//!
//! There is a fixed number of chunks. A chunk that was written goes back to be filled again, so that a slow reader or
//! writer costs no memory: the others wait.

use super::chunk::{Chunk, Feed};
use super::error::RunError;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

/// Fills chunks from the feed, lets `work` do its part on all cores, and gives them to `write` in order.
pub fn run(
    feed: Feed<'_>,
    work: impl Fn(&mut Chunk) + Sync,
    mut write: impl FnMut(&Chunk) -> Result<(), RunError>,
) -> Result<(), RunError> {
    let threads = rayon::current_num_threads();
    let (give_back, free) = channel();
    (0..threads * 2 + 2).for_each(|_| _ = give_back.send(Chunk::default()));
    let (full, to_do) = channel();
    let (done, to_write) = channel();
    let to_do = Mutex::new(to_do);
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || read(feed, &free, &full));
        for _ in 0..threads {
            let (work, to_do, done) = (&work, &to_do, done.clone());
            scope.spawn(move || group(work, to_do, &done));
        }
        drop(done);
        let mut waiting = BTreeMap::new();
        let mut next = 0;
        for chunk in to_write {
            let chunk: Chunk = chunk?;
            waiting.insert(chunk.number, chunk);
            while let Some(chunk) = waiting.remove(&next) {
                write(&chunk)?;
                next += 1;
                _ = give_back.send(chunk); // the reader may have ended
            }
        }
        drop(give_back);
        reader.join().unwrap_or_else(|_| Err(stopped()))
    })
}

fn stopped() -> RunError {
    RunError::Processing("a thread stopped".to_owned())
}

/// Fills chunks until the rows end or nobody wants more.
fn read(mut feed: Feed<'_>, free: &Receiver<Chunk>, full: &Sender<Chunk>) -> Result<(), RunError> {
    while let Ok(mut chunk) = free.recv() {
        if !feed.fill(&mut chunk)? || full.send(chunk).is_err() {
            break;
        }
    }
    Ok(())
}

/// Works on chunks until there are no more.
fn group(work: impl Fn(&mut Chunk), to_do: &Mutex<Receiver<Chunk>>, done: &Sender<Result<Chunk, RunError>>) {
    loop {
        let chunk = to_do.lock().ok().and_then(|to_do| to_do.recv().ok());
        let Some(mut chunk) = chunk else { return };
        // A chunk that got lost would be waited for.
        let worked = catch_unwind(AssertUnwindSafe(|| work(&mut chunk))).map_err(|_| stopped());
        if done.send(worked.map(|()| chunk)).is_err() {
            return;
        }
    }
}
