//! The language of conditions.

use hrg_grouper::reference::condition::Condition;
use hrg_grouper::reference::parse_condition::{NamedLists, parse_condition};
use hrg_grouper::reference::pattern::{Pattern, PatternSet};
use std::sync::{Arc, OnceLock};

/// A text is a condition or is refused in words; a condition that is written and read again is the same.
pub fn condition(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let condition = match parse_condition(text, lists()) {
        Ok(condition) => condition,
        Err(words) => return assert!(!words.is_empty()),
    };
    let Condition::Always = condition else {
        let written = condition.to_string();
        let again = parse_condition(&written, lists()).unwrap_or_else(|words| panic!("{words}: {written}"));
        assert_eq!(format!("{condition:?}"), format!("{again:?}"), "{written}");
        return;
    };
    assert!(text.trim().is_empty(), "only the empty condition always holds: {text}");
}

fn lists() -> &'static NamedLists {
    static LISTS: OnceLock<NamedLists> = OnceLock::new();
    LISTS.get_or_init(|| {
        let set: PatternSet = [Pattern::parse("J18*").expect("a pattern")].into_iter().collect();
        NamedLists::from_iter([("pneumonia".to_owned(), Arc::new(set))])
    })
}
