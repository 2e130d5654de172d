//! Where the output files of a run go, and which there are.

use crate::files::error::RunError;
use crate::files::form::Form;
use crate::files::run::Job;
use crate::reference::Dataset;
use std::path::{Path, PathBuf};

/// The suffix of the index.
pub const INDEX: &str = ".csv";

/// The suffixes of the files that the index names, in its order.
pub fn suffixes(dataset: Dataset) -> &'static [&'static str] {
    match dataset {
        Dataset::Apc => &[
            "_sort.csv",
            "_FCE.csv",
            "_spell.csv",
            "_quality.csv",
            "_FCE_rel.csv",
            "_spell_rel.csv",
            "_quality_rel.csv",
            "_flag_rel.csv",
            "_ub_rel.csv",
            "_summary.csv",
        ],
        Dataset::Nac => {
            &["_attend.csv", "_quality.csv", "_attend_rel.csv", "_quality_rel.csv", "_ub_rel.csv", "_summary.csv"]
        }
        Dataset::Em => &["_attend.csv", "_quality.csv", "_quality_rel.csv", "_summary.csv"],
        Dataset::Nrd => &["_renal.csv", "_quality.csv", "_quality_rel.csv", "_summary.csv"],
        Dataset::Acc => &["_acc.csv", "_quality.csv", "_quality_rel.csv", "_summary.csv"],
        Dataset::Pcc => &["_sort.csv", "_pcc.csv", "_quality.csv", "_quality_rel.csv", "_summary.csv"],
        Dataset::Ncc => &["_sort.csv", "_ncc.csv", "_quality.csv", "_quality_rel.csv", "_summary.csv"],
    }
}

/// Where the files go.
pub struct Paths<'a> {
    output: &'a Path,
    form: Form,
}

impl Paths<'_> {
    /// Those of a run.
    pub fn of<'a>(job: &Job<'a>) -> Paths<'a> {
        Paths { output: job.output, form: job.scale.to }
    }

    /// The path of a file: the output name, without the ending where it has it, plus the suffix with the ending of the
    /// form.
    pub fn path(&self, suffix: &str) -> PathBuf {
        let (name, ending) = (self.output.to_string_lossy(), self.form.ending());
        let stem = name.strip_suffix(ending).unwrap_or(&name);
        let suffix = suffix.strip_suffix(Form::Csv.ending()).unwrap_or(suffix);
        PathBuf::from(format!("{stem}{suffix}{ending}"))
    }
}

/// Refuses a run whose output would be written over its own input or record definition.
pub fn refuse_to_overwrite(job: &Job<'_>) -> Result<(), RunError> {
    let paths = Paths::of(job);
    let sources: Vec<PathBuf> =
        [job.input, job.definition].into_iter().filter_map(|path| path.canonicalize().ok()).collect();
    for suffix in suffixes(job.dataset).iter().chain(&[INDEX]) {
        if let Ok(path) = paths.path(suffix).canonicalize()
            && sources.contains(&path)
        {
            let words = "the output name would overwrite the input file or the record definition file";
            return Err(RunError::Output(words.to_owned()));
        }
    }
    Ok(())
}
