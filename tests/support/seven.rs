//! A release that serves all seven datasets with the codes of the demonstration releases, and the sample files.

use super::tampered::sealed;
use super::{TOY, folder};
use hrg_grouper::bundle::manifest::MANIFEST;
use hrg_grouper::bundle::{Files, load, read_folder};
use hrg_grouper::files::run::{Job, Outcome, run};
use hrg_grouper::reference::{Dataset, Reference};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The demonstration release whose clinical codes are used.
const CODES: &str = "2024-25.payment";

/// Id of the release that is made of it where it does not serve all seven itself.
const MADE: &str = "2098-99.payment";

fn files() -> Files {
    let mut files = read_folder(&folder("reference").join(CODES)).expect("the demonstration release is readable");
    let toy = read_folder(&folder("tests/reference").join(TOY)).expect("the toy release is readable");
    for (name, content) in &toy {
        files.entry(name.clone()).or_insert_with(|| content.clone());
    }
    for name in ["tables/hrgs.csv", "tables/subchapters.csv", "tables/chapters.csv"] {
        let own = text(&files, name);
        let known = |row: &str| own.lines().any(|line| line.split(',').next() == row.split(',').next());
        let toys = text(&toy, name);
        let more = toys.lines().filter(|row| !known(row)).map(|row| format!("{row}\n"));
        files.insert(name.to_owned(), (own.clone() + &more.collect::<String>()).into_bytes());
    }
    let manifest = text(&files, MANIFEST)
        .replace(&format!("id = \"{CODES}\""), &format!("id = \"{MADE}\""))
        .replace("year = \"2024-25\"", "year = \"2098-99\"")
        .replace("datasets = [\"apc\"]", "datasets = [\"apc\", \"nac\", \"em\", \"nrd\", \"acc\", \"pcc\", \"ncc\"]");
    files.insert(MANIFEST.to_owned(), manifest.into_bytes());
    sealed(files)
}

fn text(files: &Files, name: &str) -> String {
    String::from_utf8(files[name].clone()).expect("UTF-8")
}

/// Whether the demonstration release serves all seven itself.
fn serves_all() -> bool {
    let manifest = std::fs::read_to_string(folder("reference").join(CODES).join(MANIFEST)).expect("a manifest");
    Dataset::ALL.iter().all(|dataset| manifest.contains(&format!("\"{}\"", dataset.to_string().to_lowercase())))
}

/// The release, loaded once.
pub fn release() -> &'static Reference {
    static RELEASE: OnceLock<Reference> = OnceLock::new();
    RELEASE.get_or_init(load_release)
}

fn load_release() -> Reference {
    if serves_all() {
        return super::release("reference", CODES);
    }
    load(&files(), MADE).unwrap_or_else(|findings| panic!("the release is refused: {findings:?}"))
}

/// Adds the arguments that make a command use the release, which is written below the folder where it has to be made.
pub fn choose(command: &mut Command, place: &Path) {
    if serves_all() {
        command.args(["--reference", CODES]);
        return;
    }
    let release = place.join("releases").join(MADE);
    std::fs::create_dir_all(release.join("tables")).expect("a folder");
    for (name, content) in files() {
        std::fs::write(release.join(name), content).expect("a file");
    }
    command.args(["--reference", MADE, "--reference-dir"]).arg(place.join("releases"));
}

/// The sample file of a dataset, with its ending.
pub fn sample(dataset: Dataset, ending: &str) -> PathBuf {
    let name = dataset.to_string().to_lowercase();
    folder("tests/data").join(&name).join(format!("{name}.{ending}"))
}

/// Groups the sample file of a dataset; the output name is `out` in the folder.
pub fn group_sample(dataset: Dataset, place: &Path, output_headers: bool) -> Outcome {
    let (input, definition, output) = (sample(dataset, "csv"), sample(dataset, "rdf"), place.join("out"));
    let job =
        Job { dataset, input: &input, output: &output, definition: &definition, input_header: true, output_headers };
    run(&job, release(), |_| {}).unwrap_or_else(|fault| panic!("{dataset}: {fault}"))
}

/// Runs `hrg group` over a file of a dataset; the output name is `out` in the folder.
pub fn group(dataset: Dataset, input: &Path, definition: &Path, place: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hrg"));
    command.args(["group", "-l", &dataset.to_string(), "-i"]).arg(input).arg("-d").arg(definition);
    command.arg("-o").arg(place.join("out")).args(args);
    choose(&mut command, place);
    command.output().expect("hrg runs")
}
