//! The official sample of admitted patient care through every door, with both demonstration releases.

mod support;

use hrg_grouper::grouper::answer;
use hrg_grouper::reference::Reference;
use hrg_grouper::trace::{Explain, Step};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use support::files::Rows;
use support::sample::Sample;
use support::service::Service;

const PAYMENT: &str = "2024-25.payment";
const COSTING: &str = "2024-25.costing";

/// Codes of the sample that the fifth edition of ICD-10 retired: invalid in every release of 2024/25.
const RETIRED: [&str; 5] = ["A09X", "H547", "I48X", "L89X", "N180"];

fn release(id: &str) -> Reference {
    support::release("reference", id)
}

/// Runs `hrg group` on the sample; gives the folder of the output files.
fn grouped(sample: &Sample, reference: &str) -> tempfile::TempDir {
    let place = tempfile::tempdir().expect("a folder");
    let status = Command::new(env!("CARGO_BIN_EXE_hrg"))
        .args(["group", "-l", "APC", "-h", "--reference", reference, "-i"])
        .arg(sample.folder.join("apc-sample.csv"))
        .arg("-d")
        .arg(sample.folder.join("default-apc.rdf"))
        .arg("-o")
        .arg(place.path().join("out"))
        .status()
        .expect("hrg runs");
    assert_eq!(status.code(), Some(0));
    place
}

#[test]
fn the_sample_gives_eleven_files_with_the_official_counts() {
    let Some(sample) = Sample::read() else { return };
    let place = grouped(&sample, PAYMENT);
    let files: BTreeSet<String> = std::fs::read_dir(place.path())
        .expect("the folder is readable")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let expected = [
        "out.csv",
        "out_FCE.csv",
        "out_FCE_rel.csv",
        "out_flag_rel.csv",
        "out_quality.csv",
        "out_quality_rel.csv",
        "out_sort.csv",
        "out_spell.csv",
        "out_spell_rel.csv",
        "out_summary.csv",
        "out_ub_rel.csv",
    ];
    assert_eq!(files, expected.map(str::to_owned).into());
    let summary = Rows::read(&place.path().join("out_summary.csv")).expect("a summary");
    assert_eq!(summary.column("FCE Count"), ["752"]);
    assert_eq!(summary.column("Spell Count"), ["478"]);
    let errors: f64 = summary.column("FCE Error Count").first().and_then(|v| v.parse().ok()).expect("a count");
    let share = 100.0 * errors / 752.0;
    assert!((9.0..=11.0).contains(&share), "{share:.1}% ungrouped; the official program leaves 10%");
    let database = summary.column("Database Version").concat();
    assert!(database.contains("demonstration"), "{database}");
}

#[test]
fn the_columns_are_the_official_ones_in_order() {
    let (Some(sample), Some(columns)) = (Sample::read(), support::shared("domain/values/output_columns.csv")) else {
        return;
    };
    let place = grouped(&sample, PAYMENT);
    let mut official: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut reader = csv::Reader::from_path(columns).expect("the list is readable");
    for record in reader.records().flatten().filter(|record| &record[0] == "APC") {
        official.entry(record[1].replace("[name]", "out")).or_default().push(record[3].to_owned());
    }
    let input = std::fs::read_to_string(sample.folder.join("apc-sample.csv")).expect("the sample is readable");
    let input: Vec<String> = input.lines().next().expect("a header").split(',').map(str::to_owned).collect();
    assert_eq!(official.len(), 11);
    for (file, columns) in official.into_iter().filter(|(file, _)| file != "out.csv") {
        let expected: Vec<String> = columns
            .into_iter()
            .flat_map(|column| if column == "<input columns>" { input.clone() } else { vec![column] })
            .collect();
        let rows = Rows::read(&place.path().join(&file)).expect("the file is there");
        assert_eq!(rows.header, expected, "{file}");
    }
}

#[test]
fn every_valid_code_of_the_sample_is_known_to_both_releases() {
    let Some(sample) = Sample::read() else { return };
    for reference in [release(PAYMENT), release(COSTING)] {
        let mut unknown = BTreeSet::new();
        for episode in sample.spells().iter().flat_map(|spell| &spell.episodes) {
            let codes = &reference.codes;
            for text in episode.diag.iter().filter(|t| !t.is_blank()) {
                let word = hrg_grouper::record::Word::new(text.trimmed()).expect("codes of the sample are short");
                if codes.diagnoses.find(word).is_none_or(|row| row.value.fact.retired) {
                    unknown.insert(text.trimmed().to_owned());
                }
            }
            for text in episode.oper.iter().filter(|t| !t.is_blank()) {
                let word = hrg_grouper::record::Word::new(text.trimmed()).expect("codes of the sample are short");
                if codes.procedures.find(word).is_none_or(|row| row.value.fact.retired) {
                    unknown.insert(text.trimmed().to_owned());
                }
            }
        }
        assert_eq!(unknown, RETIRED.map(str::to_owned).into(), "{}", reference.identity.id);
    }
}

#[test]
fn the_service_gives_all_478_spells_the_hrgs_of_the_files() {
    let Some(sample) = Sample::read() else { return };
    let place = grouped(&sample, PAYMENT);
    let spells = Rows::read(&place.path().join("out_spell.csv")).expect("spells");
    let keys = spells.column("PROVSPNO").into_iter();
    let of_files: BTreeMap<String, (String, String)> =
        keys.zip(spells.column("SpellHRG").into_iter().zip(spells.column("SpellGroupingMethodFlag"))).collect();
    let fces = Rows::read(&place.path().join("out_FCE.csv")).expect("episodes");
    let mut episodes_of_files: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (key, hrg) in fces.column("PROVSPNO").into_iter().zip(fces.column("FCE_HRG")) {
        episodes_of_files.entry(key).or_default().push(hrg);
    }
    let service = Service::over(vec![release(PAYMENT)]);
    let mut same = 0;
    for spell in sample.spells() {
        let body = serde_json::json!({ "reference": PAYMENT, "explain": "none", "spell": spell });
        let answer = service.post("/v1/group/apc", &body);
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json["reference"]["status"], "demonstration");
        let key = spell.provspno.as_str();
        let (hrg, flag) = &of_files[key];
        assert_eq!(
            (&answer.json["spell"]["hrg"], &answer.json["spell"]["groupingMethod"]),
            (&hrg[..].into(), &flag[..].into())
        );
        let episodes: Vec<&str> =
            answer.json["episodes"].as_array().expect("episodes").iter().filter_map(|e| e["hrg"].as_str()).collect();
        assert_eq!(episodes, episodes_of_files[key]);
        same += 1;
    }
    assert_eq!(same, 478);
}

/// The rows that a trace cites and the other does not.
fn own_rows(own: &[Step], other: &[Step]) -> BTreeSet<String> {
    let rows = |steps: &[Step]| -> BTreeSet<String> {
        steps.iter().flat_map(|step| step.rows.iter().map(ToString::to_string)).collect()
    };
    rows(own).difference(&rows(other)).cloned().collect()
}

#[test]
fn costing_and_payment_part_on_ten_spells_at_least_and_the_traces_say_by_which_rows() {
    let Some(sample) = Sample::read() else { return };
    let (payment, costing) = (release(PAYMENT), release(COSTING));
    let mut differ = 0;
    for spell in sample.spells() {
        let (p, c) = (answer(&spell, &payment, Explain::Full), answer(&spell, &costing, Explain::Full));
        let unbundled =
            |a: &hrg_grouper::grouper::Answer<'_>| a.spell.unbundled.iter().map(|u| u.hrg.clone()).collect::<Vec<_>>();
        if (&p.spell.hrg, unbundled(&p)) == (&c.spell.hrg, unbundled(&c)) {
            continue;
        }
        differ += 1;
        let steps = |a: &hrg_grouper::grouper::Answer<'_>| a.trace.as_ref().expect("asked for").steps.in_words();
        let (p, c) = (steps(&p), steps(&c));
        let rows: Vec<String> = own_rows(&p, &c).into_iter().chain(own_rows(&c, &p)).collect();
        assert!(!rows.is_empty(), "{}: no row tells the difference", spell.provspno.as_str());
    }
    println!("{differ} spells differ between costing and payment");
    assert!(differ >= 10, "only {differ} spells differ");
}
