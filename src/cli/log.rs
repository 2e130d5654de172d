//! The service's log: one JSON object a line, on standard error.
//!
//! Lines about requests are gathered and written together by a thread of the log, after a tenth of a second or when there
//! are many: a call of the system for each of them would cost as much as grouping does, and whoever answers requests has
//! not to wait for a disk. Every other line is written at once, and what was gathered goes before it.

use super::telemetry::Spans;
use crate::batch::json as write;
use jiff::Timestamp;
use serde_json::json;
use std::fmt;
use std::io::{self, Write};
use std::panic::Location;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// How long a line about a request may wait.
const WAIT: Duration = Duration::from_millis(100);
/// Bytes that are written without waiting.
const MANY: usize = 64 * 1024;
/// Bytes that whoever adds to them writes himself: the thread of the log does not keep up, and so waits for nobody.
const FULL: usize = 4 * MANY;

/// The log, open until the end of the process.
#[derive(Clone, Debug, Default)]
pub struct Log(Arc<Gathered>);

#[derive(Debug, Default)]
struct Gathered {
    lines: Mutex<Lines>,
    /// There are lines, or many of them.
    come: Condvar,
    /// Held by whoever writes, and taken before the lines are let go, so that all are written in their order.
    written: Mutex<Vec<u8>>,
}

impl Log {
    /// Opens the log for every event from here on. `RUST_LOG` says which are wanted; without it those of `info` and above.
    /// Events about requests become spans as well, where those are wanted.
    pub fn open(spans: &Spans) -> io::Result<Log> {
        let log = Log::default();
        let gathered = Arc::clone(&log.0);
        std::thread::Builder::new().name("log".to_owned()).spawn(move || gathered.write_now_and_then())?;
        let wanted = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
        tracing_subscriber::registry().with(wanted).with(log.clone()).with(spans.layer()).init();
        std::panic::set_hook(Box::new(|panic| say_fault(panic.location())));
        Ok(log)
    }

    /// Writes what was gathered.
    pub fn flush(&self) {
        self.0.write_out(self.0.lock());
    }
}

/// Says where a fault of ours was found, and never its words: they may quote what was being read. It goes beside the lines
/// that wait, which may be held by whoever met the fault.
fn say_fault(place: Option<&Location<'_>>) {
    let line = json!({
        "timestamp": Timestamp::now().to_string(),
        "level": "ERROR",
        "fields": {
            "message": "a fault of the program",
            "file": place.map(Location::file),
            "line": place.map(Location::line),
        },
        "target": module_path!(),
    });
    let _ = io::stderr().lock().write_all(format!("{line}\n").as_bytes());
}

impl Gathered {
    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_now_and_then(&self) {
        loop {
            let lines = self.come.wait_while(self.lock(), |lines| lines.text.is_empty());
            let lines = lines.unwrap_or_else(PoisonError::into_inner);
            let lines = self.come.wait_timeout_while(lines, WAIT, |lines| lines.text.len() < MANY);
            self.write_out(lines.unwrap_or_else(PoisonError::into_inner).0);
        }
    }

    /// Writes what was gathered; meanwhile others gather more.
    fn write_out(&self, mut lines: MutexGuard<'_, Lines>) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut lines.text, &mut *written);
        drop(lines);
        // Where nobody reads the log any more, the service goes on.
        let _ = io::stderr().lock().write_all(&written);
        written.clear();
    }
}

impl<S: Subscriber> Layer<S> for Log {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let may_wait = event.metadata().target() == crate::http::envelope::TARGET;
        let mut lines = self.0.lock();
        let before = lines.text.len();
        lines.add(event);
        let now = lines.text.len();
        if !may_wait || now >= FULL {
            self.0.write_out(lines);
        } else if before == 0 || (before < MANY && now >= MANY) {
            drop(lines);
            self.0.come.notify_one();
        }
    }
}

/// Lines that wait.
#[derive(Debug, Default)]
struct Lines {
    text: Vec<u8>,
    /// The last second that was written, and its text: a busy service writes thousands of lines in one.
    second: (i64, String),
}

impl Lines {
    /// Adds an event as an object in the shape that `tracing_subscriber` gives its JSON, straight into the buffer.
    fn add(&mut self, event: &Event<'_>) {
        let about = event.metadata();
        self.text.extend_from_slice(b"{\"timestamp\":\"");
        self.add_time();
        self.text.extend_from_slice(b"\",\"level\":\"");
        self.text.extend_from_slice(about.level().as_str().as_bytes());
        self.text.extend_from_slice(b"\",\"fields\":{");
        event.record(&mut Fields { out: &mut self.text, is_first: true });
        self.text.extend_from_slice(b"},\"target\":");
        write::text(&mut self.text, about.target());
        self.text.extend_from_slice(b"}\n");
    }

    /// The time as `2030-01-15T12:00:00.000000Z`.
    fn add_time(&mut self) {
        let now = Timestamp::now();
        let (second, words) = &mut self.second;
        if *second != now.as_second() || words.is_empty() {
            (*second, *words) = (now.as_second(), now.strftime("%Y-%m-%dT%H:%M:%S.").to_string());
        }
        self.text.extend_from_slice(words.as_bytes());
        let mut rest = now.subsec_microsecond().unsigned_abs();
        let mut digits = [b'0'; 6];
        for digit in digits.iter_mut().rev() {
            *digit = b"0123456789".get(rest as usize % 10).copied().unwrap_or(b'0');
            rest /= 10;
        }
        self.text.extend_from_slice(&digits);
        self.text.push(b'Z');
    }
}

/// The fields of an event on their way into its object.
struct Fields<'o> {
    out: &'o mut Vec<u8>,
    is_first: bool,
}

impl Fields<'_> {
    /// Writes the name of a field, which is one of the program's own, and gives where its value goes.
    fn value_of(&mut self, field: &Field) -> &mut Vec<u8> {
        let separator: &[u8] = if std::mem::take(&mut self.is_first) { b"\"" } else { b",\"" };
        self.out.extend_from_slice(separator);
        self.out.extend_from_slice(field.name().as_bytes());
        self.out.extend_from_slice(b"\":");
        self.out
    }
}

impl Visit for Fields<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        write::value(self.value_of(field), &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        write::number(self.value_of(field), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        write::number(self.value_of(field), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        write::value(self.value_of(field), &value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        write::text(self.value_of(field), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write::text(self.value_of(field), &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Output};

    /// Keeps every line.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Lines>>);

    impl<S: Subscriber> Layer<S> for Kept {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            self.0.lock().expect("not poisoned").add(event);
        }
    }

    /// What a log holds after some events.
    fn logged(events: impl FnOnce()) -> Vec<serde_json::Value> {
        let kept = Kept::default();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(kept.clone()), events);
        let text = String::from_utf8(kept.0.lock().expect("not poisoned").text.clone()).expect("text");
        text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
    }

    #[test]
    fn every_line_is_one_object_with_its_fields_whatever_they_hold() {
        let awkward = "\"quoted\"\n\\ and \u{1}, é";
        let lines = logged(|| {
            let fault = io::Error::other(awkward);
            tracing::info!(number = 3_u64, less = -4, share = 0.5, whole = 2.0, flag = true, none = f64::NAN, "first");
            tracing::error!(given = awkward, %fault, listed = ?["a"], "{awkward}");
        });
        let [first, second] = &lines[..] else { panic!("two lines: {lines:?}") };
        assert_eq!(
            first["fields"],
            serde_json::json!({"message": "first", "number": 3, "less": -4, "share": 0.5, "whole": 2.0, "flag": true, "none": null})
        );
        assert_eq!((&first["level"], &second["level"]), (&"INFO".into(), &"ERROR".into()));
        for name in ["given", "fault", "message"] {
            assert_eq!(second["fields"][name], awkward, "{name}");
        }
        assert_eq!(second["fields"]["listed"], r#"["a"]"#);
        assert_eq!(second["target"], module_path!());
        let when = second["timestamp"].as_str().expect("a time");
        assert!(when.parse::<Timestamp>().is_ok() && when.len() == 27, "{when}");
    }

    /// What a test writes that is run again in a process of its own, since the log is the whole process's; nothing there.
    fn again(test: &str, logged: impl FnOnce()) -> Option<Output> {
        const AGAIN: &str = "HRG_TEST_OF_THE_LOG";
        if std::env::var_os(AGAIN).is_some() {
            let log = Log::open(&Spans::open(&crate::config::Telemetry::default()).expect("no spans")).expect("a log");
            logged();
            log.flush();
            return None;
        }
        let mut again = Command::new(std::env::current_exe().expect("this program"));
        again.args(["--exact", &format!("cli::log::tests::{test}"), "--nocapture"]);
        Some(again.env(AGAIN, "1").env_remove("RUST_LOG").output().expect("it runs"))
    }

    #[test]
    fn a_fault_of_the_program_is_logged_by_its_place_and_never_in_its_words() {
        let name = "a_fault_of_the_program_is_logged_by_its_place_and_never_in_its_words";
        let faulty = || _ = std::thread::spawn(|| panic!("{}", "words that quote a record")).join();
        let Some(output) = again(name, faulty) else { return };
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(said.contains("\"a fault of the program\"") && said.contains(file!()), "{said}");
        assert!(!said.contains("quote a record"), "{said}");
    }

    #[test]
    fn every_line_is_written_once_and_in_its_order_however_many_come() {
        const EACH: u64 = 4 * FULL as u64 / 100;
        let say = |of: u64| {
            for number in 0..EACH {
                tracing::info!(target: "hrg_grouper::http::envelope", of, number, "request");
                if number % 500 == 0 {
                    tracing::info!(of, number, "another");
                }
            }
        };
        let name = "every_line_is_written_once_and_in_its_order_however_many_come";
        let both = || std::thread::scope(|scope| (0..2).for_each(|of| _ = scope.spawn(move || say(of))));
        let Some(output) = again(name, both) else { return };
        let text = String::from_utf8(output.stderr).expect("text");
        let lines: Vec<serde_json::Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        for of in 0..2 {
            for (message, every) in [("request", 1), ("another", 500)] {
                let own = lines.iter().map(|line| &line["fields"]);
                let own = own.filter(|fields| fields["of"] == of && fields["message"] == message);
                let numbers: Vec<u64> = own.filter_map(|fields| fields["number"].as_u64()).collect();
                assert_eq!(numbers, (0..EACH).step_by(every).collect::<Vec<_>>(), "{message} of {of}");
            }
        }
    }

    #[test]
    fn lines_about_requests_wait_and_others_take_them_along() {
        let log = Log::default();
        let waiting = || log.0.lock().text.iter().filter(|byte| **byte == b'\n').count();
        let mut seen = Vec::new();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(log.clone()), || {
            for _ in 0..2 {
                tracing::info!(target: "hrg_grouper::http::envelope", "request");
                seen.push(waiting());
            }
            tracing::info!("another");
            seen.push(waiting());
        });
        assert_eq!(seen, [1, 2, 0]);
    }
}
