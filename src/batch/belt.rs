//! The belt itself: a thread that cuts, the caller's that reads and groups on all cores, a thread that writes, and bounded
//! queues between them.

use super::cut::{Block, Cutter};
use super::gather::{Gatherer, Unit};
use super::group::Grouper;
use super::options::{InputForm, Options, Order};
use super::read::{Reader, Taken};
use super::sort::sort;
use super::summary::{BatchError, Status, Summary};
use super::write::Writer;
use crate::reference::{Dataset, Reference};
use crate::trace::Explain;
use rayon::prelude::*;
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Blocks that wait to be read, and rounds of results that wait to be written.
const WAITING: usize = 4;
/// Bytes that are read into records at once.
const ROUND_BYTES: usize = 512 * 1024;
/// Records that one core takes at a time.
const SHARE: usize = 64;
/// Records that are grouped at once; with traces, which are a hundred times larger than answers, fewer.
const ROUND_RECORDS: usize = 4096;
const ROUND_EXPLAINED: usize = 64;

/// Some records, nothing at the end of the stream, or why it broke.
type Cut = Result<Option<Block>, BatchError>;

/// Groups a stream. What it gives is also the last line of the output. Where it fails after something was written, the
/// output ends with an error and no summary; where nothing was written yet, nothing is.
pub fn group_stream(
    input: impl Read + Send,
    output: impl Write + Send,
    options: &Options,
    reference: Arc<Reference>,
) -> Result<Summary, BatchError> {
    let is_array = matches!(options.input, InputForm::Json);
    let mut cutter = Cutter::new(input, is_array, options.limits, Arc::clone(&options.progress));
    let table = match &options.input {
        InputForm::Csv(columns) => {
            let header = if columns.header() { cutter.header()? } else { None };
            if columns.header() && header.is_none() {
                return Err(BatchError::Columns("there is no header".to_owned()));
            }
            Some(columns.bind(options.dataset, header.as_deref())?)
        }
        InputForm::Ndjson | InputForm::Json => None,
    };
    let reader = Reader { dataset: options.dataset, table, own_fields: !is_array };
    let writer = Writer::new(options, &reader, &reference);
    let grouper = Grouper { reader: &reader, reference: &reference, explain: options.explain };
    let middle = Middle { options, reader: &reader, grouper, writer: &writer };
    std::thread::scope(|scope| {
        let (blocks, to_read) = sync_channel(WAITING);
        let (results, to_write) = sync_channel(WAITING);
        scope.spawn(|| cut(cutter, options, &reader, blocks));
        let written = scope.spawn(move || write(output, to_write));
        let ended = middle.run(&to_read, &results);
        drop(to_read);
        let (last, ended) = match ended {
            Ok((summary, begun)) => {
                let mut last = if begun { Vec::new() } else { writer.head() };
                last.extend(writer.end(&summary));
                (last, Ok(summary))
            }
            Err((fault, begun)) => {
                let mut last = if begun || !options.progress.is_committed() { Vec::new() } else { writer.head() };
                if begun || options.progress.is_committed() {
                    last.extend(writer.broken(&fault));
                }
                (last, Err(fault))
            }
        };
        let _ = results.send(vec![last]); // where it is not wanted any more, the writer says why
        drop(results);
        match written.join() {
            Ok(Err(fault)) => Err(BatchError::Output(fault)),
            Ok(Ok(())) => ended,
            Err(_) => Err(BatchError::Output(std::io::Error::other("the writer broke"))),
        }
    })
}

fn cut<R: Read>(mut cutter: Cutter<R>, options: &Options, reader: &Reader, blocks: SyncSender<Cut>) {
    let linked = matches!(options.dataset, Dataset::Apc | Dataset::Pcc | Dataset::Ncc);
    if options.order == Order::Input || !linked {
        return pass(|| cutter.next(), &blocks);
    }
    match sort(&mut cutter, reader, options.limits.sort_bytes) {
        Ok(mut ordered) => pass(|| ordered.next(), &blocks),
        Err(fault) => drop(blocks.send(Err(fault))),
    }
}

fn pass(mut next: impl FnMut() -> Cut, blocks: &SyncSender<Cut>) {
    loop {
        let next = next();
        let last = !matches!(next, Ok(Some(_)));
        if blocks.send(next).is_err() || last {
            return;
        }
    }
}

fn write(mut output: impl Write, results: Receiver<Vec<Vec<u8>>>) -> std::io::Result<()> {
    for parts in results {
        for part in parts {
            output.write_all(&part)?;
        }
        output.flush()?;
    }
    Ok(())
}

/// What the middle needs.
struct Middle<'a> {
    options: &'a Options,
    reader: &'a Reader,
    grouper: Grouper<'a>,
    writer: &'a Writer<'a>,
}

/// The counts so far, and whether the head was sent.
#[derive(Default)]
struct State {
    counts: [u64; 3],
    apart: u64,
    begun: bool,
}

/// A fault, and whether anything was written before it.
type Broken = (BatchError, bool);

impl Middle<'_> {
    fn run(&self, blocks: &Receiver<Cut>, results: &SyncSender<Vec<Vec<u8>>>) -> Result<(Summary, bool), Broken> {
        let mut gatherer = Gatherer::new(self.options.dataset, self.options.limits.remembered);
        let mut state = State::default();
        let mut ended = false;
        while !ended {
            let mut fault = None;
            let (mut round, mut bytes) = (Vec::new(), 0);
            let mut next = blocks.recv().ok();
            // What has come meanwhile is taken along, so that all cores have work.
            while let Some(cut) = next {
                match cut {
                    Ok(Some(block)) => {
                        bytes += block.bytes.len();
                        round.push(block);
                    }
                    Ok(None) => ended = true,
                    Err(broken) => fault = Some(broken),
                }
                let more = bytes < ROUND_BYTES && !ended && fault.is_none();
                next = if more { blocks.try_recv().ok() } else { None };
            }
            if round.is_empty() && !ended && fault.is_none() {
                fault = Some(BatchError::Input(std::io::ErrorKind::UnexpectedEof.into()));
            }
            let items: Vec<_> = round.iter().flat_map(|block| block.items.iter().map(move |i| (block, i))).collect();
            let taken: Vec<Taken> = items
                .par_iter()
                .with_min_len(SHARE)
                .map(|(block, item)| self.reader.take(item.line, block.of(item)))
                .collect();
            drop(items);
            drop(round);
            for taken in taken {
                gatherer.add(taken, self.reader);
            }
            self.send(&mut gatherer, &mut state, results)?;
            if let Some(fault) = fault {
                return Err((fault, state.begun));
            }
            let most = self.options.limits.records.unwrap_or(u64::MAX);
            if state.counts.iter().sum::<u64>() > most {
                let words = format!("a batch may hold {most} spells or records; send fewer at once");
                return Err((BatchError::TooLarge(words), state.begun));
            }
        }
        gatherer.close(self.reader);
        self.send(&mut gatherer, &mut state, results)?;
        let [grouped, invalid, rejected] = state.counts;
        let identity = &self.grouper.reference.identity;
        let summary = Summary {
            read: grouped + invalid + rejected,
            grouped,
            invalid,
            rejected,
            reference: identity.id.clone(),
            digest: identity.digest.clone(),
            chosen_by: self.options.chosen_by,
            apart: state.apart,
            remembered: gatherer.remembered(),
        };
        Ok((summary, state.begun))
    }

    /// Groups what is complete and sends it on its way.
    fn send(
        &self,
        gatherer: &mut Gatherer,
        state: &mut State,
        results: &SyncSender<Vec<Vec<u8>>>,
    ) -> Result<(), Broken> {
        let (taken, units) = gatherer.ready();
        let most = if self.options.explain == Explain::None { ROUND_RECORDS } else { ROUND_EXPLAINED };
        let mut taken = taken.into_iter();
        let mut work: Vec<(Unit, Vec<Taken>)> = units
            .into_iter()
            .map(|unit| (taken.by_ref().take(unit.places.len()).collect(), unit))
            .map(|(t, u)| (u, t))
            .collect();
        while !work.is_empty() {
            let mut records = 0;
            let until = work.iter().position(|(_, taken)| {
                records += taken.len();
                records > most
            });
            let rest = work.split_off(until.unwrap_or(work.len()).max(1).min(work.len()));
            self.round(std::mem::replace(&mut work, rest), state, results)?;
        }
        Ok(())
    }

    fn round(
        &self,
        work: Vec<(Unit, Vec<Taken>)>,
        state: &mut State,
        results: &SyncSender<Vec<Vec<u8>>>,
    ) -> Result<(), Broken> {
        let share = if self.options.explain == Explain::None { SHARE } else { 1 };
        let mut shares: Vec<Vec<(Unit, Vec<Taken>)>> = Vec::new();
        let mut work = work.into_iter().peekable();
        while work.peek().is_some() {
            shares.push(work.by_ref().take(share).collect());
        }
        let done: Vec<Share> = shares.into_par_iter().map(|units| self.share(units)).collect();
        let mut parts = Vec::with_capacity(done.len() + 1);
        if !state.begun {
            parts.push(self.writer.head());
        }
        for share in done {
            for (count, more) in state.counts.iter_mut().zip(share.counts) {
                *count += more;
            }
            for (status, more) in STATUSES.into_iter().zip(share.counts) {
                self.options.progress.answered(status, more);
            }
            state.apart += share.apart;
            parts.push(share.bytes);
        }
        if !state.begun
            && let Some(first) = parts.get_mut(1)
        {
            self.writer.first(first);
        }
        state.begun = true;
        if self.options.progress.is_stopped() {
            return Err((BatchError::Stopped, state.begun));
        }
        // Where the writer has gone, its own fault is the answer.
        results.send(parts).map_err(|_| (BatchError::Stopped, true))
    }

    fn share(&self, units: Vec<(Unit, Vec<Taken>)>) -> Share {
        let mut share = Share::default();
        for (unit, taken) in units {
            self.grouper.unit(&unit, taken, |taken, outcome| {
                for (status, count) in STATUSES.into_iter().zip(&mut share.counts) {
                    *count += u64::from(status == outcome.status);
                }
                share.apart += u64::from(outcome.apart);
                self.writer.result(taken, &outcome, &mut share.bytes);
            });
        }
        share
    }
}

const STATUSES: [Status; 3] = [Status::Grouped, Status::Invalid, Status::Rejected];

/// What one core made.
#[derive(Default)]
struct Share {
    bytes: Vec<u8>,
    counts: [u64; 3],
    apart: u64,
}
