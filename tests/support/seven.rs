//! The release by which the sample files of the seven datasets are grouped, and those files.

use super::folder;
use hrg_grouper::files::run::{Job, Outcome, Scale, run};
use hrg_grouper::reference::{Dataset, Reference};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// A demonstration release; all of them serve all seven.
const CODES: &str = "2024-25.payment";

/// The release, loaded once.
pub fn release() -> &'static Reference {
    static RELEASE: OnceLock<Reference> = OnceLock::new();
    RELEASE.get_or_init(|| super::release("reference", CODES))
}

/// Adds the arguments that make a command use the release.
pub fn choose(command: &mut Command) {
    command.args(["--reference", CODES]);
}

/// The sample file of a dataset, with its ending.
pub fn sample(dataset: Dataset, ending: &str) -> PathBuf {
    let name = dataset.to_string().to_lowercase();
    folder("tests/data").join(&name).join(format!("{name}.{ending}"))
}

/// Groups the sample file of a dataset; the output name is `out` in the folder.
pub fn group_sample(dataset: Dataset, place: &Path, output_headers: bool) -> Outcome {
    let (input, definition, output) = (sample(dataset, "csv"), sample(dataset, "rdf"), place.join("out"));
    let job = Job {
        dataset,
        input: &input,
        output: &output,
        definition: &definition,
        input_header: true,
        output_headers,
        scale: Scale::default(),
    };
    run(&job, release(), &()).unwrap_or_else(|fault| panic!("{dataset}: {fault}"))
}

/// Runs `hrg group` over a file of a dataset; the output name is `out` in the folder.
pub fn group(dataset: Dataset, input: &Path, definition: &Path, place: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hrg"));
    command.args(["group", "-l", &dataset.to_string(), "-i"]).arg(input).arg("-d").arg(definition);
    command.arg("-o").arg(place.join("out")).args(args);
    choose(&mut command);
    command.output().expect("hrg runs")
}
