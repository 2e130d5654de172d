//! Rows in order, some hundreds at a time: what a thread groups and writes out in one go.

use super::decode::Scratch;
use super::error::RunError;
use super::keys::{Order, same_spell};
use super::lines::Lines;
use super::row::{Glance, Line, index};
use super::run::Outcome;
use super::survey::Input;
use crate::spill::Merge;
use std::io::Read;

/// About how many bytes of rows a chunk holds; a spell is never parted.
const SIZE: usize = 128 * 1024;

/// Rows in order, and what becomes of them. Chunks are used again, so that their memory is.
#[derive(Default)]
pub struct Chunk {
    /// The number of the chunk, from 0.
    pub number: u64,
    /// How many rows stand in the chunks before.
    pub before: u64,
    text: Vec<u8>,
    /// Where each row ends in the text.
    ends: Vec<usize>,
    /// Where each row's values begin among the places of all values, and the places.
    rows: Vec<usize>,
    values: Vec<u32>,
    /// What is to be written to each of the output files.
    pub pages: Vec<Vec<u8>>,
    /// The counts of these rows.
    pub outcome: Outcome,
}

impl Chunk {
    /// How many rows it holds.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    fn push(&mut self, row: &[u8]) {
        self.text.extend_from_slice(row);
        self.ends.push(self.text.len());
    }

    fn texts(&self) -> impl Iterator<Item = &[u8]> {
        let mut from = 0;
        self.ends.iter().map(move |end| {
            let row = self.text.get(from..*end).unwrap_or_default();
            from = *end;
            row
        })
    }

    fn last(&self) -> &[u8] {
        let from = self.ends.len().checked_sub(2).and_then(|before| self.ends.get(before));
        self.text.get(from.copied().unwrap_or(0)..).unwrap_or_default()
    }

    /// Finds the values of the rows.
    pub fn index(&mut self, delimiter: u8) {
        let (mut rows, mut values) = (std::mem::take(&mut self.rows), std::mem::take(&mut self.values));
        rows.clear();
        values.clear();
        for row in self.texts() {
            index(row, delimiter, &mut values);
            rows.push(values.len());
        }
        (self.rows, self.values) = (rows, values);
    }

    /// The rows, once they are indexed.
    pub fn lines(&self) -> Vec<Line<'_, '_>> {
        let (mut start, mut from) = (0, 0);
        // Nearly always all of it is UTF-8, which is quickly seen of the whole.
        let text = std::str::from_utf8(&self.text).ok();
        let lines = self.ends.iter().zip(&self.rows).map(|(end, to)| {
            let (row, values) = (start..*end, self.values.get(from..*to).unwrap_or_default());
            (start, from) = (*end, *to);
            match text.and_then(|text| text.get(row.clone())) {
                Some(text) => Line::of_text(text, values),
                None => Line::new(self.text.get(row).unwrap_or_default(), values),
            }
        });
        lines.collect()
    }
}

/// Where sorted rows come from.
pub enum Rows<'s> {
    /// An input in order already.
    Straight(Lines<Box<dyn Read + Send + 's>>, Scratch),
    /// Sorted runs.
    Merged(Merge),
}

/// Gives sorted rows in chunks.
pub struct Feed<'s> {
    input: &'s Input<'s>,
    rows: Rows<'s>,
    /// A row that was read and belongs to the next chunk.
    carried: Option<Vec<u8>>,
    chunks: u64,
    given: u64,
}

impl<'s> Feed<'s> {
    /// Begins.
    pub fn new(input: &'s Input<'s>, rows: Rows<'s>) -> Feed<'s> {
        Feed { input, rows, carried: None, chunks: 0, given: 0 }
    }

    /// Fills a chunk; whether there was any row left.
    pub fn fill(&mut self, chunk: &mut Chunk) -> Result<bool, RunError> {
        chunk.clear();
        (chunk.number, chunk.before) = (self.chunks, self.given);
        if let Some(row) = self.carried.take() {
            chunk.push(&row);
        }
        let delimiter = self.input.decoder.delimiter();
        loop {
            let row = match next(&mut self.rows, self.input)? {
                Next::Row(row) => row,
                Next::BlankLine => continue,
                Next::End => break,
            };
            if chunk.text.len() >= SIZE {
                let glance = |bytes| Glance { bytes, delimiter };
                let parted = self.input.order == Order::Spells
                    && same_spell(self.input.layout, &glance(chunk.last()), &glance(row));
                if !parted {
                    self.carried = Some(row.to_vec());
                    break;
                }
            }
            chunk.push(row);
        }
        self.chunks += 1;
        self.given += chunk.len() as u64;
        if chunk.len() == 0 && self.given != self.input.rows {
            return Err(RunError::Input("it changed while it was read".to_owned()));
        }
        Ok(chunk.len() > 0)
    }
}

/// What a reader of rows comes upon.
enum Next<'r> {
    Row(&'r [u8]),
    BlankLine,
    End,
}

fn next<'r>(rows: &'r mut Rows<'_>, input: &Input<'_>) -> Result<Next<'r>, RunError> {
    match rows {
        Rows::Merged(merge) => match merge.next_record() {
            Ok(row) => Ok(row.map_or(Next::End, Next::Row)),
            Err(fault) => Err(RunError::Processing(fault.to_string())),
        },
        Rows::Straight(lines, scratch) => match lines.next_line()? {
            None => Ok(Next::End),
            Some(line) => {
                let row = input.decoder.decode(line, scratch).map_err(RunError::Input)?;
                Ok(row.map_or(Next::BlankLine, Next::Row))
            }
        },
    }
}
