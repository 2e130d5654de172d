//! Searching HRGs and codes, for finding and for completing what is being typed.
//!
//! Every word asked for must begin the code or a word of the label, whatever the case: `hip` finds *Hip Procedures* and
//! not *Membership*; `HN22` finds `HN22A`.

use super::fault::Fault;
use super::names::{HrgName, System, hrg_name, kind_name};
use super::page::Extract;
use crate::reference::pattern::Pattern;
use crate::reference::row::{ByCode, Row};
use crate::reference::{Hrg, Reference, ReferenceAnswer, RowRef};
use serde::Serialize;
use utoipa::ToSchema;

/// The longest query, in characters.
pub const MAX_QUERY: usize = 200;

/// An HRG that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FoundHrg {
    /// The HRG with its label.
    #[serde(flatten)]
    pub name: HrgName,
    /// `core` or `unbundled`.
    #[schema(example = "core")]
    pub kind: &'static str,
    /// Its root.
    #[schema(example = "HN22")]
    pub root: String,
}

/// HRGs that were found, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HrgSearch {
    /// Which release answered.
    pub reference: ReferenceAnswer,
    /// How many were found in all.
    pub count: usize,
    /// Those of this page.
    pub hrgs: Vec<FoundHrg>,
    /// The cursor of the next page, unless this is the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// The HRGs whose code or label the query begins; all of them where it is blank.
pub fn search_hrgs(query: &str, extract: Extract<'_>, reference: &Reference) -> Result<HrgSearch, Fault> {
    let words: Vec<&str> = query.split_whitespace().collect();
    let hrgs = reference.labels.hrgs.iter().filter(|(hrg, row)| {
        let code = hrg.to_string();
        words.iter().all(|word| begins(&code, word) || in_label(&row.label, word))
    });
    let found: Vec<(String, Hrg)> = hrgs.map(|(hrg, _)| (hrg.to_string(), *hrg)).collect();
    let page = extract.of(reference, &format!("hrgs {query}"), found)?;
    let shown = page.items.into_iter().filter_map(|hrg| {
        let kind = kind_name(reference.labels.hrgs.get(&hrg)?.kind);
        Some(FoundHrg { name: hrg_name(hrg, reference), kind, root: hrg.root().to_string() })
    });
    let hrgs = shown.collect();
    Ok(HrgSearch { reference: ReferenceAnswer::of(reference), count: page.count, hrgs, next: page.next })
}

/// A code that was found, or the beginning of codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FoundCode {
    /// The code, or the beginning of codes as tables write it.
    #[schema(example = "J18*")]
    pub code: String,
    /// In plain words.
    pub label: String,
    /// Whether records may bear it; a retired code is found all the same.
    pub valid: bool,
    /// Its row.
    #[schema(value_type = String, example = "diagnoses:J18*")]
    pub row: RowRef,
}

/// Codes that were found, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CodeSearch {
    /// Which release answered.
    pub reference: ReferenceAnswer,
    /// The classification.
    pub system: System,
    /// How many were found in all.
    pub count: usize,
    /// Those of this page.
    pub codes: Vec<FoundCode>,
    /// The cursor of the next page, unless this is the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// The codes which the query begins, or words of whose label it begins; all of them where it is blank.
pub fn search_codes(
    system: System,
    query: &str,
    extract: Extract<'_>,
    reference: &Reference,
) -> Result<CodeSearch, Fault> {
    let codes = &reference.codes;
    let found = match system {
        System::Icd10 => matching(codes.diagnoses.rows(), query, |fact| (&fact.label, !fact.retired)),
        System::Opcs4 => matching(codes.procedures.rows(), query, |fact| (&fact.label, !fact.retired)),
    };
    let page = extract.of(reference, &format!("codes {} {query}", system.name()), found)?;
    let (reference, count) = (ReferenceAnswer::of(reference), page.count);
    Ok(CodeSearch { reference, system, count, codes: page.items, next: page.next })
}

/// The rows that every word of the query begins. Full stops in codes are left out, as tables leave them out.
fn matching<T>(rows: &[Row<ByCode<T>>], query: &str, said: impl Fn(&T) -> (&String, bool)) -> Vec<(String, FoundCode)> {
    let words: Vec<(&str, String)> = query.split_whitespace().map(|word| (word, word.replace('.', ""))).collect();
    let mut found = Vec::new();
    let mut last: Option<Pattern> = None;
    // Rows of one pattern stand together; the first of them says what the code is.
    for row in rows.iter().filter(|row| last.replace(row.value.pattern) != Some(row.value.pattern)) {
        let (code, (label, valid)) = (row.value.pattern.to_string(), said(&row.value.fact));
        let fits = |(word, bare): &(&str, String)| (!bare.is_empty() && begins(&code, bare)) || in_label(label, word);
        if words.iter().all(fits) {
            let label = label.clone();
            found.push((code.clone(), FoundCode { code, label, valid, row: row.cite().owned() }));
        }
    }
    found
}

/// Whether the text begins with the beginning, whatever the case.
fn begins(text: &str, beginning: &str) -> bool {
    let mut letters = text.chars().flat_map(char::to_lowercase);
    beginning.chars().flat_map(char::to_lowercase).all(|letter| letters.next() == Some(letter))
}

/// The parts of a text between spaces and signs.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty())
}

/// Whether every part of the word begins a word of the label; a word of signs alone is in none.
fn in_label(label: &str, word: &str) -> bool {
    parts(word).next().is_some() && parts(word).all(|part| parts(label).any(|of_label| begins(of_label, part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_by_their_beginning_whatever_the_case() {
        let label = "Major Hip Procedures for Non-Trauma, with CC Score 2-4";
        for word in ["hip", "HIP", "proc", "trauma", "non-trauma", "2-4", "score"] {
            assert!(in_label(label, word), "{word}");
        }
        for word in ["ip", "shoulder", "hips", "-", "…", "auma"] {
            assert!(!in_label(label, word), "{word}");
        }
    }
}
