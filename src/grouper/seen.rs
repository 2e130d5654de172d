//! Which codes were met already. Most records have few: looking through a short list is cheaper than hashing.

use rustc_hash::FxHashSet;
use smallvec::SmallVec;
use std::hash::Hash;

/// From so many on, hashing is cheaper, and a spell of thousands of codes stays linear.
const FEW: usize = 16;

/// Values met so far.
#[derive(Clone, Debug)]
pub(super) struct Seen<T> {
    few: SmallVec<[T; FEW]>,
    many: FxHashSet<T>,
}

impl<T> Default for Seen<T> {
    fn default() -> Seen<T> {
        Seen { few: SmallVec::new(), many: FxHashSet::default() }
    }
}

impl<T: Copy + Eq + Hash> Seen<T> {
    /// Notes a value; whether it is met for the first time.
    #[inline]
    pub(super) fn insert(&mut self, value: T) -> bool {
        if self.few.contains(&value) {
            return false;
        }
        if self.few.len() < FEW {
            self.few.push(value);
            return true;
        }
        self.many.insert(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_new_once_however_many_there_are() {
        let mut seen = Seen::default();
        for value in 0..100 {
            assert!(seen.insert(value), "{value}");
        }
        assert!((0..100).all(|value| !seen.insert(value)));
    }
}
