//! `hrg reference import`: workbooks become releases that group as they should; whatever is not understood is said, with
//! sheet and cell, and refused.

mod support;

#[path = "import/command.rs"]
mod command;
#[path = "import/labels.rs"]
mod labels;
#[path = "import/real_scale.rs"]
mod real_scale;
#[path = "import/refusals.rs"]
mod refusals;
#[path = "import/toy.rs"]
mod toy;
#[path = "import/workbook.rs"]
mod workbook;

use hrg_grouper::import::{Import, Request, import};
use hrg_grouper::reference::Reference;
use std::path::{Path, PathBuf};

/// The ready profile.
fn ready_profile() -> String {
    std::fs::read_to_string(support::folder("reference/profiles/code-to-group.toml")).expect("the profile is readable")
}

/// Imports the toy.
fn import_toy(base: &Reference, profile: &str, overrides: Option<&str>, sources: &[PathBuf], out: &Path) -> Import {
    let request = Request { id: support::TOY, profile, overrides, base: Some(base), sources, out };
    import(&request).expect("the folder can be written")
}
