//! What a step says, kept as it was found: values of the record and of the release, and sentences as a template with
//! its values. Text is made of it when somebody reads it.

use super::steps::{Span, Steps};
use crate::record::{Field, FieldRef, Icd10, Opcs4, Sctid, Word};
use crate::reference::band::Band;
use crate::reference::condition::{Condition, Found};
use crate::reference::{Hrg, Root, Subchapter};
use serde::{Serialize, Serializer};
use std::fmt::{self, Write};

/// One thing that is said. What it borrows lives as long as the release.
#[derive(Clone, Copy, Debug)]
pub enum Value<'r> {
    /// Text of the release, or of this program.
    Text(&'r str),
    /// Text that the steps keep themselves: what was sent.
    Own(Span),
    /// A number.
    Number(i64),
    /// A code.
    Word(Word),
    /// A field of the record.
    Field(FieldRef),
    /// A range of numbers.
    Band(Band),
    /// A part of a condition.
    Condition(&'r Condition),
    /// Codes with blanks between them, and how many more there are.
    Codes(Span, u32),
    /// Values in the places of a template, each marked `{}`.
    Phrase(&'static str, Span),
    /// Values with something between them.
    List(&'static str, Span),
}

/// What can be said.
pub trait Say<'r> {
    /// Packs it; what a value does not hold itself is put beside it.
    fn say(self, steps: &mut Steps<'r>) -> Value<'r>;
}

impl<'r> Say<'r> for Value<'r> {
    fn say(self, _: &mut Steps<'r>) -> Value<'r> {
        self
    }
}

impl<'r> Say<'r> for &'r str {
    fn say(self, _: &mut Steps<'r>) -> Value<'r> {
        Value::Text(self)
    }
}

impl<'r> Say<'r> for &'r String {
    fn say(self, _: &mut Steps<'r>) -> Value<'r> {
        Value::Text(self)
    }
}

impl<'r> Say<'r> for &'r Condition {
    fn say(self, _: &mut Steps<'r>) -> Value<'r> {
        Value::Condition(self)
    }
}

impl<'r> Say<'r> for FieldRef {
    fn say(self, _: &mut Steps<'r>) -> Value<'r> {
        Value::Field(self)
    }
}

impl<'r> Say<'r> for Field {
    fn say(self, _: &mut Steps<'r>) -> Value<'r> {
        Value::Text(self.name())
    }
}

impl<'r> Say<'r> for Band {
    fn say(self, _: &mut Steps<'r>) -> Value<'r> {
        Value::Band(self)
    }
}

macro_rules! say_words {
    ($($code:ty),+) => {$(
        impl<'r> Say<'r> for $code {
            fn say(self, _: &mut Steps<'r>) -> Value<'r> {
                Value::Word(self.word())
            }
        }
    )+};
}

say_words!(Icd10, Opcs4, Hrg, Root, Subchapter);

impl<'r> Say<'r> for Word {
    fn say(self, _: &mut Steps<'r>) -> Value<'r> {
        Value::Word(self)
    }
}

macro_rules! say_numbers {
    ($($number:ty),+) => {$(
        impl<'r> Say<'r> for $number {
            fn say(self, _: &mut Steps<'r>) -> Value<'r> {
                Value::Number(i64::try_from(self).unwrap_or(i64::MAX))
            }
        }
    )+};
}

say_numbers!(u8, u32, u64, usize, i64);

impl<'r> Say<'r> for Sctid {
    fn say(self, steps: &mut Steps<'r>) -> Value<'r> {
        Copied(&self.to_string()).say(steps)
    }
}

impl<'r, T: Say<'r>> Say<'r> for Option<T> {
    /// Nothing is said as nothing.
    fn say(self, steps: &mut Steps<'r>) -> Value<'r> {
        self.map_or(Value::Text(""), |said| said.say(steps))
    }
}

/// Text that does not live as long as the release, and is copied.
#[derive(Clone, Copy, Debug)]
pub struct Copied<'t>(pub &'t str);

impl<'r> Say<'r> for Copied<'_> {
    fn say(self, steps: &mut Steps<'r>) -> Value<'r> {
        Value::Own(steps.keep(self.0))
    }
}

impl<'r> Say<'r> for String {
    fn say(self, steps: &mut Steps<'r>) -> Value<'r> {
        Copied(&self).say(steps)
    }
}

/// A count with its noun: "1 day", "2 days".
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    count: u64,
    noun: &'static str,
}

/// A count with its noun.
pub fn counted(count: impl TryInto<u64>, one: &'static str, many: &'static str) -> Counted {
    let count = count.try_into().unwrap_or(u64::MAX);
    Counted { count, noun: if count == 1 { one } else { many } }
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.count, self.noun)
    }
}

impl<'r> Say<'r> for Counted {
    fn say(self, steps: &mut Steps<'r>) -> Value<'r> {
        Phrase("{} {}", (self.count, self.noun)).say(steps)
    }
}

/// A template with what stands in its places. [`say!`](crate::trace::say) makes it and sees that there are as many.
#[derive(Clone, Copy, Debug)]
pub struct Phrase<T>(pub &'static str, pub T);

macro_rules! phrases {
    ($($($part:ident)+;)+) => {$(
        impl<'r, $($part: Say<'r>),+> Say<'r> for Phrase<($($part,)+)> {
            #[allow(non_snake_case, reason = "each part bears the name of its type")]
            fn say(self, steps: &mut Steps<'r>) -> Value<'r> {
                let Phrase(template, ($($part,)+)) = self;
                let values = [$($part.say(steps)),+];
                Value::Phrase(template, steps.put(&values))
            }
        }
    )+};
}

phrases! {
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
}

/// A sentence of a template and the values in its places: `say!("{} is blank", field)`. It is text only when it is read,
/// so that a step costs no more than its values.
macro_rules! say {
    ($template:literal, $($value:expr),+ $(,)?) => {{
        const { assert!($crate::trace::say::places($template) == [$(stringify!($value)),+].len(), "a value for each place") };
        $crate::trace::say::Phrase($template, ($($value,)+))
    }};
}
pub(crate) use say;

/// The places of a template.
pub const fn places(template: &str) -> usize {
    let (mut places, mut rest) = (0, template.as_bytes());
    while let Some((first, tail)) = rest.split_first() {
        if *first == b'{' {
            places += 1;
        }
        rest = tail;
    }
    places
}

/// Things with something between them.
#[derive(Clone, Debug)]
pub struct Joined<I>(pub &'static str, pub I);

impl<'r, I: IntoIterator<Item: Say<'r>>> Say<'r> for Joined<I> {
    fn say(self, steps: &mut Steps<'r>) -> Value<'r> {
        let values: Vec<Value<'r>> = self.1.into_iter().map(|part| part.say(steps)).collect();
        match values.as_slice() {
            [] => Value::Text(""),
            [only] => *only,
            several => Value::List(self.0, steps.put(several)),
        }
    }
}

/// What a record holds where a condition looks, each of its tests in turn.
impl<'r> Say<'r> for &[Found] {
    fn say(self, steps: &mut Steps<'r>) -> Value<'r> {
        match self {
            [only] => only.say(steps),
            several => Joined(", ", several.iter().copied()).say(steps),
        }
    }
}

impl<'r> Say<'r> for Found {
    fn say(self, steps: &mut Steps<'r>) -> Value<'r> {
        match self {
            Found::Unknown => Value::Text("unknown"),
            Found::Blank => Value::Text("blank"),
            Found::Number(number) => number.say(steps),
            Found::Word(word) => Value::Word(word),
            Found::Codes(codes) => match codes.shown() {
                [] => Value::Text("none"),
                shown => Value::Codes(steps.keep_codes(shown), codes.more()),
            },
        }
    }
}

/// A value beside the steps that hold the rest of it: how it is read.
#[derive(Clone, Copy)]
pub struct Said<'s> {
    pub(super) value: Value<'s>,
    pub(super) steps: &'s Steps<'s>,
}

impl<'s> Said<'s> {
    fn with(self, value: Value<'s>) -> Said<'s> {
        Said { value, ..self }
    }
}

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value {
            Value::Text(text) => f.write_str(text),
            Value::Own(span) => f.write_str(self.steps.kept(span)),
            Value::Number(number) => f.write_str(itoa::Buffer::new().format(number)),
            Value::Word(word) => f.write_str(word.write(&mut [0; 8])),
            Value::Field(field) => field.fmt(f),
            Value::Band(band) => band.fmt(f),
            Value::Condition(condition) => condition.fmt(f),
            Value::Codes(span, more) => {
                for (place, code) in self.steps.codes(span).iter().enumerate() {
                    if place > 0 {
                        f.write_char(' ')?;
                    }
                    f.write_str(code.write(&mut [0; 8]))?;
                }
                if more > 0 { write!(f, " and {more} more") } else { Ok(()) }
            }
            Value::Phrase(template, span) => {
                let mut rest = template;
                for value in self.steps.values(span) {
                    let (before, after) = rest.split_once('{').unwrap_or((rest, ""));
                    f.write_str(before)?;
                    self.with(*value).fmt(f)?;
                    rest = after.strip_prefix('}').unwrap_or(after);
                }
                f.write_str(rest)
            }
            Value::List(between, span) => {
                for (place, value) in self.steps.values(span).iter().enumerate() {
                    if place > 0 {
                        f.write_str(between)?;
                    }
                    self.with(*value).fmt(f)?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Debug for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

impl PartialEq for Said<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl Eq for Said<'_> {}

impl Serialize for Said<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.value {
            Value::Text(text) => serializer.serialize_str(text),
            Value::Own(span) => serializer.serialize_str(self.steps.kept(span)),
            Value::Word(word) => serializer.serialize_str(word.write(&mut [0; 8])),
            Value::Number(number) => serializer.serialize_str(itoa::Buffer::new().format(number)),
            _ => serializer.collect_str(self),
        }
    }
}
