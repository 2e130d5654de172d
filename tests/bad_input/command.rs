//! Arguments that are wrong: the official exit codes, and nothing written.

use crate::files::{Files, RDF, hrg, lines, row};
use crate::service::{episode, request, spell};
use crate::support::{TOY, folder};
use serde_json::{Value as Json, json};

fn files() -> Files {
    Files::new(RDF, lines(&[row("1", &[])]))
}

macro_rules! failed {
    ($($name:ident: $files:expr => $code:literal, $words:literal;)+) => {
        $(#[test] fn $name() { $files.run().failed($code, $words); })+
    };
}

failed! {
    an_unknown_switch_is_refused: files().and(&["-z"]) => 1, "-z";
    an_unknown_long_switch_is_refused: files().and(&["--nonsense"]) => 1, "--nonsense";
    a_stray_parameter_is_refused: files().and(&["stray"]) => 2, "stray";
    a_blank_definition_parameter_is_refused: files().with("-d", "") => 3, "-d";
    a_definition_parameter_left_out_is_refused: files().without("-d") => 3, "-d";
    a_blank_input_parameter_is_refused: files().with("-i", "") => 4, "-i";
    an_input_parameter_left_out_is_refused: files().without("-i") => 4, "-i";
    a_blank_output_parameter_is_refused: files().with("-o", "") => 5, "-o";
    an_output_parameter_left_out_is_refused: files().without("-o") => 5, "-o";
    an_unknown_logic_is_refused: files().with("-l", "HRG") => 6, "unknown grouping logic";
    a_blank_logic_is_refused: files().with("-l", "") => 6, "unknown grouping logic";
    an_unknown_release_is_refused: files().with("--reference", "1066-67.payment") => 7, "the release 1066-67.payment is not there";
    a_blank_release_is_refused: files().with("--reference", "") => 7, "choose a release";
    a_release_pinned_to_another_digest_is_refused: files().with("--reference", "2099-00.payment@sha256:00") => 7, "the release 2099-00.payment@sha256:00 is not there";
    several_releases_and_none_chosen_are_refused: files().without("--reference") => 7, "choose a release";
    a_folder_of_releases_that_is_not_there_is_refused: files().with("--reference-dir", "nowhere") => 7, "the release folder nowhere";
    an_output_folder_that_is_not_there_is_refused: files().with("-o", "nowhere/out") => 9, "the output file cannot be written";
    an_output_folder_that_is_a_file_is_refused: files().with("-o", "in.csv/out") => 9, "the output file cannot be written";
    a_definition_that_is_not_there_is_refused: files().with("-d", "nowhere.rdf") => 10, "the record definition file cannot be used";
    a_definition_that_is_not_there_is_refused_where_no_logic_was_given: files().without("-l").with("-d", "nowhere.rdf") => 10, "the record definition file cannot be used";
    a_definition_that_is_a_folder_is_refused: files().with("-d", ".") => 10, "the record definition file cannot be used";
    an_input_that_is_not_there_is_refused: files().with("-i", "nowhere.csv") => 11, "the input file cannot be read";
    an_input_that_is_a_folder_is_refused: files().with("-i", ".") => 11, "the input file cannot be read";
}

/// Runs `hrg explain` over a file of these bytes.
fn explain(bytes: impl AsRef<[u8]>, reference: &str) -> (i32, String) {
    let place = tempfile::tempdir().expect("a folder");
    std::fs::write(place.path().join("spell.json"), bytes).expect("written");
    let toys = folder("tests/reference").display().to_string();
    let (code, said) =
        hrg(&["explain", "spell.json", "--reference", reference, "--reference-dir", &toys], place.path());
    assert!(!said.contains("panicked"), "{said}");
    (code, said)
}

fn valid() -> Json {
    spell(&[episode()])
}

#[test]
fn a_spell_and_a_whole_request_are_explained() {
    for body in [valid(), request(&valid())] {
        let (code, said) = explain(body.to_string(), TOY);
        assert!(code == 0 && said.contains("RA10C"), "{code}: {said}");
    }
}

macro_rules! unexplained {
    ($($name:ident: $bytes:expr => $words:literal;)+) => {
        $(
            #[test]
            fn $name() {
                let (code, said) = explain($bytes, TOY);
                assert!(code == 1 && said.contains($words), "{code}: {said}");
            }
        )+
    };
}

unexplained! {
    an_empty_file_is_not_explained: "" => "the spell cannot be read";
    a_cut_spell_is_not_explained: valid().to_string().split_at(90).0 => "the spell cannot be read";
    a_spell_with_a_wrong_type_is_not_explained: json!({"episodes": [{"sex": true}]}).to_string() => "the spell cannot be read";
    a_spell_with_an_unknown_field_is_not_explained: json!({"episodes": [{"SEX": "1"}]}).to_string() => "the spell cannot be read";
    ten_thousand_brackets_are_not_explained: "[".repeat(10_000) => "the spell cannot be read";
    bytes_that_are_not_utf_8_are_not_explained: b"{\"episodes\":[{\"sex\":\"\xff\"}]}" => "UTF-8";
    a_spell_without_episodes_is_not_explained: json!({"episodes": []}).to_string() => "the spell has no episode";
    a_spell_with_a_hundredth_diagnosis_is_not_explained_without_it: json!({"episodes": [{"diag": vec!["D100"; 100]}]}).to_string() => "99";
}

#[test]
fn an_unknown_release_explains_nothing() {
    let (code, said) = explain(valid().to_string(), "1066-67.payment");
    assert!(code == 1 && said.contains("the release 1066-67.payment is not there"), "{code}: {said}");
}
