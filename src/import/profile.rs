//! The mapping profile: which sheet, header row and columns feed which table. Documented in `reference/profiles/README.md`.

use super::cell::fits;
use crate::reference::{Dataset, TableId};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The format that this program reads.
const FORMAT: u32 = 1;

/// What a map feeds: a table, or what tables are derived from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A table of the release.
    Table(TableId),
    /// HRGs whose labels state their splits; gives `splits`, `roots`, `trauma_matrix` and `burns_matrix`.
    Labels,
    /// Descriptions of roots, for `roots`.
    RootLabels,
}

impl Target {
    fn parse(name: &str) -> Option<Target> {
        match name {
            "labels" => Some(Target::Labels),
            "root_labels" => Some(Target::RootLabels),
            _ => TableId::ALL.iter().copied().find(|table| table.name() == name).map(Target::Table),
        }
    }

    /// The name, as profiles write it.
    pub fn name(self) -> &'static str {
        match self {
            Target::Table(table) => table.name(),
            Target::Labels => "labels",
            Target::RootLabels => "root_labels",
        }
    }

    /// The table whose columns the target has.
    pub fn table(self) -> TableId {
        match self {
            Target::Table(table) => table,
            Target::Labels => TableId::Hrgs,
            Target::RootLabels => TableId::Roots,
        }
    }

    /// The columns that a map must fill.
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Target::Table(table) => table.columns(),
            Target::Labels => &["hrg", "label"],
            Target::RootLabels => &["root", "label"],
        }
    }

    /// The columns that make the key.
    pub fn key(self) -> &'static [&'static str] {
        match self {
            Target::Table(table) => table.key(),
            Target::Labels => &["hrg"],
            Target::RootLabels => &["root"],
        }
    }
}

/// A mapping profile.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    format: u32,
    /// Its name, which the release's manifest repeats.
    pub name: String,
    /// What it is for, for people.
    #[serde(default)]
    pub description: String,
    /// What the manifest shall say.
    #[serde(default)]
    pub release: ReleaseFacts,
    /// How labels are read.
    #[serde(default)]
    pub labels: LabelRules,
    /// The maps.
    #[serde(rename = "map")]
    pub maps: Vec<Map>,
}

/// Facts of the manifest; a profile, an override file or the base may give them, in that order of weight from the last:
/// the override file before the profile, the profile before the base.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseFacts {
    /// Version of the release.
    pub version: Option<String>,
    /// ICD-10 version.
    pub icd10: Option<String>,
    /// OPCS-4 version.
    pub opcs4: Option<String>,
    /// Where the material comes from.
    pub provenance: Option<String>,
    /// The grouping logics served.
    pub datasets: Option<Vec<Dataset>>,
    /// Tables that stay empty though the base has rows, such as rules that speak of lists by the base's own names.
    #[serde(default)]
    pub empty: Vec<String>,
}

impl ReleaseFacts {
    /// What is wrong with them.
    pub fn faults(&self) -> Vec<String> {
        let unknown = self.empty.iter().filter(|name| TableId::of_file(&format!("{name}.csv")).is_none());
        unknown.map(|name| format!("there is no table `{name}`")).collect()
    }

    /// The tables that stay empty.
    pub fn empty(&self) -> impl Iterator<Item = TableId> {
        self.empty.iter().filter_map(|name| TableId::of_file(&format!("{name}.csv")))
    }
}

/// How labels are read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelRules {
    /// Patterns of HRGs that other tables lead to, so that their labels state no split.
    #[serde(default)]
    pub elsewhere: Vec<String>,
}

/// From a sheet to a table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Map {
    table: String,
    /// Patterns of the sheet's name, or of a CSV file's name without its ending.
    pub sheets: Vec<String>,
    /// The row with the headers; where none is given it is looked for.
    pub header_row: Option<u32>,
    /// Whether the sheet must be there.
    #[serde(default = "yes")]
    pub required: bool,
    /// Patterns of the first filled cell of rows that are no data, such as a source line below the table.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// Whether rows that are wholly the same count once; otherwise they are duplicates.
    #[serde(default)]
    pub distinct: bool,
    /// A column whose cells hold several values, each of which makes a row.
    pub each: Option<Each>,
    /// Which rows the map takes; all must hold.
    #[serde(default, rename = "where")]
    pub wheres: Vec<Where>,
    /// How each column of the table is filled.
    pub columns: BTreeMap<String, Column>,
}

fn yes() -> bool {
    true
}

/// A column whose cells hold several values.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Each {
    /// Patterns of the column's header.
    pub header: Vec<String>,
    /// What stands between the values.
    pub by: String,
}

/// A condition on a row.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Where {
    /// Patterns of the column's header.
    pub header: Vec<String>,
    /// Patterns one of which the cell must fit; an empty pattern fits an empty cell.
    pub is: Vec<String>,
}

/// How a column of the table is filled: from a column of the sheet, else by the base, else by a fixed value.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Patterns of the header in the sheet.
    #[serde(default)]
    pub header: Vec<String>,
    /// Whether the sheet may lack the column.
    #[serde(default)]
    pub optional: bool,
    /// Pattern and value, the first that fits; a cell that fits none is not understood. The value `=` keeps the cell.
    #[serde(default)]
    pub words: Vec<(String, String)>,
    /// Characters that are dropped, such as the full stop of clinical codes.
    #[serde(default)]
    pub drop: String,
    /// Whether the text becomes a list name: small letters, digits and `_`.
    #[serde(default)]
    pub list_name: bool,
    /// Whether the base's row with the same key fills the column, where the sheet does not.
    #[serde(default)]
    pub base: bool,
    /// What fills the column where nothing else does.
    pub value: Option<String>,
}

impl Map {
    /// What the map feeds. A profile that was read has none but known targets.
    pub fn target(&self) -> Option<Target> {
        Target::parse(&self.table)
    }

    /// Whether the map reads the sheet of that name.
    pub fn reads(&self, sheet: &str) -> bool {
        self.sheets.iter().any(|pattern| fits(pattern, sheet))
    }

    /// The headers that the map reads, with whether the sheet may lack them.
    pub fn headers(&self) -> impl Iterator<Item = (&[String], bool)> {
        let columns = self.columns.values().filter(|c| !c.header.is_empty()).map(|c| (c.header.as_slice(), c.optional));
        let wheres = self.wheres.iter().map(|w| (w.header.as_slice(), false));
        columns.chain(wheres).chain(self.each.iter().map(|each| (each.header.as_slice(), false)))
    }

    fn faults(&self) -> Vec<String> {
        let Some(target) = self.target() else {
            return vec![format!("there is no table `{}`", self.table)];
        };
        let name = target.name();
        let mut faults = Vec::new();
        if self.sheets.is_empty() {
            faults.push(format!("the map of `{name}` names no sheet"));
        }
        if self.header_row == Some(0) {
            faults.push(format!("the map of `{name}`: rows are counted from 1"));
        }
        for column in self.columns.keys().filter(|c| !target.columns().contains(&c.as_str())) {
            faults.push(format!("`{name}` has no column `{column}`"));
        }
        for column in target.columns() {
            match self.columns.get(*column) {
                None => faults.push(format!("the map of `{name}` does not say how `{column}` is filled")),
                Some(c) if c.header.is_empty() && !c.base && c.value.is_none() => {
                    faults.push(format!("column `{column}` of `{name}` has no header, no base and no value"));
                }
                Some(c) if c.base && target.key().contains(column) => {
                    faults.push(format!("column `{column}` of `{name}` is of the key, which the base cannot fill"));
                }
                Some(_) => {}
            }
        }
        faults
    }
}

impl Profile {
    /// Reads a profile. The error is everything wrong with it.
    pub fn read(text: &str) -> Result<Profile, Vec<String>> {
        let profile: Profile = toml::from_str(text).map_err(|fault| {
            let line = fault.span().map(|s| text.get(..s.start).unwrap_or_default().matches('\n').count() + 1);
            vec![line.map_or(String::new(), |line| format!("line {line}: ")) + fault.message()]
        })?;
        let mut faults: Vec<String> = profile.maps.iter().flat_map(Map::faults).collect();
        faults.extend(profile.release.faults());
        if profile.format != FORMAT {
            faults.push(format!("format {} is not the format {FORMAT} of this program", profile.format));
        }
        let fed = |target| profile.maps.iter().any(|map| map.target() == Some(target));
        if fed(Target::Labels) {
            for table in [TableId::Splits, TableId::Roots, TableId::TraumaMatrix, TableId::BurnsMatrix] {
                if fed(Target::Table(table)) {
                    faults.push(format!("`{}` comes from the labels and so takes no map", table.name()));
                }
            }
        } else if fed(Target::RootLabels) {
            faults.push("`root_labels` goes with `labels`".to_owned());
        }
        if faults.is_empty() { Ok(profile) } else { Err(faults) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> String {
        Profile::read(text).expect_err("refused").join("; ")
    }

    #[test]
    fn a_faulty_profile_is_refused_with_everything_wrong_with_it() {
        let head = "format = 1\nname = 'x'\n";
        for (text, sentence) in [
            ("format = 2\nname = 'x'\nmap = []", "format 2"),
            ("format = 1\nname = 'x'\nmaps = []", "unknown field `maps`"),
            ("[[map]]\ntable = 'x'\nsheets = ['a']\ncolumns = {}", "there is no table `x`"),
            (
                "[[map]]\ntable = 'chapters'\nsheets = ['a']\ncolumns = { chapter = { header = ['C'] } }",
                "does not say how `label`",
            ),
            (
                "[[map]]\ntable = 'chapters'\nsheets = []\ncolumns = { chapter = { base = true }, label = {}, x = {} }",
                "names no sheet",
            ),
            (
                "[[map]]\ntable = 'root_labels'\nsheets = ['a']\ncolumns = { root = { value = '' }, label = { value = '' } }",
                "goes with `labels`",
            ),
        ] {
            let text = if text.starts_with("format") { text.to_owned() } else { format!("{head}{text}") };
            assert!(faults(&text).contains(sentence), "{text}: {}", faults(&text));
        }
        let all = faults(&format!(
            "{head}[[map]]\ntable = 'chapters'\nsheets = []\ncolumns = {{ chapter = {{ base = true }}, label = {{}}, x = {{}} }}"
        ));
        assert_eq!(all.matches("; ").count(), 3, "{all}");
    }
}
