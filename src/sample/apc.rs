//! Admitted patient care: spells of one to four episodes.

use super::draft::{Draft, chance, early, one_of};
use super::pools::{Coded, Pools};
use crate::record::{Field, Word};
use crate::reference::Dataset;
use fastrand::Rng;

/// How the patient came.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    DayCase,
    Elective,
    Emergency,
}

/// The episodes of a spell.
pub(super) fn spell(number: u64, pools: &Pools<'_>, rng: &mut Rng) -> Vec<Draft> {
    let way = match rng.u8(..100) {
        0..38 => Way::DayCase,
        38..52 => Way::Elective,
        _ => Way::Emergency,
    };
    let child = chance(9, rng) && !pools.paediatric.is_empty();
    let operated = way != Way::Emergency || chance(35, rng);
    let procedure = if operated { one_of(&pools.procedures, rng).copied() } else { None };
    let primary = if child {
        one_of(&pools.paediatric, rng).copied()
    } else {
        match procedure {
            Some(procedure) => pools.diagnosis(procedure.chapter, rng),
            None => one_of(&pools.primary, rng).copied(),
        }
    };
    let (chapter, main) = (primary.map_or(0, |primary| primary.chapter), primary.map_or(Word::EMPTY, |p| p.code));
    let age = age(chapter, child, rng);
    let first = common(number, age, chapter, way, pools, rng);
    let episodes =
        if way == Way::DayCase { 1 } else { one_of(&[1, 1, 1, 1, 1, 2, 2, 3, 4], rng).copied().unwrap_or(1) };
    (1..=episodes)
        .map(|order: u8| {
            let mut draft = first.clone();
            draft.set(Field::Epiorder, order);
            let days = match way {
                Way::DayCase => 0,
                Way::Elective => rng.u32(1..6),
                Way::Emergency => one_of(&[0, 1, 1, 2, 2, 3, 4, 6, 9, 14, 21, 40], rng).copied().unwrap_or(1),
            };
            draft.set(Field::Epidur, days);
            let intensive = if days > 2 && chance(4, rng) { rng.u32(1..days) } else { 0 };
            draft.set(Field::Criticalcaredays, intensive);
            draft.set(Field::Rehabilitationdays, 0);
            draft.set(Field::Spcdays, 0);
            draft.list(Field::Diag, diagnoses(main, pools, rng));
            draft.list(Field::Oper, procedures(procedure.filter(|_| order == 1), pools, rng));
            draft
        })
        .collect()
}

/// What all episodes of a spell share.
fn common(number: u64, age: u32, chapter: u8, way: Way, pools: &Pools<'_>, rng: &mut Rng) -> Draft {
    let mut draft = Draft::new(Dataset::Apc);
    draft.set(Field::Procodet, "ZZ9");
    draft.set(Field::Provspno, format!("S{number:09}"));
    draft.set(Field::Startage, age);
    let sexes: &[&str] = if matches!(chapter, b'M' | b'N') { &["2"] } else { &["1", "2"] };
    draft.set(Field::Sex, pools.usual("SEX", sexes, rng));
    draft.set(Field::Classpat, pools.usual("CLASSPAT", &[if way == Way::DayCase { "2" } else { "1" }], rng));
    draft.set(Field::Admisorc, pools.usual("ADMISORC", &["19", "19", "19", "19", "19", "19", "29", "51", "54"], rng));
    let ways: &[&str] = match way {
        Way::DayCase | Way::Elective => &["11", "11", "12", "12", "13"],
        Way::Emergency => &["21", "21", "21", "21", "22", "24", "2A", "2D"],
    };
    draft.set(Field::Admimeth, pools.usual("ADMIMETH", ways, rng));
    draft.set(Field::Disdest, pools.usual("DISDEST", &["19", "19", "19", "19", "19", "29", "51", "54", "85"], rng));
    draft.set(Field::Dismeth, pools.usual("DISMETH", &["1", "1", "1", "1", "1", "1", "1", "2"], rng));
    draft.set(Field::Neocare, pools.usual("NEOCARE", &["8"], rng));
    let specialty = specialty(chapter, pools, rng);
    draft.set(Field::Mainspef, specialty);
    draft.set(Field::Tretspef, specialty);
    draft
}

/// A specialty that usually has the work of the chapter, where both sets accept it.
pub(super) fn specialty(chapter: u8, pools: &Pools<'_>, rng: &mut Rng) -> Word {
    let usual: &[&str] = match chapter {
        b'A' => &["400", "430"],
        b'B' => &["130"],
        b'C' => &["120", "140"],
        b'D' => &["340", "300"],
        b'E' => &["320", "300"],
        b'F' | b'G' => &["100", "300"],
        b'H' => &["110", "110", "410"],
        b'J' => &["330", "160"],
        b'L' => &["101", "361"],
        b'M' => &["502"],
        b'N' => &["501", "502"],
        b'P' => &["420"],
        b'S' => &["823", "370", "800"],
        _ => &["300", "100", "180", "430"],
    };
    let both: Vec<&str> = usual
        .iter()
        .copied()
        .filter(|code| Word::new(code).is_some_and(|word| pools.values("TRETSPEF").contains(&word)))
        .collect();
    pools.usual("MAINSPEF", if both.is_empty() { &["300"] } else { &both }, rng)
}

/// An age that goes with the chapter.
pub(super) fn age(chapter: u8, child: bool, rng: &mut Rng) -> u32 {
    match chapter {
        b'P' => rng.u32(0..19),
        _ if child => rng.u32(0..19),
        b'N' => rng.u32(19..45),
        // The older the more, to about 85.
        _ => rng.u32(19..90).max(rng.u32(19..96)).min(99),
    }
}

/// The primary diagnosis, and some others.
fn diagnoses(primary: Word, pools: &Pools<'_>, rng: &mut Rng) -> Vec<Word> {
    let more = rng.u8(0..9);
    let mut codes = vec![primary];
    for _ in 0..more {
        let any = one_of(&pools.primary, rng).map(|coded| coded.code);
        let code = early(&pools.common, rng).copied().filter(|_| chance(70, rng)).or(any);
        codes.extend(code.filter(|code| !codes.contains(code)));
    }
    codes
}

/// The procedure, sometimes another, sometimes one that yields an unbundled HRG.
fn procedures(main: Option<Coded>, pools: &Pools<'_>, rng: &mut Rng) -> Vec<Word> {
    let mut codes: Vec<Word> = main.iter().map(|coded| coded.code).collect();
    if main.is_some() && chance(25, rng) {
        codes.extend(one_of(&pools.procedures, rng).map(|coded| coded.code));
    }
    if chance(12, rng) {
        codes.extend(one_of(&pools.unbundling, rng));
    }
    codes
}
