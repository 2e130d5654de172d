//! Splits, roots and score matrices from the labels of HRGs, with the overrides for what no label says.
//!
//! Source: 01 HRG codes, conditions that labels state. A label is read by [`SplitLabel`]; here it is judged: what it
//! leaves unsaid, says twice or says in other words than its siblings is a remark.

use super::cell::fits;
use super::overrides::{Overrides, SplitOverride};
use super::profile::LabelRules;
use super::report::{Place, Remark};
use super::rows::TableRow;
use crate::reference::split_label::{Measure, SplitLabel};
use crate::reference::{Band, Hrg, TableId};
use crate::trace::counted;
use std::collections::{BTreeMap, BTreeSet};

/// The tables that labels give.
pub type Derived = BTreeMap<TableId, Vec<TableRow>>;

/// The measures that `splits` has columns for, in their order.
const SPLIT: [Measure; 4] = [Measure::Cc, Measure::Age, Measure::Stay, Measure::Interventions];

/// An HRG with its label taken apart.
struct Read<'a> {
    hrg: String,
    label: SplitLabel,
    place: &'a Place,
}

/// A row of `splits` in the making.
struct Split<'a> {
    hrg: &'a str,
    order: Option<u32>,
    when: &'a str,
    bands: [Band; 4],
    place: &'a Place,
}

/// Derives the tables from the rows of `labels` and `root_labels`.
pub fn derive(
    labels: &[TableRow],
    root_labels: &[TableRow],
    rules: &LabelRules,
    overrides: &Overrides,
    remarks: &mut Vec<Remark>,
) -> Derived {
    let mut derived = Derived::new();
    let mut roots: BTreeMap<String, Vec<Read<'_>>> = BTreeMap::new();
    let mut elsewhere = 0;
    for row in labels {
        let [hrg, label] = row.values.as_slice() else { continue };
        if rules.elsewhere.iter().any(|pattern| fits(pattern, hrg)) {
            elsewhere += 1;
            continue;
        }
        let read = Read { hrg: hrg.clone(), label: SplitLabel::read(label), place: &row.place };
        if !understood(&read, label, overrides, remarks) {
            continue;
        }
        let has = |measure| read.label.band(measure).is_some();
        if has(Measure::DiagnosisScore) {
            matrix(TableId::TraumaMatrix, &read, &mut derived, remarks);
        } else if has(Measure::SeverityScore) {
            matrix(TableId::BurnsMatrix, &read, &mut derived, remarks);
        } else if has(Measure::InterventionScore) {
            let message = format!("{hrg} states an intervention score without a score of diagnoses or severity");
            remarks.push(Remark::error("label-not-understood", row.place.clone(), message));
        } else if let Some(root) = Hrg::parse(hrg).map(|hrg| hrg.root().to_string()) {
            roots.entry(root).or_default().push(read);
        }
    }
    if elsewhere > 0 {
        let count = counted(elsewhere, "HRG", "HRGs");
        let message = format!("{count} left out of `splits`, as the profile says: other tables lead there");
        remarks.push(Remark::note("elsewhere", labels.first().map(|r| file_of(&r.place)).unwrap_or_default(), message));
    }
    unused(&roots, overrides, remarks);
    let idle =
        root_labels.iter().filter(|row| !row.values.first().is_some_and(|root| roots.contains_key(root))).count();
    if idle > 0 {
        let message = format!("{} without a split to lead to, left out", counted(idle, "root is", "roots are"));
        remarks.push(Remark::note(
            "idle-roots",
            root_labels.first().map(|r| file_of(&r.place)).unwrap_or_default(),
            message,
        ));
    }
    for (root, reads) in &roots {
        one_root(root, reads, root_labels, overrides, &mut derived, remarks);
    }
    derived
}

fn file_of(place: &Place) -> Place {
    Place { cell: None, ..place.clone() }
}

/// Whether the grammar read all that the label seems to state; an override for the HRG takes the matter in hand.
fn understood(read: &Read<'_>, label: &str, overrides: &Overrides, remarks: &mut Vec<Remark>) -> bool {
    if overrides.splits.iter().any(|split| split.hrg == read.hrg) {
        return true;
    }
    let mut refuse = |why: String| {
        let message = format!("{} `{label}`: {why}; an override must say it", read.hrg);
        remarks.push(Remark::error("label-not-understood", read.place.clone(), message));
        false
    };
    if let Some(word) = read.label.telling_word() {
        return refuse(format!("`{word}` speaks of a condition that the grammar cannot read"));
    }
    !read.label.bounds_twice() || refuse("one thing is bounded twice".to_owned())
}

/// A row of a matrix of scores.
fn matrix(table: TableId, read: &Read<'_>, derived: &mut Derived, remarks: &mut Vec<Remark>) {
    let measures: &[Measure] = match table {
        TableId::TraumaMatrix => &[Measure::InterventionScore, Measure::DiagnosisScore],
        _ => &[Measure::Age, Measure::SeverityScore, Measure::InterventionScore],
    };
    if let Some((other, _)) = read.label.conditions.iter().find(|(measure, _)| !measures.contains(measure)) {
        let message = format!("{} states {other:?}, which `{}` has no column for", read.hrg, table.name());
        remarks.push(Remark::error("label-not-understood", read.place.clone(), message));
        return;
    }
    let band = |measure: &Measure| read.label.band(*measure).map_or(String::new(), cell);
    let values = measures.iter().map(band).chain([read.hrg.clone()]).collect();
    derived.entry(table).or_default().push(TableRow { values, place: read.place.clone() });
}

/// A band as tables write it.
fn cell(band: Band) -> String {
    if band.is_any() { String::new() } else { band.to_string() }
}

/// Overrides that nothing takes up are slips of the pen.
fn unused(roots: &BTreeMap<String, Vec<Read<'_>>>, overrides: &Overrides, remarks: &mut Vec<Remark>) {
    let hrgs: BTreeSet<&str> = roots.values().flatten().map(|read| read.hrg.as_str()).collect();
    let splits = overrides.splits.iter().map(|o| o.hrg.as_str()).filter(|hrg| !hrgs.contains(hrg));
    let lost = overrides.roots.iter().map(|o| o.root.as_str()).filter(|root| !roots.contains_key(*root));
    for name in splits.chain(lost) {
        let message = format!("there is no {name} among the labels that split, and so nothing to override");
        remarks.push(Remark::error("unused-override", Place::file("override file"), message));
    }
}

fn one_root(
    root: &str,
    reads: &[Read<'_>],
    root_labels: &[TableRow],
    overrides: &Overrides,
    derived: &mut Derived,
    remarks: &mut Vec<Remark>,
) {
    let Some(place) = reads.first().map(|read| read.place) else { return };
    let mut splits: Vec<Split<'_>> = Vec::new();
    for read in reads {
        let mut plain = true;
        for over in overrides.splits.iter().filter(|over| over.hrg == read.hrg) {
            plain = false;
            splits.push(split(read, Some(over)));
            let message = format!("split of {}: {}", read.hrg, over.reason);
            remarks.push(Remark::note("override", read.place.clone(), message));
        }
        if plain {
            splits.push(split(read, None));
        }
    }
    overlaps(root, reads, &splits, remarks);
    let stem = stem(root, reads, &splits, remarks);
    let over = overrides.roots.iter().find(|over| over.root == root);
    if let Some(over) = over {
        remarks.push(Remark::note("override", place.clone(), format!("root {root}: {}", over.reason)));
    }
    let listed = root_labels.iter().find(|row| row.values.first().is_some_and(|r| r == root));
    let listed = listed.and_then(|row| row.values.get(1));
    let given = |text: Option<&String>| text.and_then(|text| Band::parse(text));
    let age = given(over.and_then(|o| o.age.as_ref())).unwrap_or_else(|| hull(&splits, 1));
    let stay = given(over.and_then(|o| o.stay.as_ref())).unwrap_or_else(|| hull(&splits, 2));
    if !age.is_any() || !stay.is_any() {
        let message = format!("{root} is a partial root: its splits serve age {age}, stay {stay}, and no other");
        remarks.push(Remark::note("partial-root", place.clone(), message));
    }
    if listed.is_none() && !root_labels.is_empty() {
        let message = format!("{root} has HRGs but is not in the list of roots; its label is the stem of theirs");
        remarks.push(Remark::warning("root-not-listed", place.clone(), message));
    }
    let label = over.and_then(|o| o.label.clone()).or_else(|| listed.cloned()).unwrap_or(stem);
    let values = vec![root.to_owned(), label, cell(age), cell(stay)];
    derived.entry(TableId::Roots).or_default().push(TableRow { values, place: place.clone() });
    for split in splits {
        let [cc, age, stay, interventions] = split.bands.map(cell);
        let order = split.order.map_or(String::new(), |order| order.to_string());
        let (root, hrg, when) = (root.to_owned(), split.hrg.to_owned(), split.when.to_owned());
        let values = vec![root, order, hrg, cc, age, stay, interventions, when];
        derived.entry(TableId::Splits).or_default().push(TableRow { values, place: split.place.clone() });
    }
}

fn split<'a>(read: &'a Read<'a>, over: Option<&'a SplitOverride>) -> Split<'a> {
    let mut bands = SPLIT.map(|measure| read.label.band(measure).unwrap_or(Band::ANY));
    if let Some(over) = over {
        let given = [&over.cc, &over.age, &over.stay, &over.interventions];
        for (band, given) in bands.iter_mut().zip(given) {
            *band = given.as_ref().and_then(|text| Band::parse(text)).unwrap_or(*band);
        }
    }
    let when = over.and_then(|over| over.when.as_deref()).unwrap_or_default();
    Split { hrg: &read.hrg, order: over.and_then(|over| over.order), when, bands, place: read.place }
}

/// Two HRGs of one root that the same values reach: their labels do not say, or not so that it was read, what tells them
/// apart.
fn overlaps(root: &str, reads: &[Read<'_>], splits: &[Split<'_>], remarks: &mut Vec<Remark>) {
    let unordered: Vec<&Split<'_>> = splits.iter().filter(|split| split.order.is_none()).collect();
    let meet = |a: Band, b: Band| a.max.is_none_or(|max| b.min <= max) && b.max.is_none_or(|max| a.min <= max);
    let mut entangled: BTreeSet<&str> = BTreeSet::new();
    for (i, a) in unordered.iter().enumerate() {
        for b in unordered.iter().skip(i + 1) {
            if a.bands.iter().zip(b.bands).all(|(a, b)| meet(*a, b)) {
                entangled.extend([a.hrg, b.hrg]);
            }
        }
    }
    let Some(place) = unordered.iter().find(|s| entangled.contains(s.hrg)).map(|s| s.place) else { return };
    let stem_of = |hrg: &str| reads.iter().find(|r| r.hrg == hrg).map_or("", |r| r.label.stem.as_str());
    let named: Vec<String> = entangled.iter().map(|hrg| format!("{hrg} (`{}`)", stem_of(hrg))).collect();
    let message = format!(
        "{root}: the labels do not say what tells {} apart; an override must give them an order and a condition",
        named.join(", ")
    );
    remarks.push(Remark::error("label-says-too-little", place.clone(), message));
}

/// The label of the root: what its HRGs' labels have in common. HRGs that are otherwise worded are told, since what the
/// words mean was not read.
fn stem(root: &str, reads: &[Read<'_>], splits: &[Split<'_>], remarks: &mut Vec<Remark>) -> String {
    let stems: BTreeSet<&str> = reads.iter().map(|read| read.label.stem.as_str()).collect();
    let overridden = |hrg: &str| splits.iter().any(|s| s.hrg == hrg && (s.order.is_some() || !s.when.is_empty()));
    let unsettled = reads.iter().filter(|read| !overridden(&read.hrg)).map(|read| read.label.stem.as_str());
    if unsettled.collect::<BTreeSet<_>>().len() > 1
        && let Some(place) = reads.first().map(|read| read.place)
    {
        let named = stems.iter().map(|stem| format!("`{stem}`")).collect::<Vec<_>>().join(", ");
        let message = format!("{root}: beside their conditions the labels differ: {named}");
        remarks.push(Remark::warning("stems-differ", place.clone(), message));
    }
    stems.iter().min_by_key(|stem| stem.len()).map(|stem| (*stem).to_owned()).unwrap_or_default()
}

/// From the lowest to the highest value that the splits of a root cover; gaps between are found by the load checks.
fn hull(splits: &[Split<'_>], dimension: usize) -> Band {
    let bands = || splits.iter().filter_map(|split| split.bands.get(dimension));
    let max = bands().map(|band| band.max).max_by_key(|max| max.unwrap_or(u32::MAX));
    Band { min: bands().map(|band| band.min).min().unwrap_or(0), max: max.flatten() }
}
