//! The toy release of the worked examples, laid out as a Code to Group workbook.

use crate::support::{TOY, folder};
use hrg_grouper::reference::{Reference, TableId};
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// What a test puts into a cell.
#[derive(Clone, Debug)]
pub enum Value {
    /// Nothing.
    Blank,
    /// Text.
    Text(String),
    /// A number.
    Number(f64),
    /// A formula that last came to this text.
    Formula(String),
    /// A date.
    Date,
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        if text.is_empty() { Value::Blank } else { Value::Text(text.to_owned()) }
    }
}

/// A sheet, its first row being row 1.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub rows: Vec<Vec<Value>>,
    /// Merged cells: first row, first column, last row, last column, from 1.
    pub merged: Option<(u32, u16, u32, u16)>,
}

/// A workbook.
#[derive(Clone, Debug)]
pub struct Book(pub Vec<Sheet>);

impl Book {
    /// The sheet of that name.
    pub fn sheet(&mut self, name: &str) -> &mut Sheet {
        self.0.iter_mut().find(|sheet| sheet.name == name).unwrap_or_else(|| panic!("there is no sheet {name}"))
    }

    /// Writes the workbook as `.xlsx`.
    pub fn write(&self, path: &Path) {
        let mut book = Workbook::new();
        let date = Format::new().set_num_format("dd/mm/yyyy");
        for sheet in &self.0 {
            let to = book.add_worksheet();
            to.set_name(&sheet.name).expect("a name");
            if let Some((row, column, last_row, last_column)) = sheet.merged {
                let at = (row - 1, column - 1, last_row - 1, last_column - 1);
                to.merge_range(at.0, at.1, at.2, at.3, "", &Format::new()).expect("merged");
            }
            for (row, values) in (0u32..).zip(&sheet.rows) {
                for (column, value) in (0u16..).zip(values) {
                    match value {
                        Value::Blank => continue,
                        Value::Text(text) => to.write_string(row, column, text),
                        Value::Number(number) => to.write_number(row, column, *number),
                        Value::Formula(result) => {
                            to.write_formula(row, column, Formula::new("=A1&\"\"").set_result(result))
                        }
                        Value::Date => {
                            let day = ExcelDateTime::from_ymd(2024, 4, 1).expect("a day");
                            to.write_datetime_with_format(row, column, day, &date)
                        }
                    }
                    .expect("a cell is written");
                }
            }
        }
        book.save(path).expect("the workbook is written");
    }
}

impl Sheet {
    /// The cell, from 1.
    pub fn at(&mut self, row: usize, column: usize) -> &mut Value {
        let row = &mut self.rows[row - 1];
        row.resize(row.len().max(column), Value::Blank);
        &mut row[column - 1]
    }

    /// The number of the first row that holds the text in that column.
    pub fn row_of(&self, column: usize, text: &str) -> usize {
        let here = |row: &Vec<Value>| matches!(row.get(column - 1), Some(Value::Text(t)) if t == text);
        self.rows.iter().position(here).unwrap_or_else(|| panic!("{} has no {text}", self.name)) + 1
    }
}

type Row = BTreeMap<String, String>;

/// The rows of a table of the toy release.
fn table(name: &str) -> Vec<Row> {
    let path = folder("tests/reference").join(TOY).join(format!("tables/{name}.csv"));
    let mut reader = csv::Reader::from_path(path).expect("the table is readable");
    reader.deserialize().collect::<Result<_, _>>().expect("rows")
}

fn dotted(code: &str) -> Value {
    Value::Text(format!("{}.{}", &code[..3], &code[3..]))
}

fn number(text: &str) -> Value {
    if text.is_empty() { Value::Blank } else { Value::Number(text.parse().expect("a number")) }
}

fn sheet(name: &str, header: &[&str], rows: impl IntoIterator<Item = Vec<Value>>) -> Sheet {
    let header = header.iter().map(|text| Value::from(*text)).collect();
    Sheet { name: name.to_owned(), rows: std::iter::once(header).chain(rows).collect(), merged: None }
}

fn texts(row: &Row, columns: &[&str]) -> Vec<Value> {
    columns.iter().map(|column| Value::from(row[*column].as_str())).collect()
}

/// The toy release as a workbook under today's names, with sheets and columns that no profile knows.
pub fn toy() -> Book {
    let mut hrgs = sheet(
        "HRG",
        &["HRG", "HRG Description - Including Split", "Core or Unbundled?"],
        table("hrgs").iter().map(|row| {
            let kind = if row["kind"] == "core" { "Core" } else { "Unbundled" };
            [texts(row, &["hrg", "label"]), vec![Value::from(kind)]].concat()
        }),
    );
    hrgs.rows.splice(0..0, [vec![Value::from("Toy design, not for grouping real data")], Vec::new()]);
    let error = |row: &Row| -> Value {
        let flag = |name: &str| row.get(name).is_some_and(|v| v == "yes");
        match row.get("ph0_kind").map_or("", String::as_str) {
            "invalid" => "UZ05".into(),
            "poorly_coded" => "UZ06".into(),
            _ if flag("uz01") => "UZ01".into(),
            _ if flag("uz02") => "UZ02".into(),
            _ if flag("paediatric") => "UZ03".into(),
            _ => Value::Blank,
        }
    };
    let procedures = table("procedures").into_iter().map(|row| {
        let (code, label, root) = (dotted(&row["code"]), row["label"].as_str().into(), row["root"].as_str().into());
        vec!["OPCS-4".into(), code, label, number(&row["ph"]), Value::Blank, root, error(&row)]
    });
    let diagnoses = table("diagnoses").into_iter().map(|row| {
        let (code, label, root) = (dotted(&row["code"]), row["label"].as_str().into(), row["root"].as_str().into());
        vec!["ICD-10".into(), code, label, Value::Blank, number(&row["dh"]), root, error(&row)]
    });
    let site = |name: &str| {
        let name = name.trim_end_matches("_limb").trim_end_matches("_or_spine");
        format!("Comp_VA_{}{}", name[..1].to_uppercase(), &name[1..])
    };
    Book(vec![
        sheet("Introduction", &["A toy workbook for tests"], []),
        hrgs,
        sheet(
            "Chapter",
            &["HRG Chapter", "HRG Chapter Description"],
            table("chapters").iter().map(|row| texts(row, &["chapter", "label"])),
        ),
        sheet(
            "HRG Subchapter",
            &["HRG Subchapter", "HRG Subchapter Description"],
            table("subchapters").iter().map(|row| texts(row, &["subchapter", "label"])),
        ),
        sheet("Intro to Group To Split", &["How to read the next sheet"], []),
        sheet(
            "Group To Split",
            &["HRG Root", "HRG Root Description", "Remarks"],
            table("roots")
                .iter()
                .map(|row| [texts(row, &["root", "label"]), vec!["a column not known".into()]].concat()),
        ),
        sheet(
            "Code To Group",
            &["Classification", "Code", "Code Description", "PH", "DH", "HRG1", "Grouping Error"],
            procedures.chain(diagnoses),
        ),
        sheet(
            "CC Lists",
            &["Subchapter", "Code", "Score"],
            table("cc_scores")
                .iter()
                .map(|row| vec![row["list"].as_str().into(), dotted(&row["code"]), number(&row["score"])]),
        ),
        sheet(
            "Other Lists",
            &["List", "Code"],
            table("trauma_sites")
                .iter()
                .map(|row| vec![site(&row["site"]).as_str().into(), dotted(&row["code"])])
                .chain(table("named_lists").iter().map(|row| vec![row["list"].as_str().into(), dotted(&row["code"])])),
        ),
        sheet("PBC Mapping", &["Code", "PBC"], table("pbc").iter().map(|row| texts(row, &["code", "category"]))),
    ])
}

/// The tables that the workbook feeds.
pub const FED: [TableId; 14] = [
    TableId::Chapters,
    TableId::Subchapters,
    TableId::Hrgs,
    TableId::Roots,
    TableId::Splits,
    TableId::TraumaMatrix,
    TableId::BurnsMatrix,
    TableId::Procedures,
    TableId::Diagnoses,
    TableId::CcListOfSubchapter,
    TableId::CcScores,
    TableId::TraumaSites,
    TableId::NamedLists,
    TableId::Pbc,
];

/// The toy release without a row in the tables that the workbook feeds, so that the base can lend nothing to what the
/// workbook must say. One HRG keeps the column that no workbook has.
pub fn base_without_what_the_workbook_says() -> Reference {
    let mut base = crate::support::toy();
    for table in FED {
        let mut text = table.columns().join(",") + "\n";
        if table == TableId::Hrgs {
            text.push_str("VC14Z,a label that must not be used,core,rehabilitationdays\n");
        }
        base.texts.insert(table, Arc::from(text.into_bytes()));
    }
    base
}
