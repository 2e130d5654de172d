//! One field as it was sent: text, never interpreted on the way in.

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use std::borrow::Cow;
use std::fmt;

/// A field value as sent. JSON may give it as a string, a whole number (taken as its decimal digits) or null
/// (blank); a file gives the bytes between two commas. Nothing is trimmed or repaired here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text<'a>(Cow<'a, str>);

/// The largest whole number that every program reads from JSON as it was written. A larger one may have lost digits on its
/// way, so it is refused rather than taken for another.
const LARGEST: i64 = (1 << 53) - 1;

impl<'a> Text<'a> {
    /// What JSON may give, in words.
    pub const EXPECTED: &'static str =
        "a string or a whole number from -9007199254740991 to 9007199254740991 (send a larger one as a string)";

    /// The value exactly as sent.
    #[inline]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value without surrounding white space.
    #[inline]
    pub fn trimmed(&self) -> &str {
        trimmed(&self.0)
    }

    /// The value without white space of ASCII around it.
    #[inline]
    pub fn trimmed_ascii(&self) -> &str {
        if is_trim(&self.0) { &self.0 } else { self.0.trim_ascii() }
    }

    /// A number that JSON writes with a point or an exponent, where it is a whole one all the same (`4.0` is 4).
    pub fn of_whole(number: f64) -> Option<Text<'static>> {
        let is_whole = number.fract() == 0.0 && is_exact(number);
        is_whole.then(|| Text(Cow::Owned(number.to_string())))
    }

    /// The same, borrowing nothing.
    pub fn into_owned(self) -> Text<'static> {
        Text(Cow::Owned(self.0.into_owned()))
    }

    /// Whether nothing but white space was sent.
    #[inline]
    pub fn is_blank(&self) -> bool {
        self.trimmed().is_empty()
    }
}

/// Whether a text stands in JSON as it is, with nothing to escape.
pub fn is_plain(text: &str) -> bool {
    const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);
    // Eight bytes at once: the highest bit of a byte that is below `least`, where one is.
    let below = |bytes: u64, least: u8| bytes.wrapping_sub(u64::from_ne_bytes([least; 8])) & !bytes & HIGHS;
    let equal = |bytes: u64, other: u8| below(bytes ^ u64::from_ne_bytes([other; 8]), 1);
    let escaped = |eight: &[u8; 8]| {
        let bytes = u64::from_ne_bytes(*eight);
        below(bytes, b' ') | equal(bytes, b'"') | equal(bytes, b'\\')
    };
    let bytes = text.as_bytes();
    match bytes.last_chunk() {
        Some(last) => bytes.as_chunks().0.iter().fold(escaped(last), |found, eight| found | escaped(eight)) == 0,
        None => bytes.iter().all(|byte| *byte >= b' ' && *byte != b'"' && *byte != b'\\'),
    }
}

/// Whether a number with a point or an exponent has the digits before its point that were written.
pub fn is_exact(number: f64) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "the largest number that is cast without loss")]
    let largest = LARGEST as f64;
    number.abs() <= largest
}

/// Text without surrounding white space.
#[inline]
fn trimmed(text: &str) -> &str {
    if is_trim(text) { text } else { text.trim() }
}

/// Whether a text is seen at once to have no white space around it, as nearly every one is: it begins and ends with a graphic
/// character, or is empty.
#[inline]
fn is_trim(text: &str) -> bool {
    match (text.as_bytes().first(), text.as_bytes().last()) {
        (Some(first), Some(last)) => first.is_ascii_graphic() && last.is_ascii_graphic(),
        _ => true,
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Text(Cow::Borrowed(text))
    }
}

impl<'a> From<Cow<'a, str>> for Text<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Text(text)
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Text(Cow::Owned(text))
    }
}

impl serde::Serialize for Text<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Reads a value.
pub struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = Text<'static>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Text::EXPECTED)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(value.to_owned())))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(value)))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        match i64::try_from(value) {
            Ok(value) => self.visit_i64(value),
            Err(_) => Err(E::invalid_value(Unexpected::Unsigned(value), &self)),
        }
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        if (-LARGEST..=LARGEST).contains(&value) {
            Ok(Text(Cow::Owned(value.to_string())))
        } else {
            Err(E::invalid_value(Unexpected::Signed(value), &self))
        }
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Text::of_whole(value).ok_or_else(|| E::invalid_type(Unexpected::Float(value), &self))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Text::default())
    }
}

impl<'de> Deserialize<'de> for Text<'static> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

impl utoipa::PartialSchema for Text<'_> {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
        ObjectBuilder::new()
            .schema_type(SchemaType::Array(vec![Type::String, Type::Integer, Type::Null]))
            .description(Some("A field as text; a whole number stands for its digits, null for a blank field."))
            .minimum(Some(-LARGEST))
            .maximum(Some(LARGEST))
            .into()
    }
}

impl utoipa::ToSchema for Text<'_> {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("FieldText")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_plain_where_json_writes_it_as_it_is() {
        for byte in 0..=0x24fu32 {
            let Some(other) = char::from_u32(byte) else { continue };
            for length in [0, 3, 6, 7, 8, 9, 15, 16, 17, 30] {
                for at in 0..=length {
                    let text = format!("{}{other}{}", "a".repeat(at), "é".repeat((length - at) / 2));
                    let written = serde_json::to_string(&text).expect("written");
                    assert_eq!(is_plain(&text), written == format!("\"{text}\""), "{text:?}");
                }
            }
        }
        assert!(is_plain(""));
    }

    #[test]
    fn json_gives_strings_numbers_and_null() {
        let read = |json: &str| serde_json::from_str::<Text<'static>>(json).map(|t| t.as_str().to_owned());
        assert_eq!(read("\" 04\"").expect("string"), " 04");
        assert_eq!(read("42").expect("number"), "42");
        assert_eq!(read("-1").expect("negative"), "-1");
        assert_eq!(read("null").expect("null"), "");
        assert_eq!((read("4.0").expect("whole"), read("-2e1").expect("whole")), ("4".to_owned(), "-20".to_owned()));
        assert_eq!(read("-1859165086458147.0").expect("whole, to the last digit"), "-1859165086458147");
        assert_eq!(read("9007199254740991").expect("the largest"), "9007199254740991");
        assert_eq!(read("-9007199254740991.0").expect("the smallest"), "-9007199254740991");
        let too_large = ["9007199254740992", "-9007199254740992", "9007199254740992.0", "18446744073709551616"];
        for wrong in ["1.5", "1e300", "true", "[]", "{}"].into_iter().chain(too_large) {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
