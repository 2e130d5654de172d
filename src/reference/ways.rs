//! The ways from a code to a root: a pattern of the code tables with the root rules that are asked for it.
//!
//! The checks on loading and the hygiene of tables both walk them.

use super::pattern::Pattern;
use super::row::{ByCode, Row, Rule};
use super::{Reference, Root, TableId};

/// A way from a code to a root.
pub(super) struct Way<'r> {
    /// The table of the row that the way starts from.
    pub(super) table: TableId,
    /// Its line.
    pub(super) line: u32,
    /// Its code.
    pub(super) pattern: Pattern,
    /// The rules that are asked first.
    pub(super) rules: &'r [Row<ByCode<Rule<Root>>>],
    /// HRG1, the base root.
    pub(super) base: Option<Root>,
    /// A dominant procedure, not a primary diagnosis.
    pub(super) procedure: bool,
    /// UZ03 stops this code at 19 and over.
    pub(super) paediatric: bool,
}

/// The hierarchy from which a procedure drives.
pub(super) const DRIVES: u8 = 5;

/// Every way of a release: from each row that may drive, and from each rule with the row that its codes have.
pub(super) fn ways(reference: &Reference) -> Vec<Way<'_>> {
    let codes = &reference.codes;
    let procedures = codes.procedures.rows().iter().map(|row| (row.table, row.line, row.value.pattern, row));
    let by_rule = codes.procedure_rules.rows().iter().filter_map(|rule| {
        let row = codes.procedures.find(rule.value.pattern.word())?;
        Some((rule.table, rule.line, rule.value.pattern, row))
    });
    let procedures = procedures.chain(by_rule).filter_map(|(table, line, pattern, row)| {
        let fact = &row.value.fact;
        let rules = codes.procedure_rules.rows_for(pattern.word());
        let way = Way { table, line, pattern, rules, base: fact.root, procedure: true, paediatric: false };
        (fact.ph >= DRIVES && !fact.retired).then_some(way)
    });
    let diagnoses = codes.diagnoses.rows().iter().map(|row| (row.table, row.line, row.value.pattern, row));
    let by_rule = codes.diagnosis_rules.rows().iter().filter_map(|rule| {
        let row = codes.diagnoses.find(rule.value.pattern.word())?;
        Some((rule.table, rule.line, rule.value.pattern, row))
    });
    let diagnoses = diagnoses.chain(by_rule).filter_map(|(table, line, pattern, row)| {
        let fact = &row.value.fact;
        let rules = codes.diagnosis_rules.rows_for(pattern.word());
        let way = Way { table, line, pattern, rules, base: fact.root, procedure: false, paediatric: fact.paediatric };
        fact.can_be_primary().then_some(way)
    });
    procedures.chain(diagnoses).collect()
}
