//! Bad lines among good ones are rejected alone; bad streams end without a summary.

use crate::belt::*;
use hrg_grouper::batch::{BatchError, Form, InputForm, OnError, Options};
use hrg_grouper::reference::Dataset;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::io::{self, Read};

const CANARY: &str = "k9canary7f3e";

/// A bad line between two good ones: the code that it is rejected with.
#[track_caller]
fn code_of(options: &Options, good: &str, bad: &[u8], header: &str) -> String {
    let mut body = header.as_bytes().to_vec();
    for line in [good.as_bytes(), bad, good.as_bytes()] {
        body.extend_from_slice(line);
        body.push(b'\n');
    }
    let (result, text) = run(options, body.as_slice());
    result.expect("a summary");
    assert!(!text.contains(CANARY), "{text}");
    let (results, _) = complete(&text);
    let statuses: Vec<&str> = results.iter().filter_map(|result| result["status"].as_str()).collect();
    assert_eq!(statuses, ["grouped", "rejected", "grouped"], "{text}");
    let lines: Vec<u64> = results.iter().filter_map(|result| result["line"].as_u64()).collect();
    let first = if header.is_empty() { 1 } else { 2 };
    assert_eq!(lines, [first, first + 1, first + 2]);
    results[1]["errors"][0]["code"].as_str().expect("a code").to_owned()
}

#[test]
fn a_bad_line_of_json_is_rejected_with_its_code_and_the_others_are_grouped() {
    let good = objects(Dataset::Em, true)[0].to_string();
    let long = format!("{{\"age\":\"{}\"}}", "1".repeat(2_000_000));
    let canary = json!({ CANARY: 1, "AGE": "30" }).to_string();
    for (bad, code) in [
        (b"{\"age\":".as_slice(), "malformed-json"),
        (b"{\"age\":\"30\"} {}", "malformed-json"),
        (b"nonsense", "malformed-json"),
        (b"5", "wrong-type"),
        (b"[\"30\"]", "wrong-type"),
        (b"{\"age\":1.5}", "wrong-type"),
        (b"{\"age\":\"1\",\"age\":\"2\"}", "duplicate-field"),
        (canary.as_bytes(), "unknown-field"),
        (b"{\"INV_01\":\"06\"}", "unknown-field"),
        (long.as_bytes(), "line-too-long"),
        (b"{\"age\":\"\xff\"}", "invalid-utf8"),
        (b"{\"age\":\"\0\"}", "nul-byte"),
    ] {
        assert_eq!(code_of(&ndjson(Dataset::Em), &good, bad, ""), code, "{:?}", bad.get(..20));
    }
    let many = json!({"inv": vec!["06"; 100]}).to_string();
    assert_eq!(code_of(&ndjson(Dataset::Em), &good, many.as_bytes(), ""), "too-many");
}

#[test]
fn a_bad_line_of_admitted_patient_care_is_rejected_with_its_code() {
    let mut row = objects(Dataset::Apc, true)[5].clone();
    let good = json!({"procodet": "ZZ9", "provspno": "x", "episodes": [row_without_spell(&mut row)]}).to_string();
    for (bad, code) in [
        ("{}", "missing-field"),
        ("{\"procodet\":\"ZZ9\"}", "missing-field"),
        ("{\"provspno\":[]}", "wrong-type"),
        ("{\"provspno\":\"1\",\"provspno\":\"2\"}", "duplicate-field"),
        ("{\"episodes\":[]}", "too-few"),
        ("{\"episodes\":[{\"sex\":1.5}]}", "wrong-type"),
        ("{\"episodes\":{}}", "wrong-type"),
        ("{\"provspno\":\"1\",\"DIAG_01\":\"J189\"}", "unknown-field"),
    ] {
        assert_eq!(code_of(&ndjson(Dataset::Apc), &good, bad.as_bytes(), ""), code, "{bad}");
    }
}

fn row_without_spell(row: &mut Json) -> Json {
    let mut row = row.as_object().expect("an object").clone();
    for name in ["procodet", "provspno", "LOCAL_KEY"] {
        row.remove(name);
    }
    Json::Object(row)
}

#[test]
fn a_bad_row_of_csv_is_rejected_with_its_code_and_the_others_are_grouped() {
    let text = csv(Dataset::Nrd);
    let header = format!("{}\n", text.lines().next().expect("a header"));
    let good = text.lines().nth(1).expect("a row").to_owned();
    let long = format!("{good}{}", "x".repeat(2_000_000));
    for (bad, code) in [
        (b"01,01".as_slice(), "wrong-columns"),
        (format!("{good},{CANARY}").as_bytes(), "wrong-columns"),
        (b"01,01,03,NEG,NEG,NEG,63,\xff", "invalid-utf8"),
        (b"01,01,03,NEG,NEG,NEG,63,\0", "nul-byte"),
        (long.as_bytes(), "line-too-long"),
    ] {
        assert_eq!(code_of(&with_header(Dataset::Nrd), &good, bad, &header), code);
    }
}

#[test]
fn quotes_of_a_row_keep_its_commas_and_formulas_are_defused() {
    let text = "RENALMOD,RENALSITE,RENALACCESS,HBV,HCV,HIV,AGE,name,sum\r\n01,01,03,NEG,NEG,NEG,63,\"a, b\",=1+1\r\n";
    let (result, ndjson) = run(&with_header(Dataset::Nrd), text.as_bytes());
    assert_eq!(result.expect("a summary").grouped, 1);
    let (results, _) = complete(&ndjson);
    assert_eq!(results[0]["extra"], json!({"name": "a, b", "sum": "=1+1"}));
    let (_, rows) = run(&Options { output: Form::Csv, ..with_header(Dataset::Nrd) }, text.as_bytes());
    assert!(rows.contains(",\"a, b\",'=1+1,"), "{rows}");
}

#[test]
fn columns_that_make_no_records_are_refused_before_anything_is_answered() {
    for (text, words) in [
        ("", "no header"),
        ("RENALMOD,RENALSITE\n01,01\n", "no column: AGE"),
        ("RENALMOD,RENALSITE,RENALACCESS,HBV,HCV,HIV,AGE,AGE\n", "twice"),
    ] {
        let (result, written) = run(&with_header(Dataset::Nrd), text.as_bytes());
        let fault = result.expect_err("refused").to_string();
        assert!(fault.contains(words) && written.is_empty(), "{fault}: {written}");
        let (status, kind, body) = post(Dataset::Nrd, "", &[("content-type", "text/csv")], text.as_bytes().to_vec());
        assert_eq!((status.as_u16(), kind.as_str()), (422, "application/problem+json"));
        assert!(String::from_utf8_lossy(&body).contains("wrong-columns"));
    }
}

/// Gives some bytes, then breaks.
struct Breaking<'b>(&'b [u8]);

impl Read for Breaking<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { self.0.read(buffer) }
    }
}

#[test]
fn a_stream_that_breaks_ends_with_an_error_and_no_summary() {
    let body = lines(&objects(Dataset::Em, true)).repeat(200);
    for (output, last) in [(Form::Ndjson, "{\"error\":"), (Form::Json, "],\"error\":"), (Form::Csv, ",error,")] {
        let (result, text) = run(&Options { output, ..ndjson(Dataset::Em) }, Breaking(body.as_bytes()));
        assert!(matches!(result, Err(BatchError::Input(_))), "{result:?}");
        assert!(!text.contains("summary") && text.contains(last), "{}", text.get(text.len() - 200..).unwrap_or(&text));
        assert!(text.contains("input-unreadable"));
    }
}

#[test]
fn a_cut_off_package_is_never_complete_wherever_it_is_cut() {
    let body = lines(&objects(Dataset::Em, true)).repeat(300).into_bytes();
    for (packing, packed) in [("gzip", gzip(&body)), ("zstd", zstd(&body))] {
        for cut in [0, 1, 5, packed.len() / 2, packed.len() - 1] {
            let headers = [("content-type", "application/x-ndjson"), ("content-encoding", packing)];
            let (status, _, answer) = post(Dataset::Em, "", &headers, packed[..cut].to_vec());
            let text = String::from_utf8_lossy(&answer);
            assert!(!text.contains("\"summary\""), "{packing} cut at {cut}: {status}");
            assert!(text.contains("input-unreadable"), "{packing} cut at {cut}: {status} {text}");
        }
    }
    let headers = [("content-type", "application/x-ndjson"), ("content-encoding", "br")];
    assert_eq!(post(Dataset::Em, "", &headers, body).0, 415);
}

#[test]
fn an_array_that_is_none_or_not_whole_is_refused() {
    let options = Options::new(Dataset::Em, InputForm::Json, Form::Ndjson);
    for text in ["", "{}", "5", "[", "[{}", "[{},", "[{},]", "[,{}]", "[{}]x", "[{}][{}]"] {
        let (result, written) = run(&options, text.as_bytes());
        assert!(matches!(result, Err(BatchError::Malformed(_))), "{text}: {result:?}");
        assert!(!written.contains("summary"), "{text}: {written}");
    }
    for (text, records) in [("[]", 0), (" [ ] \n", 0), ("[{},5,\"a,]\\\"[\",null,[{}]]", 5)] {
        let (result, written) = run(&options, text.as_bytes());
        assert_eq!(result.expect("a summary").read, records, "{text}");
        complete(&written);
    }
}

#[test]
fn no_lines_are_a_complete_stream_of_none() {
    for text in ["", "\n", "\r\n\n  \n"] {
        let (result, written) = run(&ndjson(Dataset::Em), text.as_bytes());
        assert_eq!(result.expect("a summary").read, 0);
        complete(&written);
    }
    let (_, written) = run(&Options { output: Form::Json, ..ndjson(Dataset::Em) }, &b""[..]);
    let json: Json = serde_json::from_str(&written).expect("JSON");
    assert_eq!(json["results"], json!([]));
}

#[test]
fn nothing_of_a_patient_is_in_an_error() {
    let mut row = objects(Dataset::Em, true)[0].clone();
    row["LOCAL_KEY"] = json!(CANARY);
    let body = format!("{row}\n{CANARY}\n").repeat(3);
    let (result, text) = run(&ndjson(Dataset::Em), Breaking(body.as_bytes()));
    let fault = result.expect_err("it breaks");
    assert!(!format!("{fault} {fault:?}").contains(CANARY));
    for line in text.lines().filter(|line| line.contains("rejected") || line.contains("\"error\"")) {
        assert!(!line.contains(CANARY), "{line}");
    }
}

fn garbage() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"{".to_vec()),
        Just(b"}".to_vec()),
        Just(b"[".to_vec()),
        Just(b"]".to_vec()),
        Just(b"\"".to_vec()),
        Just(b"\\".to_vec()),
        Just(b",".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"\"episodes\":".to_vec()),
        Just(b"{\"provspno\":\"1\",\"procodet\":\"\"}\n".to_vec()),
        Just(b"PROCODET,CCLocalID,AGE\n".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..20),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn garbage_never_breaks_the_service(
        body in garbage(),
        dataset in 0..7_usize,
        kind in prop::sample::select(vec!["application/x-ndjson", "text/csv", "application/json"]),
        accept in prop::sample::select(vec!["application/x-ndjson", "text/csv", "application/json"]),
        packing in prop::sample::select(vec!["identity", "gzip", "zstd"]),
        order in prop::sample::select(vec!["input", "sort"]),
        packed in any::<bool>(),
    ) {
        let body = match packing {
            "gzip" if packed => gzip(&body),
            "zstd" if packed => zstd(&body),
            _ => body,
        };
        let headers = [("content-type", kind), ("accept", accept), ("content-encoding", packing)];
        let (status, _, answer) = post(Dataset::ALL[dataset], &format!("&order={order}"), &headers, body);
        prop_assert!(status.as_u16() < 500, "{status}");
        prop_assert!(std::str::from_utf8(&answer).is_ok());
        if status == 200 {
            let text = String::from_utf8_lossy(&answer);
            prop_assert!(text.contains("summary") != text.contains("error\":{\"code") || text.contains(",error,"), "{text}");
        }
    }
}

#[test]
fn a_batch_that_is_to_stop_ends_after_its_first_rejected_record() {
    let good = objects(Dataset::Em, true)[0].to_string();
    for good_ones in [0, 1, 5_000] {
        let body =
            format!("{}nonsense\n{}", format!("{good}\n").repeat(good_ones), format!("{good}\nmore\n").repeat(500));
        let options = Options { on_error: OnError::Stop, ..ndjson(Dataset::Em) };
        let (result, text) = run(&options, body.as_bytes());
        let line = good_ones as u64 + 1;
        assert!(matches!(result, Err(BatchError::Rejected(of)) if of == line), "{result:?}");
        let lines: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).expect("a line")).collect();
        assert_eq!(lines.len(), good_ones + 2);
        assert!(lines[..good_ones].iter().all(|result| result["status"] == "grouped"));
        assert_eq!((&lines[good_ones]["line"], &lines[good_ones]["status"]), (&json!(line), &json!("rejected")));
        assert_eq!(lines[good_ones + 1]["error"]["code"], "record-rejected");
    }
    let (result, text) = run(&Options { on_error: OnError::Stop, ..ndjson(Dataset::Em) }, good.as_bytes());
    assert_eq!((result.expect("nothing is wrong").grouped, complete(&text).0.len()), (1, 1));
}

#[test]
fn the_service_stops_at_a_rejected_record_where_it_is_asked_to() {
    let body = b"{\"age\":\"30\"}\nnonsense\n{\"age\":\"30\"}\n";
    let lines = [("content-type", "application/x-ndjson")];
    let array = [("content-type", "application/json")];
    let answer = |query: &str, headers: &[(&str, &str)], body: &[u8]| {
        let (status, _, answer) = post(Dataset::Em, query, headers, body.to_vec());
        (status.as_u16(), String::from_utf8(answer).expect("text"))
    };
    for query in ["", "&onError=continue"] {
        let (status, text) = answer(query, &lines, body);
        assert!(status == 200 && text.contains("\"summary\"") && text.contains("\"line\":3"), "{text}");
    }
    for (headers, body) in [(lines, &body[..]), (array, br#"[{"age":"30"},{"age":[]},{"age":"30"}]"#)] {
        let (status, text) = answer("&onError=stop", &headers, body);
        assert!(status == 200 && text.contains("\"record-rejected\"") && text.contains("\"line\":2"), "{text}");
        assert!(!text.contains("\"summary\"") && !text.contains("\"line\":3"), "{text}");
    }
    assert_eq!(answer("&onError=perhaps", &lines, body).0, 422);
}
