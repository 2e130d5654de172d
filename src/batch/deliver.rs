//! The end of the belt, on a thread of its own: notes units in the order of the stream, warns of those that had come before,
//! counts, and writes.

use super::gather::Unit;
use super::options::Options;
use super::remember::Remembered;
use super::summary::{BatchError, Status, Summary};
use super::write::{Places, Writer};
use crate::grouper::Tally;
use crate::reference::Reference;
use std::io::Write;
use std::sync::mpsc::Receiver;

/// The statuses in the order in which they are counted.
pub(super) const STATUSES: [Status; 3] = [Status::Grouped, Status::Invalid, Status::Rejected];

/// What came of some units.
#[derive(Default)]
pub(super) struct Made {
    pub(super) bytes: Vec<u8>,
    pub(super) units: Vec<Unit>,
    /// Where in the bytes warnings go, for each result with its unit's place.
    pub(super) places: Vec<(usize, Places)>,
    /// Results by status, in the order of [`STATUSES`].
    pub(super) counts: [u64; 3],
    pub(super) tally: Tally,
    /// The line of the rejected record that the batch was to stop at.
    pub(super) stopped: Option<u64>,
}

impl Made {
    /// Nothing yet, and room for so many bytes.
    pub(super) fn with_room_for(bytes: usize) -> Made {
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

/// What is handed over to be delivered.
pub(super) enum Piece {
    /// Results, in the order of the stream.
    Made(Vec<Made>),
    /// The stream ended, or broke.
    End(Result<(), BatchError>),
}

/// How far the stream has come.
pub(super) struct Delivery<'a> {
    options: &'a Options,
    writer: &'a Writer<'a>,
    reference: &'a Reference,
    /// Results so far, by status.
    counts: [u64; 3],
    /// Results of spells that had come before.
    apart: u64,
    /// Whether the head was written.
    begun: bool,
    remembered: Remembered,
}

impl<'a> Delivery<'a> {
    /// A delivery that has not begun.
    pub(super) fn new(options: &'a Options, writer: &'a Writer<'a>, reference: &'a Reference) -> Delivery<'a> {
        let remembered = Remembered::new(options.limits.remembered);
        Delivery { options, writer, reference, counts: [0; 3], apart: 0, begun: false, remembered }
    }

    /// Delivers all. Where it fails after something was written, the output ends with an error and no summary; where nothing
    /// was written yet, nothing is.
    pub(super) fn run(mut self, mut output: impl Write, pieces: Receiver<Piece>) -> Result<Summary, BatchError> {
        let ended = self.all(&mut output, pieces);
        if matches!(ended, Err(BatchError::Output(_))) {
            return ended; // there is nobody to tell
        }
        let last = match &ended {
            Ok(summary) => self.writer.end(summary),
            Err(fault) if self.begun || self.options.progress.is_committed() => self.writer.broken(fault),
            Err(_) => return ended,
        };
        self.write(&mut output, &[&last])?;
        ended
    }

    fn all(&mut self, output: &mut impl Write, pieces: Receiver<Piece>) -> Result<Summary, BatchError> {
        for piece in pieces {
            match piece {
                Piece::Made(made) => self.results(made, output)?,
                Piece::End(end) => return end.map(|()| self.summary()),
            }
        }
        Err(BatchError::Output(std::io::Error::other("the belt broke")))
    }

    fn results(&mut self, mut made: Vec<Made>, output: &mut impl Write) -> Result<(), BatchError> {
        if made.is_empty() {
            return Ok(());
        }
        let progress = &self.options.progress;
        let mut stopped = None;
        for (made, place) in made.iter_mut().zip(1..) {
            if self.remembered.note(&mut made.units) {
                self.apart += made.warn(self.writer);
            }
            for ((count, status), more) in self.counts.iter_mut().zip(STATUSES).zip(made.counts) {
                *count += more;
                progress.answered(status, more);
            }
            progress.counted(&made.tally);
            if let Some(line) = made.stopped {
                stopped = Some((place, line));
                break;
            }
        }
        if let Some((last, _)) = stopped {
            made.truncate(last);
        }
        if progress.is_stopped() {
            return Err(BatchError::Stopped);
        }
        if !self.begun
            && let Some(first) = made.first_mut()
        {
            self.writer.first(&mut first.bytes);
        }
        let parts: Vec<&[u8]> = made.iter().map(|made| made.bytes.as_slice()).collect();
        self.write(output, &parts)?;
        if let Some((_, line)) = stopped {
            return Err(BatchError::Rejected(line));
        }
        let most = self.options.limits.records.unwrap_or(u64::MAX);
        if self.counts.iter().sum::<u64>() > most {
            let words = format!("a batch may hold {most} spells or records; send fewer at once");
            return Err(BatchError::TooLarge(words));
        }
        Ok(())
    }

    /// Writes, the head before all else.
    fn write(&mut self, output: &mut impl Write, parts: &[&[u8]]) -> Result<(), BatchError> {
        let mut write = || -> std::io::Result<()> {
            if !std::mem::replace(&mut self.begun, true) {
                output.write_all(&self.writer.head())?;
            }
            parts.iter().try_for_each(|part| output.write_all(part))?;
            output.flush()
        };
        write().map_err(BatchError::Output)
    }

    fn summary(&self) -> Summary {
        let [grouped, invalid, rejected] = self.counts;
        let identity = &self.reference.identity;
        Summary {
            read: grouped + invalid + rejected,
            grouped,
            invalid,
            rejected,
            reference: identity.id.clone(),
            digest: identity.digest.clone(),
            chosen_by: self.options.chosen_by,
            apart: self.apart,
            remembered: self.remembered.full(),
        }
    }
}
