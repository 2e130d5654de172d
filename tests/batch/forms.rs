//! Every form in, every form out, every packing, every dataset: always what `hrg group` gives.

use crate::belt::*;
use hrg_grouper::reference::Dataset;
use serde_json::Value as Json;
use std::collections::BTreeMap;

type Hrgs = BTreeMap<String, (String, String)>;

/// The results of an answer of any form: key, HRG and spell HRG, in their order.
#[track_caller]
fn results(form: &str, dataset: Dataset, body: &[u8]) -> Vec<(String, (String, String))> {
    let text = std::str::from_utf8(body).expect("text");
    if form == "text/csv" {
        return rows(dataset, text);
    }
    let lines = if form == "application/json" {
        let json: Json = serde_json::from_str(text).unwrap_or_else(|fault| panic!("{fault}: {text}"));
        assert_eq!(json["reference"]["id"], "2024-25.payment");
        let results = json["results"].as_array().expect("results").clone();
        counted(&results, &json["summary"]);
        results
    } else {
        complete(text).0
    };
    let said = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    let result = |line: &Json| {
        let key = said(&line["extra"]["LOCAL_KEY"]);
        if dataset == Dataset::Apc {
            (key, (said(&line["episode"]["hrg"]), said(&line["spell"]["hrg"])))
        } else {
            (key, (said(&line["hrg"]), String::new()))
        }
    };
    lines.iter().map(result).collect()
}

#[track_caller]
fn rows(dataset: Dataset, text: &str) -> Vec<(String, (String, String))> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let place = |name: &str| header.iter().position(|of| of == name);
    let mut rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    let summary = rows.pop().expect("a summary");
    assert_eq!(&summary[1], "summary");
    let counts: Json = serde_json::from_str(&summary[summary.len() - 1]).expect("counts");
    assert_eq!(counts["read"], rows.len());
    let hrg = if dataset == Dataset::Apc { "FCE_HRG".to_owned() } else { format!("{dataset}_HRG") };
    let cell = |row: &csv::StringRecord, name: &str| place(name).map_or("", |place| &row[place]).to_owned();
    let key = |row: &csv::StringRecord| {
        let extra: Json = serde_json::from_str(&cell(row, "extra")).unwrap_or_default();
        extra["LOCAL_KEY"].as_str().map_or_else(|| cell(row, "LOCAL_KEY"), str::to_owned)
    };
    rows.iter().map(|row| (key(row), (cell(row, &hrg), cell(row, "SpellHRG")))).collect()
}

/// A body in one of the forms: name, content type, query, bytes, and what is expected of it.
fn bodies(dataset: Dataset) -> Vec<(&'static str, &'static str, String, Vec<u8>, Hrgs)> {
    let inline = format!("&header=true&definition={}", escaped(&definition(dataset)));
    let plain = expected(dataset, &by_header(dataset));
    let array = Json::Array(objects(dataset, false)).to_string().into_bytes();
    vec![
        ("header", "text/csv", String::new(), csv(dataset).into_bytes(), plain.clone()),
        ("definition", "text/csv", inline, csv(dataset).into_bytes(), expected(dataset, &definition(dataset))),
        ("lines", "application/x-ndjson", String::new(), lines(&objects(dataset, true)).into_bytes(), plain.clone()),
        ("array", "application/json", String::new(), array, plain),
    ]
}

#[test]
fn every_form_and_packing_of_every_dataset_gives_what_hrg_group_gives() {
    for dataset in Dataset::ALL {
        let keys: Vec<String> =
            csv(dataset).lines().skip(1).map(|l| l.rsplit(',').next().unwrap_or_default().to_owned()).collect();
        for (name, kind, query, body, expected) in bodies(dataset) {
            for output in ["application/x-ndjson", "text/csv", "application/json"] {
                if name == "array" && output == "application/json" && dataset == Dataset::Apc {
                    continue; // an array answered by an object holds whole spells; tests/bad_input knows it
                }
                for (packing, packed) in [("identity", body.clone()), ("gzip", gzip(&body)), ("zstd", zstd(&body))] {
                    let headers = [("content-type", kind), ("content-encoding", packing), ("accept", output)];
                    let (status, answered, answer) = post(dataset, &query, &headers, packed);
                    let case = format!("{dataset} {name} {packing} to {output}");
                    assert_eq!(status, 200, "{case}: {}", String::from_utf8_lossy(&answer));
                    assert!(answered.starts_with(output), "{case}: {answered}");
                    let results = results(output, dataset, &answer);
                    assert_eq!(results.len(), keys.len(), "{case}");
                    for (key, (found_key, found)) in keys.iter().zip(&results) {
                        assert_eq!(found, &expected[key], "{case}: {key}");
                        // An array has no fields of the caller's own: its order alone says which is which.
                        assert!(found_key == key || name == "array", "{case}: {found_key} in the place of {key}");
                    }
                }
            }
        }
    }
}

#[test]
fn the_answer_has_the_form_of_the_body_where_none_is_asked_for_and_the_best_where_several_are() {
    let body = || lines(&objects(Dataset::Em, true)).into_bytes();
    for (accept, form) in [
        (None, "application/x-ndjson"),
        (Some("*/*"), "application/x-ndjson"),
        (Some("text/html, text/csv;q=0.5"), "text/csv; charset=utf-8"),
        (Some("text/csv;q=0.5, application/json"), "application/json"),
    ] {
        let mut headers = vec![("content-type", "application/x-ndjson")];
        headers.extend(accept.map(|accept| ("accept", accept)));
        let (status, answered, _) = post(Dataset::Em, "", &headers, body());
        assert_eq!((status.as_u16(), answered.as_str()), (200, form));
    }
    let headers = [("content-type", "application/x-ndjson"), ("accept", "text/html")];
    let (status, kind, _) = post(Dataset::Em, "", &headers, body());
    assert_eq!((status.as_u16(), kind.as_str()), (406, "application/problem+json"));
}

#[test]
fn a_whole_spell_on_a_line_gives_what_the_single_request_gives() {
    let mut spells: BTreeMap<String, Vec<Json>> = BTreeMap::new();
    for mut row in objects(Dataset::Apc, false) {
        let row = row.as_object_mut().expect("an object");
        let key = [row.remove("procodet"), row.remove("provspno")].map(Option::unwrap_or_default);
        spells.entry(Json::from(key.to_vec()).to_string()).or_default().push(Json::Object(row.clone()));
    }
    let spells: Vec<Json> = spells
        .into_iter()
        .map(|(key, episodes)| {
            let key: Vec<Json> = serde_json::from_str(&key).expect("a key");
            serde_json::json!({"procodet": key[0], "provspno": key[1], "episodes": episodes, "key": {"mine": [1, 2]}})
        })
        .collect();
    let (_, text) = run(&ndjson(Dataset::Apc), lines(&spells).as_bytes());
    let (results, _) = complete(&text);
    for (mut spell, result) in spells.into_iter().zip(results) {
        assert_eq!(result["key"], serde_json::json!({"mine": [1, 2]}), "the key comes back unchanged");
        spell.as_object_mut().expect("an object").remove("key");
        let spell: hrg_grouper::record::RawSpell<'static> = serde_json::from_value(spell).expect("a spell");
        let release = release();
        let single = hrg_grouper::grouper::answer(&spell, &release, hrg_grouper::trace::Explain::None);
        let single = serde_json::to_value(single).expect("JSON");
        assert_eq!((&result["spell"], &result["episodes"]), (&single["spell"], &single["episodes"]));
    }
}

#[test]
fn a_trace_comes_where_one_is_asked_for_and_once_a_spell() {
    let headers = [("content-type", "text/csv"), ("accept", "application/x-ndjson")];
    let (status, _, body) = post(Dataset::Apc, "&explain=summary", &headers, csv(Dataset::Apc).into_bytes());
    assert_eq!(status, 200);
    let (lines, _) = complete(std::str::from_utf8(&body).expect("text"));
    let spells: std::collections::BTreeSet<String> =
        csv(Dataset::Apc).lines().skip(1).map(|line| line.split(',').take(2).collect::<Vec<_>>().join(",")).collect();
    assert_eq!(lines.iter().filter(|line| line["trace"]["steps"].is_array()).count(), spells.len());
    let (status, ..) = post(Dataset::Apc, "&explain=summary", &[("content-type", "text/csv")], b"x".to_vec());
    assert_eq!(status, 422, "rows of CSV hold no trace");
}

#[test]
fn a_definition_may_be_named_where_the_service_knows_it() {
    use hrg_grouper::http::{App, router};
    use tower::ServiceExt;
    let rdf = hrg_grouper::files::Rdf::parse(&definition(Dataset::Nac), false).expect("a definition");
    let releases = hrg_grouper::bundle::Releases::from([("2024-25.payment".to_owned(), release())]);
    let app = App::new(hrg_grouper::bundle::Shelf::new(releases)).with_definitions([("pas".to_owned(), rdf)].into());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let status = |name: &str| {
        let request = axum::http::Request::post(format!(
            "/v1/group/nac/batch?reference=2024-25.payment&header=true&definition={name}"
        ));
        let request = request
            .header("content-type", "text/csv")
            .body(axum::body::Body::from(csv(Dataset::Nac)))
            .expect("a request");
        runtime.block_on(router(app.clone()).oneshot(request)).expect("an answer").status().as_u16()
    };
    assert_eq!((status("pas"), status("other")), (200, 422));
}
