//! What the rows of a dataset are sorted by, as bytes whose order is the order of the rows.
//!
//! Source: 02, what one row is, and sorting.

use super::layout::Layout;
use super::row::Row;
use crate::grouper::normalise::number;
use crate::grouper::other::date;
use crate::grouper::spell;
use crate::record::Field;
use crate::reference::Dataset;

/// The order of RowNo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As sent.
    Input,
    /// Provider and spell number as text. The rows of a spell are put in order when they are together: [`sort_spells`].
    Spells,
    /// Provider and local identifier as text, activity date, what is no date last.
    Days,
}

impl Order {
    /// That of a dataset.
    pub fn of(dataset: Dataset) -> Order {
        match dataset {
            Dataset::Apc => Order::Spells,
            Dataset::Pcc | Dataset::Ncc => Order::Days,
            Dataset::Nac | Dataset::Em | Dataset::Nrd | Dataset::Acc => Order::Input,
        }
    }

    /// Adds the key of a row. Rows with the same key keep the order in which they were sent.
    pub fn key<'v>(self, layout: &Layout, row: &impl Row<'v>, key: &mut Vec<u8>) {
        match self {
            Order::Input => {}
            Order::Spells => {
                part(&layout.bytes(Field::Procodet, row), key);
                part(&layout.bytes(Field::Provspno, row), key);
            }
            Order::Days => {
                part(layout.value(Field::Procodet, row).trim().as_bytes(), key);
                part(layout.value(Field::CcLocalId, row).trim().as_bytes(), key);
                match date(layout.value(Field::CcDate, row).trim()) {
                    None => key.push(1),
                    Some(date) => {
                        key.push(0);
                        key.extend(date.year().cast_unsigned().to_be_bytes()); // of four digits, so never negative
                        key.extend([date.month().cast_unsigned(), date.day().cast_unsigned()]);
                    }
                }
            }
        }
    }
}

/// Whether two rows are of the same spell.
pub fn same_spell<'v, R: Row<'v>>(layout: &Layout, one: &R, other: &R) -> bool {
    let same = |field| layout.bytes(field, one) == layout.bytes(field, other);
    same(Field::Provspno) && same(Field::Procodet)
}

/// Puts the rows of each spell in order: EPIORDER as a number, what is no number last; rows with the same keep theirs.
/// Gives how many rows each spell has.
pub fn sort_spells<'v, R: Row<'v>>(layout: &Layout, rows: &mut [R]) -> Vec<usize> {
    let order = |row: &R| spell::sort_key(number(&layout.text(Field::Epiorder, row)));
    let mut lengths = Vec::with_capacity(rows.len());
    for of_spell in rows.chunk_by_mut(|one, other| same_spell(layout, one, other)) {
        if of_spell.len() > 1 && !of_spell.is_sorted_by_key(order) {
            of_spell.sort_by_key(order);
        }
        lengths.push(of_spell.len());
    }
    lengths
}

/// Adds a text so that it ends: a text sorts before any that begins with it, whatever comes after.
fn part(text: &[u8], key: &mut Vec<u8>) {
    if memchr::memchr(0, text).is_none() {
        key.extend_from_slice(text);
    } else {
        for byte in text {
            key.extend_from_slice(if *byte == 0 { &[0, 1] } else { std::slice::from_ref(byte) });
        }
    }
    key.extend([0, 0]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::rdf::Rdf;
    use csv::ByteRecord;

    #[test]
    fn keys_sort_as_their_texts_and_numbers_do() {
        let dataset = Dataset::Apc;
        let names: Vec<String> = dataset.fields().iter().map(|rule| rule.first_name()).collect();
        let line = |(name, i): (&String, usize)| format!("{name},{name},{i},,,,\n");
        let lines: String = names.iter().zip(1..).map(line).collect();
        let layout =
            Rdf::parse(&format!("COMMA DELIMITED\n{lines}"), false).and_then(|rdf| Layout::bind(&rdf, dataset));
        let layout = layout.expect("binds");
        let place = |field: Field| names.iter().position(|name| name == field.name()).expect("there");
        let texts: [&[u8]; 8] = [b"", b"\0", b"\0\0", b"\0\x01", b"\x01", b"A", b"A\0", b"AA"];
        let mut rows = Vec::new();
        for provider in texts {
            for number in texts {
                for (order, value) in
                    [("1", (false, 1)), ("2", (false, 2)), ("10", (false, 10)), ("", (true, 0)), ("x", (true, 0))]
                {
                    let mut values: Vec<&[u8]> = vec![b""; names.len()];
                    values[place(Field::Procodet)] = provider;
                    values[place(Field::Provspno)] = number;
                    values[place(Field::Epiorder)] = order.as_bytes();
                    let (mut key, row) = (Vec::new(), ByteRecord::from(values));
                    Order::of(dataset).key(&layout, &&row, &mut key);
                    rows.push((key, (provider, number), value, row));
                }
            }
        }
        for (one, two) in rows.iter().flat_map(|one| rows.iter().map(move |two| (one, two))) {
            assert_eq!(one.0.cmp(&two.0), one.1.cmp(&two.1), "{one:?} {two:?}");
            let mut spell = vec![&one.3, &two.3];
            sort_spells(&layout, &mut spell);
            let turned = one.1 == two.1 && two.2 < one.2;
            assert_eq!(*spell[0], if turned { two } else { one }.3, "{one:?} {two:?}");
        }
    }
}
