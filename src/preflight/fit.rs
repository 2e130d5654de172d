//! What a value is to its field, by itself.

use crate::grouper::case::{known_diagnosis, known_procedure};
use crate::grouper::normalise::{diagnosis, number, procedure};
use crate::grouper::other::{date, with_leading_zero};
use crate::grouper::validate::age_is_valid;
use crate::record::{Text, Word};
use crate::reference::Reference;
use crate::reference::fields::Content;

/// What a value is to its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// Nothing was sent.
    Blank,
    /// One that the field may have.
    Valid,
    /// One that the release knows, and no longer or not yet accepts.
    Retired,
    /// A clinical code by its form, which the release does not know.
    Unknown,
    /// None of these.
    Invalid,
}

/// What the text is to a field that holds such content.
pub(super) fn fit(content: Content, text: &str, reference: &Reference) -> Fit {
    let sent = text.trim();
    if sent.is_empty() {
        return Fit::Blank;
    }
    let valid = |is: bool| if is { Fit::Valid } else { Fit::Invalid };
    let whole = || number(&Text::from(sent)).value();
    match content {
        Content::Text => Fit::Valid,
        Content::Number(least, most) => valid(whole().is_some_and(|value| (least..=most).contains(&value))),
        Content::Age => valid(whole().is_some_and(|age| age_is_valid(age, reference))),
        Content::Code(set) => coded(set, sent, reference),
        Content::Activity => {
            valid(with_leading_zero(sent).is_some_and(|code| reference.other.activities.contains_key(&code)))
        }
        Content::Date => valid(date(sent).is_some()),
        Content::Kilograms => valid(is_weight(sent)),
        Content::Diagnosis => match diagnosis(sent, &reference.options) {
            None => Fit::Invalid,
            Some(code) if known_diagnosis(reference, code).is_some() => Fit::Valid,
            Some(code) if reference.codes.diagnoses.find(code.word()).is_some() => Fit::Retired,
            Some(_) => Fit::Unknown,
        },
        Content::Procedure => match procedure(sent) {
            None => Fit::Invalid,
            Some(code) if known_procedure(reference, code).is_some() => Fit::Valid,
            Some(code) if reference.codes.procedures.find(code.word()).is_some() => Fit::Retired,
            Some(_) => Fit::Unknown,
        },
    }
}

fn coded(set: &str, sent: &str, reference: &Reference) -> Fit {
    // The leading zero of a unit function may be left out.
    let word = if set.starts_with("CCUF") { with_leading_zero(sent) } else { Word::new(sent) };
    match word.and_then(|word| reference.labels.values.get(set, word)) {
        Some(row) if row.accepted => Fit::Valid,
        Some(_) => Fit::Retired,
        None => Fit::Invalid,
    }
}

/// Kilograms below 10 and above 0, with three decimals at most.
fn is_weight(sent: &str) -> bool {
    let (whole, decimals) = sent.split_once('.').unwrap_or((sent, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let some = |text: &str| text.bytes().any(|b| b != b'0');
    whole.len() <= 1 && decimals.len() <= 3 && digits(whole) && digits(decimals) && (some(whole) || some(decimals))
}

/// Whether a field of such content tells values of other columns from its own.
pub(super) fn tells(content: Content) -> bool {
    match content {
        Content::Text => false,
        // Nearly any number is a count of days.
        Content::Number(least, most) => least > 0 || most < 200,
        Content::Age
        | Content::Code(_)
        | Content::Activity
        | Content::Date
        | Content::Kilograms
        | Content::Diagnosis
        | Content::Procedure => true,
    }
}
