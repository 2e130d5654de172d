//! What is refused: each with its code, its sheet and cell, and with nothing written.

use crate::support::folder;
use crate::workbook::{self, Book, Value};
use crate::{import_toy, ready_profile};
use hrg_grouper::import::{Import, Level, Remark};
use hrg_grouper::reference::TableId;
use std::path::{Path, PathBuf};

const BOOK: &str = "toy.xlsx";

/// Imports and checks that the refusal left nothing behind.
fn refused(profile: &str, overrides: Option<&str>, sources: &[PathBuf], place: &Path) -> Import {
    let out = place.join("out");
    let base = workbook::base_without_what_the_workbook_says();
    let import = import_toy(&base, profile, overrides, sources, &out);
    assert!(import.folder.is_none() && import.report.digest.is_none(), "refused: {}", import.report.text());
    assert!(import.report.count(Level::Error) > 0);
    assert!(!out.exists(), "nothing is written");
    import
}

fn has(import: &Import, code: &str, place: &str, words: &str) {
    let fits = |r: &Remark| {
        r.level == Level::Error && r.code == code && r.place.to_string() == place && r.message.contains(words)
    };
    let text = import.report.text();
    assert!(import.report.remarks.iter().any(fits), "no `{code}` at {place} with `{words}` in\n{text}");
}

/// One way to spoil the workbook, and what is said of it: code, place after the file's name, words.
struct Case(&'static str, fn(&mut Book), &'static str, &'static str, &'static str);

fn cell(book: &mut Book, sheet: &str, row: usize, column: usize, value: Value) {
    *book.sheet(sheet).at(row, column) = value;
}

const CASES: [Case; 30] = [
    Case(
        "a number in a code column",
        |b| cell(b, "CC Lists", 3, 2, Value::Number(3.0)),
        "numeric-cell",
        "sheet CC Lists, B3",
        "leading zeros",
    ),
    Case(
        "a number where a name must stand",
        |b| cell(b, "Chapter", 2, 2, Value::Number(7.0)),
        "numeric-cell",
        "sheet Chapter, B2",
        "`label`",
    ),
    Case(
        "an ICD-10 code of wrong shape",
        |b| cell(b, "CC Lists", 3, 2, "C0200X".into()),
        "wrong-shape",
        "sheet CC Lists, B3",
        "`C0200X` is no ICD-10 code",
    ),
    Case(
        "an ICD-10 code that lost its fourth character",
        |b| cell(b, "CC Lists", 3, 2, "C02".into()),
        "wrong-shape",
        "sheet CC Lists, B3",
        "`C02` is no ICD-10 code",
    ),
    Case(
        "an OPCS-4 code in small letters",
        |b| cell(b, "Code To Group", 2, 2, "m06.1".into()),
        "wrong-shape",
        "sheet Code To Group, B2",
        "`m061` is no OPCS-4 code",
    ),
    Case(
        "an HRG of wrong shape",
        |b| cell(b, "HRG", 4, 1, "JB4A".into()),
        "wrong-shape",
        "sheet HRG, A4",
        "`JB4A` is no HRG",
    ),
    Case(
        "a root of wrong shape",
        |b| cell(b, "Code To Group", 2, 6, "TM1".into()),
        "wrong-shape",
        "sheet Code To Group, F2",
        "`TM1` is no HRG root",
    ),
    Case(
        "a score that is no whole number",
        |b| cell(b, "CC Lists", 2, 3, Value::Number(1.5)),
        "wrong-shape",
        "sheet CC Lists, C2",
        "1.5 is no whole number",
    ),
    Case(
        "a hierarchy that is text",
        |b| cell(b, "Code To Group", 2, 4, "six".into()),
        "wrong-shape",
        "sheet Code To Group, D2",
        "`six` is no whole number",
    ),
    Case(
        "a hierarchy that does not exist",
        |b| cell(b, "Code To Group", 2, 4, Value::Number(42.0)),
        "bad-cell",
        "sheet Code To Group, A2",
        "tables/procedures.csv:2",
    ),
    Case(
        "a code that stands twice",
        |b| {
            let row = b.sheet("Code To Group").rows[1].clone();
            b.sheet("Code To Group").rows.push(row);
        },
        "duplicate-key",
        "sheet Code To Group, A36",
        "`M061` of `procedures` stands already in toy.xlsx, sheet Code To Group, A2",
    ),
    Case(
        "an HRG that stands twice with another label",
        |b| {
            let row = vec!["RA10A".into(), "Another label".into(), "Core".into()];
            b.sheet("HRG").rows.push(row);
        },
        "duplicate-key",
        "sheet HRG, A148",
        "`RA10A` of `hrgs` stands already in toy.xlsx, sheet HRG, A",
    ),
    Case(
        "a sheet that is not there",
        |b| b.0.retain(|sheet| sheet.name != "CC Lists"),
        "missing-sheet",
        "",
        "no sheet is named `CC Lists`",
    ),
    Case(
        "two sheets that one map would read",
        |b| {
            let mut twin = b.sheet("HRG").clone();
            twin.name = "HRG4 Labels".to_owned();
            b.0.push(twin);
        },
        "ambiguous-sheet",
        "sheet HRG4 Labels",
        "sheet HRG too",
    ),
    Case(
        "a column that is not there",
        |b| cell(b, "CC Lists", 1, 3, "Points".into()),
        "missing-column",
        "sheet CC Lists, A1",
        "`Score`",
    ),
    Case(
        "a header that stands twice",
        |b| cell(b, "CC Lists", 1, 4, "Code".into()),
        "ambiguous-column",
        "sheet CC Lists, D1",
        "column B has the header `Code` too",
    ),
    Case(
        "a header that is blank",
        |b| cell(b, "CC Lists", 1, 2, Value::Blank),
        "missing-column",
        "sheet CC Lists, A1",
        "`Code`",
    ),
    Case(
        "a header merged over two columns",
        |b| b.sheet("CC Lists").merged = Some((1, 2, 1, 3)),
        "merged-header",
        "sheet CC Lists, B1",
        "merged from here to C1",
    ),
    Case(
        "a header merged over two rows",
        |b| b.sheet("CC Lists").merged = Some((1, 1, 2, 1)),
        "merged-header",
        "sheet CC Lists, A1",
        "merged from here to A2",
    ),
    Case(
        "data merged over two rows",
        |b| b.sheet("CC Lists").merged = Some((2, 1, 3, 1)),
        "merged-cell",
        "sheet CC Lists, A2",
        "merged from here to A3",
    ),
    Case(
        "a formula in a code column",
        |b| cell(b, "CC Lists", 3, 2, Value::Formula("C03.0".to_owned())),
        "formula-cell",
        "sheet CC Lists, B3",
        "formula",
    ),
    Case(
        "a formula where a number stands",
        |b| cell(b, "CC Lists", 3, 3, Value::Formula("3".to_owned())),
        "formula-cell",
        "sheet CC Lists, C3",
        "formula",
    ),
    Case(
        "a date that a program made of a code",
        |b| cell(b, "CC Lists", 3, 2, Value::Date),
        "wrong-cell",
        "sheet CC Lists, B3",
        "date",
    ),
    Case(
        "a word that the profile does not know",
        |b| cell(b, "Code To Group", 2, 7, "UZ99".into()),
        "word-not-understood",
        "sheet Code To Group, G2",
        "what `UZ99` means",
    ),
    Case(
        "a row that no map takes",
        |b| cell(b, "Code To Group", 2, 1, "Read codes".into()),
        "row-not-understood",
        "sheet Code To Group, A2",
        "begins with `Read codes`",
    ),
    Case(
        "a line below the table",
        |b| b.sheet("Chapter").rows.push(vec![Value::Blank, "Source: a toy".into()]),
        "blank-cell",
        "sheet Chapter, A10",
        "the row is not understood: `chapter` of `chapters` is blank",
    ),
    Case("an empty sheet", |b| b.sheet("Chapter").rows.clear(), "no-header", "sheet Chapter", "empty"),
    Case(
        "a label with a condition that the grammar cannot read",
        |b| {
            let row = b.sheet("HRG").row_of(1, "RB10B");
            cell(b, "HRG", row, 2, "Toy disorder B, without CC".into());
        },
        "label-not-understood",
        "sheet HRG, A68",
        "`CC` speaks of a condition",
    ),
    Case(
        "no HRG that is core",
        |b| {
            let sheet = b.sheet("HRG");
            sheet.rows.iter_mut().skip(3).for_each(|row| row[2] = "U".into());
        },
        "no-labels",
        "profile",
        "there are no splits",
    ),
    Case(
        "labels that do not tell two HRGs apart",
        |b| {
            let row = b.sheet("HRG").row_of(1, "RB10B");
            cell(b, "HRG", row, 2, "Toy disorder B, with Complications".into());
        },
        "label-says-too-little",
        "sheet HRG, A67",
        "RB10A (`Toy disorder B`), RB10B (`Toy disorder B, with Complications`) apart",
    ),
];

#[test]
fn every_fault_of_a_workbook_is_refused_with_sheet_and_cell() {
    for Case(name, spoil, code, at, words) in CASES {
        println!("{name}: {code}");
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join(BOOK);
        let mut book = workbook::toy();
        spoil(&mut book);
        book.write(&path);
        let import = refused(&ready_profile(), None, &[path], place.path());
        let place = match at {
            "" => BOOK.to_owned(),
            "profile" => at.to_owned(),
            _ => format!("{BOOK}, {at}"),
        };
        has(&import, code, &place, words);
    }
}

#[test]
fn every_fault_is_said_not_only_the_first() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join(BOOK);
    let mut book = workbook::toy();
    cell(&mut book, "CC Lists", 2, 2, Value::Number(1.0));
    cell(&mut book, "CC Lists", 3, 3, "many".into());
    cell(&mut book, "Chapter", 2, 1, "11".into());
    book.write(&path);
    let import = refused(&ready_profile(), None, &[path], place.path());
    has(&import, "numeric-cell", "toy.xlsx, sheet CC Lists, B2", "");
    has(&import, "wrong-shape", "toy.xlsx, sheet CC Lists, C3", "`many`");
    has(&import, "wrong-shape", "toy.xlsx, sheet Chapter, A2", "`11` is no HRG chapter");
    assert_eq!(import.report.count(Level::Error), 3, "{}", import.report.text());
}

#[test]
fn a_line_that_the_profile_names_is_ignored_and_counted() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join(BOOK);
    let mut book = workbook::toy();
    book.sheet("Chapter").rows.push(vec![Value::Blank, "Source: a toy".into()]);
    book.write(&path);
    let profile = ready_profile().replace(
        "sheets = [\"Chapter\", \"HRG4 Chapter\", \"HRG Chapter\"]",
        "sheets = [\"Chapter\", \"HRG4 Chapter\", \"HRG Chapter\"]\nignore = [\"Source:*\"]",
    );
    let base = workbook::base_without_what_the_workbook_says();
    let import = import_toy(&base, &profile, None, &[path], &place.path().join("out"));
    assert!(import.folder.is_some(), "{}", import.report.text());
    assert!(import.report.text().contains("note ignored-rows toy.xlsx, sheet Chapter: 1 row ignored"));
}

#[test]
fn a_column_with_data_but_no_header_is_told() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join(BOOK);
    let mut book = workbook::toy();
    cell(&mut book, "CC Lists", 3, 5, "a remark".into());
    book.write(&path);
    let base = workbook::base_without_what_the_workbook_says();
    let import = import_toy(&base, &ready_profile(), None, &[path], &place.path().join("out"));
    assert!(import.folder.is_some());
    assert!(import.report.text().contains("warning blank-header toy.xlsx, sheet CC Lists, E1:"));
}

#[test]
fn cells_of_an_old_workbook_that_no_code_may_be_read_from_are_refused() {
    let place = tempfile::tempdir().expect("a folder");
    let import = refused(&ready_profile(), None, &[folder("tests/import/faulty.xls")], place.path());
    for (at, code, words) in [
        ("B2", "numeric-cell", "leading zeros"),
        ("B3", "formula-cell", "formula"),
        ("B4", "error-cell", "#N/A"),
        ("B5", "wrong-cell", "truth value"),
        ("B6", "wrong-cell", "date"),
    ] {
        has(&import, code, &format!("faulty.xls, sheet CC Lists, {at}"), words);
    }
}

/// The 16-bit text of a directory entry of a compound file.
fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|window| window == from).expect("it is there");
    let mut bytes = bytes.to_vec();
    bytes[at..at + to.len()].copy_from_slice(to);
    bytes
}

#[test]
fn a_file_that_is_no_workbook_is_refused() {
    let old = std::fs::read(folder("tests/import/toy.xls")).expect("the fixture is readable");
    let place = tempfile::tempdir().expect("a folder");
    let whole = place.path().join("whole.xlsx");
    workbook::toy().write(&whole);
    let today = std::fs::read(&whole).expect("the workbook is readable");
    // An encrypted workbook of today is a compound file that holds `EncryptedPackage`; one of old has a FILEPASS record.
    let mut entry = wide("EncryptedPackage");
    entry.resize(64, 0);
    entry.extend(34u16.to_le_bytes());
    let encrypted = replaced(&old, &wide("Workbook"), &entry);
    let protected = replaced(&old, &[0x5C, 0x00, 0x70, 0x00], &[0x2F, 0x00, 0x70, 0x00]);
    let cases: [(&str, Vec<u8>, &str, &str); 12] = [
        ("encrypted.xlsx", encrypted, "protected-file", "password"),
        ("protected.xls", protected, "protected-file", "password"),
        ("garbage.xlsx", b"no workbook at all".to_vec(), "unreadable-file", "no .xlsx workbook"),
        ("garbage.xls", b"no workbook at all".to_vec(), "unreadable-file", "no .xls workbook"),
        ("empty.xlsx", Vec::new(), "unreadable-file", "no .xlsx workbook"),
        ("cut.xlsx", today[..today.len() / 2].to_vec(), "unreadable-file", "no .xlsx workbook"),
        ("cut.xls", old[..old.len() / 2].to_vec(), "unreadable-file", "no .xls workbook"),
        ("old-as-new.xlsx", old.clone(), "unreadable-file", "no .xlsx workbook"),
        ("new-as-old.xls", today.clone(), "unreadable-file", "no .xls workbook"),
        ("latin.csv", b"HRG Chapter,HRG Chapter Description\nA,caf\xE9\n".to_vec(), "unreadable-file", "not UTF-8"),
        ("binary.csv", b"a,b\n\0,1\n".to_vec(), "unreadable-file", "not text"),
        ("notes.docx", b"a letter".to_vec(), "unknown-file-kind", ".xlsx, .xlsm, .xls or .csv"),
    ];
    for (name, bytes, code, words) in cases {
        println!("{name}: {code}");
        let path = place.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        has(&refused(&ready_profile(), None, &[path], place.path()), code, name, words);
    }
    let missing = place.path().join("missing.xlsx");
    has(
        &refused(&ready_profile(), None, &[missing], place.path()),
        "unreadable-file",
        "missing.xlsx",
        "cannot be read",
    );
}

#[test]
fn a_row_of_a_csv_file_that_is_longer_or_shorter_than_its_header_is_refused() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("Chapter.csv");
    for (row, words) in [("C,Ear, Nose", "3 fields, the first row 2"), ("C", "1 field, the first row 2")] {
        std::fs::write(&path, format!("HRG Chapter,HRG Chapter Description\n{row}\n")).expect("written");
        let import = refused(&ready_profile(), None, std::slice::from_ref(&path), place.path());
        has(&import, "row-length", "Chapter.csv, A2", words);
    }
}

#[test]
fn maps_of_one_sheet_that_find_different_header_rows_are_refused() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join(BOOK);
    let mut book = workbook::toy();
    let header = book.sheet("Code To Group").rows[0].clone();
    book.sheet("Code To Group").rows.insert(0, header);
    book.write(&path);
    let profile = ready_profile().replacen(
        "table = \"procedures\"\nsheets = [\"Code To Group\"]",
        "table = \"procedures\"\nsheets = [\"Code To Group\"]\nheader_row = 2",
        1,
    );
    let import = refused(&profile, None, &[path], place.path());
    has(&import, "ambiguous-header", "toy.xlsx, sheet Code To Group, A2", "others in row 1");
}

#[test]
fn a_table_that_a_sheet_feeds_without_rows_is_empty_and_not_the_bases() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join(BOOK);
    workbook::toy().write(&path);
    let mut base = workbook::base_without_what_the_workbook_says();
    base.texts.insert(TableId::Pbc, std::sync::Arc::from(b"code,category\nJ189,11X\n".as_slice()));
    let import = import_toy(&base, &ready_profile(), None, &[path], &place.path().join("out"));
    let text = import.report.text();
    let folder = import.folder.unwrap_or_else(|| panic!("refused: {text}"));
    assert_eq!(std::fs::read_to_string(folder.join("tables/pbc.csv")).expect("a table"), "code,category\n");
    assert!(text.contains("warning no-rows toy.xlsx, sheet PBC Mapping: the sheet has no row for `pbc`"), "{text}");
    assert!(text.contains("note above-header toy.xlsx, sheet HRG: 1 row above the header"), "{text}");
}

#[test]
fn a_faulty_profile_or_override_file_is_refused_with_everything_wrong_with_it() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join(BOOK);
    workbook::toy().write(&path);
    let sources = [path];
    let profile = ready_profile().replace("table = \"pbc\"", "table = \"pcb\"");
    has(&refused(&profile, None, &sources, place.path()), "bad-profile", "profile", "there is no table `pcb`");
    let head = "format = 1\n";
    for (text, words) in [
        ("[[split]]\nhrg = 'RA10A'\n", "missing field `reason`"),
        ("[[split]]\nhrg = 'RA10A'\nreason = ' '\n", "needs its reason"),
        ("[[split]]\nhrg = 'RA10'\ncc = '5-2'\nreason = 'x'\n", "`RA10` is no HRG"),
        ("[[split]]\nhrg = 'RA10'\ncc = '5-2'\nreason = 'x'\n", "a band of RA10 is none"),
        ("[[row]]\ntable = 'nowhere'\ncells = {}\nreason = 'x'\n", "no table `nowhere`"),
        ("[[row]]\ntable = 'pbc'\ncells = { code = '1' }\nreason = 'x'\n", "`1` in `code` of `pbc` is no ICD-10 code"),
    ] {
        let text = format!("{head}{text}");
        has(&refused(&ready_profile(), Some(&text), &sources, place.path()), "bad-override", "override file", words);
    }
    let unused = format!("{head}[[split]]\nhrg = 'RA10X'\nreason = 'a slip of the pen'\n");
    let import = refused(&ready_profile(), Some(&unused), &sources, place.path());
    has(&import, "unused-override", "override file", "no RA10X");
}

#[test]
fn what_the_load_checks_find_stands_at_the_cell_it_was_read_from() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join(BOOK);
    let mut book = workbook::toy();
    cell(&mut book, "Code To Group", 2, 6, "TX99".into());
    let gap = book.sheet("HRG").row_of(1, "RA10C");
    cell(&mut book, "HRG", gap, 2, "Toy disorder A, with CC Score 0".into());
    book.write(&path);
    let import = refused(&ready_profile(), None, &[path], place.path());
    has(&import, "dangling-root", "toy.xlsx, sheet Code To Group, A2", "TX99");
    has(&import, "split-gap", "toy.xlsx, sheet HRG, A64", "cc 1");
}

#[test]
fn a_release_that_is_there_is_not_overwritten() {
    let place = tempfile::tempdir().expect("a folder");
    let (path, out) = (place.path().join(BOOK), place.path().join("out"));
    workbook::toy().write(&path);
    let base = workbook::base_without_what_the_workbook_says();
    let sources = [path];
    let first = import_toy(&base, &ready_profile(), None, &sources, &out);
    let manifest = first.folder.expect("imported").join("manifest.toml");
    std::fs::write(&manifest, "touched").expect("written");
    let second = import_toy(&base, &ready_profile(), None, &sources, &out);
    assert!(second.folder.is_none());
    assert!(second.report.text().contains("error already-there"));
    assert_eq!(std::fs::read_to_string(&manifest).expect("there"), "touched");
    assert_eq!(std::fs::read_dir(&out).expect("there").count(), 1, "nothing half-written beside it");
}
