//! The lists of a release: named lists, lists of complications, interventions of a subchapter, body sites of trauma.
//!
//! A list is named by its table and its name within it, `cc_scores:cc_aa`; where no other table has the name, the name
//! alone will do.

use super::fault::Fault;
use super::mentions::{InRules, lists_in_rules};
use super::names::{System, cite, label_of};
use super::page::Extract;
use crate::reference::pattern::Pattern;
use crate::reference::row::{ByCode, Row, RowRef};
use crate::reference::trauma::SITES;
use crate::reference::{Reference, ReferenceAnswer, Subchapter, TableId};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A list by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ListName {
    /// Table and name.
    #[schema(example = "cc_scores:cc_aa")]
    pub list: String,
    /// The table it stands in.
    #[schema(example = "cc_scores")]
    pub table: &'static str,
    /// The name within the table.
    #[schema(example = "cc_aa")]
    pub name: String,
    /// What it is, in words.
    #[schema(example = "Complications and comorbidities of AA, AB")]
    pub label: String,
    /// The classification of its codes; none for a named list that nothing uses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<System>,
    /// How many members it has.
    pub members: usize,
}

/// The lists, in order of table and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ListIndex {
    /// Which release answered.
    pub reference: ReferenceAnswer,
    /// How many there are in all.
    pub count: usize,
    /// Those of this page.
    pub lists: Vec<ListName>,
    /// The cursor of the next page, unless this is the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A member of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Member {
    /// The pattern.
    #[schema(example = "A047")]
    pub code: String,
    /// In plain words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Points, on a list of complications.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<u32>,
    /// The row.
    #[schema(value_type = String, example = "cc_scores:cc_aa/A047")]
    pub row: RowRef,
}

/// A row that uses a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ListUse {
    /// The row.
    #[schema(value_type = String, example = "cc_list_of_subchapter:AA")]
    pub row: RowRef,
    /// The condition, where the row is a rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

/// A list with its members, by code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListAnswer {
    /// Which release answered.
    pub reference: ReferenceAnswer,
    /// The list.
    #[serde(flatten)]
    pub name: ListName,
    /// The rows that use it: rules, subchapters, roots that count it.
    pub used_by: Vec<ListUse>,
    /// Those of this page.
    pub codes: Vec<Member>,
    /// The cursor of the next page, unless this is the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A list before it is put into words.
type Members<'r> = Vec<Listed<'r>>;

/// A member before it is put into words.
struct Listed<'r> {
    pattern: Pattern,
    score: Option<u32>,
    id: &'r str,
}

impl<'r> Listed<'r> {
    fn of<T>(row: &'r Row<ByCode<T>>) -> Listed<'r> {
        Listed { pattern: row.value.pattern, score: None, id: &row.id }
    }
}

/// Every list by table and name.
fn all(reference: &Reference) -> BTreeMap<(TableId, String), Members<'_>> {
    let mut lists: BTreeMap<(TableId, String), Members<'_>> = BTreeMap::new();
    for row in &reference.named_lists {
        let member = Listed { pattern: row.value.pattern, score: None, id: &row.id };
        lists.entry((TableId::NamedLists, row.value.list.to_string())).or_default().push(member);
    }
    for (name, codes) in &reference.complications.lists {
        let members = codes.rows().iter().map(|row| Listed { score: Some(row.value.fact), ..Listed::of(row) });
        lists.insert((TableId::CcScores, name.to_string()), members.collect());
    }
    for (subchapter, codes) in &reference.complications.interventions {
        let members = codes.rows().iter().map(Listed::of).collect();
        lists.insert((TableId::Interventions, subchapter.to_string()), members);
    }
    for row in reference.trauma.sites.rows() {
        let name = SITES.get(usize::from(row.value.fact)).copied().unwrap_or_default().to_owned();
        lists.entry((TableId::TraumaSites, name)).or_default().push(Listed::of(row));
    }
    lists
}

/// The lists of the release.
pub fn list_lists(extract: Extract<'_>, reference: &Reference) -> Result<ListIndex, Fault> {
    let rules = lists_in_rules(reference);
    let named = all(reference).into_iter().map(|((table, name), members)| {
        let (name, _) = described(table, &name, members.len(), &rules, reference);
        (name.list.clone(), name)
    });
    let page = extract.of(reference, "lists", named.collect())?;
    Ok(ListIndex { reference: ReferenceAnswer::of(reference), count: page.count, lists: page.items, next: page.next })
}

/// One list, whatever the case of its name.
pub fn look_up_list(sent: &str, extract: Extract<'_>, reference: &Reference) -> Result<ListAnswer, Fault> {
    let sent = sent.trim();
    let mut matching = all(reference).into_iter().filter(|((table, name), _)| match sent.split_once(':') {
        Some((of, rest)) => of.eq_ignore_ascii_case(table.name()) && rest.eq_ignore_ascii_case(name),
        None => sent.eq_ignore_ascii_case(name),
    });
    let ((table, name), members) = matching.next().ok_or(Fault::UnknownList)?;
    if matching.next().is_some() {
        return Err(Fault::AmbiguousList);
    }
    let (name, used_by) = described(table, &name, members.len(), &lists_in_rules(reference), reference);
    let members = members.into_iter().map(|Listed { pattern, score, id }| {
        let label = name.system.and_then(|system| label_of(system, pattern, reference)).map(str::to_owned);
        (pattern.to_string(), Member { code: pattern.to_string(), label, score, row: cite(table, id) })
    });
    let page = extract.of(reference, &format!("list {}", name.list), members.collect())?;
    Ok(ListAnswer { reference: ReferenceAnswer::of(reference), name, used_by, codes: page.items, next: page.next })
}

/// The list in words, and the rows that use it.
fn described(
    table: TableId,
    name: &str,
    members: usize,
    rules: &BTreeMap<&str, InRules>,
    reference: &Reference,
) -> (ListName, Vec<ListUse>) {
    let (label, system, used_by) = match table {
        TableId::CcScores => of_complications(name, reference),
        TableId::Interventions => {
            let subchapter = Subchapter::parse(name).and_then(|s| reference.labels.subchapters.get(&s));
            let label = format!("Interventions in {name}, {}", subchapter.map_or("", String::as_str));
            (label, Some(System::Opcs4), Vec::new())
        }
        TableId::TraumaSites => {
            (format!("Injuries of the body site {}", name.replace('_', " ")), Some(System::Icd10), Vec::new())
        }
        _ => of_rules(name, rules.get(name), reference),
    };
    let list = format!("{}:{name}", table.name());
    (ListName { list, table: table.name(), name: name.to_owned(), label, system, members }, used_by)
}

fn of_complications(name: &str, reference: &Reference) -> (String, Option<System>, Vec<ListUse>) {
    let tables = &reference.complications;
    let mut users: Vec<(String, RowRef)> = tables
        .list_of_subchapter
        .iter()
        .filter(|(_, row)| *row.value.name == *name)
        .map(|(subchapter, row)| (subchapter.to_string(), row.cite().owned()))
        .collect();
    users.sort_by(|a, b| a.0.cmp(&b.0));
    let subchapters: Vec<&str> = users.iter().map(|(subchapter, _)| subchapter.as_str()).collect();
    let label = format!("Complications and comorbidities of {}", subchapters.join(", "));
    let inherent =
        tables.inherent.rows().iter().filter(|row| *row.value.fact.list == *name).map(|row| row.cite().owned());
    let mut uses: Vec<ListUse> = users.into_iter().map(|(_, row)| ListUse { row, when: None }).collect();
    uses.extend(inherent.map(|row| ListUse { row, when: None }));
    (label, Some(System::Icd10), uses)
}

fn of_rules(name: &str, rules: Option<&InRules>, reference: &Reference) -> (String, Option<System>, Vec<ListUse>) {
    let counted = reference.complications.proxies.values().flatten().filter(|row| *row.value.list == *name);
    let mut counted: Vec<RowRef> = counted.map(|row| row.cite().owned()).collect();
    counted.sort_by_cached_key(ToString::to_string);
    // A root that counts a list counts secondary diagnoses.
    let system = rules.and_then(|rules| rules.system).or((!counted.is_empty()).then_some(System::Icd10));
    let uses = counted.into_iter().map(|row| ListUse { row, when: None });
    let rules = rules.map(|rules| rules.rules.as_slice()).unwrap_or_default().iter();
    let uses = uses.chain(rules.map(|(row, when)| ListUse { row: row.clone(), when: Some(when.clone()) }));
    (name.replace('_', " "), system, uses.collect())
}
