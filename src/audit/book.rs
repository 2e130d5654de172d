//! The book itself: a queue of bounded length, and the thread that writes it down.

use super::entry::Entry;
use super::seal::Seal;
use super::settings::{AuditSettings, WhenFull};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long the end of the process waits for lines that are still to be written.
const PATIENCE: Duration = Duration::from_secs(5);

/// The book. Lines are added at once or not at all: nobody waits for a disk.
#[derive(Debug)]
pub struct Book {
    seal: Seal,
    when_full: WhenFull,
    lines: Mutex<Option<SyncSender<Entry>>>,
    counts: Arc<Counts>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug, Default)]
struct Counts {
    waiting: AtomicUsize,
    lost: AtomicU64,
    /// The last write failed.
    is_stuck: AtomicBool,
}

/// There is no room for the line, and it may not be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl Book {
    /// The book of a configuration; none where it names no file. A file that cannot be opened stops the start.
    pub fn open(settings: &AuditSettings) -> io::Result<Option<Book>> {
        let Some(path) = &settings.file else { return Ok(None) };
        let named = |fault: io::Error| io::Error::other(format!("{}: {fault}", path.display()));
        let file = File::options().create(true).append(true).open(path).map_err(named)?;
        Book::over(file, settings).map(Some)
    }

    /// The book over any writer.
    pub fn over(out: impl Write + Send + 'static, settings: &AuditSettings) -> io::Result<Book> {
        let seal = Seal::open(settings.key_file.as_deref())?;
        let (lines, to_write) = sync_channel(settings.queue);
        let counts = Arc::new(Counts::default());
        let of_writer = Arc::clone(&counts);
        let writer = std::thread::Builder::new().name("audit".to_owned());
        let writer = writer.spawn(move || write(BufWriter::new(out), &to_write, &of_writer))?;
        let (lines, writer) = (Mutex::new(Some(lines)), Mutex::new(Some(writer)));
        Ok(Book { seal, when_full: settings.when_full, lines, counts, writer })
    }

    /// What hashes are made with.
    pub fn seal(&self) -> &Seal {
        &self.seal
    }

    /// Adds a line. Where there is no room it is lost, or refused, as the configuration says.
    pub fn add(&self, entry: Entry) -> Result<(), Full> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        // Counted before, since the writer may be faster than this thread.
        self.counts.waiting.fetch_add(1, Ordering::Relaxed);
        if lines.as_ref().is_some_and(|lines| lines.try_send(entry).is_ok()) {
            return Ok(());
        }
        self.counts.waiting.fetch_sub(1, Ordering::Relaxed);
        match self.when_full {
            WhenFull::Refuse => Err(Full),
            WhenFull::Drop => {
                if self.counts.lost.fetch_add(1, Ordering::Relaxed) == 0 {
                    tracing::error!("the book of decisions has no room: lines are lost from here on, and counted");
                }
                Ok(())
            }
        }
    }

    /// Lines that wait.
    pub fn waiting(&self) -> usize {
        self.counts.waiting.load(Ordering::Relaxed)
    }

    /// Lines that were lost.
    pub fn lost(&self) -> u64 {
        self.counts.lost.load(Ordering::Relaxed)
    }

    /// Whether what was written last could be written.
    pub fn is_sound(&self) -> bool {
        !self.counts.is_stuck.load(Ordering::Relaxed)
    }

    /// Writes down what waits, as far as that takes no unreasonable time, and takes no more.
    pub fn close(&self) {
        drop(self.lines.lock().unwrap_or_else(PoisonError::into_inner).take());
        let Some(writer) = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        let begun = Instant::now();
        while !writer.is_finished() && begun.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(5));
        }
        let left = self.waiting();
        if left > 0 {
            tracing::error!(left, "lines of the book of decisions could not be written");
        }
    }
}

impl Drop for Book {
    fn drop(&mut self) {
        self.close();
    }
}

/// Writes lines as they come; whatever the disk does, the service goes on, and a line that could not be written is lost.
fn write(mut out: BufWriter<impl Write>, lines: &Receiver<Entry>, counts: &Counts) {
    while let Ok(first) = lines.recv() {
        let mut next = Some(first);
        let mut taken = 0;
        let mut written = Ok(());
        while let Some(entry) = next {
            taken += 1;
            let line = serde_json::to_vec(&entry).map_err(io::Error::other);
            written = written.and(line.and_then(|line| out.write_all(&line).and_then(|()| out.write_all(b"\n"))));
            next = lines.try_recv().ok();
        }
        let written = written.and_then(|()| out.flush());
        counts.waiting.fetch_sub(taken, Ordering::Relaxed);
        let was_stuck = counts.is_stuck.swap(written.is_err(), Ordering::Relaxed);
        if let Err(fault) = written {
            counts.lost.fetch_add(taken as u64, Ordering::Relaxed);
            if !was_stuck {
                tracing::error!(fault = %fault.kind(), "the book of decisions cannot be written");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use uuid::Uuid;

    fn entry() -> Entry {
        Entry {
            time: Timestamp::UNIX_EPOCH,
            decision: Uuid::nil(),
            request: Uuid::nil(),
            client: Some("pas".into()),
            route: "/v1/group/apc".to_owned(),
            reference: "2024-25.payment".to_owned(),
            digest: "sha256:0".to_owned(),
            status: 200,
            sent: None,
            answered: None,
            engine: "0",
        }
    }

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("sound").extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Takes nothing until it is let go.
    struct Stuck(Receiver<()>);

    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_line_is_written_before_the_end() {
        let kept = Kept::default();
        let book = Book::over(kept.clone(), &AuditSettings::default()).expect("a book");
        for _ in 0..100 {
            book.add(Entry { sent: Some(book.seal().of(b"x")), ..entry() }).expect("room");
        }
        book.close();
        let text = String::from_utf8(kept.0.lock().expect("sound").clone()).expect("text");
        assert_eq!(text.lines().count(), 100);
        let line: serde_json::Value = serde_json::from_str(text.lines().next().expect("a line")).expect("JSON");
        assert_eq!((&line["client"], &line["status"]), (&"pas".into(), &200.into()));
        assert!(line["sent"].as_str().expect("a hash").starts_with("hmac-sha256:"));
        assert!(line.get("answered").is_none());
        assert_eq!((book.waiting(), book.lost(), book.is_sound()), (0, 0, true));
    }

    #[test]
    fn where_the_sink_is_stuck_lines_are_lost_and_counted_or_answers_refused() {
        for when_full in [WhenFull::Drop, WhenFull::Refuse] {
            let (let_go, held) = sync_channel(0);
            let settings = AuditSettings { queue: 4, when_full, ..AuditSettings::default() };
            let book = Book::over(Stuck(held), &settings).expect("a book");
            let begun = Instant::now();
            let refused = (0..1_000).filter(|_| book.add(entry()).is_err()).count();
            assert!(begun.elapsed() < Duration::from_secs(2), "nobody waits for the sink");
            match when_full {
                WhenFull::Drop => assert!(refused == 0 && book.lost() >= 900, "{}", book.lost()),
                WhenFull::Refuse => assert!(refused >= 900 && book.lost() == 0, "{refused}"),
            }
            drop(let_go);
        }
    }
}
