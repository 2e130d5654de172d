//! Sorts records of any number that come one by one.

use super::file::Spill;
use super::held::Held;
use super::merge::{Merge, Sorted, merge};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Takes records in any order and gives them back sorted by their keys; those with the same key keep their order.
pub struct Sorter {
    folder: PathBuf,
    memory: u64,
    held: Held,
    spill: Option<Arc<Spill>>,
    parts: Vec<Sorted>,
}

impl Sorter {
    /// A sorter with about so much memory; what is more goes to a temporary file in the folder.
    pub fn new(folder: PathBuf, memory: u64) -> Sorter {
        Sorter { folder, memory: memory.min(Held::MOST), held: Held::default(), spill: None, parts: Vec::new() }
    }

    /// Adds a record.
    pub fn push(&mut self, key: &[u8], record: &[u8]) -> io::Result<()> {
        self.held.push(|into| into.extend_from_slice(key), record)?;
        if self.held.size() > self.memory {
            let spill = match &self.spill {
                Some(spill) => spill,
                None => self.spill.insert(Spill::new(&self.folder)?),
            };
            self.parts.push(Sorted::Run(self.held.spill(spill)?));
        }
        Ok(())
    }

    /// Whether anything went to disk.
    pub fn has_spilt(&self) -> bool {
        self.spill.is_some()
    }

    /// All records in order.
    pub fn finish(mut self) -> io::Result<Merge> {
        self.parts.push(Sorted::Held(self.held));
        merge(self.spill.as_ref(), self.parts, self.memory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(mut merge: Merge) -> Vec<u32> {
        let mut records = Vec::new();
        while let Some(record) = merge.next_record().expect("reads") {
            records.push(u32::from_le_bytes(record.try_into().expect("four bytes")));
        }
        records
    }

    #[test]
    fn records_come_back_sorted_with_ties_in_their_order_however_little_memory_there_is() {
        for memory in [0, 1_000, 100_000_000] {
            let mut sorter = Sorter::new(std::env::temp_dir(), memory);
            let mut expected = Vec::new();
            // So many that runs are merged more than once.
            for i in 0..5_000_u32 {
                // Keys of which some begin others.
                let key = (i.wrapping_mul(2_654_435_761) % 97).to_string().into_bytes();
                sorter.push(&key, &i.to_le_bytes()).expect("taken");
                expected.push((key, i));
            }
            assert_eq!(sorter.has_spilt(), memory < 100_000_000);
            expected.sort_by(|a, b| a.0.cmp(&b.0));
            let expected: Vec<u32> = expected.into_iter().map(|(_, i)| i).collect();
            assert_eq!(sorted(sorter.finish().expect("finishes")), expected, "memory {memory}");
        }
    }

    #[test]
    fn records_may_be_longer_than_the_blocks_of_the_file() {
        let mut sorter = Sorter::new(std::env::temp_dir(), 0);
        let long: Vec<Vec<u8>> = (0..5).map(|i| vec![i; 100_000 * usize::from(i)]).collect();
        for record in long.iter().rev() {
            sorter.push(&record.len().to_be_bytes(), record).expect("taken");
        }
        let mut merge = sorter.finish().expect("finishes");
        for record in &long {
            assert!(merge.next_record().expect("reads") == Some(record), "{}", record.len());
        }
        assert_eq!(merge.next_record().expect("reads"), None);
    }
}
