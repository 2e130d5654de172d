//! One row of a table as it was read: what a trace cites, cell by cell.

use super::fault::Fault;
use crate::reference::diff::rows::read;
use crate::reference::{Reference, ReferenceAnswer, RowRef, TableId};
use serde::Serialize;
use utoipa::ToSchema;

/// A cell of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Cell {
    /// The column.
    #[schema(example = "cc")]
    pub column: &'static str,
    /// What stands in it; blank where the table leaves it empty.
    #[schema(example = "9-11")]
    pub value: String,
}

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RowAnswer {
    /// Which release answered.
    pub reference: ReferenceAnswer,
    /// The row, as traces cite it.
    #[schema(value_type = String, example = "splits:HT12/HT12B")]
    pub row: RowRef,
    /// Its cells, in the order of the columns.
    pub cells: Vec<Cell>,
}

/// The row that is cited so.
pub fn look_up_row(sent: &str, reference: &Reference) -> Result<RowAnswer, Fault> {
    let (name, id) = sent.split_once(':').ok_or(Fault::UnknownRow)?;
    let table = TableId::ALL.iter().copied().find(|table| table.name() == name).ok_or(Fault::UnknownRow)?;
    let rows = read(table, reference.texts.get(&table).map(|text| &**text));
    let record = rows.get(id).ok_or(Fault::UnknownRow)?;
    let cells = table.columns().iter().zip(record);
    Ok(RowAnswer {
        reference: ReferenceAnswer::of(reference),
        row: RowRef { table, row: id.to_owned() },
        cells: cells.map(|(column, value)| Cell { column, value: value.to_owned() }).collect(),
    })
}
