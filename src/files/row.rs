//! A row of a file as it is looked at: values by their column, without copying them.

use crate::record::Text;
use csv::ByteRecord;
use memchr::memchr_iter;
use std::borrow::Cow;
use std::ops::Range;

/// A row whose values are asked for by column. They stand in `'v`, which may outlive the row.
pub trait Row<'v> {
    /// The value of a column, counted from 0; blank where the row is shorter.
    fn at(&self, column: usize) -> &'v [u8];

    /// The same as text; bytes that are not UTF-8 become the replacement character, which no valid value holds.
    fn text(&self, column: usize) -> Cow<'v, str> {
        self.plain(column).map_or_else(|| String::from_utf8_lossy(self.at(column)), Cow::Borrowed)
    }

    /// The same where it is text that stands in the row as it is.
    #[inline]
    fn plain(&self, column: usize) -> Option<&'v str> {
        std::str::from_utf8(self.at(column)).ok()
    }

    /// Adds the texts of columns that follow one another; those that are blank at the end are left out.
    fn texts(&self, columns: Range<usize>, texts: &mut Vec<Text<'v>>) {
        let before = texts.len();
        texts.extend(columns.map(|column| Text::from(self.text(column))));
        while texts.len() > before && texts.last().is_some_and(|text| text.as_str().is_empty()) {
            texts.pop();
        }
    }
}

impl<'v> Row<'v> for &'v ByteRecord {
    fn at(&self, column: usize) -> &'v [u8] {
        self.get(column).unwrap_or_default()
    }
}

/// A row as the line it was sent as.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a, 'e> {
    /// The line without its end.
    pub bytes: &'a [u8],
    /// The same, where it is UTF-8.
    text: Option<&'a str>,
    /// Where each value ends.
    ends: &'e [u32],
}

impl<'a, 'e> Line<'a, 'e> {
    /// A line and where its values end, as [`index`] found them.
    pub fn new(bytes: &'a [u8], ends: &'e [u32]) -> Line<'a, 'e> {
        Line { bytes, text: std::str::from_utf8(bytes).ok(), ends }
    }

    /// A line that is UTF-8.
    pub fn of_text(text: &'a str, ends: &'e [u32]) -> Line<'a, 'e> {
        Line { bytes: text.as_bytes(), text: Some(text), ends }
    }

    #[inline]
    fn place(&self, column: usize) -> Option<std::ops::Range<usize>> {
        let end = *self.ends.get(column)? as usize;
        let before = column.checked_sub(1).and_then(|before| self.ends.get(before));
        Some(before.map_or(0, |end| *end as usize + 1)..end)
    }

    /// How many values there are.
    pub fn width(&self) -> usize {
        self.ends.len()
    }

    /// The values in order.
    pub fn values(&self) -> impl Iterator<Item = &'a [u8]> + use<'a, 'e> {
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

impl<'a> Row<'a> for Line<'a, '_> {
    fn at(&self, column: usize) -> &'a [u8] {
        self.place(column).and_then(|place| self.bytes.get(place)).unwrap_or_default()
    }

    #[inline]
    fn plain(&self, column: usize) -> Option<&'a str> {
        self.text?.get(self.place(column)?)
    }

    fn texts(&self, columns: Range<usize>, texts: &mut Vec<Text<'a>>) {
        let columns = columns.start..columns.end.min(self.ends.len());
        let ends = self.ends.get(columns.clone()).unwrap_or_default();
        let (Some(text), Some(last)) = (self.text, ends.last()) else {
            return texts.extend(columns.map(|column| Text::from(self.text(column))));
        };
        let mut from = columns.start.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| end + 1);
        for (place, end) in ends.iter().enumerate() {
            if (last - from.min(*last)) as usize == ends.len() - place - 1 {
                break; // only delimiters are left
            }
            texts.push(Text::from(text.get(from as usize..*end as usize).unwrap_or_default()));
            from = end + 1;
        }
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

impl<'a> Row<'a> for Glance<'a> {
    fn at(&self, column: usize) -> &'a [u8] {
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

/// Adds where each value of a line ends. Values are short, so many bytes are looked at together: where the delimiters are
/// among sixty-four bytes is known before any of them is written down, so that the processor need not guess.
pub fn index(bytes: &[u8], delimiter: u8, ends: &mut Vec<u32>) {
    let (parts, rest) = bytes.as_chunks();
    let mut start = 0;
    for part in parts {
        note(among(part, delimiter), start, ends);
        start += 64;
    }
    if !rest.is_empty() {
        let mut part = [!delimiter; 64];
        part.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        note(among(&part, delimiter), start, ends);
    }
    ends.push(u32::try_from(bytes.len()).unwrap_or(u32::MAX)); // lines are far shorter
}

/// Notes the places of the bits that are set, the lowest being at `start`.
fn note(mut found: u64, start: u32, ends: &mut Vec<u32>) {
    // How many there are is said beforehand, so that room is asked for once.
    ends.extend((0..found.count_ones()).map(|_| {
        let end = start + found.trailing_zeros();
        found &= found.wrapping_sub(1);
        end
    }));
}

/// A bit for each of sixty-four bytes, the lowest for the first: whether it is the delimiter.
fn among(bytes: &[u8; 64], delimiter: u8) -> u64 {
    const LOW: u64 = u64::from_ne_bytes([0x7f; 8]);
    let sought = u64::from_ne_bytes([delimiter; 8]);
    let eight = |word: [u8; 8]| {
        let differing = u64::from_le_bytes(word) ^ sought;
        // The highest bit of each byte that does not differ, and no other; then all eight of them side by side.
        let found = !(((differing & LOW) + LOW) | differing | LOW);
        (found >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
    };
    let (words, _) = bytes.as_chunks();
    words.iter().zip((0..).step_by(8)).fold(0, |found, (word, shift)| found | eight(*word) << shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_a_glance_and_a_record_give_the_same_values() {
        for line in
            ["", ",", "a", "a,b", ",b,", "a,,c", "äö,\u{fffd},z ", "-,-,,,---,,,,,,--,,-,\u{ac},\u{2c2c},1234567,"]
        {
            let mut ends = Vec::new();
            index(line.as_bytes(), b',', &mut ends);
            let row = Line::new(line.as_bytes(), &ends);
            let glance = Glance { bytes: line.as_bytes(), delimiter: b',' };
            let record = &ByteRecord::from(line.split(',').collect::<Vec<_>>());
            assert_eq!(row.width(), record.len());
            assert!(row.values().eq(record.iter()), "{line}");
            for column in 0..record.len() + 2 {
                assert_eq!(row.at(column), record.at(column), "{line} {column}");
                assert_eq!(glance.at(column), record.at(column), "{line} {column}");
                assert_eq!(row.text(column), record.text(column), "{line} {column}");
                for end in column..record.len() + 2 {
                    let (mut one, mut other) = (Vec::new(), Vec::new());
                    row.texts(column..end, &mut one);
                    record.texts(column..end, &mut other);
                    assert_eq!(one, other, "{line} {column} {end}");
                }
            }
        }
    }

    #[test]
    fn values_end_where_the_delimiters_are_however_long_the_line() {
        for length in [0, 1, 7, 8, 9, 63, 64, 65, 71, 72, 127, 128, 129, 200] {
            for every in [1, 2, 3, 7, 8, 63, 64, 65, 500] {
                let byte = |at: usize| if (at + 1).is_multiple_of(every) { b',' } else { b"-\xac+"[at % 3] };
                let line: Vec<u8> = (0..length).map(byte).collect();
                let mut ends = vec![7];
                index(&line, b',', &mut ends);
                let commas = line.iter().enumerate().filter(|(_, byte)| **byte == b',').map(|(at, _)| at);
                let wanted: Vec<usize> = [7].into_iter().chain(commas).chain([length]).collect();
                assert_eq!(ends.iter().map(|end| *end as usize).collect::<Vec<_>>(), wanted, "{length} {every}");
            }
        }
    }

    #[test]
    fn bytes_that_are_no_text_do_not_spoil_the_values_beside_them() {
        let mut ends = Vec::new();
        index(b"\xff,a", b',', &mut ends);
        let row = Line::new(b"\xff,a", &ends);
        assert_eq!((row.text(0), row.text(1), row.text(2)), ("\u{fffd}".into(), "a".into(), "".into()));
    }
}
