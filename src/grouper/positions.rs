//! A set of positions of a repeated field, 1 to 99.

/// Which positions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Positions(u128);

impl Positions {
    /// Adds a position from 1; there is none beyond 99.
    #[inline]
    pub fn insert(&mut self, position: u8) {
        self.0 |= 1u128.checked_shl(position.into()).unwrap_or(0);
    }

    /// Whether the position is in it.
    #[inline]
    pub fn contains(self, position: u8) -> bool {
        1u128.checked_shl(position.into()).is_some_and(|bit| self.0 & bit != 0)
    }

    /// Whether there is none.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each, from the lowest on.
    pub fn iter(mut self) -> impl Iterator<Item = u8> {
        std::iter::from_fn(move || {
            let lowest = u8::try_from(self.0.trailing_zeros()).ok()?;
            self.0 &= self.0.checked_sub(1)?;
            Some(lowest)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_kept_in_order_and_once() {
        let mut positions = Positions::default();
        assert!(positions.is_empty());
        for position in [99, 1, 64, 1, 200] {
            positions.insert(position);
        }
        assert_eq!(positions.iter().collect::<Vec<_>>(), [1, 64, 99]);
        assert!(positions.contains(64) && !positions.contains(2) && !positions.contains(200));
    }
}
