//! Spell identifiers that merge the episodes of several patients.
//!
//! One sign in one spell is a fault of coding. Two signs in one spell, or one sign in many, are a pattern. Source: 06.

use super::{Column, Pattern, Source, Tally, Weight, at_least};
use crate::grouper::normalise::number;
use crate::record::{Field, Text};
use crate::reference::Dataset;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

/// One sign in so many spells of several episodes, and in so many of a hundred, is a pattern.
const MANY: (usize, usize) = (5, 10);
/// Years between the youngest and the oldest of a spell beyond what its stays explain.
const YEARS: u32 = 2;

/// What the episodes of a spell show.
#[derive(Default)]
struct Seen {
    first: usize,
    sexes: Vec<String>,
    orders: BTreeSet<u32>,
    ages: Option<(u32, u32)>,
    days: u32,
    repeated: bool,
}

impl Seen {
    fn signs(&self) -> usize {
        let apart = self.ages.is_some_and(|(least, most)| most - least > YEARS + self.days / 365);
        usize::from(self.sexes.len() > 1) + usize::from(apart) + usize::from(self.repeated)
    }
}

pub(super) fn look(source: &impl Source, rows: Range<usize>) -> Vec<Pattern> {
    if source.dataset() != Dataset::Apc {
        return Vec::new();
    }
    let column = |field| source.columns().iter().find(|column| column.field.field == field);
    let (Some(provider), Some(spell)) = (column(Field::Procodet), column(Field::Provspno)) else { return Vec::new() };
    let text =
        |row, column: Option<&Column>| column.map(|c| source.value(row, c).trim().to_owned()).unwrap_or_default();
    let whole = |row, column| number(&Text::from(text(row, column))).value();
    let (sex, order) = (column(Field::Sex), column(Field::Epiorder));
    let (age, stay) = (column(Field::Startage), column(Field::Epidur));
    let mut spells: HashMap<(String, String), (usize, Seen)> = HashMap::new();
    let mut blank = Tally::default();
    for row in rows {
        let key = (text(row, Some(provider)), text(row, Some(spell)));
        blank.could();
        if key.1.is_empty() {
            blank.does(source.line(row));
            continue;
        }
        let (episodes, seen) = spells.entry(key).or_insert_with(|| (0, Seen { first: row, ..Seen::default() }));
        *episodes += 1;
        let sex = text(row, sex);
        // Only men and women tell patients apart: the other values say that it is not known.
        if ["1", "2"].contains(&sex.as_str()) && !seen.sexes.contains(&sex) {
            seen.sexes.push(sex);
        }
        if let Some(order) = whole(row, order) {
            seen.repeated |= !seen.orders.insert(order);
        }
        if let Some(age) = whole(row, age).filter(|age| *age <= crate::grouper::validate::MAX_AGE) {
            seen.ages = Some(seen.ages.map_or((age, age), |(least, most)| (least.min(age), most.max(age))));
        }
        seen.days = seen.days.saturating_add(whole(row, stay).unwrap_or(0));
    }
    let mut found = Vec::new();
    if blank.count > 1 {
        let words = "rows bear no spell identifier: all of one provider would become one spell";
        found.push(blank.pattern("spells-merged", Weight::Error, Some("PROVSPNO"), words.to_owned()));
    }
    let mut several: Vec<&Seen> = spells.values().filter(|(episodes, _)| *episodes > 1).map(|(_, seen)| seen).collect();
    several.sort_by_key(|seen| seen.first);
    let with_sign = several.iter().filter(|seen| seen.signs() > 0).count();
    let many = with_sign >= MANY.0 && at_least(MANY.1, with_sign, several.len());
    let mut merged = Tally { of: several.len(), ..Tally::default() };
    for seen in several.iter().filter(|seen| seen.signs() > usize::from(!many)) {
        merged.does(source.line(seen.first));
    }
    if merged.count > 0 {
        let words = "spells hold episodes of another sex, of ages far apart or with the same number: the spell identifier seems to be shared by several patients";
        found.push(merged.pattern("spells-merged", Weight::Error, Some("PROVSPNO"), words.to_owned()));
    }
    found
}
