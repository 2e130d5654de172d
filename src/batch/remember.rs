//! Which spells and critical care identifiers ended before: a keyed hash of each, as many as the bounds allow.

use super::gather::Unit;
use rustc_hash::FxHashSet;

/// How many shards there are.
const SHARDS: usize = 16;
/// How many times larger a shard gets when it grows. What it leaves behind is too small for the next, and stays with the
/// process: with large steps that is little.
const STEP: usize = 8;

/// Spells that ended, by the hash of their names. Shards grow one at a time, so that growing never takes twice the
/// memory.
pub(super) struct Remembered {
    shards: [FxHashSet<u64>; SHARDS],
    count: usize,
    limit: usize,
}

impl Remembered {
    /// Remembers so many.
    pub(super) fn new(limit: usize) -> Remembered {
        Remembered { shards: Default::default(), count: 0, limit }
    }

    /// How many are remembered, where there were more.
    pub(super) fn full(&self) -> Option<u64> {
        (self.count > 0 && self.count >= self.limit).then_some(self.count as u64)
    }

    /// Notes units in the order of the stream, and marks those that had come before; whether there is any.
    pub(super) fn note(&mut self, units: &mut [Unit]) -> bool {
        let mut any = false;
        for unit in units {
            unit.apart = unit.known.is_some_and(|hash| self.is_known(hash));
            any |= unit.apart;
        }
        any
    }

    /// Notes one; whether it was known.
    fn is_known(&mut self, hash: u64) -> bool {
        let full = self.count >= self.limit;
        // The upper bits choose the shard: the tables use the lower ones.
        let Some(shard) = self.shards.get_mut(usize::try_from(hash >> 60).unwrap_or(0)) else { return false };
        if full {
            return shard.contains(&hash);
        }
        if shard.len() == shard.capacity() {
            // No further than its part of all that may be.
            let room = (STEP * shard.len()).min(self.limit.div_ceil(SHARDS));
            shard.reserve(room.saturating_sub(shard.len()));
        }
        let fresh = shard.insert(hash);
        self.count += usize::from(fresh);
        !fresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_before_is_known_as_far_as_the_bound_goes() {
        let mut remembered = Remembered::new(2);
        let apart = |remembered: &mut Remembered, hash| {
            let mut units = [Unit { known: Some(hash), ..Unit::default() }];
            remembered.note(&mut units)
        };
        assert!(!apart(&mut remembered, 1));
        assert_eq!(remembered.full(), None);
        assert!(!apart(&mut remembered, 2));
        assert!(!apart(&mut remembered, 3));
        assert!(!apart(&mut remembered, 3));
        assert!(apart(&mut remembered, 1));
        assert_eq!(remembered.full(), Some(2));
        assert!(!remembered.note(&mut [Unit::default()]), "what bears no name never came before");
    }
}
