//! Why a look-up has no answer.

use std::fmt;

/// Why a look-up has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No table of the release has the code, or it is none.
    UnknownCode,
    /// The release has no such HRG, or it is none.
    UnknownHrg,
    /// No list has that name.
    UnknownList,
    /// Lists of several tables have that name.
    AmbiguousList,
    /// The release has no such table, or no such row in it.
    UnknownRow,
    /// The cursor is none that this listing of this release gave.
    BadCursor,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fault::UnknownCode => "no table of diagnoses or procedures in the release has the code",
            Fault::UnknownHrg => "the release has no such HRG",
            Fault::UnknownList => "the release has no list of that name",
            Fault::AmbiguousList => "lists of several tables have that name: write it as table:name",
            Fault::UnknownRow => "the release has no such row; rows are written table:row, as traces cite them",
            Fault::BadCursor => "the cursor is none that this listing of this release gave: begin without one",
        })
    }
}
