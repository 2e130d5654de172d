//! Which logic a definition is for, and which columns hold the fields of an episode.
//!
//! Source: 02, mandatory fields of each dataset and inference of the dataset.

use super::error::RunError;
use super::rdf::{Rdf, RdfField};
use crate::record::{Field, FieldRef, RawEpisode, Text};
use crate::reference::Dataset;
use std::borrow::Cow;

/// The most positions of a repeated field.
const POSITIONS: u8 = 99;

/// The mandatory fields of a dataset; DIAG stands for DIAG_01.
fn mandatory(dataset: Dataset) -> &'static [Field] {
    use Field::*;
    match dataset {
        Dataset::Apc => &[
            Procodet, Provspno, Epiorder, Startage, Sex, Classpat, Admisorc, Admimeth, Disdest, Dismeth, Epidur,
            Mainspef, Tretspef, Diag,
        ],
        Dataset::Nac => &[Startage, Sex, Mainspef, Tretspef, Firstatt],
        Dataset::Em => &[Age, Aepatientgroup],
        Dataset::Nrd => &[Renalmod, Renalsite, Age],
        Dataset::Acc => &[Ccuf, CcStartDate, CcDischargeDate],
        Dataset::Pcc => &[CcDate, Disdate, Dismeth, Ccuf],
        Dataset::Ncc => &[CcDate, Disdate, Dismeth, Ccuf, GestLen, Perwt],
    }
}

fn column(rdf: &Rdf, field: Field) -> Option<&RdfField> {
    match field {
        Field::Diag => rdf.field("DIAG_01"),
        single => rdf.field(single.name()),
    }
}

/// The mandatory fields of the dataset that the definition lacks.
pub fn missing(rdf: &Rdf, dataset: Dataset) -> Vec<&'static str> {
    mandatory(dataset).iter().filter(|field| column(rdf, **field).is_none()).map(|field| field.name()).collect()
}

/// The only dataset whose mandatory fields are all there.
pub fn infer(rdf: &Rdf) -> Result<Dataset, RunError> {
    let fitting: Vec<Dataset> = Dataset::ALL.into_iter().filter(|dataset| missing(rdf, *dataset).is_empty()).collect();
    match fitting.as_slice() {
        [only] => Ok(*only),
        [] => Err(RunError::Processing("no logic was given, and the record definition fits none".to_owned())),
        // A neonatal definition fits paediatric care too, which asks for less.
        [Dataset::Pcc, Dataset::Ncc] => Ok(Dataset::Ncc),
        several => {
            let named: Vec<_> = several.iter().map(ToString::to_string).collect();
            Err(RunError::Processing(format!(
                "no logic was given, and the record definition fits several: {}",
                named.join(", ")
            )))
        }
    }
}

/// Where the fields of an admitted patient care episode stand.
#[derive(Clone, Debug)]
pub struct ApcLayout {
    singles: Vec<(Field, RdfField)>,
    diagnoses: Vec<Option<RdfField>>,
    procedures: Vec<Option<RdfField>>,
}

impl ApcLayout {
    /// Binds a definition; every mandatory field must be there.
    pub fn bind(rdf: &Rdf) -> Result<ApcLayout, RunError> {
        let missing = missing(rdf, Dataset::Apc);
        if !missing.is_empty() {
            return Err(RunError::Processing(format!(
                "the record definition lacks mandatory fields of APC: {}",
                missing.join(", ")
            )));
        }
        let singles = Field::ALL
            .iter()
            .filter(|field| !matches!(field, Field::Diag | Field::Oper))
            .filter_map(|field| rdf.field(field.name()).map(|column| (*field, column.clone())))
            .collect();
        let repeated = |field: Field| -> Vec<Option<RdfField>> {
            let mut columns: Vec<Option<RdfField>> =
                (1..=POSITIONS).map(|p| rdf.field(&FieldRef::at(field, p).to_string()).cloned()).collect();
            while columns.last().is_some_and(Option::is_none) {
                columns.pop();
            }
            columns
        };
        Ok(ApcLayout { singles, diagnoses: repeated(Field::Diag), procedures: repeated(Field::Oper) })
    }

    /// The value of a field in a row, after Picture and Extract; blank where the row or the definition has none.
    pub fn value<'v>(&self, field: Field, row: &'v csv::ByteRecord) -> Cow<'v, str> {
        let column = self.singles.iter().find(|(f, _)| *f == field).map(|(_, column)| column);
        column.map_or(Cow::Borrowed(""), |column| cell(column, row))
    }

    /// The bytes of a field in a row, after Picture and Extract, without surrounding spaces. Unlike the text they tell
    /// values apart that are not UTF-8.
    pub fn bytes<'v>(&self, field: Field, row: &'v csv::ByteRecord) -> Cow<'v, [u8]> {
        let Some((_, column)) = self.singles.iter().find(|(f, _)| *f == field) else { return Cow::Borrowed(b"") };
        if column.picture.is_empty() && column.extract.is_empty() {
            let value = row.get(column.position - 1).unwrap_or_default();
            return Cow::Borrowed(value.trim_ascii());
        }
        Cow::Owned(cell(column, row).trim().as_bytes().to_vec())
    }

    /// The episode of a row.
    pub fn episode<'v>(&self, row: &'v csv::ByteRecord) -> RawEpisode<'v> {
        let single = |field| Text::from(self.value(field, row));
        let repeated = |columns: &[Option<RdfField>]| -> Vec<Text<'v>> {
            let cell = |column: &Option<RdfField>| column.as_ref().map_or(Cow::Borrowed(""), |c| cell(c, row));
            columns.iter().map(|column| Text::from(cell(column))).collect()
        };
        RawEpisode {
            epiorder: single(Field::Epiorder),
            startage: single(Field::Startage),
            sex: single(Field::Sex),
            classpat: single(Field::Classpat),
            admisorc: single(Field::Admisorc),
            admimeth: single(Field::Admimeth),
            disdest: single(Field::Disdest),
            dismeth: single(Field::Dismeth),
            epidur: single(Field::Epidur),
            mainspef: single(Field::Mainspef),
            neocare: single(Field::Neocare),
            tretspef: single(Field::Tretspef),
            diag: repeated(&self.diagnoses),
            oper: repeated(&self.procedures),
            criticalcaredays: single(Field::Criticalcaredays),
            rehabilitationdays: single(Field::Rehabilitationdays),
            spcdays: single(Field::Spcdays),
        }
    }
}

/// A cell as text; bytes that are not UTF-8 become the replacement character, which no valid value holds.
fn cell<'v>(column: &RdfField, row: &'v csv::ByteRecord) -> Cow<'v, str> {
    match String::from_utf8_lossy(row.get(column.position - 1).unwrap_or_default()) {
        Cow::Borrowed(text) => column.apply(text),
        Cow::Owned(text) => Cow::Owned(column.apply(&text).into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rdf(names: &[&str]) -> Rdf {
        let lines: String = names.iter().zip(1..).map(|(name, i)| format!("{name},{name},{i},,,,\n")).collect();
        Rdf::parse(&format!("COMMA DELIMITED\n{lines}"), false).expect("reads")
    }

    #[test]
    fn the_only_fitting_logic_is_inferred() {
        let names: Vec<&str> =
            mandatory(Dataset::Apc).iter().map(|f| if *f == Field::Diag { "DIAG_01" } else { f.name() }).collect();
        assert_eq!(infer(&rdf(&names)).expect("fits"), Dataset::Apc);
        assert_eq!(infer(&rdf(&["RENALMOD", "RENALSITE", "AGE"])).expect("fits"), Dataset::Nrd);
        assert!(infer(&rdf(&["NOTHING"])).is_err());
    }

    #[test]
    fn a_definition_without_a_mandatory_field_is_refused_by_name() {
        let fault = ApcLayout::bind(&rdf(&["PROCODET", "PROVSPNO"])).expect_err("lacks");
        assert!(fault.to_string().contains("EPIDUR"));
        assert_eq!(fault.exit_code(), 7);
    }

    #[test]
    fn bytes_that_are_not_text_become_a_value_that_cannot_be_valid() {
        let row = csv::ByteRecord::from(vec![&b"\xff"[..]]);
        let definition = rdf(&["SEX"]);
        let column = definition.field("SEX").expect("there");
        assert_eq!(cell(column, &row), "\u{fffd}");
    }
}
