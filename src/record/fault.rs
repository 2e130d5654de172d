//! What is wrong with a value that was sent as JSON, in words that never repeat it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One fault within the body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fault {
    /// Where in the body, as a JSON pointer.
    #[schema(example = "/spell/episodes/0/diag")]
    pub pointer: String,
    /// Stable, for programs.
    #[schema(example = "wrong-type")]
    pub code: &'static str,
    /// One sentence.
    pub message: String,
}

/// Why a value could not be read.
#[derive(Clone, Debug)]
pub enum Unread {
    /// It is no JSON.
    Malformed(String),
    /// It is JSON of another form.
    Invalid(Fault),
}

/// Reads a value; `below` is its pointer within the body.
pub fn read<'de, T: Deserialize<'de>>(bytes: &'de [u8], below: &str) -> Result<T, Unread> {
    // Keeping count of where one is costs a third of the reading, so it is done only where there is something to point to.
    if let Some(value) = std::str::from_utf8(bytes).ok().and_then(|text| serde_json::from_str(text).ok()) {
        return Ok(value);
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|fault| {
        let pointer = pointer(below, fault.path());
        refusal(fault.inner(), pointer)
    })?;
    deserializer.end().map_err(|fault| refusal(&fault, below.to_owned()))?;
    Ok(value)
}

/// Names of the interface that a pointer may show. Any other name came from the caller.
const NAMES: [&str; 73] = [
    "reference",
    "references",
    "purpose",
    "dischargeDate",
    "explain",
    "spell",
    "procodet",
    "provspno",
    "episodes",
    "epiorder",
    "startage",
    "sex",
    "classpat",
    "admisorc",
    "admimeth",
    "disdest",
    "dismeth",
    "epidur",
    "mainspef",
    "neocare",
    "tretspef",
    "diag",
    "oper",
    "criticalcaredays",
    "rehabilitationdays",
    "spcdays",
    "record",
    "days",
    "key",
    "firstatt",
    "age",
    "aepatientgroup",
    "inv",
    "treat",
    "renalmod",
    "renalsite",
    "renalaccess",
    "hbv",
    "hcv",
    "hiv",
    "ccuf",
    "bcsd",
    "acsd",
    "brsd",
    "arsd",
    "rsd",
    "nsd",
    "dsd",
    "lsd",
    "ccl2d",
    "ccl3d",
    "cc_start_date",
    "cc_discharge_date",
    "cclocalid",
    "ccdate",
    "disdate",
    "ccac",
    "age_days",
    "gestlen",
    "perwt",
    "definition",
    "data",
    "edits",
    "explore",
    "name",
    "changes",
    "change",
    "episode",
    "field",
    "position",
    "to",
    "value",
    "values",
];

/// Where the fault is, as a JSON pointer that shows names of the interface only.
pub fn pointer(below: &str, path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = below.to_owned();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } if NAMES.contains(&key.as_str()) => pointer.push_str(&format!("/{key}")),
            Segment::Map { .. } | Segment::Enum { .. } | Segment::Unknown => break,
        }
    }
    pointer
}

/// Puts the parser's fault into words of ours: its own may repeat values.
pub fn refusal(fault: &serde_json::Error, pointer: String) -> Unread {
    use serde_json::error::Category;
    let (line, column) = (fault.line(), fault.column());
    match fault.classify() {
        Category::Eof => return Unread::Malformed("the JSON ends too early".to_owned()),
        Category::Syntax | Category::Io => {
            return Unread::Malformed(format!("the JSON is faulty at line {line}, column {column}"));
        }
        Category::Data => {}
    }
    let words = fault.to_string();
    // The parser's own words come last; what stands before them may be the sender's.
    let ours = words.rsplit_once(" at line ").map_or(words.as_str(), |(ours, _)| ours);
    let expected = ours.rsplit_once(", expected ").map(|(_, expected)| expected);
    let (code, message) = if ours.starts_with("missing field") || ours.starts_with("duplicate field") {
        (if ours.starts_with("missing") { "missing-field" } else { "duplicate-field" }, ours.to_owned())
    } else if ours.starts_with("unknown field") {
        let expected = expected.map(|e| format!("; {e} {}", "are known")).unwrap_or_default();
        ("unknown-field", format!("a field that is not known here{expected}"))
    } else if ours.starts_with("unknown variant") {
        ("unknown-value", format!("a value that is not known here; expected {}", expected.unwrap_or("another")))
    } else {
        ("wrong-type", format!("a value of the wrong type; expected {}", expected.unwrap_or("another")))
    };
    Unread::Invalid(Fault { pointer, code, message })
}
