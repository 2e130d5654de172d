//! The mechanism of 05: every instance, supporting codes, what is left, errors, the day counts.

use super::{RELEASES, Stay, attendance, attends, both, gives, grouped, of, stay, texts};
use hrg_grouper::grouper::Method;
use hrg_grouper::trace::Outcome;

/// The sentences of a step, in a release that has all families.
fn sentences(stay: &Stay, step: &str) -> Vec<String> {
    let (_, steps) = grouped(std::slice::from_ref(stay), of("2024-25.payment"));
    steps.iter().filter(|s| s.step == step).map(|s| s.sentence.clone()).collect()
}

#[test]
fn every_instance_of_a_code_counts() {
    both(&["X703", "X703", "X703"], &["SB03Z", "SB03Z", "SB03Z"]);
    both(&["X654", "Y912", "X654", "Y912"], &["SC22Z", "SC22Z"]);
    both(&["U051", "Y982", "U051"], &["RD23Z", "RD20A"]);
}

#[test]
fn a_preparation_counts_once_however_often_it_is_recorded() {
    both(&["X671", "X671", "Y921", "X671"], &["SC40Z", "SC41Z"]);
    let steps = sentences(&stay(&["X671", "X671"]), "A4");
    assert!(steps.iter().any(|s| s == "X671 in OPER_02 is counted once only, and set aside"), "{steps:?}");
}

#[test]
fn unbundled_hrgs_stand_in_recorded_order_procedures_before_diagnoses() {
    let palliative = stay(&["U051", "X703", "X821"]).diagnoses(&["Z515", "C349"]).with("mainspef", "315");
    gives(palliative, &["RD20A", "SB03Z", "XD01Z", "SD01A"]);
}

#[test]
fn supporting_codes_are_those_up_to_the_next_procedure_and_are_named_in_the_trace() {
    let scans = stay(&["U051", "Y982", "Z921", "U052", "Y973"]);
    gives(scans.clone(), &["RD23Z", "RD02A"]);
    let steps = sentences(&scans, "A4");
    assert!(
        steps[0].contains("gives RD23Z") && steps[0].ends_with("with its supporting codes OPER_02 Y982, OPER_03 Z921")
    );
    assert!(steps[1].contains("gives RD02A") && steps[1].ends_with("with its supporting codes OPER_05 Y973"));
    // Codes that follow another procedure are not the scan's.
    gives(stay(&["U051", "H201", "Y982"]), &["RD20A"]);
}

#[test]
fn what_an_unbundled_hrg_used_is_set_aside_and_the_trace_lists_it() {
    for release in RELEASES.iter() {
        let (grouping, steps) = grouped(&[stay(&["U051", "Y982", "Z921"])], release);
        // Nothing is left but supporting codes that were used: no UZ05, and the diagnosis drives.
        assert_eq!(grouping.spell.method, Method::Diagnosis, "{}", release.identity.id);
        assert!(grouping.episodes[0].messages.is_empty());
        let left = steps.iter().find(|step| step.step == "A5").expect("a step");
        let aside: Vec<_> = left.facts.iter().filter(|fact| fact.value == "set aside").collect();
        assert_eq!(aside.iter().filter_map(|fact| fact.code.as_deref()).collect::<Vec<_>>(), ["U051", "Y982", "Z921"]);
    }
}

#[test]
fn a_supporting_code_alone_is_an_error_once_nothing_uses_it_up() {
    for release in RELEASES.iter() {
        let (grouping, _) = grouped(&[stay(&["Y982"])], release);
        assert_eq!(grouping.spell.hrg.to_string(), "UZ01Z", "{}", release.identity.id);
    }
}

#[test]
fn an_unbundled_code_is_no_intervention_and_never_dominant() {
    for release in RELEASES.iter() {
        let (with, _) = grouped(&[stay(&["X703", "U051"])], release);
        let (without, _) = grouped(&[stay(&[])], release);
        assert_eq!(with.spell.hrg, without.spell.hrg, "{}", release.identity.id);
        assert_eq!(with.spell.dominant_procedure, None);
    }
}

#[test]
fn a_procedure_that_unbundles_nothing_here_stays_a_candidate() {
    let steps = sentences(&stay(&["X403"]), "A4");
    assert!(steps.iter().any(|s| s == "X403 gives no unbundled HRG here and stays a candidate"), "{steps:?}");
}

#[test]
fn a_diagnosis_that_unbundles_still_drives_and_still_counts() {
    for release in RELEASES.iter() {
        let primary = stay(&[]).diagnoses(&["Z515"]).with("mainspef", "315");
        let (grouping, _) = grouped(&[primary], release);
        assert_eq!(grouping.spell.primary_diagnosis.map(|code| code.to_string()).as_deref(), Some("Z515"));
        assert_eq!(grouping.spell.hrg.root().to_string(), "WH14", "{}", release.identity.id);
        assert_eq!(texts(&grouping.spell.unbundled), ["SD01A"]);
        let (injury, _) = grouped(&[stay(&["X403"]).diagnoses(&["N179"])], release);
        assert_eq!(injury.spell.hrg.root().to_string(), "LA07", "{}", release.identity.id);
    }
}

#[test]
fn a_code_too_poorly_coded_to_unbundle_makes_episode_and_spell_invalid() {
    for code in ["U059", "X659", "X679", "X689", "X709", "X719", "X729", "X739"] {
        for release in RELEASES.iter() {
            let (grouping, steps) = grouped(&[stay(&["U051"]), stay(&["H201", code])], release);
            assert_eq!(texts(&grouping.spell.unbundled), ["RD20A", "UZ01Z"], "{code}");
            assert_eq!(
                (grouping.episodes[0].hrg.to_string() == "UZ01Z", grouping.spell.method),
                (false, Method::Error)
            );
            assert_eq!(grouping.episodes[1].hrg.to_string(), "UZ01Z");
            let message = &grouping.episodes[1].messages[0];
            assert_eq!((message.situation.name(), message.code.as_str()), ("uz06", code));
            let said =
                steps.iter().any(|s| s.step == "A4" && s.outcome == Outcome::Failed && s.sentence.starts_with(code));
            assert!(said, "{code}");
        }
        attends("40", &[code], "", &["UZ01Z"]);
        assert_eq!(attendance("40", &[code], "", of("2024-25.payment")).0, "UZ01Z");
    }
}

#[test]
fn an_episode_invalid_for_another_reason_keeps_its_unbundled_hrgs() {
    for release in RELEASES.iter() {
        let (grouping, _) = grouped(&[stay(&["U051", "X703"]).with("sex", "7")], release);
        assert_eq!(grouping.episodes[0].hrg.to_string(), "UZ01Z");
        assert_eq!(texts(&grouping.episodes[0].unbundled), ["RD20A", "SB03Z"]);
        assert_eq!(texts(&grouping.spell.unbundled), ["RD20A", "SB03Z"]);
    }
}

#[test]
fn the_unbundled_hrgs_of_a_spell_are_those_of_its_episodes_in_order_repeats_kept() {
    for release in RELEASES.iter() {
        let (grouping, _) = grouped(&[stay(&["X703", "U051"]), stay(&["U051"]), stay(&["X703"])], release);
        assert_eq!(texts(&grouping.spell.unbundled), ["SB03Z", "RD20A", "RD20A", "SB03Z"]);
    }
}

#[test]
fn the_day_count_stands_after_an_asterisk_at_every_instance_that_bears_one() {
    let rehabilitated = |days: &str| stay(&["U543", "U051", "U543", "X602"]).with("rehabilitationdays", days);
    gives(rehabilitated("12").with("epidur", "20"), &["VC04Z*12", "RD20A", "VC04Z*12", "VC02Z"]);
    gives(rehabilitated("0"), &["VC04Z", "RD20A", "VC04Z", "VC02Z"]);
    gives(rehabilitated(""), &["VC04Z", "RD20A", "VC04Z", "VC02Z"]);
    // The other day counts are not its own.
    gives(rehabilitated("").with("spcdays", "3").with("epidur", "20"), &["VC04Z", "RD20A", "VC04Z", "VC02Z"]);
}

#[test]
fn palliative_days_stand_with_inpatient_care_and_support_and_not_with_same_day_care() {
    let palliative = stay(&[]).diagnoses(&["C349", "Z515"]).with("epidur", "20").with("spcdays", "4");
    gives(palliative.clone().with("mainspef", "315"), &["SD01A*4"]);
    gives(palliative.clone(), &["SD03A*4"]);
    gives(palliative.clone().with("rehabilitationdays", "9"), &["SD03A*4"]);
    gives(palliative.with("mainspef", "315").with("classpat", "2"), &["SD02A"]);
}

#[test]
fn each_episode_bears_its_own_day_count() {
    for release in RELEASES.iter() {
        let first = stay(&["U543"]).with("epidur", "20").with("rehabilitationdays", "12");
        let second = stay(&["U543"]).with("epidur", "20").with("rehabilitationdays", "7");
        let (grouping, _) = grouped(&[first, second], release);
        assert_eq!(texts(&grouping.spell.unbundled), ["VC04Z*12", "VC04Z*7"]);
        assert_eq!(grouping.spell.length_of_stay, 21);
    }
}

#[test]
fn same_day_care_that_is_all_unbundled_is_a_global_exception_and_an_attendance_is_too() {
    for (code, hrg) in [("X703", "SB97Z"), ("X651", "SC97Z"), ("U141", "RN97Z")] {
        for release in RELEASES.iter() {
            let (grouping, _) = grouped(&[stay(&[code]).with("epidur", "0").with("classpat", "2")], release);
            assert_eq!(grouping.spell.method, Method::GlobalException, "{code} {}", release.identity.id);
            assert_eq!(grouping.spell.hrg.to_string(), hrg);
            assert_eq!(attendance("40", &[code], "", release).0, hrg);
        }
    }
}
