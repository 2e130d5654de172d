//! Reads an input file: plain delimited text, no text qualifiers, every column kept as sent.
//!
//! Source: 02 file rules.

use super::error::RunError;
use super::rdf::Rdf;
use csv::ByteRecord;
use std::io::Read;

/// Where a row comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Its line in the file, from 1.
    pub line: usize,
    /// How many values the line had.
    pub width: usize,
}

/// What was read.
#[derive(Debug)]
pub struct Input {
    /// Names of the columns: the header's, or the definition's where there is no header.
    pub header: ByteRecord,
    /// The rows in input order, none shorter than the header.
    pub rows: Vec<ByteRecord>,
    /// Where the rows come from, in input order.
    pub origins: Vec<Origin>,
    /// Rows that were shorter than the definition and were read with blanks at their end.
    pub short_rows: usize,
}

/// Reads all rows. A row shorter than the definition's highest position gets blanks at its end.
pub fn read(reader: impl Read, rdf: &Rdf, has_header: bool) -> Result<Input, RunError> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(rdf.delimiter)
        .quoting(false)
        .flexible(true)
        .has_headers(false)
        .terminator(csv::Terminator::Any(b'\n'))
        .from_reader(reader);
    let unreadable = |fault: csv::Error| RunError::Input(fault.to_string());
    let mut record = ByteRecord::new();
    let mut first = true;
    let mut header: Option<ByteRecord> = None;
    let (mut rows, mut origins) = (Vec::new(), Vec::new());
    let (mut short_rows, mut widest) = (0, rdf.highest_position());
    while reader.read_byte_record(&mut record).map_err(unreadable)? {
        let line = record.position().map_or(0, |place| usize::try_from(place.line()).unwrap_or(usize::MAX));
        without_carriage_return(&mut record);
        if record.len() == 1 && record.get(0).is_some_and(<[u8]>::is_empty) {
            continue; // a blank line
        }
        if std::mem::take(&mut first) {
            without_byte_order_mark(&mut record);
            if has_header {
                widest = widest.max(record.len());
                header = Some(record.clone());
                continue;
            }
        }
        short_rows += usize::from(record.len() < rdf.highest_position());
        widest = widest.max(record.len());
        origins.push(Origin { line, width: record.len() });
        rows.push(record.clone());
    }
    for row in &mut rows {
        while row.len() < widest {
            row.push_field(b"");
        }
    }
    let mut header = header.unwrap_or_default();
    for position in header.len() + 1..=widest {
        let named = rdf.fields.iter().find(|field| field.position == position);
        let name = named.map_or_else(|| format!("COLUMN_{position}"), |field| field.name.clone());
        header.push_field(name.as_bytes());
    }
    Ok(Input { header, rows, origins, short_rows })
}

/// Lines end with LF or CRLF; a carriage return anywhere else is data.
fn without_carriage_return(record: &mut ByteRecord) {
    if record.iter().next_back().is_some_and(|value| value.ends_with(b"\r")) {
        let last = record.len() - 1;
        let values = record.iter().enumerate();
        let values = values.map(|(i, v)| if i == last { v.strip_suffix(b"\r").unwrap_or(v) } else { v });
        *record = values.collect();
    }
}

/// Some programs put a byte order mark before the first value.
fn without_byte_order_mark(record: &mut ByteRecord) {
    if record.get(0).is_some_and(|value| value.starts_with(b"\xef\xbb\xbf")) {
        let values = record.iter().enumerate().map(|(i, v)| if i == 0 { v.get(3..).unwrap_or_default() } else { v });
        *record = values.collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rdf() -> Rdf {
        Rdf::parse("COMMA DELIMITED\nA,A,1,,,,\nB,B,2,,,,\nC,C,3,,,,\n", false).expect("reads")
    }

    #[test]
    fn quotes_are_data_and_short_rows_are_filled() {
        let input = read(&b"\"x,y\",z\r\n1\n1,2,3,4\n"[..], &rdf(), false).expect("reads");
        let rows: Vec<Vec<&[u8]>> = input.rows.iter().map(|r| r.iter().collect()).collect();
        assert_eq!(rows[0], [&b"\"x"[..], b"y\"", b"z", b""]);
        assert_eq!(rows[1], [&b"1"[..], b"", b"", b""]);
        assert_eq!(rows[2], [&b"1"[..], b"2", b"3", b"4"]);
        assert_eq!(input.short_rows, 1);
        assert_eq!(input.header, vec!["A", "B", "C", "COLUMN_4"]);
    }

    #[test]
    fn a_header_is_kept_and_a_byte_order_mark_is_not() {
        let input = read(&b"\xef\xbb\xbfa,b,c\n1,2,3\n"[..], &rdf(), true).expect("reads");
        assert_eq!(input.header, vec!["a", "b", "c"]);
        assert_eq!(input.rows.len(), 1);
    }
}
