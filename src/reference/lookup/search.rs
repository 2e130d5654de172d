//! Searching HRGs and codes, for finding and for completing what is being typed.
//!
//! Every word asked for must begin the code or a word of the label, whatever the case: `hip` finds *Hip Procedures* and
//! not *Membership*; `HN22` finds `HN22A`. A clinical code in full also finds the row that decides for it.

use super::code::read;
use super::code_answer::Standing;
use super::fault::Fault;
use super::names::{HrgName, System, hrg_name, kind_name};
use super::page::Extract;
use crate::reference::pattern::Pattern;
use crate::reference::row::{ByCode, Row, RowRef};
use crate::reference::{Hrg, Reference, ReferenceAnswer};
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

/// A row of a code table that was found: a code, or the beginning of codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FoundCode {
    /// The pattern.
    #[schema(example = "A01*")]
    pub code: String,
    /// In plain words.
    pub label: String,
    /// Valid or retired.
    pub standing: Standing,
    /// Hierarchy.
    pub hierarchy: u8,
    /// Its base root.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    /// The row.
    #[schema(value_type = String, example = "diagnoses:A01*")]
    pub row: RowRef,
}

/// Rows of a code table that were found, by code.
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

/// The rows of a classification's table whose code or label the query begins; all of them where it is blank.
pub fn search_codes(
    system: System,
    query: &str,
    extract: Extract<'_>,
    reference: &Reference,
) -> Result<CodeSearch, Fault> {
    let words: Vec<Asked<'_>> = query.split_whitespace().map(|word| Asked::of(word, system, reference)).collect();
    let fits = |pattern: Pattern, label: &str| words.iter().all(|word| word.fits(pattern, label));
    let retired_or_not = |retired| if retired { Standing::Retired } else { Standing::Valid };
    let mut found = Vec::new();
    match system {
        System::Icd10 => {
            for row in reference.codes.diagnoses.rows() {
                let fact = &row.value.fact;
                if fits(row.value.pattern, &fact.label) {
                    let root = fact.root.map(|root| root.to_string());
                    found.push(listed(row, &fact.label, retired_or_not(fact.retired), fact.dh, root));
                }
            }
        }
        System::Opcs4 => {
            for row in reference.codes.procedures.rows() {
                let fact = &row.value.fact;
                if fits(row.value.pattern, &fact.label) {
                    let root = fact.root.map(|root| root.to_string());
                    found.push(listed(row, &fact.label, retired_or_not(fact.retired), fact.ph, root));
                }
            }
        }
    }
    let page = extract.of(reference, &format!("codes {} {query}", system.name()), found)?;
    let reference = ReferenceAnswer::of(reference);
    Ok(CodeSearch { reference, system, count: page.count, codes: page.items, next: page.next })
}

fn listed<T>(
    row: &Row<ByCode<T>>,
    label: &str,
    standing: Standing,
    hierarchy: u8,
    root: Option<String>,
) -> (String, FoundCode) {
    let code = row.value.pattern.to_string();
    (code.clone(), FoundCode { code, label: label.to_owned(), standing, hierarchy, root, row: row.cite() })
}

/// A word of a query for codes.
struct Asked<'q> {
    word: &'q str,
    /// The word without full stops.
    code: String,
    /// The pattern that decides for the word, where it is a code in full.
    decides: Option<Pattern>,
}

impl<'q> Asked<'q> {
    fn of(word: &'q str, system: System, reference: &Reference) -> Asked<'q> {
        let codes = &reference.codes;
        let decides = read(system, word, reference).and_then(|(code, _)| match system {
            System::Icd10 => codes.diagnoses.find(code).map(|row| row.value.pattern),
            System::Opcs4 => codes.procedures.find(code).map(|row| row.value.pattern),
        });
        Asked { word, code: word.replace('.', ""), decides }
    }

    fn fits(&self, pattern: Pattern, label: &str) -> bool {
        let begun = !self.code.is_empty() && begins(&pattern.word().to_string(), &self.code);
        begun || self.decides == Some(pattern) || in_label(label, self.word)
    }
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
