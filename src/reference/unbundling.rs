//! Unbundling rules (A4) and global exceptions (A8).

use super::condition::{Condition, Needs};
use super::ids::Hrg;
use super::row::{CodeTable, Row, Rule};

/// What an unbundling rule yields.
#[derive(Clone, Copy, Debug)]
pub struct Yield {
    /// The HRG; `UZ01Z` says that the code is too poorly coded (UZ06).
    pub hrg: Hrg,
    /// Further instances in the record are set aside without another HRG.
    pub once: bool,
}

/// The unbundling tables of a release.
#[derive(Clone, Debug, Default)]
pub struct Unbundling {
    /// By OPCS-4 code.
    pub procedures: CodeTable<Rule<Yield>>,
    /// By ICD-10 code.
    pub diagnoses: CodeTable<Rule<Yield>>,
    /// Global exceptions, in order.
    pub global_exceptions: Vec<Row<Rule<Hrg>>>,
    /// What each of them needs, in the same order.
    pub exceptions_need: Vec<Needs>,
    /// What all global exceptions ask for, so that most records are turned down at one look.
    pub all_exceptions_ask: Condition,
}
