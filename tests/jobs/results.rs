//! What a finished job gives out: the files of the official program, and ranges of bytes.

use crate::office::{GROUP, Office, episodes, id_of};
use crate::support::seven;
use axum::body::Body;
use axum::http::Request;
use hrg_grouper::jobs::Settings;
use hrg_grouper::reference::Dataset;
use std::collections::BTreeMap;
use std::io::{Cursor, Read};

/// The files of a zip by name; the summary without its last columns, which tell of the run.
fn unpacked(bytes: Vec<u8>) -> BTreeMap<String, String> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).expect("a zip");
    let mut each = BTreeMap::new();
    for place in 0..zip.len() {
        let mut file = zip.by_index(place).expect("a file");
        let mut text = String::new();
        file.read_to_string(&mut text).expect("text");
        each.insert(file.name().expect("a name").into_owned(), text);
    }
    each.entry("grouped_summary.csv".to_owned()).and_modify(|text| *text = lasting(text));
    each
}

fn lasting(summary: &str) -> String {
    summary.lines().map(|line| line.rsplitn(6, ',').last().unwrap_or_default().to_owned() + "\n").collect()
}

#[test]
fn the_zip_holds_what_the_command_writes_for_every_dataset() {
    let place = tempfile::tempdir().expect("a folder");
    let office = Office::to_compare(place.path());
    for dataset in Dataset::ALL {
        let written = tempfile::tempdir().expect("a folder");
        seven::group_sample(dataset, written.path(), true);
        let mut expected = BTreeMap::new();
        for entry in std::fs::read_dir(written.path()).expect("readable").flatten() {
            let name = entry.file_name().to_string_lossy().replace("out", "grouped");
            let text = std::fs::read_to_string(entry.path()).expect("text");
            let text = if name == "grouped.csv" { text.replace("out", "grouped") } else { text };
            expected.insert(name, text);
        }
        expected.entry("grouped_summary.csv".to_owned()).and_modify(|text| *text = lasting(text));

        let definition = std::fs::read_to_string(seven::sample(dataset, "rdf")).expect("text");
        let query = serde_urlencoded::to_string([("definition", definition)]).expect("a query");
        let path = format!(
            "/v1/jobs?kind=group&dataset={}&reference=2024-25.payment&header=true&{query}",
            dataset.to_string().to_lowercase()
        );
        let id = office.submit(&path, "text/csv", std::fs::read(seven::sample(dataset, "csv")).expect("read"));
        let job = office.ended(&id);
        assert_eq!(job["state"], "finished", "{dataset}: {job}");
        let files = unpacked(office.bytes(&id, "zip"));
        assert_eq!(files.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{dataset}");
        for (name, text) in &expected {
            assert!(files[name] == *text, "{dataset} {name}");
        }
    }
}

#[test]
fn the_zip_of_a_table_with_a_header_is_the_same_however_its_values_and_rows_stand() {
    let place = tempfile::tempdir().expect("a folder");
    let office = Office::open(place.path(), Settings::default());
    let plain = String::from_utf8(episodes(60)).expect("text");
    let quote = |line: &str| line.split(',').map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join(",");
    let quoted: String = plain.lines().map(|line| quote(line) + "\r\n").collect();
    let (head, rows) = plain.split_once('\n').expect("a header");
    let mut turned: Vec<&str> = rows.lines().collect();
    // The generator gives the episodes of a spell together, and spells out of order: the zip sorts them all the same.
    turned.sort_by_key(|row| row.len());
    let turned = format!("\u{feff}{head}\n{}", turned.join("\n"));
    let [plain, quoted, turned] = [plain, quoted, turned].map(|body| {
        let id = office.submit(GROUP, "text/csv", body);
        assert_eq!(office.ended(&id)["state"], "finished");
        unpacked(office.bytes(&id, "zip"))
    });
    assert!(plain == quoted);
    assert!(plain == turned);
}

#[test]
fn what_is_no_table_or_is_not_grouped_has_no_zip() {
    let place = tempfile::tempdir().expect("a folder");
    let office = Office::open(place.path(), Settings::default());
    let line = crate::support::desk::spell().to_string();
    let check = "/v1/jobs?kind=check&dataset=apc&reference=2099-00.payment";
    for (path, kind, body) in [
        (GROUP, "application/x-ndjson", line.into_bytes()),
        (check, "text/csv", episodes(5)),
        (GROUP, "text/csv", episodes(0)),
    ] {
        let id = office.submit(path, kind, body);
        let job = office.ended(&id);
        let forms: Vec<&str> =
            job["results"].as_array().expect("results").iter().filter_map(|r| r["format"].as_str()).collect();
        assert_eq!(forms, ["ndjson", "csv"], "{job}");
        let answer = office.ask("GET", &format!("/v1/jobs/{id}/result?format=zip"));
        assert_eq!((answer.status.as_u16(), &answer.json["code"]), (406, &"not-acceptable".into()));
    }
}

#[test]
fn a_range_is_that_part_of_the_result() {
    let place = tempfile::tempdir().expect("a folder");
    let office = Office::open(place.path(), Settings::default());
    let id = id_of(&office.post_with(GROUP, "text/csv", &[], episodes(400)));
    office.ended(&id);
    let whole = office.bytes(&id, "ndjson");
    assert!(whole.len() > 2 * 64 * 1024, "several chunks: {}", whole.len());
    let uri = format!("/v1/jobs/{id}/result?format=ndjson");
    let etag = format!("\"{id}.ndjson\"");
    let end = whole.len() - 1;
    let all = (200, 0..=end);
    for (range, of, (status, part)) in [
        ("bytes=0-9", None, (206, 0..=9)),
        ("bytes=65530-65545", None, (206, 65_530..=65_545)),
        ("bytes=100000-", None, (206, 100_000..=end)),
        ("bytes=-5", None, (206, end - 4..=end)),
        ("bytes=10-999999999", None, (206, 10..=end)),
        ("bytes=1-2", Some(etag.as_str()), (206, 1..=2)),
        ("bytes=1-2", Some("\"other\""), all.clone()),
        ("bytes=1-2,5-6", None, all.clone()),
        ("lines=1-2", None, all),
    ] {
        let mut request = Request::builder().uri(&uri).header("range", range);
        if let Some(of) = of {
            request = request.header("if-range", of);
        }
        let (answered, headers, body) = office.raw(request.body(Body::empty()).expect("a request"));
        assert_eq!(answered, status, "{range}");
        assert!(body == whole[part.clone()], "{range}");
        assert_eq!(headers["etag"], etag.as_str());
        assert_eq!(headers["accept-ranges"], "bytes");
        assert_eq!(headers["content-length"], body.len().to_string().as_str(), "{range}");
        let told = headers.get("content-range").map(|value| value.to_str().expect("text").to_owned());
        let expected = format!("bytes {}-{}/{}", part.start(), part.end(), whole.len());
        assert_eq!(told, (status == 206).then_some(expected), "{range}");
    }
    let beyond = Request::builder().uri(&uri).header("range", format!("bytes={}-", whole.len()));
    let answer = office.send(beyond.body(Body::empty()).expect("a request"));
    assert_eq!((answer.status.as_u16(), &answer.json["code"]), (416, &"range-not-satisfiable".into()));
    assert_eq!(answer.headers["content-range"], format!("bytes */{}", whole.len()).as_str());
}

#[test]
fn a_packed_result_is_the_plain_one_to_its_last_byte() {
    let place = tempfile::tempdir().expect("a folder");
    let office = Office::open(place.path(), Settings::default());
    let id = office.submit(GROUP, "text/csv", episodes(300));
    assert_eq!(office.ended(&id)["state"], "finished");
    let plain = office.bytes(&id, "ndjson");
    let request = Request::builder().uri(format!("/v1/jobs/{id}/result?format=ndjson"));
    let request = request.header("accept-encoding", "gzip").body(Body::empty()).expect("a request");
    let (status, headers, packed) = office.raw(request);
    assert_eq!((status.as_u16(), &headers["content-encoding"]), (200, &"gzip".parse().expect("a value")));
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).expect("a whole gzip stream");
    assert_eq!(unpacked, plain);
}
