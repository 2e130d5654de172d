//! Searching, and turning pages: everything that fits, once, in order.

use crate::support::service::Service;
use crate::tables::rows;
use crate::{RELEASES, ask, each, for_every_release, path, payment, service};
use hrg_grouper::reference::{Reference, TableId};
use serde_json::Value as Json;

/// Every item of a listing, page by page.
pub fn walk(service: &Service, release: &Reference, below: &str, items: &str, limit: usize) -> Vec<Json> {
    let mut found = Vec::new();
    let mut cursor = String::new();
    let sign = if below.contains('?') { '&' } else { '?' };
    loop {
        let page = ask(service, release, &format!("{below}{sign}limit={limit}{cursor}"));
        let shown = page[items].as_array().unwrap_or_else(|| panic!("{below} has {items}"));
        assert!(shown.len() <= limit, "{below}");
        found.extend(shown.iter().cloned());
        match page["next"].as_str() {
            // A page that is followed by another is full, so that the walk ends.
            Some(next) => {
                assert_eq!(shown.len(), limit, "{below}");
                cursor = format!("&cursor={next}");
            }
            None => {
                if let Some(count) = page["count"].as_u64() {
                    assert_eq!(found.len() as u64, count, "{below}: as many as were counted");
                }
                return found;
            }
        }
    }
}

fn search(service: &Service, query: &str) -> Vec<String> {
    let found = walk(service, payment(), &format!("hrgs?q={query}"), "hrgs", 100);
    found.iter().map(|hrg| hrg["hrg"].as_str().expect("an HRG").to_owned()).collect()
}

/// The HRGs of the table that fit.
fn table(fits: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let rows = rows(payment(), TableId::Hrgs);
    let mut found: Vec<String> = rows
        .iter()
        .map(|row| (row.get("hrg"), row.get("label")))
        .filter(|(h, l)| fits(h, l))
        .map(|(h, _)| h.to_owned())
        .collect();
    found.sort();
    found
}

fn words(label: &str) -> Vec<String> {
    label.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase).collect()
}

#[test]
fn hip_is_found_whatever_the_case() {
    let service = service();
    let expected = table(|_, label| words(label).iter().any(|word| word.starts_with("hip")));
    assert!(expected.len() >= 10, "{expected:?}");
    for query in ["hip", "HIP", "Hip", "%20hip%20"] {
        assert_eq!(search(&service, query), expected, "{query}");
    }
}

#[test]
fn a_root_finds_its_hrgs_whatever_the_case() {
    let service = service();
    let expected = table(|hrg, _| hrg.starts_with("HN22"));
    assert_eq!(expected, ["HN22A", "HN22B", "HN22C", "HN22D", "HN22E"]);
    for query in ["HN22", "hn22", "Hn22"] {
        assert_eq!(search(&service, query), expected, "{query}");
    }
    assert_eq!(search(&service, "hn22c"), ["HN22C"]);
    assert_eq!(
        search(&service, "HN"),
        table(|hrg, label| { hrg.starts_with("HN") || words(label).iter().any(|word| word.starts_with("hn")) })
    );
}

#[test]
fn every_word_asked_for_must_be_found() {
    let service = service();
    let both = table(|hrg, label| hrg.starts_with("HN") && words(label).iter().any(|word| word.starts_with("hip")));
    assert!(!both.is_empty() && both.len() < search(&service, "hip").len());
    for query in ["hip%20hn", "hn+hip"] {
        assert_eq!(search(&service, query), both, "{query}");
    }
    assert_eq!(search(&service, "hip%20zzz"), Vec::<String>::new());
    assert_eq!(search(&service, "-"), Vec::<String>::new());
}

/// Codes that are found, with what is said of them.
fn codes(service: &Service, system: &str, query: &str) -> Vec<(String, String, bool)> {
    let found = walk(service, payment(), &format!("codes/{system}?q={query}"), "codes", 200);
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    found.iter().map(|code| (text(&code["code"]), text(&code["label"]), code["valid"] == true)).collect()
}

/// The codes of the table that fit, each once.
fn code_table(table: TableId, fits: impl Fn(&str, &str) -> bool) -> Vec<(String, String, bool)> {
    let mut found: Vec<(String, String, bool)> = Vec::new();
    for row in rows(payment(), table).iter().filter(|row| fits(row.get("code"), row.get("label"))) {
        found.push((row.get("code").to_owned(), row.get("label").to_owned(), row.get("status") != "retired"));
    }
    found.sort();
    found
}

#[test]
fn codes_are_found_by_their_beginning_or_by_words_of_their_label() {
    let service = service();
    let begins = |label: &str, beginning: &str| words(label).iter().any(|word| word.starts_with(beginning));
    for (system, table) in [("icd10", TableId::Diagnoses), ("opcs4", TableId::Procedures)] {
        assert_eq!(codes(&service, system, ""), code_table(table, |_, _| true), "{system}");
    }
    let pneumonia = code_table(TableId::Diagnoses, |_, label| begins(label, "pneumon"));
    assert!(pneumonia.len() >= 5, "{pneumonia:?}");
    for query in ["pneumon", "PNEUMON", "%20Pneumon"] {
        assert_eq!(codes(&service, "icd10", query), pneumonia, "{query}");
    }
    let with_stop = code_table(TableId::Diagnoses, |code, label| code.starts_with("J18") || begins(label, "j18"));
    assert!(!with_stop.is_empty());
    for query in ["J18", "j18", "J18."] {
        assert_eq!(codes(&service, "icd10", query), with_stop, "{query}");
    }
    let both = code_table(TableId::Procedures, |code, label| code.starts_with("W4") && begins(label, "cement"));
    assert!(!both.is_empty());
    assert_eq!(codes(&service, "opcs4", "cement+W4"), both);
    for nothing in ["zzzz", ".", "-"] {
        assert_eq!(codes(&service, "opcs4", nothing), [], "{nothing}");
    }
}

#[test]
fn every_row_that_a_table_has_is_shown_as_it_stands_in_it() {
    let service = service();
    for table in [TableId::Splits, TableId::CcScores, TableId::EmMatrix, TableId::GlobalExceptions, TableId::Diagnoses]
    {
        let rows = rows(payment(), table);
        for row in rows.iter().step_by(rows.len() / 12 + 1) {
            let shown = ask(&service, payment(), &format!("rows/{}", row.id.replace('/', "%2F")));
            assert_eq!(shown["row"], row.id.as_str());
            let cells = shown["cells"].as_array().expect("cells");
            let columns: Vec<_> = cells.iter().map(|cell| cell["column"].as_str().expect("a name")).collect();
            assert_eq!(columns, table.columns(), "{}", row.id);
            for cell in cells {
                assert_eq!(cell["value"], row.get(cell["column"].as_str().expect("a name")), "{}", row.id);
            }
        }
    }
}

#[test]
fn pages_of_any_size_visit_every_hrg_of_every_release_once() {
    for_every_release(|service, release| {
        let mut expected: Vec<String> =
            rows(release, TableId::Hrgs).iter().map(|row| row.get("hrg").to_owned()).collect();
        expected.sort();
        for limit in [29, 50, 200] {
            let found = walk(service, release, "hrgs", "hrgs", limit);
            assert_eq!(found.iter().map(|hrg| hrg["hrg"].as_str().expect("an HRG")).collect::<Vec<_>>(), expected);
        }
        let ones = walk(service, release, "hrgs?q=hip", "hrgs", 1);
        let all = ask(service, release, "hrgs?q=hip&limit=200");
        assert_eq!(&Json::Array(ones), &all["hrgs"]);
    });
}

#[test]
fn a_page_has_fifty_items_where_nothing_else_is_asked_for() {
    let page = ask(&service(), payment(), "hrgs");
    assert_eq!(each(&page["hrgs"], "hrg").len(), 50);
}

#[test]
fn a_cursor_belongs_to_one_listing_of_one_release() {
    let service = service();
    let next = ask(&service, payment(), "hrgs?q=hip&limit=2")["next"].as_str().expect("more").to_owned();
    let mut refused = vec![
        path(payment(), &format!("hrgs?q=knee&cursor={next}")),
        path(payment(), &format!("hrgs?cursor={next}")),
        path(payment(), &format!("lists?cursor={next}")),
        path(payment(), &format!("lists/cc_aa?cursor={next}")),
    ];
    let others = RELEASES.iter().filter(|release| release.identity.digest != payment().identity.digest);
    refused.extend(others.map(|other| path(other, &format!("hrgs?q=hip&cursor={next}"))));
    // Any digit changed, one lost, one too many.
    for (i, digit) in next.char_indices() {
        let mut turned = next.clone();
        turned.replace_range(i..=i, if digit == '0' { "1" } else { "0" });
        refused.push(path(payment(), &format!("hrgs?q=hip&cursor={turned}")));
    }
    for bad in ["", "0", "zz", "%ff", "%00", &next[1..], &format!("{next}0"), &next.to_uppercase()] {
        if bad != next {
            refused.push(path(payment(), &format!("hrgs?q=hip&cursor={bad}")));
        }
    }
    for asked in &refused {
        let answer = service.get(asked);
        assert_eq!((answer.status.as_u16(), answer.json["code"].as_str()), (404, Some("invalid-cursor")), "{asked}");
    }
    assert!(refused.len() > next.len() + 10, "{} were tried", refused.len());
}
