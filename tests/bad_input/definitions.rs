//! Record definition files that cannot be used, and odd ones that can.

use crate::files::{Files, RDF, Ran, lines, row};

/// The exit code for a definition that is there and faulty.
const FAULTY: i32 = 7;

fn one_row(rdf: impl AsRef<[u8]>) -> Ran {
    Files::new(rdf, lines(&[row("1", &[])])).run()
}

macro_rules! refused {
    ($($name:ident: $rdf:expr => $code:expr, $words:literal;)+) => {
        $(#[test] fn $name() { one_row($rdf).failed($code, $words); })+
    };
}

refused! {
    a_tab_delimited_definition_is_refused: RDF.replace("COMMA", "TAB") => FAULTY, "line 1: it must begin with the line COMMA DELIMITED";
    a_pipe_delimited_definition_is_refused: RDF.replace("COMMA", "PIPE") => FAULTY, "line 1: it must begin with the line COMMA DELIMITED";
    a_definition_without_its_first_line_is_refused: RDF.replacen("COMMA DELIMITED\n", "", 1) => FAULTY, "line 1: it must begin with the line COMMA DELIMITED";
    a_definition_with_semicolons_is_refused: RDF.replace(',', ";") => FAULTY, "line 2: it has 1 values, not 7";
    an_empty_definition_is_refused: "" => FAULTY, "it is empty";
    a_definition_of_its_first_line_alone_is_refused: "COMMA DELIMITED\n" => FAULTY, "it names no field";
    a_definition_cut_within_a_line_is_refused: RDF.split_at(100).0 => FAULTY, "line 5: it has 2 values, not 7";
    a_definition_cut_between_lines_lacks_fields: RDF.lines().take(13).collect::<Vec<_>>().join("\n") => 7, "lacks mandatory fields of APC: TRETSPEF, DIAG";
    a_definition_of_another_dataset_lacks_fields: "COMMA DELIMITED\nRENALMOD,RENALMOD,1,,,,\nRENALSITE,RENALSITE,2,,,,\nAGE,AGE,3,,,,\n" => 7, "lacks mandatory fields of APC: PROCODET, PROVSPNO";
    a_definition_that_names_a_field_twice_is_refused: format!("{RDF}sex,SEX,22,,,,\n") => FAULTY, "line 23: the field sex stands twice";
    a_position_in_words_is_refused: RDF.replace("SEX,SEX,5", "SEX,SEX,five") => FAULTY, "line 6: the position must be a whole number";
    a_position_of_zero_is_refused: RDF.replace("SEX,SEX,5", "SEX,SEX,0") => FAULTY, "line 6: the position must be a whole number";
    a_position_below_zero_is_refused: RDF.replace("SEX,SEX,5", "SEX,SEX,-5") => FAULTY, "line 6: the position must be a whole number";
    a_position_beyond_all_bounds_is_refused: RDF.replace("SEX,SEX,5", "SEX,SEX,99999999999999999999") => FAULTY, "line 6: the position must be a whole number";
    a_picture_of_other_letters_is_refused: RDF.replace("SEX,SEX,5,,,,", "SEX,SEX,5,,,Z,") => FAULTY, "line 6: the picture holds";
    a_line_with_a_value_too_many_is_refused: RDF.replace("SEX,SEX,5,,,,", "SEX,SEX,5,,,,,") => FAULTY, "line 6: it has 8 values, not 7";
    a_line_without_a_name_is_refused: RDF.replace("SEX,SEX,5", ",SEX,5") => FAULTY, "line 6: the field has no name";
    a_definition_in_utf_16_is_refused: RDF.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>() => FAULTY, "";
    a_definition_in_latin_1_is_refused: RDF.bytes().chain(*b"Zo\xeb,Zo\xeb,22,,,,\n").collect::<Vec<u8>>() => FAULTY, "not UTF-8";
    a_data_file_given_as_a_definition_is_refused: row("1", &[]) => FAULTY, "line 1: it must begin with the line COMMA DELIMITED";
}

#[test]
fn a_definition_that_fits_no_logic_is_refused_where_none_was_given() {
    let files = Files::new("COMMA DELIMITED\nNOTHING,NOTHING,1,,,,\n", lines(&[row("1", &[])]));
    files.without("-l").run().failed(7, "no logic was given");
}

#[test]
fn a_hundredth_diagnosis_is_no_field_and_is_carried_through() {
    let diagnoses: String = (3..=100).map(|p| format!("DIAG_{p:02},DIAG_{p:02},{},,,,\n", p + 19)).collect();
    let rows = [row("1", &[(119, b"nonsense")]), row("2", &[(118, b"nonsense")])];
    let ran = Files::new(format!("{RDF}{diagnoses}"), lines(&rows)).run();
    ran.keeps(&rows).groups(&["RA10C", "UZ01Z"]).tells(&["2,1,DIAG_99,nonsense,Diagnosis is invalid"]);
}

#[test]
fn a_hundredth_procedure_is_no_field_and_is_carried_through() {
    let rdf = format!("{RDF}OPER_99,OPER_99,22,,,,\nOPER_100,OPER_100,23,,,,\nOPER_00,OPER_00,24,,,,\n");
    let rows = [row("1", &[(23, b"A999"), (24, b"A999")]), row("2", &[(22, b"A999")])];
    let ran = Files::new(rdf, lines(&rows)).run();
    ran.keeps(&rows).groups(&["RA10C", "UZ01Z"]).tells(&["2,1,OPER_99,A999,Procedure is invalid"]);
}

#[test]
fn unknown_fields_are_carried_through() {
    let rdf = format!("{RDF}NHSNO,NHSNO,22,,,,\nÉTOILE,★,23,,,,\n");
    let rows = [row("1", &[(22, b"9434765919"), (23, "★".as_bytes())])];
    Files::new(rdf, lines(&rows)).run().keeps(&rows).groups(&["RA10C"]);
}

#[test]
fn a_definition_moved_by_one_column_fails_every_row() {
    let moved: String = RDF
        .lines()
        .map(|line| match line.split(',').nth(2).and_then(|p| p.parse::<usize>().ok()) {
            Some(position) => line.replace(&format!(",{position},"), &format!(",{},", position + 1)) + "\n",
            None => format!("{line}\n"),
        })
        .collect();
    let rows = [row("1", &[]), row("2", &[])];
    let ran = Files::new(moved, lines(&rows)).run();
    ran.keeps(&rows).groups(&["UZ01Z"; 2]);
    assert!(ran.said.contains("2 rows were shorter"), "{}", ran.said);
}

#[test]
fn a_position_far_beyond_the_data_is_a_blank_column() {
    let rows = [row("1", &[])];
    let ran = Files::new(RDF.replace("SEX,SEX,5", "SEX,SEX,9999"), lines(&rows)).run();
    ran.keeps(&rows).groups(&["UZ01Z"]).tells(&["1,1,SEX,,Sex is blank"]);
}
