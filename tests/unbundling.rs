//! Unbundling, family by family, in all four releases: which HRG each code gives with its supporting codes, in admitted
//! care and for outpatients, and what is left for the core HRG.
//!
//! That every row of the rules is reached, and every unbundled HRG given, is shown by `rows`.

mod support;

#[path = "unbundling/families.rs"]
mod families;
#[path = "unbundling/mechanism.rs"]
mod mechanism;

use hrg_grouper::grouper::{Grouping, group};
use hrg_grouper::record::{RawEpisode, RawSpell, Text};
use hrg_grouper::reference::Reference;
use hrg_grouper::trace::{Recording, Step};
use std::sync::LazyLock;
use support::release;
use toml::{Table, Value};

static RELEASES: LazyLock<Vec<Reference>> = LazyLock::new(|| {
    ["2022-23.payment", "2022-23.costing", "2024-25.payment", "2024-25.costing"]
        .map(|id| release("reference", id))
        .into()
});

/// The release of that id.
fn of(id: &str) -> &'static Reference {
    RELEASES.iter().find(|release| release.identity.id == id).expect("it comes with the project")
}

/// An admitted patient of 40 years who stays a day, with a primary diagnosis that unbundles nothing.
#[derive(Clone)]
struct Stay {
    fields: Table,
    diag: Vec<&'static str>,
    oper: Vec<&'static str>,
}

/// A stay with these procedures.
fn stay(oper: &[&'static str]) -> Stay {
    Stay { fields: Table::new(), diag: vec!["J189"], oper: oper.to_vec() }
}

impl Stay {
    fn with(mut self, field: &str, value: &str) -> Stay {
        self.fields.insert(field.to_owned(), Value::from(value));
        self
    }

    fn aged(self, age: &str) -> Stay {
        self.with("startage", age)
    }

    fn diagnoses(mut self, diag: &[&'static str]) -> Stay {
        self.diag = diag.to_vec();
        self
    }

    fn episode(&self, place: usize) -> RawEpisode<'static> {
        let of = |key: &str, usual: &str| -> Text<'static> {
            let value = self.fields.get(key).and_then(Value::as_str).unwrap_or(usual);
            Text::from(value.to_owned())
        };
        RawEpisode {
            epiorder: Text::from(place.to_string()),
            startage: of("startage", "40"),
            sex: of("sex", "1"),
            classpat: of("classpat", "1"),
            admisorc: of("admisorc", "19"),
            admimeth: of("admimeth", "11"),
            disdest: of("disdest", "19"),
            dismeth: of("dismeth", "1"),
            epidur: of("epidur", "1"),
            mainspef: of("mainspef", "100"),
            tretspef: of("tretspef", "100"),
            rehabilitationdays: of("rehabilitationdays", ""),
            spcdays: of("spcdays", ""),
            criticalcaredays: of("criticalcaredays", ""),
            diag: self.diag.iter().map(|code| Text::from(*code)).collect(),
            oper: self.oper.iter().map(|code| Text::from(*code)).collect(),
            ..RawEpisode::default()
        }
    }
}

/// Groups the stays as the episodes of one spell.
fn grouped(episodes: &[Stay], release: &Reference) -> (Grouping, Vec<Step>) {
    let spell = RawSpell {
        procodet: Text::from("R0A"),
        provspno: Text::from("1"),
        episodes: episodes.iter().zip(1..).map(|(stay, place)| stay.episode(place)).collect(),
    };
    let mut recording = Recording::default();
    let grouping = group(&spell, release, &mut recording);
    (grouping, recording.into_steps().in_words())
}

fn texts(unbundled: &[hrg_grouper::grouper::grouping::Unbundled]) -> Vec<String> {
    unbundled.iter().map(ToString::to_string).collect()
}

/// The unbundled HRGs of a stay in a release.
fn unbundled_in(stay: &Stay, release: &Reference) -> Vec<String> {
    texts(&grouped(std::slice::from_ref(stay), release).0.spell.unbundled)
}

/// Every release gives the stay these unbundled HRGs, in this order.
#[track_caller]
fn gives(stay: Stay, expected: &[&str]) {
    for release in RELEASES.iter() {
        assert_eq!(unbundled_in(&stay, release), expected, "{}", release.identity.id);
    }
}

/// An outpatient of that age with these procedures; further fields as `name = 'value'` lines.
fn attendance(age: &str, oper: &[&str], fields: &str, release: &Reference) -> (String, Vec<String>) {
    let mut record: Table = "sex = '1'\nmainspef = '100'\ntretspef = '100'\nfirstatt = '1'".parse().expect("TOML");
    record.extend(fields.parse::<Table>().expect("TOML"));
    record.insert("startage".to_owned(), Value::from(age));
    record.insert("oper".to_owned(), Value::Array(oper.iter().map(|code| Value::from(*code)).collect()));
    let result = support::other::group("nac", &record, release, &mut hrg_grouper::trace::Off);
    (result.hrg.to_string(), texts(&result.unbundled))
}

/// Every release gives the outpatient these unbundled HRGs.
#[track_caller]
fn attends(age: &str, oper: &[&str], fields: &str, expected: &[&str]) {
    for release in RELEASES.iter() {
        assert_eq!(attendance(age, oper, fields, release).1, expected, "{}", release.identity.id);
    }
}

/// Both an adult admitted and an adult outpatient are given these.
#[track_caller]
fn both(oper: &[&'static str], expected: &[&str]) {
    gives(stay(oper), expected);
    attends("40", oper, "", expected);
}
