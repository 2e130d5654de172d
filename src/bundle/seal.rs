//! Rewrites the digests of a release's manifest after its tables were edited.

use super::manifest::{MANIFEST, sha256, without_tables};
use std::path::Path;

/// Writes the `[tables]` section anew for every CSV file in `tables/`. Gives the number of tables.
pub fn seal(folder: &Path) -> std::io::Result<usize> {
    let manifest = folder.join(MANIFEST);
    let text = std::fs::read_to_string(&manifest)?;
    let mut lines = Vec::new();
    for entry in std::fs::read_dir(folder.join("tables"))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        lines.push(format!("\"{name}\" = \"{}\"\n", sha256(&std::fs::read(entry.path())?)));
    }
    lines.sort();
    let sealed = format!("{}\n\n[tables]\n{}", without_tables(&text), lines.concat());
    std::fs::write(&manifest, sealed)?;
    Ok(lines.len())
}
