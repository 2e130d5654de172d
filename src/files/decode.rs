//! A line of an input as a row: delimited text as it stands, JSON objects by the names of their values.
//!
//! A row is delimited text without text qualifiers, so a value that holds the delimiter or a line end cannot stand in
//! it. In a value of a field such a character becomes the replacement character, which no valid value holds; in a
//! column of the caller's own it becomes a space.

use super::form::Form;
use super::layout::Layout;
use super::rdf::Rdf;
use crate::record::text::is_exact;
use csv::ByteRecord;
use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// What a key of an object stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A column, from 0.
    Column(usize),
    /// The columns of a repeated field, by position.
    List(Vec<Option<usize>>),
}

/// How lines become rows.
#[derive(Clone, Debug)]
pub enum Decoder {
    /// Delimited text.
    Delimited(u8),
    /// The same, where values may stand in double quotes; and the places of fields, from 0.
    Quoted(u8, Vec<usize>),
    /// Objects.
    Objects(Keys),
}

/// The keys of objects: as the record definition writes them, and in small letters for every other spelling.
#[derive(Clone, Debug)]
pub struct Keys {
    places: FxHashMap<String, Place>,
    /// Columns of the record definition, and all columns.
    named: usize,
    width: usize,
}

/// What decoding a line needs, kept from line to line.
#[derive(Debug, Default)]
pub struct Scratch {
    row: Vec<u8>,
    values: Vec<Vec<u8>>,
    /// Keys that the record definition does not have, in the order of their first appearance.
    pub unknown: Vec<String>,
}

impl Decoder {
    /// That of a form.
    pub fn of(form: Form, rdf: &Rdf) -> Decoder {
        match form {
            Form::Csv => Decoder::Delimited(rdf.delimiter),
            Form::Ndjson => Decoder::objects(rdf),
            // Its rows were made delimited text when they were read.
            Form::Parquet => Decoder::Delimited(b','),
        }
    }

    /// That of rows whose values may stand in double quotes.
    pub fn quoted(rdf: &Rdf, layout: &Layout) -> Decoder {
        Decoder::Quoted(rdf.delimiter, layout.columns().map(|(_, column)| column.position - 1).collect())
    }

    /// That of objects whose values a record definition names.
    pub fn objects(rdf: &Rdf) -> Decoder {
        Decoder::Objects(Keys::of(rdf))
    }

    /// Gives columns of the caller's own a place behind those of the record definition.
    pub fn add(&mut self, unknown: &[String]) {
        if let Decoder::Objects(keys) = self {
            keys.add(unknown);
        }
    }

    /// What divides the values of a row.
    pub fn delimiter(&self) -> u8 {
        match self {
            Decoder::Delimited(delimiter) | Decoder::Quoted(delimiter, _) => *delimiter,
            Decoder::Objects(_) => b',',
        }
    }

    /// The row of a line; none where the line is blank. The fault says nothing of values.
    pub fn decode<'l>(&self, line: &'l [u8], scratch: &'l mut Scratch) -> Result<Option<&'l [u8]>, String> {
        match self {
            Decoder::Quoted(delimiter, fields) if memchr::memchr(b'"', line).is_some() => {
                scratch.row.clear();
                for (i, value) in unquoted(line, *delimiter).iter().enumerate() {
                    if i > 0 {
                        scratch.row.push(*delimiter);
                    }
                    append(value, (*delimiter, fields.contains(&i)), &mut scratch.row);
                }
                Ok(Some(&scratch.row))
            }
            Decoder::Delimited(_) | Decoder::Quoted(..) => Ok(Some(line).filter(|line| !line.is_empty())),
            Decoder::Objects(_) if line.trim_ascii().is_empty() => Ok(None),
            Decoder::Objects(keys) => {
                scratch.values.resize_with(keys.width, Vec::new);
                scratch.values.iter_mut().for_each(Vec::clear);
                let mut json = serde_json::Deserializer::from_slice(line);
                let read = Object { keys, scratch }.deserialize(&mut json).and_then(|()| json.end());
                read.map_err(|fault| said(&fault))?;
                scratch.row.clear();
                keys.join(&scratch.values, &mut scratch.row);
                Ok(Some(&scratch.row))
            }
        }
    }
}

impl Keys {
    /// Those that a record definition names.
    pub fn of(rdf: &Rdf) -> Keys {
        let mut places: FxHashMap<String, Place> = FxHashMap::default();
        for field in &rdf.fields {
            let name = field.name.to_ascii_lowercase();
            if let Some((stem, digits)) = name.rsplit_once('_')
                && let Ok(position @ 1..=99) = digits.parse::<usize>()
                && let Place::List(columns) = places.entry(stem.to_owned()).or_insert(Place::List(Vec::new()))
            {
                columns.resize(columns.len().max(position), None);
                if let Some(slot) = columns.get_mut(position - 1) {
                    *slot = Some(field.position - 1);
                }
            }
        }
        // A field's own name goes before the stem of another's.
        for field in &rdf.fields {
            let place = || Place::Column(field.position - 1);
            places.extend([(field.name.to_ascii_lowercase(), place()), (field.name.clone(), place())]);
        }
        let named = rdf.highest_position();
        Keys { places, named, width: named }
    }

    /// Gives columns of the caller's own a place behind those of the record definition.
    pub fn add(&mut self, unknown: &[String]) {
        for name in unknown {
            let place = || Place::Column(self.width);
            self.places.extend([(name.to_ascii_lowercase(), place()), (name.clone(), place())]);
            self.width += 1;
        }
    }

    /// What a key stands for, whatever its case.
    pub fn place(&self, key: &str) -> Option<&Place> {
        self.places.get(key).or_else(|| self.places.get(&key.to_ascii_lowercase()))
    }

    /// How many columns there are.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Adds the row that values make, which are as many as there are columns.
    pub fn join(&self, values: &[Vec<u8>], row: &mut Vec<u8>) {
        for (i, value) in values.iter().enumerate() {
            if i > 0 {
                row.push(b',');
            }
            append(value, (b',', i < self.named), row);
        }
    }
}

/// The values of a line of which some stand in double quotes.
pub fn unquoted(line: &[u8], delimiter: u8) -> ByteRecord {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .buffer_capacity(line.len().max(1))
        .from_reader(line);
    let mut record = ByteRecord::new();
    // A slice cannot fail, and the bytes are not asked to be text.
    let _ = reader.read_byte_record(&mut record);
    record
}

/// The values of a line that bears no end of line; with `quotes` they may stand in double quotes.
pub fn values(line: &[u8], delimiter: u8, quotes: bool) -> ByteRecord {
    if quotes && memchr::memchr(b'"', line).is_some() {
        return unquoted(line, delimiter);
    }
    let mut record = ByteRecord::with_capacity(line.len(), 64);
    line.split(|byte| *byte == delimiter).for_each(|value| record.push_field(value));
    record
}

/// A fault without any value of the line.
fn said(fault: &serde_json::Error) -> String {
    match fault.classify() {
        serde_json::error::Category::Data => {
            let words = fault.to_string();
            let own = [NOT_TEXT, TOO_LARGE, TOO_MANY].into_iter().find(|own| words.starts_with(own));
            own.unwrap_or("it is no object").to_owned()
        }
        _ => "it is no JSON".to_owned(),
    }
}

const NOT_TEXT: &str = "a field of the record definition is neither text nor a number";
const TOO_LARGE: &str = "a number is too large to be kept to its last digit: send it as text";
const TOO_MANY: &str = "a list is longer than the record definition has positions";

/// Adds a value to a row; `field` is whether it may be of a field.
fn append(value: &[u8], (delimiter, field): (u8, bool), row: &mut Vec<u8>) {
    let troubles = |byte: &u8| *byte == delimiter || matches!(byte, b'\r' | b'\n');
    if !value.iter().any(troubles) {
        return row.extend_from_slice(value);
    }
    let instead: &[u8] = if field { "\u{fffd}".as_bytes() } else { b" " };
    for byte in value {
        row.extend_from_slice(if troubles(byte) { instead } else { std::slice::from_ref(byte) });
    }
}

/// Reads an object into the values of a scratch.
struct Object<'s> {
    keys: &'s Keys,
    scratch: &'s mut Scratch,
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(place) = map.next_key_seed(Key { keys: self.keys, unknown: &mut self.scratch.unknown })? {
            let Some(place) = place else {
                map.next_value::<serde::de::IgnoredAny>()?;
                continue;
            };
            match place {
                Place::Column(column) => {
                    if let Some(into) = self.scratch.values.get_mut(*column) {
                        into.clear();
                        map.next_value_seed(Value { into, field: *column < self.keys.named })?;
                    }
                }
                Place::List(columns) => map.next_value_seed(List { columns, values: &mut self.scratch.values })?,
            }
        }
        Ok(())
    }
}

/// Finds what a key stands for; one that is not known is noted.
struct Key<'s, 'k> {
    keys: &'k Keys,
    unknown: &'s mut Vec<String>,
}

impl<'de, 'k> DeserializeSeed<'de> for Key<'_, 'k> {
    type Value = Option<&'k Place>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'k> Visitor<'_> for Key<'_, 'k> {
    type Value = Option<&'k Place>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        let place = self.keys.place(key);
        if place.is_none() && !self.unknown.iter().any(|known| known.eq_ignore_ascii_case(key)) {
            self.unknown.push(key.to_owned());
        }
        Ok(place)
    }
}

/// Reads a list into the columns of a repeated field.
struct List<'s> {
    columns: &'s [Option<usize>],
    values: &'s mut [Vec<u8>],
}

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let mut beyond = Vec::new();
        for column in self.columns.iter().copied().chain(std::iter::repeat(None)) {
            let into = match column.and_then(|column| self.values.get_mut(column)) {
                Some(into) => into,
                None => &mut beyond,
            };
            into.clear();
            if list.next_element_seed(Value { into, field: true })?.is_none() {
                break;
            }
            if !beyond.trim_ascii().is_empty() {
                return Err(A::Error::custom(TOO_MANY));
            }
        }
        Ok(())
    }
}

/// Reads one value as text.
struct Value<'s> {
    into: &'s mut Vec<u8>,
    /// Whether it is of a field rather than of a column of the caller's own.
    field: bool,
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Value<'_> {
    fn nested<E: Error>(self, value: &serde_json::Value) -> Result<(), E> {
        if self.field {
            return Err(E::custom(NOT_TEXT));
        }
        self.into.extend(value.to_string().bytes());
        Ok(())
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.into.extend_from_slice(text.as_bytes());
        Ok(())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.into.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
        Ok(())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.into.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
        Ok(())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        if !is_exact(number) {
            return Err(E::custom(TOO_LARGE));
        }
        self.into.extend(number.to_string().bytes());
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.into.extend(value.to_string().bytes());
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let value = serde_json::Value::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
        self.nested(&value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        let value = serde_json::Value::deserialize(serde::de::value::SeqAccessDeserializer::new(list))?;
        self.nested(&value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(json: &str) -> Result<(String, Vec<String>), String> {
        let rdf = Rdf::parse("COMMA DELIMITED\nSEX,S,1,,,,\nDIAG_01,D,3,,,,\nDIAG_02,D,4,,,,\n", false);
        let mut decoder = Decoder::objects(&rdf.expect("reads"));
        decoder.add(&["key".to_owned()]);
        let mut scratch = Scratch::default();
        let row = decoder.decode(json.as_bytes(), &mut scratch)?.map(|row| String::from_utf8_lossy(row).into_owned());
        Ok((row.unwrap_or_default(), scratch.unknown))
    }

    #[test]
    fn values_stand_in_their_columns_whatever_their_case_order_or_kind() {
        for (json, row) in [
            (r#"{"SEX":"1","DIAG_01":"J18","DIAG_02":"I10","Key":"k"}"#, "1,,J18,I10,k"),
            (r#"{"key":7,"diag":["J18",null],"sex":1}"#, "1,,J18,,7"),
            (r#"{"diag":["J18","I10",""," "],"sex":null}"#, ",,J18,I10,"),
            (r#"{"key":{"a":[1,2]}}"#, r#",,,,{"a":[1 2]}"#),
            (r#"{"sex":"1,2\n","key":"a,b"}"#, "1\u{fffd}2\u{fffd},,,,a b"),
            ("  ", ""),
        ] {
            assert_eq!(decode(json).expect(json).0, row);
        }
        assert_eq!(decode(r#"{"Other":1,"other":2,"sex":"1"}"#).expect("reads").1, ["Other"]);
    }

    #[test]
    fn values_in_quotes_stand_without_them_and_hold_no_delimiter() {
        let rdf = Rdf::parse("COMMA DELIMITED\nSEX,S,1,,,,\nOWN,O,2,,,,\n", false).expect("reads");
        let decoder = Decoder::Quoted(rdf.delimiter, vec![0]);
        for (line, row) in [
            ("1,a", "1,a"),
            (r#""1","a ""b"", c",3"#, r#"1,a "b"  c,3"#),
            (r#""1,2",a"#, "1\u{fffd}2,a"),
            (r#""1"#, "1"),
        ] {
            let mut scratch = Scratch::default();
            assert_eq!(decoder.decode(line.as_bytes(), &mut scratch).expect("reads"), Some(row.as_bytes()), "{line}");
        }
    }

    #[test]
    fn faults_are_told_without_values() {
        for (json, words) in [
            ("{\"sex\":\"CANARY", "no JSON"),
            ("[\"CANARY\"]", "no object"),
            ("\"CANARY\"", "no object"),
            (r#"{"sex":["CANARY"]}"#, "neither text"),
            (r#"{"diag":["A","B","CANARY"]}"#, "longer"),
            (r#"{"sex":1234567890123456789012}"#, "last digit"),
            (r#"{"key":-9007199254740993.0}"#, "last digit"),
        ] {
            let fault = decode(json).expect_err(json);
            assert!(fault.contains(words) && !fault.contains("CANARY"), "{fault}");
        }
    }
}
