//! Every list of every release, with every member.

use crate::pages::walk;
use crate::support::service::Service;
use crate::tables::rows;
use crate::{ask, each, for_every_release, path, payment, service};
use hrg_grouper::reference::TableId;
use hrg_grouper::reference::codes::NamedCode;
use hrg_grouper::reference::pattern::Pattern;
use hrg_grouper::reference::row::Row;
use std::collections::BTreeMap;

/// The tables that hold lists, and the column that names them.
const TABLES: [(TableId, &str); 4] = [
    (TableId::CcScores, "list"),
    (TableId::Interventions, "subchapter"),
    (TableId::NamedLists, "list"),
    (TableId::TraumaSites, "site"),
];

#[test]
fn every_list_of_every_release_is_answered_with_every_member() {
    for_every_release(|service, release| {
        let mut expected: BTreeMap<String, Vec<(String, u64, String)>> = BTreeMap::new();
        for (table, name) in TABLES {
            for row in rows(release, table) {
                let score = if table == TableId::CcScores { row.number("score") } else { 0 };
                let member = (row.get("code").to_owned(), score, row.id.clone());
                expected.entry(format!("{}:{}", table.name(), row.get(name))).or_default().push(member);
            }
        }
        let found = walk(service, release, "lists", "lists", 20);
        assert_eq!(found.iter().map(|list| list["list"].as_str().expect("a name")).collect::<Vec<_>>(), {
            expected.keys().map(String::as_str).collect::<Vec<_>>()
        });
        for list in &found {
            let name = list["list"].as_str().expect("a name");
            let members = expected.get_mut(name).expect("a list of the tables");
            members.sort();
            assert_eq!(list["members"], members.len(), "{name}");
            let answered = walk(service, release, &format!("lists/{name}"), "codes", 200);
            let member = |member: &serde_json::Value| {
                let text = |key: &str| member[key].as_str().unwrap_or_default().to_owned();
                (text("code"), member["score"].as_u64().unwrap_or_default(), text("row"))
            };
            assert_eq!(&answered.iter().map(member).collect::<Vec<_>>(), members, "{name}");
        }
        println!("{}: {} lists agree", release.identity.id, found.len());
    });
}

#[test]
fn a_list_is_found_by_its_name_alone_whatever_the_case_and_says_who_uses_it() {
    let service = service();
    let list = ask(&service, payment(), "lists/cc_aa");
    assert_eq!(list["list"], "cc_scores:cc_aa");
    assert_eq!(list["system"], "icd10");
    assert!(each(&list["usedBy"], "row").contains(&"cc_list_of_subchapter:AA"), "{}", list["usedBy"]);
    for name in ["CC_AA", "cc_scores:cc_aa", "CC_SCORES:CC_AA", "%20cc_aa"] {
        assert_eq!(ask(&service, payment(), &format!("lists/{name}")), list, "{name}");
    }
    let named = ask(&service, payment(), "lists/rehab_burns");
    assert!(each(&named["usedBy"], "row").contains(&"unbundling_rules:UB-0561"), "{}", named["usedBy"]);
}

#[test]
fn a_name_that_two_tables_have_needs_its_table() {
    let mut release = payment().clone();
    let named = NamedCode { list: "cc_aa".into(), pattern: Pattern::parse("A00*").expect("a pattern") };
    release.named_lists.push(Row { table: TableId::NamedLists, id: "cc_aa/A00*".into(), line: 999, value: named });
    let service = Service::over(vec![release]);
    let answer = service.get(&path(payment(), "lists/cc_aa"));
    assert_eq!((answer.status.as_u16(), answer.json["code"].as_str()), (422, Some("ambiguous-list")));
    assert_eq!(ask(&service, payment(), "lists/named_lists:cc_aa")["members"], 1);
    assert_eq!(ask(&service, payment(), "lists/cc_scores:cc_aa"), ask(&crate::service(), payment(), "lists/cc_aa"));
}
