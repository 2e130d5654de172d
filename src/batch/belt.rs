//! The belt itself: a thread that cuts, the caller's that reads and groups on all cores, a thread that writes, and bounded
//! queues between them.

use super::cut::{Block, Cutter, Item};
use super::deliver::{Delivery, Made, Piece, STATUSES};
use super::gather::{Gatherer, Unit, within};
use super::group::{Grouper, Room};
use super::options::{InputForm, OnError, Options, Order};
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

/// Blocks that wait to be read: as many as a round takes, so that all cores have work for long enough that the others do not
/// wait for the last of them.
const BLOCKS_WAITING: usize = 16;
/// Rounds of results that wait to be written.
const ROUNDS_WAITING: usize = 2;
/// Bytes that are read into records at once.
const ROUND_BYTES: usize = 1024 * 1024;
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
    let reader = Reader::new(options.dataset, table, !is_array);
    let writer = Writer::new(options, &reader, &reference);
    let grouper = Grouper { reference: &reference, explain: options.explain };
    let (most, share) = if options.explain == Explain::None { (ROUND_RECORDS, SHARE) } else { (ROUND_EXPLAINED, 1) };
    let middle = Middle { options, reader: &reader, grouper, writer: &writer, most, share };
    let delivery = Delivery::new(options, &writer, &reference);
    std::thread::scope(|scope| {
        let (blocks, to_read) = sync_channel(BLOCKS_WAITING);
        let (pieces, to_write) = sync_channel(ROUNDS_WAITING);
        scope.spawn(|| cut(cutter, options, &reader, blocks));
        let delivered = scope.spawn(move || delivery.run(output, to_write));
        let ended = middle.run(&to_read, &pieces);
        drop(to_read);
        let _ = pieces.send(Piece::End(ended)); // where it is not wanted any more, the delivery says why
        drop(pieces);
        let broke = || Err(BatchError::Output(std::io::Error::other("the delivery broke")));
        delivered.join().unwrap_or_else(|_| broke())
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

/// What the middle needs.
struct Middle<'a> {
    options: &'a Options,
    reader: &'a Reader,
    grouper: Grouper<'a>,
    writer: &'a Writer<'a>,
    /// Records of a round, and those that one core takes at a time.
    most: usize,
    share: usize,
}

/// A part of a block that one core takes at a time.
type Part<'b> = (&'b Block, &'b [Item]);

/// Divides a block into parts of much the same size.
fn parts(block: &Block, share: usize) -> impl Iterator<Item = Part<'_>> {
    let count = block.items.len().div_ceil(share).max(1);
    block.items.chunks(block.items.len().div_ceil(count).max(1)).map(move |items| (block, items))
}

impl<'a> Middle<'a> {
    fn run(&self, blocks: &Receiver<Cut>, pieces: &SyncSender<Piece>) -> Result<(), BatchError> {
        let mut gatherer = Gatherer::new(self.options.dataset);
        let mut waiting = Vec::new();
        let mut ended = false;
        while !ended {
            let (blocks, end) = receive(blocks);
            ended = matches!(end, Some(Ok(())));
            let all: Vec<Part<'_>> = blocks.iter().flat_map(|block| parts(block, self.share)).collect();
            let mut rounds = all.chunks(self.most.div_ceil(self.share)).peekable();
            loop {
                let parts = rounds.next().unwrap_or_default();
                let last = rounds.peek().is_none();
                waiting = self.round(waiting, parts, ended && last, &mut gatherer, pieces)?;
                if last {
                    break;
                }
            }
            if let Some(Err(fault)) = end {
                return Err(fault);
            }
        }
        Ok(())
    }

    /// Reads records, groups what is complete and sends it on its way; gives the rows whose spell may go on.
    fn round<'b>(
        &self,
        waiting: Vec<Taken<'static>>,
        parts: &[Part<'b>],
        ended: bool,
        gatherer: &mut Gatherer,
        pieces: &SyncSender<Piece>,
    ) -> Result<Vec<Taken<'static>>, BatchError>
    where
        'a: 'b,
    {
        let shares: Vec<Share<'b>> =
            parts.par_iter().map_init(Room::default, |room, part| self.take(*part, room)).collect();
        let mut all: Vec<Taken<'b>> = waiting;
        let mut found = Vec::with_capacity(2 * shares.len() + 1);
        let mut units = Vec::new();
        for Share { head, within, tail } in shares {
            gatherer.look(&mut all, head, self.reader);
            if let Some(made) = within {
                gatherer.end(&all, self.reader, &mut units);
                found.push((std::mem::take(&mut units), Some(made)));
            }
            gatherer.look(&mut all, tail, self.reader);
        }
        if ended {
            gatherer.end(&all, self.reader, &mut units);
        }
        gatherer.pause(&all, self.reader, &mut units);
        found.push((units, None));
        let (work, done) = spread(found, &mut all, self.share);
        let group = |room: &mut Room<'b, 'a>, work: Work<'_, 'b>| match work {
            Work::Made(made) => made,
            Work::Rows(units, rows) => {
                let mut made = Made { units, ..Made::with_room_for(rows.len() * self.writer.usual_bytes()) };
                self.group(rows, room, &mut made);
                // Let go of here, where other cores do the same.
                for taken in rows {
                    drop(taken.lift());
                }
                made
            }
        };
        let made: Vec<Made> = work.into_par_iter().map_init(Room::default, group).collect();
        // Where the delivery has ended, its own fault is the answer.
        pieces.send(Piece::Made(made)).map_err(|_| BatchError::Stopped)?;
        Ok(all.drain(done..).map(Taken::keep).collect())
    }

    /// Reads a share of records, and groups what can be grouped by whoever knows no other.
    fn take<'b>(&self, (block, items): Part<'b>, room: &mut Room<'b, 'a>) -> Share<'b>
    where
        'a: 'b,
    {
        // Where the rows lay of the share before: that memory is at hand, any other is not.
        let mut rows = std::mem::take(&mut room.rows);
        rows.extend(items.iter().map(|item| self.reader.take(item.line, block.of(item))));
        let between = within(&rows, self.reader);
        let tail = rows.drain(between.end..).collect();
        let (before, between) = rows.split_at_mut_checked(between.start).unwrap_or_default();
        let head = before.iter_mut().map(Taken::lift).collect();
        let within = (!between.is_empty()).then(|| {
            let mut gatherer = Gatherer::new(self.options.dataset);
            (0..between.len()).for_each(|place| gatherer.add(place, between, self.reader));
            let mut made = Made::with_room_for(between.len() * self.writer.usual_bytes());
            gatherer.end(between, self.reader, &mut made.units);
            self.group(between, room, &mut made);
            made
        });
        rows.clear();
        room.rows = rows;
        Share { head, within, tail }
    }

    /// Groups the units of what is made, whose rows these are.
    fn group<'b>(&self, rows: &mut [Taken<'b>], room: &mut Room<'b, 'a>, made: &mut Made) {
        let Made { bytes, units, places, counts, tally, stopped } = made;
        let mut rest = rows;
        for (unit, place) in units.iter().zip(0..) {
            if stopped.is_some() {
                return;
            }
            let (rows, others) = std::mem::take(&mut rest).split_at_mut_checked(unit.places.len()).unwrap_or_default();
            rest = others;
            self.grouper.unit(unit, rows, room, |taken, outcome| {
                if stopped.is_some() {
                    return;
                }
                for (status, count) in STATUSES.into_iter().zip(&mut *counts) {
                    *count += u64::from(status == outcome.status);
                }
                outcome.count(tally);
                let warned = self.writer.result(taken, outcome, bytes);
                if outcome.status != Status::Rejected {
                    places.push((place, warned));
                } else if self.options.on_error == OnError::Stop {
                    *stopped = Some(taken.line);
                }
            });
        }
    }
}

/// A share of records, of which one core knew no others.
struct Share<'b> {
    /// Rows whose spell may have begun before.
    head: Vec<Taken<'b>>,
    /// What came of those that stand between.
    within: Option<Made>,
    /// Rows whose spell may go on afterwards.
    tail: Vec<Taken<'b>>,
}

/// What a core has to do.
enum Work<'w, 'b> {
    Rows(Vec<Unit>, &'w mut [Taken<'b>]),
    /// Nothing: it is done.
    Made(Made),
}

/// Divides units over several shares, each with what was made after them; gives too how many rows those units have.
fn spread<'w, 'b>(
    pieces: Vec<(Vec<Unit>, Option<Made>)>,
    mut rows: &'w mut [Taken<'b>],
    share: usize,
) -> (Vec<Work<'w, 'b>>, usize) {
    let (mut work, mut done) = (Vec::with_capacity(2 * pieces.len()), 0);
    for (mut units, made) in pieces {
        while !units.is_empty() {
            let fits = units.partition_point(|unit| unit.places.end - done <= share).max(1);
            let later = units.split_off(fits);
            let end = units.last().map_or(done, |unit| unit.places.end);
            let (now, others) = std::mem::take(&mut rows).split_at_mut_checked(end - done).unwrap_or_default();
            work.push(Work::Rows(units, now));
            (units, rows, done) = (later, others, end);
        }
        work.extend(made.map(Work::Made));
    }
    (work, done)
}

/// What has come, at least one block, and whether the stream ended or broke after it.
fn receive(blocks: &Receiver<Cut>) -> (Vec<Block>, Option<Result<(), BatchError>>) {
    let (mut round, mut bytes) = (Vec::new(), 0);
    let mut next = blocks.recv().ok();
    while let Some(cut) = next {
        match cut {
            Ok(Some(block)) => {
                bytes += block.len();
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
