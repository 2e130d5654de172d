//! The record definition file: which column of the input holds which field.
//!
//! Source: 02 record definition file. Positions are always read from here, never assumed.

use super::error::RunError;
use std::borrow::Cow;
use std::collections::HashSet;
use std::path::Path;

/// The largest column number that a definition may name, and the most columns that a header or a row of a file that is
/// looked at as a whole may have.
pub const MAX_POSITION: usize = 10_000;

/// One line of a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RdfField {
    /// Field name as written.
    pub name: String,
    /// Display name.
    pub title: String,
    /// Column of the input, from 1.
    pub position: usize,
    /// Character template: `A` keeps, `.` drops.
    pub picture: String,
    /// Characters to drop.
    pub extract: String,
}

/// A record definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rdf {
    /// What divides the values.
    pub delimiter: u8,
    /// The fields, in the order of the lines.
    pub fields: Vec<RdfField>,
}

/// A definition that is there but cannot be used: a processing failure, while one that is not there is a failure to set
/// it (07 exit codes).
fn faulty(words: &str) -> RunError {
    RunError::Processing(format!("the record definition file cannot be used: {words}"))
}

impl Rdf {
    /// Reads a definition from a file.
    pub fn load(path: &Path, other_delimiters: bool) -> Result<Rdf, RunError> {
        let bytes = std::fs::read(path).map_err(|fault| RunError::Definition(fault.to_string()))?;
        let text = std::str::from_utf8(&bytes).map_err(|_| faulty("it is not UTF-8 text"))?;
        Rdf::parse(text, other_delimiters)
    }

    /// Reads a definition. `other_delimiters` allows TAB and PIPE DELIMITED, which no known file uses.
    pub fn parse(text: &str, other_delimiters: bool) -> Result<Rdf, RunError> {
        let text = text.trim_start_matches('\u{feff}');
        let mut lines = text.lines().enumerate().map(|(i, line)| (i + 1, line.trim())).filter(|(_, l)| !l.is_empty());
        let fault = |line: usize, words: String| faulty(&format!("line {line}: {words}"));
        let Some((line, first)) = lines.next() else {
            return Err(faulty("it is empty"));
        };
        let delimiter = match first {
            "COMMA DELIMITED" => b',',
            "TAB DELIMITED" if other_delimiters => b'\t',
            "PIPE DELIMITED" if other_delimiters => b'|',
            _ => return Err(fault(line, "it must begin with the line COMMA DELIMITED".to_owned())),
        };
        let mut fields: Vec<RdfField> = Vec::new();
        let mut names = HashSet::new();
        for (line, text) in lines {
            let values: Vec<&str> = text.split(',').collect();
            let [name, title, position, _, _, picture, extract] = values.as_slice() else {
                return Err(fault(line, format!("it has {} values, not 7", values.len())));
            };
            let position = position.trim().parse().ok().filter(|p| (1..=MAX_POSITION).contains(p));
            let Some(position) = position else {
                return Err(fault(line, format!("the position must be a whole number from 1 to {MAX_POSITION}")));
            };
            let name = name.trim().to_owned();
            if name.is_empty() {
                return Err(fault(line, "the field has no name".to_owned()));
            }
            if let Some(bad) = picture.chars().find(|c| !matches!(c, 'A' | '.')) {
                return Err(fault(line, format!("the picture holds `{bad}`; it may hold `A` and `.` only")));
            }
            if fields.len() == MAX_POSITION {
                return Err(fault(line, format!("there are more than {MAX_POSITION} fields")));
            }
            if !names.insert(name.to_ascii_lowercase()) {
                return Err(fault(line, format!("the field {name} stands twice")));
            }
            fields.push(RdfField {
                name,
                title: title.trim().to_owned(),
                position,
                picture: (*picture).to_owned(),
                extract: (*extract).to_owned(),
            });
        }
        if fields.is_empty() {
            return Err(faulty("it names no field"));
        }
        Ok(Rdf { delimiter, fields })
    }

    /// The definition that a header line makes: each column bears the name of its field. Blank names are passed over, and
    /// so are names that stand a second time, or beyond the columns that there may be.
    pub fn of_header<'n>(names: impl Iterator<Item = &'n str>) -> Rdf {
        let mut rdf = Rdf { delimiter: b',', fields: Vec::new() };
        let mut before = HashSet::new();
        for (name, position) in names.zip(1..=MAX_POSITION) {
            if !name.is_empty() && before.insert(name.to_ascii_lowercase()) {
                let (picture, extract) = (String::new(), String::new());
                rdf.fields.push(RdfField { name: name.to_owned(), title: name.to_owned(), position, picture, extract });
            }
        }
        rdf
    }

    /// The definition as a file holds it.
    pub fn text(&self) -> String {
        let first = match self.delimiter {
            b'\t' => "TAB",
            b'|' => "PIPE",
            _ => "COMMA",
        };
        let line = |field: &RdfField| {
            let RdfField { name, title, position, picture, extract } = field;
            format!("{name},{title},{position},,,{picture},{extract}\n")
        };
        std::iter::once(format!("{first} DELIMITED\n")).chain(self.fields.iter().map(line)).collect()
    }

    /// The field of that name, whatever its case.
    pub fn field(&self, name: &str) -> Option<&RdfField> {
        self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// The highest column that the definition names.
    pub fn highest_position(&self) -> usize {
        self.fields.iter().map(|field| field.position).max().unwrap_or(0)
    }
}

impl RdfField {
    /// The value after Picture, then Extract.
    pub fn apply<'v>(&self, value: &'v str) -> Cow<'v, str> {
        if self.picture.is_empty() && self.extract.is_empty() {
            return Cow::Borrowed(value);
        }
        let pictured: Vec<char> = if self.picture.is_empty() {
            value.chars().collect()
        } else {
            value.chars().zip(self.picture.chars()).filter(|(_, keep)| *keep == 'A').map(|(c, _)| c).collect()
        };
        Cow::Owned(pictured.into_iter().filter(|c| !self.extract.contains(*c)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(picture: &str, extract: &str) -> RdfField {
        RdfField { name: "X".into(), title: "X".into(), position: 1, picture: picture.into(), extract: extract.into() }
    }

    #[test]
    fn picture_acts_by_position_and_extract_by_character() {
        for (picture, extract, value, result) in [
            ("AAA.AA", "", "ABC.DE", "ABCDE"),
            (".A.AAA", "", "123456", "2456"),
            (".A.", "", "abc", "b"),
            ("AA", "", "abcdef", "ab"),
            ("", ".", "abc...d", "abcd"),
            ("", "+$", "46+$$++", "46"),
            ("AAA", ".", "a.cd", "ac"),
            ("", "", "as sent ", "as sent "),
        ] {
            assert_eq!(field(picture, extract).apply(value), result);
        }
    }

    #[test]
    fn lines_may_come_in_any_order_with_blank_lines_and_either_line_end() {
        let rdf = Rdf::parse("COMMA DELIMITED\r\n\r\nB,B,2,,,,.\r\nA,A,1,,,AA,\r\n", false).expect("reads");
        assert_eq!(rdf.field("a").map(|f| f.position), Some(1));
        assert_eq!(rdf.field("b").map(|f| f.extract.as_str()), Some("."));
        assert_eq!(Rdf::parse(&rdf.text(), false).expect("reads"), rdf);
        assert_eq!(rdf.highest_position(), 2);
    }

    #[test]
    fn faulty_definitions_are_refused_with_their_line() {
        for (text, words) in [
            ("", "empty"),
            ("TAB DELIMITED\nA,A,1,,,,\n", "COMMA DELIMITED"),
            ("COMMA DELIMITED\n", "names no field"),
            ("COMMA DELIMITED\nA,A,1,,,\n", "line 2: it has 6 values"),
            ("COMMA DELIMITED\nA,A,0,,,,\n", "position"),
            ("COMMA DELIMITED\nA,A,x,,,,\n", "position"),
            ("COMMA DELIMITED\n,A,1,,,,\n", "no name"),
            ("COMMA DELIMITED\nA,A,1,,,,\na,A,2,,,,\n", "line 3: the field a stands twice"),
            ("COMMA DELIMITED\nA,A,1,,,X,\n", "picture"),
        ] {
            let fault = Rdf::parse(text, false).expect_err(text).to_string();
            assert!(fault.contains(words), "{fault}");
        }
        assert!(Rdf::parse("PIPE DELIMITED\nA,A,1,,,,\n", true).is_ok());
    }
}
