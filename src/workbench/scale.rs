//! Where a value falls among the bands of a root's splits: the own one, and those beside it that differ in nothing else.

use crate::reference::splits::{Dimension, Split};
use crate::reference::{Band, Hrg, Reference};

/// Places within a band that a mark can stand at, for the classes `at-0` to `at-10` of the styles.
const PLACES: u32 = 10;

/// The bands of one dimension, lowest first.
#[derive(Clone, Debug)]
pub(super) struct Scale {
    /// What is measured.
    pub(super) name: &'static str,
    /// What was found.
    pub(super) value: u32,
    /// The bands.
    pub(super) bands: Vec<Stretch>,
}

/// One band of a scale.
#[derive(Clone, Debug)]
pub(super) struct Stretch {
    /// The band as tables write it.
    pub(super) band: String,
    /// The HRG that it leads to.
    pub(super) hrg: String,
    /// Whether the value falls into it.
    pub(super) here: bool,
    /// How far into it, 0 to 10.
    pub(super) place: u32,
}

/// The scales of an HRG: one for each dimension that its root is split by around it. `value` is what was found.
pub(super) fn scales(hrg: &str, value: impl Fn(&str) -> Option<u32>, release: &Reference) -> Vec<Scale> {
    let Some(hrg) = Hrg::parse(hrg) else { return Vec::new() };
    let rows = release.splits.get(&hrg.root()).map(|splits| splits.rows.as_slice()).unwrap_or_default();
    let fits = |split: &Split| {
        split.hrg == hrg
            && Dimension::ALL.into_iter().all(|d| value(d.name()).is_none_or(|v| split.band(d).contains(v)))
    };
    let Some(own) = rows.iter().map(|row| &row.value).find(|split| fits(split)) else { return Vec::new() };
    let split_by = Dimension::ALL.into_iter().filter(|d| !own.band(*d).is_any());
    let scale = |dimension: Dimension| {
        let value = value(dimension.name())?;
        let mut beside: Vec<(Band, &Split)> = rows
            .iter()
            .map(|row| &row.value)
            .filter(|split| alike_but_for(own, split, dimension) && !split.band(dimension).is_any())
            .map(|split| (split.band(dimension), split))
            .collect();
        beside.sort_by_key(|(band, _)| *band);
        let stretch = |(band, split): (Band, &Split)| Stretch {
            band: band.to_string(),
            hrg: split.hrg.to_string(),
            here: split.hrg == own.hrg && band.contains(value),
            place: place(band, value),
        };
        let bands: Vec<_> = beside.into_iter().map(stretch).collect();
        (bands.len() > 1).then(|| Scale { name: words(dimension), value, bands })
    };
    split_by.filter_map(scale).collect()
}

fn words(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Cc => "CC score",
        Dimension::Age => "Age in years",
        Dimension::Stay => "Stay in days",
        Dimension::Interventions => "Interventions",
    }
}

fn alike_but_for(own: &Split, other: &Split, dimension: Dimension) -> bool {
    let others = Dimension::ALL.into_iter().filter(|d| *d != dimension);
    others.into_iter().all(|d| own.band(d) == other.band(d)) && own.when.to_string() == other.when.to_string()
}

/// How far into a band a value is; a band without an end is taken as ten wide.
fn place(band: Band, value: u32) -> u32 {
    let wide = band.max.map_or(PLACES, |max| max - band.min).max(1);
    (value.saturating_sub(band.min).saturating_mul(PLACES) / wide).min(PLACES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::Shelf;

    #[test]
    fn a_value_falls_into_one_band_and_its_neighbours_are_those_that_differ_in_nothing_else() {
        let (shelf, _) = Shelf::load(None).expect("loads");
        let release = shelf.find("2024-25.payment").expect("is there");
        let value = |name: &str| (name == "cc").then_some(10);
        let found = scales("HT12B", value, &release);
        let [scale] = found.as_slice() else { panic!("{found:?}") };
        let bands: Vec<_> = scale.bands.iter().map(|stretch| (stretch.band.as_str(), stretch.hrg.as_str())).collect();
        assert_eq!(bands, [("0-2", "HT12E"), ("3-5", "HT12D"), ("6-8", "HT12C"), ("9-11", "HT12B"), ("12+", "HT12A")]);
        let here: Vec<_> = scale.bands.iter().filter(|stretch| stretch.here).collect();
        assert_eq!(
            here.iter().map(|stretch| (stretch.hrg.as_str(), stretch.place)).collect::<Vec<_>>(),
            [("HT12B", 5)]
        );
    }

    #[test]
    fn an_hrg_without_splits_has_no_scale() {
        let (shelf, _) = Shelf::load(None).expect("loads");
        let release = shelf.find("2024-25.payment").expect("is there");
        for hrg in ["UZ01Z", "nonsense"] {
            assert!(scales(hrg, |_| Some(1), &release).is_empty(), "{hrg}");
        }
    }
}
