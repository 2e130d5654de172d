//! Cuts the bytes of a stream into the records' own: lines, or the elements of an array. What is longer than a record may
//! be is passed over without being kept.

use super::options::{Limits, Progress};
use super::summary::BatchError;
use std::io::{ErrorKind, Read};
use std::ops::Range;
use std::sync::Arc;

/// Bytes that are read at once.
const READ: usize = 64 * 1024;

/// One record's bytes.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// The line, or the place in the array, from 1.
    pub(super) line: u64,
    /// Where it stands in its block; nothing where it was too long to be kept.
    pub(super) place: Option<Range<usize>>,
}

/// Some records, as many as came at once.
#[derive(Debug, Default)]
pub(super) struct Block {
    bytes: Bytes,
    /// Whether there is any double quote.
    quotes: bool,
    /// The records in them.
    pub(super) items: Vec<Item>,
}

/// The bytes of a block. They are looked at as a whole, which costs less than line by line.
#[derive(Debug)]
enum Bytes {
    /// UTF-8 text without NUL.
    Text(String),
    Others(Vec<u8>),
}

impl Default for Bytes {
    fn default() -> Bytes {
        Bytes::Text(String::new())
    }
}

/// What a record was sent as.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent<'b> {
    pub(super) bytes: &'b [u8],
    /// The same as text; nothing where it is not known to be UTF-8 without NUL.
    pub(super) text: Option<&'b str>,
    /// Whether there may be double quotes.
    pub(super) quotes: bool,
}

impl Block {
    /// Records, and the bytes that they are in.
    pub(super) fn new(bytes: Vec<u8>, items: Vec<Item>) -> Block {
        let quotes = memchr::memchr(b'"', &bytes).is_some();
        let nul = memchr::memchr(0, &bytes).is_some();
        let bytes = match String::from_utf8(bytes) {
            Ok(text) if !nul => Bytes::Text(text),
            Ok(text) => Bytes::Others(text.into_bytes()),
            Err(others) => Bytes::Others(others.into_bytes()),
        };
        Block { bytes, quotes, items }
    }

    /// How many bytes there are.
    pub(super) fn len(&self) -> usize {
        match &self.bytes {
            Bytes::Text(text) => text.len(),
            Bytes::Others(bytes) => bytes.len(),
        }
    }

    /// What a record was sent as; nothing where it was too long.
    pub(super) fn of(&self, item: &Item) -> Option<Sent<'_>> {
        let place = item.place.clone()?;
        let (bytes, text) = match &self.bytes {
            Bytes::Text(text) => (text.as_bytes().get(place.clone())?, text.get(place)),
            Bytes::Others(bytes) => (bytes.get(place)?, None),
        };
        Some(Sent { bytes, text, quotes: self.quotes })
    }
}

/// Where the scan of an array stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Before,
    /// An element comes, or after none the end.
    Between {
        after_comma: bool,
    },
    Within {
        depth: usize,
        text: bool,
        escaped: bool,
    },
    After,
}

/// The cutter.
pub(super) struct Cutter<R> {
    input: R,
    limits: Limits,
    progress: Arc<Progress>,
    /// Bytes that were read and belong to no block yet.
    rest: Vec<u8>,
    line: u64,
    /// Bytes of the running record that were passed over.
    passed_over: usize,
    /// Nothing for lines.
    array: Option<Place>,
    /// Whether anything was read: a byte order mark may come before.
    begun: bool,
    ended: bool,
    /// Whether lines may be left that were read with the header.
    after_header: bool,
}

impl<R: Read> Cutter<R> {
    /// Over a stream; of lines or of one array.
    pub(super) fn new(input: R, is_array: bool, limits: Limits, progress: Arc<Progress>) -> Cutter<R> {
        Cutter {
            input,
            limits,
            progress,
            rest: Vec::new(),
            line: 0,
            passed_over: 0,
            array: is_array.then_some(Place::Before),
            begun: false,
            ended: false,
            after_header: false,
        }
    }

    /// The first line that is not blank, for a header.
    pub(super) fn header(&mut self) -> Result<Option<Vec<u8>>, BatchError> {
        self.after_header = true;
        loop {
            let end = memchr::memchr(b'\n', &self.rest);
            if end.unwrap_or(self.rest.len()) > self.limits.line_bytes {
                return Err(BatchError::Columns("the header is longer than a line may be".to_owned()));
            }
            let line: Vec<u8> = match end {
                Some(end) => self.rest.drain(..=end).collect(),
                None if self.read()? > 0 => continue,
                None => std::mem::take(&mut self.rest),
            };
            self.line += 1;
            let line = line.trim_ascii_end();
            if !line.is_empty() || end.is_none() {
                return Ok((!line.is_empty()).then(|| line.to_vec()));
            }
        }
    }

    /// The next records; nothing at the end.
    pub(super) fn next(&mut self) -> Result<Option<Block>, BatchError> {
        loop {
            if self.progress.is_stopped() {
                return Err(BatchError::Stopped);
            }
            if std::mem::take(&mut self.after_header) {
                let block = self.lines(0, self.ended);
                if !block.items.is_empty() {
                    return Ok(Some(block));
                }
            }
            let from = self.rest.len();
            let read = self.read()?;
            let block = match self.array {
                None => self.lines(from, read == 0),
                Some(place) => self.elements(place, from, read == 0)?,
            };
            let kept = self.rest.len();
            if kept > self.limits.line_bytes {
                self.passed_over += kept;
                self.rest.clear();
            }
            if self.passed_over > self.limits.endless_bytes {
                let words = "a line does not end within any bounds; one record is one line, or one element of an array";
                return Err(BatchError::TooLarge(words.to_owned()));
            }
            if !block.items.is_empty() {
                return Ok(Some(block));
            }
            if read == 0 {
                return Ok(None);
            }
        }
    }

    fn read(&mut self) -> Result<usize, BatchError> {
        if self.ended {
            return Ok(0);
        }
        let from = self.rest.len();
        self.rest.resize(from + READ, 0);
        let read = loop {
            match self.input.read(self.rest.get_mut(from..).unwrap_or_default()) {
                Err(fault) if fault.kind() == ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        let read = read.map_err(BatchError::reading);
        self.rest.truncate(from + *read.as_ref().unwrap_or(&0));
        let read = read?;
        self.ended = read == 0;
        self.progress.read(read);
        if !self.begun && (self.rest.len() >= 3 || self.ended) {
            self.begun = true;
            if self.rest.starts_with(b"\xef\xbb\xbf") {
                self.rest.drain(..3);
            }
        }
        Ok(read)
    }

    /// The whole lines that are there; at the end what is left is one.
    fn lines(&mut self, from: usize, ended: bool) -> Block {
        let fresh = self.rest.get(from.min(self.rest.len())..).unwrap_or_default();
        let whole = match memchr::memrchr(b'\n', fresh) {
            _ if ended => self.rest.len(),
            Some(last) => from + last + 1,
            None => return Block::default(),
        };
        let rest = self.rest.split_off(whole);
        let bytes = std::mem::replace(&mut self.rest, rest);
        let mut items = Vec::new();
        let mut start = 0;
        while start < bytes.len() || self.passed_over > 0 {
            let left = bytes.get(start..).unwrap_or_default();
            let end = memchr::memchr(b'\n', left).map_or(bytes.len(), |end| start + end);
            self.line += 1;
            if std::mem::take(&mut self.passed_over) > 0 || end - start > self.limits.line_bytes {
                items.push(Item { line: self.line, place: None });
            } else if !bytes.get(start..end).unwrap_or_default().trim_ascii().is_empty() {
                let carriage_return = end > start && bytes.get(end - 1) == Some(&b'\r');
                items.push(Item { line: self.line, place: Some(start..end - usize::from(carriage_return)) });
            }
            start = end + 1;
        }
        Block::new(bytes, items)
    }

    /// The whole elements that are there.
    fn elements(&mut self, mut place: Place, from: usize, ended: bool) -> Result<Block, BatchError> {
        let malformed = |words: &str| BatchError::Malformed(words.to_owned());
        let mut items: Vec<Item> = Vec::new();
        // Where the running element begins; what was kept of it stands at the start.
        let mut start = 0;
        for (at, byte) in self.rest.iter().copied().enumerate().skip(from) {
            let mut finish = |line: &mut u64, passed_over: &mut usize| {
                *line += 1;
                let long = std::mem::take(passed_over) > 0 || at - start > self.limits.line_bytes;
                items.push(Item { line: *line, place: (!long).then_some(start..at) });
            };
            place = match (place, byte) {
                (Place::Before | Place::Between { .. } | Place::After, b' ' | b'\t' | b'\r' | b'\n') => place,
                (Place::Before, b'[') => Place::Between { after_comma: false },
                (Place::Before, _) => return Err(malformed("the body is no JSON array")),
                (Place::After, _) => return Err(malformed("something follows the JSON array")),
                (Place::Between { after_comma: false }, b']') => Place::After,
                (Place::Between { .. }, b']' | b',') => return Err(malformed("the JSON array has a comma too many")),
                (Place::Between { .. }, byte) => {
                    start = at;
                    let depth = usize::from(matches!(byte, b'{' | b'['));
                    Place::Within { depth, text: byte == b'"', escaped: false }
                }
                (Place::Within { depth, text: true, escaped }, byte) => match byte {
                    _ if escaped => Place::Within { depth, text: true, escaped: false },
                    b'\\' => Place::Within { depth, text: true, escaped: true },
                    byte => Place::Within { depth, text: byte != b'"', escaped: false },
                },
                (Place::Within { depth: 0, .. }, b',') => {
                    finish(&mut self.line, &mut self.passed_over);
                    Place::Between { after_comma: true }
                }
                (Place::Within { depth: 0, .. }, b']') => {
                    finish(&mut self.line, &mut self.passed_over);
                    Place::After
                }
                (Place::Within { depth, .. }, byte) => {
                    let depth = match byte {
                        b'{' | b'[' => depth + 1,
                        b'}' | b']' => depth.saturating_sub(1),
                        _ => depth,
                    };
                    Place::Within { depth, text: byte == b'"', escaped: false }
                }
            };
        }
        self.array = Some(place);
        if ended && place != Place::After {
            return Err(malformed("the JSON ends too early"));
        }
        let whole = if matches!(place, Place::Within { .. }) { start } else { self.rest.len() };
        let rest = self.rest.split_off(whole);
        Ok(Block::new(std::mem::replace(&mut self.rest, rest), items))
    }
}
