//! Fields of a JSON object that are the caller's own, put aside while a record is read.

use crate::record::fault::{Fault, Unread, pointer, refusal};
use serde::de::value::StrDeserializer;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// Fields of the caller's own, as sent, with their names.
pub(super) type Own<'b> = Vec<(Cow<'b, str>, Value<'b>)>;

/// A value of the caller's own.
#[derive(Clone, Debug)]
pub(super) enum Value<'b> {
    /// Of an object.
    Json(Cow<'b, RawValue>),
    /// Of a row.
    Text(Cow<'b, str>),
}

/// How deep a value may nest: with what is around it in an answer, less than readers of JSON take.
const MAX_DEPTH: usize = 100;

impl Value<'_> {
    /// Whether readers of JSON can read the value where it is sent back: none of its texts holds half a character, and it is
    /// not nested beyond what they take.
    pub(super) fn is_readable(&self) -> bool {
        match self {
            Value::Json(value) => is_readable(value.get().as_bytes()),
            Value::Text(_) => true,
        }
    }

    /// The value as text; a JSON text without its quotes.
    pub(super) fn text(&self) -> Cow<'_, str> {
        match self {
            Value::Json(value) => {
                serde_json::from_str::<String>(value.get()).map_or(Cow::Borrowed(value.get()), Cow::Owned)
            }
            Value::Text(text) => Cow::Borrowed(text),
        }
    }

    fn keep(self) -> Value<'static> {
        match self {
            Value::Json(value) => Value::Json(Cow::Owned(value.into_owned())),
            Value::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
        }
    }
}

/// For JSON that is sound but for that.
fn is_readable(mut json: &[u8]) -> bool {
    let (mut depth, mut text) = (0_usize, false);
    while let Some((byte, rest)) = json.split_first() {
        json = rest;
        match byte {
            b'"' => text = !text,
            b'\\' => match after_escape(json) {
                Some(rest) => json = rest,
                None => return false,
            },
            b'[' | b'{' if !text => depth += 1,
            b']' | b'}' if !text => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return false;
        }
    }
    true
}

/// What follows an escape, of which the backslash is read; nothing where it is half a character.
fn after_escape(json: &[u8]) -> Option<&[u8]> {
    let unit = |json: &[u8]| {
        let digits = json.strip_prefix(b"u")?.get(..4)?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    match unit(json) {
        None => json.get(1..),
        Some(0xd800..=0xdbff) => {
            let second = json.get(5..)?.strip_prefix(b"\\")?;
            unit(second).filter(|unit| (0xdc00..=0xdfff).contains(unit)).and_then(|_| second.get(5..))
        }
        Some(0xdc00..=0xdfff) => None,
        Some(_) => json.get(5..),
    }
}

/// The same fields, borrowing nothing.
pub(super) fn keep(own: Own<'_>) -> Own<'static> {
    own.into_iter().map(|(name, value)| (Cow::Owned(name.into_owned()), value.keep())).collect()
}

/// Reads an object as a record; fields that the record does not have are put aside.
pub(super) fn read<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Result<(T, Own<'static>), Fault> {
    let mut own = Own::new();
    let mut json = serde_json::Deserializer::from_slice(bytes);
    if let Ok(value) = T::deserialize(Apart { inner: &mut json, own: &mut own })
        && json.end().is_ok()
    {
        return Ok((value, own));
    }
    Err(fault_of::<T>(bytes))
}

/// Reads it once more, to say where it is wrong.
fn fault_of<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Fault {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let mut track = serde_path_to_error::Track::new();
    let inner = serde_path_to_error::Deserializer::new(&mut json, &mut track);
    let unread = match T::deserialize(Apart { inner, own: &mut Own::new() }) {
        Err(fault) => refusal(&fault, pointer("", &track.path())),
        Ok(_) => Unread::Malformed("something follows the JSON".to_owned()),
    };
    match unread {
        Unread::Invalid(fault) => fault,
        Unread::Malformed(message) => Fault { pointer: String::new(), code: "malformed-json", message },
    }
}

struct Apart<'o, D> {
    inner: D,
    own: &'o mut Own<'static>,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Apart<'_, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_map(ApartVisitor { fields, visitor, own: self.own })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

struct ApartVisitor<'o, V> {
    fields: &'static [&'static str],
    visitor: V,
    own: &'o mut Own<'static>,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for ApartVisitor<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(ApartMap { fields: self.fields, map, own: self.own })
    }
}

struct ApartMap<'o, A> {
    fields: &'static [&'static str],
    map: A,
    own: &'o mut Own<'static>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for ApartMap<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        loop {
            match self.map.next_key_seed(NameSeed(self.fields))? {
                None => return Ok(None),
                Some(Name::Known(name)) => return seed.deserialize(StrDeserializer::new(name)).map(Some),
                Some(Name::Own(name)) => {
                    let value: Box<RawValue> = self.map.next_value()?;
                    self.own.push((Cow::Owned(name), Value::Json(Cow::Owned(value))));
                }
            }
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

enum Name {
    Known(&'static str),
    Own(String),
}

struct NameSeed(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for NameSeed {
    type Value = Name;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Name, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for NameSeed {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Name, E> {
        let known = self.0.iter().find(|known| **known == name);
        Ok(known.map_or_else(|| Name::Own(name.to_owned()), |known| Name::Known(known)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_readers_of_json_cannot_read_is_known() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        for (json, readable) in [
            (r#""plain""#, true),
            (r#""\ud800 \\ \" \n \u0041""#, false),
            (r#""\\ud800 \\ \" \n \u0041""#, true),
            (r#"{"a":"\ud83d\ude00"}"#, true),
            (r#"["\ud83d\ud83d\ude00"]"#, false),
            (r#""\ud83d""#, false),
            (r#""\ude00""#, false),
            (r#""\ud83dx""#, false),
            (r#""\ud83d\n""#, false),
            ("[1e999, -0.5, null, true]", true),
            (&format!("{:?}", "[".repeat(1_000)), true),
            (&nested(100), true),
            (&nested(101), false),
        ] {
            assert_eq!(is_readable(json.as_bytes()), readable, "{json}");
            let other = serde_json::from_str::<serde_json::Value>(json);
            assert!(other.is_ok() || !readable || json.contains("1e999"), "{json}");
        }
    }
}
