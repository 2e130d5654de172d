//! The other side of each ratio: loops that parse a line into a record and serialise a result of the belt's size, and do
//! nothing else.

use crate::Counted;
use crate::lines::Lines;
use csv::{ByteRecord, ReaderBuilder, StringRecord, WriterBuilder};
use serde::{Deserialize, Serialize};
use std::hint::black_box;
use std::io::Write;

/// Bytes that are written at once.
const PIECE: usize = 64 * 1024;

macro_rules! record {
    ($(#[$about:meta])* $name:ident $text:ty $(, $lifetime:lifetime)?) => {
        $(#[$about])*
        #[derive(Default, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        #[allow(dead_code, reason = "parsing is all that happens to it")]
        struct $name$(<$lifetime>)? {
            $(#[serde(skip)] _lent: std::marker::PhantomData<&$lifetime ()>,)?
            procodet: $text,
            provspno: $text,
            epiorder: $text,
            startage: $text,
            sex: $text,
            classpat: $text,
            admisorc: $text,
            admimeth: $text,
            disdest: $text,
            dismeth: $text,
            epidur: $text,
            mainspef: $text,
            neocare: $text,
            tretspef: $text,
            diag: Vec<$text>,
            oper: Vec<$text>,
            criticalcaredays: $text,
            rehabilitationdays: $text,
            spcdays: $text,
        }
    };
}

record! {
    /// As most programs would have it.
    Owned String
}
record! {
    /// As cheap as serde makes it; a line with an escape would be refused.
    Lent &'l str, 'l
}

/// A result; the label is as long as the belt's results want it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Result<'a> {
    line: u64,
    status: &'static str,
    spell: Part<'a>,
    episode: Part<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Part<'a> {
    hrg: &'a str,
    label: &'a str,
    grouping_method: &'static str,
    dominant_procedure: Option<&'a str>,
    primary_diagnosis: Option<&'a str>,
    episode_count: usize,
    length_of_stay: u32,
    critical_care_days: u32,
    programme_budgeting_category: Option<&'a str>,
    unbundled: &'a [u8],
    messages: &'a [u8],
}

fn result(line: u64, label: &str) -> Result<'_> {
    let part = |label| Part {
        hrg: "HT12A",
        label,
        grouping_method: "P",
        dominant_procedure: Some("W461"),
        primary_diagnosis: Some("S7200"),
        episode_count: 1,
        length_of_stay: 17,
        critical_care_days: 0,
        programme_budgeting_category: Some("16A"),
        unbundled: &[],
        messages: &[],
    };
    let (one, other) = label.split_at(label.len() / 2);
    Result { line, status: "grouped", spell: part(one), episode: part(other) }
}

/// A label that makes a result so long.
fn label(size: usize) -> String {
    let without = serde_json::to_vec(&result(100_000, "")).expect("written").len() + 1;
    "x".repeat(size.saturating_sub(without))
}

/// Serialises a result for each line.
fn objects<'l, T: Deserialize<'l>>(lines: &'l str, out: &mut Vec<u8>, size: usize) {
    let label = label(size);
    let mut written = Counted::default();
    for (line, number) in lines.lines().zip(1..) {
        black_box(serde_json::from_slice::<T>(line.as_bytes()).expect("an episode"));
        serde_json::to_writer(&mut *out, &result(number, &label)).expect("written");
        out.push(b'\n');
        if out.len() > PIECE {
            written.write_all(out).expect("counted");
            out.clear();
        }
    }
    black_box(written.0);
}

pub fn owned(lines: &str, out: &mut Vec<u8>, size: usize) {
    objects::<Owned>(lines, out, size);
}

pub fn lent(lines: &str, out: &mut Vec<u8>, size: usize) {
    objects::<Lent<'_>>(lines, out, size);
}

/// A row as a record, in the order of its columns, as most programs would have it.
#[derive(Deserialize)]
#[allow(dead_code, reason = "parsing is all that happens to it")]
struct OwnedRow {
    before: [String; 14],
    diag: [String; DIAGNOSES],
    oper: [String; PROCEDURES],
    after: [String; 3],
}

/// As cheap as serde makes it.
#[derive(Deserialize)]
#[allow(dead_code, reason = "parsing is all that happens to it")]
struct LentRow<'l> {
    #[serde(borrow)]
    before: [&'l str; 14],
    #[serde(borrow)]
    diag: [&'l str; DIAGNOSES],
    #[serde(borrow)]
    oper: [&'l str; PROCEDURES],
    #[serde(borrow)]
    after: [&'l str; 3],
}

const DIAGNOSES: usize = 14;
const PROCEDURES: usize = 12;

/// The values of a result of admitted patient care, in the order of its columns; the last is as long as it must be.
type Cells<'c> = (u64, [&'c str; 6], u32, [&'c str; 6], [u32; 3], [&'c str; 5]);

fn cells(line: u64, rest: &str) -> Cells<'_> {
    let spell = ["1", "HT12A", "P", "W461", "S7200", ""];
    (line, ["grouped", "HT12A", "P", "W461", "16A", ""], 17, spell, [1, 17, 0], ["16A", "", "", "", rest])
}

/// Reads the rows with `read`, and serialises a result for each.
fn rows(lines: &str, size: usize, read: impl Fn(&StringRecord)) {
    let mut reader = ReaderBuilder::new().has_headers(false).from_reader(lines.as_bytes());
    let writer = |to| WriterBuilder::new().has_headers(false).buffer_capacity(PIECE).from_writer(to);
    let mut short = writer(Counted::default());
    short.serialize(cells(100_000, "")).expect("written");
    let short = usize::try_from(short.into_inner().expect("flushed").0).expect("a line");
    let rest = "x".repeat(size.saturating_sub(short));
    let (mut writer, mut row) = (writer(Counted::default()), StringRecord::new());
    let mut number = 0;
    while reader.read_record(&mut row).expect("a row") {
        number += 1;
        read(&row);
        writer.serialize(cells(number, &rest)).expect("written");
    }
    black_box(writer.into_inner().expect("flushed").0);
}

pub fn csv_owned(lines: &str, _: &mut Vec<u8>, size: usize) {
    rows(lines, size, |row| _ = black_box(row.deserialize::<OwnedRow>(None).expect("an episode")));
}

pub fn csv_lent(lines: &str, _: &mut Vec<u8>, size: usize) {
    rows(lines, size, |row| _ = black_box(row.deserialize::<LentRow<'_>>(None).expect("an episode")));
}

/// Finds where the values of each row begin and end, and writes a row made beforehand: the least that CSV costs.
pub fn csv_bytes(lines: &str, _: &mut Vec<u8>, size: usize) {
    let mut reader = ReaderBuilder::new().has_headers(false).from_reader(lines.as_bytes());
    let mut writer = WriterBuilder::new().buffer_capacity(PIECE).from_writer(Counted::default());
    let values = ["100000", "grouped", "HT12A", "P", "W461", "16A", "17", "1"];
    let mut result: Vec<&str> = values.into_iter().chain(["HT12A", "P", "W461", "S7200", "", "1", "17", "0"]).collect();
    let length: usize = result.iter().map(|value| value.len()).sum();
    let rest = "x".repeat(size.saturating_sub(length + COLUMNS));
    result.push(&rest);
    result.resize(COLUMNS, "");
    let (mut row, result) = (ByteRecord::new(), ByteRecord::from(result));
    while reader.read_byte_record(&mut row).expect("a row") {
        black_box(&row);
        writer.write_byte_record(black_box(&result)).expect("written");
    }
    black_box(writer.into_inner().expect("flushed").0);
}

/// Columns of a result of admitted patient care: line, status, eighteen of the grouping, warnings and errors.
const COLUMNS: usize = 22;

/// A loop over all lines, in as many parts as threads.
pub fn run(lines: &Lines, threads: usize, size: usize, of: fn(&str, &mut Vec<u8>, usize)) {
    std::thread::scope(|scope| {
        for part in lines.parts(threads) {
            scope.spawn(move || of(part, &mut Vec::with_capacity(2 * PIECE), size));
        }
    });
}
