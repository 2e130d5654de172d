//! Critical care: adult periods, and days of children and of the newborn.

use super::draft::{Draft, chance, early, one_of};
use super::pools::Pools;
use crate::record::{Field, Word};
use crate::reference::Dataset;
use fastrand::Rng;
use jiff::ToSpan;
use jiff::civil::{Date, date};

/// A day of the financial year of the release, or of 2024/25 where its name does not say.
fn day(pools: &Pools<'_>, rng: &mut Rng) -> Date {
    let year = pools.reference.identity.year.split('-').next().and_then(|year| year.parse().ok()).unwrap_or(2024);
    later(date(year, 4, 1), rng.u32(..365))
}

fn later(day: Date, days: u32) -> Date {
    day.checked_add(i64::from(days).days()).unwrap_or(day)
}

fn written(day: Date) -> String {
    day.strftime("%Y%m%d").to_string()
}

/// An adult period: support days within its days, levels that go with them.
pub(super) fn acc(pools: &Pools<'_>, rng: &mut Rng) -> Draft {
    let mut draft = Draft::new(Dataset::Acc);
    let units = ["01", "01", "01", "01", "02", "03", "05", "06", "06", "08", "10", "11"];
    draft.set(Field::Ccuf, pools.usual("CCUF_ACC", &units, rng));
    let days = one_of(&[1, 2, 2, 3, 3, 4, 5, 7, 9, 14, 28], rng).copied().unwrap_or(2);
    let mut support = |percent: u8, most: u32| if chance(percent, rng) { rng.u32(1..=most.max(1)) } else { 0 };
    let ventilated = support(40, days);
    let basic = support(45, days - ventilated);
    let respiratory = ventilated + if ventilated < days { basic } else { 0 };
    draft.set(Field::Arsd, ventilated);
    draft.set(Field::Brsd, respiratory - ventilated);
    for (field, percent) in
        [(Field::Bcsd, 70), (Field::Acsd, 20), (Field::Rsd, 15), (Field::Nsd, 10), (Field::Dsd, 3), (Field::Lsd, 3)]
    {
        draft.set(field, support(percent, days));
    }
    draft.set(Field::Ccl3d, ventilated);
    draft.set(Field::Ccl2d, days - ventilated);
    let start = day(pools, rng);
    draft.set(Field::CcStartDate, written(start));
    draft.set(Field::CcDischargeDate, written(later(start, days - 1)));
    draft
}

/// The days of a child, in order, sometimes ending on a ward.
pub(super) fn pcc(number: u64, pools: &Pools<'_>, rng: &mut Rng) -> Vec<Draft> {
    let unit = pools.usual("CCUF_PCC", &["04", "04", "04", "16", "17", "18"], rng);
    let diagnoses: Vec<Word> =
        (0..rng.u8(1..5)).filter_map(|_| one_of(&pools.primary, rng)).map(|coded| coded.code).collect();
    days(number, Dataset::Pcc, unit, "16", pools, rng, |draft, _| draft.list(Field::Diag, &diagnoses))
}

/// The days of a baby, in order, who grows.
pub(super) fn ncc(number: u64, pools: &Pools<'_>, rng: &mut Rng) -> Vec<Draft> {
    let unit = pools.usual("CCUF_NCC", &["13", "13", "13", "14", "15"], rng);
    let gestation: u32 = one_of(&[24, 26, 28, 30, 32, 34, 36, 37, 38, 39, 40, 41], rng).copied().unwrap_or(38);
    let grams = (120 * gestation).saturating_sub(2_200) + rng.u32(..400);
    let age = rng.u32(..4);
    days(number, Dataset::Ncc, unit, "14", pools, rng, |draft, day| {
        let now = grams + 20 * day;
        draft.set(Field::AgeDays, age + day);
        draft.set(Field::GestLen, gestation);
        draft.set(Field::Perwt, format!("{}.{:03}", now / 1000, now % 1000));
    })
}

/// Some days running; `own` sets what the dataset alone has.
fn days(
    number: u64,
    dataset: Dataset,
    unit: Word,
    ward: &str,
    pools: &Pools<'_>,
    rng: &mut Rng,
    own: impl Fn(&mut Draft, u32),
) -> Vec<Draft> {
    let count = one_of(&[1, 2, 3, 4, 6, 9, 15, 30], rng).copied().unwrap_or(3);
    let (start, transferred) = (day(pools, rng), chance(25, rng));
    let discharge = later(start, count + rng.u32(..5));
    let ward = Word::new(ward).filter(|ward| pools.values(&format!("CCUF_{dataset}")).contains(ward)).unwrap_or(unit);
    let always = Word::new("22").filter(|code| pools.activities.contains(code));
    (0..count)
        .map(|day| {
            let mut draft = Draft::new(dataset);
            draft.set(Field::Procodet, "ZZ9");
            draft.set(Field::CcLocalId, format!("C{number:07}"));
            draft.set(Field::CcDate, written(later(start, day)));
            draft.set(Field::Disdate, written(discharge));
            draft.set(Field::Dismeth, "1");
            draft.set(Field::Ccuf, if transferred && day + 1 == count { ward } else { unit });
            let mut activities: Vec<Word> = always.into_iter().collect();
            activities.extend((0..rng.u8(..4)).filter_map(|_| early(&pools.activities, rng)));
            activities.sort_unstable();
            activities.dedup();
            draft.list(Field::Ccac, activities);
            own(&mut draft, day);
            draft
        })
        .collect()
}
