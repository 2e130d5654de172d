//! The comparison of releases over a file as a job: spell by spell, a few hundred at a time on all cores.

use super::bench::{Bench, Done, Ended, Part, Table};
use super::record::{Counts, Format, Sent};
use crate::files::decode::values;
use crate::files::layout::Layout;
use crate::files::rows::raw_spell;
use crate::grouper::Method;
use crate::grouper::compare::{Comparison, compare};
use crate::record::object::Object;
use crate::record::size::{MAX_EPISODES, size_faults};
use crate::record::{Field, RawSpell};
use crate::reference::Reference;
use crate::reference::diff::defused;
use crate::trace::Explain;
use csv::ByteRecord;
use rayon::prelude::*;
use serde::Serialize;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::sync::Arc;

/// Spells that are compared at a time.
const TOGETHER: usize = 256;
/// Rows of a spell that are kept: one more than a spell may have, so that one with more is rejected.
const ROWS: usize = MAX_EPISODES + 1;
/// Bytes of a line; a longer one is rejected.
const LINE_BYTES: u64 = 1024 * 1024;
/// Bytes of a spell's rows; one that has more is rejected.
const SPELL_BYTES: usize = 8 * 1024 * 1024;
/// Bytes of spells that are compared at a time, at the most with one spell more.
const TOGETHER_BYTES: usize = 16 * 1024 * 1024;

/// A spell as it was sent, and where it stood.
struct Spell {
    line: u64,
    of: Form,
}

enum Form {
    /// Rows of a table.
    Rows(Vec<ByteRecord>, Arc<Layout>),
    /// A line of JSON.
    Json(Vec<u8>),
    /// A line that is too long to be one.
    TooLong,
    /// Its rows are too many bytes.
    TooLarge,
}

/// What comes next of an input.
enum Next {
    /// A line with its end.
    Line(Vec<u8>),
    TooLong,
    End,
}

/// The rows so far that come together and name the same spell.
#[derive(Default)]
struct Open {
    key: [Vec<u8>; 2],
    line: u64,
    rows: Vec<ByteRecord>,
    bytes: usize,
}

impl Open {
    /// Adds a row; what is beyond the bounds is counted and not kept.
    fn push(&mut self, row: ByteRecord, bytes: usize) {
        self.bytes += bytes;
        if self.rows.len() < ROWS && self.bytes <= SPELL_BYTES {
            self.rows.push(row);
        }
    }
}

/// What came of a spell.
#[derive(Serialize)]
struct Outcome<'a> {
    line: u64,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    spell: Option<Name<'a>>,
    #[serde(flatten)]
    comparison: Option<&'a Comparison<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
}

/// A spell by name.
#[derive(Serialize)]
struct Name<'a> {
    procodet: &'a str,
    provspno: &'a str,
}

/// A spell that was compared, or why it was not.
struct Compared<'r> {
    line: u64,
    procodet: String,
    provspno: String,
    result: Result<Comparison<'r>, &'static str>,
}

/// Does the job.
pub(super) fn run(bench: &Bench<'_>) -> Result<Done, Ended> {
    bench.live.make(Format::Ndjson);
    bench.live.part(0, bench.record.sent_bytes);
    let mut work = Work {
        bench,
        ndjson: bench.result(Format::Ndjson)?,
        csv: csv::Writer::from_writer(bench.result(Format::Csv)?),
        counts: Counts { changed: Some(0), ..Counts::default() },
        waiting: Vec::new(),
        waiting_bytes: 0,
    };
    work.head()?;
    match bench.order.sent {
        Sent::Csv => work.table()?,
        Sent::Ndjson | Sent::Json => work.lines()?,
    }
    work.finish()
}

struct Work<'a> {
    bench: &'a Bench<'a>,
    ndjson: Part,
    csv: csv::Writer<Part>,
    counts: Counts,
    waiting: Vec<Spell>,
    waiting_bytes: usize,
}

impl Work<'_> {
    /// The header of the CSV form.
    fn head(&mut self) -> Result<(), Ended> {
        let mut names: Vec<String> =
            ["line", "status", "PROCODET", "PROVSPNO", "same_hrgs", "first_step"].map(str::to_owned).to_vec();
        names.extend(self.bench.releases.iter().map(|release| format!("SpellHRG {}", release.identity.id)));
        self.csv.write_record(names).map_err(io::Error::other)?;
        Ok(())
    }

    /// Rows that come together are a spell.
    fn table(&mut self) -> Result<(), Ended> {
        let bench = self.bench;
        let Table { rdf, layout, header, input } = bench.table(bench.settings.unpacked_bytes)?;
        let (layout, mut input) = (Arc::new(layout), BufReader::new(input));
        let (mut is_header, mut first) = (header, true);
        let mut open = Open::default();
        for number in 1.. {
            let line = match self.line(&mut input)? {
                Next::End => break,
                Next::TooLong => {
                    self.take_rows(std::mem::take(&mut open), &layout)?;
                    self.take(Spell { line: number, of: Form::TooLong })?;
                    continue;
                }
                Next::Line(line) => line,
            };
            let line = line.strip_suffix(b"\n").unwrap_or(&line);
            let mut line = line.strip_suffix(b"\r").unwrap_or(line);
            if std::mem::take(&mut first) {
                line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
            }
            if line.is_empty() || std::mem::take(&mut is_header) {
                continue;
            }
            let row = values(line, rdf.delimiter, !bench.order.definition);
            let key = [Field::Procodet, Field::Provspno].map(|field| layout.bytes(field, &&row).into_owned());
            if key != open.key || open.rows.is_empty() {
                let begun = Open { key, line: number, ..Open::default() };
                self.take_rows(std::mem::replace(&mut open, begun), &layout)?;
            }
            open.push(row, line.len());
        }
        self.take_rows(open, &layout)
    }

    fn take_rows(&mut self, open: Open, layout: &Arc<Layout>) -> Result<(), Ended> {
        let Open { line, rows, bytes, .. } = open;
        match rows.len() {
            0 => Ok(()),
            _ if bytes > SPELL_BYTES => self.take(Spell { line, of: Form::TooLarge }),
            _ => self.take(Spell { line, of: Form::Rows(rows, Arc::clone(layout)) }),
        }
    }

    fn line(&self, input: &mut impl BufRead) -> Result<Next, Ended> {
        let mut bytes = Vec::new();
        let unreadable = |fault| self.bench.unreadable(fault);
        if input.by_ref().take(LINE_BYTES).read_until(b'\n', &mut bytes).map_err(unreadable)? == 0 {
            return Ok(Next::End);
        }
        if bytes.len() as u64 == LINE_BYTES && !bytes.ends_with(b"\n") {
            input.skip_until(b'\n').map_err(unreadable)?;
            return Ok(Next::TooLong);
        }
        Ok(Next::Line(bytes))
    }

    /// A line is a spell.
    fn lines(&mut self) -> Result<(), Ended> {
        let mut input = BufReader::new(self.bench.input(self.bench.settings.unpacked_bytes)?);
        for line in 1.. {
            match self.line(&mut input)? {
                Next::End => break,
                Next::TooLong => self.take(Spell { line, of: Form::TooLong })?,
                Next::Line(bytes) if bytes.trim_ascii().is_empty() => {}
                Next::Line(bytes) => self.take(Spell { line, of: Form::Json(bytes) })?,
            }
        }
        Ok(())
    }

    fn take(&mut self, spell: Spell) -> Result<(), Ended> {
        self.waiting_bytes += spell.bytes();
        self.waiting.push(spell);
        let waits = self.waiting.len() < TOGETHER && self.waiting_bytes < TOGETHER_BYTES;
        if waits { Ok(()) } else { self.compare_waiting() }
    }

    fn compare_waiting(&mut self) -> Result<(), Ended> {
        let (waiting, releases) = (std::mem::take(&mut self.waiting), self.bench.releases);
        self.waiting_bytes = 0;
        let compared: Vec<Compared<'_>> = waiting.par_iter().map(|spell| spell.compare(releases)).collect();
        for spell in &compared {
            self.write(spell)?;
        }
        self.bench.live.count(compared.len() as u64);
        Ok(())
    }

    fn write(&mut self, spell: &Compared<'_>) -> Result<(), Ended> {
        self.counts.read += 1;
        let comparison = spell.result.as_ref().ok();
        match comparison {
            None => self.counts.rejected += 1,
            Some(comparison) => {
                let invalid = comparison.results.iter().any(|r| r.answer.spell.grouping_method == Method::Error.flag());
                *(if invalid { &mut self.counts.invalid } else { &mut self.counts.grouped }) += 1;
                if let Some(changed) = &mut self.counts.changed {
                    *changed += u64::from(!comparison.same_hrgs);
                }
            }
        }
        let status = if comparison.is_some() { "compared" } else { "rejected" };
        let name = Name { procodet: &spell.procodet, provspno: &spell.provspno };
        let line = Outcome {
            line: spell.line,
            status,
            spell: comparison.map(|_| name),
            comparison,
            error: spell.result.as_ref().err().copied(),
        };
        serde_json::to_writer(&mut self.ndjson, &line).map_err(io::Error::from)?;
        self.ndjson.write_all(b"\n")?;
        let step = comparison.and_then(|c| c.first_difference.as_ref()).map_or("", |first| first.at.step);
        let same = comparison.map(|c| c.same_hrgs.to_string()).unwrap_or_default();
        let mut values = vec![spell.line.to_string(), status.to_owned()];
        values.extend([&spell.procodet, &spell.provspno].map(|value| defused(value).into_owned()));
        values.extend([same, step.to_owned()]);
        let hrgs = comparison.map(|c| c.results.iter().map(|r| r.answer.spell.hrg.clone()).collect());
        values.extend(hrgs.unwrap_or_else(|| vec![String::new(); self.bench.releases.len()]));
        self.csv.write_record(values).map_err(io::Error::other)?;
        Ok(())
    }

    fn finish(mut self) -> Result<Done, Ended> {
        self.compare_waiting()?;
        write_summary(&mut self.ndjson, &self.counts, self.bench.releases)?;
        let mut last = vec![self.counts.read.to_string(), "summary".to_owned()];
        last.resize(6 + self.bench.releases.len(), String::new());
        self.csv.write_record(last).map_err(io::Error::other)?;
        let csv = self.csv.into_inner().map_err(|fault| fault.into_error())?;
        let results = vec![self.ndjson.keep()?, csv.keep()?];
        Ok(Done { counts: self.counts, results, tally: None })
    }
}

impl Spell {
    /// Bytes that it is of.
    fn bytes(&self) -> usize {
        match &self.of {
            Form::Rows(rows, _) => rows.iter().map(|row| row.as_slice().len()).sum(),
            Form::Json(bytes) => bytes.len(),
            Form::TooLong | Form::TooLarge => 0,
        }
    }

    fn compare<'r>(&self, releases: &'r [Arc<Reference>]) -> Compared<'r> {
        let raw: Result<RawSpell<'_>, &'static str> = match &self.of {
            Form::Rows(rows, layout) => Ok(raw_spell(layout, &rows.iter().collect::<Vec<_>>())),
            // Its own words may hold what was sent.
            Form::Json(bytes) => serde_json::from_slice::<Object<RawSpell<'static>>>(bytes)
                .map(|Object(spell)| spell)
                .map_err(|_| "unreadable-spell"),
            Form::TooLong => Err("line-too-long"),
            Form::TooLarge => Err("outside-the-bounds"),
        };
        let name = |text: fn(&RawSpell<'_>) -> String| raw.as_ref().map(text).unwrap_or_default();
        let (procodet, provspno) =
            (name(|spell| spell.procodet.as_str().to_owned()), name(|spell| spell.provspno.as_str().to_owned()));
        let result = raw.and_then(|spell| {
            let sound = size_faults(&spell).is_empty();
            if sound { Ok(compare(&spell, releases, Explain::None)) } else { Err("outside-the-bounds") }
        });
        Compared { line: self.line, procodet, provspno, result }
    }
}

/// The last line of a result: no summary, not complete.
pub(super) fn write_summary(out: &mut impl Write, counts: &Counts, releases: &[Arc<Reference>]) -> io::Result<()> {
    let names = |of: fn(&Reference) -> &str| -> Vec<&str> { releases.iter().map(|release| of(release)).collect() };
    let mut summary = serde_json::to_value(counts)?;
    if let Some(summary) = summary.as_object_mut() {
        summary.insert("reference".to_owned(), names(|r| &r.identity.id).join(",").into());
        summary.insert("digest".to_owned(), names(|r| &r.identity.digest).join(",").into());
    }
    serde_json::to_writer(&mut *out, &serde_json::json!({ "summary": summary }))?;
    out.write_all(b"\n")
}
