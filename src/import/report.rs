//! What an import has to say: remarks with file, sheet and cell, and where each table came from.

use crate::trace::counted;
use serde::Serialize;
use std::fmt;

/// How much a remark weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The import is refused.
    Error,
    /// Somebody should look.
    Warning,
    /// Done as the profile says, and said so that nothing is silent.
    Note,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "note",
        })
    }
}

/// Where something stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// The file's name.
    pub file: String,
    /// The sheet; for a CSV file none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The cell, `C12`; for a whole row its first cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell: Option<String>,
}

impl Place {
    /// A whole file.
    pub fn file(name: impl Into<String>) -> Place {
        Place { file: name.into(), sheet: None, cell: None }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(sheet) = &self.sheet {
            write!(f, ", sheet {sheet}")?;
        }
        if let Some(cell) = &self.cell {
            write!(f, ", {cell}")?;
        }
        Ok(())
    }
}

/// One thing that an import has to say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Remark {
    /// How much it weighs.
    pub level: Level,
    /// Stable, for programs: `numeric-cell`.
    pub code: &'static str,
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// One sentence.
    pub message: String,
}

impl Remark {
    /// A remark that refuses the import.
    pub fn error(code: &'static str, place: Place, message: impl Into<String>) -> Remark {
        Remark { level: Level::Error, code, place, message: message.into() }
    }

    /// A remark that somebody should look at.
    pub fn warning(code: &'static str, place: Place, message: impl Into<String>) -> Remark {
        Remark { level: Level::Warning, code, place, message: message.into() }
    }

    /// A remark for the record.
    pub fn note(code: &'static str, place: Place, message: impl Into<String>) -> Remark {
        Remark { level: Level::Note, code, place, message: message.into() }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}: {}", self.level, self.code, self.place, self.message)
    }
}

/// Where a table's rows came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Cells of the sources.
    Sources,
    /// Read from the labels of HRGs.
    Labels,
    /// Taken over from the base.
    Base,
    /// The override file or the profile alone.
    Override,
}

/// A table of the result.
#[derive(Clone, Debug, Serialize)]
pub struct TableCount {
    /// The table.
    pub table: &'static str,
    /// Where its rows came from.
    pub from: Origin,
    /// How many they are.
    pub rows: usize,
}

/// The whole report of an import.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Id of the release.
    pub id: String,
    /// Digest of the release; none where it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The tables, by name.
    pub tables: Vec<TableCount>,
    /// Everything there is to say, the gravest first.
    pub remarks: Vec<Remark>,
}

impl Report {
    /// How many remarks are of that level.
    pub fn count(&self, level: Level) -> usize {
        self.remarks.iter().filter(|remark| remark.level == level).count()
    }

    /// For reading: tables, remarks, verdict.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for table in &self.tables {
            let from = match table.from {
                Origin::Sources => "the sources",
                Origin::Labels => "the labels of HRGs",
                Origin::Base => "the base",
                Origin::Override => "the override file or the profile",
            };
            text.push_str(&format!("{}: {} from {from}\n", table.table, counted(table.rows, "row", "rows")));
        }
        for remark in &self.remarks {
            text.push_str(&format!("{remark}\n"));
        }
        let verdict = match &self.digest {
            Some(digest) => format!("imported, {digest}"),
            None => "refused, nothing written".to_owned(),
        };
        text.push_str(&format!(
            "{}: {verdict}; {}, {}, {}\n",
            self.id,
            counted(self.count(Level::Error), "error", "errors"),
            counted(self.count(Level::Warning), "warning", "warnings"),
            counted(self.count(Level::Note), "note", "notes")
        ));
        text
    }
}
