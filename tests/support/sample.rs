//! The official sample, where it stands beside the project.

use super::shared;
use csv::ByteRecord;
use hrg_grouper::files::input::read;
use hrg_grouper::files::layout::Layout;
use hrg_grouper::files::rdf::Rdf;
use hrg_grouper::files::rows::episode;
use hrg_grouper::record::{Field, RawSpell, Text};
use hrg_grouper::reference::Dataset;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The sample: its folder and its rows.
pub struct Sample {
    /// Where it stands.
    pub folder: PathBuf,
    rows: Vec<ByteRecord>,
    layout: Layout,
}

impl Sample {
    /// Reads the sample; none where it is not there.
    pub fn read() -> Option<Sample> {
        let folder = shared("data/apc-sample")?;
        let text = std::fs::read_to_string(folder.join("default-apc.rdf")).expect("the definition is readable");
        let rdf = Rdf::parse(&text, false).expect("the official definition is sound");
        let file = std::fs::read(folder.join("apc-sample.csv")).expect("the sample is readable");
        let input = read(file, &rdf, true, usize::MAX).expect("the sample is a table");
        let rows = input.lines().map(|row| row.values().collect()).collect();
        let layout = Layout::bind(&rdf, Dataset::Apc).expect("the official definition is for admitted patient care");
        Some(Sample { folder, rows, layout })
    }

    /// The spells by provider and spell number, in order.
    pub fn spells(&self) -> Vec<RawSpell<'_>> {
        let mut spells: BTreeMap<(String, String), RawSpell<'_>> = BTreeMap::new();
        for row in &self.rows {
            let text = |field| self.layout.value(field, &row).into_owned();
            let key = (text(Field::Procodet), text(Field::Provspno));
            let spell = spells.entry(key.clone()).or_insert_with(|| RawSpell {
                procodet: Text::from(key.0),
                provspno: Text::from(key.1),
                episodes: Vec::new(),
            });
            spell.episodes.push(episode(&self.layout, &row));
        }
        spells.into_values().collect()
    }
}
