//! Invented episodes as lines, all in memory: what `hrg sample` writes, and the same as objects.

use hrg_grouper::reference::{Dataset, Reference};
use hrg_grouper::sample::{Order, Sample, columns};

/// Lines of a stream.
pub struct Lines {
    text: String,
    /// Whether the first line is a header.
    header: bool,
    pub records: u64,
}

/// The records of `hrg sample`: one in twenty bears a planted fault.
fn rows(records: u64, reference: &Reference) -> Sample<'_> {
    Sample::new(Order { dataset: Dataset::Apc, records, seed: 1, errors: 0.05 }, reference)
}

/// An episode as an object: blank fields left out, a repeated field as a list.
fn object(names: &[(String, bool)], row: &[String]) -> String {
    let mut object = String::from("{");
    let mut cells = names.iter().zip(row).peekable();
    while let Some(((name, repeated), value)) = cells.next() {
        let comma = if object.len() > 1 { "," } else { "" };
        if !repeated {
            if !value.is_empty() {
                object.push_str(&format!("{comma}\"{name}\":\"{value}\""));
            }
            continue;
        }
        let mut list = vec![value.as_str()];
        while let Some((_, value)) = cells.next_if(|((next, _), _)| next == name) {
            list.push(value);
        }
        while list.last().is_some_and(|last| last.is_empty()) {
            list.pop();
        }
        object.push_str(&format!("{comma}\"{name}\":["));
        object.push_str(&list.iter().map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join(","));
        object.push(']');
    }
    object.push_str("}\n");
    object
}

impl Lines {
    /// One object a line.
    pub fn ndjson(records: u64, reference: &Reference) -> Lines {
        let name =
            |field: &hrg_grouper::record::FieldRef| (field.field.name().to_lowercase(), field.position.is_some());
        let names: Vec<(String, bool)> = columns(Dataset::Apc).iter().map(name).collect();
        let text = rows(records, reference).map(|row| object(&names, &row)).collect();
        Lines { text, header: false, records }
    }

    /// Rows under a header.
    pub fn csv(records: u64, reference: &Reference) -> Lines {
        let header: Vec<String> = columns(Dataset::Apc).iter().map(ToString::to_string).collect();
        let mut text = header.join(",") + "\n";
        for row in rows(records, reference) {
            text.push_str(&row.join(","));
            text.push('\n');
        }
        Lines { text, header: true, records }
    }

    /// All of it.
    pub fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// The records without a header, in so many parts of whole lines.
    pub fn parts(&self, parts: usize) -> Vec<&str> {
        let start = if self.header { self.text.find('\n').map_or(0, |end| end + 1) } else { 0 };
        let mut rest = &self.text[start..];
        let size = rest.len() / parts;
        let mut cut = Vec::new();
        while cut.len() + 1 < parts {
            let end = rest[size..].find('\n').map_or(rest.len(), |end| size + end + 1);
            let (part, left) = rest.split_at(end);
            cut.push(part);
            rest = left;
        }
        cut.push(rest);
        cut
    }

    /// Bytes of a line in the mean.
    pub fn mean(&self) -> u64 {
        self.text.len() as u64 / self.records
    }
}
