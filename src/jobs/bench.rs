//! The bench a job is done at: its input, opened and unpacked within bounds, and its results, sealed as they are written.

use super::folder::Place;
use super::live::{Counted, Live, Watched};
use super::queue::Settings;
use super::record::{Counts, Failure, Format, Kept, Order, Packed, Sent};
use super::seal::{Key, Sealer};
use crate::files::layout::missing;
use crate::files::rdf::{Rdf, RdfField};
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

/// What came of a job: results that lie under their formats' names, to be kept.
pub(super) struct Done {
    pub(super) counts: Counts,
    pub(super) results: Vec<Kept>,
}

/// Everything a job needs.
pub(super) struct Bench<'a> {
    pub(super) place: &'a Place,
    pub(super) key: &'a Key,
    pub(super) order: &'a Order,
    /// The release, or those that are compared.
    pub(super) releases: &'a [Arc<Reference>],
    /// The other releases there are.
    pub(super) others: &'a [Arc<Reference>],
    pub(super) live: &'a Arc<Live>,
    pub(super) settings: &'a Settings,
    /// Set once the input was found to hold more than it may.
    pub(super) too_large: Arc<AtomicBool>,
}

impl Bench<'_> {
    /// The first release.
    pub(super) fn release(&self) -> Result<&Arc<Reference>, Ended> {
        self.releases.first().ok_or_else(|| Ended::Broken(io::Error::other("a job without a release")))
    }

    /// The input from its beginning, opened and unpacked.
    pub(super) fn input(&self, most: u64) -> io::Result<Box<dyn Read + Send>> {
        let sealed = Watched::new(self.place.open_input(self.key)?, self.live);
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
        Ok(Box::new(Bounded { inner: unpacked, bytes: most, lines, too_large: Arc::clone(&self.too_large) }))
    }

    /// A new sealed file beside the results. Lines are counted as results where `count` says so.
    pub(super) fn part(&self, part: &str, count: bool) -> io::Result<Part> {
        let sealer = self.live.with_files(|| self.place.seal_part(self.key, part))?;
        Ok(Part(Counted::new(sealer, self.live, count)))
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
    pub(super) fn table(&self, most: u64) -> Result<(Rdf, bool, Box<dyn Read + Send>), Ended> {
        let mut input = BufReader::new(self.input(most)?);
        if let Some(rdf) = self.definition()? {
            return Ok((rdf, self.order.header, Box::new(input)));
        }
        let mut first = Vec::new();
        (&mut input).take(HEADER_BYTES).read_until(b'\n', &mut first).map_err(|fault| self.unreadable(fault))?;
        let rdf = named(&first);
        let lacking = missing(&rdf, self.order.dataset);
        if !lacking.is_empty() {
            let dataset = self.order.dataset;
            let words = format!("mandatory fields of {dataset} have no column: {}", lacking.join(", "));
            return Err(Ended::Failed(Failure::new("wrong-columns", words)));
        }
        Ok((rdf, true, Box::new(io::Cursor::new(first).chain(input))))
    }

    /// What a fault while the input is read means. Its own words may hold what was sent.
    pub(super) fn unreadable(&self, fault: io::Error) -> Ended {
        if self.live.stopped().is_some() {
            return Ended::Broken(fault);
        }
        if self.too_large.load(Ordering::Relaxed) {
            let words = "the file, unpacked, holds more than a job of this kind may: see the limits of the interface";
            return Ended::Failed(Failure::new("too-large", words));
        }
        Ended::Failed(Failure::new(
            "input-unreadable",
            "the file cannot be read to its end, or is not packed as it says",
        ))
    }
}

/// The definition that a header makes. The last column ends the record, whatever it is called.
fn named(first: &[u8]) -> Rdf {
    let first = String::from_utf8_lossy(first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first));
    let mut fields: Vec<RdfField> = Vec::new();
    for (name, position) in first.split(',').map(str::trim).zip(1..) {
        let name = name.trim_matches('"');
        let twice = fields.iter().any(|field| field.name.eq_ignore_ascii_case(name));
        if !name.is_empty() && !twice {
            let (picture, extract) = (String::new(), String::new());
            fields.push(RdfField { name: name.to_owned(), title: name.to_owned(), position, picture, extract });
        }
    }
    Rdf { delimiter: b',', fields }
}

/// A sealed file as it is written.
pub(super) struct Part(Counted<Sealer>);

impl Part {
    /// Waits until the disk has all of it; gives what is kept of it.
    pub(super) fn keep_as(self, format: Format) -> io::Result<Kept> {
        Ok(Kept { format, bytes: self.0.into_inner().finish()? })
    }
}

impl Write for Part {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Fails once more bytes or lines come than may.
struct Bounded<R> {
    inner: R,
    bytes: u64,
    lines: u64,
    too_large: Arc<AtomicBool>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        let lines = into.iter().take(read).filter(|byte| **byte == b'\n').count();
        match (self.bytes.checked_sub(read as u64), self.lines.checked_sub(lines as u64)) {
            (Some(bytes), Some(lines)) => (self.bytes, self.lines) = (bytes, lines),
            _ => {
                self.too_large.store(true, Ordering::Relaxed);
                return Err(io::Error::other("more than may be"));
            }
        }
        Ok(read)
    }
}
