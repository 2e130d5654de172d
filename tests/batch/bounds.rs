//! What is in flight is bounded by constants, not by the stream; who goes away or stops ends the work.

use crate::belt::*;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::Request;
use hrg_grouper::batch::{BatchError, Limits, Options, Order, Progress, Status, group_stream};
use hrg_grouper::bundle::{Releases, Shelf};
use hrg_grouper::http::{App, router};
use hrg_grouper::reference::Dataset;
use http_body::Frame;
use http_body_util::BodyExt;
use std::io::{self, Read, Write};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering as Atomic};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use tower::ServiceExt;

/// One line over and over, as many times as asked.
struct Endless<'a> {
    line: Vec<u8>,
    place: usize,
    left: u64,
    given: &'a AtomicU64,
}

impl Read for Endless<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut read = 0;
        while read < buffer.len() && self.left > 0 {
            let part = &self.line[self.place..];
            let length = part.len().min(buffer.len() - read);
            buffer[read..read + length].copy_from_slice(&part[..length]);
            (read, self.place) = (read + length, self.place + length);
            if self.place == self.line.len() {
                (self.place, self.left) = (0, self.left - 1);
            }
        }
        self.given.fetch_add(read as u64, Atomic::SeqCst);
        Ok(read)
    }
}

/// Takes its first bytes, then nothing until it is let go; notes how much came in by then.
struct Slow<'a> {
    let_go: Receiver<()>,
    waited: bool,
    taken: &'a AtomicU64,
    stopped: &'a OnceLock<()>,
}

impl Write for Slow<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.taken.fetch_add(bytes.len() as u64, Atomic::SeqCst);
        if !self.waited {
            self.waited = true;
            let _ = self.stopped.set(());
            let _ = self.let_go.recv();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn while_nothing_is_taken_of_the_answer_only_so_much_is_read() {
    let mut record = objects(Dataset::Em, true)[0].clone();
    record["own"] = "x".repeat(2_000).into();
    let line = lines(&[record]).into_bytes();
    let records = 20_000;
    let total = records * line.len() as u64;
    let (given, taken, stopped) = (AtomicU64::new(0), AtomicU64::new(0), OnceLock::new());
    let (go, let_go) = sync_channel(0);
    let input = Endless { line, place: 0, left: records, given: &given };
    let output = Slow { let_go, waited: false, taken: &taken, stopped: &stopped };
    let progress = Arc::new(Progress::default());
    let options = Options { progress: Arc::clone(&progress), ..ndjson(Dataset::Em) };
    let most = 16 * 1024 * 1024;
    std::thread::scope(|scope| {
        let work = scope.spawn(|| group_stream(input, output, &options, release()));
        stopped.wait();
        // What can still be read is read: it is done when nothing changes over many turns.
        let (mut last, mut same) = (u64::MAX, 0);
        while same < 20_000 {
            std::thread::yield_now();
            let now = given.load(Atomic::SeqCst);
            same = if now == last { same + 1 } else { 0 };
            last = now;
        }
        assert!(last < most && most < total, "{last} of {total} bytes were read while nothing was taken");
        go.send(()).expect("it waits");
        let summary = work.join().expect("no panic").expect("a summary");
        assert_eq!(summary.read, records);
    });
    assert_eq!(given.load(Atomic::SeqCst), total);
    assert_eq!((progress.bytes(), progress.records()), (total, records));
    assert_eq!(progress.count(Status::Grouped) + progress.count(Status::Invalid), records);
}

/// Takes so many bytes and goes away.
struct Leaving(usize);

impl Write for Leaving {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn whoever_goes_away_ends_the_work() {
    let line = lines(&objects(Dataset::Em, true)[..1]).into_bytes();
    let given = AtomicU64::new(0);
    let input = Endless { line, place: 0, left: u64::MAX, given: &given };
    let result = group_stream(input, Leaving(1_000_000), &ndjson(Dataset::Em), release());
    assert!(matches!(result, Err(BatchError::Output(_))), "{result:?}");
}

#[test]
fn a_stream_that_is_told_to_stop_ends_without_summary() {
    let line = lines(&objects(Dataset::Em, true)[..1]).into_bytes();
    let given = AtomicU64::new(0);
    let options = ndjson(Dataset::Em);
    let stop = Arc::clone(&options.progress);
    let kept = Kept::default();
    let input = Endless { line, place: 0, left: u64::MAX, given: &given };
    let result = std::thread::scope(|scope| {
        let work = scope.spawn(|| group_stream(input, kept.clone(), &options, release()));
        while stop.records() < 1_000 {
            std::thread::yield_now();
        }
        stop.stop();
        work.join().expect("no panic")
    });
    assert!(matches!(result, Err(BatchError::Stopped)), "{result:?}");
    let text = String::from_utf8(kept.0.lock().expect("kept").clone()).expect("text");
    assert!(!text.contains("\"summary\""));
}

#[test]
fn a_line_without_end_is_refused_before_it_is_kept() {
    for (packing, bytes) in [("gzip", gzip(&vec![b'0'; 64 << 20])), ("zstd", zstd(&vec![b'0'; 64 << 20]))] {
        assert!(bytes.len() < 1 << 20, "a bomb is small");
        for kind in ["application/x-ndjson", "text/csv"] {
            let headers = [("content-type", kind), ("content-encoding", packing)];
            let (status, _, answer) = post(Dataset::Em, "", &headers, bytes.clone());
            let text = String::from_utf8_lossy(&answer);
            // On a machine so slow that the answer had begun by then, the refusal is its last line.
            assert!([200, 413, 422].contains(&status.as_u16()), "{packing} {kind}: {status}");
            assert!(text.contains("too-large") || text.contains("wrong-columns"), "{packing} {kind}: {text}");
            assert!(!text.contains("summary"), "{packing} {kind}: {text}");
        }
        let headers = [("content-type", "application/json"), ("content-encoding", packing)];
        assert_eq!(post(Dataset::Em, "", &headers, bytes).0, 413, "{packing}");
    }
}

/// A body that never ends.
struct NeverEnding {
    piece: Bytes,
    given: Arc<AtomicU64>,
}

impl HttpBody for NeverEnding {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.given.fetch_add(self.piece.len() as u64, Atomic::SeqCst);
        Poll::Ready(Some(Ok(Frame::data(self.piece.clone()))))
    }
}

#[test]
fn a_caller_who_takes_nothing_is_waited_for_and_one_who_goes_away_ends_the_work() {
    let mut record = objects(Dataset::Em, true)[0].clone();
    record["own"] = "x".repeat(2_000).into();
    let given = Arc::new(AtomicU64::new(0));
    let piece = Bytes::from(lines(&[record]).repeat(10));
    let body = Body::new(NeverEnding { piece, given: Arc::clone(&given) });
    let app = App::new(Shelf::new(Releases::from([("2024-25.payment".to_owned(), release())])));
    let all = app.streams.available_permits();
    let request = Request::post("/v1/group/em/batch?reference=2024-25.payment");
    let request = request.header("content-type", "application/x-ndjson").body(body).expect("a request");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut response = router(app.clone()).oneshot(request).await.expect("an answer");
        assert_eq!(response.status(), 200);
        response.body_mut().frame().await.expect("a frame").expect("bytes");
        assert_eq!(app.streams.available_permits(), all - 1);
        let (mut last, mut same) = (0, 0);
        while same < 200_000 {
            tokio::task::yield_now().await;
            let now = given.load(Atomic::SeqCst);
            same = if now == last { same + 1 } else { 0 };
            last = now;
        }
        assert!(last < 16 * 1024 * 1024, "{last} bytes were taken in while nothing was taken of the answer");
        drop(response);
        while app.streams.available_permits() < all {
            tokio::task::yield_now().await;
        }
    });
}

/// Gives lines, then looks at what this process has on disk without a name.
#[cfg(target_os = "linux")]
struct Looking<'t> {
    lines: &'t [u8],
    canary: &'t [u8],
    seen: &'t AtomicU64,
}

#[cfg(target_os = "linux")]
impl Read for Looking<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.lines.is_empty() {
            return self.lines.read(buffer);
        }
        for open in std::fs::read_dir("/proc/self/fd")?.flatten() {
            let nameless =
                std::fs::read_link(open.path()).is_ok_and(|name| name.to_string_lossy().contains("(deleted)"));
            if nameless && let Ok(bytes) = std::fs::read(open.path()) {
                assert!(!bytes.windows(self.canary.len()).any(|part| part == self.canary), "a record lies in clear");
                self.seen.fetch_add(bytes.len() as u64, Atomic::SeqCst);
            }
        }
        Ok(0)
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_sorting_puts_on_disk_has_no_name_and_shows_no_record() {
    let mut row = objects(Dataset::Apc, true)[0].clone();
    row["LOCAL_KEY"] = "k9canary7f3e".into();
    let text = lines(&vec![row; 500]);
    let seen = AtomicU64::new(0);
    let limits = Limits { sort_bytes: 10_000, ..Limits::default() };
    let options = Options { limits, order: Order::Sort, ..ndjson(Dataset::Apc) };
    let (result, _) = run(&options, Looking { lines: text.as_bytes(), canary: b"k9canary7f3e", seen: &seen });
    assert_eq!(result.expect("a summary").read, 500);
    assert!(seen.load(Atomic::SeqCst) > text.len() as u64 / 2, "the records were on disk");
}
