//! Which sums a table of scores can come to, when every code counts once, or any number of times.

use crate::reference::Band;
use crate::reference::pattern::Pattern;

/// How often the codes of a pattern can count beside one another: five characters are one code, four are themselves and
/// ten fifth characters, a beginning is any number of codes.
pub(super) fn distinct(pattern: Pattern) -> Option<u32> {
    match (pattern.is_open(), pattern.word().len()) {
        (true, _) => None,
        (false, 4) => Some(11),
        (false, _) => Some(1),
    }
}

/// The sums that can be reached. Those from the limit on are one.
pub(super) struct Sums {
    reached: Vec<bool>,
}

impl Sums {
    /// No score at all: only 0. Sums are told apart below `limit`, which is the highest value that a band begins with.
    pub(super) fn none(limit: u32) -> Sums {
        let mut reached = vec![false; usize::try_from(limit).unwrap_or(0) + 1];
        if let Some(zero) = reached.first_mut() {
            *zero = true;
        }
        Sums { reached }
    }

    /// Adds a score that counts at most so often; none is any number of times.
    pub(super) fn add(&mut self, score: u32, times: Option<u32>) {
        let limit = self.reached.len().saturating_sub(1);
        let Ok(score) = usize::try_from(score) else { return };
        if score == 0 {
            return;
        }
        // More often than this only stays at the limit.
        let enough = limit.div_ceil(score);
        let times = times.and_then(|times| usize::try_from(times).ok()).map_or(enough, |times| times.min(enough));
        for _ in 0..times {
            let before = self.reached.clone();
            for (sum, _) in before.iter().enumerate().filter(|(_, reached)| **reached) {
                if let Some(reached) = self.reached.get_mut((sum + score).min(limit)) {
                    *reached = true;
                }
            }
            if before == self.reached {
                return;
            }
        }
    }

    /// Whether a sum in the band can be reached.
    pub(super) fn meet(&self, band: Band) -> bool {
        let limit = self.reached.len().saturating_sub(1);
        let end = |value: u32| usize::try_from(value).unwrap_or(limit).min(limit);
        let (first, last) = (end(band.min), band.max.map_or(limit, end));
        self.reached.get(first..=last).is_some_and(|sums| sums.contains(&true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(sums: &Sums) -> Vec<u32> {
        (0..).zip(&sums.reached).filter(|(_, reached)| **reached).map(|(sum, _)| sum).collect()
    }

    #[test]
    fn each_score_counts_as_often_as_its_codes_can() {
        let mut sums = Sums::none(20);
        sums.add(3, Some(2));
        assert_eq!(reached(&sums), [0, 3, 6]);
        sums.add(7, Some(1));
        assert_eq!(reached(&sums), [0, 3, 6, 7, 10, 13]);
        sums.add(0, None);
        assert_eq!(reached(&sums), [0, 3, 6, 7, 10, 13]);
    }

    #[test]
    fn sums_from_the_limit_on_are_one() {
        let mut sums = Sums::none(10);
        sums.add(4, None);
        assert_eq!(reached(&sums), [0, 4, 8, 10]);
        assert!(sums.meet(Band { min: 10, max: None }));
        assert!(sums.meet(Band { min: 5, max: Some(9) }));
        assert!(!sums.meet(Band { min: 5, max: Some(7) }));
        assert!(!Sums::none(3).meet(Band { min: 1, max: None }));
    }
}
