//! A change of a spell: one small shape for every kind, as it is sent and as an exploration gives it back.

use crate::record::fault::Fault;
use crate::record::object::objects;
use crate::record::size::{MAX_POSITIONS, size_faults};
use crate::record::slots::{Slot, Slots};
use crate::record::{RawEpisode, RawSpell, Text, by_word};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// A variant of the spell: a name, and changes that are made one after the other.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// The caller's name for it, given back with its result.
    #[schema(example = "with acute kidney injury")]
    pub name: String,
    /// The changes, in order.
    #[serde(deserialize_with = "objects")]
    #[schema(min_items = 1)]
    pub changes: Vec<Change>,
}

/// What a change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(remote = "Self", rename_all = "kebab-case")]
pub enum Changing {
    /// Gives a field its `value`; of `diag` and `oper` that at `position`.
    Set,
    /// Puts a diagnosis or procedure in at `position`, those from there on moving back; at the end without one.
    Insert,
    /// Takes the diagnosis or procedure at `position` out, those behind it moving up.
    Remove,
    /// Takes the diagnosis or procedure at `position` out and puts it in at `to`.
    Move,
    /// Puts an episode with these `values` in at the place `episode`; at the end without one.
    AddEpisode,
    /// Takes the episode out.
    RemoveEpisode,
}

by_word!(Changing);

/// One change. Which members it needs says `change`; one that it does not use is refused.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SpellChange)]
pub struct Change {
    /// What it does.
    pub change: Changing,
    /// Place of the episode among those of the spell as it then is, from 1; the first where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub episode: Option<u32>,
    /// A field of the episode by its name: `diag`, `oper`, `startage`, `epidur` and so on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "diag")]
    pub field: Option<String>,
    /// Position in `diag` or `oper`, from 1: 1 is DIAG_01, the primary diagnosis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 99)]
    pub position: Option<u32>,
    /// Where a code is moved to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 99)]
    pub to: Option<u32>,
    /// The new value; null for a blank one.
    #[serde(default, deserialize_with = "sent", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Text<'static>>, example = "N179")]
    pub value: Option<Text<'static>>,
    /// The new episode.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "sent_episode")]
    #[schema(value_type = Option<RawEpisode>)]
    pub values: Option<RawEpisode<'static>>,
}

/// A value that was sent, null being one.
fn sent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Text<'static>>, D::Error> {
    Text::deserialize(deserializer).map(Some)
}

fn sent_episode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<RawEpisode<'static>>, D::Error> {
    crate::record::object::object(deserializer).map(Some)
}

/// What is wrong with a change: which member, a stable code, one sentence.
type Wrong = (&'static str, &'static str, String);

fn missing(member: &'static str, why: &str) -> Wrong {
    (member, "missing-field", why.to_owned())
}

fn outside(member: &'static str, most: usize) -> Wrong {
    let words = if most == 0 { "there is none here".to_owned() } else { format!("a place from 1 to {most}") };
    (member, "out-of-range", words)
}

/// A place from 1 as one from 0, up to `most`.
fn place(member: &'static str, sent: u32, most: usize) -> Result<usize, Wrong> {
    let at = usize::try_from(sent).unwrap_or(usize::MAX);
    if (1..=most).contains(&at) { Ok(at - 1) } else { Err(outside(member, most)) }
}

impl Change {
    fn of(change: Changing, episode: usize, field: &str) -> Change {
        Change {
            change,
            episode: u32::try_from(episode + 1).ok(),
            field: Some(field.to_owned()),
            position: None,
            to: None,
            value: None,
            values: None,
        }
    }

    /// Gives a single field of the episode at that place, from 0, a value.
    pub fn set(episode: usize, field: &str, value: &str) -> Change {
        Change { value: Some(Text::from(value.to_owned())), ..Change::of(Changing::Set, episode, field) }
    }

    /// Puts a code at a position, from 0, of a list of the episode at that place, from 0.
    pub fn put(episode: usize, field: &str, position: usize, value: &str) -> Change {
        Change { position: u32::try_from(position + 1).ok(), ..Change::set(episode, field, value) }
    }

    /// Takes a code out, places from 0.
    pub fn remove(episode: usize, field: &str, position: usize) -> Change {
        Change { position: u32::try_from(position + 1).ok(), ..Change::of(Changing::Remove, episode, field) }
    }

    /// Makes the change.
    fn apply(&self, spell: &mut RawSpell<'static>) -> Result<(), Wrong> {
        self.unused()?;
        let count = spell.episodes.len();
        match self.change {
            Changing::AddEpisode => {
                let at = self.episode.map_or(Ok(count), |sent| place("episode", sent, count + 1))?;
                let values = self.values.clone().ok_or_else(|| missing("values", "the fields of the new episode"))?;
                spell.episodes.insert(at, values);
                Ok(())
            }
            Changing::RemoveEpisode => {
                let sent = self.episode.ok_or_else(|| missing("episode", "which episode goes"))?;
                spell.episodes.remove(place("episode", sent, count)?);
                Ok(())
            }
            _ => {
                let at = place("episode", self.episode.unwrap_or(1), count)?;
                let episode = spell.episodes.get_mut(at).ok_or_else(|| outside("episode", count))?;
                self.apply_to(episode)
            }
        }
    }

    fn apply_to(&self, episode: &mut RawEpisode<'static>) -> Result<(), Wrong> {
        let field = self.field.as_deref().ok_or_else(|| missing("field", "which field changes"))?;
        let place = RawEpisode::place(field);
        let text = match place.and_then(|place| episode.slot(place)) {
            Some(Slot::Many(codes)) => return self.apply_to_list(codes),
            Some(Slot::One(text)) => text,
            Some(Slot::Episodes(_)) | None => {
                let names = [RawEpisode::REPEATED, RawEpisode::SINGLE].concat().join(", ");
                return Err(("field", "unknown-value", format!("the fields are {names}")));
            }
        };
        if self.change != Changing::Set {
            return Err(("field", "unknown-value", "only diag and oper are lists of codes".to_owned()));
        }
        if self.position.is_some() {
            return Err(("position", "not-used", "this field has one value, and no positions".to_owned()));
        }
        *text = self.value()?;
        Ok(())
    }

    fn apply_to_list(&self, codes: &mut Vec<Text<'static>>) -> Result<(), Wrong> {
        let asked = || self.position.ok_or_else(|| missing("position", "which position, from 1"));
        match self.change {
            Changing::Set => {
                let at = place("position", asked()?, MAX_POSITIONS)?;
                if codes.len() <= at {
                    codes.resize_with(at + 1, Text::default);
                }
                if let Some(code) = codes.get_mut(at) {
                    *code = self.value()?;
                }
            }
            Changing::Insert => {
                let most = (codes.len() + 1).min(MAX_POSITIONS);
                let at = self.position.map_or(Ok(codes.len()), |sent| place("position", sent, most))?;
                codes.insert(at, self.value()?);
            }
            Changing::Remove => {
                codes.remove(place("position", asked()?, codes.len())?);
            }
            Changing::Move => {
                let from = place("position", asked()?, codes.len())?;
                let to = self.to.ok_or_else(|| missing("to", "where it goes, from 1"))?;
                let to = place("to", to, codes.len())?;
                let code = codes.remove(from);
                codes.insert(to, code);
            }
            Changing::AddEpisode | Changing::RemoveEpisode => {}
        }
        Ok(())
    }

    fn value(&self) -> Result<Text<'static>, Wrong> {
        self.value.clone().ok_or_else(|| missing("value", "the new value; null for a blank one"))
    }

    /// A member that this kind of change does not use would be overlooked in silence.
    fn unused(&self) -> Result<(), Wrong> {
        use Changing::{AddEpisode, Insert, Move, RemoveEpisode, Set};
        let kind = self.change;
        let of_episode = matches!(kind, AddEpisode | RemoveEpisode);
        let given = [
            ("field", self.field.is_some() && of_episode),
            ("position", self.position.is_some() && of_episode),
            ("to", self.to.is_some() && kind != Move),
            ("value", self.value.is_some() && !matches!(kind, Set | Insert)),
            ("values", self.values.is_some() && kind != AddEpisode),
        ];
        match given.into_iter().find(|(_, unused)| *unused) {
            Some((member, _)) => Err((member, "not-used", "this kind of change does not use it".to_owned())),
            None => Ok(()),
        }
    }
}

impl Edit {
    /// The spell with the changes, or the first fault; `below` is the pointer of the edit within the body.
    pub fn apply(&self, spell: &RawSpell<'static>, below: &str) -> Result<RawSpell<'static>, Vec<Fault>> {
        if self.changes.is_empty() {
            let message = "a variant has at least one change".to_owned();
            return Err(vec![Fault { pointer: format!("{below}/changes"), code: "too-few", message }]);
        }
        let mut changed = spell.clone();
        for (i, change) in self.changes.iter().enumerate() {
            change.apply(&mut changed).map_err(|(member, code, message)| {
                vec![Fault { pointer: format!("{below}/changes/{i}/{member}"), code, message }]
            })?;
        }
        let faults = size_faults(&changed).into_iter();
        let faults: Vec<Fault> =
            faults.map(|f| Fault { pointer: below.to_owned(), code: f.code, message: f.message }).collect();
        if faults.is_empty() { Ok(changed) } else { Err(faults) }
    }
}
