//! Tokens that were found good. A client shows the same token for some minutes, and to check a signature takes longer than
//! to group a spell.

use super::caller::Caller;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// How many are remembered.
const MOST: usize = 4096;

/// The tokens, by their SHA-256: none is held itself.
#[derive(Default)]
pub struct Seen(Mutex<HashMap<[u8; 32], (Caller, i64)>>);

impl Seen {
    /// Whose token it is, where it was found good and still is.
    pub fn find(&self, token: &str, now: i64) -> Option<Caller> {
        let digest: [u8; 32] = Sha256::digest(token).into();
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(&digest).filter(|(_, until)| now < *until).map(|(caller, _)| caller.clone())
    }

    /// Remembers that a token is good until then. Where there is no room, those that are over are forgotten, and where there
    /// is none of these, all.
    pub fn remember(&self, token: &str, caller: &Caller, until: i64, now: i64) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MOST {
            seen.retain(|_, (_, until)| now < *until);
        }
        if seen.len() >= MOST {
            seen.clear();
        }
        seen.insert(Sha256::digest(token).into(), (caller.clone(), until));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Scopes;

    #[test]
    fn a_token_is_remembered_until_it_is_over_and_no_more_than_there_is_room_for() {
        let (seen, caller) = (Seen::default(), Caller::new("oauth", "a", Scopes::default()));
        seen.remember("one", &caller, 10, 0);
        assert_eq!(seen.find("one", 9), Some(caller.clone()));
        assert_eq!((seen.find("one", 10), seen.find("two", 9)), (None, None));
        for number in 0..3 * MOST {
            seen.remember(&number.to_string(), &caller, 10, 0);
        }
        assert!(seen.0.lock().expect("sound").len() <= MOST);
    }
}
