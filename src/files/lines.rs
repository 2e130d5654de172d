//! The lines of a reader in blocks, and the pieces of a file that several threads read side by side.

use super::error::RunError;
use crate::spill::{Run, Spill};
use memchr::memchr;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How much is read at a time.
const READ: usize = 256 * 1024;

/// The longest line that is read: memory must not depend on a file without line ends.
const MAX_LINE: usize = 16 * 1024 * 1024;

/// An input that can be read from any of its bytes on, by several threads and more than once.
pub enum Source {
    /// A file on disk: its name and its length.
    File(PathBuf, u64),
    /// What came through a pipe or was no text, kept encrypted.
    Kept(Arc<Spill>, Run),
}

impl Source {
    /// Opens an input. What is no ordinary file is first read into a temporary file in the folder.
    pub fn open(path: &Path, folder: &Path) -> io::Result<Source> {
        let mut file = File::open(path)?;
        let about = file.metadata()?;
        if about.is_file() {
            return Ok(Source::File(path.to_owned(), about.len()));
        }
        Source::take(&mut file, folder)
    }

    /// Reads an input to its end into a temporary file in the folder.
    pub fn take(reader: &mut impl Read, folder: &Path) -> io::Result<Source> {
        let spill = Spill::new(folder)?;
        let mut writer = spill.writer();
        io::copy(reader, &mut writer)?;
        writer.flush()?;
        let run = writer.finish()?;
        Ok(Source::Kept(spill, run))
    }

    /// How many bytes there are.
    pub fn size(&self) -> u64 {
        match self {
            Source::File(_, len) => *len,
            Source::Kept(_, run) => run.len(),
        }
    }

    /// The lines that begin in a range of bytes, of which the first of all begins at `first`.
    pub fn lines(&self, first: u64, (from, to): (u64, u64)) -> io::Result<Lines<Box<dyn Read + Send + '_>>> {
        // The byte before tells whether a line begins at the range's first.
        let start = if from > first { from - 1 } else { from };
        let reader: Box<dyn Read + Send> = match self {
            Source::File(path, _) => {
                let mut file = File::open(path)?;
                file.seek(SeekFrom::Start(start))?;
                Box::new(file)
            }
            Source::Kept(spill, run) => Box::new(spill.reader(run, start)?),
        };
        let mut lines = Lines::new(reader, to - start);
        if from > first {
            lines.skip_line()?;
        }
        Ok(lines)
    }

    /// Ranges of about so many bytes from one on to the end.
    pub fn pieces(&self, from: u64, size: u64) -> Vec<(u64, u64)> {
        let (size, len) = (size.max(1), self.size());
        let count = len.saturating_sub(from).div_ceil(size);
        (0..count).map(|i| (from + i * size, (from + (i + 1) * size).min(len))).collect()
    }
}

/// The lines of a reader, one after another.
pub struct Lines<R> {
    reader: R,
    block: Vec<u8>,
    at: usize,
    filled: usize,
    /// Bytes before the line that comes next, and before which it must begin.
    read: u64,
    limit: u64,
}

impl<R: Read> Lines<R> {
    /// The lines that begin before a byte, counted from the reader's first.
    pub fn new(reader: R, limit: u64) -> Lines<R> {
        Lines { reader, block: vec![0; READ], at: 0, filled: 0, read: 0, limit }
    }

    /// How many bytes the lines so far had, with their ends.
    pub fn read(&self) -> u64 {
        self.read
    }

    /// Passes over a line, or the rest of one.
    fn skip_line(&mut self) -> io::Result<()> {
        let limit = std::mem::replace(&mut self.limit, u64::MAX);
        self.find()?;
        self.limit = limit;
        Ok(())
    }

    /// The next line without its end; none at the end.
    pub fn next_line(&mut self) -> Result<Option<&[u8]>, RunError> {
        let found = self.find().map_err(|fault| RunError::Input(fault.to_string()))?;
        let Some((from, to)) = found else { return Ok(None) };
        let line = self.block.get(from..to).unwrap_or_default();
        Ok(Some(line.strip_suffix(b"\r").unwrap_or(line)))
    }

    fn find(&mut self) -> io::Result<Option<(usize, usize)>> {
        if self.read >= self.limit {
            return Ok(None);
        }
        let mut searched = self.at;
        loop {
            let unsearched = self.block.get(searched..self.filled).unwrap_or_default();
            if let Some(end) = memchr(b'\n', unsearched) {
                let (from, to) = (self.at, searched + end);
                self.at = to + 1;
                self.read += (self.at - from) as u64;
                return Ok(Some((from, to)));
            }
            searched = self.filled - self.at;
            if !self.refill()? {
                let (from, to) = (self.at, self.filled);
                self.at = to;
                self.read += (to - from) as u64;
                return Ok((from < to).then_some((from, to)));
            }
        }
    }

    /// Moves what is left to the front and reads on; whether there was more.
    fn refill(&mut self) -> io::Result<bool> {
        self.block.copy_within(self.at..self.filled, 0);
        self.filled -= self.at;
        self.at = 0;
        if self.filled == self.block.len() {
            if self.filled >= MAX_LINE {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a line is longer than 16 MiB"));
            }
            self.block.resize(self.filled * 2, 0);
        }
        let read = loop {
            match self.reader.read(self.block.get_mut(self.filled..).unwrap_or_default()) {
                Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.filled += read;
        Ok(read > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read_once_however_the_file_is_cut() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("in.csv");
        let text = "a\r\nbb\n\nccc\rd\n\r\neeee";
        std::fs::write(&path, text).expect("written");
        let source = Source::open(&path, folder.path()).expect("opens");
        for size in 1..=text.len() as u64 + 1 {
            let mut found = Vec::new();
            for range in source.pieces(0, size) {
                let mut lines = source.lines(0, range).expect("opens");
                while let Some(line) = lines.next_line().expect("reads") {
                    found.push(String::from_utf8_lossy(line).into_owned());
                }
            }
            assert_eq!(found, ["a", "bb", "", "ccc\rd", "", "eeee"], "pieces of {size}");
        }
    }

    #[test]
    fn lines_may_be_longer_than_what_is_read_at_a_time_but_not_endless() {
        let long = "x".repeat(READ * 3);
        let text = format!("{long}\nshort");
        let mut lines = Lines::new(text.as_bytes(), u64::MAX);
        assert_eq!(lines.next_line().expect("reads").map(<[u8]>::len), Some(READ * 3));
        assert_eq!(lines.next_line().expect("reads"), Some(&b"short"[..]));
        assert_eq!(lines.next_line().expect("reads"), None);
        assert!(Lines::new(io::repeat(b'x'), u64::MAX).next_line().is_err());
    }
}
