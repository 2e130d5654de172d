//! Reads an input file: plain delimited text, no text qualifiers, every column kept as sent.
//!
//! The file is held as it came, with the places of its values. Source: 02 file rules.

use super::error::RunError;
use super::rdf::{MAX_POSITION, Rdf};
use super::row::{Line, index};

/// What a row takes of the values that a file may have, beside its own.
pub const ROW: usize = 32;

/// A row: its line in the file, where it begins in the text, and where its values begin and end among the places of all.
#[derive(Clone, Copy, Debug)]
struct Place {
    line: usize,
    start: usize,
    values: (usize, usize),
}

/// The bytes of a file.
#[derive(Debug)]
enum Content {
    /// All of it is UTF-8, as nearly always.
    Text(String),
    Bytes(Vec<u8>),
}

/// What was read.
#[derive(Debug)]
pub struct Input {
    content: Content,
    header: Option<Place>,
    rows: Vec<Place>,
    /// Where values end, from the beginning of their row.
    ends: Vec<u32>,
    /// Rows that are shorter than the definition: what they lack is read as blanks.
    pub short_rows: usize,
}

/// Finds the rows of a file, with at most so many values together, of which each row counts as [`ROW`] more.
pub fn read(bytes: Vec<u8>, rdf: &Rdf, has_header: bool, most: usize) -> Result<Input, RunError> {
    let (mut header, mut rows, mut ends) = (None, Vec::new(), Vec::new());
    let (mut start, mut short_rows, mut first) = (0, 0, true);
    for (line, sent) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let mut place = Place { line: line + 1, start, values: (ends.len(), 0) };
        start += sent.len() + 1;
        // Lines end with LF or CRLF; a carriage return anywhere else is data.
        let mut row = sent.strip_suffix(b"\r").unwrap_or(sent);
        if row.is_empty() {
            continue; // a blank line
        }
        // Some programs put a byte order mark before the first value.
        if std::mem::take(&mut first)
            && let Some(rest) = row.strip_prefix(b"\xef\xbb\xbf")
        {
            (row, place.start) = (rest, place.start + 3);
        }
        // Counted first, lest the places of values without end take more memory than they.
        let width = memchr::memchr_iter(rdf.delimiter, row).count() + 1;
        if width > MAX_POSITION {
            return Err(RunError::Input(format!("line {} has more than {MAX_POSITION} values", place.line)));
        }
        index(row, rdf.delimiter, &mut ends);
        place.values.1 = ends.len();
        if ends.len() + ROW * (rows.len() + 1) > most {
            return Err(RunError::Input(format!("it has more than {most} values, of which each row counts as {ROW}")));
        }
        if has_header && header.is_none() {
            header = Some(place);
        } else {
            short_rows += usize::from(width < rdf.highest_position());
            rows.push(place);
        }
    }
    let content = String::from_utf8(bytes).map_or_else(|bytes| Content::Bytes(bytes.into_bytes()), Content::Text);
    Ok(Input { content, header, rows, ends, short_rows })
}

impl Input {
    /// How many rows there are, without the header.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// A row, in input order. Values that it lacks at its end are blanks.
    pub fn row(&self, row: usize) -> Option<Line<'_, '_>> {
        self.at(*self.rows.get(row)?)
    }

    /// The rows, in input order.
    pub fn lines(&self) -> impl Iterator<Item = Line<'_, '_>> {
        self.rows.iter().filter_map(|place| self.at(*place))
    }

    /// The line of a row in the file, from 1.
    pub fn line(&self, row: usize) -> usize {
        self.rows.get(row).map_or(0, |place| place.line)
    }

    /// How many values the line had.
    pub fn width(&self, row: usize) -> usize {
        self.rows.get(row).map_or(0, |place| place.values.1 - place.values.0)
    }

    /// The header, where the file was said to have one.
    pub fn header(&self) -> Option<Line<'_, '_>> {
        self.at(self.header?)
    }

    fn at(&self, place: Place) -> Option<Line<'_, '_>> {
        let ends = self.ends.get(place.values.0..place.values.1)?;
        let end = place.start + *ends.last()? as usize;
        match &self.content {
            Content::Text(text) => Some(Line::of_text(text.get(place.start..end)?, ends)),
            Content::Bytes(bytes) => Some(Line::new(bytes.get(place.start..end)?, ends)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::row::Row;

    fn rdf() -> Rdf {
        Rdf::parse("COMMA DELIMITED\nA,A,1,,,,\nB,B,2,,,,\nC,C,3,,,,\n", false).expect("reads")
    }

    fn values(input: &Input, row: usize) -> Vec<&[u8]> {
        input.row(row).expect("a row").values().collect()
    }

    #[test]
    fn quotes_are_data_and_what_a_short_row_lacks_is_blank() {
        let text = b"\"x,y\",z\r\n\n1\r\n\r\n1,2,3,4\r";
        let input = read(text.to_vec(), &rdf(), false, usize::MAX).expect("reads");
        assert_eq!(values(&input, 0), [&b"\"x"[..], b"y\"", b"z"]);
        assert_eq!(values(&input, 1), [b"1"]);
        assert_eq!(values(&input, 2), [b"1", b"2", b"3", b"4"]);
        assert_eq!(input.row(1).map(|row| row.text(2).into_owned()), Some(String::new()));
        assert_eq!([0, 1, 2].map(|row| (input.line(row), input.width(row))), [(1, 3), (3, 1), (5, 4)]);
        assert!(input.header().is_none() && input.row(3).is_none());
        assert_eq!(input.short_rows, 1);
    }

    #[test]
    fn a_header_is_kept_and_a_byte_order_mark_is_not() {
        for rows in [&b"\xef\xbb\xbfa,b,c\n1,\xff,3\n"[..], b"\xef\xbb\xbfa,b,c\n1,\xef\xbf\xbd,3\n"] {
            let input = read(rows.to_vec(), &rdf(), true, usize::MAX).expect("reads");
            assert!(input.header().expect("a header").values().eq([b"a", b"b", b"c"]));
            assert_eq!(input.row(0).map(|row| row.text(1).into_owned()), Some("\u{fffd}".to_owned()));
            assert_eq!(input.rows(), 1);
        }
    }

    #[test]
    fn rows_and_values_without_end_are_refused() {
        let read = |text: String, most| read(text.into_bytes(), &rdf(), false, most).is_ok();
        assert!(read(",".repeat(MAX_POSITION - 1), usize::MAX) && !read(",".repeat(MAX_POSITION), usize::MAX));
        let most = 50 * (2 + ROW);
        assert!(read("1,2\n".repeat(50), most) && !read("1,2\n".repeat(51), most));
    }
}
