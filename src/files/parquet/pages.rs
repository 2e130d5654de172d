//! The sizes that the pages of a column declare, before any page is decompressed.
//!
//! A page stands behind a header in Thrift's compact protocol, of which only three numbers matter here: fields 2 and 3,
//! its sizes before and after compression, and how long the header is.

use std::io::{Error, ErrorKind, Read, Result};

/// The largest page that is read. Writers make them of about a mebibyte.
const LARGEST: u64 = 16 * 1024 * 1024;

/// How deep structures in a header may be nested.
const DEEPEST: u8 = 8;

fn faulty(words: &str) -> Error {
    Error::new(ErrorKind::InvalidData, words)
}

/// How much memory the pages of a column of so many bytes need at once: the largest of them, with a dictionary before
/// it and what it has compressed.
pub fn needed(column: &mut impl Read, len: u64) -> Result<u64> {
    let (mut used, mut largest) = (0, 0);
    while used < len {
        let mut header = Header { bytes: column, read: 0 };
        let sizes = header.sizes()?;
        let [whole, stored] = sizes.map(|size| u64::try_from(size).unwrap_or(u64::MAX));
        if whole > LARGEST || stored > LARGEST {
            return Err(faulty("a page is larger than 16 MiB"));
        }
        used += header.read + stored;
        if std::io::copy(&mut column.by_ref().take(stored), &mut std::io::sink())? < stored || used > len {
            return Err(faulty("a page is longer than its column"));
        }
        largest = largest.max(whole + stored);
    }
    Ok(largest * 2)
}

struct Header<'r, R> {
    bytes: &'r mut R,
    read: u64,
}

impl<R: Read> Header<'_, R> {
    /// Reads a header; gives the sizes of its page.
    fn sizes(&mut self) -> Result<[i64; 2]> {
        let mut sizes = [None; 2];
        let mut field = 0;
        while let Some(kind) = self.field(&mut field)? {
            match (field, kind) {
                (2, 5) => sizes[0] = Some(self.number()?),
                (3, 5) => sizes[1] = Some(self.number()?),
                _ => self.skip(kind, DEEPEST)?,
            }
        }
        match sizes {
            [Some(whole), Some(stored)] => Ok([whole, stored]),
            _ => Err(faulty("a page does not say its size")),
        }
    }

    /// The kind of the next field, whose number is kept; none at the end of a structure.
    fn field(&mut self, field: &mut i64) -> Result<Option<u8>> {
        let byte = self.byte()?;
        let (step, kind) = (byte >> 4, byte & 0x0f);
        if kind == 0 {
            return Ok(None);
        }
        *field = if step == 0 { self.number()? } else { *field + i64::from(step) };
        Ok(Some(kind))
    }

    fn skip(&mut self, kind: u8, deepest: u8) -> Result<()> {
        let deeper = deepest.checked_sub(1).ok_or_else(|| faulty("a page's header is nested too deeply"))?;
        match kind {
            1 | 2 => {} // true and false stand in the kind
            3 => _ = self.byte()?,
            4..=6 => _ = self.varint()?,
            7 => self.pass(8)?,
            8 => {
                let len = self.varint()?;
                self.pass(len)?;
            }
            9 | 10 => {
                let byte = self.byte()?;
                let count = if byte >> 4 == 15 { self.varint()? } else { u64::from(byte >> 4) };
                let kind = byte & 0x0f;
                // In a list a truth value has a byte of its own.
                (0..count).try_for_each(|_| self.skip(if kind < 3 { 3 } else { kind }, deeper))?;
            }
            12 => {
                let mut field = 0;
                while let Some(kind) = self.field(&mut field)? {
                    self.skip(kind, deeper)?;
                }
            }
            _ => return Err(faulty("a page's header cannot be read")),
        }
        Ok(())
    }

    fn pass(&mut self, len: u64) -> Result<()> {
        self.read = self.read.saturating_add(len);
        let passed = std::io::copy(&mut self.bytes.by_ref().take(len), &mut std::io::sink())?;
        if passed < len { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    fn byte(&mut self) -> Result<u8> {
        let mut byte = [0];
        self.bytes.read_exact(&mut byte)?;
        self.read += 1;
        let [byte] = byte;
        Ok(byte)
    }

    fn varint(&mut self) -> Result<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(faulty("a page's header cannot be read"))
    }

    /// A number with a sign, which stands in its lowest bit.
    fn number(&mut self) -> Result<i64> {
        let number = self.varint()?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header with the kind of page, the sizes (7 bits each), a checksum and a structure; then the page.
    fn page(whole: u8, stored: u8) -> Vec<u8> {
        let mut bytes =
            vec![0x15, 0, 0x15, whole * 2, 0x15, stored * 2, 0x15, 9, 0x1c, 0x15, 2, 0x18, 3, 1, 2, 3, 0x19];
        bytes.extend([0x25, 4, 6, 0x11, 0, 0]);
        bytes.extend(std::iter::repeat_n(7, stored.into()));
        bytes
    }

    fn look(bytes: &[u8]) -> Result<u64> {
        needed(&mut &*bytes, bytes.len() as u64)
    }

    #[test]
    fn the_largest_page_of_a_column_counts() {
        assert_eq!(look(&[page(40, 10), page(60, 20), page(5, 5)].concat()).expect("sound"), 160);
        assert_eq!(look(b"").expect("no page"), 0);
    }

    #[test]
    fn sizes_that_cannot_be_are_refused_and_cost_nothing() {
        let sound = page(40, 10);
        for cut in 1..sound.len() {
            assert!(look(&sound[..cut]).is_err(), "{cut} bytes of a page");
        }
        let huge = [0x15, 0, 0x15, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0x15, 2, 0, 7];
        assert!(look(&huge).expect_err("huge").to_string().contains("16 MiB"));
        let negative = [0x15, 0, 0x15, 1, 0x15, 2, 0, 7];
        assert!(look(&negative).expect_err("negative").to_string().contains("16 MiB"));
        assert!(look(&[0x15, 0, 0x15, 2, 0]).expect_err("no size").to_string().contains("size"));
        assert!(look(&[0x1c; 100]).expect_err("deep").to_string().contains("deeply"));
        let endless = [0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
        assert!(look(&endless).is_err());
    }
}
