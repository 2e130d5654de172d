//! Reads a JSON object into a record that borrows from the line. What is unusual in any way is left to `own`, which reads
//! it with copies and says what is wrong: this reader accepts nothing that `own` would refuse, and tells no faults.

use super::apc_line::ApcLine;
use super::own::{Own, Value};
use crate::record::size::{MAX_EPISODES, MAX_POSITIONS};
use crate::record::slots::{Slot, Slots};
use crate::record::{RawEpisode, RawSpell, Text, text};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// Reads a line into a record that is blank; gives the fields of the caller's own, and which places were there, a bit each.
/// Nothing where the line must be looked at closely: then the record is worth nothing.
pub(super) fn read<'b>(line: &'b str, record: &mut impl Slots<'b>) -> Option<(Own<'b>, u64)> {
    let mut json = serde_json::Deserializer::from_str(line);
    let mut own = Own::new();
    let seen = json.deserialize_map(ObjectVisitor { own: Some(&mut own), record }).ok()?;
    json.end().ok()?;
    Some((own, seen))
}

/// A whole spell within something else, without fields of the caller's own.
pub(crate) fn spell<'b, D: Deserializer<'b>>(deserializer: D) -> Result<RawSpell<'b>, D::Error> {
    let mut line = ApcLine::default();
    let seen = deserializer.deserialize_map(ObjectVisitor { own: None, record: &mut line })?;
    let ApcLine { spell: [procodet, provspno], episodes, .. } = line;
    let of_an_episode = seen >> (ApcLine::EPISODES + 1) != 0;
    let episodes = episodes.filter(|_| !of_an_episode).ok_or_else(|| D::Error::custom("no whole spell"))?;
    Ok(RawSpell { procodet, provspno, episodes })
}

/// For an object: says which places were there.
struct ObjectVisitor<'o, 'b, R> {
    /// Where fields go that the record does not have; nothing where it may not have any.
    own: Option<&'o mut Own<'b>>,
    record: &'o mut R,
}

impl<'b, R: Slots<'b>> Visitor<'b> for ObjectVisitor<'_, 'b, R> {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'b>>(mut self, mut map: A) -> Result<u64, A::Error> {
        let mut seen = 0;
        while let Some(name) = map.next_key_seed(NameSeed::<R>(PhantomData))? {
            let place = match name {
                Name::Known(place) => place,
                Name::Own(name) => {
                    let own = self.own.as_mut().ok_or_else(|| A::Error::custom("a field that is not known here"))?;
                    own.push((name, Value::Json(Cow::Borrowed(map.next_value::<&RawValue>()?))));
                    continue;
                }
            };
            if seen & (1 << place) != 0 {
                return Err(A::Error::custom("a field that stands twice"));
            }
            seen |= 1 << place;
            match self.record.slot(place) {
                Some(Slot::One(text)) => *text = map.next_value::<Sent<'b>>()?.0,
                Some(Slot::Many(texts)) => map.next_value_seed(ListSeed(texts))?,
                Some(Slot::Episodes(episodes)) => map.next_value_seed(EpisodesSeed(episodes.insert(Vec::new())))?,
                None => return Err(A::Error::custom("no field")),
            }
        }
        Ok(seen)
    }
}

/// A field's name.
enum Name<'b> {
    Known(usize),
    Own(Cow<'b, str>),
}

struct NameSeed<R>(PhantomData<R>);

impl<'b, R: Slots<'b>> DeserializeSeed<'b> for NameSeed<R> {
    type Value = Name<'b>;

    fn deserialize<D: Deserializer<'b>>(self, deserializer: D) -> Result<Name<'b>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'b, R: Slots<'b>> Visitor<'b> for NameSeed<R> {
    type Value = Name<'b>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'b str) -> Result<Name<'b>, E> {
        Ok(R::place(name).map_or(Name::Own(Cow::Borrowed(name)), Name::Known))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Name<'b>, E> {
        Ok(R::place(name).map_or_else(|| Name::Own(Cow::Owned(name.to_owned())), Name::Known))
    }
}

/// A value, lent where it stands in the line as it is.
struct Sent<'b>(Text<'b>);

struct TextVisitor;

impl<'b> Visitor<'b> for TextVisitor {
    type Value = Sent<'b>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Text::EXPECTED)
    }

    fn visit_borrowed_str<E: Error>(self, value: &'b str) -> Result<Sent<'b>, E> {
        Ok(Sent(Text::from(value)))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Sent<'b>, E> {
        Ok(Sent(Text::from(value.to_owned())))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Sent<'b>, E> {
        text::TextVisitor.visit_u64(value).map(Sent)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Sent<'b>, E> {
        text::TextVisitor.visit_i64(value).map(Sent)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Sent<'b>, E> {
        text::TextVisitor.visit_f64(value).map(Sent)
    }

    fn visit_unit<E: Error>(self) -> Result<Sent<'b>, E> {
        Ok(Sent(Text::default()))
    }
}

impl<'de: 'b, 'b> Deserialize<'de> for Sent<'b> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

/// A list of values.
struct ListSeed<'r, 'b>(&'r mut Vec<Text<'b>>);

impl<'b> DeserializeSeed<'b> for ListSeed<'_, 'b> {
    type Value = ();

    fn deserialize<D: Deserializer<'b>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'b> Visitor<'b> for ListSeed<'_, 'b> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'b>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(Sent(text)) = list.next_element()? {
            if self.0.is_empty() {
                self.0.reserve(LIST);
            }
            // One more than there may be is enough to see that there are too many.
            if self.0.len() <= MAX_POSITIONS {
                self.0.push(text);
            }
        }
        Ok(())
    }
}

/// Codes that most lists have room for.
const LIST: usize = 8;
/// Episodes that most spells have room for.
const EPISODES: usize = 2;

/// A list of episodes, none of which has a field of the caller's own.
struct EpisodesSeed<'r, 'b>(&'r mut Vec<RawEpisode<'b>>);

impl<'b> DeserializeSeed<'b> for EpisodesSeed<'_, 'b> {
    type Value = ();

    fn deserialize<D: Deserializer<'b>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'b> Visitor<'b> for EpisodesSeed<'_, 'b> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of episodes")
    }

    fn visit_seq<A: SeqAccess<'b>>(self, mut list: A) -> Result<(), A::Error> {
        self.0.reserve(EPISODES);
        while list.next_element_seed(EpisodeSeed(&mut *self.0))?.is_some() {}
        Ok(())
    }
}

/// The next episode of a list.
struct EpisodeSeed<'r, 'b>(&'r mut Vec<RawEpisode<'b>>);

impl<'b> DeserializeSeed<'b> for EpisodeSeed<'_, 'b> {
    type Value = u64;

    fn deserialize<D: Deserializer<'b>>(self, deserializer: D) -> Result<u64, D::Error> {
        let Self(episodes) = self;
        // One more than there may be is enough to see that there are too many.
        if episodes.len() > MAX_EPISODES {
            return deserializer.deserialize_map(ObjectVisitor { own: None, record: &mut RawEpisode::default() });
        }
        episodes.push(RawEpisode::default()); // it is read where it stays
        let record = episodes.last_mut().ok_or_else(|| D::Error::custom("no episode"))?;
        deserializer.deserialize_map(ObjectVisitor { own: None, record })
    }
}

#[cfg(test)]
mod tests {
    use super::super::own;
    use super::*;
    use crate::record::RawEm;

    fn told<T: fmt::Debug>(record: &T, own: &Own<'_>) -> String {
        let own: Vec<_> = own.iter().map(|(name, value)| (name, value.text())).collect();
        format!("{record:?} {own:?}")
    }

    #[test]
    fn what_is_lent_is_what_would_be_copied() {
        for line in [
            r"{}",
            r#" {"age":"30","aepatientgroup":null,"inv":["06",7,null],"treat":[]} "#,
            r#"{"age":30,"inv":["0\u0036","\"",""],"mine":{"a":[1,{"b":"c"}]},"key":"x\ny","\u006bey":1}"#,
            r#"{"\u0061ge":"30","key":1.50,"key":true}"#,
            r#"{"age":-5,"aepatientgroup":9007199254740991}"#,
        ] {
            let mut lent = RawEm::default();
            let (lent_own, _) = read(line, &mut lent).expect(line);
            let (copied, copied_own) = own::read::<RawEm<'static>>(line.as_bytes()).expect(line);
            assert_eq!(told(&lent, &lent_own), told(&copied, &copied_own));
        }
        let spell = r#"{"episodes":[{"sex":"1","diag":["J18.9"]},{}],"provspno":"7","own":[]}"#;
        let mut line = ApcLine::default();
        let (own, _) = read(spell, &mut line).expect("a spell");
        let ApcLine { spell: [procodet, provspno], episodes, .. } = line;
        let lent = RawSpell { procodet, provspno, episodes: episodes.expect("there") };
        let (copied, copied_own) = own::read::<RawSpell<'static>>(spell.as_bytes()).expect("a spell");
        assert_eq!(told(&lent, &own), told(&copied, &copied_own));
    }

    #[test]
    fn whatever_would_be_refused_is_not_lent() {
        for line in [
            "",
            "nonsense",
            "5",
            "[]",
            "null",
            "{",
            r#"{"age":"1"} x"#,
            r#"{"age":"1","age":"2"}"#,
            r#"{"age":1.5}"#,
            r#"{"age":9007199254740992}"#,
            r#"{"age":-9007199254740992}"#,
            r#"{"age":18446744073709551616}"#,
            r#"{"age":-9007199254740993.0}"#,
            r#"{"age":true}"#,
            r#"{"age":[]}"#,
            r#"{"age":{}}"#,
            r#"{"inv":"06"}"#,
            r#"{"inv":null}"#,
            r#"{"inv":[[]]}"#,
            r#"{"inv":{}}"#,
            r#"{"mine":}"#,
            r#"{"age":"\x"}"#,
            "{\"age\":\"\t\"}",
            r#"{age:"1"}"#,
            r#"{"age":"1",}"#,
            r#"{"age":18446744073709551616}"#,
        ] {
            assert!(own::read::<RawEm<'static>>(line.as_bytes()).is_err(), "{line}");
            assert!(read(line, &mut RawEm::default()).is_none(), "{line}");
        }
        for line in [
            r#"{"episodes":null}"#,
            r#"{"episodes":{}}"#,
            r#"{"episodes":[[]]}"#,
            r#"{"episodes":[{"mine":1}]}"#,
            r#"{"episodes":[{"sex":"1","sex":"2"}]}"#,
            r#"{"episodes":[],"episodes":[]}"#,
        ] {
            assert!(own::read::<RawSpell<'static>>(line.as_bytes()).is_err(), "{line}");
            assert!(read(line, &mut ApcLine::default()).is_none(), "{line}");
        }
    }
}
