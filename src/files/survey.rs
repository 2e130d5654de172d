//! The first look at an input: how many rows and columns it has, and whether they are in order already.
//!
//! Rows can only be written once the widest is known, and a file that is in order needs no sorting. The look takes a
//! fraction of the time that sorting would.

use super::decode::{Decoder, Scratch};
use super::error::RunError;
use super::keys::Order;
use super::layout::Layout;
use super::lines::{Lines, Source};
use super::rdf::Rdf;
use super::row::Glance;
use super::run::Watch;
use csv::ByteRecord;
use rayon::prelude::*;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

/// How many bytes a thread looks at before another may take over.
const PIECE: u64 = 4 * 1024 * 1024;

/// An input that was looked at.
pub struct Input<'a> {
    /// Where its bytes are.
    pub source: &'a Source,
    /// Where the fields stand.
    pub layout: &'a Layout,
    /// How its lines become rows.
    pub decoder: Decoder,
    /// The order that its rows shall have.
    pub order: Order,
    /// Names of the columns: as many as the widest row has.
    pub header: ByteRecord,
    /// The byte after the header.
    pub start: u64,
    /// How many rows there are.
    pub rows: u64,
    /// Rows that are shorter than the record definition.
    pub short_rows: u64,
    /// Whether the rows are in their order already.
    pub in_order: bool,
}

/// Where the names of the columns are.
#[derive(Clone, Copy)]
pub enum Header<'n> {
    /// In the first line, where the form has one.
    Line,
    /// In the record definition alone.
    Definition,
    /// In the record definition, and behind those the caller's own.
    Own(&'n [String]),
}

impl Header<'_> {
    /// That of an input which has one line for it, or none.
    pub fn of(line: bool) -> Self {
        if line { Header::Line } else { Header::Definition }
    }
}

/// What a piece of the input shows.
#[derive(Default)]
struct Piece {
    rows: u64,
    short_rows: u64,
    widest: usize,
    first: Vec<u8>,
    last: Vec<u8>,
    unknown: Vec<String>,
    lines: u64,
    fault: Option<String>,
}

impl<'a> Input<'a> {
    /// Looks at an input.
    pub fn survey(
        source: &'a Source,
        (decoder, header): (Decoder, Header<'_>),
        (rdf, layout): (&Rdf, &'a Layout),
        watch: &impl Watch,
    ) -> Result<Input<'a>, RunError> {
        let unreadable = |fault: io::Error| RunError::Input(fault.to_string());
        let has_header = matches!(header, Header::Line);
        let (mut first, start) = head(source, &decoder, has_header)?;
        if let Header::Own(own) = header {
            let named = (1..=rdf.highest_position()).map(|position| name(rdf, position));
            first.extend(named.chain(own.iter().cloned()));
        }
        let mut input = Input {
            source,
            layout,
            decoder,
            order: Order::of(layout.dataset()),
            header: first,
            start,
            rows: 0,
            short_rows: 0,
            in_order: true,
        };
        let disorder = AtomicBool::new(false);
        watch.begin("looking at", source.size() - start);
        let pieces: Vec<Piece> = source
            .pieces(start, PIECE)
            .into_par_iter()
            .map(|(from, to)| {
                watch.go_on()?;
                let piece = input.look(source.lines(start, (from, to)).map_err(unreadable)?, rdf, &disorder)?;
                watch.advance(to - from);
                Ok(piece)
            })
            .collect::<Result<_, RunError>>()?;
        input.in_order = !disorder.load(Ordering::Relaxed);
        let (mut widest, mut lines) = (rdf.highest_position().max(input.header.len()), 0);
        let (mut unknown, mut last): (Vec<String>, Vec<u8>) = (Vec::new(), Vec::new());
        for piece in pieces {
            if let Some(fault) = piece.fault {
                return Err(RunError::Input(format!("line {}: {fault}", lines + piece.lines)));
            }
            lines += piece.lines;
            input.rows += piece.rows;
            input.short_rows += piece.short_rows;
            widest = widest.max(piece.widest);
            if piece.rows > 0 {
                input.in_order &= last <= piece.first;
                last = piece.last;
            }
            for name in piece.unknown {
                if !unknown.iter().any(|known: &String| known.eq_ignore_ascii_case(&name)) {
                    unknown.push(name);
                }
            }
        }
        input.decoder.add(&unknown);
        for position in input.header.len() + 1..=widest {
            input.header.push_field(name(rdf, position).as_bytes());
        }
        for name in &unknown {
            input.header.push_field(name.as_bytes());
        }
        Ok(input)
    }

    fn look(&self, mut lines: Lines<impl io::Read>, rdf: &Rdf, disorder: &AtomicBool) -> Result<Piece, RunError> {
        let (mut piece, mut scratch, mut key) = (Piece::default(), Scratch::default(), Vec::new());
        let (delimiter, narrowest) = (self.decoder.delimiter(), rdf.highest_position());
        let mut sorted = self.order != Order::Input;
        while let Some(line) = lines.next_line()? {
            piece.lines += 1;
            let bytes = match self.decoder.decode(line, &mut scratch) {
                Ok(Some(bytes)) => bytes,
                Ok(None) => continue,
                Err(fault) => {
                    piece.fault = Some(fault);
                    return Ok(piece);
                }
            };
            let width = memchr::memchr_iter(delimiter, bytes).count() + 1;
            piece.rows += 1;
            piece.short_rows += u64::from(width < narrowest);
            piece.widest = piece.widest.max(width);
            if sorted {
                key.clear();
                self.order.key(self.layout, &Glance { bytes, delimiter }, &mut key);
                if piece.rows == 1 {
                    piece.first.clone_from(&key);
                } else if key < piece.last {
                    disorder.store(true, Ordering::Relaxed);
                }
                std::mem::swap(&mut key, &mut piece.last);
                sorted = piece.rows % 64 != 0 || !disorder.load(Ordering::Relaxed);
            }
        }
        piece.unknown = scratch.unknown;
        Ok(piece)
    }
}

/// The name of a column of the record definition.
fn name(rdf: &Rdf, position: usize) -> String {
    let named = rdf.fields.iter().find(|field| field.position == position);
    named.map_or_else(|| format!("COLUMN_{position}"), |field| field.name.clone())
}

/// The header, where there shall be one, and the first byte after it. Some programs put a byte order mark before the
/// first value.
fn head(source: &Source, decoder: &Decoder, has_header: bool) -> Result<(ByteRecord, u64), RunError> {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    let mut lines = source.lines(0, (0, source.size())).map_err(|fault| RunError::Input(fault.to_string()))?;
    let mut header = ByteRecord::new();
    loop {
        let start = lines.read();
        let Some(line) = lines.next_line()? else { return Ok((header, start)) };
        let mut marks = 0;
        let mut line = line;
        while let Some(rest) = line.strip_prefix(MARK) {
            line = rest;
            marks += MARK.len() as u64;
        }
        if line.is_empty() {
            continue;
        }
        if !has_header || matches!(decoder, Decoder::Objects(_)) {
            return Ok((header, start + marks));
        }
        let mut scratch = Scratch::default();
        let line = decoder.decode(line, &mut scratch).map_err(RunError::Input)?.unwrap_or_default();
        line.split(|byte| *byte == decoder.delimiter()).for_each(|name| header.push_field(name));
        return Ok((header, lines.read()));
    }
}
