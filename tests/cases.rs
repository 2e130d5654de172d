//! The worked examples: every file below `tests/cases` is one test, named by its sentence. Schema: `tests/cases/README.md`.

mod support;

use libtest_mimic::Arguments;
use std::sync::Arc;

fn main() {
    let arguments = Arguments::from_args();
    let trials = support::worked::trials(&Arc::new(support::toy()), &support::folder("tests/reference"));
    libtest_mimic::run(&arguments, trials).exit();
}
