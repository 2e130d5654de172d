//! Code patterns and the one way to look a code up: the longest matching pattern decides.
//!
//! Source: the reference format (`reference/README.md`, code pattern).

use super::slot::{Key, SLOTS, Tens, slots_of};
use crate::record::Word;
use rustc_hash::{FxHashMap, FxHashSet};
use std::fmt;

/// A code in full (`J189`) or the beginning of one (`J18*`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern {
    word: Word,
    open: bool,
}

impl Pattern {
    /// Reads a pattern: a capital letter, then digits or letters, at most eight in all, then perhaps `*`.
    pub fn parse(text: &str) -> Option<Pattern> {
        let (stem, open) = match text.strip_suffix('*') {
            Some(stem) => (stem, true),
            None => (text, false),
        };
        let fits = stem.bytes().enumerate().all(|(i, b)| b.is_ascii_uppercase() || (i > 0 && b.is_ascii_digit()));
        let long_enough = if open { 1 } else { 3 };
        (fits && stem.len() >= long_enough).then_some(())?;
        Some(Pattern { word: Word::new(stem)?, open })
    }

    /// Reads a pattern of activity codes, which are digits: `51` or `0*`.
    pub fn parse_activity(text: &str) -> Option<Pattern> {
        let (stem, open) = match text.strip_suffix('*') {
            Some(stem) => (stem, true),
            None => (text, false),
        };
        let fits = !stem.is_empty() && stem.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| Word::new(stem).map(|word| Pattern { word, open }))?
    }

    /// The pattern of one code in full.
    pub fn full(word: Word) -> Pattern {
        Pattern { word, open: false }
    }

    /// The pattern of all codes that begin so.
    pub fn beginning(word: Word) -> Pattern {
        Pattern { word, open: true }
    }

    /// Whether the code matches: in full, by its first four characters, or by its beginning.
    #[inline]
    pub fn matches(self, code: Word) -> bool {
        if self.open { code.starts_with(self.word) } else { code == self.word || code.first(4) == self.word }
    }

    /// Every pattern that the code matches, if there were one.
    pub fn all_of(code: Word) -> impl Iterator<Item = Pattern> {
        let first_four = (code.len() > 4).then(|| code.first(4));
        let full = [Some(code), first_four].into_iter().flatten().map(|word| Pattern { word, open: false });
        full.chain((1..=code.len()).map(move |n| Pattern { word: code.first(n), open: true }))
    }

    /// The pattern of the first four characters, for one that is longer; otherwise itself.
    pub(super) fn first_four(self) -> Pattern {
        if self.word.len() > 4 { Pattern { word: self.word.first(4), open: false } } else { self }
    }

    /// The characters, without the `*`.
    pub fn word(self) -> Word {
        self.word
    }

    /// Whether it is the beginning of codes (`J18*`), not one code in full.
    pub fn is_open(self) -> bool {
        self.open
    }

    /// Whether every code that matches `other` matches this pattern too.
    pub fn covers(self, other: Pattern) -> bool {
        if self.open { other.word.starts_with(self.word) } else { self == other }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.word, if self.open { "*" } else { "" })
    }
}

/// An index from pattern to something, asked by code.
#[derive(Clone, Debug)]
pub struct PatternIndex<T> {
    full: FxHashMap<Word, T>,
    open: FxHashMap<Word, T>,
    /// Bit `n` is set where a pattern with `n` characters and `*` exists.
    lengths: u16,
    tens: Tens,
    /// The first four characters of longer patterns: their codes are told apart by what follows.
    longer: FxHashSet<Word>,
}

impl<T> Default for PatternIndex<T> {
    fn default() -> Self {
        PatternIndex {
            full: FxHashMap::default(),
            open: FxHashMap::default(),
            lengths: 0,
            tens: Tens::default(),
            longer: FxHashSet::default(),
        }
    }
}

impl<T> PatternIndex<T> {
    /// Adds a pattern; gives back what stood there before.
    pub fn insert(&mut self, pattern: Pattern, value: T) -> Option<T> {
        self.tens.add(pattern);
        if pattern.word.len() > 4 {
            self.longer.insert(pattern.word.first(4));
        }
        if pattern.open {
            self.lengths |= 1 << pattern.word.len();
            self.open.insert(pattern.word, value)
        } else {
            self.full.insert(pattern.word, value)
        }
    }

    /// What stands under exactly this pattern.
    pub fn exactly(&mut self, pattern: Pattern) -> Option<&mut T> {
        if pattern.open { self.open.get_mut(&pattern.word) } else { self.full.get_mut(&pattern.word) }
    }

    /// What the longest matching pattern gives: the code in full, its first four characters, then beginnings.
    pub fn find(&self, code: impl Into<Key>) -> Option<&T> {
        let key = code.into();
        if !self.may_hold(key) {
            return None;
        }
        let code = key.word();
        if let Some(found) = self.full.get(&code) {
            return Some(found);
        }
        if code.len() > 4
            && let Some(found) = self.full.get(&code.first(4))
        {
            return Some(found);
        }
        self.beginning(code, code.len())
    }

    /// What the codes of the pattern would find if it were not there.
    pub fn behind(&self, pattern: Pattern) -> Option<&T> {
        let word = pattern.word;
        if pattern.open {
            return self.beginning(word, word.len().saturating_sub(1));
        }
        let first_four = (word.len() > 4).then(|| self.full.get(&word.first(4))).flatten();
        first_four.or_else(|| self.beginning(word, word.len()))
    }

    /// Whether the slot of a code answers for it: that of its first four characters, unless longer patterns begin with
    /// them.
    #[inline]
    pub(super) fn slot_decides(&self, key: Key) -> bool {
        !key.goes_on() || !self.longer.contains(&key.word().first(4))
    }

    /// The beginnings of the codes that may match.
    #[inline]
    pub(super) fn tens(&self) -> &Tens {
        &self.tens
    }

    /// Whether the code may match one of the patterns; most codes are turned down by that alone.
    #[inline]
    pub(super) fn may_hold(&self, key: Key) -> bool {
        self.tens.may_hold(key)
    }

    /// The longest beginning of the code, of at most so many characters.
    fn beginning(&self, code: Word, most: usize) -> Option<&T> {
        (1..=most.min(8)).rev().filter(|n| self.lengths >> n & 1 == 1).find_map(|n| self.open.get(&code.first(n)))
    }
}

/// A set of patterns, asked whether a code matches any.
#[derive(Clone, Debug, Default)]
pub struct PatternSet {
    index: PatternIndex<()>,
    patterns: Vec<Pattern>,
    /// For a long set, a bit for each slot whose code matches.
    by_slot: Vec<u64>,
}

/// Up to so many patterns are tried one by one.
const SHORT: usize = 4;
/// Beyond so many a set has its bits: four kilobytes each, too much for the many sets of middling size.
const LONG: usize = 48;

impl PatternSet {
    /// Adds a pattern; false when it was there already.
    pub fn insert(&mut self, pattern: Pattern) -> bool {
        self.patterns.push(pattern);
        if self.patterns.len() == LONG + 1 {
            self.by_slot = vec![0; SLOTS.div_ceil(64)];
            for pattern in self.patterns.clone() {
                self.mark(pattern);
            }
        } else if self.patterns.len() > LONG {
            self.mark(pattern);
        }
        self.index.insert(pattern, ()).is_none()
    }

    fn mark(&mut self, pattern: Pattern) {
        for slot in slots_of(pattern) {
            if let Some(bits) = self.by_slot.get_mut(slot / 64) {
                *bits |= 1 << (slot % 64);
            }
        }
    }

    /// Whether the code matches.
    #[inline]
    pub fn contains(&self, code: impl Into<Key>) -> bool {
        let key = code.into();
        self.index.may_hold(key) && self.contains_such(key)
    }

    /// Whether a code matches that begins as some pattern does.
    fn contains_such(&self, key: Key) -> bool {
        let code = key.word();
        if self.patterns.len() <= SHORT {
            return self.patterns.iter().any(|pattern| pattern.matches(code));
        }
        let slot = key.slot().filter(|_| self.index.slot_decides(key));
        match slot.and_then(|slot| Some((self.by_slot.get(slot / 64)?, slot % 64))) {
            Some((bits, bit)) => bits >> bit & 1 == 1,
            None => self.index.find(key).is_some(),
        }
    }

    /// The beginnings of the codes that may match.
    #[inline]
    pub fn tens(&self) -> &Tens {
        self.index.tens()
    }

    /// The longest pattern that the code matches.
    pub fn find(&self, code: Word) -> Option<Pattern> {
        self.contains(code).then_some(())?;
        let matching = self.patterns.iter().copied().filter(|pattern| pattern.matches(code));
        matching.max_by_key(|pattern| (!pattern.open, pattern.word.len()))
    }

    /// The patterns, in the order they were added.
    pub fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }
}

impl FromIterator<Pattern> for PatternSet {
    fn from_iter<I: IntoIterator<Item = Pattern>>(patterns: I) -> Self {
        let mut set = PatternSet::default();
        for pattern in patterns {
            set.insert(pattern);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Word {
        Word::new(text).expect("packs")
    }

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).expect(text)
    }

    #[test]
    fn the_longest_pattern_decides() {
        let mut index = PatternIndex::default();
        for text in ["S7200", "S720", "S720*", "S72*", "S*", "J18*"] {
            index.insert(pattern(text), text);
        }
        let found = |code: &str| index.find(word(code)).copied();
        assert_eq!(found("S7200"), Some("S7200"));
        assert_eq!(found("S7201"), Some("S720"));
        assert_eq!(found("S7210"), Some("S72*"));
        assert_eq!(found("S8210"), Some("S*"));
        assert_eq!(found("J189"), Some("J18*"));
        assert_eq!(found("J20X"), None);
    }

    #[test]
    fn behind_a_pattern_stands_what_its_codes_would_find_without_it() {
        let mut index = PatternIndex::default();
        for text in ["S7200", "S720", "S720*", "S72*", "S*"] {
            index.insert(pattern(text), text);
        }
        let behind = |text: &str| index.behind(pattern(text)).copied();
        assert_eq!(behind("S7200"), Some("S720"));
        assert_eq!(behind("S720"), Some("S720*"));
        assert_eq!(behind("S720*"), Some("S72*"));
        assert_eq!(behind("S72*"), Some("S*"));
        assert_eq!(behind("S*"), None);
        assert_eq!(behind("J189"), None);
    }

    #[test]
    fn a_pattern_alone_agrees_with_the_index() {
        for (text, code) in [("S720", "S7201"), ("S72*", "S7201"), ("S7201", "S7201"), ("I10X", "I10X")] {
            assert!(pattern(text).matches(word(code)), "{text} {code}");
        }
        assert!(!pattern("S7201").matches(word("S720")));
    }

    #[test]
    fn faulty_patterns_are_refused() {
        for text in ["", "*", "J", "J1", "j18*", "J 8*", "1*", "J**", "J18.9"] {
            assert_eq!(Pattern::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_set_agrees_with_its_patterns_whatever_its_size() {
        let texts = ["S7200", "S721*", "J*", "I10", "I1*", "A0", "Z9421*", "B20X", "K35", "K36", "K37"];
        let patterns: Vec<Pattern> = texts.iter().filter_map(|text| Pattern::parse(text)).collect();
        let many = (0..60).filter_map(|n| Pattern::parse(&format!("C{n:02}*")));
        for size in [1, SHORT, patterns.len(), LONG + 10] {
            let patterns: Vec<Pattern> = patterns.iter().copied().chain(many.clone()).take(size).collect();
            let set: PatternSet = patterns.iter().copied().collect();
            for code in
                ["S720", "S7200", "S7201", "S7219", "J189", "I10", "I10X", "I259", "Z9421", "Z942", "B20X", "C459"]
            {
                let matches = patterns.iter().any(|pattern| pattern.matches(word(code)));
                assert_eq!(set.contains(word(code)), matches, "{code} among {size}");
            }
        }
    }

    #[test]
    fn covering_is_being_matched_by_all() {
        assert!(pattern("J*").covers(pattern("J18*")));
        assert!(pattern("J18*").covers(pattern("J189")));
        assert!(!pattern("J189").covers(pattern("J18*")));
    }
}
