//! Bad data of one episode: status 200, UZ01Z, and exactly the messages of 06.

use crate::service::{Sent, episode, request, service, spell};
use crate::support::{TOY, folder};
use axum::Router;
use hrg_grouper::bundle;
use hrg_grouper::bundle::manifest::sha256;
use serde_json::{Value as Json, json};

/// Groups a spell of one episode, some of its fields changed.
fn group(changes: &[(&str, Json)], service: Option<Router>) -> Json {
    let (mut spell, mut episode) = (spell(&[]), episode());
    for (field, value) in changes {
        let record = if spell[field].is_null() { &mut episode } else { &mut spell };
        record[field] = value.clone();
    }
    spell["episodes"] = json!([episode]);
    let sent = Sent::single(request(&spell));
    let received = match service {
        Some(service) => sent.send_to(service),
        None => sent.send(),
    };
    assert_eq!(received.status, 200, "{received:?}");
    received.json
}

/// Messages in the official form.
pub fn messages(json: &Json) -> Vec<String> {
    let part = |message: &Json, key: &str| message[key].as_str().unwrap_or_default().to_owned();
    let all = json["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().map(|m| format!("{}|{}|{}", part(m, "field"), part(m, "code"), part(m, "message"))).collect()
}

/// That spell and episode are UZ01Z and the episode bears exactly these messages.
#[track_caller]
fn is_invalid(json: &Json, expected: &[&str]) {
    for result in [&json["spell"], &json["episodes"][0]] {
        assert_eq!((&result["hrg"], &result["groupingMethod"]), (&json!("UZ01Z"), &json!("U")), "{result}");
    }
    assert_eq!(messages(&json["episodes"][0]), expected);
}

macro_rules! invalid {
    ($($name:ident: $($field:literal $value:expr),+ => $messages:expr;)+) => {
        $(#[test] fn $name() { is_invalid(&group(&[$(($field, Json::from($value))),+], None), &$messages); })+
    };
}

invalid! {
    a_blank_provider_is_named: "procodet" "" => ["PROCODET||Provider code is blank"];
    a_blank_spell_number_is_named: "provspno" " " => ["PROVSPNO||Provider spell number is blank"];
    a_blank_episode_number_is_named: "epiorder" "" => ["EPIORDER||Episode number is blank"];
    a_blank_age_is_named: "startage" "" => ["STARTAGE||Start age is blank"];
    a_blank_sex_is_named: "sex" "" => ["SEX||Sex is blank"];
    a_blank_classification_is_named: "classpat" "" => ["CLASSPAT||Patient classification is blank"];
    a_blank_source_of_admission_is_named: "admisorc" "" => ["ADMISORC||Source of admission is blank"];
    a_blank_admission_method_is_named: "admimeth" "" => ["ADMIMETH||Admission method is blank"];
    a_blank_discharge_destination_is_named: "disdest" "" => ["DISDEST||Discharge destination is blank"];
    a_blank_discharge_method_is_named: "dismeth" "" => ["DISMETH||Discharge method is blank"];
    a_blank_duration_is_named: "epidur" "" => ["EPIDUR||Episode duration is blank"];
    a_blank_specialty_is_named: "mainspef" "" => ["MAINSPEF||Main specialty is blank"];
    a_blank_treatment_function_is_named: "tretspef" "" => ["TRETSPEF||Treatment function is blank"];
    a_blank_primary_diagnosis_is_named: "diag" json!([""]) => ["DIAG_01||Primary Diagnosis is blank"];

    no_diagnosis_at_all_is_a_blank_one: "diag" json!([]) => ["DIAG_01||Primary Diagnosis is blank"];
    a_diagnosis_of_blanks_is_a_blank_one: "diag" json!(["   "]) => ["DIAG_01||Primary Diagnosis is blank"];
    a_diagnosis_of_null_is_a_blank_one: "diag" json!([null]) => ["DIAG_01||Primary Diagnosis is blank"];
    a_second_diagnosis_does_not_stand_in_for_the_first: "diag" json!(["", "D100"]) => ["DIAG_01||Primary Diagnosis is blank"];
    a_field_of_null_is_a_blank_one: "sex" Json::Null => ["SEX||Sex is blank"];
    a_field_of_blanks_is_a_blank_one: "sex" "\t \u{a0}" => ["SEX||Sex is blank"];

    an_episode_number_of_letters_is_invalid: "epiorder" "first" => ["EPIORDER|first|Episode number is invalid"];
    episode_number_98_alone_is_invalid: "epiorder" "98" => ["EPIORDER|98|Episode number is invalid"];
    episode_number_99_alone_is_invalid: "epiorder" 99 => ["EPIORDER|99|Episode number is invalid"];
    a_negative_episode_number_is_invalid: "epiorder" "-1" => ["EPIORDER|-1|Episode number is invalid"];
    an_unknown_sex_is_invalid: "sex" "7" => ["SEX|7|Sex is invalid"];
    an_unknown_classification_is_invalid: "classpat" "10" => ["CLASSPAT|10|Patient classification is invalid"];
    an_unknown_source_of_admission_is_invalid: "admisorc" "26" => ["ADMISORC|26|Source of admission is invalid"];
    an_unknown_admission_method_is_invalid: "admimeth" "2a" => ["ADMIMETH|2a|Admission method is invalid"];
    an_unknown_discharge_destination_is_invalid: "disdest" "00" => ["DISDEST|00|Discharge destination is invalid"];
    an_unknown_discharge_method_is_invalid: "dismeth" "01" => ["DISMETH|01|Discharge method is invalid"];
    an_unknown_specialty_is_invalid: "mainspef" "666" => ["MAINSPEF|666|Main specialty is invalid"];
    a_retired_specialty_is_invalid: "mainspef" "500" => ["MAINSPEF|500|Main specialty is invalid"];
    an_unknown_treatment_function_is_invalid: "tretspef" 666 => ["TRETSPEF|666|Treatment function is invalid"];
    an_unknown_level_of_neonatal_care_is_invalid: "neocare" "7" => ["NEOCARE|7|Neonatal level of care is invalid"];
    a_lone_x_is_no_treatment_function: "tretspef" "X" => ["TRETSPEF|X|Treatment function is invalid"];
    a_value_of_nine_characters_is_invalid: "classpat" "100000000" => ["CLASSPAT|100000000|Patient classification is invalid"];

    an_age_of_131_is_invalid: "startage" "131" => ["STARTAGE|131|Start age is invalid"];
    an_age_of_998_is_invalid: "startage" "998" => ["STARTAGE|998|Start age is invalid"];
    an_age_of_1000_is_invalid: "startage" 1000 => ["STARTAGE|1000|Start age is invalid"];
    an_age_below_zero_is_invalid: "startage" "-1" => ["STARTAGE|-1|Start age is invalid"];
    an_age_below_zero_as_a_number_is_invalid: "startage" -1 => ["STARTAGE|-1|Start age is invalid"];
    an_age_with_a_fraction_as_text_is_invalid: "startage" "12.5" => ["STARTAGE|12.5|Start age is invalid"];
    an_age_with_a_sign_is_invalid: "startage" "+40" => ["STARTAGE|+40|Start age is invalid"];
    an_age_in_words_is_invalid: "startage" "forty" => ["STARTAGE|forty|Start age is invalid"];
    an_age_in_arabic_digits_is_invalid: "startage" "٤٠" => ["STARTAGE|٤٠|Start age is invalid"];
    an_age_in_full_width_digits_is_invalid: "startage" "４０" => ["STARTAGE|４０|Start age is invalid"];
    an_age_that_no_number_can_hold_is_invalid: "startage" "99999999999999999999" => ["STARTAGE|99999999999999999999|Start age is invalid"];
    the_greatest_number_that_json_carries_is_an_invalid_age: "startage" 9_007_199_254_740_991_u64 => ["STARTAGE|9007199254740991|Start age is invalid"];

    a_duration_of_100000_days_is_invalid: "epidur" "100000" => ["EPIDUR|100000|Episode duration is invalid"];
    a_duration_below_zero_is_invalid: "epidur" "-3" => ["EPIDUR|-3|Episode duration is invalid"];
    a_duration_with_a_unit_is_invalid: "epidur" "3 days" => ["EPIDUR|3 days|Episode duration is invalid"];
    critical_care_days_in_words_are_invalid: "criticalcaredays" "two" => ["CRITICALCAREDAYS|two|Critical care days is invalid"];
    critical_care_days_of_100000_are_invalid: "criticalcaredays" 100_000 => ["CRITICALCAREDAYS|100000|Critical care days is invalid"];
    rehabilitation_days_below_zero_are_invalid: "rehabilitationdays" "-1" => ["REHABILITATIONDAYS|-1|Rehabilitation days is invalid"];
    palliative_care_days_with_a_fraction_are_invalid: "spcdays" "1.5" => ["SPCDAYS|1.5|Specialist palliative care days is invalid"];

    an_unknown_primary_diagnosis_is_invalid: "diag" json!(["Q999"]) => ["DIAG_01|Q999|Diagnosis is invalid"];
    an_unknown_secondary_diagnosis_keeps_its_position: "diag" json!(["D100", "", "Q999"]) => ["DIAG_03|Q999|Diagnosis is invalid"];
    the_ninety_ninth_diagnosis_is_looked_at: "diag" json!([vec!["D100"; 98], vec!["Q999"]].concat()) => ["DIAG_99|Q999|Diagnosis is invalid"];
    a_lone_x_is_no_diagnosis: "diag" json!(["X"]) => ["DIAG_01|X|Diagnosis is invalid"];
    a_lone_full_stop_is_no_diagnosis: "diag" json!(["."]) => ["DIAG_01|.|Diagnosis is invalid"];
    a_category_of_two_characters_is_no_diagnosis: "diag" json!(["D1"]) => ["DIAG_01|D1|Diagnosis is invalid"];
    a_diagnosis_of_nine_characters_is_invalid: "diag" json!(["D10000000"]) => ["DIAG_01|D10000000|Diagnosis is invalid"];
    a_diagnosis_of_ten_thousand_characters_is_invalid: "diag" json!(["D".repeat(10_000)]) => [format!("DIAG_01|{}|Diagnosis is invalid", "D".repeat(10_000)).as_str()];
    a_diagnosis_with_a_blank_inside_is_invalid: "diag" json!(["D1 00"]) => ["DIAG_01|D1 00|Diagnosis is invalid"];
    a_diagnosis_with_a_dagger_is_invalid: "diag" json!(["D100†"]) => ["DIAG_01|D100†|Diagnosis is invalid"];
    a_diagnosis_of_emoji_is_invalid: "diag" json!(["🩺💉"]) => ["DIAG_01|🩺💉|Diagnosis is invalid"];
    a_diagnosis_written_from_right_to_left_is_invalid: "diag" json!(["\u{202e}001D\u{5d0}"]) => ["DIAG_01|\u{202e}001D\u{5d0}|Diagnosis is invalid"];
    a_diagnosis_with_a_cyrillic_letter_is_invalid: "diag" json!(["\u{421}000"]) => ["DIAG_01|\u{421}000|Diagnosis is invalid"];
    a_diagnosis_with_a_nul_is_invalid: "diag" json!(["D100\0"]) => ["DIAG_01|D100\0|Diagnosis is invalid"];
    a_diagnosis_with_a_line_end_inside_is_invalid: "diag" json!(["D1\n00"]) => ["DIAG_01|D1\n00|Diagnosis is invalid"];
    a_diagnosis_that_is_a_number_is_invalid: "diag" json!([100]) => ["DIAG_01|100|Diagnosis is invalid"];
    a_diagnosis_with_markup_is_invalid: "diag" json!(["<b>"]) => ["DIAG_01|<b>|Diagnosis is invalid"];
    an_unknown_procedure_is_invalid: "oper" json!(["A999"]) => ["OPER_01|A999|Procedure is invalid"];
    a_procedure_category_is_no_procedure: "oper" json!(["P12"]) => ["OPER_01|P12|Procedure is invalid"];
    a_diagnosis_is_no_procedure: "oper" json!(["P121", "D100"]) => ["OPER_02|D100|Procedure is invalid"];
    a_lone_x_is_no_procedure: "oper" json!(["X"]) => ["OPER_01|X|Procedure is invalid"];
    the_ninety_ninth_procedure_is_looked_at: "oper" json!([vec!["P121"; 98], vec!["A999"]].concat()) => ["OPER_99|A999|Procedure is invalid"];

    a_diagnosis_never_allowed_as_primary_is_uz01: "diag" json!(["Z509"]) => ["DIAG_01|Z509|UZ01 - Invalid Primary Diagnosis"];
    a_vague_primary_diagnosis_is_uz02: "diag" json!(["T140"]) => ["DIAG_01|T140|UZ02 - Poorly Coded Primary Diagnosis"];
    a_paediatric_diagnosis_of_an_adult_is_uz03: "diag" json!(["P704"]) => ["DIAG_01|P704|UZ03 - Diagnosis Conflicts with Age"];
    a_site_that_the_diagnosis_cannot_have_is_uz04: "diag" json!(["M7217"]) => ["DIAG_01|M7217|UZ04 - Diagnosis Conflicts with Anatomical Site"];
    a_procedure_that_can_never_be_dominant_is_uz05: "oper" json!(["Z001"]) => ["OPER_01|Z001|UZ05 - Invalid procedure for Casemix grouping purposes"];
    a_poorly_coded_procedure_is_uz06: "oper" json!(["Q001"]) => ["OPER_01|Q001|UZ06 - Poorly coded procedure for Casemix grouping purposes"];
    a_burn_without_a_surface_area_is_uz15: "diag" json!(["T212"]) => ["DIAG_01|T212|UZ15 - Burns Error"];

    every_fault_of_an_episode_is_told_at_once:
        "procodet" "", "provspno" "", "epiorder" "x", "startage" "131", "sex" "7", "classpat" "", "admisorc" "26",
        "admimeth" "0", "disdest" "", "dismeth" "0", "epidur" "100000", "mainspef" "", "neocare" "7", "tretspef" "666",
        "diag" json!(["", "Q999", "", "X"]), "oper" json!(["", "A999"]),
        "criticalcaredays" "-1", "rehabilitationdays" "?", "spcdays" "1.5"
    => [
        "PROCODET||Provider code is blank", "PROVSPNO||Provider spell number is blank",
        "EPIORDER|x|Episode number is invalid", "STARTAGE|131|Start age is invalid", "SEX|7|Sex is invalid",
        "CLASSPAT||Patient classification is blank", "ADMISORC|26|Source of admission is invalid",
        "ADMIMETH|0|Admission method is invalid", "DISDEST||Discharge destination is blank",
        "DISMETH|0|Discharge method is invalid", "EPIDUR|100000|Episode duration is invalid",
        "MAINSPEF||Main specialty is blank", "NEOCARE|7|Neonatal level of care is invalid",
        "TRETSPEF|666|Treatment function is invalid", "DIAG_01||Primary Diagnosis is blank",
        "DIAG_02|Q999|Diagnosis is invalid", "DIAG_04|X|Diagnosis is invalid", "OPER_02|A999|Procedure is invalid",
        "CRITICALCAREDAYS|-1|Critical care days is invalid", "REHABILITATIONDAYS|?|Rehabilitation days is invalid",
        "SPCDAYS|1.5|Specialist palliative care days is invalid",
    ];
}

#[test]
fn an_episode_without_any_field_is_told_of_all_fourteen() {
    let received = Sent::single(json!({"reference": TOY, "spell": {"episodes": [{}]}})).send();
    let names = [
        "PROCODET||Provider code",
        "PROVSPNO||Provider spell number",
        "EPIORDER||Episode number",
        "STARTAGE||Start age",
        "SEX||Sex",
        "CLASSPAT||Patient classification",
        "ADMISORC||Source of admission",
        "ADMIMETH||Admission method",
        "DISDEST||Discharge destination",
        "DISMETH||Discharge method",
        "EPIDUR||Episode duration",
        "MAINSPEF||Main specialty",
        "TRETSPEF||Treatment function",
        "DIAG_01||Primary Diagnosis",
    ];
    let expected = names.map(|name| format!("{name} is blank"));
    is_invalid(&received.json, &expected.each_ref().map(String::as_str));
}

macro_rules! grouped {
    ($($name:ident: $($field:literal $value:expr),+ => $hrg:literal;)+) => {
        $(
            #[test]
            fn $name() {
                let json = group(&[$(($field, Json::from($value))),+], None);
                assert_eq!(json["spell"]["hrg"], $hrg, "{:?}", messages(&json["episodes"][0]));
                assert_eq!(messages(&json["episodes"][0]), [""; 0]);
            }
        )+
    };
}

grouped! {
    an_unknown_age_of_999_is_an_adults: "startage" "999", "oper" json!(["P121"]) => "TA01A";
    an_age_of_zero_is_a_childs: "startage" 0, "oper" json!(["P121"]) => "TA01B";
    an_age_of_130_is_valid: "startage" "130" => "RA10C";
    a_duration_of_99999_days_is_valid: "epidur" "99999" => "RA10C";
    a_provider_and_spell_number_of_any_text_are_valid: "procodet" "🏥", "provspno" "\u{202e}שלום\0" => "RA10C";
    a_recorded_default_sex_of_x_is_valid: "sex" "X" => "RA10C";
    spaces_full_stops_and_small_letters_are_forgiven: "diag" json!([" d10.0 "]), "sex" " 1" => "RA10C";
}

/// The toy release with a retired diagnosis D999 and a retired procedure P999.
fn with_retired_codes() -> Router {
    let mut files = bundle::read_folder(&folder("tests/reference").join(TOY)).expect("the release is readable");
    for (table, row) in [
        ("diagnoses.csv", "D999,Toy retired diagnosis,5,RC10,,,,retired\n"),
        ("procedures.csv", "P999,Toy retired procedure,5,,TE01,,retired\n"),
    ] {
        let text = files.get_mut(&format!("tables/{table}")).expect("the table is there");
        let before = sha256(text);
        text.extend_from_slice(row.as_bytes());
        let after = sha256(text);
        let manifest = files.get_mut("manifest.toml").expect("the manifest is there");
        *manifest = String::from_utf8_lossy(manifest).replace(&before, &after).into_bytes();
    }
    service(bundle::load(&files, TOY).unwrap_or_else(|findings| panic!("{findings:?}")))
}

#[test]
fn a_retired_diagnosis_is_invalid_first_or_not() {
    let json = group(&[("diag", json!(["D999", "D99.9"]))], Some(with_retired_codes()));
    is_invalid(&json, &["DIAG_01|D999|Diagnosis is invalid", "DIAG_02|D99.9|Diagnosis is invalid"]);
}

#[test]
fn a_retired_procedure_is_invalid() {
    let json = group(&[("oper", json!(["P999"]))], Some(with_retired_codes()));
    is_invalid(&json, &["OPER_01|P999|Procedure is invalid"]);
}
