//! Pages of a long listing. The cursor names the last item shown, so that pages neither repeat nor lose one.
//!
//! A cursor holds a check over the release's digest and the listing. One of another listing, or of the release as it was
//! before a correction, is refused: two pages never mix two contents.

use super::fault::Fault;
use crate::reference::Reference;
use sha2::{Digest, Sha256};

/// The most items on a page.
pub const MAX_LIMIT: usize = 200;
/// Items on a page where nothing else is asked for.
pub const DEFAULT_LIMIT: usize = 50;

/// Digits of a cursor that hold its check.
const CHECK: usize = 8;

/// Which part of a listing is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Extract<'q> {
    /// Begin after the place that this cursor names; from the start where there is none.
    pub cursor: Option<&'q str>,
    /// The most items.
    pub limit: usize,
}

/// A page.
pub(super) struct Page<T> {
    /// How many items the whole listing has.
    pub(super) count: usize,
    /// The items of this page, in order of their keys.
    pub(super) items: Vec<T>,
    /// The cursor of the next page, unless this is the last.
    pub(super) next: Option<String>,
}

impl Extract<'_> {
    /// The page of a listing. `listing` tells this listing from every other; keys are unique in it.
    pub(super) fn of<T>(
        self,
        reference: &Reference,
        listing: &str,
        mut items: Vec<(String, T)>,
    ) -> Result<Page<T>, Fault> {
        let after = self.cursor.map(|cursor| key_of(cursor, reference, listing).ok_or(Fault::BadCursor)).transpose()?;
        items.sort_by(|a, b| a.0.cmp(&b.0));
        let count = items.len();
        let start = after.map_or(0, |after| items.partition_point(|(key, _)| *key <= after));
        let mut rest = items.into_iter().skip(start);
        let mut last = None;
        let mut shown = Vec::new();
        for (key, item) in rest.by_ref().take(self.limit) {
            last = Some(key);
            shown.push(item);
        }
        let next = rest.next().and(last).map(|key| cursor_of(&key, reference, listing));
        Ok(Page { count, items: shown, next })
    }
}

fn check_of(key: &str, reference: &Reference, listing: &str) -> String {
    let digest = Sha256::new()
        .chain_update(&reference.identity.digest)
        .chain_update([0])
        .chain_update(listing)
        .chain_update([0])
        .chain_update(key)
        .finalize();
    digest.iter().take(CHECK / 2).map(|byte| format!("{byte:02x}")).collect()
}

fn cursor_of(key: &str, reference: &Reference, listing: &str) -> String {
    let digits: String = key.bytes().map(|byte| format!("{byte:02x}")).collect();
    check_of(key, reference, listing) + &digits
}

fn key_of(cursor: &str, reference: &Reference, listing: &str) -> Option<String> {
    let (check, digits) = cursor.split_at_checked(CHECK)?;
    let digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if digits.len() % 2 != 0 || !digits.bytes().all(|byte| digit(&byte)) {
        return None;
    }
    let pairs = digits.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    let key = String::from_utf8(pairs.collect::<Option<Vec<u8>>>()?).ok()?;
    (check == check_of(&key, reference, listing)).then_some(key)
}
