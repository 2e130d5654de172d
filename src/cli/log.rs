//! The service's log: one JSON object a line, on standard error.
//!
//! Lines about requests are gathered and written together, after a tenth of a second at the latest: a call of the system
//! for each of them would cost as much as grouping does. Every other line is written at once, and what was gathered goes
//! before it.

use jiff::Timestamp;
use std::fmt::{self, Write as _};
use std::io::{self, Write as _};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::{FmtContext, MakeWriter};
use tracing_subscriber::registry::LookupSpan;

/// How long a line about a request may wait.
const WAIT: Duration = Duration::from_millis(100);
/// Bytes that are written without waiting.
const FULL: usize = 32 * 1024;

/// The log, open until the end of the process.
#[derive(Clone, Debug)]
pub struct Log(Arc<Gathered>);

#[derive(Debug, Default)]
struct Gathered {
    lines: Mutex<Vec<u8>>,
    begun: Condvar,
}

impl Log {
    /// Opens the log for every event from here on. `RUST_LOG` says which are wanted; without it those of `info` and above.
    pub fn open() -> io::Result<Log> {
        let log = Log(Arc::default());
        let gathered = Arc::clone(&log.0);
        std::thread::Builder::new().name("log".to_owned()).spawn(move || gathered.write_now_and_then())?;
        tracing_subscriber::fmt()
            .event_format(Json::default())
            .with_writer(log.clone())
            .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info")))
            .init();
        Ok(log)
    }

    /// Writes what was gathered.
    pub fn flush(&self) {
        write_out(&mut self.0.lock());
    }
}

impl Gathered {
    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_now_and_then(&self) {
        loop {
            let lines = self.begun.wait_while(self.lock(), |lines| lines.is_empty());
            drop(lines.unwrap_or_else(PoisonError::into_inner));
            std::thread::sleep(WAIT);
            write_out(&mut self.lock());
        }
    }
}

fn write_out(lines: &mut Vec<u8>) {
    // Where nobody reads the log any more, the service goes on.
    let _ = io::stderr().lock().write_all(lines);
    lines.clear();
}

/// One line on its way into the log.
pub struct Line<'l> {
    log: &'l Gathered,
    may_wait: bool,
}

impl<'l> MakeWriter<'l> for Log {
    type Writer = Line<'l>;

    fn make_writer(&'l self) -> Line<'l> {
        Line { log: &self.0, may_wait: false }
    }

    fn make_writer_for(&'l self, about: &Metadata<'_>) -> Line<'l> {
        Line { log: &self.0, may_wait: about.target() == crate::http::envelope::TARGET }
    }
}

impl io::Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut lines = self.log.lock();
        let is_first = lines.is_empty();
        lines.extend_from_slice(line);
        if !self.may_wait || lines.len() >= FULL {
            write_out(&mut lines);
        } else if is_first {
            self.log.begun.notify_one();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An event as a JSON object, in the shape of the JSON format of `tracing_subscriber`, written without a detour: that one
/// costs more than grouping does. There are no spans here.
#[derive(Default)]
struct Json {
    /// The last second that was written, and its text: a busy service writes thousands of lines in one.
    second: Mutex<(i64, String)>,
}

impl Json {
    /// The time as `2030-01-15T12:00:00.000000Z`.
    fn time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        let now = Timestamp::now();
        let mut second = self.second.lock().unwrap_or_else(PoisonError::into_inner);
        if second.0 != now.as_second() || second.1.is_empty() {
            *second = (now.as_second(), now.strftime("%Y-%m-%dT%H:%M:%S").to_string());
        }
        write!(writer, "{}.{:06}Z", second.1, now.subsec_microsecond())
    }
}

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    N: for<'w> FormatFields<'w> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let about = event.metadata();
        writer.write_str(r#"{"timestamp":""#)?;
        self.time(&mut writer)?;
        write!(writer, r#"","level":"{}","fields":{{"#, about.level())?;
        let mut fields = Fields { writer: writer.by_ref(), is_first: true, result: Ok(()) };
        event.record(&mut fields);
        fields.result?;
        writer.write_str(r#"},"target":""#)?;
        Escaped(&mut writer).write_str(about.target())?;
        writer.write_str("\"}\n")
    }
}

/// The fields of an event on their way into its object.
struct Fields<'w> {
    writer: Writer<'w>,
    is_first: bool,
    result: fmt::Result,
}

impl Fields<'_> {
    fn field(&mut self, field: &Field, value: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        if self.result.is_err() {
            return;
        }
        let separator = if std::mem::take(&mut self.is_first) { "\"" } else { ",\"" };
        let name = |writer: &mut Writer<'_>| {
            writer.write_str(separator)?;
            writer.write_str(field.name())?;
            writer.write_str("\":")
        };
        self.result = name(&mut self.writer).and_then(|()| value(&mut self.writer));
    }

    fn text(&mut self, field: &Field, text: impl FnOnce(&mut Escaped<'_, '_>) -> fmt::Result) {
        self.field(field, |writer| {
            writer.write_char('"')?;
            text(&mut Escaped(writer))?;
            writer.write_char('"')
        });
    }
}

impl Visit for Fields<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.field(
            field,
            |writer| if value.is_finite() { write!(writer, "{value}") } else { writer.write_str("null") },
        );
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.field(field, |writer| write!(writer, "{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.field(field, |writer| write!(writer, "{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.field(field, |writer| write!(writer, "{value}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, |escaped| escaped.write_str(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, |escaped| write!(escaped, "{value:?}"));
    }
}

/// Writes text as the inside of a JSON string.
struct Escaped<'e, 'w>(&'e mut Writer<'w>);

impl fmt::Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let plain = |byte: &u8| *byte >= b' ' && !matches!(byte, b'"' | b'\\');
        if text.as_bytes().iter().all(plain) {
            return self.0.write_str(text);
        }
        let quoted = serde_json::to_string(text).map_err(|_| fmt::Error)?;
        self.0.write_str(quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a log holds after some events.
    fn logged(events: impl FnOnce()) -> Vec<serde_json::Value> {
        struct Kept(Arc<Mutex<Vec<u8>>>);
        impl io::Write for Kept {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.lock().expect("not poisoned").extend_from_slice(bytes);
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let kept = Arc::new(Mutex::new(Vec::new()));
        let writer = Arc::clone(&kept);
        let subscriber = tracing_subscriber::fmt()
            .event_format(Json::default())
            .with_writer(move || Kept(Arc::clone(&writer)))
            .finish();
        tracing::subscriber::with_default(subscriber, events);
        let bytes = kept.lock().expect("not poisoned").clone();
        let text = String::from_utf8(bytes).expect("text");
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
            serde_json::json!({"message": "first", "number": 3, "less": -4, "share": 0.5, "whole": 2, "flag": true, "none": null})
        );
        assert_eq!((&first["level"], &second["level"]), (&"INFO".into(), &"ERROR".into()));
        for name in ["given", "fault", "message"] {
            assert_eq!(second["fields"][name], awkward, "{name}");
        }
        assert_eq!(second["fields"]["listed"], r#"["a"]"#);
        assert_eq!(second["target"], module_path!());
        let when = second["timestamp"].as_str().expect("a time");
        assert!(when.parse::<jiff::Timestamp>().is_ok(), "{when}");
    }

    #[test]
    fn lines_about_requests_wait_and_others_take_them_along() {
        let gathered = Gathered::default();
        let line = |may_wait| {
            let written = Line { log: &gathered, may_wait }.write(b"{}\n").expect("written");
            (written, gathered.lock().len())
        };
        assert_eq!([line(true), line(true)], [(3, 3), (3, 6)]);
        assert_eq!(line(false), (3, 0));
    }
}
