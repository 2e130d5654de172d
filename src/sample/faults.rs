//! Planted faults: each makes the record UZ01Z in a way that real files show.

use super::draft::{Draft, one_of};
use super::pools::Pools;
use crate::record::{Field, FieldRef};
use crate::reference::fields::{Content, FieldRule};
use fastrand::Rng;

/// Plants one fault.
pub(super) fn plant(draft: &mut Draft, pools: &Pools<'_>, rng: &mut Rng) {
    let mandatory: Vec<&FieldRule> =
        pools.dataset.fields().iter().filter(|rule| rule.mandatory && rule.content != Content::Text).collect();
    let Some(rule) = one_of(&mandatory, rng) else { return };
    let field = if rule.positions == 0 { FieldRef::single(rule.field) } else { FieldRef::at(rule.field, 1) };
    match rng.u8(..4) {
        0 => draft.set_at(field, ""),
        1 => draft.set_at(field, faulty(rule, draft.get(field))),
        2 => lose_a_zero(draft, pools, field, rng),
        _ => no_code(draft, pools, field, rng),
    }
}

/// A value that the field cannot have.
fn faulty(rule: &FieldRule, sent: &str) -> String {
    match rule.content {
        Content::Age => "131".to_owned(),
        Content::Number(_, most) => (u64::from(most) + 1).to_string(),
        Content::Code(_) | Content::Activity | Content::Text => "?".to_owned(),
        Content::Date => "00000000".to_owned(),
        Content::Kilograms => "10.5".to_owned(),
        Content::Diagnosis | Content::Procedure => format!("{sent}?"),
    }
}

/// Drops a leading zero that carries meaning; blanks the field where there is none to lose.
fn lose_a_zero(draft: &mut Draft, pools: &Pools<'_>, field: FieldRef, rng: &mut Rng) {
    let meaning = [Field::Inv, Field::Treat, Field::Renalmod, Field::Renalsite, Field::Renalaccess];
    let places: Vec<FieldRef> = super::columns(pools.dataset)
        .into_iter()
        .filter(|place| {
            meaning.contains(&place.field) && draft.get(*place).starts_with('0') && draft.get(*place).len() == 2
        })
        .collect();
    let place = one_of(&places, rng).copied();
    let value = place.map(|place| draft.get(place).trim_start_matches('0').to_owned()).unwrap_or_default();
    draft.set_at(place.unwrap_or(field), value);
}

/// A clinical code that does not exist or was retired; blanks the field where the dataset has no codes.
fn no_code(draft: &mut Draft, pools: &Pools<'_>, field: FieldRef, rng: &mut Rng) {
    let holds = |content| pools.dataset.fields().iter().any(|rule| rule.content == content);
    if let Some(retired) = one_of(&pools.retired, rng).filter(|_| holds(Content::Diagnosis)) {
        draft.set_at(FieldRef::at(Field::Diag, 1), retired);
    } else if holds(Content::Procedure) {
        draft.set_at(FieldRef::at(Field::Oper, 1), "A00");
    } else {
        draft.set_at(field, "");
    }
}
