//! What a release says of one HRG: the look-up behind `/hrgs/{hrg}`. Source: 01 HRG codes, decoding an HRG.

use super::bands::in_words;
use super::fault::Fault;
use super::given::{Giver, givers};
use super::names::{HrgName, RootName, System, cite, hrg_name, kind_name, label_of, root_name};
use crate::reference::condition::Condition;
use crate::reference::labels::Kind;
use crate::reference::pattern::Pattern;
use crate::reference::row::{Row, RowRef};
use crate::reference::splits::{Dimension, RootSplits, Split};
use crate::reference::{Hrg, Reference, ReferenceAnswer, Root, TableId};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A chapter or subchapter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Named {
    /// One letter, or two.
    #[schema(example = "HN")]
    pub code: String,
    /// Its label.
    pub label: String,
    /// Its row.
    #[schema(value_type = String, example = "subchapters:HN")]
    pub row: RowRef,
}

/// An HRG taken apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Decoded {
    /// First character.
    pub chapter: Named,
    /// First two characters.
    pub subchapter: Named,
    /// Third and fourth character: the number within the subchapter.
    #[schema(example = "22")]
    pub number: String,
    /// First four characters.
    #[schema(example = "HN22")]
    pub root: String,
    /// Fifth character: a letter without a meaning of its own, `Z` where the root has no split.
    #[schema(example = "A")]
    pub split: String,
    /// Whether the root is split at all.
    pub is_split: bool,
}

/// A row that leads from a root to an HRG.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SplitRow {
    /// The HRG.
    pub hrg: HrgName,
    /// The row.
    #[schema(value_type = String, example = "splits:HN22/HN22A")]
    pub row: RowRef,
    /// Rows with an order are tried before the others, lower first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<u32>,
    /// CC score, as the table writes it; `any` where the table leaves it empty.
    pub cc: String,
    /// Age in years.
    pub age: String,
    /// Stay in days.
    pub stay: String,
    /// Interventions counted.
    pub interventions: String,
    /// What else must hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// All of it in words.
    #[schema(example = "CC score 2 to 4, 19 years and over")]
    pub words: String,
}

/// Another HRG of the root, with what would have to differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Sibling {
    /// Its row.
    #[serde(flatten)]
    pub split: SplitRow,
    /// What would have to differ for it to be reached in place of the HRG.
    #[schema(example = json!(["CC score 5 or more in place of CC score 2 to 4"]))]
    pub differs: Vec<String>,
}

/// One row that leads from a code to the root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Lead {
    /// A row of the code table (its base mapping), or a rule.
    #[schema(value_type = String, example = "procedures:A01*")]
    pub row: RowRef,
    /// The rule's condition; none for the base mapping, which holds where no rule does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

/// A code, or the beginning of codes, that can lead to the root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LeadingCode {
    /// The classification.
    pub system: System,
    /// The pattern.
    #[schema(example = "W37*")]
    pub code: String,
    /// In plain words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// How it leads there.
    pub leads: Vec<Lead>,
}

/// Everything a release says of an HRG.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HrgAnswer {
    /// Which release answered.
    pub reference: ReferenceAnswer,
    /// The HRG with its label.
    #[serde(flatten)]
    pub name: HrgName,
    /// `core` or `unbundled`.
    #[schema(example = "core")]
    pub kind: &'static str,
    /// The field whose days are written after an asterisk, for unbundled HRGs that bear them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "REHABILITATIONDAYS")]
    pub multiplier: Option<&'static str>,
    /// The code taken apart.
    pub decoded: Decoded,
    /// Its root; none for an HRG that no root leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root: Option<RootName>,
    /// The rows that lead from the root to it.
    pub splits: Vec<SplitRow>,
    /// The other rows of the root, in the order they are tried.
    pub siblings: Vec<Sibling>,
    /// How else it is given: matrix cells, rules, unbundling, other logics.
    pub given_by: Vec<Giver>,
    /// The codes that can lead to its root: patterns of the tables, diagnoses first, each by code.
    pub leading_codes: Vec<LeadingCode>,
}

/// Everything the release says of an HRG, whatever the case.
pub fn look_up_hrg(sent: &str, reference: &Reference) -> Result<HrgAnswer, Fault> {
    let hrg = Hrg::parse(&sent.trim().to_ascii_uppercase()).ok_or(Fault::UnknownHrg)?;
    let row = reference.labels.hrgs.get(&hrg).ok_or(Fault::UnknownHrg)?;
    let root = hrg.root();
    let of_root = reference.splits.get(&root);
    let rows = of_root.map(|splits| splits.rows.as_slice()).unwrap_or_default();
    let (own, others): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.value.hrg == hrg);
    let siblings = others
        .iter()
        .map(|other| Sibling { split: split_row(other, reference), differs: differences(&own, other, of_root) });
    Ok(HrgAnswer {
        reference: ReferenceAnswer::of(reference),
        name: hrg_name(hrg, reference),
        kind: kind_name(row.kind),
        multiplier: row.multiplier.filter(|_| row.kind == Kind::Unbundled).map(|field| field.name()),
        decoded: decoded(hrg, reference),
        root: root_name(root, reference),
        siblings: siblings.collect(),
        splits: own.into_iter().map(|row| split_row(row, reference)).collect(),
        given_by: givers(hrg, reference),
        leading_codes: leading_codes(root, reference),
    })
}

fn decoded(hrg: Hrg, reference: &Reference) -> Decoded {
    let (text, subchapter) = (hrg.to_string(), hrg.subchapter());
    let (chapter, labels) = (subchapter.chapter(), &reference.labels);
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default().to_owned();
    Decoded {
        chapter: Named {
            code: chapter.to_string(),
            label: labels.chapters.get(&chapter).cloned().unwrap_or_default(),
            row: cite(TableId::Chapters, chapter),
        },
        subchapter: Named {
            code: subchapter.to_string(),
            label: labels.subchapters.get(&subchapter).cloned().unwrap_or_default(),
            row: cite(TableId::Subchapters, subchapter),
        },
        number: part(2, 4),
        root: hrg.root().to_string(),
        split: part(4, 5),
        is_split: !text.ends_with('Z'),
    }
}

fn split_row(row: &Row<Split>, reference: &Reference) -> SplitRow {
    let split = &row.value;
    SplitRow {
        hrg: hrg_name(split.hrg, reference),
        row: row.cite().owned(),
        order: split.order,
        cc: split.cc.to_string(),
        age: split.age.to_string(),
        stay: split.stay.to_string(),
        interventions: split.interventions.to_string(),
        when: condition(split),
        words: words(split),
    }
}

fn condition(split: &Split) -> Option<String> {
    (!matches!(split.when, Condition::Always)).then(|| split.when.to_string())
}

fn words(split: &Split) -> String {
    let bands = Dimension::ALL.into_iter().filter(|d| !split.band(*d).is_any());
    let parts: Vec<String> = bands.map(|d| in_words(d, split.band(d))).chain(condition(split)).collect();
    if parts.is_empty() { "always".to_owned() } else { parts.join(", ") }
}

/// What separates a row from the own row that is nearest to it.
fn differences(own: &[&Row<Split>], other: &Row<Split>, root: Option<&RootSplits>) -> Vec<String> {
    let compare = |mine: &&Row<Split>| {
        let (mine, theirs) = (&mine.value, &other.value);
        let mut differs: Vec<String> = Dimension::ALL
            .into_iter()
            .filter(|d| mine.band(*d) != theirs.band(*d))
            .map(|d| format!("{} in place of {}", in_words(d, theirs.band(d)), in_words(d, mine.band(d))))
            .collect();
        match (condition(theirs), condition(mine)) {
            (theirs, mine) if theirs == mine => {}
            (Some(theirs), Some(mine)) => differs.push(format!("{theirs} in place of {mine}")),
            (Some(theirs), None) => differs.push(theirs),
            (None, Some(mine)) => differs.push(format!("not needed: {mine}")),
            (None, None) => {}
        }
        differs
    };
    let Some(mut differs) = own.iter().map(compare).min_by_key(Vec::len) else { return Vec::new() };
    // The rows stand in the order they are tried.
    let place = |row: &Row<Split>| root.and_then(|root| root.rows.iter().position(|r| r.id == row.id));
    let before = own.iter().all(|mine| place(other) < place(mine));
    if let (Some(order), true) = (other.value.order, before) {
        differs.push(format!("it is tried first (order {order})"));
    }
    differs
}

/// The patterns that can lead to the root, with how.
fn leading_codes(root: Root, reference: &Reference) -> Vec<LeadingCode> {
    let mut found: BTreeMap<(System, Pattern), Vec<Lead>> = BTreeMap::new();
    let mut add = |system, pattern, row, when| found.entry((system, pattern)).or_default().push(Lead { row, when });
    let codes = &reference.codes;
    for row in codes.diagnoses.rows() {
        if row.value.fact.root == Some(root) && row.value.fact.can_be_primary() {
            add(System::Icd10, row.value.pattern, row.cite().owned(), None);
        }
    }
    for row in codes.procedures.rows() {
        if row.value.fact.root == Some(root) && row.value.fact.can_drive() {
            add(System::Opcs4, row.value.pattern, row.cite().owned(), None);
        }
    }
    for row in codes.diagnosis_rules.rows().iter().filter(|row| row.value.fact.then == root) {
        add(System::Icd10, row.value.pattern, row.cite().owned(), Some(row.value.fact.when.to_string()));
    }
    for row in codes.procedure_rules.rows().iter().filter(|row| row.value.fact.then == root) {
        add(System::Opcs4, row.value.pattern, row.cite().owned(), Some(row.value.fact.when.to_string()));
    }
    let listed = found.into_iter().map(|((system, pattern), leads)| {
        let label = label_of(system, pattern, reference).map(str::to_owned);
        LeadingCode { system, code: pattern.to_string(), label, leads }
    });
    listed.collect()
}
