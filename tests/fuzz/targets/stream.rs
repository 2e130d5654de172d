//! A batch in process, and what holds of every answer to one.

use super::{is_stable, toy};
use hrg_grouper::batch::{BatchError, Form, Limits, OnError, Options, Summary, group_stream};
use serde_json::Value as Json;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::sync::{Arc, Mutex};

/// Bounds that inputs of a few thousand bytes reach.
pub(super) const LIMITS: Limits =
    Limits { line_bytes: 2048, endless_bytes: 8192, remembered: 8, sort_bytes: 2048, records: None };

/// The word of a batch's end, before it one result a line.
#[derive(Debug)]
pub(super) struct Answer {
    /// What the batch came to.
    pub(super) result: Result<Summary, BatchError>,
    /// What was written.
    pub(super) text: String,
}

/// A result as far as every form tells it: line, status, HRG of the row or record.
pub(super) type Told = (u64, String, String);

/// Gives at most so many bytes at once.
struct Pieces<'b>(&'b [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = buffer.len().min(self.1);
        self.0.read(&mut buffer[..most])
    }
}

/// Output that is kept although the stream took it.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("kept").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Groups a batch that comes in pieces of at most so many bytes.
pub(super) fn run(options: &Options, bytes: &[u8], piece: usize) -> Answer {
    let kept = Kept::default();
    let result = group_stream(Pieces(bytes, piece), kept.clone(), options, toy());
    let text = String::from_utf8(std::mem::take(&mut *kept.0.lock().expect("kept"))).expect("an answer is UTF-8");
    Answer { result, text }
}

impl Answer {
    /// The results, once the answer is found to be of its form and its counts to be those of its results.
    pub(super) fn check(&self, options: &Options) -> Vec<Told> {
        let told = match options.output {
            Form::Ndjson => self.text.lines().map(without_own).collect(),
            Form::Json => self.array(),
            Form::Csv => return self.rows(options),
        };
        let results = self.end(told);
        let told = |result: &Json| {
            let of = ["episode", "spell", "hrg"].map(|name| &result[name]);
            let hrg = of.iter().find_map(|of| of["hrg"].as_str().or(of.as_str())).unwrap_or_default();
            (result["line"].as_u64().expect("a line"), text(&result["status"]), hrg.to_owned())
        };
        let told: Vec<Told> = results.iter().map(told).collect();
        self.counted(options, &told);
        for result in results.iter().filter(|result| result["status"] == "rejected") {
            let code = result["errors"][0]["code"].as_str().expect("why");
            assert!(is_stable(code), "{result}");
        }
        told
    }

    /// One object with an array, as the lines of the other form.
    fn array(&self) -> Vec<Json> {
        if self.text.is_empty() {
            return Vec::new();
        }
        let mut answer = fields(&self.text);
        let results = answer.remove("results").expect("results");
        answer.remove("reference").expect("the release");
        let results: Vec<Box<RawValue>> = serde_json::from_str(results.get()).expect("results");
        let end = answer.iter().map(|(name, value)| (name.clone(), parsed(value.get()))).collect();
        results.iter().map(|result| without_own(result.get())).chain([Json::Object(end)]).collect()
    }

    /// Takes the end off: a summary where all is well, and otherwise an error, or nothing where nothing was written.
    fn end(&self, mut lines: Vec<Json>) -> Vec<Json> {
        let last = lines.pop().unwrap_or_default();
        match &self.result {
            Ok(summary) => assert_eq!(last["summary"], serde_json::to_value(summary).expect("JSON"), "{last}"),
            Err(fault) => assert!(last.is_null() || last["error"]["code"] == fault.code(), "{last}: {fault}"),
        }
        lines
    }

    /// The rows of a CSV answer, which are all as long as its header and can be read by any reader of CSV.
    fn rows(&self, options: &Options) -> Vec<Told> {
        let mut reader = csv::Reader::from_reader(self.text.as_bytes());
        let header = reader.headers().expect("a header").clone();
        // The caller's own columns may bear any name, those of the answer come after them.
        let hrg = (0..header.len()).rev().find(|at| header[*at].ends_with("_HRG"));
        let mut rows: Vec<csv::StringRecord> =
            reader.records().map(|row| row.expect("as long as the header")).collect();
        if let Some(last) = rows.pop() {
            let end = if self.result.is_ok() { "summary" } else { "error" };
            assert_eq!(last.get(1), Some(end), "{last:?}");
        }
        let is_number = |cell: &str| cell.strip_prefix('-').is_some_and(|rest| rest.parse::<f64>().is_ok());
        for cell in rows.iter().flatten() {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']) || is_number(cell), "a formula: {cell:?}");
        }
        let told = |row: &csv::StringRecord| {
            let cell = |at: usize| row.get(at).unwrap_or_default().to_owned();
            (cell(0).parse().expect("a line"), cell(1), hrg.map(cell).unwrap_or_default())
        };
        let told: Vec<Told> = rows.iter().map(told).collect();
        self.counted(options, &told);
        told
    }

    fn counted(&self, options: &Options, told: &[Told]) {
        let statuses = ["grouped", "invalid", "rejected"];
        for (line, status, hrg) in told {
            assert!(statuses.contains(&status.as_str()), "line {line}: {status}");
            assert_eq!(hrg.is_empty(), status == "rejected", "line {line}: {status} with `{hrg}`");
        }
        if let Ok(summary) = &self.result {
            assert_eq!(summary.read, summary.grouped + summary.invalid + summary.rejected);
            assert!(summary.read <= told.len() as u64, "{summary:?}");
            assert!(options.on_error == OnError::Continue || summary.rejected == 0, "{summary:?}");
        }
    }
}

fn parsed(json: &str) -> Json {
    serde_json::from_str(json).unwrap_or_else(|fault| panic!("{fault}: {json}"))
}

/// The fields of an object as they stand there.
fn fields(json: &str) -> BTreeMap<String, Box<RawValue>> {
    serde_json::from_str(json).unwrap_or_else(|fault| panic!("{fault}: {json}"))
}

/// A line without what the caller gets back as it was sent. That may hold numbers that are sound but too large for most
/// readers, and nothing else that they could not read.
fn without_own(line: &str) -> Json {
    let mut fields = fields(line);
    for own in ["key", "extra"].into_iter().filter_map(|name| fields.remove(name)) {
        if let Err(fault) = serde_json::from_str::<Json>(own.get()) {
            assert!(fault.to_string().starts_with("number out of range"), "{fault}: {own}");
        }
    }
    Json::Object(fields.iter().map(|(name, value)| (name.clone(), parsed(value.get()))).collect())
}

fn text(json: &Json) -> String {
    json.as_str().unwrap_or_default().to_owned()
}
