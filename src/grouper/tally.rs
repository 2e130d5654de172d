//! How often which method and which message came out, for those who count without looking at records.

use super::grouping::{Message, Method};
use super::seen::Seen;

/// Counts by name. The names are those of the program; there are a few dozen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    methods: Vec<(&'static str, u64)>,
    situations: Vec<(&'static str, u64)>,
}

/// What stands for the method of the logics that have none.
const NONE: &str = "none";

impl Tally {
    /// Counts one result. A message counts once, however often it stands there.
    pub fn add<'m>(&mut self, method: Option<Method>, messages: impl IntoIterator<Item = &'m Message>) {
        self.add_named(method.map(Method::flag), messages.into_iter().map(|message| message.situation.name()));
    }

    /// Counts one result that is in words already.
    pub fn add_named(&mut self, method: Option<&'static str>, situations: impl IntoIterator<Item = &'static str>) {
        more(&mut self.methods, method.unwrap_or(NONE), 1);
        let mut seen = Seen::default();
        for situation in situations {
            if seen.insert(situation) {
                more(&mut self.situations, situation, 1);
            }
        }
    }

    /// Counts what another counted.
    pub fn extend(&mut self, other: &Tally) {
        for (name, count) in &other.methods {
            more(&mut self.methods, name, *count);
        }
        for (name, count) in &other.situations {
            more(&mut self.situations, name, *count);
        }
    }

    /// Results by grouping method flag.
    pub fn methods(&self) -> &[(&'static str, u64)] {
        &self.methods
    }

    /// Results by the messages that they bear.
    pub fn situations(&self) -> &[(&'static str, u64)] {
        &self.situations
    }
}

fn more(counts: &mut Vec<(&'static str, u64)>, name: &'static str, more: u64) {
    match counts.iter_mut().find(|(other, _)| *other == name) {
        Some((_, count)) => *count += more,
        None => counts.push((name, more)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Field, FieldRef};
    use crate::reference::Situation;

    #[test]
    fn results_are_counted_once_by_method_and_by_each_message() {
        let message = |situation| Message {
            field: FieldRef::single(Field::Sex),
            code: String::new(),
            text: String::new(),
            situation,
            fatal: true,
        };
        let mut tally = Tally::default();
        tally.add(Some(Method::Procedure), &[]);
        tally.add(None, &[message(Situation::FieldBlank), message(Situation::FieldBlank), message(Situation::Uz01)]);
        let mut both = tally.clone();
        both.extend(&tally);
        assert_eq!(both.methods(), [("P", 2), ("none", 2)]);
        assert_eq!(both.situations(), [(Situation::FieldBlank.name(), 2), (Situation::Uz01.name(), 2)]);
    }
}
