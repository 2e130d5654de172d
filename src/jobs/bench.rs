//! The bench a job is done at: its input, opened and unpacked within bounds, and its results, sealed as they are written.

use super::folder::Place;
use super::key::Key;
use super::live::{Guarded, Live, Watched};
use super::record::{Counts, Failure, Format, Kept, Order, Packed, Record, Sent};
use super::seal::Sealer;
use super::settings::Settings;
use crate::files::decode::unquoted;
use crate::files::layout::{Layout, missing};
use crate::files::rdf::Rdf;
use crate::grouper::Tally;
use crate::reference::Reference;
use flate2::read::MultiGzDecoder;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The largest window of Zstandard that is unpacked, as a power of two: 128 MiB.
const ZSTD_WINDOW: u32 = 27;
/// The longest header line.
const HEADER_BYTES: u64 = 64 * 1024;

/// Why a job came to no result.
#[derive(Debug)]
pub(super) enum Ended {
    /// The fault is in what was sent.
    Failed(Failure),
    /// The fault is on this side, or the job is to stop.
    Broken(io::Error),
}

impl From<io::Error> for Ended {
    fn from(fault: io::Error) -> Ended {
        Ended::Broken(fault)
    }
}

/// What came of a job: results that are whole, to be kept.
pub(super) struct Done {
    pub(super) counts: Counts,
    pub(super) results: Vec<Kept>,
    /// What came out, where records were grouped.
    pub(super) tally: Option<Tally>,
}

/// Everything a job needs.
pub(super) struct Bench<'a> {
    pub(super) place: &'a Place,
    pub(super) key: &'a Key,
    pub(super) record: &'a Record,
    pub(super) order: &'a Order,
    /// The release, or those that are compared.
    pub(super) releases: &'a [Arc<Reference>],
    pub(super) live: &'a Arc<Live>,
    pub(super) settings: &'a Settings,
    pub(super) faults: Arc<Faults>,
}

/// What was found while the input was read, which its readers' own words do not tell.
#[derive(Debug, Default)]
pub(super) struct Faults {
    /// It holds more than it may.
    too_large: AtomicBool,
    /// The disk did not give it back.
    disk: AtomicBool,
}

impl Bench<'_> {
    /// The first release.
    pub(super) fn release(&self) -> Result<&Arc<Reference>, Ended> {
        self.releases.first().ok_or_else(|| Ended::Broken(io::Error::other("a job without a release")))
    }

    /// The input from its beginning, opened and unpacked.
    pub(super) fn input(&self, most: u64) -> io::Result<Box<dyn Read + Send>> {
        let opener = self.place.open_input(self.key)?;
        let sealed = Own { inner: Watched::new(opener, self.live), faults: Arc::clone(&self.faults) };
        let unpacked: Box<dyn Read + Send> = match self.order.packed {
            Packed::Plain => Box::new(sealed),
            Packed::Gzip => Box::new(MultiGzDecoder::new(sealed)),
            Packed::Zstd => {
                let mut decoder = zstd::Decoder::new(sealed)?;
                decoder.window_log_max(ZSTD_WINDOW)?;
                Box::new(decoder)
            }
        };
        // An array may stand on one line or on many.
        let lines = if self.order.sent == Sent::Json { u64::MAX } else { self.settings.lines };
        Ok(Box::new(Bounded { inner: unpacked, bytes: most, lines, faults: Arc::clone(&self.faults) }))
    }

    /// Begins a result.
    pub(super) fn result(&self, format: Format) -> io::Result<Part> {
        let sealer = self.live.with_files(|| self.place.seal_result(self.key, format))?;
        Ok(Part { format, out: Guarded::new(sealer, self.live) })
    }

    /// The record definition that came with the file.
    pub(super) fn definition(&self) -> Result<Option<Rdf>, Ended> {
        if !self.order.definition {
            return Ok(None);
        }
        let text = self.place.read_definition(self.key)?;
        let other_delimiters = self.release()?.options.rdf_other_delimiters;
        // It was read when it came; that it cannot be read now is no fault of the sender's.
        Rdf::parse(&text, other_delimiters).map(Some).map_err(|_| Ended::Broken(io::Error::other("the definition")))
    }

    /// A table: its definition, made from the header where none was sent, whether a header stands first, and its bytes.
    pub(super) fn table(&self, most: u64) -> Result<Table, Ended> {
        let mut input = BufReader::new(self.input(most)?);
        if let Some(rdf) = self.definition()? {
            let layout = self.bound(&rdf)?;
            return Ok(Table { rdf, layout, header: self.order.header, input: Box::new(input) });
        }
        let mut first = Vec::new();
        (&mut input).take(HEADER_BYTES).read_until(b'\n', &mut first).map_err(|fault| self.unreadable(fault))?;
        let line = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&first);
        let names = unquoted(line.trim_ascii_end(), b',');
        let names: Vec<_> = names.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect();
        let rdf = Rdf::of_header(names.iter().map(String::as_str));
        let layout = self.bound(&rdf)?;
        Ok(Table { rdf, layout, header: true, input: Box::new(io::Cursor::new(first).chain(input)) })
    }

    fn bound(&self, rdf: &Rdf) -> Result<Layout, Ended> {
        let dataset = self.order.dataset;
        Layout::bind(rdf, dataset).map_err(|_| {
            let lacking = missing(rdf, dataset).join(", ");
            let words = format!("mandatory fields of {dataset} have no column: {lacking}");
            Ended::Failed(Failure::new("wrong-columns", words))
        })
    }

    /// What a fault while the input is read means. Its own words may hold what was sent.
    pub(super) fn unreadable(&self, fault: io::Error) -> Ended {
        if self.live.stopped().is_some() || self.faults.disk.load(Ordering::Relaxed) {
            return Ended::Broken(fault);
        }
        if self.faults.too_large.load(Ordering::Relaxed) {
            let words = "the file, unpacked, holds more than a job of this kind may: see the limits of the interface";
            return Ended::Failed(Failure::new("too-large", words));
        }
        Ended::Failed(Failure::new(
            "input-unreadable",
            "the file cannot be read to its end, or is not packed as it says",
        ))
    }
}

/// A table as it was sent.
pub(super) struct Table {
    pub(super) rdf: Rdf,
    pub(super) layout: Layout,
    /// Whether the first line is a header.
    pub(super) header: bool,
    pub(super) input: Box<dyn Read + Send>,
}

/// A result as it is written.
pub(super) struct Part {
    format: Format,
    out: Guarded<Sealer>,
}

impl Part {
    /// Waits until the disk has all of it; gives what is kept of it.
    pub(super) fn keep(self) -> io::Result<Kept> {
        Ok(Kept { format: self.format, bytes: self.out.into_inner().finish()? })
    }
}

impl Write for Part {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Notes that a fault is of the disk.
struct Own<R> {
    inner: R,
    faults: Arc<Faults>,
}

impl<R: Read> Read for Own<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.inner.read(into).inspect_err(|_| self.faults.disk.store(true, Ordering::Relaxed))
    }
}

/// Fails once more bytes or lines come than may.
struct Bounded<R> {
    inner: R,
    bytes: u64,
    lines: u64,
    faults: Arc<Faults>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        let lines = memchr::memchr_iter(b'\n', into.get(..read).unwrap_or_default()).count();
        match (self.bytes.checked_sub(read as u64), self.lines.checked_sub(lines as u64)) {
            (Some(bytes), Some(lines)) => (self.bytes, self.lines) = (bytes, lines),
            _ => {
                self.faults.too_large.store(true, Ordering::Relaxed);
                return Err(io::Error::other("more than may be"));
            }
        }
        Ok(read)
    }
}
