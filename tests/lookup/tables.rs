//! The tables of a release as their files have them, and the longest pattern that a code matches.

use hrg_grouper::reference::{Reference, TableId};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A row by its columns, with its row id.
pub struct Row {
    pub id: String,
    cells: BTreeMap<&'static str, String>,
}

impl Row {
    pub fn get(&self, column: &str) -> &str {
        self.cells.get(column).unwrap_or_else(|| panic!("no column {column}"))
    }

    /// Whether a cell is marked.
    pub fn is(&self, column: &str) -> bool {
        self.get(column) == "yes"
    }

    /// As an integer.
    pub fn number(&self, column: &str) -> u64 {
        self.get(column).parse().unwrap_or_else(|_| panic!("{column} is no number"))
    }
}

/// The rows of a table, in the order of the file.
pub fn rows(release: &Reference, table: TableId) -> Vec<Row> {
    let text = release.texts.get(&table).map(|text| &text[..]).unwrap_or_default();
    let mut reader = csv::Reader::from_reader(text);
    let records = reader.records().map(|record| record.expect("a checked table reads"));
    let read = records.map(|record| {
        let cells: BTreeMap<_, _> = table.columns().iter().copied().zip(record.iter().map(str::to_owned)).collect();
        let key: Vec<&str> =
            table.key().iter().map(|key| cells[key].as_str()).filter(|part| !part.is_empty()).collect();
        Row { id: format!("{}:{}", table.name(), key.join("/")), cells }
    });
    read.collect()
}

/// The patterns that a code matches, the longest first: itself, its first four characters, then its beginnings.
pub fn patterns_of(code: &str) -> Vec<String> {
    let mut patterns = vec![code.to_owned()];
    if code.len() > 4 {
        patterns.push(code[..4].to_owned());
    }
    patterns.extend((1..=code.len()).rev().map(|n| format!("{}*", &code[..n])));
    patterns
}

/// A table asked by code.
pub struct ByCode {
    rows: Vec<Row>,
    index: HashMap<String, Vec<usize>>,
}

impl ByCode {
    pub fn of(release: &Reference, table: TableId) -> ByCode {
        ByCode::over(rows(release, table))
    }

    /// Only the rows whose cell is that.
    pub fn where_is(release: &Reference, table: TableId, column: &str, value: &str) -> ByCode {
        ByCode::over(rows(release, table).into_iter().filter(|row| row.get(column) == value).collect())
    }

    fn over(rows: Vec<Row>) -> ByCode {
        let mut index: HashMap<String, Vec<usize>> = HashMap::new();
        for (i, row) in rows.iter().enumerate() {
            index.entry(row.get("code").to_owned()).or_default().push(i);
        }
        ByCode { rows, index }
    }

    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The rows of the longest pattern that the code matches.
    pub fn rows_for(&self, code: &str) -> Vec<&Row> {
        let found = patterns_of(code).into_iter().find_map(|pattern| self.index.get(&pattern));
        found.map(Vec::as_slice).unwrap_or_default().iter().map(|i| &self.rows[*i]).collect()
    }

    pub fn find(&self, code: &str) -> Option<&Row> {
        self.rows_for(code).first().copied()
    }

    /// The rows as a table orders rules: by `order`.
    pub fn rules_for(&self, code: &str) -> Vec<String> {
        let mut rules = self.rows_for(code);
        rules.sort_by_key(|row| row.number("order"));
        rules.into_iter().map(|row| row.id.clone()).collect()
    }
}

/// Tables whose keys begin with a name: one table asked by code for each name.
pub fn by_name(release: &Reference, table: TableId, column: &str) -> BTreeMap<String, ByCode> {
    let mut named: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in rows(release, table) {
        named.entry(row.get(column).to_owned()).or_default().push(row);
    }
    named.into_iter().map(|(name, rows)| (name, ByCode::over(rows))).collect()
}

/// The tables with conditions on clinical codes.
const WITH_CONDITIONS: [TableId; 7] = [
    TableId::ProcedureRootRules,
    TableId::DiagnosisRootRules,
    TableId::UnbundlingRules,
    TableId::Splits,
    TableId::GlobalExceptions,
    TableId::BurnsRules,
    TableId::BurnsEscalation,
];

/// For each classification and pattern, the rows whose conditions speak of the pattern, in a set or through a list.
pub struct Spoken(HashMap<(&'static str, String), BTreeSet<String>>);

impl Spoken {
    pub fn of(release: &Reference) -> Spoken {
        let lists = by_name(release, TableId::NamedLists, "list");
        let mut spoken: HashMap<(&'static str, String), BTreeSet<String>> = HashMap::new();
        for row in WITH_CONDITIONS.iter().flat_map(|table| rows(release, *table)) {
            for (system, set) in sets(row.get("when")) {
                let patterns: Vec<String> = match set.strip_prefix('[') {
                    Some(list) => lists[list].rows().iter().map(|row| row.get("code").to_owned()).collect(),
                    None => set.trim_start_matches('{').split_whitespace().map(str::to_owned).collect(),
                };
                for pattern in patterns {
                    spoken.entry((system, pattern)).or_default().insert(row.id.clone());
                }
            }
        }
        Spoken(spoken)
    }

    /// The rows that speak of a code.
    pub fn about(&self, system: &'static str, code: &str) -> BTreeSet<String> {
        let sets = patterns_of(code).into_iter().filter_map(|pattern| self.0.get(&(system, pattern)));
        sets.flatten().cloned().collect()
    }
}

/// The sets of clinical codes in a condition: classification, and `{A B` or `[name`.
fn sets(when: &str) -> Vec<(&'static str, &str)> {
    let mut found = Vec::new();
    for (start, _) in when.match_indices(['{', '[']) {
        let mut before = when[..start].split_whitespace().rev().skip_while(|word| *word == "has");
        let system = match before.next().unwrap_or_default().trim_start_matches('(') {
            "procedures" | "candidates" | "other_procedures" | "following" => "opcs4",
            "diagnoses" | "primary" | "secondary" => "icd10",
            _ => continue,
        };
        let end = when[start..].find(['}', ']']).expect("a set ends");
        found.push((system, &when[start..start + end]));
    }
    found
}
