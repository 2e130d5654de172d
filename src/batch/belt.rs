//! The belt itself: a thread that cuts, the caller's that reads and groups on all cores, a thread that writes, and bounded
//! queues between them.

use super::cut::{Block, Cutter, Item};
use super::gather::{Gatherer, Unit};
use super::group::{Grouper, Room};
use super::options::{InputForm, OnError, Options, Order};
use super::own::Own;
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
/// Bytes that a result has room for at first.
const RESULT: usize = 512;

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
    let reader = Reader::new(options.dataset, table, !is_array);
    let writer = Writer::new(options, &reader, &reference);
    let grouper = Grouper { reference: &reference, explain: options.explain };
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
        let mut waiting = Vec::new();
        let mut ended = false;
        while !ended {
            let (round, end) = receive(blocks);
            ended = matches!(end, Some(Ok(())));
            waiting = self.round(waiting, &round, ended, &mut gatherer, &mut state, results)?;
            if let Some(Err(fault)) = end {
                return Err((fault, state.begun));
            }
            let most = self.options.limits.records.unwrap_or(u64::MAX);
            if state.counts.iter().sum::<u64>() > most {
                let words = format!("a batch may hold {most} spells or records; send fewer at once");
                return Err((BatchError::TooLarge(words), state.begun));
            }
        }
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

    /// Reads the blocks, groups what is complete and sends it on its way; gives the rows whose spell may go on.
    fn round<'b>(
        &self,
        waiting: Vec<Taken<'static>>,
        blocks: &'b [Block],
        ended: bool,
        gatherer: &mut Gatherer,
        state: &mut State,
        results: &SyncSender<Vec<Vec<u8>>>,
    ) -> Result<Vec<Taken<'static>>, Broken>
    where
        Self: 'b,
    {
        let mut all: Vec<Taken<'_>> = waiting;
        let from = all.len();
        let items: Vec<_> = blocks.iter().flat_map(|block| block.items.iter().map(move |i| (block, i))).collect();
        let take = |(block, item): &(&'b Block, &Item)| self.reader.take(item.line, block.of(item));
        all.par_extend(items.par_iter().with_min_len(SHARE).map(take));
        let units = gatherer.round(&all, from, ended, self.reader);
        let (most, share) =
            if self.options.explain == Explain::None { (ROUND_RECORDS, SHARE) } else { (ROUND_EXPLAINED, 1) };
        let (mut rows, mut units) = (all.as_mut_slice(), units.as_slice());
        let mut done = 0;
        while let Some((now, of_now, later, of_later)) = part(units, rows, most) {
            done += of_now.len();
            let mut shares = Vec::new();
            let (mut now, mut of_now) = (now, of_now);
            while let Some((some, of_some, others, of_others)) = part(now, of_now, share) {
                shares.push((some, of_some));
                (now, of_now) = (others, of_others);
            }
            let made = shares.into_par_iter().map(|(units, rows)| self.share(units, rows)).collect();
            self.send(made, state, results)?;
            (units, rows) = (later, of_later);
        }
        Ok(all.drain(done..).map(Taken::keep).collect())
    }

    fn send(&self, shares: Vec<Share>, state: &mut State, results: &SyncSender<Vec<Vec<u8>>>) -> Result<(), Broken> {
        let mut parts = Vec::with_capacity(shares.len() + 1);
        if !state.begun {
            parts.push(self.writer.head());
        }
        let mut stopped = None;
        for share in shares {
            for (count, more) in state.counts.iter_mut().zip(share.counts) {
                *count += more;
            }
            for (status, more) in STATUSES.into_iter().zip(share.counts) {
                self.options.progress.answered(status, more);
            }
            state.apart += share.apart;
            parts.push(share.bytes);
            if share.stopped.is_some() {
                stopped = share.stopped;
                break;
            }
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
        results.send(parts).map_err(|_| (BatchError::Stopped, true))?;
        stopped.map_or(Ok(()), |line| Err((BatchError::Rejected(line), true)))
    }

    fn share(&self, units: &[Unit], rows: &mut [Taken<'_>]) -> Share {
        let mut share = Share { bytes: Vec::with_capacity(rows.len() * RESULT), ..Share::default() };
        let mut room = Room::default();
        let mut rest = rows;
        for unit in units {
            let (rows, others) = std::mem::take(&mut rest).split_at_mut_checked(unit.places.len()).unwrap_or_default();
            rest = others;
            self.grouper.unit(unit, rows, &mut room, |taken, outcome| {
                if share.stopped.is_some() {
                    return;
                }
                for (status, count) in STATUSES.into_iter().zip(&mut share.counts) {
                    *count += u64::from(status == outcome.status);
                }
                share.apart += u64::from(outcome.apart);
                self.writer.result(taken, outcome, &mut share.bytes);
                if outcome.status == Status::Rejected && self.options.on_error == OnError::Stop {
                    share.stopped = Some(taken.line);
                }
            });
            if share.stopped.is_some() {
                break;
            }
            // Let go of here, where other cores do the same.
            for taken in &mut *rows {
                (taken.record, taken.own) = (Err(Vec::new()), Own::new());
            }
        }
        share
    }
}

/// What has come, at least one block, and whether the stream ended or broke after it.
fn receive(blocks: &Receiver<Cut>) -> (Vec<Block>, Option<Result<(), BatchError>>) {
    let (mut round, mut bytes) = (Vec::new(), 0);
    let mut next = blocks.recv().ok();
    while let Some(cut) = next {
        match cut {
            Ok(Some(block)) => {
                bytes += block.bytes.len();
                round.push(block);
            }
            Ok(None) => return (round, Some(Ok(()))),
            Err(broken) => return (round, Some(Err(broken))),
        }
        // What has come meanwhile is taken along, so that all cores have work.
        next = if bytes < ROUND_BYTES { blocks.try_recv().ok() } else { None };
    }
    let broken = || BatchError::Input(std::io::ErrorKind::UnexpectedEof.into());
    let end = round.is_empty().then(|| Err(broken()));
    (round, end)
}

/// Units of about so many rows and those rows, and the units and rows after them; nothing where no unit is left.
type Part<'u, 'r, 'b> = (&'u [Unit], &'r mut [Taken<'b>], &'u [Unit], &'r mut [Taken<'b>]);

fn part<'u, 'r, 'b>(units: &'u [Unit], rows: &'r mut [Taken<'b>], most: usize) -> Option<Part<'u, 'r, 'b>> {
    let start = units.first()?.places.start;
    let fits = |unit: &Unit| unit.places.end - start <= most;
    let (now, later) = units.split_at_checked(units.partition_point(fits).max(1))?;
    let end = now.last()?.places.end;
    let (of_now, of_later) = rows.split_at_mut_checked(end - start)?;
    Some((now, of_now, later, of_later))
}

const STATUSES: [Status; 3] = [Status::Grouped, Status::Invalid, Status::Rejected];

/// What one core made.
#[derive(Default)]
struct Share {
    bytes: Vec<u8>,
    counts: [u64; 3],
    apart: u64,
    /// The line of the rejected record that the batch was to stop at.
    stopped: Option<u64>,
}
