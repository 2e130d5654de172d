//! The sample files hold what their README says: every planted fault with its messages, and no other.

mod support;

use hrg_grouper::reference::Dataset;
use std::collections::BTreeMap;
use support::seven;

/// Messages of a file: line, field, code, text.
type Messages = Vec<(usize, [String; 3])>;

/// What the README lists for each dataset.
fn listed() -> BTreeMap<Dataset, (usize, Messages)> {
    let readme = std::fs::read_to_string(support::folder("tests/data/README.md")).expect("a README");
    let mut all = BTreeMap::new();
    for section in readme.split("\n## ").skip(1) {
        let title = section.lines().next().expect("a title");
        let name = title.split('`').nth(1).and_then(|path| path.split('/').next()).expect("a file");
        let records = title.rsplit(", ").next().and_then(|count| count.split(' ').next()?.parse().ok());
        let rows = section.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| line"));
        let rows = rows.map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(|c| c.trim().trim_matches('`')).collect();
            let [line, _, field, code, message] = cells[..] else { panic!("{line}") };
            (line.parse().expect("a line"), [field.to_owned(), code.to_owned(), message.to_owned()])
        });
        let rows = rows.filter(|(_, [_, _, message])| message != "none").collect();
        all.insert(Dataset::parse(name).expect("a dataset"), (records.expect("a count"), rows));
    }
    all
}

#[test]
fn every_planted_fault_gives_the_messages_of_the_readme_and_no_other_record_has_any() {
    let listed = listed();
    assert_eq!(listed.len(), Dataset::ALL.len());
    for (dataset, (records, expected)) in listed {
        let place = tempfile::tempdir().expect("a folder");
        assert_eq!(seven::group_sample(dataset, place.path(), true).records.all, records, "{dataset}");
        let quality = std::fs::read_to_string(place.path().join("out_quality.csv")).expect("messages");
        let mut lines = quality.lines();
        let header: Vec<&str> = lines.next().expect("a header").split(',').collect();
        let key = header.iter().position(|name| *name == "LOCAL_KEY").expect("the key is carried through");
        let mut found: Messages = Vec::new();
        for line in lines {
            let cells: Vec<&str> = line.split(',').collect();
            let number = cells[key].rsplit('-').next().and_then(|line| line.parse().ok()).expect("a line");
            for message in &cells[key + 2..] {
                let parts: Vec<String> = message.split('|').map(str::to_owned).collect();
                found.push((number, parts.try_into().expect("three parts")));
            }
        }
        found.sort_by_key(|(line, _)| *line); // messages of a line keep their order
        assert_eq!(found, expected, "{dataset}");
    }
}

#[test]
fn the_keys_of_the_samples_are_their_lines() {
    for dataset in Dataset::ALL {
        let text = std::fs::read_to_string(seven::sample(dataset, "csv")).expect("a sample");
        let count = text.lines().count() - 1;
        assert!((20..=40).contains(&count), "{dataset}: {count} records");
        for (line, number) in text.lines().zip(1..).skip(1) {
            assert!(line.ends_with(&format!(",{dataset}-{number:03}")), "{line}");
        }
    }
}
