//! A row of a file as it is looked at: values by their column, without copying them.

use csv::ByteRecord;
use memchr::memchr_iter;

/// A row whose values are asked for by column.
pub trait Row {
    /// The value of a column, counted from 0; blank where the row is shorter.
    fn at(&self, column: usize) -> &[u8];
}

impl Row for ByteRecord {
    fn at(&self, column: usize) -> &[u8] {
        self.get(column).unwrap_or_default()
    }
}

/// A row as the line it was sent as.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// The line without its end.
    pub bytes: &'a [u8],
    /// Where each value ends.
    ends: &'a [u32],
}

impl<'a> Line<'a> {
    /// A line and where its values end, as [`index`] found them.
    pub fn new(bytes: &'a [u8], ends: &'a [u32]) -> Line<'a> {
        Line { bytes, ends }
    }

    /// How many values there are.
    pub fn width(&self) -> usize {
        self.ends.len()
    }

    /// The values in order.
    pub fn values(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut from = 0;
        let bytes = self.bytes;
        self.ends.iter().map(move |end| {
            let end = *end as usize;
            let value = bytes.get(from..end).unwrap_or_default();
            from = end + 1;
            value
        })
    }
}

impl Row for Line<'_> {
    fn at(&self, column: usize) -> &[u8] {
        let Some(end) = self.ends.get(column) else { return b"" };
        let before = column.checked_sub(1).and_then(|before| self.ends.get(before));
        let start = before.map_or(0, |end| *end as usize + 1);
        self.bytes.get(start..*end as usize).unwrap_or_default()
    }
}

/// A row of which only a value or two are wanted: each is looked for from the line's beginning.
#[derive(Clone, Copy, Debug)]
pub struct Glance<'a> {
    /// The line without its end.
    pub bytes: &'a [u8],
    /// What divides the values.
    pub delimiter: u8,
}

impl Row for Glance<'_> {
    fn at(&self, column: usize) -> &[u8] {
        let mut ends = memchr_iter(self.delimiter, self.bytes);
        let start = match column.checked_sub(1) {
            None => 0,
            Some(before) => match ends.nth(before) {
                Some(end) => end + 1,
                None => return b"",
            },
        };
        self.bytes.get(start..ends.next().unwrap_or(self.bytes.len())).unwrap_or_default()
    }
}

/// Adds where each value of a line ends.
pub fn index(bytes: &[u8], delimiter: u8, ends: &mut Vec<u32>) {
    let place = |end: usize| u32::try_from(end).unwrap_or(u32::MAX); // lines are far shorter
    ends.extend(memchr_iter(delimiter, bytes).map(place));
    ends.push(place(bytes.len()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_a_glance_and_a_record_give_the_same_values() {
        for line in ["", ",", "a", "a,b", ",b,", "a,,c", "äö,\u{fffd},z "] {
            let mut ends = Vec::new();
            index(line.as_bytes(), b',', &mut ends);
            let row = Line::new(line.as_bytes(), &ends);
            let glance = Glance { bytes: line.as_bytes(), delimiter: b',' };
            let record = ByteRecord::from(line.split(',').collect::<Vec<_>>());
            assert_eq!(row.width(), record.len());
            assert!(row.values().eq(record.iter()), "{line}");
            for column in 0..record.len() + 2 {
                assert_eq!(row.at(column), record.at(column), "{line} {column}");
                assert_eq!(glance.at(column), record.at(column), "{line} {column}");
            }
        }
    }
}
