//! The comparison of releases over a file as a job: spell by spell, a few hundred at a time on all cores.

use super::bench::{Bench, Done, Ended, Part, Table};
use super::record::{Counts, Format, Sent};
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
        let layout = Arc::new(layout);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(rdf.delimiter)
            .quoting(!bench.order.definition)
            .flexible(true)
            .has_headers(header)
            .from_reader(input);
        let (mut row, mut rows, mut key, mut line) = (ByteRecord::new(), Vec::new(), Vec::new(), 0);
        while reader.read_byte_record(&mut row).map_err(|fault| bench.unreadable(io::Error::other(fault)))? {
            let of = [Field::Procodet, Field::Provspno].map(|field| layout.bytes(field, &row).into_owned()).to_vec();
            if of != key || rows.is_empty() {
                self.take_rows(line, std::mem::take(&mut rows), &layout)?;
                (key, line) = (of, row.position().map_or(0, csv::Position::line));
            }
            if rows.len() < ROWS {
                rows.push(row.clone());
            }
        }
        self.take_rows(line, rows, &layout)
    }

    fn take_rows(&mut self, line: u64, rows: Vec<ByteRecord>, layout: &Arc<Layout>) -> Result<(), Ended> {
        if rows.is_empty() { Ok(()) } else { self.take(Spell { line, of: Form::Rows(rows, Arc::clone(layout)) }) }
    }

    /// A line is a spell.
    fn lines(&mut self) -> Result<(), Ended> {
        let mut input = BufReader::new(self.bench.input(self.bench.settings.unpacked_bytes)?);
        for line in 1.. {
            let mut bytes = Vec::new();
            let unreadable = |fault| self.bench.unreadable(fault);
            if (&mut input).take(LINE_BYTES).read_until(b'\n', &mut bytes).map_err(unreadable)? == 0 {
                break;
            }
            if bytes.len() as u64 == LINE_BYTES && !bytes.ends_with(b"\n") {
                input.skip_until(b'\n').map_err(unreadable)?;
                self.take(Spell { line, of: Form::TooLong })?;
            } else if !bytes.trim_ascii().is_empty() {
                self.take(Spell { line, of: Form::Json(bytes) })?;
            }
        }
        Ok(())
    }

    fn take(&mut self, spell: Spell) -> Result<(), Ended> {
        self.waiting.push(spell);
        if self.waiting.len() < TOGETHER { Ok(()) } else { self.compare_waiting() }
    }

    fn compare_waiting(&mut self) -> Result<(), Ended> {
        let (waiting, releases) = (std::mem::take(&mut self.waiting), self.bench.releases);
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
    fn compare<'r>(&self, releases: &'r [Arc<Reference>]) -> Compared<'r> {
        let raw: Result<RawSpell<'_>, &'static str> = match &self.of {
            Form::Rows(rows, layout) => Ok(raw_spell(layout, rows)),
            // Its own words may hold what was sent.
            Form::Json(bytes) => serde_json::from_slice::<Object<RawSpell<'static>>>(bytes)
                .map(|Object(spell)| spell)
                .map_err(|_| "unreadable-spell"),
            Form::TooLong => Err("line-too-long"),
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
