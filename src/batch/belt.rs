//! The belt itself: a thread that cuts, the caller's that reads and groups on all cores, a thread that writes, and bounded
//! queues between them.

use super::cut::{Block, Cutter, Item};
use super::gather::{Gatherer, Unit, within};
use super::group::{Grouper, Room};
use super::options::{InputForm, OnError, Options, Order};
use super::read::{Reader, Taken};
use super::remember::Remembered;
use super::sort::sort;
use super::summary::{BatchError, Status, Summary};
use super::write::{Places, Writer};
use crate::grouper::Tally;
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
    let reader = Reader::new(options.dataset, table, !is_array);
    let writer = Writer::new(options, &reader, &reference);
    let grouper = Grouper { reference: &reference, explain: options.explain };
    let (most, share) = if options.explain == Explain::None { (ROUND_RECORDS, SHARE) } else { (ROUND_EXPLAINED, 1) };
    let middle = Middle { options, reader: &reader, grouper, writer: &writer, most, share };
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
    /// Records of a round, and those that one core takes at a time.
    most: usize,
    share: usize,
}

/// How far the stream has come.
struct State {
    /// Results so far, by status.
    counts: [u64; 3],
    /// Results of spells that had come before.
    apart: u64,
    /// Whether the head was sent.
    begun: bool,
    gatherer: Gatherer,
    remembered: Remembered,
}

/// A fault, and whether anything was written before it.
type Broken = (BatchError, bool);

impl<'a> Middle<'a> {
    fn run(&self, blocks: &Receiver<Cut>, results: &SyncSender<Vec<Vec<u8>>>) -> Result<(Summary, bool), Broken> {
        let mut state = State {
            counts: [0; 3],
            apart: 0,
            begun: false,
            gatherer: Gatherer::new(self.options.dataset),
            remembered: Remembered::new(self.options.limits.remembered),
        };
        let mut waiting = Vec::new();
        let mut ended = false;
        while !ended {
            let (blocks, end) = receive(blocks);
            ended = matches!(end, Some(Ok(())));
            let items: Vec<_> = blocks.iter().flat_map(|block| block.items.iter().map(move |i| (block, i))).collect();
            let mut rounds = items.chunks(self.most).peekable();
            loop {
                let items = rounds.next().unwrap_or_default();
                let last = rounds.peek().is_none();
                waiting = self.round(waiting, items, ended && last, &mut state, results)?;
                if last {
                    break;
                }
            }
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
            remembered: state.remembered.full(),
        };
        Ok((summary, state.begun))
    }

    /// Reads records, groups what is complete and sends it on its way; gives the rows whose spell may go on.
    fn round<'b>(
        &self,
        waiting: Vec<Taken<'static>>,
        items: &[(&'b Block, &'b Item)],
        ended: bool,
        state: &mut State,
        results: &SyncSender<Vec<Vec<u8>>>,
    ) -> Result<Vec<Taken<'static>>, Broken>
    where
        'a: 'b,
    {
        let shares: Vec<Share<'b>> =
            items.par_chunks(self.share).map_init(Room::default, |room, items| self.take(items, room)).collect();
        let mut all: Vec<Taken<'b>> = waiting;
        let mut pieces = Vec::with_capacity(2 * shares.len() + 1);
        let mut units = Vec::new();
        let gatherer = &mut state.gatherer;
        for Share { head, within, tail } in shares {
            gatherer.look(&mut all, head, self.reader);
            if let Some(made) = within {
                gatherer.end(&all, self.reader, &mut units);
                pieces.push((std::mem::take(&mut units), Some(made)));
            }
            gatherer.look(&mut all, tail, self.reader);
        }
        if ended {
            gatherer.end(&all, self.reader, &mut units);
        }
        gatherer.pause(&all, self.reader, &mut units);
        pieces.push((units, None));
        let (work, done) = spread(pieces, &mut all, self.share);
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
        self.send(work.into_par_iter().map_init(Room::default, group).collect(), state, results)?;
        Ok(all.drain(done..).map(Taken::keep).collect())
    }

    /// Reads a share of records, and groups what can be grouped by whoever knows no other.
    fn take<'b>(&self, items: &[(&'b Block, &'b Item)], room: &mut Room<'b, 'a>) -> Share<'b>
    where
        'a: 'b,
    {
        // Where the rows lay of the share before: that memory is at hand, any other is not.
        let mut rows = std::mem::take(&mut room.rows);
        rows.extend(items.iter().map(|(block, item)| self.reader.take(item.line, block.of(item))));
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

    fn send(&self, made: Vec<Made>, state: &mut State, results: &SyncSender<Vec<Vec<u8>>>) -> Result<(), Broken> {
        if made.is_empty() {
            return Ok(());
        }
        let mut parts = Vec::with_capacity(made.len() + 1);
        if !state.begun {
            parts.push(self.writer.head());
        }
        let mut stopped = None;
        for mut made in made {
            if state.remembered.note(&mut made.units) {
                state.apart += made.warn(self.writer);
            }
            for (count, more) in state.counts.iter_mut().zip(made.counts) {
                *count += more;
            }
            for (status, more) in STATUSES.into_iter().zip(made.counts) {
                self.options.progress.answered(status, more);
            }
            self.options.progress.counted(&made.tally);
            parts.push(made.bytes);
            if made.stopped.is_some() {
                stopped = made.stopped;
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

const STATUSES: [Status; 3] = [Status::Grouped, Status::Invalid, Status::Rejected];

/// What came of some units.
#[derive(Default)]
struct Made {
    bytes: Vec<u8>,
    units: Vec<Unit>,
    /// Where in the bytes warnings go, for each result with its unit's place.
    places: Vec<(usize, Places)>,
    counts: [u64; 3],
    tally: Tally,
    /// The line of the rejected record that the batch was to stop at.
    stopped: Option<u64>,
}

impl Made {
    fn with_room_for(bytes: usize) -> Made {
        Made { bytes: Vec::with_capacity(bytes), ..Made::default() }
    }

    /// Warns of the units that had come before; gives how many results that concerns.
    fn warn(&mut self, writer: &Writer<'_>) -> u64 {
        let apart = |unit: usize| self.units.get(unit).is_some_and(|unit| unit.apart);
        let results = || self.places.iter().filter(|(unit, _)| apart(*unit));
        let (count, places) = (results().count(), results().flat_map(|(_, places)| places.iter().copied()));
        self.bytes = writer.warned(&self.bytes, places);
        count as u64
    }
}
