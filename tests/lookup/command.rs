//! `hrg reference show`: the same answers at the command line.

use crate::{PAYMENT, ask, payment, service};
use serde_json::Value as Json;
use std::process::Command;

/// Exit code and what was printed, output and errors.
fn show(arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hrg"));
    command.args(["reference", "show", "--reference", PAYMENT]).args(arguments);
    command.env_remove("HRG_REFERENCE").env_remove("HRG_REFERENCE_DIR");
    let ran = command.output().expect("the program runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (ran.status.code().unwrap_or(-1), text(&ran.stdout), text(&ran.stderr))
}

#[test]
fn an_hrg_is_shown_with_its_row_its_neighbours_and_the_status_of_the_release() {
    let (code, out, _) = show(&["hn22a"]);
    assert_eq!(code, 0);
    for words in [
        "2024-25.payment (demonstration, sha256:",
        "HN22A  Very Major Knee Procedures for Non-Trauma with CC Score 8+",
        "chapter        H  Musculoskeletal System  [chapters:H]",
        "reached by     CC score 8 or more  [splits:HN22/HN22A]",
        "neighbour      HN22B  CC score 6 to 7  [splits:HN22/HN22B]",
        "> CC score 6 to 7 in place of CC score 8 or more",
        "opcs4 W40*  Total knee replacement using cement",
    ] {
        assert!(out.contains(words), "no `{words}` in:\n{out}");
    }
}

#[test]
fn a_code_of_both_classifications_is_shown_as_both_and_one_may_be_chosen() {
    let (code, out, _) = show(&["w37.1"]);
    assert_eq!(code, 0);
    assert!(out.contains("icd10 W371  ") && out.contains("opcs4 W371  Primary total hip replacement"), "{out}");
    let (code, out, _) = show(&["W371", "--system", "opcs4"]);
    assert!(code == 0 && !out.contains("icd10 W371") && out.contains("[procedure_root_rules:PRL-0963]"), "{out}");
}

#[test]
fn the_json_is_what_the_service_answers() {
    let service = service();
    for (arguments, below) in [
        (&["HN22A", "--json"][..], "hrgs/HN22A"),
        (&["i10", "--system", "icd10", "--json"], "codes/icd10/I10X"),
        (&["w371", "--system", "opcs4", "--json"], "codes/opcs4/W371"),
    ] {
        let (code, out, said) = show(arguments);
        assert_eq!(code, 0, "{said}");
        let shown: Json = serde_json::from_str(&out).expect("JSON");
        assert_eq!(shown, Json::Array(vec![ask(&service, payment(), below)]), "{below}");
    }
}

#[test]
fn what_the_release_does_not_know_is_an_error() {
    for arguments in [&["ZZ99Z"][..], &["hip"], &[""], &["I10X", "--system", "opcs4"], &["HN22A", "--system", "icd10"]]
    {
        let (code, out, said) = show(arguments);
        assert!(code == 1 && out.is_empty(), "{arguments:?}: {code} {out}");
        assert!(said.contains("2024-25.payment knows no"), "{arguments:?}: {said}");
    }
}
