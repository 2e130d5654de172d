//! The families of 05: what each code gives.

use super::{attendance, attends, both, gives, of, stay, unbundled_in};

#[test]
fn chemotherapy_is_procured_by_band() {
    for (code, hrg) in [
        ("X701", "SB01Z"),
        ("X702", "SB02Z"),
        ("X703", "SB03Z"),
        ("X704", "SB04Z"),
        ("X705", "SB05Z"),
        ("X711", "SB06Z"),
        ("X712", "SB07Z"),
        ("X713", "SB08Z"),
        ("X714", "SB09Z"),
        ("X715", "SB10Z"),
    ] {
        both(&[code], &[hrg]);
    }
    both(&["X708"], &["SB16Z"]);
    both(&["X718"], &["SB16Z"]);
}

#[test]
fn chemotherapy_is_delivered_by_complexity_and_route() {
    for (code, hrg) in [
        ("X731", "SB11Z"),
        ("X723", "SB12Z"),
        ("X722", "SB13Z"),
        ("X721", "SB14Z"),
        ("X724", "SB15Z"),
        ("X728", "SB17Z"),
        ("X738", "SB17Z"),
    ] {
        both(&[code], &[hrg]);
    }
    both(&["X703", "X722"], &["SB03Z", "SB13Z"]);
}

#[test]
fn radiotherapy_is_prepared_by_method_with_or_without_technical_support() {
    for (code, plain, supported) in [
        ("X671", "SC40Z", "SC41Z"),
        ("X672", "SC42Z", "SC43Z"),
        ("X674", "SC45Z", "SC46Z"),
        ("X675", "SC47Z", "SC48Z"),
        ("X676", "SC49Z", "SC50Z"),
        ("X677", "SC51Z", "SC52Z"),
    ] {
        both(&[code], &[plain]);
        both(&[code, "Y921"], &[supported]);
    }
    for (code, hrg) in [("X673", "SC44Z"), ("X681", "SC53Z"), ("X682", "SC54Z"), ("X683", "SC55Z"), ("X688", "SC57Z")] {
        both(&[code], &[hrg]);
    }
}

#[test]
fn a_fraction_of_radiotherapy_is_told_by_the_machine_and_the_anaesthetic() {
    for (codes, hrg) in [
        (&["X651"][..], "SC25Z"),
        (&["X652"], "SC26Z"),
        (&["X652", "Y801"], "SC27Z"),
        (&["X653"], "SC28Z"),
        (&["X654", "Y801"], "SC24Z"),
        (&["X654", "Y911"], "SC23Z"),
        (&["X654", "Y912"], "SC22Z"),
        (&["X654", "Y913"], "SC21Z"),
        (&["X654"], "SC29Z"),
        (&["X656"], "SC30Z"),
    ] {
        both(codes, &[hrg]);
    }
}

#[test]
fn adaptive_radiotherapy_has_an_hrg_of_its_own_from_2024_25() {
    let fraction = stay(&["X654", "Y914"]);
    assert_eq!(unbundled_in(&fraction, of("2022-23.payment")), ["SC23Z"]);
    assert_eq!(unbundled_in(&fraction, of("2024-25.payment")), ["SC31Z"]);
}

#[test]
fn a_computerised_tomography_scan_is_told_by_areas_contrast_and_age() {
    for (following, hrg) in [
        (&[][..], "RD20A"),
        (&["Y981"], "RD20A"),
        (&["Y973"], "RD21A"),
        (&["Y981", "Y973"], "RD21A"),
        (&["Y972"], "RD22Z"),
        (&["Y982"], "RD23Z"),
        (&["Y982", "Y973"], "RD24Z"),
        (&["Y983"], "RD25Z"),
        (&["Y983", "Y973"], "RD26Z"),
        (&["Y984"], "RD27Z"),
        (&["Y985", "Z921"], "RD27Z"),
    ] {
        let codes = [&["U051"], following].concat();
        both(&codes, &[hrg]);
    }
    for (age, plain, contrast) in
        [("5", "RD20C", "RD21C"), ("6", "RD20B", "RD21B"), ("18", "RD20B", "RD21B"), ("19", "RD20A", "RD21A")]
    {
        gives(stay(&["U051"]).aged(age), &[plain]);
        attends(age, &["U051"], "", &[plain]);
        gives(stay(&["U051", "Y973"]).aged(age), &[contrast]);
        attends(age, &["U051", "Y973"], "", &[contrast]);
    }
}

#[test]
fn a_magnetic_resonance_scan_is_told_by_areas_contrast_and_age() {
    for (following, hrg) in [
        (&[][..], "RD01A"),
        (&["Y973"], "RD02A"),
        (&["Y972"], "RD03Z"),
        (&["Y982"], "RD04Z"),
        (&["Y983", "Y973"], "RD05Z"),
        (&["Y985"], "RD06Z"),
        (&["Y986"], "RD07Z"),
    ] {
        let codes = [&["U052"], following].concat();
        both(&codes, &[hrg]);
    }
    gives(stay(&["U052"]).aged("5"), &["RD01C"]);
    gives(stay(&["U052"]).aged("18"), &["RD01B"]);
}

#[test]
fn ultrasound_is_told_by_minutes_mobility_and_contrast() {
    for (following, hrg) in [
        (&[][..], "RD40Z"),
        (&["Y973"], "RD41Z"),
        (&["Y983"], "RD42Z"),
        (&["Y983", "Y973"], "RD43Z"),
        (&["Y987"], "RD44Z"),
        (&["Y987", "Y983"], "RD45Z"),
        (&["Y987", "Y985"], "RD46Z"),
    ] {
        let codes = [&["U082"], following].concat();
        both(&codes, &[hrg]);
    }
}

#[test]
fn nuclear_medicine_is_told_by_method_and_age() {
    both(&["U141"], &["RN16A"]);
    both(&["U142"], &["RN15A"]);
    gives(stay(&["U141"]).aged("5"), &["RN16C"]);
    attends("18", &["U142"], "", &["RN15B"]);
    both(&["X655"], &["RN51Z"]);
}

#[test]
fn rehabilitation_is_told_by_the_code_or_else_by_the_primary_diagnosis() {
    for (code, hrg) in [
        ("U501", "VC14Z"),
        ("U502", "VC16Z"),
        ("U503", "VC18Z"),
        ("U511", "VC06Z"),
        ("U512", "VC08Z"),
        ("U521", "VC26Z"),
        ("U531", "VC30Z"),
        ("U532", "VC32Z"),
        ("U541", "VC38Z"),
        ("U542", "VC40Z"),
        ("U543", "VC04Z"),
    ] {
        gives(stay(&[code]), &[hrg]);
    }
    gives(stay(&["U548"]).diagnoses(&["I639"]), &["VC04Z"]);
    gives(stay(&["U548"]).diagnoses(&["T202", "T311"]), &["VC30Z"]);
    gives(stay(&["U548"]).diagnoses(&["L400"]), &["VC42Z"]);
}

#[test]
fn an_assessment_for_rehabilitation_is_told_by_who_assesses() {
    for (code, hrg) in [("X601", "VC01Z"), ("X602", "VC02Z"), ("X603", "VC03Z")] {
        gives(stay(&[code]), &[hrg]);
    }
}

#[test]
fn rehabilitation_is_of_admitted_patients_only() {
    attends("40", &["U543"], "", &[]);
    attends("40", &["U548"], "", &[]);
    attends("40", &["X602"], "", &[]);
    assert_eq!(attendance("40", &["U543"], "", of("2024-25.payment")).0, "WF01B", "an attendance like any other");
}

#[test]
fn dialysis_is_unbundled_beside_an_acute_kidney_injury_and_told_by_kind_and_age() {
    for (code, adult, child) in [("X403", "LE01A", "LE01B"), ("X404", "LE01A", "LE01B"), ("X402", "LE02A", "LE02B")] {
        gives(stay(&[code]).diagnoses(&["N179"]), &[adult]);
        gives(stay(&[code]).diagnoses(&["J189", "N179"]).aged("19"), &[adult]);
        gives(stay(&[code]).diagnoses(&["J189", "N179"]).aged("18"), &[child]);
        gives(stay(&[code]).diagnoses(&["N185"]), &[]);
        attends("40", &[code], "", &[]);
    }
}

#[test]
fn palliative_care_is_told_by_specialty_class_and_age() {
    let palliative = |main: &str, function: &str| {
        stay(&[]).diagnoses(&["C349", "Z515"]).with("mainspef", main).with("tretspef", function)
    };
    gives(palliative("315", "315"), &["SD01A"]);
    gives(palliative("100", "315"), &["SD01A"]);
    gives(palliative("315", "100").aged("18"), &["SD01B"]);
    gives(palliative("315", "315").with("classpat", "2").with("epidur", "0"), &["SD02A"]);
    gives(palliative("315", "315").with("classpat", "2").with("epidur", "0").aged("18"), &["SD02B"]);
    gives(palliative("300", "300"), &["SD03A"]);
    gives(palliative("300", "300").aged("18"), &["SD03B"]);
}

#[test]
fn an_outpatient_assessed_in_palliative_medicine_is_a_medical_or_non_medical_attendance() {
    for code in ["X621", "X622", "X623", "X628"] {
        attends("40", &[code], "mainspef = '315'\ntretspef = '315'", &["SD04A"]);
        attends("18", &[code], "mainspef = '315'", &["SD04B"]);
        attends("19", &[code], "tretspef = '315'", &["SD05A"]);
        attends("18", &[code], "tretspef = '315'", &["SD05B"]);
        attends("40", &[code], "", &[]);
        gives(stay(&[code]).with("mainspef", "315"), &[]);
    }
}

#[test]
fn high_cost_drugs_are_told_by_group_and_band() {
    for (code, hrg) in [
        ("X741", "XD90Z"),
        ("X742", "XD91Z"),
        ("X811", "XD22Z"),
        ("X821", "XD01Z"),
        ("X833", "XD07Z"),
        ("X851", "XD09Z"),
        ("X861", "XD11Z"),
        ("X901", "XD23Z"),
        ("X961", "XD34Z"),
        ("X981", "XD58Z"),
    ] {
        both(&[code], &[hrg]);
    }
}

#[test]
fn a_drug_that_costing_keeps_in_the_core_is_unbundled_for_payment_alone() {
    for year in ["2022-23", "2024-25"] {
        assert_eq!(unbundled_in(&stay(&["X921"]), of(&format!("{year}.payment"))), ["XD31Z"]);
        assert!(unbundled_in(&stay(&["X921"]), of(&format!("{year}.costing"))).is_empty());
    }
}
