//! The grouping of a file as a job, in every form in which its result can be had.

use super::bench::{Bench, Done, Ended};
use super::record::{Counts, Failure, Format, Order, Sent};
use crate::batch::{self, BatchError, Columns, Form, InputForm, Options, Summary, group_stream};
use std::io;
use std::sync::Arc;

/// How often the input is read.
pub(super) fn passes(_: &Order) -> u64 {
    2
}

/// Does the job.
pub(super) fn run(bench: &Bench<'_>) -> Result<Done, Ended> {
    let (ndjson, summary) = stream(bench, Format::Ndjson, Form::Ndjson)?;
    let (csv, _) = stream(bench, Format::Csv, Form::Csv)?;
    let Summary { read, grouped, invalid, rejected, .. } = summary;
    Ok(Done { counts: Counts { read, grouped, invalid, rejected, changed: None }, results: vec![ndjson, csv] })
}

fn stream(bench: &Bench<'_>, format: Format, form: Form) -> Result<(super::record::Kept, Summary), Ended> {
    let mut out = bench.part(format.name(), false)?;
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
    if form == Form::Ndjson {
        // The first time round; the second tells nothing new.
        options.progress = bench.live.stream();
    }
    options.limits.records = Some(bench.settings.lines);
    let input = bench.input(bench.settings.unpacked_bytes)?;
    let release = Arc::clone(bench.release()?);
    let summary = group_stream(input, &mut out, &options, release).map_err(|fault| ended(bench, fault))?;
    Ok((out.keep_as(format)?, summary))
}

/// What the end of a stream means.
fn ended(bench: &Bench<'_>, fault: BatchError) -> Ended {
    match fault {
        BatchError::Input(fault) => bench.unreadable(fault),
        BatchError::Output(fault) | BatchError::Spill(fault) => Ended::Broken(fault),
        BatchError::Stopped | BatchError::Idle => Ended::Broken(io::Error::other("the job is to stop")),
        BatchError::Malformed(_) | BatchError::Columns(_) | BatchError::TooLarge(_) => {
            Ended::Failed(Failure::new(fault.code(), &fault))
        }
    }
}
