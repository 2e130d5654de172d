//! The pages of docs/assurance name tests that are there, and leave no hazard and no weakness without one.

mod support;

use std::collections::BTreeSet;

/// A test as a page names it: its file, and its function.
type Named = (String, String);

/// The pages by their names.
fn pages() -> Vec<(String, String)> {
    let pages: Vec<(String, String)> = support::files_below(&support::folder("docs/assurance"), "md")
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("a page is readable");
            (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), text)
        })
        .collect();
    assert!(pages.len() >= 8, "{} pages", pages.len());
    pages
}

fn page(name: &str) -> String {
    let page = pages().into_iter().find(|(page, _)| page == name);
    page.unwrap_or_else(|| panic!("there is no {name}")).1
}

/// Whether words between backticks are the path of a file with tests.
fn is_test_file(words: &str) -> bool {
    (words.starts_with("tests/") || words.starts_with("src/")) && words.split('.').next_back() == Some("rs")
}

/// Every test that a text names. A file must be followed by a function.
#[track_caller]
fn named(place: &str, text: &str) -> Vec<Named> {
    let parts: Vec<&str> = text.split('`').collect();
    let mut named = Vec::new();
    // The odd parts stand between backticks, the even ones around them.
    for (at, file) in parts.iter().enumerate().skip(1).step_by(2).filter(|(_, words)| is_test_file(words)) {
        let after = parts.get(at + 1).copied().unwrap_or_default();
        let function = parts.get(at + 2).filter(|_| after.trim().is_empty());
        let function = function.unwrap_or_else(|| panic!("{place}: {file} is named without a function"));
        named.push(((*file).to_owned(), (*function).to_owned()));
    }
    named
}

/// The sections below headings of the third level, each with its heading.
fn sections(text: &str) -> Vec<(&str, &str)> {
    text.split("\n### ").skip(1).map(|section| section.split_once('\n').unwrap_or((section, ""))).collect()
}

/// The words that are `H` and two digits.
fn hazards_in(text: &str) -> BTreeSet<&str> {
    let is_hazard = |word: &&str| {
        word.strip_prefix('H').is_some_and(|rest| rest.len() == 2 && rest.chars().all(|c| c.is_ascii_digit()))
    };
    text.split(|c: char| !c.is_alphanumeric()).filter(is_hazard).collect()
}

/// Whether a source has a test of that name, not merely a function.
fn has_test(source: &str, name: &str) -> bool {
    let Some((before, _)) = source.split_once(&format!("fn {name}(")) else { return false };
    let attributes = before.rsplit_once('}').map_or(before, |(_, after)| after);
    attributes.contains("#[test]")
}

#[test]
fn every_test_that_is_named_is_there() {
    let mut missing = Vec::new();
    let mut count = 0;
    for (page, text) in pages() {
        for (file, function) in named(&page, &text) {
            let source = std::fs::read_to_string(support::folder(&file)).ok();
            if source.is_some_and(|source| has_test(&source, &function)) {
                count += 1;
            } else {
                missing.push(format!("{page}: {file} has no test {function}"));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    assert!(count >= 80, "{count} tests are named");
}

#[test]
fn a_function_that_is_no_test_is_told_from_one() {
    let source =
        "fn helper() {}\n\n#[test]\nfn it_holds() {}\n\n#[cfg(unix)]\n#[test]\nfn it_holds_there() {\n}\nfn other() {}";
    assert!(has_test(source, "it_holds") && has_test(source, "it_holds_there"));
    assert!(!has_test(source, "helper") && !has_test(source, "other") && !has_test(source, "it_hold"));
    let page = "`tests/a.rs` `one`, and `words` of `src/c.rs`\n`two`";
    let expected = [("tests/a.rs", "one"), ("src/c.rs", "two")];
    assert_eq!(named("a page", page), expected.map(|(file, name)| (file.to_owned(), name.to_owned())));
}

#[test]
fn every_hazard_has_a_test_and_its_place_in_the_safety_case() {
    let log = page("hazard-log.md");
    let hazards = sections(&log);
    let mut ids = BTreeSet::new();
    for (number, (heading, text)) in hazards.iter().enumerate() {
        let id = heading.split(' ').next().unwrap_or_default();
        assert_eq!(id, format!("H{:02}", number + 1), "hazards are numbered in order");
        ids.insert(id);
        assert!(!named(id, text).is_empty(), "{id} has no test");
        for part in ["**Cause:**", "**Effect:**", "**Controls:**", "**Tests:**", "**Before:**", "**Left:**"] {
            assert_eq!(text.matches(part).count(), 1, "{id}: {part}");
        }
    }
    assert!(ids.len() >= 10, "{ids:?}");
    let case = page("safety-case.md");
    assert_eq!(hazards_in(&case), ids, "the safety case speaks of every hazard and of no other");
}

/// The risk of a severity and likelihood by the matrix of the log.
fn risk(log: &str, severity: &str, likelihood: &str) -> Option<String> {
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let mut rows = log.lines().filter(|line| line.starts_with('|')).map(cells);
    let head = rows.find(|row| row.iter().any(|cell| cell.starts_with("likelihood")))?;
    let column = head.iter().position(|cell| cell == severity)?;
    rows.find(|row| row.get(1).is_some_and(|cell| cell == likelihood))?.get(column).cloned()
}

#[test]
fn every_risk_is_the_one_of_the_matrix_and_may_be_lived_with() {
    let log = page("hazard-log.md");
    let case = page("safety-case.md");
    let said = case.split("Those left at 2 are").nth(1).unwrap_or_default().split('.').next().unwrap_or_default();
    let mut left_at_2 = BTreeSet::new();
    for (heading, text) in sections(&log) {
        let id = heading.split(' ').next().unwrap_or_default();
        for part in ["**Before:** ", "**Left:** "] {
            let words = text.split(part).nth(1).and_then(|rest| rest.split('.').next()).unwrap_or_default();
            let (estimate, number) = words.split_once(": ").unwrap_or_default();
            let (severity, likelihood) = estimate.split_once(", ").unwrap_or_default();
            assert_eq!(risk(&log, severity, likelihood).as_deref(), Some(number), "{id}: {part}{words}");
            if part == "**Left:** " {
                assert!(["1", "2"].contains(&number), "{id}: {words} may not be lived with");
                if number == "2" {
                    left_at_2.insert(id);
                }
            }
        }
    }
    assert_eq!(hazards_in(said), left_at_2, "the safety case names those that are left at 2");
}

#[test]
fn each_of_the_ten_weaknesses_has_a_test() {
    let text = page("owasp-api-top-10.md");
    let sections = sections(&text);
    assert_eq!(sections.len(), 10);
    for (number, (heading, text)) in sections.iter().enumerate() {
        let id = format!("API{}:2023", number + 1);
        assert!(heading.starts_with(&format!("{id} ")), "{heading}");
        assert!(!named(&id, text).is_empty(), "{id} has no test");
    }
}

#[test]
fn the_index_names_every_page() {
    let index = page("README.md");
    for (name, _) in pages() {
        assert!(name == "README.md" || index.contains(&format!("]({name})")), "{name} is not in the index");
    }
}
