//! Which logic a definition is for, and which columns hold the fields of its records.
//!
//! Source: 02, mandatory fields of each dataset and inference of the dataset.

use super::error::RunError;
use super::rdf::{Rdf, RdfField};
use super::row::Row;
use crate::record::{Field, FieldRef, Text};
use crate::reference::Dataset;
use std::borrow::Cow;
use std::ops::Range;

/// The mandatory fields of the dataset that the definition lacks.
pub fn missing(rdf: &Rdf, dataset: Dataset) -> Vec<String> {
    let mandatory = dataset.fields().iter().filter(|rule| rule.mandatory);
    mandatory.map(|rule| rule.first_name()).filter(|name| rdf.field(name).is_none()).collect()
}

fn fits(rdf: &Rdf, dataset: Dataset) -> bool {
    let named = |field: &Field| {
        let rule = dataset.fields().iter().find(|rule| rule.field == *field);
        rule.is_some_and(|rule| rdf.field(&rule.first_name()).is_some())
    };
    let telling = dataset.telling();
    missing(rdf, dataset).is_empty() && (telling.is_empty() || telling.iter().any(named))
}

/// Whether the one dataset asks for all that the other asks for, and for more.
fn asks_for_more(one: Dataset, other: Dataset) -> bool {
    let names = |dataset: Dataset| -> Vec<String> {
        dataset.fields().iter().filter(|rule| rule.mandatory).map(|rule| rule.first_name()).collect()
    };
    let (one, other) = (names(one), names(other));
    one.len() > other.len() && other.iter().all(|name| one.contains(name))
}

/// The only dataset whose mandatory fields are all there. A definition for a dataset that asks for more fits those that
/// ask for less too: a neonatal one fits paediatric care.
pub fn infer(rdf: &Rdf) -> Result<Dataset, RunError> {
    let fitting: Vec<Dataset> = Dataset::ALL.into_iter().filter(|dataset| fits(rdf, *dataset)).collect();
    let best: Vec<&Dataset> =
        fitting.iter().filter(|dataset| !fitting.iter().any(|other| asks_for_more(*other, **dataset))).collect();
    match best.as_slice() {
        [only] => Ok(**only),
        [] => Err(RunError::Processing("no logic was given, and the record definition fits none".to_owned())),
        several => {
            let named: Vec<_> = several.iter().map(ToString::to_string).collect();
            Err(RunError::Processing(format!(
                "no logic was given, and the record definition fits several: {}",
                named.join(", ")
            )))
        }
    }
}

/// Where the fields of a dataset's records stand.
#[derive(Clone, Debug)]
pub struct Layout {
    dataset: Dataset,
    singles: Vec<(Field, RdfField)>,
    repeated: Vec<(Field, Vec<Option<RdfField>>)>,
    /// The same for whoever reads row after row: where each field stands, by its number, and each position of a repeated
    /// field.
    places: Vec<Option<Place>>,
    lists: Vec<(Field, List)>,
}

/// Where the values of a repeated field stand.
#[derive(Clone, Debug)]
enum List {
    /// One after another, as they are.
    Run(Range<usize>),
    Places(Vec<Option<Place>>),
}

impl List {
    fn of(columns: &[Option<RdfField>]) -> List {
        let places: Vec<Option<Place>> = columns.iter().map(|column| column.as_ref().map(Place::of)).collect();
        let first = places.first().and_then(|place| Some(place.as_ref()?.column)).unwrap_or(0);
        let follows = |(place, column): (&Option<Place>, usize)| {
            place.as_ref().is_some_and(|place| place.column == column && place.edited.is_none())
        };
        if places.iter().zip(first..).all(follows) {
            return List::Run(first..first + places.len());
        }
        List::Places(places)
    }
}

/// Where a value stands, and what is done to it.
#[derive(Clone, Debug)]
struct Place {
    column: usize,
    /// For its Picture and Extract, where it has any.
    edited: Option<Box<RdfField>>,
}

impl Place {
    fn of(column: &RdfField) -> Place {
        let edited = !(column.picture.is_empty() && column.extract.is_empty());
        Place { column: column.position - 1, edited: edited.then(|| Box::new(column.clone())) }
    }

    fn text<'v>(&self, row: &impl Row<'v>) -> Cow<'v, str> {
        match &self.edited {
            None => row.text(self.column),
            Some(column) => cell(column, row),
        }
    }
}

impl Layout {
    /// Binds a definition; every mandatory field must be there. Fields that the dataset does not have are passed over.
    pub fn bind(rdf: &Rdf, dataset: Dataset) -> Result<Layout, RunError> {
        let missing = missing(rdf, dataset);
        if !missing.is_empty() {
            return Err(RunError::Processing(format!(
                "the record definition lacks mandatory fields of {dataset}: {}",
                missing.join(", ")
            )));
        }
        let (mut singles, mut repeated) = (Vec::new(), Vec::new());
        for rule in dataset.fields() {
            if rule.positions == 0 {
                singles.extend(rdf.field(rule.field.name()).map(|column| (rule.field, column.clone())));
                continue;
            }
            let named = |position| rdf.field(&FieldRef::at(rule.field, position).to_string()).cloned();
            let mut columns: Vec<Option<RdfField>> = (1..=rule.positions).map(named).collect();
            while columns.last().is_some_and(Option::is_none) {
                columns.pop();
            }
            repeated.push((rule.field, columns));
        }
        let mut places = vec![None; Field::ALL.len()];
        for (field, column) in &singles {
            if let Some(place) = places.get_mut(*field as usize) {
                *place = Some(Place::of(column));
            }
        }
        let lists = repeated.iter().map(|(field, columns)| (*field, List::of(columns))).collect();
        Ok(Layout { dataset, singles, repeated, places, lists })
    }

    fn place(&self, field: Field) -> Option<&Place> {
        self.places.get(field as usize)?.as_ref()
    }

    /// The dataset.
    pub fn dataset(&self) -> Dataset {
        self.dataset
    }

    /// The fields that the definition names, with their columns, in the order of the dataset.
    pub fn columns(&self) -> impl Iterator<Item = (FieldRef, &RdfField)> {
        let singles = self.singles.iter().map(|(field, column)| (FieldRef::single(*field), column));
        let repeated = self.repeated.iter().flat_map(|(field, columns)| {
            let placed = columns.iter().zip(1u8..);
            placed.filter_map(|(column, position)| Some((FieldRef::at(*field, position), column.as_ref()?)))
        });
        singles.chain(repeated)
    }

    /// The value of a field in a row, after Picture and Extract; blank where the row or the definition has none.
    pub fn value<'v>(&self, field: Field, row: &impl Row<'v>) -> Cow<'v, str> {
        self.place(field).map_or(Cow::Borrowed(""), |place| place.text(row))
    }

    /// The same as a record has it.
    #[inline]
    pub fn text<'v>(&self, field: Field, row: &impl Row<'v>) -> Text<'v> {
        // As nearly all are.
        let plain = match self.place(field) {
            Some(Place { column, edited: None }) => row.plain(*column),
            _ => None,
        };
        plain.map_or_else(|| self.other_text(field, row), Text::from)
    }

    #[inline(never)]
    fn other_text<'v>(&self, field: Field, row: &impl Row<'v>) -> Text<'v> {
        Text::from(self.value(field, row))
    }

    /// The values of a repeated field; positions that the definition leaves out are blank, and blanks at the end may be
    /// left out.
    pub fn texts<'v>(&self, field: Field, row: &impl Row<'v>) -> Vec<Text<'v>> {
        let mut texts = Vec::new();
        self.refill(field, row, &mut texts);
        texts
    }

    /// The same in a list that is used again.
    pub fn refill<'v>(&self, field: Field, row: &impl Row<'v>, texts: &mut Vec<Text<'v>>) {
        texts.clear();
        let text = |place: &Option<Place>| place.as_ref().map_or(Cow::Borrowed(""), |place| place.text(row));
        match self.lists.iter().find(|(f, _)| *f == field).map(|(_, list)| list) {
            None => {}
            Some(List::Run(columns)) => row.texts(columns.clone(), texts),
            Some(List::Places(places)) => texts.extend(places.iter().map(|place| Text::from(text(place)))),
        }
    }

    /// The bytes of a field in a row, after Picture and Extract, without surrounding spaces. Unlike the text they tell
    /// values apart that are not UTF-8.
    pub fn bytes<'v>(&self, field: Field, row: &impl Row<'v>) -> Cow<'v, [u8]> {
        match self.place(field) {
            None => Cow::Borrowed(b""),
            Some(Place { column, edited: None }) => Cow::Borrowed(row.at(*column).trim_ascii()),
            Some(place) => Cow::Owned(place.text(row).trim().as_bytes().to_vec()),
        }
    }
}

/// A cell as text, after Picture and Extract; bytes that are not UTF-8 become the replacement character, which no valid value
/// holds.
pub fn cell<'v>(column: &RdfField, row: &impl Row<'v>) -> Cow<'v, str> {
    match row.text(column.position - 1) {
        Cow::Borrowed(text) => column.apply(text),
        Cow::Owned(text) => Cow::Owned(column.apply(&text).into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use csv::ByteRecord;

    fn rdf(names: &[impl AsRef<str>]) -> Rdf {
        let line = |(name, i): (&str, usize)| format!("{name},{name},{i},,,,\n");
        let lines: String = names.iter().map(AsRef::as_ref).zip(1..).map(line).collect();
        Rdf::parse(&format!("COMMA DELIMITED\n{lines}"), false).expect("reads")
    }

    #[test]
    fn every_dataset_is_inferred_from_its_own_fields() {
        for dataset in Dataset::ALL {
            let names: Vec<String> = dataset.fields().iter().map(|rule| rule.first_name()).collect();
            assert_eq!(infer(&rdf(&names)).expect("fits"), dataset);
        }
    }

    #[test]
    fn fields_that_several_datasets_have_tell_none() {
        for names in [&["NOTHING"][..], &["AGE"], &["CCUF"], &["CCUF", "CCL2D"]] {
            assert!(infer(&rdf(names)).is_err(), "{names:?}");
        }
        let both: Vec<String> = [Dataset::Apc, Dataset::Nac]
            .into_iter()
            .flat_map(|dataset| dataset.fields().iter().map(|rule| rule.first_name()))
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect();
        assert!(infer(&rdf(&both)).expect_err("both").to_string().contains("APC, NAC"));
    }

    #[test]
    fn a_definition_without_a_mandatory_field_is_refused_by_name() {
        for (dataset, lacking) in [(Dataset::Apc, "EPIDUR"), (Dataset::Em, "AGE"), (Dataset::Ncc, "GestLen")] {
            let fault = Layout::bind(&rdf(&["PROCODET", "PROVSPNO"]), dataset).expect_err("lacks");
            assert!(fault.to_string().contains(lacking), "{fault}");
            assert_eq!(fault.exit_code(), 7);
        }
    }

    #[test]
    fn positions_beyond_those_of_the_dataset_are_passed_over() {
        let names = ["CCDATE", "DISDATE", "DISMETH", "CCUF", "CCAC_02", "CCAC_21"];
        let layout = Layout::bind(&rdf(&names), Dataset::Pcc).expect("binds");
        let row = ByteRecord::from(vec!["20240401", "20240402", "1", "04", "51", "52"]);
        let values: Vec<String> = layout.texts(Field::Ccac, &&row).iter().map(|t| t.as_str().to_owned()).collect();
        assert_eq!(values, ["", "51"]);
    }

    #[test]
    fn bytes_that_are_not_text_become_a_value_that_cannot_be_valid() {
        let row = ByteRecord::from(vec![&b"\xff"[..]]);
        let definition = rdf(&["SEX"]);
        let column = definition.field("SEX").expect("there");
        assert_eq!(cell(column, &&row), "\u{fffd}");
    }
}
