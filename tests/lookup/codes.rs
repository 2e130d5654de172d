//! Every code of every release: what is answered is what its tables say.

use crate::support::service::Service;
use crate::tables::{ByCode, Row, Spoken, by_name, patterns_of, rows};
use crate::{ask, each, for_every_release, payment, service};
use hrg_grouper::reference::{Reference, TableId};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// Codes that could be recorded under a pattern, the shortest first.
fn written(pattern: &str, system: &str) -> Vec<String> {
    let Some(stem) = pattern.strip_suffix('*') else { return vec![pattern.to_owned()] };
    let mut codes = vec![stem.to_owned()];
    while codes[0].len() < 4 {
        let last: &[char] = if system == "icd10" && codes[0].len() == 3 { &['X'] } else { &[] };
        let ends = ('0'..='9').chain(last.iter().copied());
        codes = codes.iter().flat_map(|code| ends.clone().map(move |end| format!("{code}{end}"))).collect();
    }
    if system == "icd10" {
        codes.extend(codes.clone().iter().flat_map(|code| ('0'..='9').map(move |end| format!("{code}{end}"))));
    }
    codes
}

/// What a release says of codes, by this test's reading of its tables.
struct Expected<'r> {
    release: &'r Reference,
    system: &'static str,
    codes: ByCode,
    rules: ByCode,
    unbundling: ByCode,
    scores: BTreeMap<String, ByCode>,
    lists: BTreeMap<String, ByCode>,
    interventions: BTreeMap<String, ByCode>,
    sites: ByCode,
    trauma: ByCode,
    burns: ByCode,
    areas: ByCode,
    conflicts: ByCode,
    categories: ByCode,
    inherent: ByCode,
    exclusions: Vec<Row>,
    proxies: Vec<Row>,
    subchapters: Vec<Row>,
    hrgs_of_root: BTreeMap<String, BTreeSet<String>>,
    spoken: Spoken,
}

impl<'r> Expected<'r> {
    fn of(release: &'r Reference, system: &'static str) -> Expected<'r> {
        let diagnoses = system == "icd10";
        let either = |diagnosis, procedure| ByCode::of(release, if diagnoses { diagnosis } else { procedure });
        let mut hrgs_of_root: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for row in rows(release, TableId::Splits) {
            hrgs_of_root.entry(row.get("root").to_owned()).or_default().insert(row.get("hrg").to_owned());
        }
        Expected {
            release,
            system,
            codes: either(TableId::Diagnoses, TableId::Procedures),
            rules: either(TableId::DiagnosisRootRules, TableId::ProcedureRootRules),
            unbundling: ByCode::where_is(release, TableId::UnbundlingRules, "system", system),
            scores: by_name(release, TableId::CcScores, "list"),
            lists: by_name(release, TableId::NamedLists, "list"),
            interventions: by_name(release, TableId::Interventions, "subchapter"),
            sites: ByCode::of(release, TableId::TraumaSites),
            trauma: either(TableId::TraumaDiagnosisScore, TableId::TraumaProcedureScore),
            burns: either(TableId::BurnsDiagnosisScore, TableId::BurnsProcedureScore),
            areas: ByCode::of(release, TableId::BurnsTbsaScore),
            conflicts: ByCode::of(release, TableId::SiteConflicts),
            categories: ByCode::of(release, TableId::Pbc),
            inherent: ByCode::of(release, TableId::InherentCc),
            exclusions: rows(release, TableId::CcExclusions),
            proxies: rows(release, TableId::CcProxies),
            subchapters: rows(release, TableId::CcListOfSubchapter),
            hrgs_of_root,
            spoken: Spoken::of(release),
        }
    }

    /// Compares the answer about a code with the tables.
    fn check(&self, code: &str, answer: &Json) {
        let row = self.codes.find(code).expect("a row");
        let place = format!("{} {code} of {}", self.system, self.release.identity.id);
        assert_eq!(answer["system"], self.system, "{place}");
        assert_eq!(answer["code"], code, "{place}");
        assert_eq!(answer["label"], row.get("label"), "{place}");
        assert_eq!(answer["row"], row.id.as_str(), "{place}");
        let valid = row.get("status") == "valid";
        assert_eq!(answer["valid"], valid, "{place}");
        if !valid {
            for key in ["hierarchy", "root", "complication"] {
                assert!(answer[key].is_null(), "{place}: a retired code has {key}");
            }
            for key in ["rootRules", "unbundling", "mentions", "lists", "interventions", "flags"] {
                assert_eq!(answer[key], json!([]), "{place}: {key}");
            }
            return;
        }
        let (hierarchy, asked) = if self.system == "icd10" {
            self.check_diagnosis(code, row, answer, &place);
            (row.number("dh"), !row.is("uz01") && !row.is("uz02"))
        } else {
            self.check_procedure(code, row, answer, &place);
            (row.number("ph"), row.number("ph") >= 3)
        };
        assert_eq!(answer["hierarchy"], hierarchy, "{place}");
        let root = row.get("root");
        if asked && !root.is_empty() {
            assert_eq!(answer["root"]["root"], root, "{place}");
            let hrgs: BTreeSet<String> = each(&answer["root"]["hrgs"], "hrg").into_iter().map(str::to_owned).collect();
            assert_eq!(hrgs, self.hrgs_of_root[root], "{place}");
        } else {
            assert!(answer["root"].is_null(), "{place}");
        }
        let rules = if asked { self.rules.rules_for(code) } else { Vec::new() };
        assert_eq!(each(&answer["rootRules"], "row"), rules, "{place}");
        assert_eq!(each(&answer["unbundling"], "row"), self.unbundling.rules_for(code), "{place}");
        assert_eq!(each(&answer["lists"], "row"), held(&self.lists, code), "{place}");
        let mentions: BTreeSet<String> = each(&answer["mentions"], "row").into_iter().map(str::to_owned).collect();
        assert_eq!(mentions, self.spoken.about(self.system, code), "{place}");
    }

    fn check_diagnosis(&self, code: &str, row: &Row, answer: &Json, place: &str) {
        let flags: Vec<&str> = ["uz01", "uz02", "paediatric"].into_iter().filter(|flag| row.is(flag)).collect();
        assert_eq!(answer["flags"], json!(flags), "{place}");
        let cc = &answer["complication"];
        let scores = self.scores.iter().filter_map(|(list, codes)| {
            let row = codes.find(code)?;
            let users = self.subchapters.iter().filter(|user| user.get("list") == list);
            let mut users: Vec<&str> = users.map(|user| user.get("subchapter")).collect();
            users.sort_unstable();
            Some(json!({"list": list, "subchapters": users, "score": row.number("score"), "row": row.id}))
        });
        assert_eq!(cc["lists"], Json::Array(scores.collect()), "{place}");
        for (key, column) in [("excludedAsPrimary", "primary"), ("excludedAsCc", "cc")] {
            let patterns = patterns_of(code);
            let pairs = self.exclusions.iter().filter(|row| patterns.iter().any(|p| p == row.get(column)));
            assert_eq!(each(&cc[key], "row"), pairs.map(|row| row.id.as_str()).collect::<Vec<_>>(), "{place}: {key}");
        }
        let inherent: Vec<&str> = self.inherent.rows_for(code).into_iter().map(|row| row.id.as_str()).collect();
        assert_eq!(each(&cc["inherent"], "row"), inherent, "{place}");
        let counts = |row: &&Row| self.lists.get(row.get("list")).is_some_and(|list| list.find(code).is_some());
        let proxies: BTreeSet<&str> = self.proxies.iter().filter(counts).map(|row| row.id.as_str()).collect();
        assert_eq!(each(&cc["proxies"], "row").into_iter().collect::<BTreeSet<_>>(), proxies, "{place}");
        let sites: Vec<&str> = self.sites.rows_for(code).into_iter().map(|row| row.id.as_str()).collect();
        assert_eq!(each(&answer["trauma"]["sites"], "row"), sites, "{place}");
        scored(&answer["trauma"]["score"], self.trauma.find(code), place);
        scored(&answer["burns"]["burn"], self.burns.find(code), place);
        scored(&answer["burns"]["surfaceArea"], self.areas.find(code), place);
        let conflict = self.conflicts.find(&code[..4]);
        let allowed = conflict.map(|row| row.get("allowed"));
        assert_eq!(answer["fifthCharacter"]["allowed"].as_str(), allowed, "{place}");
        if let Some(allowed) = allowed {
            let fits = code.get(4..5).is_none_or(|fifth| allowed.contains(fifth));
            assert_eq!(answer["fifthCharacter"]["fits"], fits, "{place}");
        }
        let category = self.categories.find(code).map(|row| row.get("category"));
        assert_eq!(answer["programmeBudgeting"]["category"].as_str(), category, "{place}");
    }

    fn check_procedure(&self, code: &str, row: &Row, answer: &Json, place: &str) {
        let flags = each_flag(row);
        assert_eq!(answer["flags"], json!(flags), "{place}");
        assert!(answer["complication"].is_null(), "{place}");
        assert_eq!(each(&answer["interventions"], "row"), held(&self.interventions, code), "{place}");
        scored(&answer["trauma"]["score"], self.trauma.find(code), place);
        scored(&answer["burns"]["intervention"], self.burns.find(code), place);
    }
}

fn each_flag(row: &Row) -> Vec<&'static str> {
    let kind = match row.get("ph0_kind") {
        "invalid" => Some("ph0Invalid"),
        "poorly_coded" => Some("ph0PoorlyCoded"),
        "" => None,
        other => panic!("a kind of hierarchy 0 that this test does not know: {other}"),
    };
    row.is("supporting").then_some("supporting").into_iter().chain(kind).collect()
}

/// The rows of the lists that hold the code, by list.
fn held(lists: &BTreeMap<String, ByCode>, code: &str) -> Vec<String> {
    lists.values().filter_map(|list| Some(list.find(code)?.id.clone())).collect()
}

fn scored(answer: &Json, row: Option<&Row>, place: &str) {
    match row {
        Some(row) => {
            assert_eq!(answer["score"], row.number("score"), "{place}");
            assert_eq!(answer["row"], row.id.as_str(), "{place}");
        }
        None => assert!(answer.is_null(), "{place}: {answer}"),
    }
}

/// Asks for one code of every row; gives how many rows no code reaches.
fn every_row(service: &Service, release: &Reference, system: &'static str) -> usize {
    let expected = Expected::of(release, system);
    let mut unreached = 0;
    for row in expected.codes.rows() {
        let mut codes = written(row.get("code"), system).into_iter();
        let Some(code) = codes.find(|code| expected.codes.find(code).is_some_and(|found| found.id == row.id)) else {
            unreached += 1;
            continue;
        };
        expected.check(&code, &ask(service, release, &format!("codes/{system}/{code}")));
    }
    println!("{}: {} rows of {system} agree", release.identity.id, expected.codes.rows().len() - unreached);
    unreached
}

#[test]
fn every_diagnosis_of_every_release_is_answered_as_its_tables_say() {
    for_every_release(|service, release| assert_eq!(every_row(service, release, "icd10"), 0));
}

#[test]
fn every_procedure_of_every_release_is_answered_as_its_tables_say() {
    for_every_release(|service, release| assert_eq!(every_row(service, release, "opcs4"), 0));
}

#[test]
fn a_code_is_read_as_people_write_it() {
    let service = service();
    for (system, written, code) in [
        ("icd10", "e10.0", "E100"),
        ("icd10", "I10", "I10X"),
        ("icd10", "i10x", "I10X"),
        ("icd10", "%20E10.0%20", "E100"),
        ("opcs4", "w37.1", "W371"),
    ] {
        let answer = ask(&service, payment(), &format!("codes/{system}/{written}"));
        assert_eq!(answer["code"], code);
        assert_eq!(answer, ask(&service, payment(), &format!("codes/{system}/{code}")), "{written}");
    }
}

#[test]
fn a_retired_code_is_known_and_not_valid() {
    let service = service();
    let retired = ByCode::where_is(payment(), TableId::Diagnoses, "status", "retired");
    let row = retired.rows().first().expect("a retired code");
    let code = written(row.get("code"), "icd10").remove(0);
    let answer = ask(&service, payment(), &format!("codes/icd10/{code}"));
    assert_eq!(answer["valid"], false, "{code}");
    assert_eq!(answer["row"], row.id.as_str());
}
