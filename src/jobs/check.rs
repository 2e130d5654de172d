//! The look at a file as a job. A file is looked at as a whole, so that it is held in memory, and its bound is smaller.

use super::bench::{Bench, Done, Ended, Table};
use super::record::{Counts, Failure, Format};
use crate::files::check::{Report, check};
use crate::files::input::{ROW, read};
use crate::files::rdf::MAX_POSITION;
use crate::grouper::answer::ReferenceAnswer;
use crate::reference::Reference;
use crate::reference::diff::defused;
use serde::Serialize;
use std::io::{self, Read, Write};
use std::sync::Arc;

/// Values of a file; each row counts as [`ROW`] more.
const VALUES: usize = 160_000_000;

/// The one line of the result before its summary.
#[derive(Serialize)]
struct Line<'a> {
    reference: ReferenceAnswer,
    #[serde(flatten)]
    report: &'a Report,
}

/// Does the job. `others` are the releases that a code might be of.
pub(super) fn run(bench: &Bench<'_>, others: &[Arc<Reference>]) -> Result<Done, Ended> {
    bench.live.make(Format::Ndjson);
    bench.live.part(0, bench.record.sent_bytes);
    let Table { rdf, layout, header, mut input } = bench.table(bench.settings.whole_bytes)?;
    // Room for all that may come, which the system gives as it is written to: to grow would take twice as much.
    let most = usize::try_from(bench.settings.whole_bytes).unwrap_or(usize::MAX);
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(most).map_err(io::Error::other)?;
    input.read_to_end(&mut bytes).map_err(|fault| bench.unreadable(fault))?;
    let input = read(bytes, &rdf, header, VALUES).map_err(|_| {
        let words = format!(
            "a row has more than {MAX_POSITION} values, or the file more than {VALUES}, of which each row counts as {ROW}"
        );
        Ended::Failed(Failure::new("too-large", words))
    })?;
    if input.rows() == 0 {
        return Err(Ended::Failed(Failure::new("no-record", "the file holds no record")));
    }
    let release = bench.release()?;
    let others: Vec<&Reference> = others.iter().map(AsRef::as_ref).collect();
    let report = check(&input, &rdf, &layout, (release, &others));
    drop(input);
    let (read, invalid) = (report.records as u64, report.failing as u64);
    let counts = Counts { read, grouped: read - invalid.min(read), invalid, rejected: 0, changed: None };

    let mut out = bench.result(Format::Ndjson)?;
    let line = Line { reference: ReferenceAnswer::of(release), report: &report };
    serde_json::to_writer(&mut out, &line).map_err(io::Error::from)?;
    out.write_all(b"\n")?;
    super::compare::write_summary(&mut out, &counts, bench.releases)?;
    let ndjson = out.keep()?;

    let mut out = bench.result(Format::Csv)?;
    write_csv(&mut out, &report).map_err(io::Error::other)?;
    Ok(Done { counts, results: vec![ndjson, out.keep()?], tally: None })
}

fn write_csv(out: &mut impl Write, report: &Report) -> csv::Result<()> {
    let mut out = csv::Writer::from_writer(out);
    out.write_record(["part", "severity", "code", "field", "count", "share", "lines", "message"])?;
    let lines = |lines: &[usize]| lines.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    for reason in &report.reasons {
        out.write_record([
            "reason",
            "",
            "",
            &defused(&reason.field),
            &reason.count.to_string(),
            &reason.share.to_string(),
            &lines(&reason.lines),
            &defused(&reason.message),
        ])?;
    }
    for finding in &report.findings {
        out.write_record([
            "finding",
            &finding.severity.to_string(),
            finding.code,
            &defused(finding.field.as_ref().map(ToString::to_string).unwrap_or_default()),
            &finding.count.to_string(),
            &finding.share.to_string(),
            &lines(&finding.lines),
            &defused(&finding.message),
        ])?;
    }
    out.write_record(["summary", "", "", "", &report.records.to_string(), "", "", ""])?;
    Ok(out.flush()?)
}
