//! Every message and category of the specification is raised by a record, in its exact words, over each release.

mod support;

use hrg_grouper::grouper::{Message, group as group_spell};
use hrg_grouper::record::{Field, RawSpell};
use hrg_grouper::reference::{Reference, Situation};
use hrg_grouper::trace::Off;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::LazyLock;
use toml::Table;

const PAYMENT: &str = "2024-25.payment";

/// The demonstration releases, and the toy release of the worked examples.
static RELEASES: LazyLock<Vec<Reference>> = LazyLock::new(|| {
    let ids = ["2022-23.costing", "2022-23.payment", "2024-25.costing", PAYMENT];
    ids.into_iter().map(|id| support::release("reference", id)).chain([support::toy()]).collect()
});

fn payment() -> &'static Reference {
    RELEASES.iter().find(|release| release.identity.id == PAYMENT).expect("the release is there")
}

/// A sound record of each dataset; for admitted patient care an episode. Its diagnosis is one that each release knows.
fn sound(dataset: &str) -> Json {
    match dataset {
        "APC" => json!({
            "epiorder": "1", "startage": "40", "sex": "1", "classpat": "1", "admisorc": "19", "admimeth": "21",
            "disdest": "19", "dismeth": "1", "epidur": "5", "mainspef": "100", "neocare": "8", "tretspef": "100",
            "diag": ["D100"], "oper": [],
        }),
        "NAC" => json!({"startage": "40", "sex": "1", "mainspef": "100", "tretspef": "100", "firstatt": "1"}),
        "EM" => json!({"age": "40", "inv": ["01"], "treat": ["01"]}),
        "NRD" => json!({"renalmod": "01", "renalsite": "01", "renalaccess": "02", "age": "40"}),
        "ACC" => json!({"ccuf": "01", "brsd": "1"}),
        "PCC" => json!({"ccdate": "20240401", "disdate": "20240410", "dismeth": "1", "ccuf": "04", "ccac": ["51"]}),
        _ => json!({
            "ccdate": "20240401", "disdate": "20240410", "dismeth": "1", "ccuf": "13", "gestlen": "38", "perwt": "3.1",
            "ccac": ["01"],
        }),
    }
}

fn with(dataset: &str, changes: &Json) -> Json {
    let mut record = sound(dataset);
    for (field, value) in changes.as_object().expect("an object") {
        record[field] = value.clone();
    }
    record
}

/// Everything said of a record, or of a spell and its episodes.
fn raised(dataset: &str, records: &[Json], release: &Reference) -> Vec<Message> {
    if dataset == "APC" {
        let named = !records.iter().any(|episode| episode == &json!({}));
        let name = if named { "1" } else { "" };
        let spell = json!({"procodet": name, "provspno": name, "episodes": records});
        let spell: RawSpell<'static> = serde_json::from_value(spell).expect("a spell");
        let grouping = group_spell(&spell, release, &mut Off);
        let of_episodes = grouping.episodes.into_iter().flat_map(|episode| episode.messages);
        return grouping.spell.messages.into_iter().chain(of_episodes).collect();
    }
    let of_one = |record: &Json| {
        let table: Table = toml::Value::try_from(record).expect("TOML").try_into().expect("a table");
        support::other::group(&dataset.to_lowercase(), &table, release, &mut Off).messages
    };
    records.iter().flat_map(of_one).collect()
}

fn piped(messages: &[Message]) -> BTreeSet<String> {
    messages.iter().map(Message::piped).collect()
}

fn lines(file: &str) -> Vec<BTreeMap<String, String>> {
    let Some(path) = support::shared(&format!("domain/values/{file}.csv")) else { return Vec::new() };
    let mut reader = csv::Reader::from_path(path).expect("a CSV file");
    let lines: Vec<_> = reader.deserialize().collect::<Result<_, _>>().expect("rows with a header");
    assert!(!lines.is_empty(), "{file} has rows");
    lines
}

#[test]
fn a_sound_record_raises_nothing() {
    for release in RELEASES.iter() {
        for dataset in ["APC", "NAC", "EM", "NRD", "ACC", "PCC", "NCC"] {
            let messages = raised(dataset, &[sound(dataset)], release);
            assert!(messages.is_empty(), "{} {dataset}: {messages:?}", release.identity.id);
        }
    }
}

#[test]
fn every_category_is_raised_in_its_exact_words_in_each_of_its_logics() {
    // A code of a burn whose area no later code states; a modality that is no dialysis; an activity that gives no level;
    // an activity of paediatric care only.
    let own = |code: &str| match code {
        "UZ11" => json!({"ccac": ["21"]}),
        "UZ13" => json!({}),
        "UZ14" => json!({"renalaccess": ""}),
        "UZ15" => json!({"diag": ["T202"]}),
        "UZ21" => json!({"ccac": ["51"]}),
        other => panic!("no example of {other}"),
    };
    for line in lines("error_categories") {
        let expected = format!("{} - {}", line["code"], line["name"]);
        let changes = match line["example"].split_once(" = ") {
            Some((field, code)) => {
                let field = field.split('_').next().unwrap_or_default().to_lowercase();
                let more = if line["code"] == "UZ03" { json!({"startage": "19"}) } else { json!({}) };
                let mut changes = json!({ field: [code] });
                changes.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
                changes
            }
            None => own(&line["code"]),
        };
        for dataset in line["dataset"].split(';') {
            let demonstrations = RELEASES.iter().filter(|release| release.identity.id != support::TOY);
            for release in demonstrations {
                // Each number of organs has an HRG in a sound release, so none has for once.
                let mut release = release.clone();
                release.other.acc.retain(|_| line["code"] != "UZ13");
                let messages = raised(dataset, &[with(dataset, &changes)], &release);
                let texts: Vec<&str> = messages.iter().map(|message| message.text.as_str()).collect();
                assert_eq!(texts, [&expected], "{} {dataset} {changes}", release.identity.id);
                assert!(messages.iter().all(|message| message.fatal));
            }
        }
    }
}

/// The fields of a dataset in the specification, each with whether it is mandatory, without those of which any value, or
/// any date, will do.
fn fields(dataset: &str) -> Vec<(String, bool)> {
    let of_dataset = lines("input_fields").into_iter().filter(|line| line["dataset"] == dataset);
    let validated = of_dataset.filter(|line| line["mandation"] == "mandatory" || line["range"] != "any value");
    let dates = ["CC_Start_Date", "CC_Discharge_Date"];
    validated
        .filter(|line| !dates.contains(&line["field"].as_str()))
        .map(|line| (line["field"].clone(), line["mandation"] == "mandatory"))
        .collect()
}

/// The name of a field in messages.
fn name(field: &str, release: &Reference) -> String {
    let single = field.split("..").next().unwrap_or_default();
    let base = Field::parse(single).or_else(|| Field::parse(single.rsplit_once('_')?.0)).expect("an official field");
    release.labels.field_names[&base].clone()
}

#[test]
fn a_record_without_any_field_is_told_of_each_mandatory_one() {
    for dataset in ["APC", "NAC", "EM", "NRD", "ACC", "PCC", "NCC"] {
        let mandatory: Vec<String> = fields(dataset).into_iter().filter(|(_, m)| *m).map(|(field, _)| field).collect();
        for release in RELEASES.iter().filter(|_| !mandatory.is_empty()) {
            let expected = mandatory.iter().map(|field| match field.as_str() {
                "DIAG_01" => "DIAG_01||Primary Diagnosis is blank".to_owned(),
                field => format!("{field}||{} is blank", name(field, release)),
            });
            let found = piped(&raised(dataset, &[json!({})], release));
            assert_eq!(found, expected.collect::<BTreeSet<_>>(), "{} {dataset}", release.identity.id);
        }
    }
}

#[test]
fn a_record_of_nonsense_is_told_of_each_field_that_is_validated() {
    for dataset in ["APC", "NAC", "EM", "NRD", "ACC", "PCC", "NCC"] {
        let mut record = json!({});
        let mut places = Vec::new();
        for (field, _) in fields(dataset) {
            match field.split("..").next().and_then(|first| first.rsplit_once('_')) {
                Some((list, position)) if position.parse::<u8>().is_ok() => {
                    record[list.to_lowercase()] = json!(["?"]);
                    places.push(format!("{list}_01"));
                }
                _ if ["PROCODET", "PROVSPNO"].contains(&field.as_str()) => {}
                _ => {
                    record[field.to_lowercase()] = json!("?");
                    places.push(field);
                }
            }
        }
        for release in RELEASES.iter().filter(|_| !places.is_empty()) {
            let expected = places.iter().map(|place| format!("{place}|?|{} is invalid", name(place, release)));
            let found = piped(&raised(dataset, &[record.clone()], release));
            assert_eq!(found, expected.collect::<BTreeSet<_>>(), "{} {dataset}", release.identity.id);
        }
    }
}

#[test]
fn fields_bear_the_names_that_the_specification_gives_them() {
    let Some(path) = support::shared("domain/06-errors.md") else { return };
    let text = std::fs::read_to_string(path).expect("the page is readable");
    let list = text.split("`<name>`: ").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("the list of names");
    let list = list.replace('\n', " ");
    let named: Vec<(Field, &str)> = list
        .split(", ")
        .filter_map(|item| {
            let (field, name) = item.trim().split_once(' ')?;
            let field = Field::parse(field.trim_end_matches("_XX"))?;
            (!name.contains('"')).then_some((field, name.trim_end_matches('.')))
        })
        .collect();
    assert!(named.len() >= 30, "{named:?}");
    for release in RELEASES.iter() {
        for (field, name) in &named {
            assert_eq!(release.labels.field_names[field], *name, "{}", release.identity.id);
        }
        for field in [Field::Hbv, Field::Hcv, Field::Hiv] {
            assert_eq!(release.labels.field_names[&field], format!("{} status", field.name()));
        }
    }
}

/// Records, and what each must be told: every situation that has a message arises here.
fn told() -> Vec<(&'static str, Vec<Json>, Vec<&'static str>)> {
    let one = |dataset, changes: Json, told| (dataset, vec![with(dataset, &changes)], told);
    let two = |changes: Json, told| {
        let mut second = json!({"epiorder": "2"});
        second.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
        ("APC", vec![sound("APC"), with("APC", &second)], told)
    };
    vec![
        one("APC", json!({"diag": [""]}), vec!["DIAG_01||Primary Diagnosis is blank"]),
        one("APC", json!({"diag": ["D100", "A110"]}), vec!["DIAG_02|A110|Diagnosis is invalid"]),
        one("APC", json!({"oper": ["I999"]}), vec!["OPER_01|I999|Procedure is invalid"]),
        one("NAC", json!({"oper": ["", "I999"]}), vec!["OPER_02|I999|Procedure is invalid"]),
        one("EM", json!({"treat": ["07"]}), vec!["TREAT_01|07|Treatment is invalid"]),
        one("EM", json!({"inv": ["09"]}), vec!["INV_01|09|Investigation is invalid"]),
        one("APC", json!({"sex": ""}), vec!["SEX||Sex is blank"]),
        one("NRD", json!({"hcv": "pos"}), vec!["HCV|pos|HCV status is invalid"]),
        one("APC", json!({"epiorder": "98"}), vec!["EPIORDER|98|Episode number is invalid"]),
        one("APC", json!({"epiorder": "99"}), vec!["EPIORDER|99|Episode number is invalid"]),
        two(json!({"sex": "2"}), vec!["SEX||Sex is inconsistent in spell"]),
        two(json!({"classpat": "2"}), vec!["CLASSPAT||Patient classification is inconsistent in spell"]),
        two(json!({"admisorc": "29"}), vec!["ADMISORC||Source of admission is inconsistent in spell"]),
        two(json!({"admimeth": "11"}), vec!["ADMIMETH||Admission method is inconsistent in spell"]),
        two(json!({"startage": "42"}), vec!["STARTAGE||Age rises by more than expected in the spell"]),
        two(json!({"startage": "39"}), vec!["STARTAGE||Age falls in the spell"]),
        two(json!({"epiorder": "1"}), vec!["EPIORDER|1|Episode number is duplicated in spell"]),
        one("APC", json!({"diag": ["Z509"]}), vec!["DIAG_01|Z509|UZ01 - Invalid Primary Diagnosis"]),
        one("APC", json!({"diag": ["T140"]}), vec!["DIAG_01|T140|UZ02 - Poorly Coded Primary Diagnosis"]),
        one("APC", json!({"diag": ["P704"]}), vec!["DIAG_01|P704|UZ03 - Diagnosis Conflicts with Age"]),
        one("APC", json!({"diag": ["M7217"]}), vec!["DIAG_01|M7217|UZ04 - Diagnosis Conflicts with Anatomical Site"]),
        one(
            "APC",
            json!({"oper": ["Y841"]}),
            vec!["OPER_01|Y841|UZ05 - Invalid procedure for Casemix grouping purposes"],
        ),
        one(
            "NAC",
            json!({"oper": ["A579"]}),
            vec!["OPER_01|A579|UZ06 - Poorly coded procedure for Casemix grouping purposes"],
        ),
        one("NCC", json!({"ccac": ["21"]}), vec!["CCAC_01|21|UZ11 - Neonatal Critical Care Error"]),
        one("ACC", json!({}), vec!["CCUF|01|UZ13 - ACC Grouping Error"]),
        one("NRD", json!({"renalmod": "19"}), vec!["RENALMOD|19|UZ14 - Renal (NRD) Error"]),
        one("APC", json!({"diag": ["T202"]}), vec!["DIAG_01|T202|UZ15 - Burns Error"]),
        one("NCC", json!({"ccac": ["01", "51"]}), vec!["CCAC_02|51|UZ21 - CCAC Inappropriate in NCC"]),
        one(
            "EM",
            json!({"inv": ["71388002", "252167001", "67900009"]}),
            vec![
                "INV_01|71388002|SNOMED CT code is not mapped to a national code",
                "INV_02|252167001|SNOMED CT code shares its national code with others",
                "INV_03|67900009|SNOMED CT code is retired",
            ],
        ),
    ]
}

#[test]
fn every_situation_that_has_a_message_arises_in_exactly_its_words() {
    let mut arisen: HashSet<Situation> = HashSet::new();
    for (dataset, records, told) in told() {
        let mut release = payment().clone();
        release.other.acc.retain(|_| false); // only the ACC record of this list looks there
        let messages = raised(dataset, &records, &release);
        assert_eq!(piped(&messages), told.iter().map(ToString::to_string).collect(), "{records:?}");
        arisen.extend(messages.iter().map(|message| message.situation));
    }
    let missing: Vec<_> = Situation::ALL.iter().filter(|situation| !arisen.contains(situation)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
