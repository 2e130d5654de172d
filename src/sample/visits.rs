//! Records of one visit each: outpatients, emergency attendances, dialysis sessions.

use super::apc::{age, specialty};
use super::draft::{Draft, chance, early, one_of};
use super::pools::Pools;
use crate::record::{Field, Word};
use crate::reference::Dataset;
use fastrand::Rng;

/// An outpatient attendance: most have no procedure.
pub(super) fn nac(pools: &Pools<'_>, rng: &mut Rng) -> Draft {
    let mut draft = Draft::new(Dataset::Nac);
    let mut codes: Vec<Word> = Vec::new();
    let mut chapter = one_of(b"ABCDEFHJLM", rng).copied().unwrap_or(b'A');
    match rng.u8(..100) {
        0..60 => {}
        60..82 => {
            if let Some(procedure) = early(&pools.procedures, rng) {
                codes.push(procedure.code);
                chapter = procedure.chapter;
            }
        }
        82..92 => codes.extend(one_of(&pools.assessments, rng)),
        _ => codes.extend(one_of(&pools.unbundling, rng)),
    }
    draft.set(Field::Startage, age(chapter, chance(10, rng), rng));
    draft.set(Field::Sex, pools.usual("SEX", if chapter == b'M' { &["2"] } else { &["1", "2"] }, rng));
    let specialty = specialty(chapter, pools, rng);
    draft.set(Field::Mainspef, specialty);
    draft.set(Field::Tretspef, specialty);
    draft.set(Field::Firstatt, pools.usual("FIRSTATT", &["1", "1", "1", "2", "2", "2", "2", "2", "3", "4", "4"], rng));
    draft.list(Field::Oper, codes);
    draft
}

/// An emergency attendance.
pub(super) fn em(pools: &Pools<'_>, rng: &mut Rng) -> Draft {
    let mut draft = Draft::new(Dataset::Em);
    draft.set(Field::Age, rng.u32(0..60) + rng.u32(0..41));
    let groups = ["80", "80", "80", "80", "80", "80", "60", "60", "60", "10", "20", "30", "40", "99"];
    draft.set(Field::Aepatientgroup, pools.usual("AEPATIENTGROUP", &groups, rng));
    let mut codes = |set: &str, most: u8| -> Vec<Word> {
        let count = rng.u8(0..=most);
        (0..count).filter_map(|_| early(pools.values(set), rng)).copied().collect()
    };
    let (investigations, treatments) = (codes("INV", 5), codes("TREAT", 3));
    draft.list(Field::Inv, investigations);
    draft.list(Field::Treat, treatments);
    draft
}

/// A dialysis session that has a cell in the release's matrix.
pub(super) fn nrd(pools: &Pools<'_>, rng: &mut Rng) -> Draft {
    let mut draft = Draft::new(Dataset::Nrd);
    let adult = !chance(4, rng);
    let cells: Vec<_> = pools
        .reference
        .other
        .renal
        .iter()
        .map(|row| &row.value)
        .filter(|cell| cell.age.contains(40) == adult)
        .collect();
    let Some(cell) = early(&cells, rng) else { return draft };
    let mut code = |field: Field, class: Option<&str>| {
        let of_class = |value: &&Word| {
            let row = pools.reference.other.renal_classes.get(&(field, **value));
            class.is_none_or(|class| row.is_some_and(|row| *row.value == *class))
        };
        let fitting: Vec<Word> = pools.values(field.name()).iter().filter(of_class).copied().collect();
        one_of(&fitting, rng).copied().unwrap_or(Word::EMPTY)
    };
    draft.set(Field::Renalmod, code(Field::Renalmod, Some(&cell.modality)));
    draft.set(Field::Renalsite, code(Field::Renalsite, cell.site.as_deref()));
    draft.set(Field::Renalaccess, code(Field::Renalaccess, cell.access.as_deref()));
    let virus = cell.virus == Some(true);
    let carrier = if virus { rng.usize(..3) } else { 3 };
    for (field, place) in [Field::Hbv, Field::Hcv, Field::Hiv].into_iter().zip(0..) {
        draft.set(field, if place == carrier { "POS" } else { "NEG" });
    }
    let ages = if adult { 19..95 } else { 1..19 };
    let fitting = (0..50).map(|_| rng.u32(ages.clone())).find(|age| cell.age.contains(*age));
    draft.set(Field::Age, fitting.unwrap_or(ages.start));
    draft
}
