//! What holds of any input: an answer of the contract, and every row in the output once.

use crate::files::{RDF, sorted_rows};
use crate::service::{BATCH, SINGLE, Sent, episode, request, spell};
use crate::support::{TOY, toy};
use hrg_grouper::files::run::{Job, Scale, run};
use hrg_grouper::reference::{Dataset, Reference};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::sync::OnceLock;

fn settings(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

#[test]
fn a_request_cut_at_any_byte_is_refused() {
    let body = request(&spell(&[episode()])).to_string().into_bytes();
    for end in 0..body.len() {
        Sent::post(SINGLE, body[..end].to_vec()).send().is_refused(400, "malformed-json");
    }
}

#[test]
fn a_request_with_any_byte_turned_gets_an_answer_of_the_contract() {
    let body = request(&spell(&[episode()])).to_string().into_bytes();
    let number = body.windows(4).position(|w| w == b"k9ca").expect("there");
    for (place, turned) in (0..body.len()).flat_map(|place| [0x01, 0x20, 0x80].map(|bits| (place, bits))) {
        // A turned canary is another text, and a spell number is never answered.
        let mut body = body.clone();
        body[place] ^= turned;
        let status = Sent::post(SINGLE, body).send().status;
        assert!(matches!(status, 200 | 400 | 404 | 422), "{status} at byte {place} (the number is at {number})");
    }
}

const FIELDS: [&str; 15] = [
    "epiorder",
    "startage",
    "sex",
    "classpat",
    "admisorc",
    "admimeth",
    "disdest",
    "dismeth",
    "epidur",
    "mainspef",
    "neocare",
    "tretspef",
    "criticalcaredays",
    "rehabilitationdays",
    "spcdays",
];

/// Any text, often short and of the characters that matter.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof!["[0-9A-Z. \\-]{0,5}", "\\PC{0,9}", any::<String>()]
}

fn any_episode() -> impl Strategy<Value = Json> {
    let codes = || vec(any_text(), 0..4);
    (vec(any_text(), FIELDS.len()), codes(), codes()).prop_map(|(texts, diag, oper)| {
        let mut episode = json!({"diag": diag, "oper": oper});
        for (field, text) in FIELDS.iter().zip(texts) {
            episode[*field] = json!(text);
        }
        episode
    })
}

proptest! {
    #![proptest_config(settings(300))]

    #[test]
    fn any_bytes_get_an_answer_of_the_contract(bytes in vec(any::<u8>(), 0..200)) {
        for path in [SINGLE.to_owned(), format!("{BATCH}?reference={TOY}")] {
            let status = Sent::post(&path, bytes.clone()).send().status;
            prop_assert!(matches!(status, 200 | 400 | 422), "{status}");
        }
    }

    #[test]
    fn any_text_in_any_field_is_a_result(episodes in vec(any_episode(), 1..4)) {
        let received = Sent::single(request(&spell(&episodes))).send();
        prop_assert_eq!(received.status, 200);
        let results = received.json["episodes"].as_array().expect("episodes");
        prop_assert_eq!(results.len(), episodes.len());
        for result in results {
            prop_assert_eq!(result["hrg"] == "UZ01Z", result["groupingMethod"] == "U");
            prop_assert!(result["hrg"] != "UZ01Z" || result["messages"][0].is_object(), "no reason: {}", result);
        }
    }
}

/// A cell of any bytes but those that divide cells and rows.
fn any_cell() -> impl Strategy<Value = Vec<u8>> {
    let plain = |bytes: Vec<u8>| bytes.into_iter().filter(|b| !matches!(b, b',' | b'\r' | b'\n')).collect();
    prop_oneof!["[0-9A-Z. ]{0,4}".prop_map(String::into_bytes), vec(any::<u8>(), 0..9).prop_map(plain)]
}

fn release() -> &'static Reference {
    static TOY: OnceLock<Reference> = OnceLock::new();
    TOY.get_or_init(toy)
}

proptest! {
    #![proptest_config(settings(100))]

    #[test]
    fn every_row_of_any_bytes_is_in_the_output_once(rows in vec(vec(any_cell(), 1..30), 1..12)) {
        // The first cell begins with a letter, so that no row is a blank line and none begins with a mark.
        let rows: Vec<Vec<u8>> = rows.iter().map(|cells| [b"T", cells.join(&b',').as_slice()].concat()).collect();
        let place = tempfile::tempdir().expect("a folder");
        let path = |name: &str| place.path().join(name);
        std::fs::write(path("in.csv"), rows.join(&b'\n')).expect("written");
        std::fs::write(path("in.rdf"), RDF).expect("written");
        let (input, output, definition) = (path("in.csv"), path("out"), path("in.rdf"));
        let job = Job {
            dataset: Dataset::Apc,
            input: &input,
            output: &output,
            definition: &definition,
            input_header: false,
            output_headers: true,
            scale: Scale::default(),
        };
        let outcome = run(&job, release(), &()).expect("runs");
        prop_assert_eq!(outcome.records.all, rows.len());
        let mut expected = rows;
        expected.sort();
        prop_assert_eq!(sorted_rows(place.path(), &expected), expected);
    }
}
