//! The same procedure gives the same root in outpatients and in admitted care (04 N5), whichever the release.

mod support;

use hrg_grouper::grouper::answer as answer_spell;
use hrg_grouper::grouper::answer::EpisodeAnswer;
use hrg_grouper::grouper::other::{RecordResult, group_nac};
use hrg_grouper::record::{RawEpisode, RawNac, RawSpell, Text};
use hrg_grouper::reference::Reference;
use hrg_grouper::trace::{Explain, Off};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// A release with its codes, by whether they are significant.
struct Codes {
    release: Reference,
    significant: Vec<String>,
    others: Vec<String>,
}

/// The hierarchy from which a procedure drives in either setting.
const SIGNIFICANT: u8 = 5;

static RELEASES: LazyLock<Vec<Codes>> = LazyLock::new(|| {
    let ids = ["2022-23.costing", "2022-23.payment", "2024-25.costing", "2024-25.payment"];
    let codes = ids.into_iter().map(|id| {
        let release = support::release("reference", id);
        let (mut significant, mut others) = (Vec::new(), Vec::new());
        for row in release.codes.procedures.rows() {
            let mut code = row.value.pattern.to_string().replace('*', "");
            while code.len() < 4 {
                code.push(if code.len() < 3 { '1' } else { '8' });
            }
            let word = hrg_grouper::record::Word::new(&code).expect("a code");
            let fact = &release.codes.procedures.find(word).expect("its row").value.fact;
            if !fact.retired {
                if fact.ph >= SIGNIFICANT { &mut significant } else { &mut others }.push(code);
            }
        }
        Codes { release, significant, others }
    });
    codes.collect()
});

/// A record of either setting: release, age, specialty, and the procedures, one of them significant.
fn records() -> impl Strategy<Value = (usize, String, &'static str, Vec<String>)> {
    let picks = prop::collection::vec((any::<bool>(), any::<prop::sample::Index>()), 0..4);
    let age = prop_oneof![20 => (0u32..=130).prop_map(|age| age.to_string()), 1 => Just("999".to_owned())];
    let specialty = prop::sample::select(vec!["100", "110", "300", "420", "501"]);
    (0..4usize, age, specialty, any::<prop::sample::Index>(), picks, any::<prop::sample::Index>()).prop_map(
        |(release, age, specialty, first, picks, place)| {
            let codes = &RELEASES[release];
            let mut procedures: Vec<String> = picks
                .into_iter()
                .map(|(significant, pick)| {
                    pick.get(if significant { &codes.significant } else { &codes.others }).clone()
                })
                .collect();
            procedures.insert(place.index(procedures.len() + 1), first.get(&codes.significant).clone());
            (release, age, specialty, procedures)
        },
    )
}

/// The same procedures as an outpatient and as an admitted record. What outpatients lack is in the admitted one such that
/// no rule of the releases asks for it: the diagnosis, the admission method, the patient classification; no day is spent.
fn both(
    age: &str,
    sex: &str,
    specialty: &'static str,
    procedures: &[String],
    release: &Reference,
) -> (RecordResult, EpisodeAnswer) {
    let oper: Vec<Text<'static>> = procedures.iter().cloned().map(Text::from).collect();
    let text = |value: &str| Text::from(value.to_owned());
    let attendance = RawNac {
        startage: text(age),
        sex: text(sex),
        mainspef: specialty.into(),
        tretspef: specialty.into(),
        firstatt: "1".into(),
        oper: oper.clone(),
    };
    let episode = RawEpisode {
        epiorder: "1".into(),
        startage: text(age),
        sex: text(sex),
        classpat: "1".into(),
        admisorc: "19".into(),
        admimeth: "81".into(),
        disdest: "19".into(),
        dismeth: "1".into(),
        epidur: "0".into(),
        mainspef: specialty.into(),
        tretspef: specialty.into(),
        diag: vec!["R69X".into()],
        oper,
        ..RawEpisode::default()
    };
    let spell = RawSpell { procodet: "RXX".into(), provspno: "1".into(), episodes: vec![episode] };
    let mut admitted = answer_spell(&spell, release, Explain::None);
    (group_nac(&attendance, release, &mut Off), admitted.episodes.swap_remove(0))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_significant_procedure_gives_the_same_root_in_outpatients_as_in_admitted_care(
        (release, age, specialty, procedures) in records()
    ) {
        let (outpatient, admitted) = both(&age, "2", specialty, &procedures, &RELEASES[release].release);
        prop_assert_eq!(outpatient.hrg.to_string() == "UZ01Z", admitted.hrg == "UZ01Z", "{:?}", admitted.messages);
        // An unbundled code that is too poorly coded is an error in both settings, and no root; another record is drawn.
        prop_assume!(admitted.hrg != "UZ01Z");
        prop_assert_eq!(outpatient.method.map(|method| method.flag()), Some("P"));
        prop_assert_eq!(admitted.grouping_method, "P");
        prop_assert_eq!(outpatient.dominant_procedure.map(|code| code.to_string()), admitted.dominant_procedure.clone());
        let (root, hrg) = (outpatient.hrg.to_string(), &admitted.hrg);
        prop_assert_eq!(&root[..4], &hrg[..4], "{:?} at {}", procedures, age);
        let unbundled: Vec<String> = outpatient.unbundled.iter().map(ToString::to_string).collect();
        // Rehabilitation is unbundled in admitted care only (05, families).
        let of_both = admitted.unbundled.iter().filter(|unbundled| !unbundled.hrg.starts_with("VC"));
        let of_admitted: Vec<String> = of_both.map(|unbundled| unbundled.hrg.clone()).collect();
        prop_assert_eq!(unbundled, of_admitted);
    }
}

#[test]
fn each_significant_code_of_each_release_gives_the_same_root_in_both_settings() {
    let mut differ = BTreeSet::new();
    for codes in RELEASES.iter() {
        for code in &codes.significant {
            for (age, sex) in [("0", "1"), ("18", "2"), ("19", "1"), ("40", "2")] {
                let (outpatient, admitted) = both(age, sex, "100", std::slice::from_ref(code), &codes.release);
                let (root, hrg) = (outpatient.hrg.to_string(), &admitted.hrg);
                if root[..4] != hrg[..4] {
                    differ.insert(format!("{} {code} at {age}: {root} and {hrg}", codes.release.identity.id));
                }
            }
        }
    }
    assert!(differ.is_empty(), "{} differ: {differ:#?}", differ.len());
}
