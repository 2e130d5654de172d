//! What a reader has entered, as a form sends it, and the request that it makes. With scripts and without, this is the one
//! way from a form to a request.

use super::fields::{OF_SPELL, Shape, dataset_path};
use crate::reference::Dataset;
use crate::trace::Explain;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The most items that a form may hold.
const MOST_ITEMS: usize = 1000;

/// What was entered.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// The dataset.
    pub(super) dataset: Dataset,
    /// Id of the release.
    pub(super) reference: String,
    /// The key or token of a form that scripts do not send.
    pub(super) key: String,
    /// Fields of the spell as a whole.
    pub(super) spell: BTreeMap<String, String>,
    /// The values of each episode, record or day, by field.
    pub(super) items: Vec<BTreeMap<String, String>>,
}

/// What a button of the form asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// The result.
    Group,
    /// Another item at the end.
    Add,
    /// An item gone.
    Remove(usize),
    /// An item one place up.
    Up(usize),
}

impl Wish {
    fn of(text: &str) -> Wish {
        let place = |rest: &str| rest.parse().unwrap_or(usize::MAX);
        match text.split_once('-') {
            Some(("remove", rest)) => Wish::Remove(place(rest)),
            Some(("up", rest)) => Wish::Up(place(rest)),
            _ if text == "add" => Wish::Add,
            _ => Wish::Group,
        }
    }
}

impl Draft {
    /// An empty one.
    pub(super) fn new(dataset: Dataset, reference: String) -> Draft {
        // Both are mandatory in a record, and neither is looked at for one spell.
        let spell = OF_SPELL.map(|name| (name.to_owned(), "1".to_owned())).into();
        Draft { dataset, reference, key: String::new(), spell, items: vec![BTreeMap::new()] }
    }

    /// What a form sent, and what it asks for. Names are `reference`, `key`, `do`, `spell.FIELD` and `NUMBER.FIELD`.
    pub(super) fn of_form(dataset: Dataset, bytes: &[u8]) -> Option<(Draft, Wish)> {
        let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(bytes).ok()?;
        let mut draft = Draft { spell: BTreeMap::new(), items: Vec::new(), ..Draft::new(dataset, String::new()) };
        let (mut wish, mut items) = (Wish::Group, BTreeMap::<usize, BTreeMap<String, String>>::new());
        for (name, value) in pairs {
            match (name.as_str(), name.split_once('.')) {
                ("reference", _) => draft.reference = value,
                ("key", _) => draft.key = value,
                ("do", _) => wish = Wish::of(&value),
                (_, Some(("spell", field))) => drop(draft.spell.insert(field.to_owned(), value)),
                (_, Some((number, field))) => {
                    let number = number.parse().ok().filter(|number| *number < MOST_ITEMS)?;
                    items.entry(number).or_default().insert(field.to_owned(), value);
                }
                _ => {}
            }
        }
        draft.items = items.into_values().collect();
        Some((draft, wish))
    }

    /// Does what a button asks for.
    pub(super) fn grant(&mut self, wish: Wish) {
        match wish {
            Wish::Add if self.items.len() < MOST_ITEMS => self.items.push(BTreeMap::new()),
            Wish::Remove(place) if place < self.items.len() && self.items.len() > 1 => drop(self.items.remove(place)),
            Wish::Up(place) if (1..self.items.len()).contains(&place) => self.items.swap(place - 1, place),
            // Only to be grouped, or a button of a page that has changed since.
            Wish::Group | Wish::Add | Wish::Remove(_) | Wish::Up(_) => {}
        }
    }

    /// The path of the service that answers it.
    pub(super) fn path(&self) -> String {
        format!("/v1/group/{}", dataset_path(self.dataset))
    }

    /// The body of the request, with so much of the explanation.
    pub(super) fn request(&self, explain: Explain) -> Value {
        let mut request = json!({ "reference": self.reference.trim(), "explain": explain });
        let shape = Shape::of(self.dataset);
        let content = match shape {
            Shape::Spell => self.spell(),
            Shape::Record => self.items.first().map_or_else(|| json!({}), |item| self.item(item)),
            Shape::Days => self.items.iter().map(|item| self.item(item)).collect(),
        };
        let name = match shape {
            Shape::Spell => "spell",
            Shape::Record => "record",
            Shape::Days => "days",
        };
        if let Value::Object(members) = &mut request {
            members.insert(name.to_owned(), content);
        }
        request
    }

    /// The spell, its episodes numbered as they stand.
    fn spell(&self) -> Value {
        let mut spell: Map<String, Value> =
            self.spell.iter().map(|(name, value)| (name.clone(), value.trim().into())).collect();
        let episodes = self.items.iter().zip(1usize..).map(|(item, place)| {
            let mut episode = self.item(item);
            if let Value::Object(members) = &mut episode {
                members.insert("epiorder".to_owned(), place.to_string().into());
            }
            episode
        });
        spell.insert("episodes".to_owned(), episodes.collect());
        Value::Object(spell)
    }

    /// One item: lists of codes for fields that repeat, text for all others.
    fn item(&self, item: &BTreeMap<String, String>) -> Value {
        let repeats = |name: &str| {
            self.dataset.fields().iter().any(|rule| rule.positions > 0 && rule.field.name().eq_ignore_ascii_case(name))
        };
        let value = |name: &str, value: &str| -> Value {
            if repeats(name) { codes(value).into() } else { value.trim().into() }
        };
        item.iter().map(|(name, text)| (name.clone(), value(name, text))).collect::<Map<_, _>>().into()
    }
}

/// The codes of a list: one a line, or several on a line with spaces, commas or semicolons between them. A blank line among
/// others keeps its position.
pub(super) fn codes(text: &str) -> Vec<String> {
    let mut codes = Vec::new();
    for line in text.lines() {
        let mut of_line = line.split([' ', ',', ';', '\t']).filter(|code| !code.is_empty()).peekable();
        if of_line.peek().is_none() {
            codes.push(String::new());
        }
        codes.extend(of_line.map(str::to_owned));
    }
    let kept = codes.iter().rposition(|code| !code.is_empty()).map_or(0, |last| last + 1);
    codes.truncate(kept);
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_however_they_are_set_apart_and_blank_lines_keep_their_position() {
        for (text, expected) in [
            ("", &[][..]),
            ("\n \n", &[]),
            ("J18.9", &["J18.9"]),
            ("J189\r\nI10X\r\n", &["J189", "I10X"]),
            ("J189, I10X;F03X\tN179", &["J189", "I10X", "F03X", "N179"]),
            ("J189\n\nI10X\n\n", &["J189", "", "I10X"]),
        ] {
            assert_eq!(codes(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_form_becomes_the_request_that_the_interface_takes() {
        let form = b"reference=2024-25.payment&key=k&do=group&spell.procodet=R0A&spell.provspno=1&1.sex=2&0.sex=1&0.diag=J18.9%0D%0AI10";
        let (draft, wish) = Draft::of_form(Dataset::Apc, form).expect("a form");
        assert_eq!(wish, Wish::Group);
        let expected = json!({
            "reference": "2024-25.payment",
            "explain": "full",
            "spell": { "procodet": "R0A", "provspno": "1", "episodes": [
                { "epiorder": "1", "sex": "1", "diag": ["J18.9", "I10"] },
                { "epiorder": "2", "sex": "2" },
            ]},
        });
        assert_eq!(draft.request(Explain::Full), expected, "the key is no part of it");
    }

    #[test]
    fn items_are_added_moved_and_removed_and_the_last_one_stays() {
        let form = b"0.sex=1&1.sex=2&do=up-1";
        let (mut draft, wish) = Draft::of_form(Dataset::Apc, form).expect("a form");
        draft.grant(wish);
        let sexes = |draft: &Draft| draft.items.iter().map(|item| item.get("sex").cloned()).collect::<Vec<_>>();
        assert_eq!(sexes(&draft), [Some("2".to_owned()), Some("1".to_owned())]);
        draft.grant(Wish::Add);
        assert_eq!(sexes(&draft).len(), 3);
        for wish in [Wish::Remove(9), Wish::Up(0), Wish::Up(9)] {
            draft.grant(wish);
            assert_eq!(sexes(&draft).len(), 3);
        }
        for _ in 0..5 {
            draft.grant(Wish::Remove(0));
        }
        assert_eq!(sexes(&draft), [None]);
    }
}
