//! Why a look-up has no answer. What a release does not know of a well-formed code is an answer, not a fault.

use std::fmt;

/// Why a look-up has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The text has not the shape of a code of its classification.
    MalformedCode,
    /// The text has not the shape of an HRG.
    MalformedHrg,
    /// The HRG is well formed and the release does not have it.
    UnknownHrg,
    /// No list has that name.
    UnknownList,
    /// Lists of several tables have that name.
    AmbiguousList,
    /// The cursor is none that this listing of this release gave.
    BadCursor,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fault::MalformedCode => {
                "an ICD-10 code is a letter, two digits and up to three more characters; an OPCS-4 code a letter and three digits"
            }
            Fault::MalformedHrg => "an HRG is two letters, two digits and a letter",
            Fault::UnknownHrg => "unknown in this release",
            Fault::UnknownList => "no list of this release has that name",
            Fault::AmbiguousList => "lists of several tables have that name: write it as table:name",
            Fault::BadCursor => "the cursor is none that this listing of this release gave: begin without one",
        })
    }
}
