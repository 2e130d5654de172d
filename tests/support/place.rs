//! A folder with an input, its record definition and what a run made of it.

use super::seven;
use hrg_grouper::files::RunError;
use hrg_grouper::files::run::{Job, Outcome, Scale, Watch, run};
use hrg_grouper::record::Field;
use hrg_grouper::reference::Dataset;
use hrg_grouper::sample::{Order, Sample, columns, definition};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// So little that rows are spilled by the dozen and merged more than once.
pub const TINY: u64 = 16 * 1024;

/// A folder with an input, its definition and what comes out.
pub struct Place(pub tempfile::TempDir);

impl Place {
    pub fn new(dataset: Dataset, rows: &[String]) -> Place {
        let place = Place(tempfile::tempdir().expect("a folder"));
        let header: Vec<String> = columns(dataset).iter().map(ToString::to_string).collect();
        let text: String =
            std::iter::once(header.join(",") + ",LOCAL_KEY").chain(rows.iter().cloned()).collect::<Vec<_>>().join("\n");
        std::fs::write(place.path("in.csv"), text).expect("written");
        std::fs::write(place.path("in.rdf"), definition(dataset)).expect("written");
        std::fs::create_dir(place.path("out")).expect("made");
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn run(&self, dataset: Dataset, input: &str, scale: Scale, watch: &impl Watch) -> Result<Outcome, RunError> {
        let job = Job {
            dataset,
            input: &self.path(input),
            output: &self.path("out/out"),
            definition: &self.path("in.rdf"),
            input_header: true,
            output_headers: true,
            scale,
        };
        run(&job, seven::release(), watch)
    }

    pub fn group(&self, dataset: Dataset, scale: Scale) -> Outcome {
        self.run(dataset, "in.csv", scale, &()).expect("runs")
    }

    /// The output files by name, without the summary, which holds times and paths.
    pub fn files(&self) -> BTreeMap<String, String> {
        let text = |bytes| String::from_utf8(bytes).expect("text");
        self.bytes().into_iter().map(|(name, bytes)| (name, text(bytes))).collect()
    }

    /// The same as bytes.
    pub fn bytes(&self) -> BTreeMap<String, Vec<u8>> {
        let files = std::fs::read_dir(self.path("out")).expect("a folder").flatten();
        files
            .map(|file| (file.file_name().to_string_lossy().into_owned(), file.path()))
            .filter(|(name, _)| !name.contains("_summary."))
            .map(|(name, path)| (name, std::fs::read(path).expect("readable")))
            .collect()
    }
}

/// Records with a column of the caller's own, in order. A tenth of them are faulty, but not in EPIORDER: rows with the
/// same key keep the order of the input, so that their order does make a difference.
pub fn rows(dataset: Dataset, records: u64, seed: u64) -> Vec<String> {
    let order = Order { dataset, records, seed, errors: 0.1 };
    let epiorder = columns(dataset).iter().position(|column| column.field == Field::Epiorder);
    let sound = |values: &Vec<String>| {
        epiorder.is_none_or(|place| values[place].parse().is_ok_and(|order: u32| (1..98).contains(&order)))
    };
    let rows = Sample::new(order, seven::release()).filter(sound).zip(1..);
    rows.map(|(values, number)| format!("{},KEY-{number:05}", values.join(","))).collect()
}

pub fn shuffled(rows: &[String]) -> Vec<String> {
    let mut rows = rows.to_vec();
    fastrand::Rng::with_seed(5).shuffle(&mut rows);
    rows
}

pub fn tiny() -> Scale {
    Scale { memory: TINY, ..Scale::default() }
}

/// The names of the files in a folder.
pub fn names(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).expect("a folder").flatten();
    names.map(|file| file.file_name().to_string_lossy().into_owned()).collect()
}
