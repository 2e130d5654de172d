//! A row in the making, filled field by field.

use super::columns;
use crate::record::{Field, FieldRef};
use crate::reference::Dataset;
use fastrand::Rng;

/// A row in the making.
#[derive(Clone)]
pub(super) struct Draft {
    columns: Vec<FieldRef>,
    values: Vec<String>,
}

impl Draft {
    /// An empty row.
    pub(super) fn new(dataset: Dataset) -> Draft {
        let columns = columns(dataset);
        Draft { values: vec![String::new(); columns.len()], columns }
    }

    /// Sets a field; one that the dataset does not have is passed over.
    pub(super) fn set(&mut self, field: Field, value: impl ToString) {
        self.set_at(FieldRef::single(field), value);
    }

    /// Sets a field at its position.
    pub(super) fn set_at(&mut self, field: FieldRef, value: impl ToString) {
        if let Some((_, slot)) = self.columns.iter().zip(&mut self.values).find(|(column, _)| **column == field) {
            *slot = value.to_string();
        }
    }

    /// Sets a repeated field from its first position on; what does not fit is left out.
    pub(super) fn list(&mut self, field: Field, values: impl IntoIterator<Item = impl ToString>) {
        for (value, position) in values.into_iter().zip(1u8..) {
            self.set_at(FieldRef::at(field, position), value);
        }
    }

    /// The value of a field.
    pub(super) fn get(&self, field: FieldRef) -> &str {
        let found = self.columns.iter().zip(&self.values).find(|(column, _)| **column == field);
        found.map_or("", |(_, value)| value)
    }

    /// The values in the order of the columns.
    pub(super) fn into_values(self) -> Vec<String> {
        self.values
    }
}

/// One of several things.
pub(super) fn one_of<'t, T>(things: &'t [T], rng: &mut Rng) -> Option<&'t T> {
    if things.is_empty() { None } else { things.get(rng.usize(..things.len())) }
}

/// One of several things, the earlier the likelier: in a code list the common codes tend to come first.
pub(super) fn early<'t, T>(things: &'t [T], rng: &mut Rng) -> Option<&'t T> {
    if things.is_empty() {
        return None;
    }
    let limit = rng.usize(1..=things.len());
    things.get(rng.usize(..limit))
}

/// Whether a chance of so many in a hundred comes up.
pub(super) fn chance(percent: u8, rng: &mut Rng) -> bool {
    rng.u8(..100) < percent
}
