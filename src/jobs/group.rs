//! The grouping of a file as a job, in every form in which its result can be had.

use super::bench::{Bench, Done, Ended};
use super::official;
use super::record::{Counts, Failure, Format, Kept, Order, Sent};
use crate::batch::{self, BatchError, Columns, Form, InputForm, Options, Summary, group_stream};
use crate::grouper::Tally;
use std::io;
use std::sync::Arc;

/// The forms of the stream, of which each reads the input once.
const STREAMS: [(Format, Form); 2] = [(Format::Ndjson, Form::Ndjson), (Format::Csv, Form::Csv)];

/// Of how many parts the work is.
pub(super) fn parts(order: &Order) -> u64 {
    let official = if order.sent == Sent::Csv { official::PARTS } else { 0 };
    STREAMS.len() as u64 + official
}

/// Does the job.
pub(super) fn run(bench: &Bench<'_>) -> Result<Done, Ended> {
    let (mut results, mut counts, mut tally) = (Vec::new(), Counts::default(), None);
    for ((format, form), part) in STREAMS.into_iter().zip(0..) {
        bench.live.make(format);
        bench.live.part(part, bench.record.sent_bytes);
        let (kept, summary, of_stream) = stream(bench, format, form)?;
        // Every form holds the same results.
        tally = Some(of_stream);
        let Summary { read, grouped, invalid, rejected, .. } = summary;
        counts = Counts { read, grouped, invalid, rejected, changed: None };
        results.push(kept);
    }
    // The official program has no files for no record.
    if bench.order.sent == Sent::Csv && counts.read > 0 {
        results.push(official::run(bench, STREAMS.len() as u64)?);
    }
    Ok(Done { counts, results, tally })
}

fn stream(bench: &Bench<'_>, format: Format, form: Form) -> Result<(Kept, Summary, Tally), Ended> {
    let mut out = bench.result(format)?;
    let input = match bench.order.sent {
        Sent::Ndjson => InputForm::Ndjson,
        Sent::Json => InputForm::Json,
        Sent::Csv => InputForm::Csv(match bench.definition()? {
            Some(rdf) => Columns::Definition { rdf, header: bench.order.header },
            None => Columns::Header,
        }),
    };
    let mut options = Options::new(bench.order.dataset, input, form);
    if bench.order.sort {
        options.order = batch::Order::Sort;
    }
    options.progress = bench.live.stream();
    options.limits.records = Some(bench.settings.lines);
    let input = bench.input(bench.settings.unpacked_bytes)?;
    let release = Arc::clone(bench.release()?);
    let summary = group_stream(input, &mut out, &options, release).map_err(|fault| ended(bench, fault))?;
    Ok((out.keep()?, summary, options.progress.tally()))
}

/// What the end of a stream means.
fn ended(bench: &Bench<'_>, fault: BatchError) -> Ended {
    match fault {
        BatchError::Input(fault) => bench.unreadable(fault),
        BatchError::Output(fault) | BatchError::Spill(fault) => Ended::Broken(fault),
        BatchError::Stopped | BatchError::Stopping | BatchError::Idle => {
            Ended::Broken(io::Error::other("the job is to stop"))
        }
        BatchError::Malformed(_) | BatchError::Columns(_) | BatchError::TooLarge(_) | BatchError::Rejected(_) => {
            Ended::Failed(Failure::new(fault.code(), &fault))
        }
    }
}
