//! Bad data files: every row is in the output once, unchanged, and UZ01Z where it is bad.

use crate::files::{Files, RDF, Ran, lines, row};

/// Runs rows with LF line ends.
fn run(rows: &[Vec<u8>]) -> Ran {
    Files::new(RDF, lines(rows)).run()
}

#[test]
fn an_empty_file_holds_no_record() {
    Files::new(RDF, "").run().failed(7, "no record");
}

#[test]
fn a_file_of_line_ends_holds_no_record() {
    Files::new(RDF, "\r\n\n\r\n").run().failed(7, "no record");
}

#[test]
fn a_file_of_nothing_but_a_byte_order_mark_holds_no_record() {
    Files::new(RDF, "\u{feff}").run().failed(7, "no record");
}

#[test]
fn a_declared_header_alone_is_no_record() {
    Files::new(RDF, "PROCODET,PROVSPNO\n").and(&["-h"]).run().failed(7, "no record");
}

/// The names of the columns as a row.
fn header() -> Vec<u8> {
    let names: Vec<&str> = RDF.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    names.join(",").into_bytes()
}

/// Every message about a header read as a record.
const HEADER_MESSAGES: [&str; 19] = [
    "1,1,EPIORDER,EPIORDER,Episode number is invalid",
    "1,2,STARTAGE,STARTAGE,Start age is invalid",
    "1,3,SEX,SEX,Sex is invalid",
    "1,4,CLASSPAT,CLASSPAT,Patient classification is invalid",
    "1,5,ADMISORC,ADMISORC,Source of admission is invalid",
    "1,6,ADMIMETH,ADMIMETH,Admission method is invalid",
    "1,7,DISDEST,DISDEST,Discharge destination is invalid",
    "1,8,DISMETH,DISMETH,Discharge method is invalid",
    "1,9,EPIDUR,EPIDUR,Episode duration is invalid",
    "1,10,MAINSPEF,MAINSPEF,Main specialty is invalid",
    "1,11,NEOCARE,NEOCARE,Neonatal level of care is invalid",
    "1,12,TRETSPEF,TRETSPEF,Treatment function is invalid",
    "1,13,DIAG_01,DIAG_01,Diagnosis is invalid",
    "1,14,DIAG_02,DIAG_02,Diagnosis is invalid",
    "1,15,OPER_01,OPER_01,Procedure is invalid",
    "1,16,OPER_02,OPER_02,Procedure is invalid",
    "1,17,CRITICALCAREDAYS,CRITICALCAREDAYS,Critical care days is invalid",
    "1,18,REHABILITATIONDAYS,REHABILITATIONDAYS,Rehabilitation days is invalid",
    "1,19,SPCDAYS,SPCDAYS,Specialist palliative care days is invalid",
];

#[test]
fn an_undeclared_header_is_a_record_that_fails_everywhere() {
    let rows = [header(), row("1", &[])];
    run(&rows).keeps(&rows).groups(&["UZ01Z", "RA10C"]).tells(&HEADER_MESSAGES);
}

#[test]
fn an_undeclared_header_alone_is_one_bad_record() {
    let ran = run(&[header()]);
    ran.keeps(&[header()]).groups(&["UZ01Z"]).tells(&HEADER_MESSAGES);
    assert!(ran.said.contains("1 episodes (1 UZ01Z) in 1 spells (1 UZ01Z)"), "{}", ran.said);
}

#[test]
fn a_header_declared_and_not_there_costs_the_first_row_its_place_as_a_record() {
    let rows = [row("1", &[]), row("2", &[])];
    Files::new(RDF, lines(&rows)).and(&["-h"]).run().keeps(&rows[1..]).groups(&["RA10C"]);
}

#[test]
fn semicolons_for_commas_fail_every_row() {
    let rows: Vec<Vec<u8>> =
        ["1", "2", "3"].map(|spell| String::from_utf8_lossy(&row(spell, &[])).replace(',', ";").into_bytes()).to_vec();
    let ran = run(&rows);
    ran.keeps(&rows).groups(&["UZ01Z"; 3]);
    assert!(ran.said.contains("3 rows were shorter"), "{}", ran.said);
    assert_eq!(ran.lines("_quality_rel.csv").len(), 3 * 13, "every mandatory field but the provider is blank");
}

#[test]
fn tabs_for_commas_fail_every_row() {
    let rows: Vec<Vec<u8>> =
        ["1", "2"].map(|spell| String::from_utf8_lossy(&row(spell, &[])).replace(',', "\t").into_bytes()).to_vec();
    run(&rows).keeps(&rows).groups(&["UZ01Z"; 2]);
}

#[test]
fn columns_moved_by_one_fail_every_row() {
    let rows = [[b"x,".as_slice(), &row("1", &[])].concat(), [b"x,".as_slice(), &row("2", &[])].concat()];
    run(&rows).keeps(&rows).groups(&["UZ01Z"; 2]);
}

#[test]
fn non_ascii_text_in_the_data_is_repeated_and_told() {
    let rows = [
        row("1", &[(22, "Zoë 🩺 שלום".as_bytes())]),
        row("2", &[(15, "D10é".as_bytes())]),
        row("3", &[(5, "①".as_bytes())]),
    ];
    run(&rows)
        .keeps(&rows)
        .groups(&["RA10C", "UZ01Z", "UZ01Z"])
        .tells(&["2,1,DIAG_01,D10é,Diagnosis is invalid", "3,1,SEX,①,Sex is invalid"]);
}

#[test]
fn latin_1_bytes_in_other_columns_are_repeated_unchanged() {
    let rows = [row("1", &[(22, b"Zo\xeb"), (24, b"\xff\xfe\x80")]), row("2", &[(22, b"caf\xe9")])];
    run(&rows).keeps(&rows).groups(&["RA10C"; 2]).tells(&[]);
}

#[test]
fn latin_1_bytes_in_a_code_are_repeated_and_told() {
    let rows = [row("1", &[(15, b"D10\xe9")]), row("2", &[(17, b"\xa3121")])];
    run(&rows)
        .keeps(&rows)
        .groups(&["UZ01Z"; 2])
        .tells(&["1,1,DIAG_01,D10\u{fffd},Diagnosis is invalid", "2,1,OPER_01,\u{fffd}121,Procedure is invalid"]);
}

#[test]
fn spell_numbers_that_differ_in_one_latin_1_byte_are_two_spells() {
    let rows = [row("?", &[(2, b"S\xe9")]), row("?", &[(2, b"S\xe8")])];
    let ran = run(&rows);
    ran.keeps(&rows).groups(&["RA10C"; 2]).tells(&[]);
    assert_eq!(ran.lines("_spell.csv").len(), 2);
}

#[test]
fn a_latin_1_spell_number_is_repeated_unchanged_in_the_file_of_spells() {
    let rows = [row("?", &[(2, b"S\xe9")])];
    let ran = run(&rows);
    for suffix in ["_spell.csv", "_spell_rel.csv"] {
        let line = ran.keeps(&rows).lines(suffix).concat();
        assert!(line.starts_with(b"1,TOY,S\xe9,"), "{suffix}: {}", line.escape_ascii());
    }
}

#[test]
fn quotation_marks_are_data() {
    let rows = [row("\"1\"", &[(22, b"\"a"), (23, b"b\"\"c")]), row("2", &[(5, b"\"1\"")]), row("3", &[(22, b"\"")])];
    run(&rows).keeps(&rows).groups(&["RA10C", "UZ01Z", "RA10C"]).tells(&["2,1,SEX,\"1\",Sex is invalid"]);
}

#[test]
fn a_comma_between_quotation_marks_divides_two_columns() {
    let rows = [row("1", &[(5, b"\"1,1\"")])];
    run(&rows).keeps(&rows).groups(&["UZ01Z"]);
}

#[test]
fn crlf_line_ends_are_taken_off() {
    let rows = [row("1", &[(22, b"a")]), row("2", &[])];
    Files::new(RDF.replace('\n', "\r\n"), rows.join(b"\r\n".as_slice())).run().keeps(&rows).groups(&["RA10C"; 2]);
}

#[test]
fn line_ends_of_both_kinds_in_one_file_are_taken_off() {
    let rows = [row("1", &[]), row("2", &[]), row("3", &[])];
    let input = [&rows[0], b"\r\n".as_slice(), &rows[1], b"\n", &rows[2]].concat();
    Files::new(RDF, input).run().keeps(&rows).groups(&["RA10C"; 3]);
}

#[test]
fn a_carriage_return_within_a_row_is_data() {
    let rows = [row("1", &[(22, b"first\rsecond")]), row("2", &[])];
    run(&rows).keeps(&rows).groups(&["RA10C"; 2]);
}

#[test]
fn blank_lines_between_rows_are_no_records() {
    let rows = [row("1", &[]), row("2", &[])];
    let input = [b"\n\n".as_slice(), &rows[0], b"\n\r\n\n", &rows[1], b"\n\n"].concat();
    Files::new(RDF, input).run().keeps(&rows).groups(&["RA10C"; 2]);
}

#[test]
fn a_row_of_commas_is_a_record_of_blanks() {
    let rows = [b",".repeat(20), row("1", &[])];
    let ran = run(&rows);
    ran.keeps(&rows).groups(&["UZ01Z", "RA10C"]);
    assert_eq!(ran.lines("_quality_rel.csv").len(), 14);
}

#[test]
fn a_byte_order_mark_is_taken_off_the_first_value() {
    let rows = [row("1", &[]), row("2", &[])];
    let input = [b"\xef\xbb\xbf".as_slice(), &lines(&rows)].concat();
    let ran = Files::new(format!("\u{feff}{RDF}"), input).run();
    ran.keeps(&rows).groups(&["RA10C"; 2]);
    assert_eq!(ran.lines("_spell.csv").len(), 2);
}

#[test]
fn rows_cut_after_the_primary_diagnosis_are_filled_with_blanks() {
    let whole = row("1", &[]);
    let rows = [whole.strip_suffix(b",,,,,,").expect("the rest is blank").to_vec(), row("2", &[])];
    let ran = run(&rows);
    ran.keeps(&rows).groups(&["RA10C"; 2]).tells(&[]);
    assert!(ran.said.contains("1 rows were shorter"), "{}", ran.said);
}

#[test]
fn a_row_cut_within_its_mandatory_fields_is_told_of_those_it_lacks() {
    let rows = [b"TOY,1,1,40,1,1,19,11,19,1,1,100,,1".to_vec(), row("2", &[])];
    run(&rows)
        .keeps(&rows)
        .groups(&["UZ01Z", "RA10C"])
        .tells(&["1,1,TRETSPEF,1,Treatment function is invalid", "1,2,DIAG_01,,Primary Diagnosis is blank"]);
}

#[test]
fn a_row_longer_than_the_others_keeps_all_of_its_values() {
    let rows = [row("1", &[]), row("2", &[(22, b"a"), (40, b"z")])];
    let ran = run(&rows);
    ran.keeps(&rows).groups(&["RA10C"; 2]);
    assert!(!ran.said.contains("shorter"), "{}", ran.said);
}

#[test]
fn a_row_longer_than_the_declared_header_keeps_all_of_its_values() {
    let rows = [row("1", &[(30, b"z")])];
    let input = [header(), b"\n".to_vec(), lines(&rows)].concat();
    Files::new(RDF, input).and(&["-h"]).run().keeps(&rows).groups(&["RA10C"]);
}

#[test]
fn nul_bytes_are_data() {
    let rows = [row("1", &[(22, b"a\0b")]), row("2", &[(5, b"1\0")]), row("\0", &[])];
    run(&rows).keeps(&rows).groups(&["RA10C", "RA10C", "UZ01Z"]).tells(&["3,1,SEX,1\0,Sex is invalid"]);
}

#[test]
fn a_file_of_nul_bytes_is_one_bad_record() {
    let rows = [vec![0; 4096]];
    run(&rows).keeps(&rows).groups(&["UZ01Z"]);
}

#[test]
fn a_value_of_a_million_bytes_is_repeated_unchanged() {
    let rows = [row("1", &[(22, &[b'z'; 1_000_000])]), row("2", &[(15, &[b'D'; 1_000_000])])];
    run(&rows).keeps(&rows).groups(&["RA10C", "UZ01Z"]);
}

#[test]
fn the_same_row_twice_is_in_the_output_twice() {
    let rows = [row("1", &[]), row("1", &[])];
    run(&rows)
        .keeps(&rows)
        .groups(&["RA10C", "UZ01Z"])
        .tells(&["2,1,EPIORDER,1,Episode number is duplicated in spell"]);
}

#[test]
fn rows_out_of_order_with_bad_episode_numbers_are_all_there() {
    let order = [b"x".as_slice(), b"2", b"", b"99", b"1"];
    let rows: Vec<Vec<u8>> = order.iter().map(|number| row("1", &[(3, number)])).collect();
    run(&rows).keeps(&rows).groups(&["RA10C", "RA10C", "UZ01Z", "UZ01Z", "UZ01Z"]).tells(&[
        "3,1,EPIORDER,99,Episode number is invalid",
        "4,1,EPIORDER,x,Episode number is invalid",
        "5,1,EPIORDER,,Episode number is blank",
    ]);
}

#[test]
fn every_fault_of_a_row_is_in_both_files_of_faults() {
    let rows = [row("1", &[(4, b"131"), (5, b"7"), (11, b"100000"), (15, b""), (17, b"A999"), (22, b"key")])];
    let ran = run(&rows);
    ran.keeps(&rows).groups(&["UZ01Z"]).tells(&[
        "1,1,STARTAGE,131,Start age is invalid",
        "1,2,SEX,7,Sex is invalid",
        "1,3,EPIDUR,100000,Episode duration is invalid",
        "1,4,DIAG_01,,Primary Diagnosis is blank",
        "1,5,OPER_01,A999,Procedure is invalid",
    ]);
    let wide = String::from_utf8_lossy(&ran.lines("_quality.csv").concat()).into_owned();
    let expected = ",key,1,STARTAGE|131|Start age is invalid,SEX|7|Sex is invalid,\
        EPIDUR|100000|Episode duration is invalid,DIAG_01||Primary Diagnosis is blank,OPER_01|A999|Procedure is invalid";
    assert!(wide.ends_with(expected), "{wide}");
}
