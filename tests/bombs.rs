//! Small requests that would become large: each is refused soon, and in memory that its limit bounds.
//!
//! The times are of processors, so that a busy machine does not matter. They are bounds of kind, not of speed: what fails
//! here takes minutes or gigabytes.
#![cfg(target_os = "linux")]

#[path = "bombs/sent.rs"]
mod sent;
mod support;
#[path = "bombs/trial.rs"]
mod trial;

use std::iter::repeat_n;
use support::TOY;
use support::archives::{gzip, gzip_bomb};
use trial::{MIB, Trial, around, batch, bytes, keys, kind_of, packed, zstd_bomb};

/// Bytes of a single request's body, of a batch that is read whole, and of the lines that a stream holds at once.
const SINGLE: u64 = MIB / 4;
const WHOLE: u64 = 16 * MIB;
const STREAM: u64 = 16 * MIB;

const RENAL: &str = "RENALMOD,RENALSITE,RENALACCESS,HBV,HCV,HIV,AGE";
const CARE: &str = "PROCODET,PROVSPNO,EPIORDER,STARTAGE,SEX,CLASSPAT,ADMISORC,ADMIMETH,DISDEST,DISMETH,EPIDUR,MAINSPEF,NEOCARE,TRETSPEF,DIAG_01";

/// So many, or in the debug profile, in which every byte takes twenty times as long, an eighth of them: all of them are bounds of
/// what is refused for being many, and as many are sent.
fn share(number: usize) -> usize {
    if cfg!(debug_assertions) { number / 8 } else { number }
}

#[test]
fn one_record() {
    let mut trial = Trial::begin();
    let json = kind_of("application/json");
    let spell = |inner: &str| format!("{{\"reference\":\"{TOY}\",\"spell\":{{\"episodes\":[{inner}");
    let mut send = |name, pieces, expected| trial.send(name, ("/v1/group/apc", &json), pieces, SINGLE, expected);
    send("an object of a million keys", bytes(keys(1_000_000)), (413, "too-large"));
    send("as many keys as the body may hold", bytes(keys(20_000)), (422, "unknown-field"));
    send("ten thousand lists in one another", around("", "[", 10_000, ""), (422, "wrong-type"));
    send("ten thousand objects in one another", around("", "{\"spell\":", 10_000, ""), (422, "unknown-field"));
    send("lists in a field that is not known", around("{\"x\":", "[", 10_000, ""), (422, "unknown-field"));
    send("a number of 200,000 digits", around(&spell("{\"startage\":"), "9", 200_000, "}]}}"), (400, "malformed-json"));
    send("a number with a huge exponent", bytes(spell("{\"startage\":1e999999999}]}}")), (400, "malformed-json"));
    let fraction = around(&spell("{\"startage\":0."), "1", 200_000, "}]}}");
    send("a fraction of 200,000 digits", fraction, (422, "wrong-type"));
    send("80,000 episodes", around(&spell("{}"), ",{}", 80_000, "]}}"), (422, "too-many"));
    send("100,000 diagnoses", around(&spell("{\"diag\":[1"), ",1", 100_000, "]}]}}"), (422, "too-many"));
    let escaped = around(&spell("{\"diag\":[1.5,1"), ",1", 100_000, "]}]}}");
    send("100,000 diagnoses after one that is none", escaped, (422, "wrong-type"));
    send("an endless body", around("{\"reference\":\"", "x", 1 << 30, ""), (413, "too-large"));
    let compared = around("{\"references\":[\"\"", ",\"\"", 60_000, "],\"spell\":{\"episodes\":[{}]}}");
    trial.send("60,000 releases to compare", ("/v1/compare", &json), compared, SINGLE, (422, "too-many"));
    let days = around(&format!("{{\"reference\":\"{TOY}\",\"days\":[{{}}"), ",{}", 80_000, "]}");
    trial.send("80,000 days", ("/v1/group/ncc", &json), days, SINGLE, (422, "too-many"));
    for dataset in ["nac", "em", "nrd", "acc", "pcc", "ncc"] {
        let path = format!("/v1/group/{dataset}");
        let field = if dataset.ends_with("cc") && dataset != "acc" { "days" } else { "record" };
        let mut send = |name: &str, pieces, expected| {
            trial.send(&format!("{name}, {dataset}"), (&path, &json), pieces, SINGLE, expected);
        };
        send("a million keys", bytes(keys(1_000_000)), (413, "too-large"));
        let record = format!("{{\"reference\":\"{TOY}\",\"{field}\":");
        let crowd = format!("{record}{}}}", keys(18_000));
        let refused = if field == "days" { "wrong-type" } else { "unknown-field" };
        send("a record of as many keys as fit", bytes(crowd), (422, refused));
        send("ten thousand lists in one another", around(&record, "[", 10_000, ""), (422, "wrong-type"));
        send("an endless body", around(&record, "x", 1 << 30, ""), (413, "too-large"));
    }
    trial.end();
}

#[test]
fn a_batch_that_is_read_whole() {
    let mut trial = Trial::begin();
    let (json, apc, em) = (kind_of("application/json"), batch("apc"), batch("em"));
    let mut send = |name: &str, pieces, expected| trial.send(name, (&apc, &json), pieces, WHOLE, expected);
    send("a million numbers", around("[1", ",1", 1_000_000, "]"), (413, "too-large"));
    send("as many numbers as the body may hold", around("[1", ",1", share(8_000_000), "]"), (413, "too-large"));
    send("an object of a million keys", bytes(keys(1_000_000)), (422, "wrong-type"));
    send("a spell of a million keys", bytes(format!("[{}]", keys(1_000_000))), (200, "line-too-long"));
    send("a spell of as many keys as it may hold", bytes(format!("[{}]", keys(80_000))), (200, "unknown-field"));
    for (times, code) in [(share(7_900_000), "line-too-long"), (500_000, "too-many")] {
        let diagnoses = around("[{\"episodes\":[{\"diag\":[1", ",1", times, "]}]}]");
        send(&format!("a spell of {times} diagnoses"), diagnoses, (200, code));
    }
    for (times, code) in [(share(5_000_000), "line-too-long"), (300_000, "too-many")] {
        let episodes = around("[{\"episodes\":[{}", ",{}", times, "]}]");
        send(&format!("a spell of {times} episodes"), episodes, (200, code));
    }
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    send("ten thousand lists in one another", bytes(deep), (200, "wrong-type"));
    send("lists that are not closed", around("", "[", share(10_000_000), ""), (400, "malformed-json"));
    send("an endless body", around("[\"", "x", 1 << 30, ""), (413, "too-large"));
    let investigations = around("[{\"inv\":[1", ",1", 500_000, "]}]");
    trial.send("500,000 investigations", (&em, &json), investigations, WHOLE, (200, "too-many"));
    for (packing, bomb) in [("gzip", gzip_bomb(b"[\"", 2048)), ("zstd", zstd_bomb())] {
        let (name, headers) = (format!("2 GiB of zeros in {packing}"), packed("application/json", packing));
        trial.send(&name, (&apc, &headers), bytes(bomb), WHOLE, (413, "too-large"));
    }
    trial.end();
}

#[test]
fn a_stream_of_packed_bytes() {
    let mut trial = Trial::begin();
    let apc = batch("apc");
    for kind in ["application/x-ndjson", "text/csv"] {
        // A first line that ends nowhere is the header of a table.
        let refused = if kind == "text/csv" { (422, "wrong-columns") } else { (413, "too-large") };
        let mut send = |name: &str, headers: &str, pieces, expected| {
            trial.send(&format!("{name}, {kind}"), (&apc, headers), pieces, STREAM, expected);
        };
        send("an endless line", &kind_of(kind), around("", "x", 1 << 30, ""), refused);
        send("2 GiB of zeros in gzip", &packed(kind, "gzip"), bytes(gzip_bomb(b"", 2048)), refused);
        send("2 GiB of zeros in zstd", &packed(kind, "zstd"), bytes(zstd_bomb()), refused);
        let mut skipped = vec![0x50, 0x2a, 0x4d, 0x18, 0, 0, 1, 0];
        skipped.resize(8 + 65_536, 0);
        let barren = (400, "input-unreadable");
        send("zstd frames to be skipped", &packed(kind, "zstd"), Box::new(repeat_n(skipped, 1 << 14)), barren);
        let members = Box::new(repeat_n(gzip(b"").repeat(4096), 1 << 14));
        send("gzip members without anything in them", &packed(kind, "gzip"), members, barren);
    }
    trial.end();
}

#[test]
fn a_stream_of_lines() {
    let mut trial = Trial::begin();
    let (lines, em) = (kind_of("application/x-ndjson"), batch("em"));
    let mut send = |name, pieces, expected| trial.send(name, (&em, &lines), pieces, STREAM, expected);
    let deep = format!("{{\"own\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    send("a field of the caller's own of 10,000 lists", bytes(deep), (200, "malformed-json"));
    send("a line of 10,000 lists", around("", "[", 10_000, "\n"), (200, "wrong-type"));
    send("a million keys on a line", bytes(keys(1_000_000)), (413, "too-large"));
    send("as many keys as a line may hold", bytes(keys(80_000)), (200, "none"));
    let (rows, nrd) = (kind_of("text/csv"), batch("nrd"));
    let mut send = |name, pieces, expected| trial.send(name, (&nrd, &rows), pieces, STREAM, expected);
    let names: String = (0..150_000).map(|name| format!(",n{name}")).collect();
    send("a header of 150,000 names", bytes(format!("{RENAL}{names}\n")), (422, "wrong-columns"));
    send("an endless row", around(&format!("{RENAL}\n"), "x", 1 << 30, ""), (413, "too-large"));
    send("an endless quoted value", around(&format!("{RENAL}\n\""), "x", 1 << 30, ""), (413, "too-large"));
    let wide = around(&format!("{RENAL}\n"), ",", 1_000_000, "\n");
    send("a row of as many values as a line may hold", wide, (200, "none"));
    trial.end();
}

#[test]
fn a_file_to_check() {
    let mut trial = Trial::begin();
    let nrd = format!("/v1/check/nrd?reference={TOY}&header=true");
    let (csv, json) = (kind_of("text/csv"), kind_of("application/json"));
    let mut send = |name, pieces, expected| trial.send(name, (&nrd, &csv), pieces, WHOLE, expected);
    let names: String = (0..1_000_000).map(|name| format!(",n{name}")).collect();
    send("a header of a million names", bytes(format!("{RENAL}{names}\n1\n")), (413, "too-large"));
    send("rows of one value", around(&format!("{RENAL}\n"), "1\n", 8_000_000, ""), (413, "too-large"));
    send("a row of eight million values", around(&format!("{RENAL}\n"), ",", 8_000_000, "\n"), (413, "too-large"));
    let wide = format!("{RENAL}\n{}\n", ",".repeat(9_000));
    send("a wide row and many short ones", around(&wide, "1\n", share(200_000), ""), (200, "field-always-fails"));
    let long = format!("{RENAL}\n{}\n", "x".repeat(4 << 20));
    send("a long row and many short ones", around(&long, "1\n", share(200_000), ""), (200, "field-always-fails"));
    let fields: String = (0..600_000).map(|line| format!("F{line},t,1,,,,\\n")).collect();
    let body = format!("{{\"definition\":\"COMMA DELIMITED\\n{fields}\",\"data\":\"1\"}}");
    trial.send("a definition of 600,000 fields", (&nrd, &json), bytes(body), WHOLE, (422, "bad-definition"));
    trial.send("an object of a million keys", (&nrd, &json), bytes(keys(1_000_000)), WHOLE, (422, "unknown-field"));
    let apc = format!("/v1/check/apc?reference={TOY}&header=true");
    let rows: String = (0..share(25_000)).map(|row| format!("P,S,{row}\n")).collect();
    let spell = bytes(format!("{CARE}\n{rows}"));
    // A spell is grouped whole, however large: two kilobytes an episode.
    trial.send("a spell of as many episodes as rows", (&apc, &csv), spell, 50 * MIB, (200, "field-always-fails"));
    trial.end();
}

#[test]
fn a_job() {
    let mut trial = Trial::begin();
    let at = |kind: &str| format!("/v1/jobs?kind={kind}&dataset=apc&reference={TOY}");
    let (csv, lines) = (packed("text/csv", "gzip"), packed("application/x-ndjson", "gzip"));
    let zeros = gzip_bomb(b"", share(2048));
    trial.job("zeros to group, text/csv", (&at("group"), &csv), &zeros, STREAM, "wrong-columns");
    trial.job("zeros to group, application/x-ndjson", (&at("group"), &lines), &zeros, STREAM, "too-large");
    let after = gzip_bomb(format!("{CARE}\n").as_bytes(), share(2048));
    // A file that is looked at is held whole: 128 MiB.
    trial.job("zeros after a header to check", (&at("check"), &csv), &after, 8 * WHOLE, "too-large");
    trial.end();
}

#[test]
fn an_upload_of_an_operator() {
    let mut trial = Trial::begin();
    trial.turn_to_operators();
    let zeros = vec![b'0'; 1 << 20];
    let mut zip = support::archives::zip_with(&hrg_grouper::bundle::Files::new(), |zip| {
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file("tables/hrgs.csv", options).expect("an entry");
        for _ in 0..share(640) {
            std::io::Write::write_all(zip, &zeros).expect("written");
        }
    });
    let path = "/admin/references";
    // A release may have 256 MiB unpacked, and each of its files 64.
    let mut send =
        |name, kind: &str, body, limit, expected| trial.send(name, (path, &kind_of(kind)), body, limit, expected);
    send(
        "a zip archive of zeros",
        "application/zip",
        bytes(std::mem::take(&mut zip)),
        256 * MIB,
        (422, "unpacks-too-large"),
    );
    send(
        "gzip of zeros",
        "application/gzip",
        bytes(gzip_bomb(b"", share(2048))),
        256 * MIB,
        (422, "unpacks-too-large"),
    );
    send("an endless archive", "application/zip", around("", "x", 1 << 30, ""), 256 * MIB, (413, "too-large"));
    trial.end();
}
